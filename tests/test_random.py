"""Random draws have the probabilities of scikit-learn's, with and without replacement."""

import itertools
from collections import Counter

import numpy as np
import pytest
from scipy import stats
from sklearn.model_selection import ParameterGrid, ParameterSampler
from sklearn.svm import SVC

from skhpo import Categorical, Float, Int, RandomSearch, RandomStrategy, SpaceExhaustedError
from skhpo._random_state import draw_seed, trial_rng

# All tests of frequencies use fixed seeds and ask for p > 1e-6, which is 4.9 standard errors
# of one frequency: a sound generator fails one in a million of them when its stream
# changes, and never otherwise. Each is run on scikit-learn's sampler too, so that the
# expected frequencies are its own.
LEVEL = 1e-6


def ask(space, n, seed):
    """Parameters that a strategy of ours proposes."""
    strategy = RandomStrategy(space, random_state=seed)
    return [strategy.ask().params for _ in range(n)]


def sample(space, n, seed):
    """Parameters that scikit-learn samples."""
    return list(ParameterSampler(space, n, random_state=seed))


both = pytest.mark.parametrize("draw", [ask, sample], ids=["skhpo", "scikit-learn"])


def name_of(params):
    """What tells one candidate from another."""
    return repr(sorted(params.items()))


def assert_frequencies(observed, expected):
    """Counted outcomes against their probabilities, by chi-square."""
    counts = Counter(observed)
    assert counts.keys() <= expected.keys()
    observed = [counts[outcome] for outcome in expected]
    total = sum(observed)
    assert stats.chisquare(observed, [total * p for p in expected.values()]).pvalue > LEVEL


class OnlyRvs:
    """What scikit-learn asks of a distribution, and no more; it draws `n` numbers each time."""

    def __init__(self, n=1):
        self.n = n

    def rvs(self, random_state):
        assert type(random_state) is np.random.RandomState
        return float(random_state.uniform(size=self.n)[0])


# --- lists only: without replacement --------------------------------------------

# 6 + 1 + 1 + 2 cells; one of them stands there three times, as repeats do in a grid.
UNION = [{"a": [1, 2], "b": ["x", "y", "x"]}, {"c": [0]}, {}, {"a": [1, 3], "b": ("x",)}]


@both
def test_all_cells_of_the_union_come_once_and_repeats_as_often_as_they_stand_there(draw):
    cells = sorted(map(name_of, ParameterGrid(UNION)))
    for seed in range(20):
        assert sorted(map(name_of, draw(UNION, 10, seed))) == cells


@pytest.mark.parametrize("number", [0, 4, 9])
def test_each_cell_of_the_union_is_equally_likely_at_each_draw(number):
    cells = Counter(map(name_of, ParameterGrid(UNION)))
    drawn = [name_of(ask(UNION, number + 1, seed)[number]) for seed in range(1500)]
    assert_frequencies(drawn, {cell: n / 10 for cell, n in cells.items()})


@both
def test_first_cell_drawn_is_any_of_the_union_with_the_same_probability(draw):
    cells = Counter(map(name_of, ParameterGrid(UNION)))
    drawn = [name_of(draw(UNION, 1, seed)[0]) for seed in range(1500)]
    assert_frequencies(drawn, {cell: n / 10 for cell, n in cells.items()})


def test_all_orders_of_the_cells_are_equally_likely():
    orders = list(itertools.permutations([1, 2, 3, 4]))
    drawn = [tuple(p["a"] for p in ask({"a": [1, 2, 3, 4]}, 4, seed)) for seed in range(2400)]
    assert_frequencies(drawn, dict.fromkeys(orders, 1 / 24))


def test_spaces_larger_than_64_bits_are_drawn_without_replacement():
    space = {f"p{i:02}": list(range(10)) for i in range(30)}
    strategy = RandomStrategy(space, random_state=0)
    assert strategy.n_candidates == 10**30
    drawn = [strategy.ask().params for _ in range(100)]
    assert len(set(map(name_of, drawn))) == 100
    digits = [digit for params in drawn for digit in params.values()]
    assert_frequencies(digits, dict.fromkeys(range(10), 1 / 10))


