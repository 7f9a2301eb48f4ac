"""What trials say of the score of any candidate, and whether they say anything."""

from __future__ import annotations

import numpy as np
import pytest

from skhpo import Float, MaximizeResult, Trial, maximize
from skhpo._history import read_history
from skhpo._score_model import MIN_TRIALS, fit_score_model
from skhpo._space import Space

UNIT = Float(0, 1)
SPACE = {"a": UNIT, "b": UNIT, "c": UNIT}


def model_of(function, n_iter, seed=0):
    found = maximize(function, SPACE, strategy="random", n_iter=n_iter, random_state=seed)
    return fit_score_model(read_history(found))


def test_noise_seldom_seems_to_tell_something():
    # At a level of .05, more than 5 of 30 have a chance of 0.3 %.
    told = 0
    for seed in range(30):
        rng = np.random.default_rng([seed, 1])
        told += model_of(lambda a, b, c, rng=rng: rng.normal(), 20, seed).tells
    assert told <= 5


@pytest.mark.parametrize("n_iter", [15, 40])
def test_a_function_is_predicted(n_iter):
    model = model_of(lambda a, b, c: a - b, n_iter)
    assert model.tells
    assert model.predicted_share > 0.9


def test_draws_agree_with_what_is_predicted():
    model = model_of(lambda a, b, c: np.sin(5 * a) + b, 30)
    # Where the function is high: no draw is below the worst trial.
    C = np.random.default_rng(0).uniform([0.1, 0.5, 0], [0.5, 1, 1], size=(6, 3))
    draws = model.draw(C, 2000, np.random.default_rng(0))
    # Means of 2000 draws: four standard errors.
    error = 4 * draws.std(axis=0) / np.sqrt(2000)
    assert (np.abs(draws.mean(axis=0) - model.predict(C)) < error + 1e-6).all()


def test_trials_that_are_not_of_the_space_are_left_out():
    found = maximize(lambda a, b, c: a, SPACE, strategy="random", n_iter=12, random_state=0)
    stranger = Trial(12, {"z": 1}, "random", found.trials[0].folds)
    result = MaximizeResult({}, 0.0, (*found.trials, stranger), space=found.space)
    model = fit_score_model(read_history(result))
    assert (len(model.scores), model.n_left_out) == (12, 1)


def test_too_few_trials_are_an_error():
    with pytest.raises(ValueError, match=f"{MIN_TRIALS - 1} of {MIN_TRIALS - 1} trials have a"):
        model_of(lambda a, b, c: a, MIN_TRIALS - 1)


def test_a_space_of_one_candidate_tells_nothing():
    trials = maximize(lambda a: a, {"a": UNIT}, n_iter=10, random_state=0).trials
    space = Space.from_description({"a": [0.5]})
    moved = tuple(Trial(t.number, {"a": 0.5}, "random", t.folds) for t in trials)
    with pytest.raises(ValueError, match="the space has one candidate"):
        fit_score_model(read_history(MaximizeResult({}, 0.0, moved, space=space)))
