"""What `fit` is given, checked before the first fit: data, targets, weights and folds.

side    one half of a split: its training or its validation rows
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import is_classifier
from sklearn.utils import get_tags

from skhpo._candidate import make_candidate
from skhpo._eval_set import check_stops, find_stopper
from skhpo._names import representatives
from skhpo._parameters import show, suggest
from skhpo._rows import n_rows
from skhpo._scoring import build_scoring
from skhpo._space import Space
from skhpo.exceptions import InvalidParameterError

Indices = NDArray[np.intp]


def check_data(X: Any, y: Any) -> None:
    """Check that `X`, and `y` if it is given, may be rows.

    Raises
    ------
    TypeError
        If one of them is a text, a dict, or `X` is None.
    """
    for name, value in (("X", X), ("y", y)):
        is_missing = value is None and name == "X"
        # Dicts that say how many rows they have stand for frames.
        is_dict = isinstance(value, Mapping) and not hasattr(value, "shape")
        if is_missing or is_dict or isinstance(value, str | bytes | type):
            raise TypeError(
                f"Expected sequence or array-like, got {type(value)}. `{name}` must be an array, "
                f"a frame, a sparse matrix or a list with an entry for each row, got "
                f"{show(value)}; pass the rows."
            )


def check_has_rows(X: Any) -> None:
    """Check that there is a row.

    Raises
    ------
    ValueError
        If there is none.
    """
    if n_rows(X) == 0:
        raise ValueError(
            "Found array with 0 sample(s) while a minimum of 1 is required. `X` must have rows, "
            f"got {show(X)}; pass the rows to learn from."
        )


def check_target(search: Any, space: Space, y: Any) -> None:
    """Check that `fit` is given a target, unless some candidate does without.

    Raises
    ------
    ValueError
        In scikit-learn's sentence; of labels that are missing, too.
    """
    if y is not None:
        if is_classifier(search):
            _check_labels(y)
        return
    for branch in space.branches:
        for params in representatives(branch):
            try:
                candidate = make_candidate(search.estimator, params)
            except Exception:  # the fold will say it
                return
            if not _needs_target(candidate):
                return
    raise _target_error(search.estimator, "y", "fit(X, y)")


def _check_labels(y: Any) -> None:
    """Check that no class label is missing, which scikit-learn finds by failing to sort them.

    Raises
    ------
    ValueError
        In scikit-learn's sentence, with the number of rows and the first of them.
    """
    try:
        labels = np.asarray(y)
    except Exception:  # of another device; numbers all the same
        return
    # Of numbers that are nan, scikit-learn says so itself.
    if labels.ndim != 1 or labels.dtype.kind != "O":
        return
    is_missing = [
        label is None
        or type(label).__name__ == "NAType"  # pandas', which need not be installed
        or (isinstance(label, float) and math.isnan(label))
        for label in labels
    ]
    if any(is_missing):
        raise ValueError(
            f"Input y contains NaN. `y` must have a label for each row, got {sum(is_missing)} of "
            f"{len(is_missing)} without, the first in row {is_missing.index(True)}; leave these "
            "rows out of X and y."
        )


def check_score_target(search: Any, y: Any) -> None:
    """Check that `score_test` is given a target, where the scorer asks for one.

    Raises
    ------
    ValueError
        In scikit-learn's sentence.
    """
    # A function as scorer may do without.
    if y is None and build_scoring(search).asks_predictions:
        estimator = search.best_estimator_
        if _needs_target(estimator):
            raise _target_error(estimator, "y_test", "score_test(X_test, y_test)")


def _needs_target(estimator: Any) -> bool:
    """Whether an estimator says that it cannot be fitted without a target."""
    # A Pipeline does not say it, its last step does.
    steps = getattr(estimator, "steps", None)
    if steps:
        return _needs_target(steps[-1][1])
    try:
        return bool(get_tags(estimator).target_tags.required)
    except AttributeError:  # it has no tags
        return False


def _target_error(estimator: Any, parameter: str, call: str) -> ValueError:
    """The error of a target that is missing."""
    name = type(estimator).__name__
    return ValueError(
        f"This {name} estimator requires y to be passed, but the target y is None. "
        f"`{parameter}` must be given for {name}, got None; pass the target of each row, as in "
        f"{call}."
    )


def check_fit_params(estimator: Any, params: Mapping[str, Any], n: int) -> None:
    """Check keyword arguments of ``fit``: that it takes them, and one weight for each row.

    Raises
    ------
    TypeError
        If ``fit`` lacks a name.
    ValueError
        If there are more or fewer weights than rows.
    """
    for name, value in params.items():
        is_weight = name.rpartition("__")[2] == "sample_weight" and hasattr(value, "__len__")
        if is_weight and n_rows(value) != n:
            raise ValueError(
                "Found input variables with inconsistent numbers of samples: "
                f"{[n, n_rows(value)]}. `{name}` must have a weight for each row, got "
                f"{n_rows(value)} weights for {n} rows; weigh every row of X."
            )
    taken = _keywords(estimator.fit)
    unknown = [] if taken is None else [name for name in params if name not in taken]
    if unknown and taken is not None:
        owner = type(estimator).__name__
        raise TypeError(
            f"{owner}.fit() got an unexpected keyword argument {unknown[0]!r}. Keywords must be "
            f"among those of {owner}.fit, {taken}, got {unknown[0]!r}; rename it or leave it out."
            + suggest(unknown[0], taken)
        )


def check_eval_set(search: Any, space: Space, fit_params: Mapping[str, Any]) -> None:
    """Check that candidates stop by validation rows, if they are to get any.

    Where choices are estimators, each combination of them is tried.

    Raises
    ------
    ValueError
        Naming the model that does not.
    """
    if search.eval_set is None:
        return
    for branch in space.branches:
        for params in representatives(branch):
            try:
                candidate = make_candidate(search.estimator, params)
            except Exception:  # the fold will say it
                continue
            check_stops(find_stopper(candidate), fit_params)


def _keywords(fit: Any) -> list[str] | None:
    """Names that a ``fit`` takes besides X and y; None for any, or where nothing says so."""
    try:
        parameters = list(inspect.signature(fit).parameters.values())
    except (TypeError, ValueError):
        return None
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters):
        return None
    return [parameter.name for parameter in parameters if parameter.name not in ("X", "y")]


def list_pairs(cv: Any) -> list[Any]:
    """List the pairs of an iterable `cv`, of which scikit-learn asks no more.

    Raises
    ------
    InvalidParameterError
        If an item is no pair.
    """
    pairs = list(cv)
    for fold, pair in enumerate(pairs):
        if not hasattr(pair, "__len__") or isinstance(pair, str | Mapping) or len(pair) != 2:
            raise InvalidParameterError(
                "`cv` must give pairs of training and validation rows, got "
                f"{show(pair)} as item {fold}; cv=[(train, test)] is a list of one pair."
            )
    return pairs


def read_splits(pairs: Iterable[tuple[Any, Any]], n: int) -> list[tuple[Indices, Indices]]:
    """Read what a splitter gave: row numbers, masks or slices.

    Parameters
    ----------
    pairs : iterable of pairs
        Training and validation rows of each fold.
    n : int
        Number of rows.

    Returns
    -------
    splits : list of (ndarray, ndarray)
        Training and validation rows, by number.

    Raises
    ------
    InvalidParameterError
        If a side is neither row numbers nor a mask of all rows.
    ValueError
        If a side is empty, or names a row that is not there.
    """
    return [
        (_read_side(train, "training", fold, n), _read_side(test, "validation", fold, n))
        for fold, (train, test) in enumerate(pairs)
    ]


def _read_side(rows: Any, side: str, fold: int, n: int) -> Indices:
    """Row numbers of one side."""
    indices: NDArray[Any] = np.asarray(np.arange(n)[rows] if isinstance(rows, slice) else rows)
    if indices.dtype == bool and indices.shape == (n,):
        indices = np.flatnonzero(indices)
    if indices.size == 0:
        raise ValueError(
            f"`cv` must give each fold {side} rows, got none in fold {fold}; leave the fold out, "
            "or use fewer folds."
        )
    if indices.ndim != 1 or indices.dtype.kind not in "iu":
        raise InvalidParameterError(
            f"`cv` must give row numbers, or masks of all {n} rows, got {side} rows of dtype "
            f"{indices.dtype} and shape {indices.shape} in fold {fold}; index arrays are what "
            "splitters give."
        )
    # Negative ones count from the end, as everywhere in numpy.
    if not -n <= indices.min() <= indices.max() < n:
        raise ValueError(
            f"`cv` must give row numbers from 0 to {n - 1}, got {indices.min()} to "
            f"{indices.max()} as {side} rows of fold {fold}; count the rows of the X passed "
            "to fit."
        )
    return indices
