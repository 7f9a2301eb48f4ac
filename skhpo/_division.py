"""Divide the rows of one `fit`: test rows set aside, then training and validation rows."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from sklearn.base import is_classifier
from sklearn.model_selection import check_cv
from sklearn.utils import get_tags

from skhpo._checkpoint import OpenCheckpoint
from skhpo._fit_input import list_pairs, read_splits
from skhpo._fold import Split
from skhpo._holdout import HeldOut, TestSet
from skhpo._honesty import is_time_ordered
from skhpo._parameters import check_cv_fits_test_set, is_share, names_rows
from skhpo._routing import Routed
from skhpo._rows import cut_params, n_rows, take_block, take_rows
from skhpo._spent import describe_early
from skhpo._split import divide_rows
from skhpo._user_warning import warn
from skhpo.exceptions import LeakageWarning


@dataclass(frozen=True)
class FitRows:
    """Rows of the data with what goes along with them, and their places in it."""

    X: Any
    y: Any
    routed: Routed
    numbers: Any


def _cut(rows: FitRows, indices: Any, columns: Any) -> FitRows:
    """Take some of the rows, of a pairwise X only some of its columns too."""
    n = n_rows(rows.X)
    X = take_rows(rows.X, indices) if columns is None else take_block(rows.X, indices, columns)
    routed = {name: cut_params(params, n, indices) for name, params in vars(rows.routed).items()}
    return FitRows(X, take_rows(rows.y, indices), Routed(**routed), rows.numbers[indices])


Division = tuple[Any, Any]


def find_division(
    search: Any, rows: FitRows, seed: int, checkpoint: OpenCheckpoint
) -> Division | None:
    """Development and test rows: those of an earlier fit that is resumed, else drawn ones."""
    if checkpoint.is_resumed:
        return checkpoint.division
    return draw_division(search, rows, seed)


def draw_division(search: Any, rows: FitRows, seed: int) -> Division | None:
    """Draw development and test rows, in integer indices; None if no test set is wanted.

    Raises
    ------
    ValueError
        If the rows cannot be divided, or `cv` counts rows of the undivided data.
    """
    if search.test_size is None and search.test_split is None:
        return None
    check_cv_fits_test_set(search.cv)
    return divide_rows(
        rows.X,
        rows.y,
        test_size=search.test_size,
        test_split=search.test_split,
        groups=rows.routed.divide.get("groups"),
        stratify=is_classifier(search.estimator),
        random_state=seed,
    )


def set_test_rows_aside(
    search: Any, rows: FitRows, division: Division | None
) -> tuple[FitRows, TestSet]:
    """Cut the test set off, if there is one; make the guard of this fit."""
    begin = partial(
        TestSet.begin,
        getattr(search, "_test_set", None),
        by=type(search).__name__,
        estimator=_name_estimator(search.estimator),
        ledger=search.test_ledger,
    )
    if division is None:
        return rows, begin(rows.X)
    development, test = division
    pairwise = get_tags(search.estimator).input_tags.pairwise
    kept = _cut(rows, development, development if pairwise else None)
    aside = _cut(rows, test, development if pairwise else None)
    held_out = HeldOut(
        aside.X, aside.y, aside.routed.score, groups=aside.routed.divide.get("groups")
    )
    test_set = begin(kept.X, held_out=held_out)
    spent = test_set.find_early()
    if spent is not None:
        warn(describe_early(spent), LeakageWarning)
    return kept, test_set


def _name_estimator(estimator: Any) -> str:
    """Class of an estimator, and those of a Pipeline's steps; nothing that holds data."""
    steps = [type(step[1]).__name__ for step in getattr(estimator, "steps", [])]
    name = type(estimator).__name__
    return f"{name}({', '.join(steps)})" if steps else name


def find_splits(search: Any, rows: FitRows, seed: int, checkpoint: OpenCheckpoint) -> list[Split]:
    """Splits of an earlier fit that is resumed, else drawn ones."""
    # Those of an iterator are known by nothing but themselves.
    if checkpoint.splits is not None and not isinstance(search.cv, Iterator):
        return checkpoint.splits
    return draw_splits(search, rows, seed)


