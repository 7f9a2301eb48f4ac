"""Responses recorded while a scorer asks, without changing what it gets."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.datasets import make_classification, make_regression
from sklearn.frozen import FrozenEstimator
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import check_scoring, get_scorer
from sklearn.multioutput import MultiOutputClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from skhpo._responses import METHODS, recording

X, Y = make_classification(80, random_state=0)
NAMES = np.array(["no", "yes"], dtype=object)


def record(estimator, scorer, X=X, y=Y, max_bytes=1e9, extra=()):
    """Score with recording on; the score and the responses."""
    with recording(estimator, X, max_bytes) as recorder:
        score = scorer(estimator, X, y)
    return score, recorder.finish(estimator, extra)


@pytest.mark.parametrize("scoring", [None, "accuracy", "roc_auc", "neg_log_loss", "f1"])
@pytest.mark.parametrize(
    "estimator",
    [
        LogisticRegression(),
        SVC(),
        make_pipeline(StandardScaler(), LogisticRegression()),
        make_pipeline(StandardScaler(), make_pipeline(StandardScaler(), SVC())),
    ],
    ids=["linear", "svc", "pipeline", "nested-pipeline"],
)
def test_scores_are_equal_to_the_bit_and_methods_are_given_back(estimator, scoring):
    if scoring == "neg_log_loss" and not hasattr(estimator, "predict_proba"):
        pytest.skip("no probabilities")
    fitted = clone(estimator).fit(X, Y)
    scorer = check_scoring(fitted, scoring)
    before = dict(vars(fitted))
    score, responses = record(fitted, scorer)
    assert score == scorer(fitted, X, Y)
    assert vars(fitted) == before
    assert responses.problem == ""
    for method in responses.by_method:
        np.testing.assert_array_equal(responses.get(method), getattr(fitted, method)(X))


def test_what_the_scorer_asks_for_is_recorded_and_nothing_else():
    fitted = LogisticRegression().fit(X, Y)
    asked = {"accuracy": "predict", "roc_auc": "decision_function", "neg_log_loss": "predict_proba"}
    for name, method in asked.items():
        assert list(record(fitted, get_scorer(name))[1].by_method) == [method]


def test_a_method_asked_for_besides_is_recorded_too():
    fitted = LogisticRegression().fit(X, Y)
    _, responses = record(fitted, get_scorer("accuracy"), extra=("predict_proba", "transform"))
    assert list(responses.by_method) == ["predict", "predict_proba"]
    np.testing.assert_array_equal(responses.get("predict_proba"), fitted.predict_proba(X))


def test_labels_take_a_byte_a_row():
    labels = NAMES[Y]
    fitted = LogisticRegression().fit(X, labels)
    _, responses = record(fitted, get_scorer("accuracy"), y=labels)
    assert responses.n_bytes == len(X)
    assert responses.has_only_labels
    np.testing.assert_array_equal(responses.get("predict"), fitted.predict(X))


def test_a_method_that_a_class_lacks_is_not_made_up():
    # A scorer that looks for decision_function first must not find one.
    fitted = SVC().fit(X, Y)

    def scorer(estimator, X, y):
        return float(hasattr(estimator, "predict_proba"))

    assert record(fitted, scorer)[0] == 0.0


@pytest.mark.parametrize(
    ("scorer", "problem"),
    [
        (lambda e, X, y: e.predict(X[:40]).mean(), "other rows than it is given"),
        (lambda e, X, y: e.predict(X[::-1]).mean(), "other rows than it is given"),
        (lambda e, X, y: e.coef_.sum(), "does not ask the estimator for predictions"),
        (lambda e, X, y: e.predict(X + 0.0).mean(), "other rows than it is given"),
    ],
)
def test_a_scorer_that_cannot_be_replayed_is_a_problem(scorer, problem):
    fitted = LogisticRegression().fit(X, Y)
    score, responses = record(fitted, scorer)
    assert problem in responses.problem
    assert not responses.by_method
    assert score == scorer(fitted, X, Y)


def test_predictions_that_change_are_a_problem():
    class Random(ClassifierMixin, BaseEstimator):
        def fit(self, X, y):
            self.classes_ = np.unique(y)
            self.rng_ = np.random.default_rng(0)
            return self

        def predict(self, X):
            return self.rng_.integers(0, 2, len(X))

    _, responses = record(Random().fit(X, Y), lambda e, X, y: (e.predict(X) == e.predict(X)).mean())
    assert responses.problem == "predict gives something else each time"


def test_predictions_that_are_no_array_are_a_problem():
    targets = np.column_stack([Y, 1 - Y])
    fitted = MultiOutputClassifier(LogisticRegression()).fit(X, targets)
    _, responses = record(fitted, lambda e, X, y: e.predict_proba(X)[0].mean(), y=targets)
    assert "not one array" in responses.problem


def test_predictions_past_the_bytes_are_dropped():
    fitted = LogisticRegression().fit(X, Y)
    _, responses = record(fitted, get_scorer("neg_log_loss"), max_bytes=80)
    assert "more memory than is allowed" in responses.problem


def test_nothing_is_recorded_without_bytes():
    fitted = LogisticRegression().fit(X, Y)
    score, responses = record(fitted, get_scorer("accuracy"), max_bytes=0)
    assert responses is None
    assert score == fitted.score(X, Y)


def test_an_estimator_that_guards_its_attributes_is_scored_all_the_same():
    class Guarded(LinearRegression):
        def __setattr__(self, name, value):
            if name in METHODS:
                raise AttributeError(name)
            super().__setattr__(name, value)

    X, y = make_regression(40, 3, random_state=0)
    fitted = Guarded().fit(X, y)
    score, responses = record(fitted, get_scorer("r2"), X, y)
    assert score == fitted.score(X, y)
    assert responses.problem == "the scorer does not ask the estimator for predictions"


def test_a_scorer_that_changes_what_it_got_does_not_change_what_is_kept():
    X, y = make_regression(40, 3, random_state=0)
    fitted = LinearRegression().fit(X, y)

    def scorer(estimator, X, y):
        predicted = estimator.predict(X)
        predicted -= y
        return float(predicted.sum())

    _, responses = record(fitted, scorer, X, y)
    np.testing.assert_array_equal(responses.get("predict"), fitted.predict(X))


def through_a_pickle(estimator):
    """Copy by pickling."""
    return pickle.loads(pickle.dumps(estimator))


@pytest.mark.parametrize("duplicate", [copy.deepcopy, through_a_pickle])
@pytest.mark.parametrize("is_pipeline", [False, True])
def test_a_copy_that_a_scorer_makes_answers_for_itself(duplicate, is_pipeline):
    fitted = LogisticRegression().fit(X, Y)
    if is_pipeline:
        fitted = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, Y)
    state = set(vars(fitted))

    def scorer(estimator, X, y):
        other = duplicate(estimator)
        assert set(vars(other)) == state
        other.fit(X, 1 - y)
        estimator.predict(X)
        return float((other.predict(X) == 1 - y).mean())

    score, responses = record(fitted, scorer)
    assert score > 0.8
    assert responses.problem == ""
    assert set(vars(fitted)) == state


def test_a_scorer_may_measure_the_size_of_a_pickle():
    fitted = LogisticRegression().fit(X, Y)
    score, _ = record(fitted, lambda e, X, y: -len(pickle.dumps(e)))
    assert score == -len(pickle.dumps(fitted))


def test_a_state_of_ones_own_is_left_as_it_is():
    class Slim(LogisticRegression):
        def __getstate__(self):
            return self.coef_.tolist()

    fitted = Slim().fit(X, Y)
    assert record(fitted, lambda e, X, y: e.__getstate__())[0] == fitted.coef_.tolist()


def test_an_estimator_that_clones_share_is_left_alone():
    # Threads that shadow it at the same time would undo each other.
    frozen = FrozenEstimator(LogisticRegression().fit(X, Y))
    before = dict(vars(frozen))

    def scorer(estimator, X, y):
        assert vars(estimator) == before
        return float((estimator.predict(X) == y).mean())

    _, responses = record(frozen, scorer)
    assert responses.problem == "the scorer does not ask the estimator for predictions"
    # A Pipeline around it is a clone of its own.
    pipeline = make_pipeline(StandardScaler(), frozen).fit(X, Y)
    assert record(pipeline, get_scorer("accuracy"))[1].problem == ""


def test_rows_may_be_passed_by_any_name():
    class Other(ClassifierMixin, BaseEstimator):
        def fit(self, X, y):
            self.classes_ = np.unique(y)
            return self

        def predict(self, rows):
            return np.zeros(len(rows), dtype=int)

    fitted = Other().fit(X, Y)
    score, responses = record(fitted, lambda e, X, y: float((e.predict(rows=X) == y).mean()))
    assert score == (Y == 0).mean()
    assert responses.problem == ""


def test_other_arguments_than_rows_are_a_problem():
    X, y = make_regression(40, 3, random_state=0)
    model = GaussianProcessRegressor().fit(X, y)
    _, responses = record(model, lambda e, X, y: e.predict(X, return_std=True)[1].mean(), X, y)
    assert responses.problem == "the scorer calls the estimator with more than rows"


def test_a_method_asked_for_besides_that_fails_is_a_problem_and_no_error():
    class Fails(LogisticRegression):
        def predict_proba(self, X):
            raise RuntimeError("no probabilities today")

    fitted = Fails().fit(X, Y)
    score, responses = record(fitted, get_scorer("accuracy"), extra=("predict_proba",))
    assert score == fitted.score(X, Y)
    assert responses.problem == "predict_proba fails (RuntimeError: no probabilities today)"


def test_classes_of_several_outputs_are_kept():
    targets = np.column_stack([Y, 1 - Y])
    fitted = MultiOutputClassifier(LogisticRegression()).fit(X, targets)
    _, responses = record(fitted, get_scorer("f1_macro"), y=targets)
    assert responses.classes is None
    assert [c.tolist() for c in responses.classes_by_output] == [[0, 1], [0, 1]]
