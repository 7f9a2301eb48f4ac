"""Out-of-fold predictions, equivalent candidates and the table of a fitted search."""

from __future__ import annotations

import re
import warnings
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import make_classification, make_regression
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import accuracy_score, log_loss
from sklearn.model_selection import (
    GridSearchCV,
    GroupShuffleSplit,
    KFold,
    RepeatedStratifiedKFold,
    ShuffleSplit,
    cross_val_predict,
)
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from skhpo import BayesSearch, GridSearch, RandomSearch

SEARCHES = [GridSearch, RandomSearch, BayesSearch]
X, Y = make_classification(90, flip_y=0.2, random_state=0)
XR, YR = make_regression(90, 5, noise=50.0, random_state=0)
TREE = DecisionTreeClassifier(random_state=0)
GRID = {"max_depth": [1, 2, 4, 8], "min_samples_leaf": [1, 5]}


class Reads(ClassifierMixin, BaseEstimator):
    """Predicts the first column: with targets there, all is right, row for row."""

    def __init__(self, sign=1):
        self.sign = sign

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        return np.where(X[:, 0] > 0, self.classes_[1], self.classes_[0])


# Predictions ------------------------------------------------------------------------------


@pytest.mark.parametrize("cls", SEARCHES)
@pytest.mark.parametrize("kind", [int, str])
def test_predictions_of_the_winner_score_what_the_search_says(cls, kind):
    y = Y if kind is int else np.array(["no", "yes"])[Y]
    keywords = {} if cls is GridSearch else {"n_iter": 4}
    search = cls(TREE, GRID, cv=KFold(5), random_state=0, **keywords).fit(X, y)
    found = search.oof_predictions_
    assert sorted(found.rows.tolist()) == list(range(90))
    assert np.bincount(found.folds).tolist() == [18] * 5
    assert accuracy_score(y[found.rows], found.responses["predict"]) == pytest.approx(
        search.best_score_
    )
    best = search.best_estimator_
    expected = cross_val_predict(best, X, y, cv=KFold(5))
    np.testing.assert_array_equal(found.responses["predict"], expected[found.rows])
    assert found is search.oof_predictions_


@pytest.mark.parametrize("test_size", [None, 0.3])
@pytest.mark.parametrize(
    "cv",
    [5, 0.25, ShuffleSplit(2, random_state=0), RepeatedStratifiedKFold(n_splits=3, n_repeats=2)],
)
def test_row_numbers_are_those_of_the_data_that_fit_was_given(test_size, cv):
    # The first column tells the label, so that a row that is mixed up would be wrong.
    rows = np.column_stack([np.where(Y == 1, 1.0, -1.0), np.arange(90)])
    search = GridSearch(Reads(), {"sign": [1]}, cv=cv, test_size=test_size, random_state=0)
    found = search.fit(rows, Y).oof_predictions_
    np.testing.assert_array_equal(found.responses["predict"], Y[found.rows])
    if test_size is not None:
        assert len(set(found.rows.tolist())) <= 63


