"""Fingerprints: what is the same row, and what is not."""

from __future__ import annotations

import datetime
import decimal
import fractions

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.testing import assert_array_equal
from scipy import sparse

from skhpo._fingerprint import row_fingerprints

UTC = datetime.UTC
TEXTS = st.text(max_size=5)
# With few distinct values, tables have equal rows too.
FLOATS = arrays(
    np.float64,
    array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=6),
    elements=st.one_of(st.sampled_from([0.0, -0.0, 1.0, np.nan, np.inf]), st.floats()),
)
INTEGERS = arrays(
    np.int64,
    array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=6),
    elements=st.one_of(st.integers(-3, 3), st.integers(-(2**63), 2**63 - 1)),
)


def column(*values, dtype=None):
    """Fingerprints of a table of one column."""
    return row_fingerprints(np.array(values, dtype=dtype).reshape(-1, 1))


# The same content ---------------------------------------------------------------------


@given(FLOATS)
def test_containers_of_floats_give_equal_fingerprints(X):
    expected = row_fingerprints(X)
    columns = {str(number): X[:, number] for number in range(X.shape[1])}
    for same in (
        np.asfortranarray(X),
        X.tolist(),
        tuple(map(tuple, X)),
        list(X),
        X.astype(object),
        X.astype(">f8"),
        pd.DataFrame(X, index=np.arange(len(X))[::-1]),
        pd.DataFrame(X).astype(object),
        pl.DataFrame(columns),
        sparse.csr_array(X),
        sparse.coo_matrix(X),
    ):
        assert_array_equal(row_fingerprints(same), expected)


@given(INTEGERS)
def test_containers_of_integers_give_equal_fingerprints(X):
    expected = row_fingerprints(X)
    columns = {str(number): X[:, number] for number in range(X.shape[1])}
    for same in (
        X.tolist(),
        X.astype(object),
        pd.DataFrame(X).astype("Int64"),
        pd.DataFrame(X).astype("int64[pyarrow]"),
        pl.DataFrame(columns),
        sparse.csc_array(X),
    ):
        assert_array_equal(row_fingerprints(same), expected)


@given(INTEGERS)
def test_integers_equal_the_floats_that_are_equal_and_no_others(X):
    # Python compares an integer with a float exactly; numpy rounds the integer first.
    is_equal = [[int(x) == float(x) for x in row] for row in X]
    floats = row_fingerprints(X.astype(np.float64))
    assert_array_equal(row_fingerprints(X) == floats, np.all(is_equal, axis=1))


@given(FLOATS, st.randoms(use_true_random=False))
def test_order_of_rows_only_moves_fingerprints(X, random):
    order = random.sample(range(len(X)), len(X))
    assert_array_equal(row_fingerprints(X[order]), row_fingerprints(X)[order])


@pytest.mark.parametrize(
    "narrow", ["bool", "int8", "uint8", "int16", "int32", "uint32", "float16", "float32"]
)
@pytest.mark.parametrize("wide", ["float64", "longdouble", "complex128", "object"])
def test_wider_dtypes_do_not_hide_rows(narrow, wide):
    X = (np.arange(30).reshape(10, 3) * 0.1).astype(narrow)
    assert_array_equal(row_fingerprints(X.astype(wide)), row_fingerprints(X))


def test_a_number_is_the_same_in_every_kind():
    ones = [1, 1.0, True, np.int8(1), np.float32(1), np.bool(True), 1 + 0j, np.uint64(1)]
    ones += [decimal.Decimal(1), fractions.Fraction(1), np.longdouble(1), np.complex64(1)]
    assert len(np.unique(column(*ones, dtype=object))) == 1
    assert column(1, dtype=np.int64) == column(*ones[:1], dtype=object)


