"""The space: descriptions, cells, codes of plain and conditional spaces."""

import re
from collections import Counter, OrderedDict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from sklearn.dummy import DummyClassifier
from sklearn.model_selection import ParameterGrid, ParameterSampler
from sklearn.svm import SVC

from skhpo import Categorical, Float, Int
from skhpo._space import Column, Grid, Space

positions = st.floats(0, 1)


class OnlyRvs:
    """What scikit-learn asks of a distribution, and no more."""

    def rvs(self, random_state):
        assert isinstance(random_state, np.random.RandomState)
        return random_state.uniform()


# Shared: C in both, alike; gamma in both, not alike. "tol" is constant.
KERNELS = [
    {
        "kernel": ["rbf"],
        "C": stats.loguniform(1e-2, 1e2),
        "gamma": Float(1e-4, 1, log=True),
        "tol": [1e-3],
    },
    {
        "kernel": ["poly", "sigmoid"],
        "C": stats.loguniform(1e-2, 1e2),
        "degree": Int(2, 5),
        "gamma": ["scale", "auto"],
    },
    {"kernel": ["linear"], "loss": Categorical(["a", "b", "c"], ordered=True)},
]


# --- cells --------------------------------------------------------------------

lists = st.lists(st.integers(0, 3) | st.none() | st.text(max_size=1), min_size=1, max_size=4)
grids = st.dictionaries(st.sampled_from("abcd"), lists, max_size=3)


@given(st.lists(grids, min_size=1, max_size=3))
def test_cells_are_those_of_parameter_grid_in_its_order(description):
    theirs = ParameterGrid(description)
    cells = Space.from_description(description).cells
    assert list(cells) == list(theirs)
    assert cells.n_cells == len(cells) == len(theirs)
    assert [list(cell) for cell in cells] == [list(cell) for cell in theirs]
    assert [cells[k] for k in range(len(cells))] == list(theirs)


@pytest.mark.parametrize("index", [-1, 6, 10**30])
def test_cell_outside_the_grid_is_an_index_error(index):
    grid = Grid([{"a": [1, 2], "b": "xyz"}])
    with pytest.raises(IndexError, match=f"cell {index} is outside a grid of 6"):
        grid[index]


def test_index_of_a_cell_is_an_integer():
    grid = Grid([{"a": [1, 2]}])
    assert grid[np.int64(1)] == {"a": 2}
    with pytest.raises(TypeError, match="cannot be interpreted as an integer"):
        grid[0.5]


def test_grid_may_have_more_cells_than_fit_in_64_bits():
    space = Space.from_description({f"p{i:02}": list(range(10)) for i in range(30)})
    assert space.n_candidates == space.cells.n_cells == 10**30
    assert set(space.cells[10**30 - 1].values()) == {9}
    digits = [space.cells[123456789][f"p{i:02}"] for i in range(21, 30)]
    assert digits == [1, 2, 3, 4, 5, 6, 7, 8, 9]


def test_grid_of_ranges_has_quantiles_and_all_items_of_lists():
    space = Space.from_description(
        {"C": Float(0.1, 10, log=True), "n": Int(1, 2), "k": ["b", "a", "b"]}, "grid"
    )
    expected = ParameterGrid({"C": [0.1, 1.0, 10.0], "n": [1, 2], "k": ["b", "a", "b"]})
    assert list(space.grid(3)) == list(expected)


def test_cells_of_ranges_are_all_of_their_values():
    space = Space.from_description({"n": Int(3, 5), "r": stats.randint(0, 2), "b": [True]})
    assert list(space.cells) == list(ParameterGrid({"n": [3, 4, 5], "r": [0, 1], "b": [True]}))


# --- description ----------------------------------------------------------------

BAD_GRIDS = [
    5,
    None,
    {"C": 1},
    {"C": "rbf"},
    {"C": []},
    {"C": {1, 2}},
    {"C": {"a": 1}},
    {"C": np.eye(2)},
    [{"C": [1]}, 5],
    [[1, 2]],
    [{"C": [1]}, {"C": 0.5}],
]
BAD_DISTRIBUTIONS = [5, None, {"C": 1}, [{"C": [1]}, 5], [[1, 2]], [{"C": 1.5}]]


