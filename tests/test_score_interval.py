"""Which interval a test score gets."""

from __future__ import annotations

import math
import zlib

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import accuracy_score, make_scorer, roc_auc_score
from sklearn.model_selection import GroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from skhpo import GridSearch
from skhpo._intervals import delong_interval, wilson_interval


@pytest.fixture
def data(request):
    """Rows of its own for each test: the process remembers test sets that were scored."""
    rng = np.random.default_rng(zlib.crc32(request.node.nodeid.encode()))
    X = rng.normal(size=(200, 4))
    return X, (X[:, 0] + rng.normal(size=200) > 0).astype(int)


def build(estimator=None, space=None, **keywords):
    keywords = {"cv": 3, "random_state": 0, "test_size": 0.2} | keywords
    estimator = LogisticRegression() if estimator is None else estimator
    return GridSearch(estimator, space or {}, **keywords)


def report(search, data, **params):
    search = search.fit(*data, **params)
    search.score_test()
    return search.test_report_


def accuracy(y_true, y_pred):
    return accuracy_score(y_true, y_pred)


@pytest.mark.parametrize(
    ("estimator", "scoring"),
    [
        (LogisticRegression(), None),
        (LogisticRegression(), "accuracy"),
        (LogisticRegression(), make_scorer(accuracy_score)),
        (make_pipeline(StandardScaler(), make_pipeline(StandardScaler(), SVC())), None),
    ],
)
def test_accuracy_gets_wilsons_interval(estimator, scoring, data):
    found = report(build(estimator, scoring=scoring), data)
    n_right = round(found.score * 40)
    assert found.interval == wilson_interval(n_right, 40)
    assert found.interval_method == f"Wilson, {n_right} of 40 rows right"
    assert found.n_draws == 0


def test_a_perfect_accuracy_has_a_width(data):
    X, _ = data
    found = report(build(DecisionTreeClassifier()), (X, X[:, 0] > 0))
    assert found.score == 1.0
    assert found.interval == pytest.approx((0.9124, 1.0), abs=1e-4)


@pytest.mark.parametrize("estimator", [LogisticRegression(), DecisionTreeClassifier(max_depth=3)])
@pytest.mark.parametrize("labels", [[0, 1], ["no", "yes"]])
def test_auc_gets_delongs_interval(estimator, labels, data):
    X, y = data
    search = build(estimator, scoring="roc_auc").fit(X, np.array(labels)[y])
    rows = search._test_set.choose_rows()
    search.score_test()
    found = search.test_report_
    assert found.interval_method.startswith("DeLong joined with Newcombe")
    response = (
        search.decision_function(rows.X)
        if hasattr(estimator, "decision_function")
        else search.predict_proba(rows.X)[:, 1]
    )
    assert found.interval == delong_interval(rows.y == labels[1], response)
    assert found.score == pytest.approx(roc_auc_score(rows.y, response))


def test_a_perfect_auc_has_a_width(data):
    X, _ = data
    found = report(build(scoring="roc_auc"), (X * 9, (X[:, 0] > 0).astype(int)))
    low, high = found.interval
    assert low < 0.97 < found.score <= high


def test_several_metrics_are_told_apart(data):
    search = build(scoring=["roc_auc", "accuracy"], refit="roc_auc").fit(*data)
    search.score_test(metric="accuracy")
    assert search.test_report_.interval_method.startswith("Wilson")
    assert search.test_report_.chosen_by == "roc_auc"
    index = search.best_index_
    assert search.test_report_.best_score == search.cv_results_["mean_test_accuracy"][index]


@pytest.mark.parametrize(
    "keywords",
    [
        {"scoring": "f1"},
        {"scoring": "balanced_accuracy"},
        {"scoring": make_scorer(accuracy)},
        {"scoring": make_scorer(accuracy_score, normalize=False)},
        {"scoring": lambda estimator, X, y: accuracy_score(y, estimator.predict(X))},
    ],
)
def test_other_metrics_are_drawn(keywords, data):
    assert report(build(**keywords), data).interval_method.startswith("bootstrap over test rows")


def test_a_regressors_own_score_is_drawn(data):
    found = report(build(Ridge(), {"alpha": [1]}), (data[0], data[0][:, 0]))
    assert found.interval_method.startswith("bootstrap")


def test_areas_of_several_classes_are_drawn(data):
    X, _ = data
    y = np.digitize(X[:, 0], [-0.5, 0.5])
    found = report(build(scoring="roc_auc_ovr"), (X, y))
    assert found.interval_method.startswith("bootstrap")


def test_rows_that_do_not_count_alike_are_drawn(data):
    weighted = report(build(), data, sample_weight=np.linspace(0.5, 2, 200))
    assert weighted.interval_method.startswith("bootstrap over test rows")
    X, y = data
    found = report(build(cv=2), (X + 1, y), groups=None)
    assert found.interval_method.startswith("Wilson")


def test_groups_are_drawn_whole(data):
    found = report(build(cv=GroupKFold(3)), data, groups=np.arange(200) // 4)
    assert found.interval_method.startswith("bootstrap over test groups")


class ScoresElse(ClassifierMixin, BaseEstimator):
    """A classifier whose own score is none of scikit-learn's."""

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        return np.zeros(len(X), dtype=int)

    def score(self, X, y):
        return float(np.mean(X[:, 0]))


def test_a_score_of_its_own_is_drawn(data):
    assert report(build(ScoresElse()), data).interval_method.startswith("bootstrap")


def test_a_scorer_that_only_looks_like_accuracy_is_drawn(data):
    def accuracy_score(y_true, y_pred):
        return math.exp(-np.mean(y_true != y_pred))

    found = report(build(scoring=make_scorer(accuracy_score)), data)
    assert found.interval_method.startswith("bootstrap")


def test_responses_are_asked_once(data):
    calls = []

    class Counts(LogisticRegression):
        def predict(self, X):
            calls.append(("predict", len(X)))
            return super().predict(X)

        def decision_function(self, X):
            calls.append(("decision_function", len(X)))
            return super().decision_function(X)

    report(build(Counts(), scoring="roc_auc"), data)
    assert calls == [("decision_function", n) for n in (54, 53, 53, 40)]


def test_meta_estimators_that_only_give_probabilities_work(data):
    found = report(build(CalibratedClassifierCV(SVC(), cv=2), scoring="roc_auc"), data)
    assert found.interval_method.startswith("DeLong")
