"""One fit for several candidates: identity for each class, groups, and what is left alone."""

from __future__ import annotations

import math

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import make_classification
from sklearn.decomposition import PCA
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import check_scoring
from sklearn.pipeline import make_pipeline
from sklearn.tree import DecisionTreeClassifier

from skhpo._engine.interface import HeldValue
from skhpo._fold import FoldData, Settings, evaluate_fold, evaluate_group
from skhpo._staged import find_groups
from skhpo._trial import FoldTask

X, y = make_classification(150, 6, n_informative=4, n_classes=3, random_state=0)
SPLITS = [(np.arange(100), np.arange(100, 150))]
STAGES = [3, 8, 1, 5]

MODELS = [
    RandomForestClassifier(random_state=0),
    RandomForestClassifier(random_state=0, bootstrap=False, class_weight="balanced"),
    RandomForestClassifier(random_state=5, max_samples=0.5, max_features=2, min_samples_leaf=3),
    RandomForestRegressor(random_state=0, criterion="squared_error"),
    ExtraTreesClassifier(random_state=0),
    ExtraTreesClassifier(random_state=0, bootstrap=True, class_weight="balanced_subsample"),
    ExtraTreesRegressor(random_state=0, max_leaf_nodes=6),
    GradientBoostingClassifier(random_state=0),
    GradientBoostingClassifier(random_state=0, subsample=0.6, max_features="sqrt"),
    GradientBoostingClassifier(random_state=0, init=DecisionTreeClassifier(random_state=1)),
    GradientBoostingRegressor(random_state=0, loss="huber", subsample=0.7),
    GradientBoostingRegressor(random_state=0, loss="absolute_error", learning_rate=0.5),
]


HISTOGRAM = [
    HistGradientBoostingClassifier(),
    HistGradientBoostingClassifier(class_weight="balanced", max_leaf_nodes=4, max_bins=16),
    HistGradientBoostingClassifier(random_state=0, max_features=0.5, early_stopping=False),
    HistGradientBoostingRegressor(loss="quantile", quantile=0.3, monotonic_cst=[1, 0, 0, 0, 0, 0]),
    HistGradientBoostingRegressor(loss="poisson", interaction_cst="pairwise", l2_regularization=1),
    HistGradientBoostingRegressor(loss="absolute_error", categorical_features=[0]),
]


def share(estimator, scoring=None, error_score=math.nan, **fields):
    """Data of a study of one fold."""
    metrics = tuple(scoring) if isinstance(scoring, list) else None
    data = {"X": X, "y": y, "splits": SPLITS} | fields
    return HeldValue(
        FoldData(
            estimator=estimator,
            scorer=check_scoring(estimator, scoring),
            metrics=metrics,
            fit_params={},
            score_params={},
            error_score=error_score,
            return_train_score=True,
            caller=None,
            settings=Settings.current(),
            max_response_bytes=1e6,
            **data,
        )
    )


def tasks(name="n_estimators", stages=STAGES):
    return [FoldTask(number, 0, {name: n}) for number, n in enumerate(stages)]


def compare(estimator, name="n_estimators", stages=STAGES, **keywords):
    """Evaluate as a group and one by one; both must agree to the bit."""
    ours = evaluate_group(tasks(name, stages), share(estimator, **keywords))
    theirs = [evaluate_fold(t, share(estimator, **keywords)) for t in tasks(name, stages)]
    for one, other in zip(ours, theirs, strict=True):
        assert (one.number, one.fold, one.error) == (other.number, 0, None)
        assert one.test_scores == other.test_scores
        assert one.train_scores == other.train_scores
        assert list(one.responses.by_method) == list(other.responses.by_method)
        for method in one.responses.by_method:
            np.testing.assert_array_equal(one.responses.get(method), other.responses.get(method))
    return ours


@pytest.mark.parametrize("model", MODELS, ids=repr)
def test_first_stages_are_a_smaller_fit_to_the_bit(model):
    results = compare(model)
    # The largest is fitted; the others are its beginning.
    assert [result.n_shared_steps for result in results] == [1, 0, 1, 1]


