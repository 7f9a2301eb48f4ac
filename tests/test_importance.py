"""Which parameters matter, beside functions whose shares are known."""

from __future__ import annotations

import math

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.svm import SVC

from skhpo import Float, Int, MaximizeResult, RandomSearch, maximize, parameter_importances
from tests.test_history import make_result

UNIT = Float(0, 1)
X, y = load_iris(return_X_y=True)


def find(function, space, n_iter=60, **arguments):
    """Importances of a function by random trials."""
    found = maximize(function, space, strategy="random", n_iter=n_iter, random_state=0)
    return parameter_importances(found, **arguments)


def by_name(items):
    return {item.name: item for item in items}


# Shares in closed form, on the unit square unless the space is named.
KNOWN = {
    "additive": (
        lambda a, b, c: 2 * a + b,
        {"a": UNIT, "b": UNIT, "c": UNIT},
        (0.8, 0.2, 0.0),
        0.0,
    ),
    "interaction": (
        lambda a, b, c: (a - 0.5) * (b - 0.5),
        {"a": UNIT, "b": UNIT, "c": UNIT},
        (0.0, 0.0, 0.0),
        1.0,
    ),
    "logarithm": (
        lambda a, b, c: math.log10(a) + 0.5 * math.log10(b),
        {"a": Float(1e-4, 1, log=True), "b": Float(1e-4, 1, log=True), "c": UNIT},
        (0.8, 0.2, 0.0),
        0.0,
    ),
    # Variances of a category of 0, 1, 2 and of an integer from 1 to 5: 2/3 and 2.
    "levels": (
        lambda a, b, c: "xyz".index(a) + b,
        {"a": ["x", "y", "z"], "b": Int(1, 5), "c": UNIT},
        (0.25, 0.75, 0.0),
        0.0,
    ),
}


@pytest.mark.parametrize("name", KNOWN)
def test_shares_are_those_of_the_function(name):
    function, space, own, pair = KNOWN[name]
    found = find(function, space)
    single, pairs = by_name(found.parameters), by_name(found.pairs)
    assert found.tells
    assert [single[key].share for key in "abc"] == pytest.approx(own, abs=0.03)
    assert pairs["a", "b"].share == pytest.approx(pair, abs=0.03)
    assert single["c"].matters is False
    assert single["a"].matters is True
    shares = [item.share for item in (*found.parameters, *found.pairs)]
    assert sum(shares) + found.rest == pytest.approx(1.0, abs=1e-3)


def test_a_conditional_parameter_has_its_share_where_it_is_active():
    # Branch means 0 and 1/2: between 1/16. Within: 4/12 of x in the first, 1/12 of y in the
    # second, halved over both: shares .0625, .1667 and .0417 of their sum.
    space = [{"kind": ["a"], "x": UNIT, "w": UNIT}, {"kind": ["b"], "y": UNIT, "w": UNIT}]
    found = find(lambda kind, w, x=0.5, y=0.0: 2 * x - 1 + y, space, n_iter=80)
    single = by_name(found.parameters)
    assert set(single) == {"kind", "w", "x", "y"}
    total = 1 / 16 + 1 / 6 + 1 / 24
    expected = {"kind": 1 / 16 / total, "x": 1 / 6 / total, "y": 1 / 24 / total, "w": 0.0}
    assert {k: item.share for k, item in single.items()} == pytest.approx(expected, abs=0.04)
    assert single["x"].share_where_active == pytest.approx(1.0, abs=0.05)
    assert single["y"].share_where_active == pytest.approx(1.0, abs=0.1)
    assert single["w"].share_where_active == pytest.approx(0.0, abs=0.05)


def test_dicts_that_no_parameter_tells_apart_have_a_name():
    space = [{"x": UNIT}, {"x": Float(0, 1), "y": UNIT}]
    found = find(lambda x, y=0.0: x + y, space, n_iter=20)
    assert "dict of the space" in by_name(found.parameters)


def test_noise_tells_nothing():
    # By a level of 5 %, one seed in some twenty would tell something.
    rng = np.random.default_rng(1)
    found = find(lambda a, b: rng.normal(), {"a": UNIT, "b": UNIT}, n_iter=40)
    assert not found.tells
    assert repr(found).startswith("The trials do not tell which parameters matter: a model")
    assert found.predicted_share < 0.1


@pytest.mark.parametrize(
    ("S", "why"),
    [
        ([[0.1 * i] for i in range(9)], "9 of 9 trials have a score, and 10 are needed"),
        ([[0.5]] * 12, "all 12 scores are equal"),
    ],
)
def test_too_little_tells_nothing(S, why):
    found = parameter_importances(make_result(S))
    assert (found.tells, found.why, found.parameters) == (False, why, ())
    assert repr(found) == f"The trials do not tell which parameters matter: {why}."


