"""Spaces of scikit-optimize and Optuna, in a description of ours and by `space_from_optuna`."""

import pickle
import re

import pytest
from sklearn.datasets import load_iris
from sklearn.svm import SVC

from skhpo import (
    BayesSearch,
    BayesStrategy,
    Float,
    GridSearch,
    Int,
    RandomSearch,
    space_from_optuna,
)
from skhpo._space import Space

X, y = load_iris(return_X_y=True)


def domain(value):
    """What a description's value becomes: a range, or the choices of a list."""
    dimension = Space.from_description({"x": value}).branches[0]["x"]
    return dimension if isinstance(dimension, Float | Int) else list(dimension.choices)


# --- Optuna ---------------------------------------------------------------------

OPTUNA = {
    "float": ("FloatDistribution", (-1.0, 2.0), {}, Float(-1.0, 2.0)),
    "log": ("FloatDistribution", (1e-3, 10.0), {"log": True}, Float(1e-3, 10.0, log=True)),
    "step": ("FloatDistribution", (0.1, 0.4), {"step": 0.1}, [0.1, 0.2, 0.3, 0.4]),
    "one value": ("FloatDistribution", (0.5, 0.5), {}, [0.5]),
    "int": ("IntDistribution", (-1, 7), {}, Int(-1, 7)),
    "int log": ("IntDistribution", (1, 100), {"log": True}, Int(1, 100, log=True)),
    "int step": ("IntDistribution", (2, 6), {"step": 2}, [2, 4, 6]),
    "choice": ("CategoricalDistribution", (["rbf", None, 3, True],), {}, ["rbf", None, 3, True]),
}


def optuna_distribution(name):
    distributions = pytest.importorskip("optuna.distributions")
    kind, args, kwargs, expected = OPTUNA[name]
    return getattr(distributions, kind)(*args, **kwargs), expected


@pytest.mark.parametrize("name", OPTUNA)
def test_an_optuna_distribution_is_a_domain(name):
    given, expected = optuna_distribution(name)
    assert domain(given) == expected


def test_space_from_optuna_makes_the_same_space():
    pairs = {name: optuna_distribution(name) for name in OPTUNA}
    space = space_from_optuna({name: given for name, (given, _) in pairs.items()})
    assert space == {name: expected for name, (_, expected) in pairs.items()}


def test_the_distributions_of_a_suggesting_objective_are_a_space():
    optuna = pytest.importorskip("optuna")
    trial = optuna.trial.FixedTrial({"C": 1.0, "degree": 3})
    trial.suggest_float("C", 0.1, 10, log=True)
    trial.suggest_int("degree", 2, 5)
    expected = {"C": Float(0.1, 10, log=True), "degree": Int(2, 5)}
    assert space_from_optuna(trial.distributions) == expected


def test_a_step_of_too_many_values_is_an_error():
    distributions = pytest.importorskip("optuna.distributions")
    with pytest.raises(ValueError, match="step of parameter 'C' must leave at most 100000 values"):
        space_from_optuna({"C": distributions.FloatDistribution(0, 1, step=1e-9)})


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([1, 2], "`distributions` must be a dict"),
        ({"C": Float(0, 1)}, "distribution of parameter 'C' must be one of Optuna's"),
    ],
    ids=["list", "ours"],
)
def test_what_is_not_of_optuna_is_an_error(given, message):
    with pytest.raises(TypeError, match=message):
        space_from_optuna(given)


# --- scikit-optimize --------------------------------------------------------------

SKOPT = {
    "real": ("Real", (-1.0, 2.0), {}, Float(-1.0, 2.0)),
    "log": ("Real", (1e-3, 10.0), {"prior": "log-uniform"}, Float(1e-3, 10.0, log=True)),
    "base": ("Real", (1, 8), {"prior": "log-uniform", "base": 2}, Float(1, 8, log=True)),
    "integer": ("Integer", (-1, 7), {}, Int(-1, 7)),
    "integer log": ("Integer", (1, 99), {"prior": "log-uniform"}, Int(1, 99, log=True)),
    "choice": ("Categorical", (["rbf", None, 3],), {}, ["rbf", None, 3]),
    "even": ("Categorical", (["a", "b"],), {"prior": [0.5, 0.5]}, ["a", "b"]),
}


@pytest.mark.parametrize("name", SKOPT)
def test_a_skopt_dimension_is_a_domain(name):
    space = pytest.importorskip("skopt.space")
    kind, args, kwargs, expected = SKOPT[name]
    assert domain(getattr(space, kind)(*args, **kwargs)) == expected


def test_skopt_choices_of_unequal_probability_are_an_error():
    space = pytest.importorskip("skopt.space")
    description = {"kernel": space.Categorical(["rbf", "poly"], prior=[0.9, 0.1])}
    with pytest.raises(ValueError, match="'kernel' must be equally likely, got prior="):
        Space.from_description(description)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ((1e-3, 10.0, "log-uniform"), Float(1e-3, 10.0, log=True)),
        ((1, 100, "uniform"), Int(1, 100)),
        ((1, 64, "log-uniform", 2), Int(1, 64, log=True)),
        ((1, 100), [1, 100]),
        ([1, 100, "uniform"], [1, 100, "uniform"]),
        (("a", "b", "uniform"), ["a", "b", "uniform"]),
    ],
    ids=["log", "int", "base", "pair is a choice", "list is a choice", "strings are a choice"],
)
def test_a_tuple_with_a_prior_is_a_range(given, expected):
    assert domain(given) == expected


def test_bayes_warns_of_a_pair_that_skopt_takes_for_a_range():
    with pytest.warns(UserWarning, match=re.escape("(0.1, 10.0) of parameter 'C' is a choice of")):
        BayesStrategy({"C": (0.1, 10.0)})


def test_the_pairs_of_dict_and_number_are_an_error_that_says_so():
    with pytest.raises(TypeError, match="without the number beside it"):
        RandomSearch(SVC(), [({"C": [1, 2]}, 5)]).fit(X, y)


# --- both, in a search --------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        (GridSearch, {"points_per_dimension": 2}),
        (RandomSearch, {"n_iter": 3}),
        (BayesSearch, {"n_iter": 3}),
    ],
    ids=["grid", "random", "bayes"],
)
def test_searches_take_domains_of_all_libraries_at_once(kind, options, tmp_path):
    distributions = pytest.importorskip("optuna.distributions")
    space = pytest.importorskip("skopt.space")
    mixed = {
        "C": distributions.FloatDistribution(0.1, 10, log=True),
        "gamma": space.Real(0.01, 1, prior="log-uniform"),
        "kernel": ["rbf"],
    }
    ours = {"C": Float(0.1, 10, log=True), "gamma": Float(0.01, 1, log=True), "kernel": ["rbf"]}
    options = {**options, "cv": 2, "random_state": 0}
    path = tmp_path / "search.sqlite"
    search = kind(SVC(), mixed, checkpoint=path, **options).fit(X, y)
    expected = kind(SVC(), ours, **options).fit(X, y)
    assert search.cv_results_["params"] == expected.cv_results_["params"]
    resumed = kind(SVC(), pickle.loads(pickle.dumps(mixed)), checkpoint=path, **options).fit(X, y)
    assert resumed.cv_results_["mean_fit_time"].tolist() == (
        search.cv_results_["mean_fit_time"].tolist()
    )
