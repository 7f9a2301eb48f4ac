"""Nested cross-validation: equal to scikit-learn's, for any number of workers."""

from __future__ import annotations

import math
import os
import re
import signal
import subprocess
import sys
import threading
import time

import joblib
import numpy as np
import pytest
from sklearn import config_context
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.cluster import KMeans
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import accuracy_score, get_scorer
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    KFold,
    StratifiedKFold,
    cross_val_score,
    cross_validate,
)
from sklearn.svm import SVC

from skhpo import BayesSearch, Float, GridSearch, NestedScore, RandomSearch, nested_score

RNG = np.random.default_rng(0)
X = RNG.normal(size=(120, 4))
y = (X[:, 0] + RNG.normal(size=120) > 0).astype(int)

SPACE = {"C": Float(0.01, 100, log=True)}
SEARCHES = [
    GridSearch(SVC(), SPACE, cv=3),
    RandomSearch(SVC(), SPACE, cv=3, n_iter=3, random_state=1),
    BayesSearch(SVC(), SPACE, cv=3, n_iter=3, random_state=1),
    GridSearchCV(SVC(), {"C": [0.1, 1, 10]}, cv=3),
]


def name_of(value):
    return type(value).__name__


# Equality -----------------------------------------------------------------------------


@pytest.mark.parametrize("search", SEARCHES, ids=name_of)
@pytest.mark.parametrize("cv", [3, StratifiedKFold(4, shuffle=True, random_state=0)])
def test_scores_are_those_of_cross_val_score_to_the_bit(search, cv):
    result = nested_score(search, X, y, cv=cv)
    assert result.scores.tolist() == cross_val_score(search, X, y, cv=cv).tolist()


def test_regression_and_splits_given_as_pairs():
    search = GridSearch(Ridge(), {"alpha": [0.1, 10]}, cv=KFold(3))
    pairs = list(KFold(4).split(X))
    result = nested_score(search, X, X[:, 0] + X[:, 1] ** 2, cv=pairs)
    expected = cross_val_score(search, X, X[:, 0] + X[:, 1] ** 2, cv=pairs)
    assert result.scores.tolist() == expected.tolist()


def test_unsupervised_learning():
    search = GridSearch(KMeans(n_init=1, random_state=0), {"n_clusters": [2, 3]}, cv=3)
    result = nested_score(search, X, cv=3)
    assert result.scores.tolist() == cross_val_score(search, X, cv=3).tolist()


def test_several_metrics_are_kept_and_the_refit_one_counts():
    search = GridSearch(SVC(), SPACE, cv=3, scoring=["accuracy", "roc_auc"], refit="roc_auc")
    result = nested_score(search, X, y, cv=3)
    assert result.metric == "roc_auc"
    assert result.scores.tolist() == cross_val_score(search, X, y, cv=3).tolist()
    both = cross_validate(search, X, y, cv=3, scoring=["accuracy", "roc_auc"])
    assert [fold.scores["accuracy"] for fold in result.folds] == both["test_accuracy"].tolist()


def test_a_kernel_matrix_is_scored_as_its_rows_are():
    for kind in (GridSearch, GridSearchCV):
        rows, kernels = (
            nested_score(kind(SVC(kernel=kernel), {"C": [0.01, 1]}, cv=3), data, y, cv=3)
            for kernel, data in (("linear", X), ("precomputed", X @ X.T))
        )
        assert kernels.scores.tolist() == rows.scores.tolist()


def test_groups_reach_both_splitters():
    groups = np.arange(120) % 12
    search = GridSearch(SVC(), SPACE, cv=GroupKFold(3))
    result = nested_score(
        search, X, y, cv=GroupKFold(4), groups=groups.tolist(), return_searches=True
    )
    for (train, test), fold, fitted in zip(
        GroupKFold(4).split(X, y, groups), result.folds, result.searches, strict=True
    ):
        expected = clone(search).fit(X[train], y[train], groups=groups[train])
        assert fold.score == expected.score(X[test], y[test])
        assert fitted.cv_results_["mean_test_score"].tolist() == (
            expected.cv_results_["mean_test_score"].tolist()
        )


def weighted_by_hand(search, weight):
    """Outer scores with weights in fits and scores."""
    scores = []
    for train, test in StratifiedKFold(3).split(X, y):
        fitted = clone(search).fit(X[train], y[train], sample_weight=weight[train])
        found = accuracy_score(y[test], fitted.predict(X[test]), sample_weight=weight[test])
        scores.append(found)
    return scores


