"""What a fitted search says of its best score, and why when it says nothing."""

from __future__ import annotations

import joblib
import numpy as np
import pytest
from sklearn import config_context
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import f1_score, get_scorer, make_scorer
from sklearn.model_selection import (
    GroupKFold,
    KFold,
    LeaveOneGroupOut,
    LeaveOneOut,
    RepeatedKFold,
    ShuffleSplit,
    TimeSeriesSplit,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from skhpo import BayesSearch, one_standard_error
from tests.worth.searches import GROUPS, SEARCHES, XR, YR, Fragile, X, Y, build, check_correction

# There is one -----------------------------------------------------------------------------


@pytest.mark.parametrize("cls", SEARCHES)
def test_every_search_has_one_after_fit(cls):
    search = build(cls).fit(X, Y)
    correction = check_correction(search)
    assert correction.n_rows == 90
    assert correction.n_left_out == 0
    assert search.corrected_score_ == build(cls).fit(X, Y).corrected_score_


@pytest.mark.parametrize("cls", SEARCHES)
def test_there_is_none_before_fit(cls):
    search = build(cls)
    names = ["correction_", "corrected_score_", "corrected_interval_", "optimism_"]
    for name in [*names, "oof_predictions_"]:
        assert not hasattr(search, name)
        message = f"This {cls.__name__} instance is not fitted yet.*before using {name}"
        with pytest.raises(NotFittedError, match=message):
            getattr(search, name)
    calls = [search.to_frame, search.equivalent_candidates, lambda: search.oof_predictions(0)]
    for call in calls:
        with pytest.raises(NotFittedError, match="instance is not fitted yet"):
            call()


@pytest.mark.parametrize("scoring", [None, "accuracy", "f1", "roc_auc", "neg_log_loss"])
@pytest.mark.parametrize("kind", [int, str, object])
def test_metrics_of_classifiers_and_names_as_labels(scoring, kind):
    y = Y if kind is int else np.array(["no", "yes"])[Y].astype(kind)
    if scoring == "f1" and kind is not int:
        scoring = make_scorer(f1_score, pos_label="yes")
    check_correction(build(scoring=scoring).fit(X, y))


@pytest.mark.parametrize("scoring", [None, "r2", "neg_mean_absolute_error", "explained_variance"])
def test_metrics_of_regressors(scoring):
    search = build(estimator=Ridge(), space={"alpha": [1, 10, 100]}, scoring=scoring).fit(XR, YR)
    replayed = scoring == "explained_variance"
    # Where the scorer is called again, each of 5 folds is 10 handfuls.
    units = {"n_units": 50, "noun": "handfuls of rows"} if replayed else {}
    check_correction(search, **units)
    assert ("the scorer was called" in search.correction_.method) == replayed


def test_the_own_score_of_a_pipeline():
    pipeline = make_pipeline(StandardScaler(), LogisticRegression())
    search = build(estimator=pipeline, space={"logisticregression__C": [0.01, 1]}).fit(X, Y)
    check_correction(search)
    assert search.correction_.method.endswith("on those left out")


@pytest.mark.parametrize("scoring", [["accuracy", "f1"], {"f1": "f1", "accuracy": "accuracy"}])
def test_of_several_metrics_the_one_of_refit_counts(scoring):
    several = build(scoring=scoring, refit="accuracy").fit(X, Y)
    alone = build(scoring="accuracy").fit(X, Y)
    check_correction(several)
    assert several.correction_ == alone.correction_


def test_a_callable_that_gives_several_metrics():
    def scoring(estimator, X, y):
        right = estimator.predict(X) == y
        return {"right": right.mean(), "wrong": (~right).mean()}

    check_correction(build(scoring=scoring, refit="right").fit(X, Y))


@pytest.mark.parametrize("refit", [False, True, "score", "accuracy"])
def test_a_single_metric_is_corrected_whatever_refit_is(refit):
    search = build(scoring="accuracy", refit=refit).fit(X, Y)
    assert check_correction(search) == build(scoring="accuracy").fit(X, Y).correction_


def test_bayes_learns_by_a_single_metric_that_refit_names():
    named, plain = (
        build(BayesSearch, n_iter=8, scoring="accuracy", refit=refit).fit(X, Y)
        for refit in ("accuracy", True)
    )
    assert named.cv_results_["params"] == plain.cv_results_["params"]


def test_a_rule_is_drawn_again_with_its_own_winners():
    rule = one_standard_error("max_depth", "-min_samples_leaf")
    search = build(refit=rule).fit(X, Y)
    check_correction(search)
    assert search.correction_.n_draws < build().fit(X, Y).correction_.n_draws
    assert not hasattr(search, "best_score_")
    # A rule that always takes the same has not chosen, and is not corrected for it.
    fixed = build(refit=lambda results: 3).fit(X, Y)
    assert abs(fixed.optimism_) < 0.02


# Rows, groups, time -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cv", "n_units", "noun"),
    [
        (0.25, 23, "rows"),
        (3, 90, "rows"),
        (LeaveOneOut(), 90, "rows"),
        (RepeatedKFold(n_splits=3, n_repeats=2, random_state=0), 90, "rows"),
        (TimeSeriesSplit(5), 19, "stretches of 4 rows"),
        (GroupKFold(5), 15, "groups"),
        (LeaveOneGroupOut(), 15, "groups"),
    ],
    ids=str,
)
@pytest.mark.parametrize("scoring", ["accuracy", "f1"])
def test_what_is_drawn_is_what_the_splitter_keeps_together(cv, n_units, noun, scoring):
    if scoring == "f1" and isinstance(cv, LeaveOneOut):
        pytest.skip("f1 of one row")
    groups = GROUPS if noun == "groups" else None
    search = build(cv=cv, scoring=scoring, space={"max_depth": [1, 2, 4]})
    check_correction(search.fit(X, Y, groups=groups), n_units, noun)


