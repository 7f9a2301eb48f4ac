"""What is drawn: rows, or groups of rows that are not independent of each other.

unit    what a draw takes or leaves: a row, a group, a stretch of time, a handful of rows
entry   one row in one fold's validation rows; with repeated folds a row has several
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skhpo._rows import take_rows

Indices = NDArray[np.intp]

# More units than these tell no more: rows are put together at random.
MAX_UNITS = 4_000


@dataclass(frozen=True)
class Units:
    """The units that the validation rows belong to.

    Parameters
    ----------
    of_entries : tuple of ndarray of int
        For each fold the unit of each validation row.
    n_units : int
        Their number.
    noun : str
        What a unit is: "rows", "groups", "stretches of rows", ...
    """

    of_entries: tuple[Indices, ...]
    n_units: int
    noun: str


def make_units(
    tests: tuple[Indices, ...],
    *,
    groups: Any = None,
    is_ordered: bool = False,
    n_blocks: int | None = None,
    max_units: int = MAX_UNITS,
    seed: int = 0,
) -> Units:
    """Say which validation rows are drawn together.

    Parameters
    ----------
    tests : tuple of ndarray of int
        Validation rows by fold.
    groups : array-like of shape (n_rows,), or None
        Rows of one group are drawn together.
    is_ordered : bool, default=False
        Whether the rows are in the order of time, so that neighbours are drawn together:
        in stretches of the cube root of their number (Politis and Romano 1994).
    n_blocks : int or None, default=None
        Rows of each fold are put together at random to this many units.
    max_units : int, default=4000
        Past it, units are put together: neighbours where the rows are ordered, at random
        elsewhere.
    seed : int, default=0
        Decides which rows are put together.

    Returns
    -------
    units : Units
    """
    if n_blocks is not None:
        return _blocks_by_fold(tests, n_blocks, seed)
    rows = np.unique(np.concatenate(tests))
    if is_ordered and groups is None:
        length = max(2, round(len(rows) ** (1 / 3)), -(-len(rows) // max_units))
        labels, noun = np.arange(len(rows)) // length, f"stretches of {length} rows"
    else:
        labels, noun = np.arange(len(rows)), "rows"
        if groups is not None:
            labels, noun = _group_labels(take_rows(groups, rows)), "groups"
        n_units = int(labels.max()) + 1
        if n_units > max_units:
            together = np.random.default_rng(seed).permutation(np.arange(n_units) % max_units)
            labels, noun = together[labels], f"handfuls of {noun}"
    of_entries = tuple(labels[np.searchsorted(rows, test)] for test in tests)
    return Units(of_entries, int(labels.max()) + 1, noun)


def _group_labels(groups: Any) -> Indices:
    """Number of each row's group."""
    values = np.asarray(groups)
    return np.unique(values, return_inverse=True)[1].reshape(len(values))


def _blocks_by_fold(tests: tuple[Indices, ...], n_blocks: int, seed: int) -> Units:
    """Put the rows of each fold together at random, each fold's by itself."""
    of_entries, start = [], 0
    for fold, test in enumerate(tests):
        n = min(n_blocks, len(test))
        rng = np.random.default_rng([seed, fold])
        of_entries.append(start + rng.permutation(np.arange(len(test)) % n))
        start += n
    return Units(tuple(of_entries), start, "handfuls of rows")


def is_time_ordered(splits: list[tuple[Indices, Indices]]) -> bool:
    """Whether every fold trains on earlier rows than it validates on, as in time order."""
    return len(splits) > 1 and all(
        len(train) > 0 and len(test) > 0 and train.max() < test.min() for train, test in splits
    )
