"""A fold's rows: cut once, read-only, under a byte budget; copies for those who write."""

from __future__ import annotations

import pickle

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from sklearn.base import BaseEstimator
from sklearn.compose import TransformedTargetRegressor
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skhpo import GridSearch
from skhpo._fold_memory import Memory
from skhpo._fold_rows import asks_to_overwrite, cut_fold, fit_together
from skhpo._kept import Kept, count_bytes, keep, lend

rng = np.random.default_rng(0)
X = rng.normal(size=(12, 12))
y = X[:, 0]
SPLIT = np.arange(8), np.arange(8, 12)


def cut(kept, X=X, y=y, fold=0, split=SPLIT, pairwise=False):
    return cut_fold(X, y, {}, split, pairwise=pairwise, kept=kept, fold=fold)


# --- the store ------------------------------------------------------------------------


def test_of_a_round_that_does_not_fit_the_first_ones_are_found_each_time():
    kept = Kept(10)
    for _ in range(4):
        found = []
        for key in "abcde":
            found.append(kept.get(key) is not None)
            if not found[-1]:
                kept.put(key, key.upper(), 3)
    assert sum(found) == 2
    assert kept.n_bytes == 9


def test_what_nobody_asks_for_any_more_goes():
    kept = Kept(10)
    for key in "abc":
        kept.put(key, key.upper(), 3)
    for _ in range(50):
        for key in "xyz":
            if kept.get(key) is None:
                kept.put(key, key, 3)
    assert [kept.get(key) for key in "abcxyz"] == [None, None, None, "x", "y", "z"]


def test_what_alone_is_above_the_budget_is_not_kept():
    kept = Kept(10)
    kept.put("a", "A", 5)
    kept.put("b", "B", 11)
    kept.put("a", "larger", 11)
    assert kept.get("a") is kept.get("b") is None
    assert kept.n_bytes == 0


def test_a_store_travels_empty():
    memory = Memory()
    memory.rows.put("a", 1, 1)
    memory.writers.add("kind")
    there = pickle.loads(pickle.dumps(memory))
    assert there.rows.get("a") is None
    assert not there.writers


def test_bytes_are_those_of_the_whole_array_once():
    array = np.zeros((100, 10))
    assert count_bytes(array[:, :2]) == 8000
    assert 8000 < count_bytes({"a": array, "b": [array[:5]]}) < 9000
    step = StandardScaler().fit(array)
    assert 240 < count_bytes(step) < 3000
    assert 12000 < count_bytes(sp.csr_array(np.ones((100, 10)))) < 14000


@pytest.mark.parametrize("order", ["C", "F"])
def test_copies_have_the_layout_of_what_is_kept(order):
    array = np.asarray(X, order=order)
    for kept in (keep(array, is_private=False), keep(array, is_private=True)):
        assert lend(kept, is_writable=False) is kept
        copied = lend(kept, is_writable=True)
        assert copied.strides == array.strides
        assert copied.flags.writeable
        assert not kept.flags.writeable
    assert array.flags.writeable
    assert keep(array[::2, ::2], is_private=True) is None


def test_sparse_copies_keep_their_index_type():
    matrix = sp.csr_matrix(np.eye(4))
    matrix.indices = matrix.indices.astype(np.int64)
    lent = lend(keep(matrix, is_private=False), is_writable=False)
    assert lent.indices.dtype == np.int64
    lent.data[:] = 7
    assert matrix.data.max() == 1


@pytest.mark.parametrize("value", [pd.DataFrame(X), [1, 2], None, np.ma.array(X), sp.eye(3)])
def test_what_nothing_protects_is_not_kept(value):
    assert keep(value, is_private=False) is None


# --- cutting --------------------------------------------------------------------------


def test_a_fold_is_cut_once_and_read_only():
    kept = Kept(10**6)
    train, test = cut(kept)
    again, _ = cut(kept)
    assert again.X is train.X
    assert again.y is train.y
    np.testing.assert_array_equal(test.X, X[8:])
    with pytest.raises(ValueError, match="read-only"):
        train.X[0] = 0
    assert cut(kept, fold=1)[0].X is not train.X
    assert X.flags.writeable


def test_pairwise_rows_are_kept_apart():
    kept = Kept(10**6)
    assert cut(kept, pairwise=True)[1].X.shape == (4, 8)
    assert cut(kept)[1].X.shape == (4, 12)
    assert cut(kept, pairwise=True)[1].X.shape == (4, 8)


@pytest.mark.parametrize("rows", [pd.DataFrame(X), X.tolist(), sp.csr_array(X)])
def test_what_cannot_be_frozen_is_cut_each_time(rows):
    kept = Kept(10**6)
    first, again = cut(kept, X=rows)[0], cut(kept, X=rows)[0]
    assert first.X is not again.X
    assert first.y is again.y