def test_past_the_last_cell_the_space_is_exhausted():
    strategy = RandomStrategy({"a": [1, 2]}, random_state=0)
    assert {strategy.ask().params["a"] for _ in range(2)} == {1, 2}
    for _ in range(2):
        with pytest.raises(SpaceExhaustedError, match="All 2 candidates of the space were asked"):
            strategy.ask()


@pytest.mark.parametrize(
    ("space", "n_candidates"),
    [
        ({"a": [1, 1, 2]}, 3),
        ({}, 1),
        (UNION, 10),
        ({"a": Categorical([1, 2])}, None),
        ([{"a": [1]}, {"b": Int(1, 2)}], None),
        ({"a": OnlyRvs()}, None),
    ],
)
def test_only_lists_come_to_an_end(space, n_candidates):
    assert RandomStrategy(space).n_candidates == n_candidates


# --- one distribution anywhere: with replacement ----------------------------------


@both
def test_one_distribution_makes_dicts_equally_likely_whatever_their_sizes(draw):
    space = [{"a": list(range(9))}, {"b": OnlyRvs()}, {"c": ["x"], "d": [1, 2]}]
    drawn = draw(space, 1500, 0)
    assert_frequencies((min(params) for params in drawn), {"a": 1 / 3, "b": 1 / 3, "c": 1 / 3})
    # within a dict every item is as likely as the others, and comes again
    assert_frequencies(
        (params["a"] for params in drawn if "a" in params), dict.fromkeys(range(9), 1 / 9)
    )


@both
def test_items_of_a_list_are_equally_likely_and_repeats_count_each(draw):
    space = {"a": ["x", "y", "x", "z"], "b": np.array([1, 2]), "c": stats.norm()}
    drawn = [(params["a"], int(params["b"])) for params in draw(space, 1500, 1)]
    assert_frequencies(drawn, {(a, b): (2 if a == "x" else 1) / 8 for a in "xyz" for b in (1, 2)})


@both
@pytest.mark.parametrize(
    "source",
    [stats.norm(1, 2), stats.loguniform(1e-3, 1e3), stats.expon(), stats.beta(0.5, 2)],
    ids=["norm", "loguniform", "expon", "beta"],
)
def test_distributions_are_drawn_from(draw, source):
    drawn = [params["a"] for params in draw({"a": source}, 500, 0)]
    assert stats.kstest(drawn, source.cdf).pvalue > LEVEL


@both
def test_discrete_distributions_are_drawn_from(draw):
    drawn = [int(params["a"]) for params in draw({"a": stats.randint(-1, 4)}, 1000, 0)]
    assert_frequencies(drawn, dict.fromkeys(range(-1, 4), 1 / 5))


@both
def test_ranges_are_drawn_from(draw):
    space = {"f": Float(1e-2, 1e2, log=True), "i": Int(1, 4), "c": Categorical([None, "a"])}
    drawn = draw(space, 1000, 0)
    assert stats.kstest([np.log10(p["f"]) / 4 + 0.5 for p in drawn], "uniform").pvalue > LEVEL
    assert_frequencies((p["i"] for p in drawn), dict.fromkeys((1, 2, 3, 4), 1 / 4))
    assert_frequencies((p["c"] for p in drawn), {None: 1 / 2, "a": 1 / 2})


def test_neighbouring_draws_and_seeds_are_independent():
    space = {"a": [0, 1, 2], "b": OnlyRvs()}
    pairs = dict.fromkeys(itertools.product(range(3), repeat=2), 1 / 9)
    drawn = [params["a"] for params in ask(space, 1800, 0)]
    assert_frequencies(zip(drawn[::2], drawn[1::2], strict=True), pairs)
    first = [ask(space, 1, seed)[0]["a"] for seed in range(1800)]
    assert_frequencies(zip(first[::2], first[1::2], strict=True), pairs)


