"""Domains of single hyper-parameters: codes, draws, quantiles, messages."""

import copy
import math
import pickle
import sys
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from sklearn.base import clone
from sklearn.dummy import DummyRegressor
from sklearn.experimental import enable_halving_search_cv  # noqa: F401 -- makes the import work
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    HalvingRandomSearchCV,
    ParameterSampler,
    RandomizedSearchCV,
)
from sklearn.svm import SVC

from skhpo import Categorical, Float, Int
from skhpo._dimensions import Distribution, Listed

EPS = sys.float_info.epsilon

# Draws are tested at p > 1e-6 with seeds that do not change: a sound generator fails one
# such test in a million when its stream changes, and never otherwise.
LEVEL = 1e-6

positions = st.floats(0, 1)


def ranges_of(cls, numbers, log):
    """Ranges between any two different numbers."""
    pairs = st.tuples(numbers, numbers).filter(lambda ends: ends[0] != ends[1])
    return pairs.map(lambda ends: cls(min(ends), max(ends), log=log))


linear_floats = ranges_of(Float, st.floats(allow_nan=False, allow_infinity=False), log=False)
log_floats = ranges_of(Float, st.floats(1e-300, 1e300), log=True)
linear_ints = ranges_of(Int, st.integers(-(10**18), 10**18), log=False)
log_ints = ranges_of(Int, st.integers(1, 10**18), log=True)


def value_error(dimension):
    """Bound on the rounding of a value that was decoded, and on that of its position.

    A linear value is rounded to the double of its larger end; the exponent of a
    logarithmic one, of at most ln(1e300) = 691, to an ulp, and that is its relative error.
    """
    low, high = float(dimension.low), float(dimension.high)
    if dimension.log:
        relative = 8 * EPS * (1 + max(abs(math.log(low)), abs(math.log(high))))
        is_narrow = high < 2 * low
        span = math.log1p((high - low) / low) if is_narrow else math.log(high) - math.log(low)
        return relative * high, relative / span
    absolute = 4 * EPS * max(abs(low), abs(high)) + 5e-324
    return absolute, 8 * EPS + float(Fraction(absolute) / (Fraction(high) - Fraction(low)))


# --- Float --------------------------------------------------------------------


@given(linear_floats | log_floats, positions)
def test_decoded_float_is_in_its_range_and_goes_back_to_its_position(dimension, u):
    value = dimension.decode(u)
    assert type(value) is float
    assert dimension.low <= value <= dimension.high
    assert dimension.contains(value)
    assert dimension.encode(value) == pytest.approx(u, rel=0, abs=value_error(dimension)[1])


@given(linear_floats | log_floats, positions)
def test_float_of_a_range_is_decoded_from_its_code(dimension, share):
    low, high = dimension.low, dimension.high
    value = min(max((1 - share) * low + share * high, low), high)
    code = dimension.encode(value)
    assert 0 <= code <= 1
    tolerance = 2 * value_error(dimension)[0] if not dimension.log else 0
    relative = 2e-12 if dimension.log else 0  # twice 8 eps (1 + 691)
    assert dimension.decode(code) == pytest.approx(value, rel=relative, abs=tolerance)


@given(linear_floats | log_floats)
def test_ends_of_a_float_range_are_exact_both_ways(dimension):
    assert dimension.decode(0.0) == dimension.low
    assert dimension.decode(1.0) == dimension.high
    assert dimension.encode(dimension.low) == 0.0
    assert dimension.encode(dimension.high) == 1.0


@given(linear_floats | log_floats, st.tuples(positions, positions))
def test_larger_positions_decode_to_larger_floats(dimension, pair):
    assert dimension.decode(min(pair)) <= dimension.decode(max(pair))