def test_integers_that_no_float_equals_are_told_apart():
    large = [2**53, 2**53 + 1, 2**63 - 1, 2**63, 2**64 - 1, 2**64, 10**400, -(2**53) - 1]
    large += [-(2**63) + 1, -(2**63), -(10**400)]
    objects = column(*large, dtype=object)
    assert len(np.unique(objects)) == len(large)
    assert column(fractions.Fraction(10**400), dtype=object) == objects[6]
    assert_array_equal(objects[:3], column(*large[:3], dtype=np.int64))
    assert_array_equal(objects[:5], column(*large[:5], dtype=np.uint64))
    assert_array_equal(objects[7:10], column(*large[7:10], dtype=np.int64))


def test_missing_values_are_one_content():
    missing = [
        None,
        np.nan,
        float("-nan"),
        pd.NA,
        pd.NaT,
        np.datetime64("NaT", "s"),
        np.float32("nan"),
    ]
    missing += [np.timedelta64("NaT", "s"), decimal.Decimal("nan")]
    expected = np.repeat(column(np.nan), len(missing))
    assert_array_equal(column(*missing, dtype=object), expected)
    for same in (
        pd.Series([None], dtype="Int64"),
        pd.Series([None], dtype="boolean"),
        pd.Series([None], dtype="Float64"),
        pd.Series([None], dtype="string"),
        pd.Series([None], dtype="str"),
        pd.Series([None], dtype="category"),
        pd.Series([None], dtype="datetime64[ns, UTC]"),
        pd.Series([None], dtype="double[pyarrow]"),
        pl.Series([None], dtype=pl.Int64),
        pl.Series([None], dtype=pl.Boolean),
        pl.Series([None], dtype=pl.String),
        pl.Series([None], dtype=pl.Datetime),
        pl.Series([None], dtype=pl.Categorical),
    ):
        assert_array_equal(row_fingerprints(same), expected[:1])
        assert_array_equal(row_fingerprints(same.to_frame()), expected[:1])


@given(st.lists(TEXTS, min_size=1, max_size=6))
def test_containers_of_texts_give_equal_fingerprints(texts):
    expected = row_fingerprints(texts)
    as_objects = np.fromiter(texts, dtype=object)
    for same in (
        as_objects,
        as_objects.reshape(-1, 1),
        [[text] for text in texts],
        pd.Series(texts, dtype=object),
        pd.Series(texts, dtype="str"),
        pd.Series(texts, dtype="string"),
        pd.Series(texts, dtype="category"),
        pd.DataFrame({"text": texts}),
        pl.Series(texts),
        pl.Series(texts, dtype=pl.Categorical),
        pl.DataFrame({"text": texts}),
        pl.Series(texts, dtype=pl.Enum(sorted(set(texts)))),
    ):
        assert_array_equal(row_fingerprints(same), expected)


def test_fixed_width_text_arrays_equal_objects():
    X = np.array([["a", "bb"], ["", "ä"]])
    assert_array_equal(row_fingerprints(X), row_fingerprints(X.astype(object)))
    assert_array_equal(row_fingerprints(X.astype(np.dtypes.StringDType())), row_fingerprints(X))


def test_categories_count_by_value():
    a = pd.DataFrame({"c": pd.Categorical(["x", "y", None], categories=["x", "y"])})
    b = pd.DataFrame({"c": pd.Categorical(["x", "y", None], categories=["z", "y", "x"])})
    assert_array_equal(row_fingerprints(a), row_fingerprints(b))
    numbers = pd.DataFrame({"c": pd.Categorical([3, 1, 3])})
    assert_array_equal(row_fingerprints(numbers), column(3, 1, 3))


INSTANT = datetime.datetime(1969, 7, 20, 20, 17, 40, 250_000)


@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
def test_instants_are_the_same_at_every_resolution(unit):
    expected = column(INSTANT, dtype=object)
    stamp = pd.Timestamp(INSTANT)
    zoned = stamp.tz_localize("UTC").tz_convert("America/New_York")
    for same in (
        np.array([INSTANT], dtype=f"M8[{unit}]"),
        [[INSTANT]],
        [INSTANT.replace(tzinfo=UTC)],
        [zoned],
        pd.Series([stamp]).astype(f"datetime64[{unit}]"),
        pd.Series([zoned]).astype(f"datetime64[{unit}, Asia/Tokyo]"),
        pd.Series([stamp], dtype=f"timestamp[{unit}][pyarrow]"),
        pl.Series([INSTANT], dtype=pl.Datetime(unit)),
        pl.Series([INSTANT], dtype=pl.Datetime(unit, time_zone="UTC")),
    ):
        assert_array_equal(row_fingerprints(same), expected)


