"""What a test report takes from the search that it is of."""

from __future__ import annotations

import math
import warnings
import zlib
from types import SimpleNamespace
from typing import ClassVar

import numpy as np
import pytest
import sklearn
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.dummy import DummyClassifier
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import f1_score, make_scorer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from skhpo import GridSearch
from skhpo._measure import scorer_of_draws
from skhpo._rows import cut_params, take_rows
from skhpo._test_report import bootstrap_interval

SPACE = {"C": [0.01, 1, 100]}


@pytest.fixture
def data(request):
    """Rows of its own for each test: the process remembers test sets that were scored."""
    rng = np.random.default_rng(zlib.crc32(request.node.nodeid.encode()))
    X = rng.normal(size=(150, 3))
    return X, (X[:, 0] + rng.normal(size=150) > 0).astype(int)


class Corrects(GridSearch):
    """A search whose correction is known."""

    corrected_score_ = property(lambda self: self.best_score_ - 0.02)
    corrected_interval_ = property(lambda self: (0.5, 0.9))
    optimism_ = property(lambda self: 0.02)
    correction_ = property(lambda self: SimpleNamespace(method="a bootstrap", why=""))


def look_at_rows(estimator, X, y):
    return float(np.mean(X[:, 0] * y))


def report(cls, data, metric=None, **keywords):
    search = cls(SVC(), SPACE, cv=3, test_size=0.2, random_state=0, **keywords).fit(*data)
    search.score_test(metric=metric)
    return search.test_report_


def test_a_correction_is_taken_over(data):
    found = report(Corrects, data)
    assert found.corrected_score == found.best_score - 0.02
    assert found.corrected_interval == (0.5, 0.9)
    assert found.optimism == 0.02
    assert found.n_candidates == 3
    assert "(a bootstrap)" in str(found)


def test_a_missing_correction_is_explained(data):
    found = report(GridSearch, data, scoring=look_at_rows)
    assert math.isnan(found.corrected_score)
    assert "corrected: none: the scorer does not ask the estimator" in str(found)


def test_the_correction_is_of_the_metric_that_chose(data):
    several = {"scoring": ["accuracy", "roc_auc"], "refit": "roc_auc"}
    other = report(Corrects, data, metric="accuracy", **several)
    assert other.chosen_by == "roc_auc"
    assert math.isnan(other.corrected_score)
    assert "chance in choosing" not in str(other)


def test_the_metric_that_chose_is_corrected(data):
    found = report(Corrects, data, scoring=["accuracy", "roc_auc"], refit="roc_auc")
    assert found.corrected_score == found.best_score - 0.02
    assert found.chosen_by == ""


def test_a_function_that_chose_is_named_so(data):
    found = report(GridSearch, data, refit=lambda results: 1)
    assert found.chosen_by == "a function"
    assert "of the winner of 3 candidates, chosen by a function" in str(found)
    assert found.best_score > 0.3


# The interval, of responses that are asked for once ------------------------------------------

TREE = DecisionTreeClassifier(max_depth=3)
PIPELINE = make_pipeline(StandardScaler(), TREE)


def build(estimator, **keywords):
    return GridSearch(estimator, {}, cv=2, test_size=0.3, random_state=0, **keywords)


def score_draws(search, metric="score"):
    """Scores of some draws, and what scoring the drawn rows anew gives."""
    rows = search._test_set.choose_rows()
    n = len(rows.y)
    before = dict(vars(search.best_estimator_))
    score_drawn = scorer_of_draws(search, rows, metric)
    assert vars(search.best_estimator_) == before

    def score_anew(drawn):
        arguments = [take_rows(rows.X, drawn), take_rows(rows.y, drawn)]
        params = cut_params(dict(rows.params), n, drawn)
        return search.scorer_(search.best_estimator_, *arguments, **params)

    rng = np.random.default_rng(0)
    # A draw of groups may have more rows than there are.
    draws = [rng.integers(n, size=size) for size in (n, n, n, n - 9, n + 9)]
    return [score_drawn(drawn) for drawn in draws], [score_anew(drawn) for drawn in draws]


@pytest.mark.parametrize("scoring", ["f1", "balanced_accuracy", "neg_log_loss", "jaccard", None])
@pytest.mark.parametrize("estimator", [TREE, PIPELINE, LogisticRegression()])
def test_draws_score_as_they_would_anew(estimator, scoring, data):
    found, anew = score_draws(build(estimator, scoring=scoring).fit(*data))
    # Products of a matrix with fewer rows may differ in the last bit.
    assert found == pytest.approx(anew, rel=1e-12)


def test_a_regressors_draws_score_as_they_would_anew(data):
    X, _ = data
    found, anew = score_draws(build(Ridge()).fit(X, X[:, 0] + X[:, 1] ** 2))
    assert found == pytest.approx(anew, rel=1e-12)


def test_labels_and_weights_are_drawn_with_the_rows(data):
    X, y = data
    scorer = make_scorer(f1_score, pos_label="yes")
    weight = np.random.default_rng(0).uniform(0.1, 5, size=150)
    search = build(TREE, scoring=scorer).fit(X, np.array(["no", "yes"])[y], sample_weight=weight)
    found, anew = score_draws(search)
    assert found == anew


def test_a_kernel_matrix_is_drawn_as_its_rows_are(data):
    X, y = data
    searches = [build(SVC(kernel=kernel), scoring="f1") for kernel in ("linear", "precomputed")]
    by_rows, _ = score_draws(searches[0].fit(X, y))
    by_kernel, anew = score_draws(searches[1].fit(X @ X.T, y))
    assert by_kernel == by_rows == anew


