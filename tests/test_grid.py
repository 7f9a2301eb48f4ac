"""The grid strategy goes through what scikit-learn's grid has, in its order."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from sklearn.model_selection import ParameterGrid
from sklearn.svm import SVC

from skhpo import Categorical, Float, GridSearch, GridStrategy, Int, SpaceExhaustedError

values = st.lists(st.integers(0, 2) | st.none() | st.booleans(), min_size=1, max_size=3)
grids = st.dictionaries(st.text("abc", min_size=1, max_size=2), values, max_size=3)


def ask_all(space, **options):
    """Parameters of all candidates."""
    strategy = GridStrategy(space, **options)
    return [strategy.ask().params for _ in range(strategy.n_candidates)]


# --- lists --------------------------------------------------------------------


@given(st.lists(grids, min_size=1, max_size=3) | grids)
def test_candidates_of_lists_are_those_of_parameter_grid_in_its_order(description):
    ours, theirs = ask_all(description), list(ParameterGrid(description))
    assert ours == theirs
    assert [list(params) for params in ours] == [list(params) for params in theirs]


def test_arrays_repeats_and_tuples_stay_as_they_are():
    description = [
        {"b": np.array([0.5, 0.25, 0.5]), "a": ("x", None)},
        {},
        {"a": [(1, 2), [3], "y"]},
    ]
    assert ask_all(description) == list(ParameterGrid(description))


def test_objects_are_the_ones_given():
    items = [object(), [1], {"a": 1}, np.arange(3)]
    assert all(a["x"] is b for a, b in zip(ask_all({"x": items}), items, strict=True))


def test_empty_dict_is_one_candidate():
    assert ask_all({}) == [{}]


def test_numbers_count_from_zero_and_scores_change_nothing():
    strategy = GridStrategy([{"a": [1, 2]}, {"b": [3]}])
    seen = []
    for _ in range(3):
        candidate = strategy.ask()
        strategy.tell(candidate, 1.0)
        seen.append((candidate.number, candidate.params, candidate.origin))
    # A cell is not drawn: it was fixed before the first score.
    cells = [{"a": 1}, {"a": 2}, {"b": 3}]
    assert seen == [(number, cell, "initial") for number, cell in enumerate(cells)]
    assert strategy.learns is False


def test_past_the_last_combination_the_space_is_exhausted():
    strategy = GridStrategy({})
    strategy.ask()
    for _ in range(2):
        with pytest.raises(SpaceExhaustedError, match="All 1 candidates of the space were asked"):
            strategy.ask()


# --- ranges -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("dimension", "expected"),
    [
        (Float(0, 1), [0, 0.25, 0.5, 0.75, 1]),
        (Float(1e-4, 1, log=True), [1e-4, 1e-3, 1e-2, 1e-1, 1]),
        (Int(0, 8), [0, 2, 4, 6, 8]),
        (Int(1, 3), [1, 2, 3]),
        (Int(1, 10**8, log=True), [1, 100, 10**4, 10**6, 10**8]),
        (Categorical(["a", "b", "a"]), ["a", "b", "a"]),
        (Categorical(list(range(7)), ordered=True), list(range(7))),
        (stats.uniform(1, 4), [1, 2, 3, 4, 5]),
        (stats.randint(0, 3), [0, 1, 2]),
    ],
)
def test_ranges_have_five_quantiles_and_choices_are_all_there(dimension, expected):
    assert [params["a"] for params in ask_all({"a": dimension})] == expected


def test_loguniform_is_gridded_in_the_logarithm():
    found = [params["a"] for params in ask_all({"a": stats.loguniform(1e-2, 1e2)})]
    assert found == pytest.approx([1e-2, 1e-1, 1, 10, 100], rel=1e-12)
    assert (found[0], found[-1]) == (1e-2, 1e2)


def test_unbounded_distributions_have_finite_quantiles():
    found = [params["a"] for params in ask_all({"a": stats.norm()})]
    assert found == pytest.approx(stats.norm.ppf([0.1, 0.3, 0.5, 0.7, 0.9]), abs=1e-12)


@pytest.mark.parametrize(("n", "expected"), [(1, [0.5]), (2, [0, 1]), (np.int64(3), [0, 0.5, 1])])
def test_points_per_dimension_is_their_number(n, expected):
    found = ask_all({"a": Float(0, 1), "b": ["x", "y"]}, points_per_dimension=n)
    assert found == list(ParameterGrid({"a": expected, "b": ["x", "y"]}))


def test_ranges_and_lists_make_one_grid():
    space = [{"C": Float(0.1, 10, log=True), "k": ["b", "a"]}, {"n": Int(1, 2), "k": ["c"]}]
    lists = [{"C": [0.1, 1, 10], "k": ["b", "a"]}, {"n": [1, 2], "k": ["c"]}]
    assert ask_all(space, points_per_dimension=3) == list(ParameterGrid(lists))


def test_search_evaluates_what_the_strategy_proposes():
    X = np.arange(12.0).reshape(-1, 1)
    space = [{"C": Float(1, 3), "tol": [1e-3]}, {"C": [5]}]
    search = GridSearch(SVC(), space, points_per_dimension=2, cv=2, refit=False)
    search.fit(X, np.arange(12) % 2)
    assert search.cv_results_["params"] == ask_all(space, points_per_dimension=2)


# --- messages -----------------------------------------------------------------


@pytest.mark.parametrize("n", [0, -1, 2.0, "5", None, True])
def test_points_per_dimension_is_a_count(n):
    message = rf"`points_per_dimension` must be an integer of at least 1, got {n!r}; the default"
    with pytest.raises(ValueError, match=message):
        GridStrategy({"a": Float(0, 1)}, points_per_dimension=n)


def test_object_with_rvs_only_is_refused():
    class OnlyRvs:
        def rvs(self, random_state):
            return 0

    message = r"GridStrategy needs `cdf` and `ppf` of the distribution of parameter 'a', got <"
    with pytest.raises(TypeError, match=message):
        GridStrategy({"a": OnlyRvs()})


def test_space_that_is_none_is_refused_in_scikit_learns_words():
    with pytest.raises(TypeError, match="Parameter grid should be a dict or a list, got: 5"):
        GridStrategy(5)
    with pytest.raises(TypeError, match="Parameter grid for parameter 'a' needs to be a list or"):
        GridStrategy({"a": 5})


def test_candidates_are_known_before_they_are_asked():
    strategy = GridStrategy([{"a": [1, 2], "b": ["x", "y"]}, {"c": [0.5]}])
    ahead = [strategy.look_ahead(number) for number in range(strategy.n_candidates)]
    assert ahead == [strategy.ask().params for _ in ahead]
