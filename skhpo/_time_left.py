"""How long a search will take yet: what is still to come, at the pace so far.

work      in any unit: folds where they are alike, expected seconds of one worker where not
pace      seconds of the clock for a unit of work; so it holds what workers wait, what a
          strategy takes to think, and what shared fits save
running   handed to a worker and not finished; half of it is done, on average

Pure functions: `benchmarks/engine/time_left.py` has their error on simulated searches.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

# Below this a tick of the clock would be taken for a fit.
_LEAST_SECONDS = 1e-6
# How far beyond what was seen a duration is believed: two observed decades make a third likely.
_MOST_EXTRAPOLATED = math.log(100.0)
# Of a value's own effect, beside the trend in a number: as heavy as one trial without effect.
_VALUE_PENALTY = 1.0
# Of the trend: it must not vanish where a parameter has few values, yet be solvable for one.
_TREND_PENALTY = 0.01


@dataclass(frozen=True)
class Work:
    """What is done and what is not, in one unit.

    Parameters
    ----------
    done, running, to_come : float
        Work of folds that have finished in this run, that are with a worker, and that are not
        handed out; what an earlier run has finished is in none of them.
    n_running : int
        Number of folds that are running.
    """

    done: float
    running: float
    to_come: float
    n_running: int


def estimate_seconds_left(
    work: Work, elapsed: float, n_workers: int, since_last: float = 0.0
) -> float:
    """Estimate the seconds until the last fold has finished.

    Parameters
    ----------
    work : Work
        What is done and what is to come.
    elapsed : float
        Seconds since the search began.
    n_workers : int
        Folds that run at the same time.
    since_last : float, default=0.0
        Seconds since a fold has finished, of `elapsed`.

    Returns
    -------
    seconds : float
        nan while nothing is done.
    """
    if work.done <= 0:
        return math.nan
    if n_workers == 1:
        # The fold that runs began when the last one finished.
        pace = (elapsed - since_last) / work.done
        return pace * work.to_come + max(0.0, pace * work.running - since_last)
    begun = 0.5 * work.running
    pace = elapsed / (work.done + begun)
    left = pace * (work.to_come + work.running - begun)
    if work.n_running < 2:
        return left
    # Workers do not end together: the last one ends about a fold later than their mean.
    fold = work.running / work.n_running * pace * min(n_workers, work.n_running)
    return left + fold * (1 - 1 / work.n_running)


def model_seconds(
    params: Sequence[dict[str, Any]], seconds: NDArray[np.float64], ahead: Sequence[dict[str, Any]]
) -> Callable[[Sequence[dict[str, Any]]], NDArray[np.float64]]:
    """Model the seconds of a fold by its parameters, from those that have finished.

    The logarithm is a sum of one effect for each parameter: a trend, if its values are
    numbers, and a deviation for each value. Both are shrunk, by ridge regression.

    Parameters
    ----------
    params : sequence of dict, of length n
        Parameters of candidates with finished folds.
    seconds : ndarray of shape (n,)
        Mean duration of their folds.
    ahead : sequence of dict
        Candidates to be asked about; their values fix the features.

    Returns
    -------
    predict : callable
        ``predict(params) -> ndarray``: expected seconds of a fold of each candidate.
    """
    features = _Features([*params, *ahead])
    U = features.encode(params)
    z = np.log(np.maximum(seconds, _LEAST_SECONDS))
    centre, level = U.mean(axis=0), z.mean()
    V = U - centre
    weights = np.linalg.solve(V.T @ V + np.diag(features.penalties), V.T @ (z - level))
    # Means of exponentials are not exponentials of means.
    scale = seconds.sum() / np.exp(level + V @ weights).sum()

    def predict(asked: Sequence[dict[str, Any]]) -> NDArray[np.float64]:
        """Expected seconds of a fold of each candidate."""
        logs = level + (features.encode(asked) - centre) @ weights
        low, high = z.min() - _MOST_EXTRAPOLATED, z.max() + _MOST_EXTRAPOLATED
        return np.asarray(scale * np.exp(np.clip(logs, low, high)))

    return predict


class _Features:
    """Numbers for parameters: a trend for each numeric one, a mark for each value."""

    def __init__(self, known: Sequence[dict[str, Any]]) -> None:
        self._trends: dict[str, Callable[[Any], float]] = {}
        self._columns: dict[tuple[str, Any], int] = {}
        for name in sorted({name for params in known for name in params}):
            values = [params[name] for params in known if name in params]
            if all(map(_is_number, values)):
                self._trends[name] = _make_trend(values)
            for value in values:
                self._columns.setdefault((name, _key(value)), len(self._columns))
        self.penalties = np.array(
            [_TREND_PENALTY] * len(self._trends) + [_VALUE_PENALTY] * len(self._columns)
        )

    def encode(self, asked: Sequence[dict[str, Any]]) -> NDArray[np.float64]:
        """Matrix of shape (len(asked), n_features); zeros where a parameter is absent."""
        U = np.zeros((len(asked), len(self.penalties)))
        for row, params in zip(U, asked, strict=True):
            for place, (name, trend) in enumerate(self._trends.items()):
                # What is asked about may be what was not known to be among the values.
                if _is_number(params.get(name)):
                    row[place] = trend(params[name])
            for name, value in params.items():
                column = self._columns.get((name, _key(value)))
                if column is not None:
                    row[len(self._trends) + column] = 1.0
        return U


def _make_trend(values: Sequence[Any]) -> Callable[[Any], float]:
    """Scale numbers to about [-1, 1], by their logarithms where all are positive."""
    is_log = min(values) > 0
    scaled = np.log(np.asarray(values, float)) if is_log else np.asarray(values, float)
    middle, half = (scaled.max() + scaled.min()) / 2, (scaled.max() - scaled.min()) / 2 or 1.0

    def scale(value: Any) -> float:
        """Place of a number, within three times the known range."""
        if is_log and value <= 0:
            return -3.0
        place: float = ((math.log(value) if is_log else float(value)) - middle) / half
        return max(-3.0, min(place, 3.0))

    return scale


def _is_number(value: Any) -> bool:
    """Whether a value has a place on an axis."""
    if not isinstance(value, Real) or isinstance(value, (bool, np.bool_)):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:  # an int beyond all floats
        return False


def _key(value: Any) -> Any:
    """Stand for a value: itself where it can be, else the object."""
    try:
        hash(value)
    except TypeError:
        return id(value)
    return value
