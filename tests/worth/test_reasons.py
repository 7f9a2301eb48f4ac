"""Why there is no corrected score; failed candidates and interrupted searches."""

from __future__ import annotations

import os

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.exceptions import FitFailedWarning
from sklearn.metrics import accuracy_score, make_scorer, silhouette_score

from skhpo import one_standard_error
from tests.worth.searches import Fragile, X, Y, build, check_correction, find_reason


def total_gain(estimator, X, y):
    """What decisions bring in, one lost for each three won."""
    decided = estimator.predict(X) == 1
    return float((decided & (y == 1)).sum() * 3 - (decided & (y == 0)).sum())


# Failures and interrupts ------------------------------------------------------------------


def test_failed_candidates_are_left_out():
    space = [{"label": [0, 1]}, {"fails": [True]}]
    search = build(estimator=Fragile(), space=space)
    with (
        pytest.warns(FitFailedWarning, match="5 fits failed"),
        pytest.warns(UserWarning, match="non-finite"),
    ):
        search.fit(X, Y)
    correction = check_correction(search)
    assert (correction.n_candidates, correction.n_left_out) == (2, 1)
    assert search.equivalent_candidates(0.999)[0] == search.best_index_


def test_a_fit_that_fails_leaves_nothing_of_the_one_before():
    search = build(estimator=Fragile(), space={"label": [0, 1]}).fit(X, Y)
    assert search.oof_predictions_.rows.shape == (90,)
    search.set_params(estimator=Fragile(fails=True))
    with pytest.raises(ValueError, match="All the 10 fits failed"):
        search.fit(X, Y)
    for name in ("oof_predictions_", "corrected_score_", "correction_"):
        assert not hasattr(search, name)


@pytest.mark.skipif(os.name == "nt", reason="sends SIGINT to its own process")
@pytest.mark.parametrize("on_interrupt", ["raise", "refit"])
def test_an_interrupted_search_corrects_what_it_has(on_interrupt):
    space = [{"label": [0, 1]}, {"interrupts": [True]}]
    search = build(estimator=Fragile(), space=space, on_interrupt=on_interrupt)
    if on_interrupt == "raise":
        with pytest.raises(KeyboardInterrupt, match="interrupted"):
            search.fit(X, Y)
    else:
        search.fit(X, Y)
    correction = check_correction(search)
    assert (correction.n_candidates, correction.n_left_out) == (2, 1)


@pytest.mark.skipif(os.name == "nt", reason="sends SIGINT to its own process")
def test_an_interrupt_before_any_candidate_leaves_nothing_to_correct():
    search = build(estimator=Fragile(interrupts=True), space={"label": [0, 1]})
    with pytest.raises(KeyboardInterrupt, match="interrupted"):
        search.fit(X, Y)
    assert find_reason(search) == "no candidate is complete."
    assert not hasattr(search, "oof_predictions_")


# There is none ----------------------------------------------------------------------------


def test_several_metrics_without_a_name_have_none():
    reason = "there are several metrics, and `refit` names none of them."
    keywords = {"scoring": ["accuracy", "f1"]}
    for refit in (False, lambda results: 0):
        assert find_reason(build(refit=refit, **keywords).fit(X, Y)) == reason
    assert (
        find_reason(build(refit=False, keep_oof=True, **keywords).fit(X, Y), "optimism_") == reason
    )


def test_a_scorer_that_looks_at_rows_has_none():
    def scoring(estimator, X, y):
        return float(np.average(estimator.predict(X) == y, weights=np.abs(X[:, 0])))

    assert (
        find_reason(build(scoring=scoring).fit(X, Y))
        == "the scorer looks at X, which is not stored."
    )


def test_clusters_have_none_by_their_own_score_nor_by_distances():
    search = build(estimator=KMeans(n_init=1, random_state=0), space={"n_clusters": [2, 3]})
    reason = "the scorer does not ask the estimator for predictions."
    assert find_reason(search.fit(X)) == reason

    def distances(estimator, X, y=None):
        return silhouette_score(X, estimator.predict(X))

    search.set_params(scoring=distances)
    assert find_reason(search.fit(X)) in (
        "the scorer looks at X, which is not stored.",
        "the scorer fails on stored predictions (TypeError: ).",
    )


@pytest.mark.parametrize(
    ("scoring", "reason"),
    [
        (lambda e, X, y: float(e.predict(X[:5]).mean()), "asks for predictions of other rows"),
        (lambda e, X, y: float(e.predict(X).mean() + e.max_depth), "max_depth was not recorded"),
    ],
    ids=["other-rows", "parameters"],
)
def test_a_scorer_that_cannot_be_called_again_has_none(scoring, reason):
    assert reason in find_reason(build(scoring=scoring).fit(X, Y))


@pytest.mark.parametrize("scoring", [make_scorer(accuracy_score, normalize=False), total_gain])
def test_a_sum_over_rows_has_none(scoring):
    reason = "the score grows with the number of rows, as a sum does; score by a mean."
    assert find_reason(build(scoring=scoring).fit(X, Y)) == reason


def test_a_scorer_that_is_not_the_same_twice_has_none():
    rng = np.random.default_rng(0)

    def scoring(estimator, X, y):
        return float((estimator.predict(X) == y).mean() + rng.random() / 10)

    assert "gives another score on stored predictions" in find_reason(
        build(scoring=scoring).fit(X, Y)
    )


def test_a_single_row_or_group_has_none():
    search = build(cv=[(np.arange(89), np.array([89]))])
    reason = "there are fewer than two validation rows or groups."
    assert find_reason(search.fit(X, Y)) == reason


def test_a_winner_without_a_finite_score_has_none():
    search = build(scoring=lambda e, X, y: float(np.inf + e.predict(X)[0]))
    with pytest.warns(UserWarning, match="non-finite"):
        search.fit(X, Y)
    assert find_reason(search) == "the winner's score is not a finite number."


def test_predictions_past_the_budget_have_none(monkeypatch):
    monkeypatch.setattr("skhpo._worth.MAX_BYTES", 12_500)
    search = build(scoring="neg_log_loss").fit(X, Y)
    assert find_reason(search) == "one candidate's predictions take more memory than is allowed."
    with pytest.raises(AttributeError, match="more memory than is allowed"):
        search.oof_predictions_  # noqa: B018


def test_a_refit_that_fails_on_drawn_scores_is_the_reason():
    calls = []

    def once(results):
        calls.append(1)
        if len(calls) > 1:
            raise KeyError("drawn")
        return int(results["rank_test_score"].argmin())

    search = build(refit=once).fit(X, Y)
    reason = find_reason(search)
    assert reason == "`refit` fails on the scores of a draw (KeyError: 'drawn')."


def test_the_metric_of_one_standard_error_is_corrected():
    rule = one_standard_error("max_depth", metric="neg_log_loss")
    search = build(scoring=["accuracy", "neg_log_loss"], refit=rule).fit(X, Y)
    mean = search.cv_results_["mean_test_neg_log_loss"][search.best_index_]
    assert search.optimism_ == pytest.approx(mean - search.corrected_score_)