def test_row_numbers_with_groups_set_aside():
    rows = np.column_stack([np.where(Y == 1, 1.0, -1.0), np.arange(90)])
    search = GridSearch(
        Reads(), {"sign": [1]}, cv=GroupShuffleSplit(2, random_state=0), test_size=0.2
    )
    search.set_params(random_state=0).fit(rows, Y, groups=np.arange(90) // 6)
    found = search.oof_predictions_
    np.testing.assert_array_equal(found.responses["predict"], Y[found.rows])
    assert search.correction_.n_units == len(set((found.rows // 6).tolist()))


def test_by_row_gives_means_of_repeats_and_nan_elsewhere():
    splitter = ShuffleSplit(4, test_size=0.3, random_state=0)
    search = GridSearch(LogisticRegression(), {"C": [1.0]}, scoring="neg_log_loss", cv=splitter)
    found = search.fit(X, Y).oof_predictions_
    means = found.by_row(90)
    assert means.shape == (90, 2)
    for row in (0, 1, 2, 3):
        own = found.responses["predict_proba"][found.rows == row]
        expected = own.mean(axis=0) if len(own) else np.full(2, np.nan)
        np.testing.assert_allclose(means[row], expected)
    assert np.isnan(means).any(axis=1).sum() == 90 - len(set(found.rows.tolist()))


def test_by_row_names_what_there_is():
    search = GridSearch(TREE, GRID).fit(X, np.array(["no", "yes"])[Y])
    found = search.oof_predictions_
    message = (
        "`method` must be among ['predict'], which were recorded, got 'predict_proba'; a search"
    )
    with pytest.raises(ValueError, match=re.escape(message)):
        found.by_row(90, "predict_proba")


def test_a_method_is_recorded_besides_for_all_candidates():
    search = GridSearch(TREE, GRID, keep_oof="predict_proba").fit(X, Y)
    assert set(search.oof_predictions_.responses) == {"predict", "predict_proba"}
    for trial in search.trials_:
        found = search.oof_predictions(trial.number)
        right = (found.responses["predict"] == Y[found.rows]).mean()
        assert right == pytest.approx(trial.mean_score())
        assert log_loss(Y[found.rows], found.responses["predict_proba"]) > 0
    np.testing.assert_allclose(search.oof_predictions_.by_row(90).sum(axis=1), 1.0)


def test_a_method_that_a_candidate_lacks_is_left_out():
    steps = Pipeline([("model", SVC())])
    space = [{"model": [SVC()]}, {"model": [LogisticRegression()]}]
    search = GridSearch(steps, space, keep_oof="predict_proba").fit(X, Y)
    asked = [set(search.oof_predictions(trial).responses) for trial in (0, 1)]
    assert asked == [{"predict"}, {"predict", "predict_proba"}]


@pytest.mark.parametrize("number", [99, -1, "0"])
def test_a_candidate_that_is_none_is_named(number):
    search = GridSearch(TREE, GRID, keep_oof=True).fit(X, Y)
    message = rf"`trial` must be the number of a candidate whose folds all ended, got {number!r};"
    with pytest.raises(ValueError, match=message):
        search.oof_predictions(number)


def test_predictions_of_all_must_be_asked_for():
    search = GridSearch(TREE, GRID).fit(X, Y)
    message = r"`keep_oof` must be set .*, got keep_oof=False; fit with keep_oof=True"
    with pytest.raises(ValueError, match=message):
        search.oof_predictions(0)


def test_several_targets_and_metrics_have_predictions():
    targets = np.column_stack([YR, -YR])
    search = GridSearch(Ridge(), {"alpha": [1, 10]}, scoring=["r2", "neg_mean_squared_error"])
    found = search.set_params(refit="r2").fit(XR, targets).oof_predictions_
    assert found.responses["predict"].shape == (90, 2)
    assert found.by_row(90).shape == (90, 2)


def test_responses_stay_within_the_budget(monkeypatch):
    # A fold takes 36 bytes, and 1,000 for Python's objects: three candidates in each half.
    monkeypatch.setattr("skhpo._worth.MAX_BYTES", 32_000)
    search = GridSearch(TREE, {"max_depth": list(range(1, 31))}).fit(X, Y)
    kept = list(search._evidence.responses)
    assert 3 <= len(kept) <= 6
    assert search.best_index_ in kept
    assert search.correction_.n_left_out == 30 - len(kept)
    assert search.correction_.why == ""
    frame = search.to_frame()
    assert frame["p_value"].notna().sum() == len(kept)
    assert search._evidence is None
    everything = GridSearch(TREE, {"max_depth": list(range(1, 31))}, keep_oof=True).fit(X, Y)
    assert all(len(everything.oof_predictions(n).rows) == 90 for n in range(30))


# Scores are as without recording ----------------------------------------------------------


LINEAR = LogisticRegression(), "C"
PIPELINE = make_pipeline(StandardScaler(), LogisticRegression()), "logisticregression__C"


@pytest.mark.parametrize(
    ("estimator", "name", "scoring"),
    [
        (*LINEAR, None),
        (*PIPELINE, "roc_auc"),
        (*PIPELINE, ["accuracy", "neg_log_loss", "f1"]),
    ],
    ids=["score", "metric", "metrics"],
)
def test_recording_changes_no_score(estimator, name, scoring):
    refit = "accuracy" if isinstance(scoring, list) else True
    keywords = {"scoring": scoring, "refit": refit, "return_train_score": True}
    space = {name: [0.01, 1.0, 100.0]}
    theirs = GridSearchCV(estimator, space, **keywords).fit(X, Y).cv_results_
    for keep_oof in (False, True, "predict_proba", "decision_function"):
        ours = GridSearch(estimator, space, keep_oof=keep_oof, **keywords).fit(X, Y).cv_results_
        assert list(ours) == list(theirs)
        for key in theirs:
            if not key.endswith("_time"):
                np.testing.assert_array_equal(ours[key], theirs[key])


# Candidates -------------------------------------------------------------------------------


def test_a_higher_level_leaves_more_candidates():
    search = GridSearch(TREE, {"max_depth": list(range(1, 12))}, cv=4).fit(X, Y)
    sets = [search.equivalent_candidates(level) for level in (0.01, 0.5, 0.9, 0.99)]
    for fewer, more in pairwise(sets):
        assert set(fewer) <= set(more)
    assert all(numbers[0] == search.best_index_ for numbers in sets)
    means = search.cv_results_["mean_test_score"][sets[-1]]
    assert (np.diff(means) <= 0).all()


def test_threads_that_ask_at_once_get_the_same():
    search = GridSearch(TREE, GRID, scoring="f1").fit(X, Y)
    filters = list(warnings.filters)
    with ThreadPoolExecutor(4) as pool:
        names = ["corrected_score_", "oof_predictions_"] * 4
        found = list(pool.map(lambda name: getattr(search, name), names))
    assert set(found[::2]) == {search.corrected_score_}
    assert all(len(predictions.rows) == 90 for predictions in found[1::2])
    assert warnings.filters == filters


@pytest.mark.parametrize("level", [0, 1, -0.5, 95, "a"])
def test_a_level_is_a_probability(level):
    search = GridSearch(TREE, GRID).fit(X, Y)
    message = f"`level` must be a float in (0, 1), got {level!r}; 0.95 is usual."
    with pytest.raises(ValueError, match=re.escape(message)):
        search.equivalent_candidates(level)


def test_candidates_cannot_be_told_apart_without_predictions():
    search = GridSearch(TREE, GRID, scoring=["accuracy", "f1"], refit=False).fit(X, Y)
    message = "Candidates cannot be told apart: there are several metrics, and `refit` names none"
    with pytest.raises(ValueError, match=message):
        search.equivalent_candidates()
    assert search.to_frame()["p_value"].isna().all()


@pytest.mark.parametrize("cls", SEARCHES)
def test_the_table_has_a_row_for_each_trial(cls):
    keywords = {} if cls is GridSearch else {"n_iter": 5}
    space = [{"max_depth": [2, 3]}, {"min_samples_leaf": [1, 5], "criterion": ["gini", "entropy"]}]
    search = cls(TREE, space, random_state=0, **keywords).fit(X, Y)
    frame = search.to_frame()
    assert len(frame) == search.n_trials_
    assert list(frame)[:4] == ["number", "origin", "status", "why"]
    params = {f"param_{name}" for name in ("max_depth", "min_samples_leaf", "criterion")}
    assert params <= set(frame)
    assert list(frame)[-6:] == [
        "mean_test_score",
        "standard_error_score",
        "rank_test_score",
        "mean_fit_time",
        "n_shared_steps",
        "p_value",
    ]
    folds = np.array([trial.fold_scores() for trial in search.trials_])
    errors = folds.std(axis=1, ddof=1) / np.sqrt(5)
    np.testing.assert_allclose(frame["standard_error_score"], errors)
    assert frame["p_value"].between(0, 1).all()
    equal = frame["number"][frame["p_value"] > 0.05]
    assert set(equal) == set(search.equivalent_candidates())


def test_the_table_of_several_metrics_and_a_single_split():
    search = GridSearch(TREE, GRID, scoring=["accuracy", "f1"], refit="f1", cv=0.3, random_state=0)
    frame = search.fit(X, Y).to_frame()
    for metric in ("accuracy", "f1"):
        assert frame[f"mean_test_{metric}"].notna().all()
        assert frame[f"standard_error_{metric}"].isna().all()


def test_parameters_of_the_table_keep_their_kind():
    frame = GridSearch(TREE, GRID).fit(X, Y).to_frame()
    assert frame["param_max_depth"].dtype.kind == "i"
    frame = GridSearch(Ridge(), {"alpha": [0.1, 1.0]}).fit(XR, YR).to_frame()
    assert frame["param_alpha"].dtype.kind == "f"


def test_labels_come_as_they_are_and_have_no_mean():
    names = np.array(["no", "yes"])[Y]
    found = GridSearch(TREE, GRID).fit(X, names).oof_predictions_
    by_row = found.by_row(90)
    assert by_row.dtype == names.dtype
    np.testing.assert_array_equal(by_row[found.rows], found.responses["predict"])
    folds = RepeatedStratifiedKFold(n_splits=3, n_repeats=2, random_state=0)
    repeated = GridSearch(TREE, GRID, cv=folds).fit(X, Y)
    with pytest.raises(ValueError, match="must name predictions that are numbers"):
        repeated.oof_predictions_.by_row(90)
    with pytest.raises(ValueError, match="`n_rows` must be the number of rows that fit was given"):
        found.by_row(50)
    assert repr(found) == "out-of-fold predictions of 90 rows by 5 folds: predict"


def test_a_method_that_no_candidate_has_is_an_error_before_the_first_fit():
    search = GridSearch(SVC(), {"C": [1]}, keep_oof="predict_proba")
    with pytest.raises(ValueError, match="`keep_oof` must name a method that the estimator has"):
        search.fit(X, Y)