def test_a_date_is_its_midnight():
    date = datetime.date(2024, 2, 29)
    expected = column(datetime.datetime(2024, 2, 29), dtype=object)
    for same in ([date], [[date]], np.array([date], dtype="M8[D]"), pl.Series([date])):
        assert_array_equal(row_fingerprints(same), expected)


@given(st.lists(st.timedeltas(datetime.timedelta(-900), datetime.timedelta(900)), min_size=1))
def test_durations_are_the_same_at_every_resolution(durations):
    expected = row_fingerprints(np.array(durations, dtype="m8[us]"))
    for same in (
        durations,
        np.array(durations, dtype="m8[ns]"),
        pd.Series(durations),
        pl.Series(durations, dtype=pl.Duration("us")),
    ):
        assert_array_equal(row_fingerprints(same), expected)


def test_nanoseconds_count():
    stamps = [pd.Timestamp("2020-01-01T00:00:00.000000001"), pd.Timestamp("2020-01-01")]
    assert len(np.unique(row_fingerprints(stamps))) == 2
    assert_array_equal(row_fingerprints(stamps), row_fingerprints(pd.Series(stamps)))


@given(st.data())
def test_sparse_rows_equal_dense_ones(data):
    shape = data.draw(array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=8))
    X = data.draw(arrays(np.float64, shape, elements=st.sampled_from([0.0, 0.0, 1.0, 2.5])))
    for make in (sparse.csr_array, sparse.csc_matrix, sparse.lil_matrix, sparse.dok_array):
        assert_array_equal(row_fingerprints(make(X)), row_fingerprints(X))


def test_stored_zeros_and_repeated_entries_do_not_change_sparse_rows():
    X = sparse.csr_array(([1.0, 2.0, 0.0, 4.0], ([0, 0, 1, 2], [1, 1, 0, 0])), shape=(4, 3))
    X = sparse.csr_array((X.data, X.indices[::-1].copy()[::-1], X.indptr), shape=(4, 3))
    raw = sparse.csr_array(
        (np.array([1.0, 2.0, 0.0, 4.0]), np.array([1, 1, 0, 0]), np.array([0, 2, 3, 4, 4])),
        shape=(4, 3),
    )
    before = raw.data.copy()
    assert_array_equal(row_fingerprints(raw), row_fingerprints(raw.toarray()))
    assert_array_equal(raw.data, before)  # the user's matrix is left alone


def test_mixed_frames_equal_lists_of_rows():
    rows = [[1, "a", 0.5, None], [2, "b", -0.0, True]]
    names = ["n", "t", "f", "b"]
    expected = row_fingerprints(rows)
    assert_array_equal(row_fingerprints(pd.DataFrame(rows, columns=names)), expected)
    assert_array_equal(row_fingerprints(pd.DataFrame(rows).convert_dtypes()), expected)
    assert_array_equal(row_fingerprints(pl.DataFrame(rows, schema=names, orient="row")), expected)
    assert_array_equal(row_fingerprints(pl.DataFrame(rows, orient="row").to_pandas()), expected)
    assert_array_equal(row_fingerprints(pd.DataFrame(rows, columns=["x"] * 4)), expected)


def test_integers_keep_their_digits_in_lists_beside_floats():
    frame = pd.DataFrame({"id": [2**60 + 1, 2**60 + 2], "x": [0.5, 0.5]})
    rows = [[2**60 + 1, 0.5], [2**60 + 2, 0.5]]
    assert_array_equal(row_fingerprints(rows), row_fingerprints(frame))
    with_null = pl.Series([2**60 + 1, None])
    assert_array_equal(row_fingerprints(with_null)[0], row_fingerprints([[2**60 + 1]])[0])