def describe_error(function, *args):
    """The error's type and text."""
    with pytest.raises((TypeError, ValueError), match=r".") as caught:
        function(*args)
    return caught.type, str(caught.value)


def assert_begins_alike(ours, theirs):
    """Their sentence stands first and unchanged; what helps stands behind it."""
    assert ours[0] is theirs[0]
    assert ours[1].startswith(theirs[1].removesuffix("."))


@pytest.mark.parametrize("description", BAD_GRIDS, ids=repr)
def test_bad_grids_are_refused_in_scikit_learns_words(description):
    theirs = describe_error(ParameterGrid, description)
    assert_begins_alike(describe_error(Space.from_description, description, "grid"), theirs)


@pytest.mark.parametrize("description", BAD_DISTRIBUTIONS, ids=repr)
def test_bad_distributions_are_refused_in_scikit_learns_words(description):
    theirs = describe_error(ParameterSampler, description, 1)
    assert_begins_alike(describe_error(Space.from_description, description), theirs)


@pytest.mark.parametrize("description", [{"C": "rbf"}, {"C": []}, {"C": np.eye(2)}], ids=repr)
def test_bad_lists_of_a_sampler_are_refused_when_it_would_draw(description):
    theirs = describe_error(lambda: list(ParameterSampler(description, 1)))
    assert_begins_alike(describe_error(Space.from_description, description), theirs)


@pytest.mark.parametrize(
    ("description", "error", "message"),
    [
        ([], ValueError, r"The list of parameter grids must not be empty, got \[\]; pass \{\}"),
        ("ab", TypeError, r"Parameter grid should be a dict or a list, got: 'ab' of type str"),
        ({1: [2]}, TypeError, r"Parameter names must be strings, got 1 of type int; write the"),
    ],
)
def test_what_scikit_learn_notices_late_is_refused_at_once(description, error, message):
    with pytest.raises(error, match=message):
        Space.from_description(description, "grid")


def test_space_is_its_own_description():
    space = Space.from_description({"a": [1]})
    assert Space.from_description(space) is space


@pytest.mark.parametrize(
    "description",
    [OrderedDict(a=(1, 2)), ({"a": [1, 2]},), iter([{"a": np.array([1, 2])}]), {"a": range(1, 3)}],
    ids=["ordered dict", "tuple", "iterator", "range"],
)
def test_descriptions_of_other_containers_are_taken(description):
    assert list(Space.from_description(description).cells) == [{"a": 1}, {"a": 2}]


def test_distribution_without_quantiles_is_named():
    space = Space.from_description([{"a": [1]}, {"b": OnlyRvs(), "c": Float(0, 1)}])
    sentence = (
        r"GridStrategy needs `cdf` and `ppf` of the distribution of parameter 'b', got "
        r"<.*OnlyRvs object.*>, which has `rvs` only; pass a frozen scipy\.stats distribution, "
        r"skhpo\.Float or skhpo\.Int, or use RandomSearch\."
    )
    with pytest.raises(TypeError, match=sentence):
        space.check_quantiles("GridStrategy")
    Space.from_description({"a": stats.norm(), "c": Float(0, 1)}).check_quantiles("GridStrategy")


# --- columns ------------------------------------------------------------------


def test_columns_of_a_plain_space_are_its_dimensions_that_vary():
    space = Space.from_description(
        {
            "f": Float(0, 1),
            "b": Int(1, 4),
            "k": ["x", "y"],
            "n": [3, 1],
            "o": Categorical(["s", "m", "l"], ordered=True),
            "fixed": ["only"],
            "r": stats.randint(3, 4),
        }
    )
    assert space.columns == (
        Column("b", "ordinal", 4),
        Column("f", "continuous", None),
        Column("k", "categorical", 2),
        Column("n", "ordinal", 2),
        Column("o", "ordinal", 3),
    )
    assert space.active.all()


def test_conditional_space_shares_columns_of_equal_dimensions():
    space = Space.from_description(KERNELS)
    assert [(column.name, column.kind) for column in space.columns] == [
        ("", "categorical"),
        ("C", "continuous"),
        ("gamma", "continuous"),
        ("degree", "ordinal"),
        ("gamma", "categorical"),
        ("kernel", "categorical"),
        ("loss", "ordinal"),
    ]
    np.testing.assert_array_equal(
        space.active.astype(int),
        [[1, 1, 1, 0, 0, 0, 0], [1, 1, 0, 1, 1, 1, 0], [1, 0, 0, 0, 0, 0, 1]],
    )


