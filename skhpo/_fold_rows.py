"""The rows of a fold: cut from the data once in each worker, and kept read-only.

Cutting costs more than a cheap fit on many rows. What is kept are arrays of our own
making, which a flag protects; of frames, sparse matrices and lists each candidate gets a
cut of its own, because nothing protects these.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator

from skhpo._kept import Kept, read_only
from skhpo._rows import cut_params, n_rows, take_block, take_rows


@dataclass(frozen=True)
class Rows:
    """One side of a split."""

    X: Any
    y: Any
    score_params: dict[str, Any]


class WriteError(Exception):
    """An estimator or a scorer tried to write to rows that are shared."""


# numpy, Cython, numba and torch: "read-only", "readonly", "writeable", "writable".
_SAYS_READ_ONLY = re.compile(r"read-?only|writ(e|)able", re.IGNORECASE)


def says_read_only(text: str) -> bool:
    """Whether an error's text may be that of a write to a read-only array."""
    return _SAYS_READ_ONLY.search(text) is not None


def asks_to_overwrite(estimator: Any) -> bool:
    """Whether a parameter such as ``copy=False`` lets an estimator write to its input.

    scikit-learn copies a read-only input silently then; but what it writes is seen by the
    scorer, and when training rows are scored.
    """
    for name, value in vars(estimator).items():
        if value is False and name.startswith("copy"):
            return True
        if any(map(asks_to_overwrite, _estimators(value))):
            return True
    return False


def _estimators(value: Any) -> Iterator[BaseEstimator]:
    """Estimators of a value: itself, or those in steps and the like."""
    if isinstance(value, BaseEstimator):
        yield value
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _estimators(item)


def cut_fold(
    X: Any,
    y: Any,
    score_params: dict[str, Any],
    split: tuple[Any, Any],
    *,
    pairwise: bool,
    kept: Kept | None,
    fold: int,
) -> tuple[Rows, Rows]:
    """Cut training and validation rows; of a pairwise X, only the training columns.

    Parameters
    ----------
    X, y : array-like
        The data; `y` may be None.
    score_params : dict of str to object
        Entries with one row each are cut too.
    split : tuple of two ndarrays
        Train and validation indices.
    pairwise : bool
        Whether X is square.
    kept : Kept or None
        Where arrays are kept and found; None cuts rows that may be written to.
    fold : int
        The split's number.
    """
    train = split[0]

    def cut(rows: Any) -> Any:
        """Rows of X."""
        return take_block(X, rows, train) if pairwise else take_rows(X, rows)

    Xs = _cut_or_find(kept, (fold, "X", pairwise), X, cut, split)
    ys = _cut_or_find(kept, (fold, "y"), y, lambda rows: take_rows(y, rows), split)
    if not score_params:
        return Rows(Xs[0], ys[0], {}), Rows(Xs[1], ys[1], {})
    params = (cut_params(score_params, n_rows(X), rows) for rows in split)
    train_rows, test_rows = (Rows(*parts) for parts in zip(Xs, ys, params, strict=True))
    return train_rows, test_rows


def as_read_only(rows: Rows) -> Rows:
    """Rows whose array cannot be written to; others are what they are."""
    if type(rows.X) is not np.ndarray:
        return rows
    return Rows(read_only(rows.X), rows.y, rows.score_params)


def _cut_or_find(
    kept: Kept | None,
    key: Hashable,
    value: Any,
    cut: Callable[[Any], Any],
    split: tuple[Any, Any],
) -> tuple[Any, Any]:
    """Both sides of one value: those that are kept, or new ones."""
    if kept is None or type(value) not in (np.ndarray, np.memmap) or not value.size:
        return cut(split[0]), cut(split[1])
    found: tuple[Any, Any] | None = kept.get(key)
    if found is None:
        n_bytes = value.nbytes // len(value) * sum(map(len, split))
        found = read_only(cut(split[0])), read_only(cut(split[1]))
        kept.put(key, found, n_bytes)
    return found


def fit_together(max_bytes: int, X: Any, y: Any, splits: Sequence[tuple[Any, Any]]) -> bool:
    """Whether the rows of all folds fit into memory together.

    If they do not, each fold is cut anew: of kept ones some estimators make another copy, as
    they are read-only, and most would have gone before they are asked for again.
    """
    n_taken = sum(len(part) for split in splits for part in split)
    arrays = [value for value in (X, y) if type(value) in (np.ndarray, np.memmap)]
    n_bytes = sum(array.nbytes // max(1, len(array)) for array in arrays) * n_taken
    return bool(n_bytes <= max_bytes)