def test_objects_with_rvs_get_a_random_state():
    value = ask({"a": OnlyRvs()}, 1, 0)[0]["a"]
    assert 0 <= value < 1


def test_choices_are_the_objects_given():
    estimators = [SVC(), SVC()]
    for space in ({"a": estimators}, {"a": estimators, "b": OnlyRvs()}):
        assert all(any(p["a"] is e for e in estimators) for p in ask(space, 2, 0))


# --- seeds --------------------------------------------------------------------

SPACES = {
    "lists": {"a": list(range(50)), "b": list(range(50))},
    "distributions": [{"a": stats.norm(), "b": [1, 2, 3]}, {"c": Int(1, 9), "d": OnlyRvs()}],
}


@pytest.mark.parametrize("space", SPACES.values(), ids=SPACES)
def test_draw_depends_on_seed_and_number_only(space):
    drawn = ask(space, 20, 7)
    assert drawn == ask(space, 20, 7)
    assert drawn[:5] == ask(space, 5, 7)
    assert drawn != ask(space, 20, 8)
    strategy = RandomStrategy(space, random_state=7)
    for number, params in enumerate(drawn):
        candidate = strategy.ask()
        assert (candidate.number, candidate.params) == (number, params)
        strategy.tell(candidate, float("nan"), noise=0.1, status="failed", budget=0.5)


def test_no_two_seeds_and_numbers_share_a_generator():
    pairs = itertools.product([0, 1, 2, 2**31 - 2], [0, 1, 2, 10**6])
    first = [trial_rng(seed, number).uniform() for seed, number in pairs]
    assert len(set(first)) == 16
    assert trial_rng(3, 4).uniform() == trial_rng(3, 4).uniform()


def test_seed_of_a_study_is_an_int_that_an_int_fixes():
    assert draw_seed(7) == draw_seed(np.int64(7)) != draw_seed(8)
    assert type(draw_seed(None)) is int
    assert len({draw_seed(seed) for seed in range(100)}) == 100
    rng = np.random.RandomState(7)
    assert draw_seed(rng) == draw_seed(7) != draw_seed(rng)


def test_how_much_one_draw_consumes_does_not_move_the_next():
    source = OnlyRvs(n=1)
    strategy = RandomStrategy({"a": source, "b": stats.norm()}, random_state=0)
    strategy.ask()
    source.n = 100
    second = strategy.ask().params
    source.n = 3
    assert strategy.ask().params["a"] == ask({"a": OnlyRvs(), "b": stats.norm()}, 3, 0)[2]["a"]
    assert second["a"] == ask({"a": OnlyRvs(), "b": stats.norm()}, 2, 0)[1]["a"]


def test_random_state_gives_another_seed_each_time():
    rng = np.random.RandomState(0)
    space = SPACES["distributions"]
    assert ask(space, 5, rng) != ask(space, 5, rng)
    assert ask(space, 5, np.random.RandomState(0)) == ask(space, 5, np.random.RandomState(0))
    assert ask(space, 5, None) != ask(space, 5, None)


@pytest.mark.parametrize("space", [{"C": [1, 2, 3, 4]}, {"C": Float(1, 9), "tol": [1e-3, 1e-2]}])
def test_search_evaluates_what_the_strategy_of_its_seed_proposes(space):
    X = np.arange(12.0).reshape(-1, 1)
    search = RandomSearch(SVC(), space, n_iter=3, cv=2, random_state=5)
    search.fit(X, np.arange(12) % 2)
    assert search.cv_results_["params"] == ask(space, 3, 5)


def test_random_strategy_learns_nothing():
    strategy = RandomStrategy({"a": [1]})
    candidate = strategy.ask()
    assert strategy.learns is False
    assert candidate.origin == "random"
    assert candidate.budget is None


def test_space_that_is_none_is_refused():
    with pytest.raises(TypeError, match="Parameter distribution is not a dict or a list, got: 5"):
        RandomStrategy(5)
    with pytest.raises(TypeError, match="is not iterable or a distribution"):
        RandomStrategy({"a": 5})
