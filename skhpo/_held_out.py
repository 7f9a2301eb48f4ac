"""Rows that a fit set aside as its test set: which are scored, and whether `score` saw them."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skhpo._fingerprint import Fingerprints, row_fingerprints


@dataclass(frozen=True)
class HeldOut:
    """Test rows, as they were given.

    Parameters
    ----------
    X, y : array-like of n_test rows
        The rows; `y` may be None.
    params : dict of str to object
        Parameters of scoring, those with one entry a row cut to these rows.
    groups : array-like of shape (n_test,), or None
        Rows of one group are drawn together for the interval.
    """

    X: Any
    y: Any = None
    params: Mapping[str, Any] = field(default_factory=dict)
    groups: Any = None

    @cached_property
    def fingerprints(self) -> Fingerprints:
        """Sorted fingerprints of the rows, an ndarray of uint64 of shape (n_test,)."""
        return np.sort(row_fingerprints(self.X))


def choose_rows(held_out: HeldOut | None, X: Any, y: Any, params: Mapping[str, Any]) -> HeldOut:
    """Settle which rows are the test set: those set aside, or else those passed.

    Parameters
    ----------
    held_out : HeldOut or None
        Rows set aside.
    X, y : array-like of n_test rows, or None
        Rows that the user passed.
    params : dict of str to object
        Parameters of scoring that the user passed.

    Returns
    -------
    rows : HeldOut
        The rows; parameters of rows set aside are joined by those passed.

    Raises
    ------
    ValueError
        If rows are passed although others were set aside, or none although none were.
    """
    if held_out is None:
        if X is None:
            raise ValueError(
                "`score_test` needs test rows, and fit has set none aside, got "
                "score_test() without rows; pass them, score_test(X_test, y_test), or give "
                "the search test_size=0.2, fit it, and call score_test()."
            )
        return HeldOut(X, y, params)
    names = [name for name, value in (("X_test", X), ("y_test", y)) if value is not None]
    names += sorted(params.keys() & held_out.params.keys())
    if names:
        raise ValueError(
            "`score_test` takes no rows when fit has set rows aside, as these and their "
            f"weights and groups are the test set, got {', '.join(names)}; call "
            "score_test(), or fit without `test_size` and `test_split` to pass your own."
        )
    return replace(held_out, params={**held_out.params, **params})


@dataclass(frozen=True)
class ScoreCalls:
    """Calls of ``score`` that saw rows set aside.

    Parameters
    ----------
    n_calls : int
        How many there were.
    own : ndarray of uint64, or None
        Sorted fingerprints of the rows set aside that no development row is equal to, so
        that who has them has test rows; None before the first call.
    is_seen : ndarray of bool, of the shape of `own`, or None
        Which of them were seen; None before the first.
    """

    n_calls: int = 0
    own: Fingerprints | None = None
    is_seen: NDArray[np.bool_] | None = None

    @property
    def counts(self) -> tuple[int, int]:
        """Number of calls, and number of rows that any of them saw."""
        return self.n_calls, 0 if self.is_seen is None else int(self.is_seen.sum())

    def add(self, X: Any, held_out: HeldOut, development: Fingerprints) -> ScoreCalls:
        """Add a call, if it saw rows that were set aside.

        Parameters
        ----------
        X : array-like
            Rows that ``score`` was called with.
        held_out : HeldOut
            The rows set aside.
        development : ndarray of uint64, shape (n_development,)
            Fingerprints of the development rows.

        Returns
        -------
        calls : ScoreCalls
            Itself, where the rows cannot be read.
        """
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                rows = row_fingerprints(X)
                own = self.own
                if own is None:
                    test = held_out.fingerprints
                    own = test[~_find(test, development)]
        except Exception:  # `score` works for all that the estimator takes
            return self
        if len(own) == 0:
            return replace(self, own=own)
        is_seen = _find(own, np.sort(rows[_find(rows, own)]))
        if not is_seen.any():
            return replace(self, own=own)
        before = False if self.is_seen is None else self.is_seen
        return ScoreCalls(self.n_calls + 1, own, is_seen | before)


def _find(rows: Fingerprints, among: Fingerprints) -> NDArray[np.bool_]:
    """Which rows are among sorted others; numpy.isin would sort both, of a million rows."""
    if len(among) == 0:
        return np.zeros(len(rows), dtype=bool)
    places = np.minimum(np.searchsorted(among, rows), len(among) - 1)
    return np.asarray(among[places] == rows)
