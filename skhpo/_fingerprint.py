"""Content fingerprints of rows: equal rows are known again, whatever holds them.

cell         one value of one row
token        64 bits that stand for a cell's content
key          64 bits that stand for a column's position
fingerprint  64 bits that stand for a row: finish(sum over columns of mix(token ^ key))

In a sum, the part of zeros is the same for every row, so that a sparse row costs its
stored cells only. Two different rows share a fingerprint with probability 2^-64: a
million test rows and a million development rows have a false match once in 18
million such pairs of sets.

`_tokens` says which cells are the same. Column names and the index are not content;
the order of the columns is, and so is their number.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from skhpo._tokens import (
    FLOAT_INTEGERS,
    MISSING,
    Fingerprints,
    column_keys,
    finish,
    mix,
    tokenize,
)

__all__ = ["Fingerprints", "column_names", "in_order", "row_fingerprints"]

# Cells of one block; 2^15 tokens are 256 kB, which a core's cache holds.
_BLOCK_CELLS = 2**15


def row_fingerprints(X: Any) -> Fingerprints:
    """Fingerprint every row of `X`.

    Parameters
    ----------
    X : array-like, sparse matrix or data frame of n_rows rows
        Arrays of any number of dimensions (past the first they are flattened),
        lists, pandas and polars frames and series, scipy sparse, array-API arrays.
        A one-dimensional `X` is a column; its items may be texts, mappings, or
        sequences of unequal lengths, each of which is a row. An item of a kind not
        named here is known by ``joblib.hash``, or where that fails by its ``repr``.

    Returns
    -------
    fingerprints : ndarray of uint64, shape (n_rows,)
        Equal for rows of equal content, in the order of the rows, the same on every
        platform and in every process.
    """
    if sparse.issparse(X):
        return _fingerprint_sparse(X)
    columns = _frame_columns(X)
    if columns is not None:
        return _fingerprint_columns(columns, len(X))
    values = _as_array(X)
    if values.ndim == 1 and values.dtype.kind in "OV":
        return _fingerprint_items(values.astype(object))  # records become tuples
    return _fingerprint_table(values)


def column_names(X: Any) -> list[Any] | None:
    """Names of a frame's columns; None for anything else."""
    if _is_a(X, "pandas", "DataFrame") or _is_a(X, "polars", "DataFrame"):
        return list(X.columns)
    return None


def in_order(X: Any, names: list[Any] | None) -> Any:
    """Take a frame's columns in the order of `names`, if they are the same columns."""
    own = column_names(X)
    if names is None or own is None or own == names or set(own) != set(names):
        return X
    # With a name twice, taking by name would take more.
    return X[names] if len(own) == len(names) == len(set(names)) else X


# Sums over cells ------------------------------------------------------------------------