def test_weights_are_cut_and_reach_fits_and_scores():
    weight = RNG.uniform(0.1, 3, size=120)
    search = GridSearch(SVC(), SPACE, cv=3, scoring="accuracy")
    result = nested_score(search, X, y, cv=3, sample_weight=weight)
    assert result.scores.tolist() == weighted_by_hand(search, weight)


def test_routed_metadata_reach_fits_and_scores():
    weight = RNG.uniform(0.1, 3, size=120)
    with config_context(enable_metadata_routing=True):
        model = LogisticRegression().set_fit_request(sample_weight=True)
        scorer = get_scorer("accuracy").set_score_request(sample_weight=True)
        search = GridSearch(model, SPACE, cv=3, scoring=scorer)
        result = nested_score(search, X, y, cv=3, sample_weight=weight)
        assert result.scores.tolist() == weighted_by_hand(search, weight)


def test_a_share_is_one_stratified_split():
    result = nested_score(SEARCHES[0], X, y, cv=0.25, random_state=0)
    (fold,) = result.folds
    assert (fold.n_train, fold.n_test) == (90, 30)
    assert math.isnan(result.standard_error)
    assert str(result).endswith("\nscore over 1 outer fold")


def test_an_estimator_without_a_search_is_scored_too():
    result = nested_score(SVC(), X, y, cv=3)
    assert result.scores.tolist() == cross_val_score(SVC(), X, y, cv=3).tolist()
    assert math.isnan(result.mean_best_score)


# Seeds and workers --------------------------------------------------------------------


@pytest.mark.parametrize("n_jobs", [2, -1])
@pytest.mark.parametrize("kind", [RandomSearch, BayesSearch])
def test_scores_are_the_same_for_any_number_of_workers(kind, n_jobs):
    search = kind(SVC(), SPACE, cv=3, n_iter=3)
    alone = nested_score(search, X, y, cv=3, random_state=0)
    shared = nested_score(search, X, y, cv=3, random_state=0, n_jobs=n_jobs)
    for one, other in zip(alone.folds, shared.folds, strict=True):
        assert one.score == other.score
        assert one.best_params == other.best_params


def test_searches_without_a_seed_have_one_for_each_fold():
    search = RandomSearch(SVC(), SPACE, cv=3, n_iter=1)
    first, again, other = (
        [fold.best_params["C"] for fold in nested_score(search, X, y, cv=3, random_state=s).folds]
        for s in (0, 0, 1)
    )
    assert first == again
    assert len({*first, *other}) == 6


class NotesProcess(ClassifierMixin, BaseEstimator):
    """Writes down which process fitted it."""

    def __init__(self, folder=None, number=0, seconds=0.0):
        self.folder = folder
        self.number = number
        self.seconds = seconds

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        open(os.path.join(self.folder, str(os.getpid())), "w").close()
        time.sleep(self.seconds)
        return self

    def predict(self, X):
        return np.zeros(len(X), dtype=int)


@pytest.mark.parametrize("configured", [False, True])
def test_workers_have_no_workers(tmp_path, configured):
    search = GridSearch(NotesProcess(str(tmp_path)), {"number": [0, 1]}, cv=3, n_jobs=2)
    with joblib.parallel_config("loky", n_jobs=2 if configured else None):
        result = nested_score(
            search, X, y, cv=4, n_jobs=None if configured else 2, return_searches=True
        )
    fitted_by = {int(name) for name in os.listdir(tmp_path)}
    assert os.getpid() not in fitted_by
    assert 1 <= len(fitted_by) <= 2
    assert [search.n_jobs for search in result.searches] == [2] * 4


def test_one_after_another_the_inner_search_keeps_its_workers(tmp_path):
    search = GridSearch(NotesProcess(str(tmp_path), seconds=0.05), {"number": [0, 1]}, cv=3)
    nested_score(search.set_params(n_jobs=2), X, y, cv=2)
    # The winner is refitted here.
    others = {int(name) for name in os.listdir(tmp_path)} - {os.getpid()}
    assert len(others) == 2


