"""How many threads BLAS and OpenMP use while a search computes."""

from __future__ import annotations

from contextlib import ExitStack

import joblib
import numpy as np
import pytest
from sklearn.base import BaseEstimator
from threadpoolctl import threadpool_info, threadpool_limits

from skhpo import GridSearch
from skhpo._thread_limits import limit_blas


def n_threads(user_api="blas"):
    """Threads of each library, seen from the calling thread."""
    return [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == user_api]


class Counter(BaseEstimator):
    """Its score is how many threads its fit might use."""

    def __init__(self, C=1):
        self.C = C

    def fit(self, X, y):
        self.n_ = max(n_threads("blas") + n_threads("openmp"))
        return self

    def score(self, X, y):
        return self.n_


@pytest.fixture
def no_variables(monkeypatch):
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS"):
        monkeypatch.delenv(name, raising=False)


def test_the_least_limit_holds_and_the_number_of_before_comes_back():
    with threadpool_limits(4, "blas"):
        before = n_threads()
        first, second = ExitStack(), ExitStack()
        first.enter_context(limit_blas(1))
        second.enter_context(limit_blas(2))
        assert n_threads() == [1] * len(before)
        first.close()
        assert n_threads() == [2] * len(before)
        second.close()
        assert n_threads() == before


def test_a_limit_never_raises_the_number():
    with threadpool_limits(1, "blas"), limit_blas(8):
        assert n_threads() == [1] * len(n_threads())


def search_in_threads(n_workers):
    X, y = np.arange(20.0)[:, None], np.arange(20.0)
    search = GridSearch(Counter(), {"C": [1, 2]}, cv=5, refit=False)
    with joblib.parallel_config("threading", n_jobs=n_workers):
        return search.fit(X, y)


def test_fits_in_threads_share_the_cores(no_variables):
    with threadpool_limits(8, "blas"):
        search = search_in_threads(2 * joblib.cpu_count())
        assert n_threads() == [8] * len(n_threads())
    assert search.best_score_ == 1


def test_the_environment_says_how_many_threads_there_are(no_variables, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "8")
    with threadpool_limits(8, "blas"):
        search = search_in_threads(2)
    assert search.best_score_ == 8
