"""The search for candidates finds known maxima and proposes nothing twice."""

from __future__ import annotations

import numpy as np
import pytest

from skhpo import Categorical, Float, Int
from skhpo._space import Space
from skhpo._surrogate.initial import N_SPREAD, count_initial, spread
from skhpo._surrogate.layout import best_untaken, enumerate_codes, find_layout, key
from skhpo._surrogate.maximise import climb, maximise, mutate
from tests.surrogate.cubes import CONDITIONAL, SPACES


class Peak:
    """A concave objective: minus the squared distance to a code, and a price for other branches."""

    def __init__(self, target):
        self.target = target

    def __call__(self, U):
        return self.slopes(U)[0]

    def slopes(self, U):
        difference = np.where(np.isnan(U) | np.isnan(self.target), 0.0, U - self.target)
        missed = (np.isnan(U) != np.isnan(self.target)).sum(axis=1)
        return -(difference**2).sum(axis=1) - missed, -2 * difference


def target_of(space, seed):
    return space.sample_encoded(1, np.random.default_rng(seed))[0]


@pytest.mark.parametrize("name", SPACES)
@pytest.mark.parametrize("seed", range(3))
def test_a_known_maximum_is_found(name, seed):
    space = Space.from_description(SPACES[name])
    layout, target = find_layout(space), target_of(space, 100 + seed)
    rng = np.random.default_rng(seed)
    told = space.sample_encoded(5, rng)
    found = maximise(Peak(target), space, layout, told, set(), rng)
    np.testing.assert_allclose(found, target, atol=1e-5)


@pytest.mark.parametrize("name", SPACES)
def test_candidates_are_representable(name):
    space = Space.from_description(SPACES[name])
    rng = np.random.default_rng(0)
    parents = space.sample_encoded(5, rng)
    mutants = mutate(space, find_layout(space), parents, 300, rng)
    np.testing.assert_array_equal(mutants, space.snap(mutants))
    assert len({key(mutant) for mutant in mutants}) > 100


def test_mutants_reach_every_branch():
    space = Space.from_description(CONDITIONAL)
    rng = np.random.default_rng(0)
    parents = space.sample_encoded(1, rng)
    mutants = mutate(space, find_layout(space), parents, 300, rng)
    assert len(np.unique(mutants[:, 0])) == len(CONDITIONAL)


def test_taken_candidates_are_passed_over():
    space = Space.from_description({"n": Int(0, 9), "c": Categorical(["a", "b"])})
    layout, rng = find_layout(space), np.random.default_rng(0)
    target, taken = target_of(space, 1), set()
    values = []
    for _ in range(20):
        code = maximise(Peak(target), space, layout, np.full((1, 2), 0.25), taken, rng)
        assert key(code) not in taken
        taken.add(key(code))
        values.append(Peak(target)(code[np.newaxis])[0])
    assert values == sorted(values, reverse=True)
    assert maximise(Peak(target), space, layout, np.full((1, 2), 0.25), taken, rng) is None


def test_climbing_never_goes_down():
    space = Space.from_description(SPACES["mixed"])
    C = space.sample_encoded(6, np.random.default_rng(0))
    peak = Peak(target_of(space, 5))
    climbed = climb(peak, space, find_layout(space), C)
    assert np.all(peak(climbed) >= peak(C))


def test_branches_without_floats_are_climbed_too():
    space = Space.from_description(
        [{"k": ["a"], "n": Int(1, 9), "m": Int(1, 9)}, {"k": ["b"], "x": Float(0, 1)}]
    )
    target = space.encode({"k": "a", "n": 3, "m": 8})
    start = space.encode({"k": "a", "n": 9, "m": 1})
    climbed = climb(Peak(target), space, find_layout(space), np.array([start, start]))
    np.testing.assert_array_equal(climbed, np.array([target, target]))


@pytest.mark.parametrize("name", SPACES)
def test_the_first_candidates_differ_and_show_every_level(name):
    space = Space.from_description(SPACES[name])
    codes = spread(space, find_layout(space), np.random.default_rng(3))
    assert len({key(code) for code in codes}) == len(codes) <= N_SPREAD
    U = np.array(codes)[: count_initial(len(space.columns))]
    for column, described in enumerate(space.columns):
        if described.kind != "categorical":
            np.testing.assert_allclose(np.nan_to_num(U[0, column], nan=0.5), 0.5, atol=0.13)
        elif described.name == "" or name == "mixed":
            assert len(np.unique(U[:, column])) == min(described.n_levels, len(U))


def test_all_codes_of_a_finite_space_are_enumerated_once():
    space = Space.from_description(
        [
            {"k": ["a"], "n": Int(1, 4), "c": [True, None, "x"]},
            {"k": ["b"], "n": Int(1, 4), "m": [10, 3]},
            {"k": ["c"]},
        ]
    )
    codes = enumerate_codes(space, find_layout(space))
    assert len({key(code) for code in codes}) == len(codes) == space.n_candidates == 21
    np.testing.assert_array_equal(codes, space.snap(codes))


def test_uneven_levels_are_found():
    space = Space.from_description({"n": Int(1, 100, log=True), "x": Float(0, 1)})
    layout = find_layout(space)
    assert [space.decode(np.array([u, 0.5]))["n"] for u in layout.levels[0]] == list(range(1, 101))
    assert layout.levels[1] is None


def test_the_first_of_equal_values_is_taken():
    C = np.array([[0.1], [0.2], [0.3]])
    values = np.array([1.0, 2.0, 2.0])
    assert best_untaken(C, values, set())[0] == 0.2
    assert best_untaken(C, values, {key(C[1])})[0] == 0.3
    assert best_untaken(C, values, {key(u) for u in C}) is None
