"""Trials assemble what folds returned; all values are frozen and travel."""

import dataclasses
import math
import pickle

import pytest

from skhpo import Candidate, Trial
from skhpo._trial import FoldResult, FoldTask


def fold(number, score, **changes):
    """Result of a fold that took 2 + 1 seconds."""
    result = FoldResult(0, number, {"score": score}, fit_seconds=2.0, score_seconds=1.0)
    return dataclasses.replace(result, **changes)


def trial(*folds):
    return Trial(0, {"a": 1}, "random", folds)


def test_scores_are_by_fold_and_their_mean_is_the_trials():
    found = trial(fold(0, 0.5), fold(1, 0.25), fold(2, 0.75))
    assert found.fold_scores() == (0.5, 0.25, 0.75)
    assert found.mean_score() == 0.5
    assert found.fit_seconds == (2.0, 2.0, 2.0)
    assert found.traceback is None
    assert (found.status, found.why) == ("complete", "")


def test_scores_of_several_metrics_are_asked_for_by_name():
    found = trial(fold(0, 0, test_scores={"r2": 0.5, "mse": -3.0}, is_multimetric=True))
    assert found.fold_scores("r2") == (0.5,)
    assert found.mean_score("mse") == -3.0
    assert math.isnan(found.mean_score("score"))


def test_a_trial_is_shown_in_one_line_with_its_means():
    assert repr(trial(fold(0, 0.5), fold(1, 0.25))) == (
        "Trial(number=0, mean_score=0.375, params={'a': 1}, status='complete', origin='random')"
    )
    several = trial(fold(0, 0, test_scores={"r2": 1 / 3, "mse": -3.0}, is_multimetric=True))
    assert "mean_score={'r2': 0.333333, 'mse': -3.0}" in repr(several)
    stopped = Trial(1, {}, "random", (None, None), "stopped", "it cannot win")
    assert repr(stopped) == (
        "Trial(number=1, mean_score=nan, params={}, status='stopped', origin='random', "
        "why='it cannot win')"
    )


def test_missing_and_failed_folds_are_nan():
    found = trial(fold(0, 0.5), None, fold(2, 0, test_scores=None, error="Traceback: boom"))
    assert found.fold_scores() == pytest.approx((0.5, math.nan, math.nan), nan_ok=True)
    assert math.isnan(found.mean_score())
    assert found.fit_seconds == pytest.approx((2.0, math.nan, 2.0), nan_ok=True)


def test_trial_without_folds_has_no_mean():
    assert math.isnan(trial().mean_score())
    assert trial().fold_scores() == ()


def test_traceback_is_that_of_the_first_fold_that_failed():
    scorer = fold(1, math.nan, score_error="in the scorer")
    fit = fold(2, 0, test_scores=None, error="in the fit")
    assert trial(fold(0, 1.0), None, scorer, fit).traceback == "in the scorer"
    assert trial(None, fit, scorer).traceback == "in the fit"


@pytest.mark.parametrize(
    "value",
    [
        Candidate(3, {"a": [1]}, budget=0.5, origin="model"),
        FoldTask(1, 2, {"a": None}, n_folds=3, n_trials=4),
        fold(0, 1.0),
        trial(fold(0, 1.0), None),
    ],
    ids=lambda value: type(value).__name__,
)
def test_values_are_frozen_and_pickled(value):
    assert pickle.loads(pickle.dumps(value)) == value
    name = dataclasses.fields(value)[0].name
    with pytest.raises(dataclasses.FrozenInstanceError, match=f"cannot assign to field '{name}'"):
        setattr(value, name, 7)


def test_candidates_ask_for_a_full_evaluation_at_random_unless_told_otherwise():
    candidate = Candidate(0, {})
    assert (candidate.budget, candidate.origin) == (None, "random")
