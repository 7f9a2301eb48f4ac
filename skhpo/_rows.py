"""Rows of any container that scikit-learn's searches take.

scikit-learn indexes rows by a function that it keeps private; these are the
same rules: pandas and pyarrow by ``take``, polars, arrays and sparse matrices
by their own indexing, array-API arrays by their namespace, sequences item by item.
"""

from __future__ import annotations

from typing import Any

import numpy as np


def n_rows(X: Any) -> int:
    """Count the rows of an array, frame, sparse matrix or sequence."""
    shape = getattr(X, "shape", None)
    if shape is not None and len(shape) > 0:
        return int(shape[0])
    return len(X)


def has_rows(value: Any, n: int) -> bool:
    """Whether `value` is a container of `n` rows, so that it is cut with the data."""
    if isinstance(value, str | bytes | dict | type):
        return False
    is_container = hasattr(value, "shape") or hasattr(value, "__len__")
    if not is_container or getattr(value, "shape", None) == ():
        return False
    return n_rows(value) == n


def as_indices(rows: Any) -> np.ndarray[Any, np.dtype[np.intp]]:
    """Integer indices of rows that a splitter gives as indices or as a boolean mask."""
    rows = np.asarray(rows)
    return np.flatnonzero(rows) if rows.dtype == bool else rows


def take_rows(X: Any, indices: Any) -> Any:
    """Take the rows at integer `indices`, in the container that `X` is; None stays None."""
    if X is None:
        return None
    if hasattr(X, "iloc"):
        # A read-only index (memory-mapped in a worker) makes pandas raise.
        return X.take(np.array(indices), axis=0)
    if isinstance(X, np.ndarray):
        return X[indices]
    if hasattr(X, "__array_namespace__"):
        xp = X.__array_namespace__()
        return xp.take(X, xp.asarray(np.asarray(indices), device=X.device), axis=0)
    if _is_arrow(X):
        return X.take(indices)
    if hasattr(X, "shape"):
        return X[indices]
    return [X[index] for index in indices]


def cut_params(params: dict[str, Any], n: int, indices: Any) -> dict[str, Any]:
    """Cut the entries that have `n` rows; pass the others on as they are."""
    return {
        name: take_rows(value, indices) if has_rows(value, n) else value
        for name, value in params.items()
    }


def take_block(X: Any, rows: Any, columns: Any) -> Any:
    """Take rows and columns of a square, pairwise `X`.

    Raises
    ------
    ValueError
        If `X` is not an array, or not square (scikit-learn's sentences).
    """
    if not hasattr(X, "shape"):
        raise ValueError(
            "Precomputed kernels or affinity matrices have to be passed as arrays or "
            "sparse matrices."
        )
    if X.shape[0] != X.shape[1]:
        raise ValueError("X should be a square kernel matrix")
    if hasattr(X, "iloc"):
        return X.iloc[np.array(rows), np.array(columns)]
    if hasattr(X, "__array_namespace__") and not isinstance(X, np.ndarray):
        xp = X.__array_namespace__()
        return xp.take(take_rows(X, rows), xp.asarray(columns, device=X.device), axis=1)
    return X[np.ix_(rows, columns)]


def _is_arrow(X: Any) -> bool:
    """Whether `X` is a pyarrow table or array, without importing pyarrow."""
    return type(X).__module__.partition(".")[0] == "pyarrow"