def test_the_interval_is_that_of_draws_scored_anew(data):
    search = build(TREE, scoring="f1").fit(*data)
    rows = search._test_set.choose_rows()

    def score_anew(drawn):
        return f1_score(rows.y[drawn], search.predict(rows.X[drawn]))

    search.score_test()
    found = search.test_report_
    # On a busy machine there may be time for fewer than 200 draws.
    anew = bootstrap_interval(score_anew, 45, max_draws=found.n_draws, max_seconds=60)
    assert found.interval == (anew.low, anew.high)
    assert found.interval_method == anew.method


class Counts(DecisionTreeClassifier):
    """A tree that counts the rows that it predicts, by method."""

    asked: ClassVar = []

    def predict(self, X):
        self.asked.append(("predict", len(X)))
        return super().predict(X)

    def predict_proba(self, X):
        self.asked.append(("predict_proba", len(X)))
        return super().predict_proba(X)


@pytest.mark.parametrize("metric", ["f1", "neg_brier_score"])
def test_all_metrics_and_draws_predict_once(metric, data):
    search = build(Counts(), scoring=["f1", "recall", "neg_brier_score"], refit="f1").fit(*data)
    Counts.asked.clear()
    search.score_test(metric=metric)
    assert sorted(Counts.asked) == [("predict", 45), ("predict_proba", 45)]
    assert search.test_report_.n_draws > 1


@pytest.mark.parametrize("routing", [False, True])
def test_each_of_several_metrics_gets_the_parameters_that_it_takes(routing, data):
    weight = np.random.default_rng(0).uniform(0.1, 5, size=150)
    scoring = {"plain": make_scorer(f1_score), "weighted": make_scorer(f1_score)}
    with sklearn.config_context(enable_metadata_routing=routing):
        tree = DecisionTreeClassifier(max_depth=3)
        if routing:
            tree.set_fit_request(sample_weight=True)
            scoring["plain"].set_score_request(sample_weight=False)
            scoring["weighted"].set_score_request(sample_weight=True)
        search = build(tree, scoring=scoring, refit="plain").fit(*data, sample_weight=weight)
        rows = search._test_set.choose_rows()
        scores = {name: scorer_of_draws(search, rows, name)(np.arange(45)) for name in scoring}
        predicted = search.predict(rows.X)
        search.score_test()
    plain = f1_score(rows.y, predicted)
    weighted = f1_score(rows.y, predicted, sample_weight=rows.params["sample_weight"])
    assert scores == {"plain": plain if routing else weighted, "weighted": weighted}
    assert search.test_report_.metrics == scores
    assert plain != weighted


def ask_for_a_copy(estimator, X, y):
    return f1_score(y, estimator.predict(X.copy()))


def ask_for_rows_besides(estimator, X, y):
    return f1_score(y, estimator.predict(X)) + estimator.predict(X[:5] * 0).mean()


def weigh_by_rows(estimator, X, y):
    return f1_score(y, estimator.predict(X), sample_weight=np.abs(X[:, 0]))


class ScoresByRows(DecisionTreeClassifier):
    """A tree with a score of its own, which looks at X."""

    def score(self, X, y):
        return weigh_by_rows(self, X, y)


@pytest.mark.parametrize(
    ("estimator", "scoring"),
    [
        (TREE, look_at_rows),
        (TREE, ask_for_a_copy),
        (TREE, ask_for_rows_besides),
        (TREE, weigh_by_rows),
        (ScoresByRows(max_depth=3), None),
    ],
)
def test_what_cannot_be_replayed_is_predicted_again(estimator, scoring, data):
    found, anew = score_draws(build(estimator, scoring=scoring).fit(*data))
    assert found == anew


class Batch(ClassifierMixin, BaseEstimator):
    """A classifier whose prediction of a row depends on the others."""

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        return (X[:, 0] > np.mean(X[:, 0])).astype(int)


def test_a_batchs_predictions_are_those_of_the_test_set(data):
    search = build(Batch(), scoring="f1").fit(*data)
    rows = search._test_set.choose_rows()
    drawn = np.random.default_rng(0).integers(45, size=45)
    predicted = search.predict(rows.X)
    expected = f1_score(rows.y[drawn], predicted[drawn])
    assert scorer_of_draws(search, rows, "score")(drawn) == expected


def test_a_scorer_that_raises_leaves_nothing_behind_and_spends_nothing(data):
    raises = []

    def fails(estimator, X, y):
        score = f1_score(y, estimator.predict(X))
        if raises:
            raise RuntimeError("out of order")
        return score

    search = build(PIPELINE, scoring=fails).fit(*data)
    steps = [search.best_estimator_, *search.best_estimator_]
    before = [dict(vars(step)) for step in steps]
    raises.append(True)
    with pytest.raises(RuntimeError, match="out of order"):
        search.score_test()
    assert [vars(step) for step in steps] == before
    raises.clear()
    assert search.score_test() > 0.3


def test_a_score_warns_once(data):
    X, y = data
    never = DummyClassifier(strategy="constant", constant=0)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        search = build(never, scoring="precision").fit(X, y)
        hasattr(search, "corrected_score_")
        caught.clear()
        search.score_test()
    assert [warning.category for warning in caught] == [UndefinedMetricWarning]