def test_without_a_store_rows_may_be_written_to():
    train, _ = cut(None)
    train.X[:] = 0
    assert X.all()


def test_folds_are_kept_only_if_all_of_them_fit():
    splits = [(np.arange(5), np.arange(5, 8))] * 3
    X, y = np.zeros((8, 4)), np.zeros(8)
    assert fit_together(3 * 8 * 5 * 8, X, y, splits)
    assert not fit_together(3 * 8 * 5 * 8 - 1, X, y, splits)
    assert fit_together(0, X.tolist(), y.tolist(), splits)


class Flagged(BaseEstimator):
    """Its score says whether its rows may be written to."""

    def fit(self, X, y):
        self.is_writable_ = X.flags.writeable
        return self

    def score(self, X, y):
        return float(self.is_writable_)


@pytest.mark.parametrize("max_bytes", [0, 10**6])
def test_rows_that_are_cut_anew_may_be_written_to(max_bytes, monkeypatch):
    monkeypatch.setattr("skhpo._search.MAX_ROWS_BYTES", max_bytes)
    assert GridSearch(Flagged(), {}, refit=False).fit(X, y).best_score_ == float(max_bytes == 0)
    # Behind a step that candidates share, rows are read-only either way.
    pipeline = make_pipeline("passthrough", Flagged())
    assert GridSearch(pipeline, {}, refit=False).fit(X, y).best_score_ == 0.0


# --- estimators and scorers that write ------------------------------------------------


class Writer(BaseEstimator):
    """Writes to what it is told to, and counts its fits."""

    fits = 0

    def __init__(self, to="X", by=1.0):
        self.to = to
        self.by = by

    def fit(self, X, y):
        type(self).fits += 1
        if self.to == "X":
            X *= self.by
        if self.to == "y":
            y[0] = self.by
        self.mean_ = X.mean() + np.mean(y)
        return self

    def score(self, X, y):
        if self.to == "score":
            y *= self.by
        return self.mean_ * np.sum(y)


def writes_rows(estimator, X, y):
    """A scorer that writes."""
    X[:, 0] = 1.0
    return estimator.score(X, y) + X.sum()


@pytest.mark.parametrize("to", ["X", "y", "score"])
@pytest.mark.parametrize("scoring", [None, writes_rows, {"a": writes_rows, "b": writes_rows}])
@pytest.mark.parametrize("error_score", ["raise", np.nan])
def test_those_who_write_get_copies_from_then_on(to, scoring, error_score):
    keywords = {"cv": 3, "scoring": scoring, "refit": False, "error_score": error_score}
    grid = {"by": [1.0, 2.0, 3.0]}
    theirs = GridSearchCV(Writer(to), grid, **keywords).fit(X, y)
    Writer.fits = 0
    ours = GridSearch(Writer(to), grid, return_train_score=True, **keywords).fit(X, y)
    for key in [key for key in theirs.cv_results_ if "_test_" in key]:
        np.testing.assert_array_equal(ours.cv_results_[key], theirs.cv_results_[key])
    assert Writer.fits == 9 + 1
    assert y[0] == X[0, 0]


def test_an_error_of_another_kind_is_not_tried_again():
    Writer.fits = 0
    with pytest.raises(TypeError, match="unsupported operand"):
        GridSearch(Writer("neither"), {"by": [1]}, cv=3, error_score="raise").fit(X, [None] * 12)
    assert Writer.fits == 1


@pytest.mark.parametrize(
    ("estimator", "expected"),
    [
        (StandardScaler(copy=False), True),
        (StandardScaler(), False),
        (make_pipeline(StandardScaler(), Ridge(copy_X=False)), True),
        (make_pipeline(StandardScaler(), Ridge()), False),
        (TransformedTargetRegressor(LinearRegression(copy_X=False)), True),
    ],
)
def test_parameters_that_allow_writing_are_seen_at_any_depth(estimator, expected):
    assert asks_to_overwrite(estimator) is expected


def test_an_estimator_that_may_overwrite_is_scored_as_in_scikit_learn():
    estimator = make_pipeline(StandardScaler(copy=False), LinearRegression())
    keywords = {
        "cv": 3,
        "return_train_score": True,
        "scoring": ["r2", "neg_max_error"],
        "refit": False,
    }
    theirs = GridSearchCV(estimator, {}, **keywords).fit(X, y)
    ours = GridSearch(estimator, {}, **keywords).fit(X, y)
    for key in ours.cv_results_:
        if ("score" in key and "time" not in key) or "train" in key:
            np.testing.assert_array_equal(ours.cv_results_[key], theirs.cv_results_[key])
