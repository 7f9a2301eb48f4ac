"""One division of the rows in two: the test set, or a single validation split.

`parameter` is the keyword that the user gave, which the messages name: "test_size" or
"cv". All randomness comes from the one `random_state`; without groups the rows are
those of scikit-learn's ``train_test_split`` with the same seed.
"""

from __future__ import annotations

import math
import numbers
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import ShuffleSplit, StratifiedShuffleSplit
from sklearn.utils import check_random_state
from sklearn.utils.multiclass import type_of_target

from skhpo._fingerprint import row_fingerprints
from skhpo._rows import n_rows
from skhpo.exceptions import InvalidParameterError

Indices = NDArray[np.intp]

# Orders of the groups that are tried for the most even shares of rows and classes; one
# order of more than 1,000 groups is even by itself.
_N_GROUP_ORDERS = 20
_MANY_GROUPS = 1_000


def divide_rows(
    X: Any,
    y: Any = None,
    *,
    test_size: Any = None,
    test_split: Any = None,
    groups: Any = None,
    stratify: bool = False,
    random_state: Any = None,
    parameter: str = "test_size",
) -> tuple[Indices, Indices]:
    """Divide the rows of `X` into development and test rows.

    Parameters
    ----------
    X : array-like of n_rows rows
        The data; only counted, and handed to `test_split`.
    y : array-like of shape (n_rows,) or (n_rows, n_outputs), or None
        The target.
    test_size : float in (0, 1), int in [1, n_rows), or None
        Share of the rows, rounded up, or their number.
    test_split : splitter, iterable of one pair of index arrays, or None
        Divides the rows in the place of `test_size`; rows in neither part are left out.
    groups : array-like of shape (n_rows,), or None
        Rows of one group stay together; `test_size` is met as nearly as that allows.
    stratify : bool, default=False
        Keep the shares of the classes, where `y` is binary or multiclass; with groups,
        as nearly as they allow.
    random_state : int, RandomState or None
        Decides the rows.
    parameter : str
        What the user calls `test_size`: "cv" for a validation split.

    Returns
    -------
    development, test : ndarray of int
        Sorted row numbers, neither empty, none in both.

    Raises
    ------
    ValueError
        If the rows cannot be divided so.
    """
    if test_size is not None and test_split is not None:
        raise ValueError(
            f"Only one of `test_size` and `test_split` can be set, got test_size={test_size!r} "
            f"and test_split={test_split!r}; leave one out."
        )
    if test_split is not None:
        return _take_split(test_split, X, y, groups)
    n = n_rows(X)
    n_test = _count_test_rows(test_size, n, parameter)
    rng = check_random_state(random_state)
    codes, classes = _find_classes(y) if stratify else (None, None)
    if groups is not None:
        test = _draw_groups(groups, codes, n, n_test, rng)
        return np.flatnonzero(~test), np.flatnonzero(test)
    sizes = {"n_splits": 1, "test_size": n_test, "train_size": n - n_test, "random_state": rng}
    if codes is None:
        development, test = next(ShuffleSplit(**sizes).split(np.zeros(n)))
        return np.sort(development), np.sort(test)
    setting = f"{parameter}={test_size!r}"
    _check_classes(codes, classes, n_test, setting)
    development, test = next(StratifiedShuffleSplit(**sizes).split(np.zeros(n), codes))
    _check_every_class_is_left(codes, classes, development, setting)
    return np.sort(development), np.sort(test)


def _count_test_rows(size: Any, n: int, parameter: str) -> int:
    """The number of test rows: an int as it is, a share rounded up."""
    is_number = isinstance(size, numbers.Real) and not isinstance(size, bool | np.bool)
    is_count = isinstance(size, numbers.Integral)
    if not is_number:
        raise InvalidParameterError(
            f"`{parameter}` must be a float in (0, 1) or an int, got {size!r}; "
            f"{parameter}=0.2 takes a fifth of the rows."
        )
    if not is_count and not 0.0 < float(size) < 1.0:
        raise InvalidParameterError(
            f"`{parameter}` must be in (0, 1) if it is a float, got {parameter}={size!r}; "
            f"{parameter}=0.2 takes a fifth of the rows."
        )
    n_test = int(size) if is_count else math.ceil(float(size) * n)
    if not 0 < n_test < n:
        raise ValueError(
            f"`{parameter}` must leave at least one row on each side, got {parameter}={size!r}, "
            f"which is {n_test} of {n} rows; use a number of rows from 1 to {n - 1}, or a smaller "
            "share."
        )
    return n_test


# Classes ----------------------------------------------------------------------------------


def _find_classes(y: Any) -> tuple[Any, Any]:
    """The number of each row's class, and the classes; None where `y` has no classes."""
    if y is None or type_of_target(y) not in ("binary", "multiclass"):
        return None, None
    classes, codes = np.unique(np.asarray(y).ravel(), return_inverse=True)
    return codes, classes


def _check_classes(codes: Any, classes: Any, n_test: int, setting: str) -> None:
    """Check that every class can have a row on each side."""
    counts = np.bincount(codes)
    if counts.min() < 2:
        raise ValueError(
            f"{setting} keeps the shares of the classes, for which each class needs 2 rows or "
            f"more, got {_name_classes(classes, counts, counts < 2)}; drop such a class, merge it "
            "with another, or give the rows by a splitter of one split."
        )
    for side, n_side in (("test", n_test), ("development", len(codes) - n_test)):
        if n_side < len(classes):
            raise ValueError(
                f"{setting} keeps the shares of the classes, for which each side needs a row for "
                f"each of the {len(classes)} classes, got {n_side} {side} rows; use from "
                f"{len(classes)} to {len(codes) - len(classes)} test rows."
            )