def test_empty_space_has_one_candidate_and_no_columns():
    space = Space.from_description({})
    assert space.columns == ()
    assert space.n_candidates == 1
    assert space.encode({}).shape == (0,)
    assert space.decode(np.empty(0)) == {}
    assert space.snap(np.empty((2, 0))).shape == (2, 0)


@pytest.mark.parametrize(
    ("description", "n_candidates"),
    [
        ({"a": [1, 2], "b": Int(1, 5)}, 10),
        ([{"a": [1, 2]}, {"b": [1, 1, 2]}, {}], 5),
        ({"a": [1, 2], "b": Float(0, 1)}, None),
        ([{"a": [1]}, {"b": stats.poisson(2)}], None),
    ],
)
def test_candidates_of_finite_spaces_are_counted(description, n_candidates):
    assert Space.from_description(description).n_candidates == n_candidates


# --- codes --------------------------------------------------------------------


def assert_same_params(decoded, params):
    """The same names and values; floats, which codes round, to 1e-9."""
    assert decoded.keys() == params.keys()
    for name, value in params.items():
        is_float = isinstance(value, float)
        assert decoded[name] == (pytest.approx(value, rel=1e-9) if is_float else value)


def test_code_of_a_branch_is_nan_in_the_columns_of_others():
    space = Space.from_description(KERNELS)
    nan = np.nan
    # columns: branch, C, gamma (range), degree, gamma (choice), kernel, loss
    for params, expected in [
        ({"kernel": "rbf", "C": 1, "gamma": 1e-2, "tol": 1e-3}, [1 / 6, 0.5, 0.5] + [nan] * 4),
        (
            {"kernel": "sigmoid", "C": 100, "degree": 2, "gamma": "scale"},
            [0.5, 1, nan, 0.125, 0.25, 0.75, nan],
        ),
        ({"kernel": "linear", "loss": "c"}, [5 / 6, nan, nan, nan, nan, nan, 5 / 6]),
    ]:
        np.testing.assert_allclose(space.encode(params), expected, rtol=1e-12)
        assert_same_params(space.decode(space.encode(params)), params)


SPACES = {
    "plain": {"f": Float(-1, 1), "i": Int(1, 30, log=True), "k": [None, True, "a"], "c": [0]},
    "kernels": KERNELS,
    "distributions": {"n": stats.norm(), "b": stats.binom(8, 0.4), "p": stats.poisson(3)},
    "choices": [{"e": [SVC(), DummyClassifier()], "x": [[1], [2]]}, {"e": [None]}, {}],
}


@pytest.mark.parametrize("description", SPACES.values(), ids=SPACES)
@given(data=st.data())
def test_code_of_what_a_code_decodes_to_is_the_snapped_code(description, data):
    space = Space.from_description(description)
    u = np.array([data.draw(positions) for _ in space.columns])
    snapped = space.snap(u[np.newaxis])[0]
    np.testing.assert_allclose(space.encode(space.decode(u)), snapped, rtol=0, atol=1e-12)
    np.testing.assert_allclose(space.snap(snapped[np.newaxis])[0], snapped, rtol=0, atol=1e-12)


@pytest.mark.parametrize("description", SPACES.values(), ids=SPACES)
def test_drawn_candidates_go_to_their_code_and_back(description):
    space = Space.from_description(description)
    rng = np.random.RandomState(0)
    for _ in range(30):
        params = space.sample(rng)
        decoded = space.decode(space.encode(params))
        assert list(decoded) == list(params) == sorted(params)
        assert_same_params(decoded, params)


def test_snap_leaves_its_argument_as_it_is():
    space = Space.from_description(KERNELS)
    U = np.full((3, len(space.columns)), 0.3)
    space.snap(U)
    assert (U == 0.3).all()


