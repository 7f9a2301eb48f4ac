"""Whole searches on every engine, and what only clusters have."""

import os
import signal

import joblib
import numpy as np
import pytest
from engine_processes import wait_until
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import load_iris
from sklearn.model_selection import cross_val_score
from sklearn.naive_bayes import GaussianNB

from skhpo import BayesSearch, Float, GridSearch
from skhpo._engine import open_engine

X, y = load_iris(return_X_y=True)


def grid():
    return GridSearch(GaussianNB(), {"var_smoothing": np.logspace(-9, 0, 5)}, cv=3)


def bayes():
    space = {"var_smoothing": Float(1e-9, 1.0, log=True)}
    return BayesSearch(GaussianNB(), space, n_iter=6, cv=3, random_state=0)


def scores_of(search):
    return {
        name: values
        for name, values in search.cv_results_.items()
        if "score" in name and "time" not in name
    }


@pytest.mark.parametrize("make", [grid, bayes])
def test_scores_are_equal_on_each_engine(make, backend, kind):
    # The lag of two workers where there are two.
    expected = make().set_params(n_jobs=1 if kind == "inline" else 2).fit(X, y)
    with joblib.parallel_config(backend, n_jobs=2):
        found = make().fit(X, y)
    np.testing.assert_equal(scores_of(found), scores_of(expected))
    assert found.best_params_ == expected.best_params_


class Killer(ClassifierMixin, BaseEstimator):
    """Ends its process once for each marker, in the first fold that finds none."""

    def __init__(self, marker=None):
        self.marker = marker

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        if self.marker is not None:
            try:
                os.close(os.open(self.marker, os.O_CREAT | os.O_EXCL))
            except FileExistsError:
                pass
            else:
                os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
        return self

    def predict(self, X):
        return np.full(len(X), self.classes_[0])


@pytest.mark.parametrize("kind", ["dask", "ray"], indirect=True)
def test_folds_of_a_worker_that_died_are_run_again(backend, tmp_path):
    values = [None, str(tmp_path / "died"), None, None]
    with joblib.parallel_config(backend):
        search = GridSearch(Killer(), {"marker": values}, cv=3, refit=False).fit(X, y)
    assert (tmp_path / "died").exists()
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    assert {trial.status for trial in search.trials_} == {"complete"}


@pytest.mark.filterwarnings("ignore:One or more of the test scores are non-finite:UserWarning")
@pytest.mark.filterwarnings("ignore:Some fits failed:sklearn.exceptions.FitFailedWarning")
def test_a_dead_worker_costs_its_fold_where_nothing_is_run_again(tmp_path):
    values = [None, str(tmp_path / "died"), None]
    search = GridSearch(Killer(), {"marker": values}, cv=3, n_jobs=2, refit=False).fit(X, y)
    assert [trial.status for trial in search.trials_] == ["complete", "failed", "complete"]


@pytest.mark.parametrize("kind", ["dask", "ray"], indirect=True)
def test_a_cluster_is_used_without_n_jobs(backend, kind):
    with joblib.parallel_config(backend), open_engine() as engine:
        assert (engine.kind, engine.n_workers) == (kind, 2)
    with joblib.parallel_config(backend, n_jobs=1), open_engine() as engine:
        assert engine.kind == "inline"


# --- dask ---------------------------------------------------------------------


def test_nothing_of_a_search_stays_on_the_dask_cluster(dask_cluster):
    def keys():
        return [key for held in dask_cluster.has_what().values() for key in held]

    with joblib.parallel_config("dask"):
        search = grid().fit(X, y)
    assert search.best_score_ > 0.9
    assert wait_until(lambda: not keys() and not dask_cluster.futures)


def test_a_search_inside_of_a_dask_task_does_not_hold_up_its_worker(dask_cluster):
    expected = cross_val_score(grid(), X, y, cv=3)
    with joblib.parallel_config("dask"):
        found = cross_val_score(grid(), X, y, cv=3)
    np.testing.assert_array_equal(found, expected)


def test_a_dask_cluster_in_this_process_runs_folds_and_ends_none():
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(
            n_workers=1, threads_per_worker=1, processes=False, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster),
        joblib.parallel_config("dask"),
        open_engine() as engine,
    ):
        # One worker of a cluster is not this thread.
        assert (engine.kind, engine.n_workers, engine.can_kill) == ("dask", 1, False)
        token = engine.share(X)
        assert engine.submit(lambda token: token.get() is X, token).result(timeout=30)
    assert engine.kind == "dask"


def test_a_dask_cluster_that_goes_is_an_error_and_no_hang():
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=False, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster) as client,
        joblib.parallel_config("dask"),
        open_engine() as engine,
    ):
        future = engine.submit(wait_until, lambda: False, 2)
        assert wait_until(future.running)
        client.close()
        assert future.exception(timeout=30) is not None


# --- ray ----------------------------------------------------------------------


def test_ray_counts_workers_from_its_cpus(ray_cluster):
    from skhpo._engine.ray import count_workers

    assert [count_workers(n) for n in (-1, -2, -9, 3)] == [2, 1, 1, 3]
