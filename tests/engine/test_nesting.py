"""Searches in searches and in workers: no more threads than cores, and an end."""

import joblib
import numpy as np
import pytest
from engine_estimators import Witness
from sklearn.datasets import load_iris
from sklearn.model_selection import cross_val_score

from skhpo import GridSearch

X, y = load_iris(return_X_y=True)


def peak_threads(path):
    """The most threads of fits that ran at the same time."""
    fits = np.loadtxt(path, ndmin=2)
    running = [(fits[:, 0] <= begin) & (begin < fits[:, 1]) for begin in fits[:, 0]]
    return max(fits[now, 2].sum() for now in running)


@pytest.fixture
def no_limits(monkeypatch):
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("n_jobs", [2, -1])
def test_worker_processes_use_no_more_threads_than_cores(n_jobs, tmp_path, no_limits):
    search = GridSearch(Witness(str(tmp_path / "fits")), {"C": [1, 2, 3]}, cv=2, n_jobs=n_jobs)
    search.set_params(refit=False).fit(X, y)
    # Two workers were asked for, even where there is one core.
    assert peak_threads(tmp_path / "fits") <= max(joblib.cpu_count(), 2)


@pytest.mark.parametrize("backend", ["loky", "threading"])
def test_a_search_in_workers_ends_and_runs_every_fit(backend, tmp_path):
    search = GridSearch(Witness(str(tmp_path / "fits")), {"C": [1, 2]}, cv=2, n_jobs=2)
    with joblib.parallel_config(backend):
        scores = cross_val_score(search, X, y, cv=2, n_jobs=2)
    assert scores.tolist() == cross_val_score(search.set_params(n_jobs=1), X, y, cv=2).tolist()
    # Twice: two searches of two candidates, two folds and a refit.
    assert len(np.loadtxt(tmp_path / "fits")) == 2 * 2 * (2 * 2 + 1)