def test_rows_of_sequences_do_not_depend_on_their_neighbours():
    ragged = [[1.0, 2.0], [3.0], [], [4.0, 5.0]]
    table = row_fingerprints(np.array([[1.0, 2.0], [4.0, 5.0]]))
    assert_array_equal(row_fingerprints(ragged)[[0, 3]], table)
    assert_array_equal(row_fingerprints([np.array(row) for row in ragged])[[0, 3]], table)
    assert_array_equal(row_fingerprints(pl.Series(ragged))[[0, 3]], table)
    assert_array_equal(row_fingerprints(pd.Series(ragged))[[0, 3]], table)
    tokens = [["to", "be"], ["or"]]
    assert row_fingerprints(tokens)[0] == row_fingerprints([["to", "be"]])[0]


def test_images_are_flat_rows():
    X = np.arange(24.0).reshape(3, 2, 4)
    assert_array_equal(row_fingerprints(X), row_fingerprints(X.reshape(3, 8)))
    assert_array_equal(row_fingerprints(list(X)), row_fingerprints(X))


def test_mappings_and_sets_have_no_order():
    a = [{"x": 1, "y": 2.0}, {"x": 1}, {1, 2, "z"}]
    b = [{"y": 2, "x": True}, {"x": 1.0}, frozenset(["z", 2.0, 1])]
    assert_array_equal(row_fingerprints(a), row_fingerprints(b))
    assert len(np.unique(row_fingerprints(a))) == 3
    assert row_fingerprints([{"x": "y"}]) != row_fingerprints([{"y": "x"}])
    structs = pl.DataFrame({"s": [{"x": 1, "y": 2.0}]})
    assert_array_equal(row_fingerprints(structs), row_fingerprints(a[:1]))


class Point:
    """An object without a hash of its content."""

    def __init__(self, x):
        self.x = x


def test_other_objects_count_by_their_pickles_or_else_their_repr():
    a, b = row_fingerprints([[Point(1)], [Point(2)]])
    assert a != b
    assert a == row_fingerprints([[Point(1)]])[0]
    unpicklable = row_fingerprints([[len.__call__], [lambda: 0]])
    assert len(np.unique(unpicklable)) == 2


def test_structured_arrays_are_rows_of_their_fields():
    X = np.array([(1, "a"), (2, "b")], dtype=[("n", int), ("t", "U1")])
    assert_array_equal(row_fingerprints(X), row_fingerprints([[1, "a"], [2, "b"]]))


class Rows:
    """A container that is neither array nor list."""

    def __init__(self, rows):
        self.rows = rows

    def __len__(self):
        return len(self.rows)

    def __iter__(self):
        return iter(self.rows)


def test_any_container_that_is_iterated_is_taken():
    assert_array_equal(row_fingerprints(Rows([[1, 2], [3, 4]])), row_fingerprints([[1, 2], [3, 4]]))


class Unreadable:
    """Memory that numpy reads through DLPack only."""

    def __init__(self, values):
        self.values = values

    def __array__(self, dtype=None, copy=None):
        raise RuntimeError("on another device")


class Exported(Unreadable):
    def __dlpack__(self, **options):
        return self.values.__dlpack__(**options)

    def __dlpack_device__(self):
        return self.values.__dlpack_device__()


def test_arrays_of_other_libraries_are_read_through_dlpack():
    X = np.arange(6.0).reshape(3, 2)
    assert_array_equal(row_fingerprints(Exported(X)), row_fingerprints(X))
    with pytest.raises(RuntimeError, match="on another device"):
        row_fingerprints(Unreadable(X))


def test_array_api_arrays_equal_numpy():
    xp = pytest.importorskip("array_api_strict")
    X = np.arange(6.0).reshape(3, 2)
    assert_array_equal(row_fingerprints(xp.asarray(X)), row_fingerprints(X))


# Different content --------------------------------------------------------------------