def test_scores_of_any_size_have_the_same_shares():
    values = np.random.default_rng(0).normal(size=15) + np.arange(15)
    found = [parameter_importances(make_result([[s * v] for v in values])) for s in (1.0, 1e200)]
    assert [item.share for item in found[0].parameters] == pytest.approx(
        [item.share for item in found[1].parameters]
    )
    assert found[0].predicted_share == pytest.approx(found[1].predicted_share)


def test_a_floor_asks_for_the_improvement_over_it():
    # Below it b does nothing, and a does not matter above it.
    def function(a, b):
        return -100.0 if a < 0.3 else b

    space = {"a": UNIT, "b": UNIT}
    without = by_name(find(function, space).parameters)
    above = by_name(find(function, space, floor=-1.0).parameters)
    assert without["a"].share > 0.8
    assert above["b"].total > without["b"].total + 0.05
    with pytest.raises(ValueError, match="`floor` must be a finite number or None, got 'low'"):
        find(function, space, 12, floor="low")


def test_the_same_seed_gives_the_same_shares():
    result = maximize(lambda a, b: a * b, {"a": UNIT, "b": UNIT}, n_iter=15, random_state=0)
    assert parameter_importances(result) == parameter_importances(result)


def test_order_of_trials_and_failures_do_not_matter_to_what_is_left_out():
    def function(a):
        if a > 0.8:
            raise ValueError("too large")
        return a

    with pytest.warns(UserWarning, match="calls failed"):
        found = find(function, {"a": UNIT}, n_iter=30)
    assert found.n_left_out > 0
    assert found.n_trials + found.n_left_out == 30


def test_a_search_over_steps_that_are_estimators_is_told():
    pipeline = Pipeline([("scale", StandardScaler()), ("clf", SVC())])
    space = [
        {"scale": [StandardScaler(), MinMaxScaler(), "passthrough"], "clf": [SVC()],
         "clf__C": Float(1e-3, 1e2, log=True)},
        {"clf": [RandomForestClassifier(3, random_state=0)], "clf__max_depth": Int(1, 4)},
    ]  # fmt: skip
    search = RandomSearch(pipeline, space, n_iter=16, cv=3, random_state=0).fit(X, y)
    found = parameter_importances(search)
    assert {item.name for item in found.parameters} == {"clf", "clf__C", "clf__max_depth", "scale"}
    assert found.n_trials == 16


def test_a_stock_search_is_told():
    grid = {"C": [1e-3, 1e-2, 0.1, 1, 10], "gamma": [1e-3, 1e-2, 0.1], "shrinking": [True, False]}
    found = parameter_importances(GridSearchCV(SVC(), grid, cv=3).fit(X, y))
    assert by_name(found.parameters)["shrinking"].matters is False
    assert found.parameters[0].name in ("C", "gamma")


def test_many_parameters_have_the_pairs_that_may_matter():
    space = {f"p{i:02}": UNIT for i in range(15)}
    result = maximize(
        lambda **p: 3 * (p["p03"] - 0.5) * (p["p07"] - 0.5) + p["p01"], space,
        strategy="random", n_iter=150, random_state=0,
    )  # fmt: skip
    found = parameter_importances(result)
    assert {pair.name for pair in found.pairs} < {
        (f"p{i:02}", f"p{j:02}") for i in range(15) for j in range(i + 1, 15)
    }
    assert found.pairs[0].name == ("p03", "p07")
    assert {item.name for item in found.parameters[:3]} == {"p01", "p03", "p07"}


def test_it_is_a_table_printed_and_as_a_frame():
    pytest.importorskip("pandas")
    found = find(lambda a, b: a, {"a": UNIT, "b": UNIT}, n_iter=15)
    lines = repr(found).splitlines()
    assert lines[0] == "Shares of the variance of score over the space, by 15 trials"
    assert lines[1].split() == ["parameter", "share", "95", "%", "interval", "with", "interactions"]
    assert lines[2].split()[:2] == ["a", "100%"]
    frame = found.to_frame()
    assert frame["parameter"].tolist() == ["a", "b", "a"]
    assert frame["other"].tolist()[2] == "b"
    assert (frame["low"] <= frame["high"]).all()


def test_without_trials_nothing_is_told():
    space = maximize(lambda a: a, {"a": UNIT}, n_iter=1, random_state=0).space
    found = parameter_importances(MaximizeResult({}, 0, (), space=space))
    assert repr(found).endswith("0 of 0 trials have a score, and 10 are needed.")
