"""Rows are taken as scikit-learn takes them, from whatever container its searches take."""

import array_api_strict
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import scipy.sparse as sp
from sklearn.linear_model import Ridge
from sklearn.utils import indexable, shuffle

from skhpo._rows import as_indices, has_rows, n_rows, take_block, take_rows

N = 6
TABLE = np.arange(12.0).reshape(N, 2)
FRAME = pd.DataFrame(TABLE, columns=["a", "b"], index=[5, 3, 3, 0, 1, 9]).assign(c=list("xyzxyz"))

CONTAINERS = {
    "array": TABLE,
    "vector": TABLE[:, 0],
    "texts": np.array(["a", "bb", "c", "d", "e", "f"], dtype=object),
    "three dimensions": np.arange(24).reshape(N, 2, 2),
    "masked array": np.ma.MaskedArray(TABLE[:, 0], mask=[0, 1, 0, 0, 1, 0]),
    "list": ["a", "bb", "c", "d", "e", "f"],
    "list of lists": TABLE.tolist(),
    "tuple": tuple(range(N)),
    "frame": FRAME,
    "series": FRAME["c"],
    "polars frame": pl.DataFrame({"a": range(N), "b": list("abcdef")}),
    "polars series": pl.Series("a", range(N)),
    "pyarrow table": pa.table({"a": range(N), "b": list("abcdef")}),
    "pyarrow array": pa.array(range(N)),
    "pyarrow chunks": pa.chunked_array([[0, 1], [2, 3, 4, 5]]),
    "csr": sp.csr_matrix(TABLE),
    "csr array": sp.csr_array(TABLE),
    "csc": sp.csc_matrix(TABLE),
    "lil": sp.lil_matrix(TABLE),
}
each = pytest.mark.parametrize("X", CONTAINERS.values(), ids=CONTAINERS)


def as_list(X):
    """Content of a container."""
    if sp.issparse(X):
        return X.toarray().tolist()
    if isinstance(X, pa.Table | pa.Array | pa.ChunkedArray):
        return X.to_pylist()
    if isinstance(X, pl.DataFrame):
        return X.rows()
    return np.asarray(X).tolist()


# --- rows ---------------------------------------------------------------------


@each
def test_rows_are_counted(X):
    assert n_rows(X) == N
    assert has_rows(X, N)
    assert not has_rows(X, N + 1)


@each
def test_rows_are_those_that_scikit_learn_takes(X):
    indices = shuffle(np.arange(N), random_state=0, n_samples=4)
    theirs = shuffle(X, random_state=0, n_samples=4)
    # A search makes its data indexable first, as scikit-learn's functions do.
    ours = take_rows(indexable(X)[0], indices)
    assert type(ours) is type(theirs)
    assert as_list(ours) == as_list(theirs)
    if isinstance(X, pd.DataFrame | pd.Series):
        assert ours.index.equals(theirs.index)
        assert ours.equals(theirs)


@each
def test_indices_may_be_read_only_and_repeat(X):
    indices = np.array([4, 0, 4])
    indices.flags.writeable = False
    content = as_list(X)
    assert as_list(take_rows(X, indices)) == [content[4], content[0], content[4]]


@each
def test_no_indices_give_no_rows(X):
    assert n_rows(take_rows(X, np.array([], dtype=int))) == 0


def test_nothing_stays_nothing():
    assert take_rows(None, np.array([0])) is None


def test_rows_of_a_frame_are_a_copy():
    rows = take_rows(FRAME, np.array([0, 1]))
    rows["a"] = -1.0
    assert FRAME["a"].tolist() == TABLE[:, 0].tolist()


def test_rows_of_an_array_api_array_stay_in_its_namespace():
    X = array_api_strict.asarray(TABLE)
    rows = take_rows(X, np.array([2, 0]))
    assert rows.__array_namespace__() is X.__array_namespace__()
    assert rows.device == X.device
    np.testing.assert_array_equal(np.from_dlpack(rows), TABLE[[2, 0]])


def test_memory_mapped_rows_are_taken(tmp_path):
    np.save(tmp_path / "X.npy", TABLE)
    X = np.load(tmp_path / "X.npy", mmap_mode="r")
    np.testing.assert_array_equal(take_rows(X, np.array([1, 5])), TABLE[[1, 5]])


@pytest.mark.parametrize(
    "value",
    [
        None,
        3.0,
        "abcdef",
        b"abcdef",
        dict.fromkeys(range(N)),
        np.float64(6),
        np.array(6),
        Ridge(),
        Ridge,
        iter(range(N)),
        True,
    ],
    ids=lambda value: type(value).__name__,
)
def test_value_that_is_no_container_has_no_rows(value):
    assert not has_rows(value, N)


@pytest.mark.parametrize(
    ("rows", "indices"),
    [
        ([2, 0], [2, 0]),
        (np.array([3, 3]), [3, 3]),
        ([True, False, True], [0, 2]),
        (np.array([False, True]), [1]),
        (range(2), [0, 1]),
        (np.array([], dtype=int), []),
    ],
)
def test_masks_and_indices_become_indices(rows, indices):
    found = as_indices(rows)
    assert found.tolist() == indices
    assert found.dtype.kind == "i"


# --- blocks -------------------------------------------------------------------

KERNEL = np.arange(25.0).reshape(5, 5)
ROWS, COLUMNS = np.array([4, 1]), np.array([0, 2, 3])
BLOCK = KERNEL[4:0:-3][:, [0, 2, 3]]


@pytest.mark.parametrize(
    "K",
    [KERNEL, pd.DataFrame(KERNEL, index=list("abcde")), sp.csr_matrix(KERNEL), KERNEL.T.copy().T],
    ids=["array", "frame", "csr", "fortran"],
)
def test_block_has_the_rows_and_columns(K):
    block = take_block(K, ROWS, COLUMNS)
    assert type(block) is type(K)
    assert as_list(block) == BLOCK.tolist()


def test_block_of_an_array_api_array_stays_in_its_namespace():
    K = array_api_strict.asarray(KERNEL)
    block = take_block(K, ROWS, COLUMNS)
    assert block.__array_namespace__() is K.__array_namespace__()
    np.testing.assert_array_equal(np.from_dlpack(block), BLOCK)


def test_block_of_a_list_is_refused():
    message = r"Precomputed kernels or affinity matrices have to be passed as arrays or sparse"
    with pytest.raises(ValueError, match=message):
        take_block(KERNEL.tolist(), ROWS, COLUMNS)


def test_block_of_what_is_not_square_is_refused():
    with pytest.raises(ValueError, match="X should be a square kernel matrix"):
        take_block(TABLE, ROWS, np.array([0, 1]))