@pytest.mark.parametrize(
    ("dimension", "u", "value"),
    [
        (Float(0, 10), 0.25, 2.5),
        (Float(-1, 1), 0.5, 0.0),
        (Float(1e-4, 1e-1, log=True), 1 / 3, 1e-3),
        (Float(1e-300, 1e300, log=True), 0.5, 1.0),
        (Float(-sys.float_info.max, sys.float_info.max), 0.5, 0.0),
        (Float(0, 5e-324), 1.0, 5e-324),
        (Float(1, sys.float_info.max, log=True), 1.0, sys.float_info.max),
    ],
)
def test_float_positions_have_the_values_of_the_closed_form(dimension, u, value):
    assert dimension.decode(u) == value
    assert dimension.encode(value) == pytest.approx(u, abs=1e-15)


def test_log_float_next_to_the_largest_double_does_not_overflow():
    dimension = Float(5e-324, sys.float_info.max, log=True)
    assert dimension.decode(math.nextafter(1, 0)) == pytest.approx(sys.float_info.max, rel=1e-12)


def test_float_between_neighbouring_doubles_has_both():
    for log in (False, True):
        dimension = Float(1e10, math.nextafter(1e10, math.inf), log=log)
        assert {dimension.decode(u / 10) for u in range(11)} == {dimension.low, dimension.high}


def test_float_beyond_the_ends_is_clipped():
    assert Float(0, 1).encode(7) == 1.0
    assert Float(1, 10, log=True).encode(-3) == 0.0
    np.testing.assert_array_equal(Float(0, 1).snap(np.array([-1, 0.3, 2])), [0, 0.3, 1])


