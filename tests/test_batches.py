"""Tiny folds travel together, and nothing but the time shows it."""

from __future__ import annotations

import os

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import load_iris
from sklearn.naive_bayes import GaussianNB

from skhpo import GridSearch, RandomSearch
from skhpo._batches import BATCH_SECONDS, BatchSize, evaluate_batch
from skhpo._trial import FoldResult, FoldTask

X, y = load_iris(return_X_y=True)
GRID = {"var_smoothing": list(np.logspace(-12, 0, 30))}


def result(seconds, number=0):
    return FoldResult(number, 0, {"score": 1.0}, fit_seconds=seconds, score_seconds=0.0)


def test_the_size_follows_the_duration_of_folds():
    size = BatchSize(2, may_batch=True)
    assert size.choose(1000) == 1
    size.learn([result(BATCH_SECONDS / 10)] * 5)
    assert size.choose(1000) == 10
    # The last ones are divided: two workers, two calls each.
    assert [size.choose(n) for n in (12, 4, 1, 0)] == [3, 1, 1, 1]
    size.learn([result(1.0)])
    assert size.choose(1000) == 1


def test_shorter_folds_than_a_call_are_not_counted_as_nothing():
    size = BatchSize(2, may_batch=True)
    size.learn([result(0.0)])
    assert 1 < size.choose(10**6) <= 200


def test_where_folds_must_not_wait_they_go_alone():
    size = BatchSize(2, may_batch=False)
    size.learn([result(1e-4)])
    assert size.choose(1000) == 1


def test_a_batch_ends_before_the_fold_that_raises():
    def evaluate(task, token):
        if task.number == token:
            raise ValueError("no")
        return result(0.0, task.number)

    batch = tuple(FoldTask(number, 0, {}) for number in range(4))
    assert [r.number for r in evaluate_batch(evaluate, batch, 2)] == [0, 1]
    assert [r.number for r in evaluate_batch(evaluate, batch, None)] == [0, 1, 2, 3]
    with pytest.raises(ValueError, match="no"):
        evaluate_batch(evaluate, batch, 0)


@pytest.fixture(scope="module")
def alone():
    """The search of one worker."""
    return GridSearch(GaussianNB(), GRID).fit(X, y)


@pytest.mark.parametrize("pre_dispatch", [1, "2*n_jobs", "all"])
def test_scores_are_those_of_one_worker(pre_dispatch, alone):
    together = GridSearch(GaussianNB(), GRID, n_jobs=2, pre_dispatch=pre_dispatch).fit(X, y)
    for fold in range(5):
        key = f"split{fold}_test_score"
        np.testing.assert_array_equal(alone.cv_results_[key], together.cv_results_[key])


class Odd(ClassifierMixin, BaseEstimator):
    """Fails, or ends its worker, for some values."""

    def __init__(self, n=0, fails=(), dies=()):
        self.n = n
        self.fails = fails
        self.dies = dies

    def fit(self, X, y):
        """Fit nothing."""
        if self.n in self.dies and len(X) == 100 and X[0, 0] == 0:
            os._exit(3)
        if self.n in self.fails:
            raise ValueError(f"{self.n} fails")
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        """Predict the first class."""
        return np.full(len(X), self.classes_[0])


ROWS = np.arange(150.0).reshape(-1, 1)
LABELS = np.arange(150) % 3


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.FitFailedWarning")
@pytest.mark.filterwarnings("ignore:One or more of the test scores:UserWarning")
def test_a_death_in_a_batch_is_that_of_one_fold():
    # Training rows begin with row 0 in all folds but the first, which has 100 of 150.
    cv = [(np.arange(k, k + 100), np.arange(k + 100, 150)) for k in (0, 10, 20)]
    search = GridSearch(Odd(dies=(25,)), {"n": list(range(40))}, cv=cv, n_jobs=2, refit=False)
    search.fit(ROWS, LABELS)
    failed = [(trial.number, fold.fold) for trial in search.trials_ for fold in trial.folds
              if fold.error]  # fmt: skip
    assert failed == [(25, 0)]
    assert "exit code 3" in search.trials_[25].why


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.FitFailedWarning")
@pytest.mark.filterwarnings("ignore:One or more of the test scores:UserWarning")
def test_failures_in_batches_are_their_own():
    search = GridSearch(Odd(fails=(7, 30)), {"n": list(range(40))}, n_jobs=2, refit=False)
    search.fit(ROWS, LABELS)
    assert [t.number for t in search.trials_ if t.status == "failed"] == [7, 30]


def test_an_error_that_is_raised_is_the_folds_own():
    search = RandomSearch(
        Odd(fails=(30,)), {"n": list(range(40))}, n_iter=40, n_jobs=2, error_score="raise"
    )
    with pytest.raises(ValueError, match="30 fails"):
        search.fit(ROWS, LABELS)