@pytest.mark.parametrize("model", HISTOGRAM, ids=repr)
def test_iterations_of_histogram_boosting_answer_as_a_smaller_fit_to_the_bit(model):
    X_own = X.copy()
    X_own[::7, 2] = np.nan
    X_own[:, 0] = np.arange(len(X)) % 4
    results = compare(model, "max_iter", X=X_own)
    assert [result.n_shared_steps for result in results] == [1, 0, 1, 1]


@pytest.mark.parametrize("scoring", ["neg_log_loss", ["accuracy", "roc_auc_ovr"]])
def test_named_scorers_ask_histogram_boosting_behind_a_step(scoring):
    estimator = make_pipeline(PCA(3, random_state=0), HistGradientBoostingClassifier())
    name = "histgradientboostingclassifier__max_iter"
    results = compare(estimator, name, scoring=scoring)
    assert [result.n_shared_steps for result in results] == [2, 0, 2, 2]


def test_where_the_largest_stopped_early_the_others_are_evaluated_by_themselves():
    many = make_classification(10_200, 4, n_informative=2, n_redundant=0, random_state=0)
    fields = {
        "X": many[0],
        "y": many[1],
        "splits": [(np.arange(10_100), np.arange(10_100, 10_200))],
    }
    model = HistGradientBoostingClassifier(random_state=0, learning_rate=0.9, n_iter_no_change=1)
    results = compare(model, "max_iter", stages=(2, 60), **fields)
    assert [result.n_shared_steps for result in results] == [0, 0]


@pytest.mark.parametrize("scoring", ["neg_log_loss", ["accuracy", "roc_auc_ovr"]])
def test_any_scorer_may_score_them(scoring):
    compare(RandomForestClassifier(random_state=0), scoring=scoring)
    compare(GradientBoostingClassifier(random_state=0), scoring=scoring)


def test_what_a_scorer_may_look_at_is_that_of_a_smaller_fit():
    seen = []

    def look(estimator, X, y):
        names = ("n_estimators_", "train_score_", "oob_improvement_", "oob_scores_", "oob_score_")
        values = [np.asarray(getattr(estimator, name)) for name in names]
        seen.append([estimator.get_params(), *values, estimator.feature_importances_])
        return float(len(estimator.estimators_))

    model = GradientBoostingClassifier(random_state=0, subsample=0.5)
    evaluate_group(tasks(), share(model, look))
    ours, seen = seen, []
    for task in sorted(tasks(), key=lambda task: -task.params["n_estimators"]):
        evaluate_fold(task, share(model, look))
    np.testing.assert_equal(ours, seen)


class Counted(PCA):
    """Counts how often it is made; a clone is made."""

    n_made = 0

    def __init__(self, n_components=None):
        super().__init__(n_components)
        Counted.n_made += 1


def test_each_candidate_of_a_group_is_built_once_and_cloned_once():
    token = share(make_pipeline(Counted(2), RandomForestClassifier(random_state=0)))
    Counted.n_made = 0
    evaluate_group(tasks("randomforestclassifier__n_estimators"), token)
    assert Counted.n_made == 2 * len(STAGES)


def test_a_pipeline_that_ends_with_one_is_a_group_and_shares_its_steps():
    estimator = make_pipeline(PCA(3, random_state=0), RandomForestClassifier(random_state=0))
    results = compare(estimator, "randomforestclassifier__n_estimators")
    assert [result.n_shared_steps for result in results] == [2, 0, 2, 2]


def test_the_time_of_the_fit_is_divided_by_stages():
    results = evaluate_group(tasks(), share(RandomForestClassifier(random_state=0)))
    shares = [result.fit_seconds / n for result, n in zip(results, STAGES, strict=True)]
    np.testing.assert_allclose(shares, shares[0])