@given(FLOATS)
def test_equal_fingerprints_are_equal_rows(X):
    rows = [tuple("nan" if np.isnan(x) else x + 0.0 for x in row) for row in X]
    fingerprints = row_fingerprints(X)
    for i, j in zip(*np.triu_indices(len(X), 1), strict=True):
        assert (rows[i] == rows[j]) == (fingerprints[i] == fingerprints[j])


def test_what_looks_alike_is_told_apart():
    alike = [1, "1", b"1", "1.0", 0, "", b"", "0", None, "nan", "None", [1], [], {}, (1, 1)]
    alike += [datetime.date(1970, 1, 1), datetime.timedelta(0), datetime.timedelta(1), 1j, "1j"]
    alike += [datetime.datetime(1970, 1, 2), 86400, float("inf"), -1, 2**63, Point(1), {1: 1}]
    cells = np.fromiter(alike, dtype=object)
    assert len(np.unique(row_fingerprints(cells.reshape(-1, 1)))) == len(alike)


def test_order_and_number_of_columns_count():
    X = np.array([[1.0, 2.0]])
    assert row_fingerprints(X) != row_fingerprints(X[:, ::-1])
    assert row_fingerprints(X) != row_fingerprints(np.array([[1.0, 2.0, 0.0]]))
    assert row_fingerprints(np.zeros((1, 1))) != row_fingerprints(np.zeros((1, 2)))


def test_a_single_bit_of_one_cell_changes_half_of_the_fingerprint():
    X = np.random.default_rng(0).standard_normal((2000, 3))
    changed = X.copy()
    changed[:, 1] = np.nextafter(X[:, 1], np.inf)
    flips = np.bitwise_count(row_fingerprints(X) ^ row_fingerprints(changed))
    # Mean of 2000 sums of 64 fair bits: 32 with standard error 0.09; false in 1 of 10^6.
    assert abs(flips.mean() - 32.0) < 5 * np.sqrt(16 / 2000)


def test_rows_of_small_integers_do_not_collide():
    grid = np.stack(np.meshgrid(*[np.arange(40)] * 3), axis=-1).reshape(-1, 3)
    assert len(np.unique(row_fingerprints(grid))) == len(grid)


def test_combinations_of_flags_do_not_collide():
    flags = (np.arange(2**14)[:, np.newaxis] >> np.arange(14)) & 1
    assert len(np.unique(row_fingerprints(flags))) == len(flags)


# Extremes -----------------------------------------------------------------------------


def test_no_rows_and_no_columns():
    assert row_fingerprints(np.zeros((0, 3))).shape == (0,)
    assert row_fingerprints([]).shape == (0,)
    assert row_fingerprints(pd.DataFrame()).shape == (0,)
    assert row_fingerprints(sparse.csr_array((0, 3))).shape == (0,)
    assert len(np.unique(row_fingerprints(np.zeros((3, 0))))) == 1
    assert_array_equal(
        row_fingerprints(pd.DataFrame(index=[1, 2, 3])), row_fingerprints(np.zeros((3, 0)))
    )


def test_rows_wider_than_a_block():
    X = np.random.default_rng(0).standard_normal((3, 70_000))
    assert_array_equal(row_fingerprints(X), row_fingerprints(sparse.csr_array(X)))


def test_input_is_left_alone():
    X = np.array([[-0.0, np.nan]])
    X.flags.writeable = False
    row_fingerprints(X)
    assert np.signbit(X[0, 0])


def test_fingerprints_are_the_same_in_every_process():
    # Reference values of the first version: files keep fingerprints, so that a change
    # of these is a change of their format.
    assert row_fingerprints([[1.5, -2.0]]).tolist() == REFERENCE["numbers"]
    assert row_fingerprints([["a", None]]).tolist() == REFERENCE["texts"]
    assert row_fingerprints([datetime.date(2020, 1, 1)]).tolist() == REFERENCE["dates"]
    assert row_fingerprints([{"a": 2**53 + 1}]).tolist() == REFERENCE["objects"]


REFERENCE = {
    "numbers": [7321776742663646519],
    "texts": [16227120280427213283],
    "dates": [12783238889469262261],
    "objects": [2753708352397009333],
}