def _check_every_class_is_left(codes: Any, classes: Any, development: Any, setting: str) -> None:
    """Check that every class can be learned."""
    counts = np.bincount(codes)
    is_lost = np.bincount(codes[development], minlength=len(classes)) == 0
    if is_lost.any():
        raise ValueError(
            f"{setting} leaves no development row of {_name_classes(classes, counts, is_lost)}; "
            "use fewer test rows, drop such a class, or merge it with another."
        )


def _name_classes(classes: Any, counts: Any, chosen: Any) -> str:
    """Name the chosen classes and their numbers of rows, three of them in full."""
    which = np.flatnonzero(chosen)
    labels = classes.tolist()
    names = [f"class {labels[k]!r} of {_in_words(counts[k])}" for k in which[:3]]
    return ", ".join(names) + (f" and {len(which) - 3} more" if len(which) > 3 else "")


def _in_words(n: int) -> str:
    """A number of rows."""
    return f"{n} row{'' if n == 1 else 's'}"


# Groups -----------------------------------------------------------------------------------


def _draw_groups(groups: Any, codes: Any, n: int, n_test: int, rng: Any) -> NDArray[np.bool]:
    """Which rows are test rows, groups whole; the most even of several draws."""
    if n_rows(groups) != n:
        raise ValueError(
            f"`groups` must have one entry a row, got {n_rows(groups)} entries for {_in_words(n)}; "
            "pass the group of every row."
        )
    # By content, which takes labels of any kind, missing ones too.
    groups = np.unique(row_fingerprints(groups), return_inverse=True)[1]
    if groups.max() == 0:
        raise ValueError(
            "`groups` must have two groups or more to divide the rows by them, got 1; leave "
            "`groups` out, or pass finer ones."
        )
    sizes = np.bincount(groups)
    table = _count_classes(groups, codes)
    expected = table.sum(axis=0) * (n_test / n)
    best, least = np.zeros(n, dtype=bool), math.inf
    for _ in range(_N_GROUP_ORDERS if len(sizes) <= _MANY_GROUPS else 1):
        chosen = _fill(sizes, rng.permutation(len(sizes)), n_test)
        unevenness = np.abs(chosen @ table - expected).sum()
        if unevenness < least:
            best, least = chosen, unevenness
    return np.asarray(best[groups])


def _count_classes(groups: Any, codes: Any) -> NDArray[np.float64]:
    """Rows by group and class; one class for all where there are none."""
    codes = np.zeros_like(groups) if codes is None else codes
    table = np.zeros((groups.max() + 1, codes.max() + 1))
    np.add.at(table, (groups, codes), 1.0)
    return table


def _fill(sizes: NDArray[np.intp], order: Any, n_test: int) -> NDArray[np.bool]:
    """Take groups in `order` while each brings the number of rows nearer to `n_test`."""
    chosen = np.zeros(len(sizes), dtype=bool)
    n_taken = 0
    for group in order[:-1]:  # one group is left for development
        if 2 * n_taken + sizes[group] <= 2 * n_test:
            chosen[group] = True
            n_taken += sizes[group]
    if not n_taken:
        chosen[order[np.argmin(sizes[order])]] = True
    return chosen


# The user's own division ------------------------------------------------------------------


def _take_split(test_split: Any, X: Any, y: Any, groups: Any) -> tuple[Indices, Indices]:
    """The one pair of index arrays that a splitter or an iterable gives."""
    if hasattr(test_split, "split"):
        pairs = list(test_split.split(X, y) if groups is None else test_split.split(X, y, groups))
    else:
        pairs = list(test_split)
    if len(pairs) != 1 or not hasattr(pairs[0], "__len__") or len(pairs[0]) != 2:
        raise ValueError(
            "`test_split` must give one pair of development and test rows, got "
            f"{len(pairs)} item{'' if len(pairs) == 1 else 's'} from a "
            f"{type(test_split).__name__}; use a splitter with n_splits=1, or a list of one pair: "
            "[(development, test)]."
        )
    n = n_rows(X)
    development, test = (_as_indices(part, n) for part in pairs[0])
    if not len(development) or not len(test):
        raise ValueError(
            "`test_split` must leave at least one row on each side, got "
            f"{len(development)} development and {len(test)} test rows; give both parts rows."
        )
    n_common = len(np.intersect1d(development, test))
    if n_common:
        raise ValueError(
            "`test_split` must put each row on one side, got "
            f"{_in_words(n_common)} on both; take them out of the development rows."
        )
    return development, test


def _as_indices(part: Any, n: int) -> Indices:
    """Sorted row numbers of one side, from row numbers or a mask."""
    indices = np.asarray(part)
    if indices.dtype.kind == "b" and indices.shape == (n,):
        return np.flatnonzero(indices)
    if indices.ndim != 1 or (indices.dtype.kind not in "iu" and indices.size):
        raise InvalidParameterError(
            "`test_split` must give row numbers or masks of all rows, got an array of dtype "
            f"{indices.dtype} and shape {indices.shape}; index arrays are what splitters give."
        )
    if indices.size and not 0 <= indices.min() <= indices.max() < n:
        raise ValueError(
            f"`test_split` must give row numbers from 0 to {n - 1}, got {indices.min()} to "
            f"{indices.max()}; count the rows of the X that is passed to fit."
        )
    unique = np.unique(indices).astype(np.intp)
    if len(unique) < len(indices):
        raise ValueError(
            "`test_split` must give each row once, got "
            f"{_in_words(len(indices) - len(unique))} more than once; remove the repeats."
        )
    return unique
