"""What a test set told, and how far its score can be trusted.

draw      rows of the test set taken with replacement, as many as it has
level     probability with which an interval is meant to hold the score on fresh rows
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skhpo._fingerprint import row_fingerprints
from skhpo._overlap import Overlap
from skhpo._report_text import to_html, to_text

# 200 draws place the ends of a 95 % interval to about a tenth of its width.
MAX_DRAWS = 200
# Below 50, the ends are the second most extreme draws or worse.
MIN_DRAWS = 50
MAX_SECONDS = 2.0


@dataclass(frozen=True)
class Interval:
    """A confidence interval of the test score.

    Parameters
    ----------
    low, high : float
        The ends; nan where it could not be computed.
    level : float
        Nominal coverage, in (0, 1).
    method : str
        How it was computed, or why it was not.
    n_draws : int
        Draws that it rests on.
    """

    low: float
    high: float
    level: float
    method: str
    n_draws: int


@dataclass(frozen=True, repr=False)
class TestReport:
    """The one score of a test set and what belongs to it.

    Parameters
    ----------
    score : float
        The refitted model's score by the refit metric, larger is better.
    interval : tuple of two floats
        Confidence interval of the score; nan where it could not be computed.
    best_score : float
        Mean validation score of the winner. By the metric that chose it, the best of many.
    n_rows : int
        Number of test rows.
    metric : str, default="score"
        Name of the refit metric.
    metrics : dict of str to float
        Scores by all metrics.
    interval_level : float, default=0.95
        Its nominal coverage.
    interval_method : str, default=""
        How it was computed, or why it was not.
    n_draws : int, default=0
        Draws of test rows that the interval rests on.
    score_seconds : float, default=nan
        Duration of scoring.
    scored_at : str, default=""
        When the test set was spent, in UTC, as ISO 8601 has it; set by the guard.
    overlap : Overlap or None, default=None
        Test rows that the search had seen, `n_seen` of `n_rows`, where its own duplicates make
        one expect `n_expected`; set by the guard.
    n_candidates : int, default=0
        Candidates that were chosen from; 0 where it is not known.
    chosen_by : str, default=""
        What chose the winner, where it is not `metric`: another metric, or a function.
    corrected_score : float, default=nan
        `best_score` less what it owes to chance in choosing, as estimated from the
        validation folds; nan where it was not computed.
    corrected_interval : tuple of two floats, default=(nan, nan)
        Confidence interval of the winner's score on fresh rows, from the validation folds.
    optimism : float, default=nan
        `best_score` less `corrected_score`.
    correction_method : str, default=""
        How the correction was computed, or why it was not.
    scoring : str, default=""
        Name of what was scored, where `metric` is "score": of the metric or the function;
        empty for the estimator's own ``score``.
    score_calls : tuple of two int, default=(0, 0)
        Calls of ``score`` that saw test rows while they were set aside, and how many of the
        rows they saw, without those that development rows are equal to; set by the guard.

    See Also
    --------
    GridSearch.score_test : Makes it, as `test_report_`.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from skhpo import GridSearch
    >>> X, y = load_iris(return_X_y=True)
    >>> search = GridSearch(SVC(), {"C": [0.1, 1, 10]}, test_size=0.2, random_state=1)
    >>> score = search.fit(X, y).score_test()
    >>> search.test_report_.n_rows
    30
    """

    # pytest collects classes whose name begins with "Test".
    __test__ = False

    score: float
    interval: tuple[float, float]
    best_score: float
    n_rows: int
    metric: str = "score"
    metrics: Mapping[str, float] = field(default_factory=dict)
    interval_level: float = 0.95
    interval_method: str = ""
    n_draws: int = 0
    score_seconds: float = float("nan")
    scored_at: str = ""
    overlap: Overlap | None = None
    n_candidates: int = 0
    chosen_by: str = ""
    corrected_score: float = float("nan")
    corrected_interval: tuple[float, float] = (float("nan"), float("nan"))
    optimism: float = float("nan")
    correction_method: str = ""
    scoring: str = ""
    score_calls: tuple[int, int] = (0, 0)

    def __repr__(self) -> str:
        return to_text(self)

    def _repr_html_(self) -> str:
        """HTML for notebooks, by IPython's protocol."""
        return to_html(self)