def draw_splits(search: Any, rows: FitRows, seed: int) -> list[Split]:
    """Draw the splits of a search, once.

    Raises
    ------
    ValueError
        If the splitter contradicts itself or gives nothing.
    """
    stratify = is_classifier(search.estimator)
    return split_rows(search.cv, rows.X, rows.y, rows.routed.split, stratify=stratify, seed=seed)


# Of a fold's training rows, as scikit-learn's `validation_fraction`.
_INNER_SHARE = 0.1


@dataclass(frozen=True)
class Stops:
    """Which rows decide when fits stop.

    Parameters
    ----------
    splits : list of (ndarray, ndarray)
        Rows that are fitted and rows that are scored, by fold.
    eval_rows : tuple of ndarray or None
        Rows that decide when to stop, by fold; None where fits are not watched.
    """

    splits: list[Split]
    eval_rows: tuple[np.ndarray[Any, Any], ...] | None = None

    @property
    def n_fitted(self) -> tuple[int, ...]:
        """Number of rows that are fitted, by fold."""
        return tuple(len(train) for train, _ in self.splits)


def draw_stops(search: Any, rows: FitRows, splits: list[Split], seed: int) -> Stops:
    """Choose the rows that decide when fits stop, as `eval_set` says.

    Raises
    ------
    ValueError
        If a fold's training rows cannot be divided so.

    Warns
    -----
    LeakageWarning
        If they are the validation rows.
    """
    if search.eval_set is None:
        return Stops(splits)
    if search.eval_set == "fold":
        warn(
            "eval_set='fold' lets the validation rows decide when fits stop: all validation scores "
            "are flattered, `best_score_` too, and have no `corrected_score_`; eval_set='inner' "
            "keeps a tenth of the training rows for it, and `test_size` scores fresh rows.",
            LeakageWarning,
        )
        return Stops(splits, tuple(test for _, test in splits))
    divide = partial(_divide_training_rows, search, rows, seed, is_time_ordered(splits))
    inner = [divide(train) for train, _ in splits]
    fitted = [(fit, test) for (fit, _), (_, test) in zip(inner, splits, strict=True)]
    return Stops(fitted, tuple(eval_rows for _, eval_rows in inner))


def _divide_training_rows(
    search: Any, rows: FitRows, seed: int, is_ordered: bool, train: Any
) -> Split:
    """Divide a fold's training rows into those that are fitted and those that decide."""
    share = _INNER_SHARE if search.eval_set == "inner" else search.eval_set
    n_inner = math.ceil(share * len(train))
    if is_ordered and n_inner < len(train):
        # As in the folds, the rows that decide are later than those that are fitted.
        train = np.sort(train)
        return train[:-n_inner], train[-n_inner:]
    groups = rows.routed.split.get("groups")
    fitted, inner = divide_rows(
        train,
        take_rows(rows.y, train),
        test_size=share,
        groups=None if groups is None else take_rows(groups, train),
        stratify=is_classifier(search.estimator),
        random_state=seed,
        parameter="eval_set",
    )
    return train[fitted], train[inner]


def split_rows(
    cv: Any, X: Any, y: Any, params: dict[str, Any], *, stratify: bool, seed: int
) -> list[Split]:
    """Draw the splits that a `cv` means, in integer indices; `params` go to its ``split``.

    Raises
    ------
    ValueError
        If the splitter contradicts itself, gives nothing, or rows that are not there.
    """
    if is_share(cv):
        split = divide_rows(
            X,
            y,
            test_size=cv,
            groups=params.get("groups"),
            stratify=stratify,
            random_state=seed,
            parameter="cv",
        )
        return [split]
    if names_rows(cv) and not hasattr(cv, "split"):
        cv = list_pairs(cv)
    splitter = check_cv(cv, y, classifier=stratify)
    n_splits = splitter.get_n_splits(X, y, **params)
    splits = list(splitter.split(X, y, **params))
    if len(splits) != n_splits:
        raise ValueError(
            "cv.split and cv.get_n_splits return inconsistent results. Expected "
            f"{n_splits} splits, got {len(splits)}"
        )
    if not splits:
        raise ValueError(
            "No fits were performed. Was the CV iterator empty? Were there no candidates?"
        )
    return read_splits(splits, n_rows(X))
