"""The matrix that draws work on, from the evidence of small searches."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score, get_scorer, make_scorer
from sklearn.model_selection import LeaveOneOut
from sklearn.pipeline import Pipeline
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from skhpo import GridSearch
from skhpo._honesty.values import CannotCorrectError, build_values

X, Y = make_classification(90, flip_y=0.2, random_state=0)
TREE = DecisionTreeClassifier(random_state=0)


def evidence_of(estimator=TREE, space=None, weights=None, **keywords):
    """What a fitted search leaves."""
    space = {"max_depth": [1, 2, 3, 5]} if space is None else space
    params = {} if weights is None else {"sample_weight": weights}
    return GridSearch(estimator, space, **keywords).fit(X, Y, **params)._evidence


@pytest.mark.parametrize("scoring", [None, "accuracy", "f1", "neg_log_loss", "roc_auc"])
def test_columns_are_candidates_and_their_means_the_scores(scoring):
    evidence = evidence_of(scoring=scoring)
    values = build_values(evidence)
    assert values.numbers[0] == evidence.best
    assert values.V.shape == (90 if scoring != "roc_auc" else values.units.n_units, 4)
    scores = [evidence.trials[n].mean_score() for n in values.numbers]
    assert values.fold_means.shape == values.row_variances.shape == (5, 4)
    # f1 and AUC are no means: their pseudo-values lose a bias of some 1/18.
    tolerance = 1e-6 if scoring in (None, "accuracy", "neg_log_loss") else 0.05
    np.testing.assert_allclose(values.V.mean(axis=0), scores, atol=tolerance)
    np.testing.assert_allclose(values.fold_means.mean(axis=0), values.V.mean(axis=0), atol=1e-6)


def test_accuracy_by_rows_and_by_the_scorer_are_the_same():
    def right(y, predicted):
        return accuracy_score(y, predicted)

    by_rows, replayed = (
        build_values(evidence_of(scoring=scoring)) for scoring in ("accuracy", make_scorer(right))
    )
    assert by_rows.how == ""
    assert "the scorer was called" in replayed.how
    np.testing.assert_allclose(replayed.V, by_rows.V, atol=1e-5)
    assert by_rows.is_share
    assert not replayed.is_share


def test_weights_of_few_values_are_kinds_of_rows_and_of_many_are_not():
    few = np.random.default_rng(0).integers(1, 3, 90).astype(float)
    values = build_values(evidence_of(scoring="f1", weights=few))
    # Two labels, two predictions, two weights; and once with all rows: nine calls a fold.
    assert int(values.how.split()[4]) <= 9 * 5 * 4
    assert values.units.noun == "rows"


def test_labels_with_weights_of_many_values_are_left_out_by_the_handful(monkeypatch):
    monkeypatch.setattr("skhpo._honesty.values._N_PARTS", 15)
    many = np.random.default_rng(0).random(90) + 1.0
    values = build_values(evidence_of(scoring="f1", weights=many))
    assert values.units.noun == "handfuls of rows"
    assert values.units.n_units == 15


def test_labels_of_some_candidates_are_no_labels_of_all():
    # A regressor among classifiers: its predictions are numbers.
    pipeline = Pipeline([("model", TREE)])
    space = {"model": [TREE, DecisionTreeRegressor(random_state=0, max_depth=2)]}
    scorer = make_scorer(lambda y, predicted: f1_score(y, np.asarray(predicted) > 0.5))
    values = build_values(evidence_of(pipeline, space, scoring=scorer))
    assert len(values.numbers) == 2
    assert values.units.noun == "handfuls of rows"


@pytest.mark.parametrize("form", ["column", "list", "object"])
def test_targets_and_weights_of_any_form_tell_rows_apart(form):
    weights = np.random.default_rng(0).integers(1, 3, 90).astype(float)
    evidence = evidence_of(scoring="f1", weights=weights)
    expected = build_values(evidence)
    targets = {"column": Y[:, None], "list": Y.tolist(), "object": Y.astype(object)}[form]

    def scorer(estimator, X, y, sample_weight):
        y = np.asarray(y, dtype=int).ravel()
        return f1_score(y, estimator.predict(X), sample_weight=np.ravel(sample_weight))

    params = {"sample_weight": weights.tolist() if form == "list" else weights[:, None]}
    other = replace(evidence, y=targets, score_params=params, scorer=scorer)
    found = build_values(other)
    assert found.how == expected.how
    np.testing.assert_allclose(found.V, expected.V, atol=1e-6)


def test_targets_without_an_order_are_left_out_by_the_handful():
    mixed = np.array([0 if label else "no" for label in Y], dtype=object)

    def scorer(estimator, X, y):
        return float(((y == "no") == (estimator.predict(X) == 0)).mean())

    values = build_values(replace(evidence_of(), y=mixed, scorer=scorer, uses_own_score=False))
    assert values.units.noun == "handfuls of rows"


def test_past_the_calls_the_leading_candidates_are_looked_at(monkeypatch):
    evidence = evidence_of(scoring="f1_macro", space={"max_depth": list(range(1, 9))})
    ranking = evidence.ranking()
    monkeypatch.setattr("skhpo._honesty.values.MAX_CALLS", 60)
    assert build_values(evidence).numbers == ranking[:3]
    monkeypatch.setattr("skhpo._honesty.values.MAX_CALLS", 0)
    assert build_values(evidence).numbers == ranking[:2]


def test_past_the_size_of_the_matrix_the_leading_candidates_are_looked_at(monkeypatch):
    evidence = evidence_of(space={"max_depth": list(range(1, 31))}, cv=2)
    monkeypatch.setattr("skhpo._honesty.values._MAX_CELLS", 25 * 500)
    assert build_values(evidence).numbers == evidence.ranking()[:25]


def test_a_scorer_that_takes_too_long_is_not_waited_for(monkeypatch):
    monkeypatch.setattr("skhpo._honesty.values.MAX_SECONDS", 0.01)

    def slow(y, predicted):
        until = time.thread_time() + 0.01
        while time.thread_time() < until:
            pass
        return f1_score(y, predicted)

    evidence = evidence_of(scoring=make_scorer(slow), space={"max_depth": [1, 2]})
    with pytest.raises(
        CannotCorrectError, match=r"too slow to be called often: \d+ calls took 0 s"
    ):
        build_values(evidence)


def test_leave_one_out_has_deviations_and_no_variance_of_models():
    values = build_values(evidence_of(LogisticRegression(), {"C": [0.01, 1]}, cv=LeaveOneOut()))
    assert set(np.unique(values.V.round(6))) == {0.0, 1.0}
    between = values.fold_means.var(axis=0, ddof=1)
    np.testing.assert_allclose(values.row_variances, np.broadcast_to(between, (90, 2)))


def test_a_function_of_a_known_name_goes_to_the_scorer():
    def accuracy_score(y, predicted):
        return float((y == predicted).mean() ** 2)

    values = build_values(evidence_of(scoring=make_scorer(accuracy_score)))
    assert "the scorer was called" in values.how


def test_an_own_score_that_is_no_accuracy_goes_to_the_class():
    class Lenient(ClassifierMixin, BaseEstimator):
        def __init__(self, label=0):
            self.label = label

        def fit(self, X, y):
            self.classes_ = np.unique(y)
            return self

        def predict(self, X):
            return np.full(len(X), self.label)

        def score(self, X, y):
            return 0.5 + 0.5 * float((self.predict(X) == y).mean())

    evidence = evidence_of(Lenient(), {"label": [0, 1]})
    values = build_values(evidence)
    assert "the scorer was called" in values.how
    assert values.fold_means.min() > 0.5


def test_reasons_of_the_winner():
    evidence = evidence_of()
    others = {n: r for n, r in evidence.responses.items() if n != evidence.best}
    with pytest.raises(CannotCorrectError, match=r"^the winner's predictions .* were not kept\.$"):
        build_values(replace(evidence, responses=others))
    with pytest.raises(CannotCorrectError, match=r"^no candidate is complete\.$"):
        build_values(replace(evidence, best=-1, responses={}))
    with pytest.raises(CannotCorrectError, match=r"^there are several metrics, and `refit` names"):
        build_values(replace(evidence, metric=""))


def test_a_scorer_that_fails_on_stored_predictions_says_how():
    evidence = replace(evidence_of(), scorer=get_scorer("roc_auc"), uses_own_score=False)
    with pytest.raises(CannotCorrectError, match=r"^the scorer fails on stored predictions \("):
        build_values(evidence)