def test_threads_have_no_threads():
    names = set()

    class NotesThread(SVC):
        def fit(self, X, y):
            names.add(threading.current_thread().name)
            return super().fit(X, y)

    search = GridSearch(NotesThread(), {"C": [1, 10]}, cv=2, n_jobs=4)
    with joblib.parallel_config("threading", n_jobs=2):
        nested_score(search, X, y, cv=3)
    assert len(names) <= 2


# What is printed ----------------------------------------------------------------------


def test_the_table_has_a_row_for_each_fold_and_the_means():
    result = nested_score(SEARCHES[0], X, y, cv=3)
    lines = repr(result).splitlines()
    assert str(result) == repr(result)
    assert re.split(r"  +", lines[0]) == [
        "outer fold", "outer score", "inner best", "corrected", "optimism", "rows",
        "best parameters",
    ]  # fmt: skip
    fold = result.folds[1]
    assert re.split(r"  +", lines[2].strip()) == [
        "2", f"{fold.score:.4f}", f"{fold.best_score:.4f}", f"{fold.corrected_score:.4f}",
        f"{fold.optimism:.4f}", "80 + 40", f"C={fold.best_params['C']}",
    ]  # fmt: skip
    mean = result.scores.mean()
    assert lines[4].split()[:2] == ["mean", f"{mean:.4f}"]
    error = result.scores.std(ddof=1) / math.sqrt(3)
    assert lines[5].startswith(f"score over 3 outer folds; standard error of the mean {error:.4f}")
    assert result.mean_score == mean
    assert result.mean_optimism == pytest.approx(result.mean_best_score - mean)
    assert not result.searches


def test_a_corrected_score_has_a_column():
    class Corrects(GridSearch):
        @property
        def corrected_score_(self):
            return self.best_score_ - 0.25

    result = nested_score(Corrects(SVC(), {"C": [1]}, cv=3), X, y, cv=3)
    assert "corrected" in str(result).splitlines()[0]
    assert result.mean_corrected_score == pytest.approx(result.mean_best_score - 0.25)


def test_large_scores_are_short():
    search = GridSearch(Ridge(), {"alpha": [1]}, cv=3, scoring="neg_mean_squared_error", refit=True)
    lines = str(nested_score(search, X, X[:, 0] ** 3 * 1e4, cv=3)).splitlines()
    assert "e+0" in lines[1]


def test_the_frame_has_a_row_for_each_fold():
    pytest.importorskip("pandas")
    search = GridSearch(SVC(), SPACE, cv=3, scoring=["accuracy", "roc_auc"], refit="roc_auc")
    frame = nested_score(search, X, y, cv=3).to_frame()
    assert list(frame) == [
        "fold", "score", "best_score", "corrected_score", "best_params", "n_train", "n_test",
        "seconds", "optimism", "score_accuracy", "score_roc_auc",
    ]  # fmt: skip
    assert len(frame) == 3
    assert "scores" not in nested_score(SEARCHES[0], X, y, cv=3).to_frame()


def test_verbose_prints_a_line_for_each_fold(capsys):
    nested_score(SEARCHES[0], X, y, cv=3, verbose=1)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert re.fullmatch(
        r"outer fold 2: score 0\.\d+; 2 of 3 done in [\d.]+ s, some [\d.]+ s left", lines[1]
    )
    assert re.fullmatch(r"outer fold 3: score 0\.\d+; 3 of 3 done in [\d.]+ s", lines[2])
    nested_score(SEARCHES[0], X, y, cv=3)
    assert capsys.readouterr().out == ""


def test_a_result_is_a_value():
    assert NestedScore(()) == NestedScore(())


# Errors -------------------------------------------------------------------------------


class NeverFitted(SVC):
    def fit(self, X, y, sample_weight=None):
        raise AssertionError("fitted")