def bootstrap_interval(
    score: Callable[[NDArray[np.intp]], float],
    n_rows: int,
    *,
    groups: Any = None,
    seed: int = 0,
    level: float = 0.95,
    max_draws: int = MAX_DRAWS,
    max_seconds: float = MAX_SECONDS,
) -> Interval:
    """Percentile interval of a score by scoring drawn test rows again.

    Parameters
    ----------
    score : callable
        Takes row numbers, an ndarray of int of shape (n_drawn,), and returns the score
        of these rows. A draw for which it raises an ``Exception`` (one class only) or
        returns a number that is not finite is left out, and counted in `method`.
    n_rows : int
        Number of test rows.
    groups : array-like of shape (n_rows,), or None
        Groups are drawn whole, as many as there are.
    seed : int, default=0
        Decides the draws; draw k depends on `seed` and k alone.
    level : float in (0, 1), default=0.95
        Nominal coverage.
    max_draws : int, default=200
        Most draws.
    max_seconds : float, default=2.0
        No draw starts later. How many there are then depends on the machine; `n_draws`
        says.

    Returns
    -------
    interval : Interval
        nan with fewer than 50 draws, or a single row or group to draw from.
    """
    unit = "rows" if groups is None else "groups"
    blocks = None if groups is None else _rows_of_groups(groups)
    n_blocks = n_rows if blocks is None else len(blocks)

    def draw(number: int) -> NDArray[np.intp]:
        """Rows of one draw."""
        drawn = np.random.default_rng([seed, number]).integers(n_blocks, size=n_blocks)
        return drawn if blocks is None else np.concatenate([blocks[block] for block in drawn])

    if n_blocks < 2:
        return _no_interval(f"there are fewer than two test {unit} to draw from", level)
    scores, n_failed = _score_draws(score, draw, max_draws, max_seconds)
    left_out = f", {n_failed} left out that could not be scored" if n_failed else ""
    if len(scores) < MIN_DRAWS:
        too_few = f"only {len(scores)} draws were scored in {max_seconds:g} s, of {MIN_DRAWS}"
        return _no_interval(f"{too_few} needed{left_out}", level)
    low, high = np.quantile(scores, [(1.0 - level) / 2.0, (1.0 + level) / 2.0])
    # All test rows right, for one: no draw can show that a row might have been wrong.
    equal = ", all equal, so that it is too narrow" if low == high else ""
    method = f"bootstrap over test {unit}, {len(scores)} draws{left_out}{equal}"
    return Interval(float(low), float(high), level, method, len(scores))


def _no_interval(why: str, level: float) -> Interval:
    """The interval that could not be computed, and the reason."""
    return Interval(float("nan"), float("nan"), level, f"none: {why}", 0)


def _rows_of_groups(groups: Any) -> list[NDArray[np.intp]]:
    """Row numbers of each group."""
    labels = np.unique(row_fingerprints(groups), return_inverse=True)[1]
    return np.split(np.argsort(labels, kind="stable"), np.cumsum(np.bincount(labels))[:-1])


def _score_draws(
    score: Callable[[NDArray[np.intp]], float],
    draw: Callable[[int], NDArray[np.intp]],
    max_draws: int,
    max_seconds: float,
) -> tuple[list[float], int]:
    """Scores of the draws that can be scored in time, and the number that cannot be."""
    scores: list[float] = []
    n_failed = 0
    start = time.perf_counter()
    for number in range(max_draws):
        if time.perf_counter() - start > max_seconds:
            break
        value = _score_or_nan(score, draw(number))
        if np.isfinite(value):
            scores.append(value)
        else:
            n_failed += 1
    return scores, n_failed


def _score_or_nan(score: Callable[[NDArray[np.intp]], float], rows: NDArray[np.intp]) -> float:
    """Score of drawn rows; nan where the scorer raises. Its warnings are about the draw."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return float(score(rows))
        except Exception:  # a scorer may raise anything on rows of one class
            return float("nan")
