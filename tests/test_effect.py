"""Partial dependence of known functions."""

from __future__ import annotations

import numpy as np
import pytest

from skhpo import Float, Int, maximize
from skhpo._effect import find_effect
from skhpo._history import read_history
from skhpo._score_model import fit_score_model

UNIT = Float(0, 1)


def effect_of(function, space, places, n_iter=60):
    result = maximize(function, space, strategy="random", n_iter=n_iter, random_state=0)
    model = fit_score_model(read_history(result))
    return find_effect(model, places, 0)


def test_an_effect_is_the_mean_over_the_others():
    values = [0.0, 0.25, 0.5, 0.75, 1.0]
    effect = effect_of(
        lambda a, b: 4 * a * b, {"a": UNIT, "b": UNIT}, [{"a": value} for value in values]
    )
    np.testing.assert_allclose(effect.mean, [2 * value for value in values], atol=0.1)
    assert (effect.low <= effect.mean).all()
    assert (effect.mean <= effect.high).all()


def test_two_parameters_leave_the_third_to_be_averaged():
    places = [{"a": a, "n": n} for a in (0.1, 0.9) for n in (1, 4)]
    effect = effect_of(lambda a, n, c: a * n + c, {"a": UNIT, "n": Int(1, 4), "c": UNIT}, places)
    expected = [place["a"] * place["n"] + 0.5 for place in places]
    np.testing.assert_allclose(effect.mean, expected, atol=0.15)


def test_a_branch_without_the_value_has_no_part_in_it():
    space = [{"kind": ["low"], "x": UNIT}, {"kind": ["high"], "y": UNIT}]

    def function(kind, x=0.0, y=0.0):
        return x if kind == "low" else 5.0 + y

    places = [{"kind": "low"}, {"kind": "high"}, {"x": 1.0}, {"x": 0.5, "y": 0.5}]
    effect = effect_of(function, space, places)
    np.testing.assert_allclose(effect.mean[:3], [0.5, 5.5, 1.0], atol=0.15)
    assert np.isnan(effect.mean[3])


def test_no_draw_is_below_the_floor():
    result = maximize(lambda a: -(a**2), {"a": UNIT}, strategy="random", n_iter=12, random_state=0)
    model = fit_score_model(read_history(result), floor=-0.3)
    draws = model.draw(np.linspace(0, 1, 20)[:, np.newaxis], 50, np.random.default_rng(0))
    assert draws.shape == (50, 20)
    assert draws.min() == pytest.approx(-0.3)


def test_without_a_floor_draws_go_where_no_trial_was():
    result = maximize(lambda a: -(a**2), {"a": UNIT}, strategy="random", n_iter=12, random_state=0)
    history = read_history(result)
    draws = fit_score_model(history).draw(np.ones((1, 1)), 50, np.random.default_rng(0))
    assert draws.min() < history.scores.min()