def test_decades_of_a_range_are_exact_quantiles():
    for first in range(-10, 10):
        for last in range(first + 1, 11):
            span = last - first
            for n_steps in (n for n in range(1, span + 1) if span % n == 0):
                decades = [float(f"1e{e}") for e in range(first, last + 1, span // n_steps)]
                assert Float(decades[0], decades[-1], log=True).quantiles(n_steps + 1) == decades


def test_float_quantiles_are_even_and_one_is_the_median():
    assert Float(0, 1).quantiles(5) == [0.0, 0.25, 0.5, 0.75, 1.0]
    assert Float(1, 3).quantiles(1) == [2.0]
    assert Float(0.01, 1, log=True).quantiles(1) == [0.1]
    assert Float(1, 3).quantiles(2) == [1.0, 3.0]


@pytest.mark.parametrize("dimension", [Float(-2, 5), Float(1e-5, 1e2, log=True)])
def test_float_draws_are_uniform(dimension):
    draws = dimension.rvs(2000, random_state=0)
    assert stats.kstest([dimension.encode(value) for value in draws], "uniform").pvalue > LEVEL


# --- Int ----------------------------------------------------------------------


@given(linear_ints | log_ints, positions)
def test_decoded_int_is_in_its_range(dimension, u):
    value = dimension.decode(u)
    assert type(value) is int
    assert dimension.contains(value)


@given(st.integers(-(10**18), 10**18), st.integers(1, 2**50), positions)
def test_int_goes_to_its_code_and_back(low, width, share):
    # Codes are doubles: more than 2**51 levels are more than they tell apart.
    dimension = Int(low, low + width)
    value = low + min(int(share * width), width)
    assert dimension.decode(dimension.encode(value)) == value


@given(st.integers(1, 10**12), st.integers(1, 10**12), positions)
def test_int_goes_to_its_logarithmic_code_and_back(low, width, share):
    dimension = Int(low, low + width, log=True)
    value = low + min(int(share * width), width)
    assert dimension.decode(dimension.encode(value)) == value


@given(linear_ints | log_ints, positions)
def test_int_of_more_levels_than_doubles_comes_back_nearly(dimension, share):
    value = dimension.low + int(share * (dimension.high - dimension.low))
    found = dimension.decode(dimension.encode(value))
    # 42 = ln(1e18): an error of the exponent is a relative one of the value.
    assert abs(found - value) <= 0.5 + 4 * 42 * EPS * (dimension.high - dimension.low)


@given(linear_ints | log_ints, st.lists(positions, min_size=1, max_size=5))
def test_snap_of_ints_is_the_code_of_what_is_decoded(dimension, us):
    snapped = dimension.snap(np.array(us))
    codes = [dimension.encode(dimension.decode(u)) for u in us]
    # numpy's exponential differs from math's in the last bit.
    np.testing.assert_allclose(snapped, codes, rtol=0, atol=1e-14)
    np.testing.assert_allclose(dimension.snap(snapped), snapped, rtol=0, atol=1e-14)


def test_shares_of_ints_have_levels_in_the_middle():
    assert [Int(1, 4).encode(k) for k in (1, 2, 3, 4)] == [0.125, 0.375, 0.625, 0.875]
    # log((n + .5) / (n - .5)) in closed form: edges .5, 1.5, 2.5, 3.5
    edges = np.log([0.5, 1.5, 2.5, 3.5])
    cuts = (edges - edges[0]) / (edges[-1] - edges[0])
    dimension = Int(1, 3, log=True)
    for level in (1, 2, 3):
        assert dimension.decode(cuts[level - 1] + 1e-9) == level
        assert dimension.decode(cuts[level] - 1e-9) == level


def test_int_levels_are_counted_with_both_ends():
    assert Int(1, 6).n_levels == 6
    assert Int(-1, 1).kind == "ordinal"
    assert Int(0, 10**18).n_levels == 10**18 + 1


@pytest.mark.parametrize("log", [False, True])
def test_narrow_ranges_of_large_ints_keep_all_levels(log):
    dimension = Int(10**18, 10**18 + 3, log=log)
    values = [10**18 + k for k in range(4)]
    assert [dimension.decode(dimension.encode(value)) for value in values] == values


@pytest.mark.parametrize("kind", [np.int8, np.uint8, np.int64])
def test_numpy_ints_are_encoded_without_overflow(kind):
    assert Int(-100, 100).encode(kind(100)) == Int(-100, 100).encode(100)
    assert Int(np.int8(-100), np.int8(100)).encode(kind(100)) == Int(-100, 100).encode(100)


def test_int_beyond_the_ends_or_between_levels_is_encoded():
    dimension = Int(1, 4)
    assert dimension.encode(9) == dimension.encode(4)
    assert dimension.encode(-9) == dimension.encode(1)
    assert dimension.encode(1) < dimension.encode(1.5) < dimension.encode(2)


@pytest.mark.parametrize(
    ("dimension", "n", "values"),
    [
        (Int(1, 3), 5, [1, 2, 3]),
        (Int(1, 3), 3, [1, 2, 3]),
        (Int(0, 100), 5, [0, 25, 50, 75, 100]),
        (Int(1, 6), 5, [1, 2, 4, 5, 6]),
        (Int(1, 10**4, log=True), 5, [1, 10, 100, 1000, 10**4]),
        (Int(1, 8, log=True), 5, [1, 2, 3, 5, 8]),
        (Int(0, 100), 1, [50]),
        (Int(0, 10**18 - 1), 2, [0, 10**18 - 1]),
    ],
)
def test_int_quantiles_are_distinct_and_inside(dimension, n, values):
    assert dimension.quantiles(n) == values
    assert {type(value) for value in dimension.quantiles(n)} == {int}


def test_int_draws_are_equally_likely():
    counts = np.bincount(Int(1, 6).rvs(3000, random_state=0), minlength=7)[1:]
    assert stats.chisquare(counts).pvalue > LEVEL


def test_log_int_draws_have_the_documented_probabilities():
    n = np.arange(1, 11)
    p = np.log((n + 0.5) / (n - 0.5)) / np.log(10.5 / 0.5)
    counts = np.bincount(Int(1, 10, log=True).rvs(3000, random_state=0), minlength=11)[1:]
    assert stats.chisquare(counts, 3000 * p).pvalue > LEVEL


# --- Categorical, and lists -----------------------------------------------------


def square(x):
    return x**2


AWKWARD = {
    "bools": [True, False],
    "one three times": [1, 1.0, True],
    "nothing": [None, np.nan, float("-inf")],
    "lists": [[1], [2, 3], []],
    "arrays": [np.arange(3), np.arange(3.0) + 1, np.eye(2)],
    "dicts": [{"a": 1}, {0: 1, 1: 2}],
    "estimators": [SVC(), SVC(), "passthrough", None],
    "functions": [square, np.log1p, None],
    "numpy scalars": [np.float32(0.1), np.int64(3), np.str_("a"), np.bool_(True)],
    "tuples": [(10,), (10, 5), ()],
    "nan of an array": np.array([1.0, np.nan, 3.0]),
    "array": np.array([0.1, 0.01, 1.0]),
    "objects": np.array([None, "a", 1], dtype=object),
    "range": range(5),
}


def is_that(a, b):
    """Whether b is a, or another object of its type and value."""
    return a is b or (type(a) is type(b) and (a == b or (a != a and b != b)))


@pytest.mark.parametrize("cls", [Categorical, Listed])
@pytest.mark.parametrize("choices", AWKWARD.values(), ids=AWKWARD)
def test_each_choice_goes_to_its_code_and_back(cls, choices):
    dimension = cls(choices)
    assert dimension.n_levels == len(choices)
    codes = [dimension.encode(choice) for choice in choices]
    assert sorted(codes) == pytest.approx((np.arange(len(choices)) + 0.5) / len(choices))
    for choice, code in zip(choices, codes, strict=True):
        assert is_that(choice, dimension.decode(code))
        assert dimension.contains(choice)


@pytest.mark.parametrize("choices", AWKWARD.values(), ids=AWKWARD)
def test_drawn_choices_can_be_encoded(choices):
    dimension = Listed(choices)
    for value in dimension.rvs(20, random_state=0):
        assert is_that(value, dimension.decode(dimension.encode(value)))


@pytest.mark.parametrize(
    ("choices", "value", "level"),
    [
        ([1, 2], True, 0),
        ([1, 2], 2.0, 1),
        ([np.nan, 1], float("nan"), 0),
        ([[1], [2, 3]], [2, 3], 1),
        (["a", np.arange(3)], np.arange(3), 1),
        ([{"a": 1}, {"b": 2}], {"b": 2}, 1),
        (["a", "b"], np.str_("b"), 1),
        ([1, 1.0, True], True, 2),
    ],
)
def test_equal_values_of_another_identity_or_type_are_found(choices, value, level):
    assert Categorical(choices).find_level(value) == level


@pytest.mark.parametrize("value", ["c", 3, None, np.arange(2), np.arange(3), [1]])
def test_value_that_is_no_choice_is_named(value):
    dimension = Categorical(["a", np.arange(2.0) + 5, [0]])
    assert not dimension.contains(value)
    with pytest.raises(ValueError, match=r"the value must be one of \['a', .*\], got "):
        dimension.encode(value)


@pytest.mark.parametrize(
    ("choices", "kind"),
    [
        ([3, 1, 2.5], "ordinal"),
        (np.array([0.1, 0.2]), "ordinal"),
        ([np.int8(3), 10**400], "ordinal"),
        ([0.0, math.inf], "ordinal"),
        ([1], "ordinal"),
        ([1, 1, 2], "categorical"),
        ([1, 1.0], "categorical"),
        ([True, False], "categorical"),
        ([1, True, 3], "categorical"),
        (np.array([True, False]), "categorical"),
        ([1.0, np.nan], "categorical"),
        ([1, None], "categorical"),
        (["1", "2"], "categorical"),
        ([1j, 2], "categorical"),
    ],
)
def test_only_lists_of_distinct_numbers_are_ordered(choices, kind):
    assert Listed(choices).kind == kind
    assert Categorical(choices).kind == "categorical"
    assert Categorical(choices, ordered=True).kind == "ordinal"


def test_numbers_are_ordered_by_value_in_codes_only():
    dimension = Listed([100, 1, 10])
    assert [dimension.encode(k) for k in (1, 10, 100)] == pytest.approx([1 / 6, 1 / 2, 5 / 6])
    assert dimension.quantiles(2) == [100, 1, 10]


def test_ordered_choices_keep_the_order_given():
    dimension = Categorical(["s", "m", "l"], ordered=True)
    assert [dimension.decode(u) for u in (0.1, 0.5, 0.9)] == ["s", "m", "l"]


def test_repeats_are_one_level_but_several_items():
    dimension = Categorical(["a", "b", "a", "a"])
    assert dimension.n_levels == 2
    assert dimension.quantiles(5) == ["a", "b", "a", "a"]
    n_a = dimension.rvs(2000, random_state=0).count("a")
    assert stats.binomtest(n_a, 2000, 3 / 4).pvalue > LEVEL


@given(st.integers(1, 40), st.lists(positions, min_size=1, max_size=5))
def test_snap_of_choices_is_the_code_of_what_is_decoded(n_levels, us):
    dimension = Categorical([str(level) for level in range(n_levels)])
    snapped = dimension.snap(np.array(us))
    assert snapped.tolist() == [dimension.encode(dimension.decode(u)) for u in us]
    assert dimension.snap(snapped).tolist() == snapped.tolist()


# --- distributions ------------------------------------------------------------

CONTINUOUS = [
    stats.norm(1, 2),
    stats.uniform(-3, 5),
    stats.loguniform(1e-4, 1e2),
    stats.expon(scale=3),
    stats.beta(2, 3),
    stats.t(2),
    stats.cauchy(),
    stats.lognorm(2),
    stats.truncnorm(-1, 2),
    stats.rv_histogram(np.histogram([1, 2, 2, 3, 5], bins=4)),
]
DISCRETE = [
    stats.randint(-3, 7),
    stats.randint(0, 10**6),
    stats.binom(10, 0.3),
    stats.poisson(4),
    stats.geom(0.2),
    stats.rv_discrete(values=([1, 2, 5], [0.2, 0.3, 0.5])),
]


@pytest.mark.parametrize("source", CONTINUOUS + DISCRETE)
def test_codes_of_a_distribution_are_probabilities(source):
    dimension = Distribution(source)
    assert dimension.has_quantiles
    u = np.linspace(0.01, 0.99, 25)
    values = [dimension.decode(p) for p in u]
    assert values == pytest.approx(source.ppf(u), rel=1e-12)
    assert all(map(dimension.contains, values))
    snapped = dimension.snap(u)
    assert [dimension.encode(value) for value in values] == pytest.approx(snapped, abs=1e-12)
    assert dimension.snap(snapped) == pytest.approx(snapped, abs=1e-12)


@pytest.mark.parametrize("source", DISCRETE)
def test_values_of_a_discrete_distribution_go_to_their_code_and_back(source):
    dimension = Distribution(source)
    # In the tails below 1e-13 the probabilities of neighbours cannot be told apart.
    values = [k for k in range(-5, 40) if source.pmf(k) > 1e-13]
    assert len(values) >= 3
    decoded = [dimension.decode(dimension.encode(value)) for value in values]
    assert decoded == values
    assert {type(value) for value in decoded} == {int}


@pytest.mark.parametrize("source", CONTINUOUS + DISCRETE)
def test_ends_of_a_distribution_decode_to_finite_values(source):
    dimension = Distribution(source)
    low, high = dimension.decode(0.0), dimension.decode(1.0)
    assert math.isfinite(low)
    assert math.isfinite(high)
    assert low < high
    assert 0 <= dimension.encode(low) < dimension.encode(high) <= 1
    assert np.isfinite(dimension.snap(np.array([0.0, 1.0]))).all()


def test_far_tails_are_encoded_to_the_ends():
    dimension = Distribution(stats.norm())
    assert dimension.encode(9) == 1.0
    assert dimension.encode(-40) == pytest.approx(0, abs=1e-300)
    # ppf(1 - 2**-53), the last value that a position tells
    assert dimension.decode(1.0) == pytest.approx(8.209536151601387, rel=1e-12)


@pytest.mark.parametrize("ends", [(1e-4, 1e-1), (0.3, 0.7), (2, 7), (1e-300, 1e300)])
def test_ends_of_loguniform_are_exact_both_ways(ends):
    dimension = Distribution(stats.loguniform(*ends))
    assert (dimension.decode(0.0), dimension.decode(1.0)) == ends
    assert [dimension.encode(end) for end in ends] == [0.0, 1.0]
    np.testing.assert_array_equal(dimension.snap(np.array([0.0, 1.0])), [0, 1])


@pytest.mark.parametrize(
    ("source", "kind", "n_levels"),
    [
        (stats.randint(0, 5), "ordinal", 5),
        (stats.binom(10, 0.3), "ordinal", 11),
        (stats.poisson(4), "continuous", None),
        (stats.norm(), "continuous", None),
        (stats.uniform(), "continuous", None),
    ],
)
def test_levels_of_bounded_discrete_distributions_are_counted(source, kind, n_levels):
    dimension = Distribution(source)
    assert dimension.kind == kind
    assert dimension.n_levels == n_levels


@pytest.mark.parametrize(
    ("source", "n", "values"),
    [
        (stats.uniform(0, 4), 5, [0, 1, 2, 3, 4]),
        (stats.loguniform(0.1, 10), 3, [0.1, 1, 10]),
        (stats.loguniform(0.1, 10), 1, [1]),
        # even quantiles of an unbounded one are midpoints: .1, .3, .5, .7, .9
        (stats.norm(), 5, [-1.2815515655, -0.5244005127, 0, 0.5244005127, 1.2815515655]),
        (stats.expon(), 2, [math.log(4 / 3), math.log(4)]),
        (stats.randint(0, 3), 5, [0, 1, 2]),
        (stats.randint(0, 10), 10, list(range(10))),
        (stats.randint(0, 101), 5, [0, 25, 50, 75, 100]),
        # all values, however improbable, where there are no more than points
        (stats.binom(3, 0.01), 5, [0, 1, 2, 3]),
        (stats.rv_discrete(values=([1, 5], [0.5, 0.5])), 9, [1, 5]),
        (stats.poisson(0.01), 5, [0]),
    ],
)
def test_quantiles_of_a_distribution_are_those_of_its_family(source, n, values):
    assert Distribution(source).quantiles(n) == pytest.approx(values, abs=1e-9)


def test_object_with_rvs_only_has_no_quantiles():
    class Source:
        def rvs(self, size=None, random_state=None):
            return random_state.uniform(size=size)

    dimension = Distribution(Source())
    assert not dimension.has_quantiles
    assert dimension.kind == "continuous"
    assert dimension.contains(3.0)
    assert not dimension.contains("a")
    assert 0 <= dimension.rvs(random_state=np.random.RandomState(0)) <= 1
    assert dimension.rvs(3, random_state=np.random.RandomState(0)).shape == (3,)


def test_distribution_draws_are_those_of_its_source():
    for source in CONTINUOUS:
        assert Distribution(source).rvs(random_state=7) == source.rvs(random_state=7)
        several = source.rvs(size=3, random_state=7)
        np.testing.assert_array_equal(Distribution(source).rvs(3, random_state=7), several)


# --- equality -----------------------------------------------------------------


class NamedUniform(stats.rv_continuous):
    """A family of one's own that has the name of one of scipy's."""

    def _pdf(self, x):
        return np.where((x >= 0) & (x <= 1), 1.0, 0.0)


HISTOGRAMS = [stats.rv_histogram(np.histogram(x, bins=3)) for x in ([1, 2, 3], [4, 5, 9])]


@pytest.mark.parametrize(
    ("a", "b", "are_equal"),
    [
        (Float(0, 1), Float(0, 1), True),
        (Float(0, 1), Float(0, 1.0), True),
        (Float(1, 2), Float(1, 2, log=True), False),
        (Int(0, 1), Float(0, 1), False),
        (Categorical(["a", None]), Categorical(["a", None]), True),
        (Categorical(["a", "b"]), Categorical(["a", "b"], ordered=True), False),
        (Categorical([1, 2]), Categorical([1, 2.0]), False),
        (Categorical([1, 2]), Categorical([1, 2, 3]), False),
        (Categorical([1, 2]), Listed([1, 2]), False),
        (Categorical([np.nan]), Categorical([float("nan")]), True),
        (Categorical([np.arange(3)]), Categorical([np.arange(3)]), True),
        (Categorical([[1]]), Categorical([[1]]), True),
        (Categorical([1]), "a", False),
        (Distribution(stats.norm(1)), Distribution(stats.norm(1)), True),
        (Distribution(stats.norm(1)), Distribution(stats.norm(2)), False),
        (Distribution(stats.norm()), Distribution(stats.cauchy()), False),
        (Distribution(stats.norm()), Distribution(HISTOGRAMS[0]), False),
        (Distribution(HISTOGRAMS[0]), Distribution(HISTOGRAMS[0]), True),
        (Distribution(HISTOGRAMS[0]), Distribution(HISTOGRAMS[1]), False),
        (Distribution(HISTOGRAMS[0].freeze()), Distribution(HISTOGRAMS[1].freeze()), False),
        (
            Distribution(NamedUniform(name="uniform")()),
            Distribution(NamedUniform(name="uniform")()),
            False,
        ),
        (Distribution(stats.norm()), stats.norm(), False),
    ],
)
def test_domains_are_equal_when_they_hold_the_same_values(a, b, are_equal):
    assert (a == b) is are_equal
    assert not are_equal or hash(a) == hash(b)


@pytest.mark.parametrize(
    "dimension",
    [
        Float(1, 10, log=True),
        Int(1, 10),
        Categorical(["a", (1, 2), None], ordered=True),
        Listed([0.5, 1]),
        Distribution(stats.loguniform(1e-3, 1)),
    ],
)
def test_copies_are_equal_and_draw_alike(dimension):
    for duplicate in (
        pickle.loads(pickle.dumps(dimension)),
        copy.deepcopy(dimension),
        clone(dimension, safe=False),
    ):
        assert duplicate == dimension
        assert duplicate.rvs(random_state=3) == dimension.rvs(random_state=3)


def test_ranges_are_frozen():
    for dimension in (Float(0, 1), Int(0, 1)):
        with pytest.raises(AttributeError, match="cannot assign to field 'low'"):
            dimension.low = 3


# --- in scikit-learn ------------------------------------------------------------

OURS = {"C": Float(1e-2, 1e2, log=True), "degree": Int(2, 4), "kernel": Categorical(["poly"])}


def test_ranges_are_distributions_of_a_parameter_sampler():
    candidates = list(ParameterSampler(OURS, 20, random_state=0))
    assert candidates == list(ParameterSampler(OURS, 20, random_state=0))
    assert all(
        OURS[name].contains(value) for candidate in candidates for name, value in candidate.items()
    )
    assert len({candidate["C"] for candidate in candidates}) == 20
    assert {candidate["degree"] for candidate in candidates} == {2, 3, 4}


def test_ranges_are_distributions_of_a_randomized_search():
    X = np.arange(12.0).reshape(-1, 1)
    search = RandomizedSearchCV(SVC(), OURS, n_iter=3, cv=2, random_state=0)
    search.fit(X, np.arange(12) % 2)
    assert search.best_params_.keys() == OURS.keys()
    assert clone(search).get_params()["param_distributions"].keys() == OURS.keys()


def test_ranges_are_distributions_of_a_halving_search():
    X = np.arange(60.0).reshape(-1, 1)
    search = HalvingRandomSearchCV(SVC(), OURS, n_candidates=4, cv=2, random_state=0)
    search.fit(X, np.arange(60) % 2)
    assert search.best_params_.keys() == OURS.keys()


def test_estimators_are_choices_of_a_randomized_search():
    space = {"estimator": Categorical([LogisticRegression(C=2), LogisticRegression(C=3)])}
    drawn = [p["estimator"].C for p in ParameterSampler(space, 10, random_state=0)]
    assert set(drawn) == {2, 3}


@pytest.mark.parametrize("dimension", [Float(0, 1), Int(0, 9), Categorical(list("abc"))])
def test_draws_follow_the_random_state(dimension):
    assert dimension.rvs(5, random_state=1) == dimension.rvs(5, random_state=1)
    rng = np.random.RandomState(1)
    assert [dimension.rvs(random_state=rng) for _ in range(5)] == dimension.rvs(5, random_state=1)


def test_draws_are_python_values():
    assert type(Float(0, 1).rvs(random_state=0)) is float
    assert type(Int(0, 1).rvs(random_state=0)) is int
    estimator = DummyRegressor()
    assert Categorical([estimator]).rvs(random_state=0) is estimator


# --- messages -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (
            lambda: Float(10, 1),
            ValueError,
            r"`low` must be below `high`, got low=10, high=1; swap them\.",
        ),
        (
            lambda: Int(3, 3),
            ValueError,
            r"`low` must be below `high`, got low=3, high=3; a list of one value keeps",
        ),
        (
            lambda: Float(0, 1, log=True),
            ValueError,
            r"`low` must be positive when log=True, got low=0; raise `low` above 0 or",
        ),
        (lambda: Int(-1, 1, log=True), ValueError, r"`low` must be positive when log=True"),
        (
            lambda: Float("a", 1),
            TypeError,
            r"`low` must be a finite number, got low='a'; pass a number such as low=1\.",
        ),
        (lambda: Float(0, math.inf), TypeError, r"`high` must be a finite number, got high=inf"),
        (lambda: Float(math.nan, 1), TypeError, r"`low` must be a finite number, got low=nan"),
        (lambda: Float(0, 10**400), TypeError, r"`high` must be a finite number, got high=1000"),
        (lambda: Float(False, 1), TypeError, r"`low` must be a finite number, got low=False"),
        (lambda: Float(None, 1), TypeError, r"`low` must be a finite number, got low=None"),
        (lambda: Int(1, 2.5), TypeError, r"`high` must be a finite integer, got high=2\.5"),
        (lambda: Int(1.0, 2), TypeError, r"`low` must be a finite integer, got low=1\.0"),
        (lambda: Int(1, True), TypeError, r"`high` must be a finite integer, got high=True"),
        (lambda: Float(1, 2, log=1), TypeError, r"`log` must be True or False, got log=1"),
        (
            lambda: Categorical("abc"),
            TypeError,
            r"`choices` must be a list, tuple or one-dimensional array, got 'abc'; wrap",
        ),
        (lambda: Categorical({1, 2}), TypeError, r"`choices` must be a list, tuple or"),
        (lambda: Categorical(5), TypeError, r"`choices` must be a list, tuple or"),
        (
            lambda: Categorical(np.eye(2)),
            ValueError,
            r"`choices` must be one-dimensional, got an array of shape \(2, 2\); pass a list",
        ),
        (lambda: Categorical([]), ValueError, r"`choices` must not be empty, got \[\]; name"),
        (
            lambda: Categorical([1], ordered="yes"),
            TypeError,
            r"`ordered` must be True or False, got ordered='yes'; pass ordered=True",
        ),
    ],
)
def test_bad_domains_are_refused_with_parameter_rule_value_and_fix(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_a_choice_that_has_been_looked_up_is_pickled():
    choices = [math.sqrt, [1], "s"]
    dimension = Categorical(choices)
    assert dimension.contains(math.sqrt)
    copied = pickle.loads(pickle.dumps(dimension))
    assert [copied.encode(choice) for choice in copied.choices] == [1 / 6, 1 / 2, 5 / 6]