def test_where_the_largest_fails_each_is_evaluated_by_itself():
    estimator = RandomForestClassifier(random_state=0, criterion="wrong")
    results = evaluate_group(tasks(), share(estimator))
    assert all("criterion" in result.error for result in results)
    with pytest.raises(ValueError, match="criterion"):
        evaluate_group(tasks(), share(estimator, error_score="raise"))


# --- groups ---------------------------------------------------------------------------


def groups(estimator, *candidates, asks_predictions=True):
    return find_groups(estimator, candidates, asks_predictions=asks_predictions)


def test_candidates_that_differ_in_stages_only_are_a_group():
    forest = RandomForestClassifier(random_state=0)
    grid = [{"n_estimators": n, "max_depth": d} for n in (10, 20) for d in (2, None)]
    assert groups(forest, *grid) == [[0, 2], [1, 3]]
    pipeline = make_pipeline(PCA(random_state=0), forest)
    name = "randomforestclassifier__n_estimators"
    grid = [{name: n, "pca__n_components": c} for n in (10, 20) for c in (2, 3)]
    assert groups(pipeline, *grid) == [[0, 2], [1, 3]]


@pytest.mark.parametrize("n", [0, -1, 2.5, True, "many"])
def test_wrong_numbers_of_stages_are_alone(n):
    forest = RandomForestClassifier(random_state=0)
    assert groups(forest, {"n_estimators": n}, {"n_estimators": 3}, {"wrong": 1}) == [[0], [1], [2]]


class OwnForest(RandomForestClassifier):
    """May do anything with its trees."""


@pytest.mark.parametrize(
    "estimator",
    [
        RandomForestClassifier(),
        RandomForestClassifier(random_state=np.random.RandomState(0)),
        RandomForestClassifier(random_state=0, oob_score=True),
        RandomForestClassifier(random_state=0, warm_start=True),
        GradientBoostingClassifier(random_state=0, n_iter_no_change=2),
        GradientBoostingClassifier(random_state=0, init=DecisionTreeClassifier()),
        OwnForest(random_state=0),
    ],
    ids=["unseeded", "generator", "out of bag", "warm", "stops", "own init", "own class"],
)
def test_what_stops_or_draws_otherwise_is_alone(estimator):
    assert groups(estimator, {"n_estimators": 3}, {"n_estimators": 4}) == [[0], [1]]


@pytest.mark.parametrize(
    ("estimator", "asks_predictions"),
    [
        (HistGradientBoostingClassifier(), False),
        (HistGradientBoostingClassifier(early_stopping=True), True),
        (HistGradientBoostingClassifier(warm_start=True), True),
        (HistGradientBoostingClassifier(max_features=0.5), True),
    ],
    ids=["any scorer", "stops", "warm", "draws"],
)
def test_histogram_boosting_is_alone_where_its_stages_may_differ(estimator, asks_predictions):
    candidates = {"max_iter": 3}, {"max_iter": 4}
    assert groups(estimator, *candidates, asks_predictions=asks_predictions) == [[0], [1]]
    assert groups(HistGradientBoostingClassifier(), *candidates) == [[0, 1]]


def test_other_models_and_unseeded_steps_are_alone():
    assert groups(LogisticRegression(), {"C": 1}, {"C": 2}) == [[0], [1]]
    pipeline = make_pipeline(PCA(), RandomForestClassifier(random_state=0))
    name = "randomforestclassifier__n_estimators"
    assert groups(pipeline, {name: 3}, {name: 4}) == [[0], [1]]


def test_swapped_models_are_groups_of_their_own():
    pipeline = make_pipeline(PCA(random_state=0), "passthrough")
    models = [RandomForestClassifier(random_state=0), GradientBoostingClassifier(random_state=0)]
    grid = [
        {"passthrough": clone(m), "passthrough__n_estimators": n} for m in models for n in (2, 3)
    ]
    grid.append({"passthrough": LogisticRegression()})
    assert groups(pipeline, *grid) == [[0, 1], [2, 3], [4]]
