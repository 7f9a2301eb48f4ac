"""Where values stand on an axis."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.svm import SVC

pytest.importorskip("matplotlib")

from skhpo import Categorical, Float, Int, maximize
from skhpo._display.scales import make_scale, varying
from skhpo._history import read_history


def scale_of(*dimensions):
    """Scale of a parameter of one dict for each of its dimensions."""
    space = [{"x": dimension, f"y{i}": [i]} for i, dimension in enumerate(dimensions)]
    result = maximize(lambda **p: 0.0, space, strategy="random", n_iter=1, random_state=0)
    return make_scale(read_history(result), "x")


@pytest.mark.parametrize(
    ("dimension", "low", "high", "is_log"),
    [
        (Float(-1, 3), -1, 3, False),
        (Float(1e-3, 10, log=True), 1e-3, 10, True),
        (Int(1, 9), 1, 9, False),
        (Int(1, 1000, log=True), 1, 1000, True),
        # From its first to its last hundredth, as the support may have no end.
        (stats.loguniform(1e-2, 1e2), 0.01 * 10**0.04, 100 / 10**0.04, True),
        (stats.uniform(2, 3), 2.03, 4.97, False),
        (stats.randint(1, 5), 1, 4, False),
    ],
    ids=["float", "log float", "int", "log int", "loguniform", "uniform", "randint"],
)
def test_numbers_stand_as_their_range_says(dimension, low, high, is_log):
    scale = scale_of(dimension)
    assert scale.is_log == is_log
    assert scale.low == pytest.approx(
        low, abs=0.2 * (high - low) if "dist" in str(dimension) else 1e-9
    )
    assert [scale.height(scale.low), scale.height(scale.high)] == pytest.approx([0, 1])
    middle = np.sqrt(scale.low * scale.high) if is_log else (scale.low + scale.high) / 2
    assert scale.height(middle) == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("dimension", "labels"),
    [
        ([10, 1, 0.1], ["0.1", "1", "10"]),
        (["b", "a"], ["b", "a"]),
        ([None, "balanced", (1, 2)], ["None", "balanced", "(1, 2)"]),
        ([True, False], ["True", "False"]),
        (Categorical(["low", "mid", "high"], ordered=True), ["low", "mid", "high"]),
        ([SVC(), LogisticRegression()], ["SVC()", "LogisticRegre…"]),
        (["$x$"], [r"\$x\$"]),
    ],
    ids=["numbers", "text", "mixed", "bools", "ordered", "estimators", "dollars"],
)
def test_choices_are_levels(dimension, labels):
    scale = scale_of(dimension)
    assert scale.labels == labels
    assert (scale.low, scale.high) == (-0.5, len(labels) - 0.5)


def test_a_copy_of_an_estimator_stands_where_the_original_does():
    choices = [SVC(C=2.0), SVC(C=3.0), "passthrough"]
    scale = scale_of(choices)
    assert [scale.place(clone(c)) for c in choices[:2]] == [0.0, 1.0]
    assert scale.place("passthrough") == 2.0
    assert np.isnan(scale.place("none of them"))


def test_ranges_of_several_dicts_are_one_axis():
    scale = scale_of(Float(1, 10, log=True), Float(5, 100, log=True))
    assert (scale.low, scale.high, scale.is_log) == (1, 100, True)


@pytest.mark.parametrize(
    ("dimension", "labels"),
    [
        (Float(1e-4, 1e4, log=True), ["1e-4", "0.01", "1", "100", "10000"]),
        (Float(0.01, 0.5, log=True), ["0.01", "0.02", "0.05", "0.1", "0.2", "0.5"]),
        (Int(1, 30, log=True), ["1", "2", "5", "10", "20"]),
        # Without two round numbers on a logarithm, the even ones.
        (Float(3, 4, log=True), ["3", "3.2", "3.4", "3.6", "3.8", "4"]),
        (Int(1, 3), ["1", "2", "3"]),
        (Float(0, 1), ["0", "0.25", "0.5", "0.75", "1"]),
    ],
    ids=["log", "log of few decades", "log int", "log of few numbers", "int", "linear"],
)
def test_ticks_are_few_and_round(dimension, labels):
    assert scale_of(dimension).ticks()[1] == labels


def test_of_many_levels_some_are_named():
    places, labels = scale_of(list(range(100))).ticks()
    assert len(labels) == 10
    assert places[1] == 10.0


@pytest.mark.parametrize(
    ("dimension", "values"),
    [
        (Float(1, 100, log=True), [1, 10, 100]),
        (Int(1, 2), [1, 2]),
        (["a", "b"], ["a", "b"]),
    ],
    ids=["log", "int", "levels"],
)
def test_a_grid_is_even_on_the_axis(dimension, values):
    assert scale_of(dimension).grid(3) == pytest.approx(values)


def test_what_is_fixed_everywhere_does_not_vary():
    space = [{"a": [1], "b": ["p"], "c": [1, 2]}, {"a": [1], "b": ["q"], "d": [3]}]
    result = maximize(lambda **p: 0.0, space, strategy="grid")
    assert varying(read_history(result)) == ["b", "c", "d"]


def test_an_unknown_parameter_is_named():
    result = maximize(lambda a: 0.0, {"a": [1, 2]}, strategy="grid")
    with pytest.raises(ValueError, match=r"`parameters` must be of the space, \['a'\], got 'z'"):
        make_scale(read_history(result), "z")