def test_active_columns_left_nan_stand_in_the_middle():
    space = Space.from_description(KERNELS)
    u = np.full(len(space.columns), np.nan)
    u[0] = 0.5
    middle = np.where(np.isnan(u), 0.5, u)
    assert space.decode(u) == space.decode(middle)
    np.testing.assert_array_equal(
        space.snap(u[np.newaxis]), space.snap(middle[np.newaxis]), strict=True
    )


def test_positions_beyond_the_cube_are_clipped():
    space = Space.from_description([{"a": Float(0, 1), "b": ["x", "y"]}, {"b": ["z"]}])
    assert space.decode(np.array([-0.1, 1.2, 1.2])) == {"a": 1.0, "b": "y"}
    assert space.decode(np.array([1.0, 0.2, 0.2])) == {"b": "z"}


def test_branch_is_found_by_choices_and_by_ranges():
    space = Space.from_description(
        [
            {"kernel": ["rbf"], "C": Float(0, 1)},
            {"kernel": ["rbf"], "C": Float(10, 20)},
            {"kernel": ["poly"], "C": Float(0, 1)},
            {"kernel": ["poly"], "C": ["auto", 0.5]},
        ]
    )
    for kernel, C, branch in [
        ("rbf", 0.5, 0),
        ("rbf", 15, 1),
        ("poly", 0.25, 2),
        ("poly", "auto", 3),
        # beyond every range: the first whose choices fit
        ("rbf", 30, 0),
        ("poly", -1, 2),
    ]:
        assert space.encode({"kernel": kernel, "C": C})[0] == (branch + 0.5) / 4


@pytest.mark.parametrize(
    ("params", "message"),
    [
        (
            {"C": 1},
            r"A candidate must have the parameters of one dict of the space, got \['C'\]; the "
            r"space has \[\['C', 'kernel'\], \['gamma'\]\]\.",
        ),
        ({"C": 1, "kernel": "rbf", "gamma": 1}, r"A candidate must have the parameters of one"),
        (
            {"C": 1, "kernel": "poly"},
            r"Parameter 'kernel': the value must be one of \['rbf', 'linear'\], got 'poly'\.",
        ),
    ],
)
def test_candidate_of_no_branch_is_refused(params, message):
    space = Space.from_description(
        [{"kernel": ["rbf", "linear"], "C": Float(0, 1)}, {"gamma": [1, 2]}]
    )
    with pytest.raises(ValueError, match=message):
        space.encode(params)


# --- draws --------------------------------------------------------------------


def test_encoded_draws_are_uniform_over_branches_and_in_the_cube():
    space = Space.from_description(KERNELS)
    U = space.sample_encoded(3000, np.random.default_rng(0))
    assert U.shape == (3000, len(space.columns))
    branches, counts = np.unique(U[:, 0], return_counts=True)
    np.testing.assert_allclose(branches, [1 / 6, 1 / 2, 5 / 6])
    # p > 1e-6: a sound generator fails once in a million changes of its stream.
    assert stats.chisquare(counts).pvalue > 1e-6
    C = U[~np.isnan(U[:, 1]), 1]
    assert len(C) == counts[0] + counts[1]
    assert stats.kstest(C, "uniform").pvalue > 1e-6
    np.testing.assert_array_equal(space.snap(U), U)


def test_draws_advance_the_generator_they_are_given():
    space = Space.from_description({"a": Float(0, 1), "b": stats.norm(), "c": OnlyRvs()})
    for make in (np.random.default_rng, np.random.RandomState):
        rng, again = make(0), make(0)
        draws = [space.sample(rng) for _ in range(3)]
        assert len({params["a"] for params in draws}) == 3
        assert draws == [space.sample(again) for _ in range(3)]


def test_dicts_are_equally_likely_in_draws():
    space = Space.from_description([{"a": [1, 2, 3]}, {"b": [1]}, {"c": OnlyRvs()}])
    rng = np.random.RandomState(0)
    counts = Counter(next(iter(space.sample(rng))) for _ in range(1500))
    assert counts.keys() == {"a", "b", "c"}
    assert stats.chisquare(list(counts.values())).pvalue > 1e-6


def test_message_of_an_array_shows_its_shape():
    array = np.eye(2)
    with pytest.raises(ValueError, match=re.escape("one-dimensional, got: array([[1., 0.]")):
        Space.from_description({"a": array})
