"""Every table: names that exist, sources that are told, candidates that can be fitted."""

import warnings

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import ParameterSampler

from skhpo import BayesStrategy, Categorical, Float, GridStrategy, Int, RandomStrategy
from skhpo._default_space import default_space
from skhpo._default_space.known import KNOWN
from skhpo._default_space.sources import SOURCES
from skhpo._default_space.table import EFFORTS
from skhpo._space import Space

from .examples import CLASSES, OF_LIBRARIES, fit, make_all

WITH_SPACE = sorted(key for key, entry in KNOWN.items() if entry.parameters and "skorch" not in key)
PARAMETERS = [(key, p) for key, entry in sorted(KNOWN.items()) for p in entry.parameters]
NAMES = [f"{key}-{parameter.name}" for key, parameter in PARAMETERS]


@pytest.mark.parametrize("key", sorted(KNOWN))
def test_a_table_names_classes_that_exist(key):
    library, name = key.split(".")
    if library == "sklearn":
        assert name in CLASSES
    else:
        assert key in OF_LIBRARIES or key == "skorch.NeuralNet"


@pytest.mark.parametrize(("key", "parameter"), PARAMETERS, ids=NAMES)
def test_a_parameter_has_a_domain_a_source_and_an_effort(key, parameter):
    assert parameter.source.split(":")[0].split(";")[0] in SOURCES
    assert parameter.effort in EFFORTS
    assert isinstance(parameter.make_domain(), Float | Int | Categorical | list)
    assert key


def test_every_source_is_used():
    used = " ".join(parameter.source for _, parameter in PARAMETERS)
    assert [source for source in SOURCES if source not in used] == []


@pytest.mark.parametrize("key", sorted(key for key in KNOWN if "skorch" not in key))
def test_every_name_is_a_parameter(key):
    for estimator in make_all(key):
        names = [name for p in KNOWN[key].parameters for name in (p.name, *p.when, *p.sets)]
        for name in names:
            value = estimator.get_params().get(name)
            clone(estimator).set_params(**{name: value})


def estimators_with_spaces(effort):
    """Pairs of an estimator and its space, of all classes where an effort finds something."""
    for key in WITH_SPACE:
        if any(EFFORTS.index(p.effort) <= EFFORTS.index(effort) for p in KNOWN[key].parameters):
            for estimator in make_all(key):
                yield estimator, default_space_or_none(estimator, effort)


def default_space_or_none(estimator, effort):
    """The space; None where all that there is has no effect with the estimator's defaults."""
    try:
        return default_space(estimator, effort=effort)
    except ValueError as error:
        if "worth a search" not in str(error):
            raise
        return None


def test_classes_without_a_space_are_few():
    lacking = {
        type(estimator).__name__
        for estimator, space in estimators_with_spaces("high")
        if space is None
    }
    assert lacking == {"OneHotEncoder"}  # an error of unknown categories is its default


def corners(space):
    """Each dict with all numbers low, all high, and each choice at least once."""
    for branch in Space.from_description(space).branches:
        levels = [d.n_levels for d in branch.values() if isinstance(d, Categorical | list)]
        n_turns = max([2, *(n for n in levels if n is not None)])
        for turn in range(n_turns):
            yield {name: corner(domain, turn) for name, domain in branch.items()}


def corner(dimension, turn):
    """An end of a range, or the choice whose turn it is."""
    ends = dimension.quantiles(2 if isinstance(dimension, Float | Int) else 99)
    return ends[turn % len(ends)]


CASES = [(key, effort) for key in WITH_SPACE for effort in EFFORTS]


@pytest.mark.parametrize(("key", "effort"), CASES, ids=[f"{k}-{e}" for k, e in CASES])
def test_corners_and_draws_can_be_fitted(key, effort):
    for estimator in make_all(key):
        space = default_space_or_none(estimator, effort)
        if space is None:
            continue
        draws = ParameterSampler(space, 2, random_state=np.random.RandomState(0))
        for params in [*corners(space), *draws]:
            candidate = clone(estimator).set_params(**clone(params, safe=False))
            with warnings.catch_warnings():
                # Few steps, few rows, few columns: what is asked is that nothing fails.
                warnings.simplefilter("ignore")
                answers = fit(candidate)
            assert np.shape(answers)[0] == 60


@pytest.mark.parametrize("key", WITH_SPACE)
def test_every_strategy_takes_the_space(key):
    for estimator in make_all(key):
        space = default_space_or_none(estimator, "high")
        if space is None:
            continue
        names = [set(branch) for branch in (space if isinstance(space, list) else [space])]
        for strategy in (
            GridStrategy(space, points_per_dimension=2),
            RandomStrategy(space, random_state=0),
            BayesStrategy(space, random_state=0),
        ):
            assert set(strategy.ask().params) in names