GRID = {"C": [1]}
WRONG = [
    (SVC, {}, "The 'search' parameter of nested_score must be an object implementing 'fit'"),
    (3, {}, "Got 3 instead. Fix: pass a search"),
    (GridSearch(NeverFitted(), GRID, test_size=0.2), {}, "`test_size` must be None in a search"),
    (GridSearch(NeverFitted(), GRID, test_split=KFold(2)), {}, "`test_split` must be None"),
    (GridSearch(NeverFitted(), GRID, refit=False), {}, "`refit` must not be False in a search"),
    (
        GridSearch(NeverFitted(), GRID, scoring=["accuracy", "f1"], refit=lambda results: 0),
        {},
        "`refit` must name the metric of a search",
    ),
    (GridSearch(NeverFitted(), {"CC": [1]}), {}, "Invalid parameter 'CC'"),
    (GridSearch(NeverFitted(), GRID), {"cv": 1}, "The 'cv' parameter of nested_score must be"),
    (GridSearch(NeverFitted(), GRID), {"n_jobs": "2"}, "'n_jobs' parameter of nested_score"),
    (GridSearch(NeverFitted(), GRID), {"verbose": -1}, "'verbose' parameter of nested_score"),
    (GridSearch(NeverFitted(), GRID), {"random_state": "x"}, "'random_state' parameter of nested"),
    (
        GridSearchCV(NeverFitted(), GRID),
        {"sample_weight": np.ones(120)},
        "`sample_weight` must be left out for a search that is not one of skhpo's",
    ),
]


@pytest.mark.parametrize(("search", "keywords", "message"), WRONG)
def test_wrong_arguments_are_named_before_the_first_fit(search, keywords, message):
    with pytest.raises((ValueError, TypeError), match=re.escape(message)):
        nested_score(search, X, y, **keywords)


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_search_that_fails_is_named_by_its_fold(n_jobs):
    class FailsOnFirstRow(SVC):
        def fit(self, X, y):
            if not (X[:, 0] == 1e6).any():
                raise ZeroDivisionError("no first row")
            return super().fit(X, y)

    class TrainsOnAll:
        def get_n_splits(self, X=None, y=None, groups=None):
            return 1

        def split(self, X, y=None, groups=None):
            yield np.arange(len(X)), [0]

    # The second of the unshuffled folds leaves row 60 out.
    marked = X.copy()
    marked[60, 0] = 1e6
    search = GridSearch(FailsOnFirstRow(), {"C": [1]}, cv=TrainsOnAll(), error_score="raise")
    with pytest.raises(ZeroDivisionError, match="no first row") as caught:
        nested_score(search, marked, y, cv=KFold(3), n_jobs=n_jobs)
    assert caught.value.__notes__[-1] == "This was outer fold 2 of 3 of nested_score."


# Ctrl-C -------------------------------------------------------------------------------

interrupts = pytest.mark.skipif(os.name == "nt", reason="sends SIGINT to its own process")


@interrupts
def test_an_inner_search_that_ends_by_itself_does_not_keep_the_others_going():
    n_fits = []

    class Signals(SVC):
        def fit(self, X, y):
            n_fits.append(len(X))
            if len(n_fits) == 3:
                os.kill(os.getpid(), signal.SIGINT)
                time.sleep(0.1)
            return super().fit(X, y)

    search = GridSearch(Signals(), {"C": [1, 10]}, cv=2, on_interrupt="refit")
    with pytest.raises(KeyboardInterrupt, match="swallowed the interrupt"):
        nested_score(search, X, y, cv=3)
    # Three fits of the first outer fold, and the refit of its winner.
    assert len(n_fits) == 4


SCRIPT = """
import os, sys, threading, time, signal
import numpy as np
from sklearn.svm import SVC
from skhpo import GridSearch, nested_score

class Sleeps(SVC):
    def fit(self, X, y):
        open(os.path.join(sys.argv[1], str(os.getpid())), "w").close()
        time.sleep(60)

if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)

    def interrupt():
        while len(os.listdir(sys.argv[1])) < 2:
            time.sleep(0.02)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=interrupt, daemon=True).start()
    X = np.arange(80.0).reshape(40, 2)
    search = GridSearch(Sleeps(), {"C": [1, 2]}, cv=2, n_jobs=2)
    try:
        nested_score(search, X, np.arange(40) % 2, cv=4, n_jobs=2)
    except KeyboardInterrupt:
        print("interrupted", flush=True)
"""


@pytest.mark.slow
@interrupts
def test_an_interrupt_ends_the_workers(tmp_path):
    script, folder = tmp_path / "script.py", tmp_path / "pids"
    script.write_text(SCRIPT)
    folder.mkdir()
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, str(script), str(folder)], capture_output=True, text=True, timeout=50
    )
    assert done.stdout == "interrupted\n", done.stderr
    assert time.monotonic() - started < 30
    pids = [int(name) for name in os.listdir(folder)]
    assert len(pids) == 2
    for pid in pids:
        with pytest.raises(ProcessLookupError, match="No such process"):
            os.kill(pid, 0)