def _fingerprint_table(values: NDArray[Any]) -> Fingerprints:
    """Fingerprint the rows of an array of one dtype, block by block."""
    # Said in full: numpy cannot infer -1 when there are no rows.
    values = values.reshape(len(values), int(np.prod(values.shape[1:])))
    n_rows, n_columns = values.shape
    keys = column_keys(n_columns)
    sums = np.zeros(n_rows, dtype=np.uint64)
    step = max(1, _BLOCK_CELLS // max(1, n_columns))
    for start in range(0, n_rows, step):
        block = tokenize(values[start : start + step])
        block ^= keys
        sums[start : start + step] = mix(block).sum(axis=1, dtype=np.uint64)
    return finish(sums, n_columns)


def _fingerprint_columns(columns: list[Any], n_rows: int) -> Fingerprints:
    """Fingerprint the rows of a frame, whose columns have dtypes of their own."""
    sums = np.zeros(n_rows, dtype=np.uint64)
    for column, key in zip(columns, column_keys(len(columns)), strict=True):
        sums += mix(_column_tokens(column) ^ key)
    return finish(sums, len(columns))


def _fingerprint_sparse(X: Any) -> Fingerprints:
    """Fingerprint sparse rows: all zeros, and what the stored cells change."""
    rows = X.tocsr()
    if not rows.has_canonical_format:
        rows = rows.copy()  # duplicates are summed in place, and X is the user's
        rows.sum_duplicates()
    keys = column_keys(rows.shape[1])
    zeros = mix(keys.copy())  # 0.0 has the token 0
    changes = mix(tokenize(rows.data) ^ keys[rows.indices]) - zeros[rows.indices]
    # Differences of running sums, exact modulo 2^64; reduceat is wrong for empty rows.
    running = np.concatenate([np.zeros(1, np.uint64), np.cumsum(changes, dtype=np.uint64)])
    sums = running[rows.indptr[1:]] - running[rows.indptr[:-1]]
    return finish(sums + zeros.sum(dtype=np.uint64), rows.shape[1])


def _fingerprint_items(items: NDArray[Any]) -> Fingerprints:
    """Fingerprint a column of objects: a sequence is a row of its own, all else one cell."""
    tokens = tokenize(items)
    rows = finish(mix(tokens ^ column_keys(1)), 1)
    is_row = np.fromiter((isinstance(item, list | tuple | np.ndarray) for item in items), bool)
    return np.where(is_row, tokens, rows)


# Containers -----------------------------------------------------------------------------


def _frame_columns(X: Any) -> list[Any] | None:
    """The columns of a pandas or polars frame or series; None for any other container."""
    if _is_a(X, "pandas", "DataFrame"):
        return [X.iloc[:, number] for number in range(X.shape[1])]
    if _is_a(X, "polars", "DataFrame"):
        return list(X.get_columns())
    if _is_a(X, "pandas", "Series"):
        return None if X.dtype == object else [X]
    if _is_a(X, "polars", "Series"):
        return None if X.dtype.is_nested() else [X]
    return None


def _is_a(X: Any, module: str, name: str) -> bool:
    """Whether `X` is of a class of an optional library; it is not if nobody imported that."""
    kind = getattr(sys.modules.get(module), name, None)
    return kind is not None and isinstance(X, kind)


def _column_tokens(column: Any) -> Fingerprints:
    """Tokens of a pandas or polars series."""
    if not _is_a(column, "pandas", "Series"):
        return _polars_tokens(column)
    dtype = column.dtype
    if isinstance(dtype, np.dtype):
        return tokenize(column.to_numpy())
    if _is_a(dtype, "pandas", "CategoricalDtype"):
        # Code -1 is a missing value, and takes the last.
        tokens = np.append(tokenize(np.asarray(dtype.categories)), np.uint64(MISSING))
        return np.asarray(tokens[column.cat.codes.to_numpy()])
    if _is_a(dtype, "pandas", "DatetimeTZDtype"):
        return tokenize(column.to_numpy(dtype=f"M8[{dtype.unit}]"))
    if dtype.kind not in "biuf":
        return tokenize(column.to_numpy(dtype=object))
    whole = {"b": np.bool, "i": np.int64, "u": np.uint64, "f": np.float64}[dtype.kind]
    tokens = tokenize(column.to_numpy(dtype=whole, na_value=0))
    tokens[column.isna().to_numpy(dtype=bool)] = MISSING
    return tokens


def _polars_tokens(column: Any) -> Fingerprints:
    """Tokens of a polars series."""
    if column.dtype.is_nested():
        return tokenize(_object_array(column.to_list()))
    if not column.dtype.is_integer():
        return tokenize(column.to_numpy())
    # With nulls in them, polars makes float64 of integers, and large ones lose digits.
    tokens = tokenize(column.fill_null(0).to_numpy())
    tokens[column.is_null().to_numpy()] = MISSING
    return tokens


def _as_array(X: Any) -> NDArray[Any]:
    """Make an array of anything else with rows, its values unchanged."""
    if isinstance(X, list | tuple):
        return _list_as_array(X)
    try:
        values = np.asarray(X)
    except (TypeError, ValueError, RuntimeError):
        if not hasattr(X, "__dlpack__"):
            raise
        values = np.from_dlpack(X)  # array-API arrays that numpy does not read by itself
    return values if values.ndim else _list_as_array(list(X))


def _list_as_array(X: list[Any] | tuple[Any, ...]) -> NDArray[Any]:
    """Make an array of a list of rows: objects, where numpy would change the values."""
    if not X or isinstance(X[0], str | bytes | Mapping):
        return _object_array(X)
    try:
        values = np.asarray(X)
        is_changed = values.dtype.kind in "US" or (
            # Integers among floats
            values.dtype.kind == "f" and bool((np.abs(values) >= FLOAT_INTEGERS).any())
        )
        return np.array(X, dtype=object) if is_changed else values
    except ValueError:  # rows of unequal lengths
        return _object_array(X)


def _object_array(items: Any) -> NDArray[Any]:
    """Make a one-dimensional array of objects; numpy would make a table of equal lengths."""
    return np.fromiter(items, dtype=object, count=len(items))