def test_rows_of_random_splits_count_once():
    splitter = ShuffleSplit(4, test_size=0.2, random_state=0)
    tests = [test for _, test in splitter.split(X)]
    check_correction(build(cv=splitter).fit(X, Y), len(np.unique(np.concatenate(tests))))


def test_leaving_one_out_corrects_as_folds_do():
    # Predictions that do not depend on the training rows: folds make no difference.
    space = {"label": [0, 1]}
    few, many = (
        build(estimator=Fragile(), space=space, cv=cv).fit(X, Y) for cv in (KFold(5), LeaveOneOut())
    )
    assert many.corrected_score_ == pytest.approx(few.corrected_score_)
    assert many.optimism_ == pytest.approx(few.optimism_)
    # Two standard errors of a share of 90 rows on both sides are .21; the optimism adds to it.
    low, high = many.corrected_interval_
    assert 0.2 < high - low < 0.3


# Weights ----------------------------------------------------------------------------------


@pytest.mark.parametrize("scoring", [None, "accuracy", "f1"])
@pytest.mark.parametrize("routing", [False, True])
def test_weights_reach_the_scores_and_their_correction(scoring, routing):
    weights = np.random.default_rng(0).integers(1, 4, 90).astype(float)
    with config_context(enable_metadata_routing=routing):
        tree = DecisionTreeClassifier(random_state=0)
        if routing:
            tree.set_fit_request(sample_weight=True).set_score_request(sample_weight=True)
            scoring = scoring and get_scorer(scoring).set_score_request(sample_weight=True)
        search = build(estimator=tree, scoring=scoring).fit(X, Y, sample_weight=weights)
        check_correction(search)
    plain = build(scoring=scoring if not routing else None).fit(X, Y)
    assert search.corrected_score_ != plain.corrected_score_


def test_a_parameter_of_ones_own_is_routed_to_the_scorer_again():
    def share(y, predicted, bonus):
        return float(((y == predicted) * bonus).mean())

    bonus = np.random.default_rng(0).random(90)
    with config_context(enable_metadata_routing=True):
        scorer = make_scorer(share).set_score_request(bonus=True)
        search = build(scoring=scorer).fit(X, Y, bonus=bonus)
        correction = check_correction(search)
    assert "the scorer was called" in correction.method


# Where it ran -----------------------------------------------------------------------------


@pytest.mark.parametrize("scoring", ["accuracy", "f1", "roc_auc"])
def test_processes_and_threads_give_the_same(scoring):
    alone = build(scoring=scoring).fit(X, Y)
    for backend in ("loky", "threading"):
        with joblib.parallel_config(backend):
            search = build(scoring=scoring, n_jobs=2).fit(X, Y)
        assert search.correction_ == alone.correction_
        for method, response in alone.oof_predictions_.responses.items():
            np.testing.assert_array_equal(search.oof_predictions_.responses[method], response)


def test_the_interval_of_groups_rests_on_their_rows():
    # Groups without an effect of their own: as if there were none, but for few degrees of freedom.
    rng = np.random.default_rng(0)
    X = rng.normal(size=(1_200, 3))
    y = (X[:, 0] + rng.normal(size=1_200) > 0).astype(int)
    search = build(cv=GroupKFold(4)).fit(X, y, groups=np.arange(1_200) % 24)
    low, high = search.corrected_interval_
    assert high - low < 0.15


def test_a_loss_is_never_better_than_none():
    search = build(space={"max_depth": [1, 2]}, scoring="neg_brier_score", cv=0.1).fit(X, Y)
    assert search.corrected_interval_[1] <= 0.0
