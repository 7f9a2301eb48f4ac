"""Differences between searches that are scored on the same test rows, with intervals."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from skhpo._comparison import ComparisonRow, Difference
from skhpo._test_report import bootstrap_interval

_LEVEL = 0.95

# Scores a fitted search on test rows of these numbers.
ScoreDrawn = Callable[[NDArray[np.intp]], float]


def measure_differences(
    rows: list[ComparisonRow],
    first: dict[str, ScoreDrawn],
    n: int,
    tests: list[NDArray[np.intp]],
    groups: Any,
    seed: int,
) -> tuple[Difference, ...]:
    """Measure paired differences of each search to the first.

    Parameters
    ----------
    rows : list of ComparisonRow
        Scores of all searches and repeats.
    first : dict of str to callable
        How each search of the first repeat scores drawn test rows.
    n : int
        Number of all rows.
    tests : list of ndarray of int
        Numbers of the test rows of each repeat.
    groups : array-like of shape (n_test,), or None
        Groups of the first repeat's test rows.
    seed : int
        Decides the draws.

    Returns
    -------
    differences : tuple of Difference
    """
    reference, *others = first
    scores = {name: [r.test_score for r in rows if r.search == name] for name in first}
    differences = []
    for name in others:
        paired = np.subtract(scores[name], scores[reference])
        if len(tests) > 1:
            interval, method = _resampled_t(paired, len(tests[0]), n)
        else:
            pair = first[name], first[reference]
            interval, method = _bootstrap(*pair, len(tests[0]), groups, seed)
        differences.append(Difference(name, reference, float(paired.mean()), interval, method))
    return tuple(differences)


def _resampled_t(
    differences: NDArray[np.float64], n_test: int, n: int
) -> tuple[tuple[float, float], str]:
    """Interval of the corrected resampled t-test (Nadeau and Bengio 2003, section 3.2)."""
    repeats = len(differences)
    # 1/J + n_2/n_1 in the place of 1/J: training sets of different repeats overlap.
    variance = differences.var(ddof=1) * (1 / repeats + n_test / (n - n_test))
    half = stats.t.ppf((1 + _LEVEL) / 2, repeats - 1) * math.sqrt(variance)
    mean = float(differences.mean())
    return (mean - half, mean + half), f"corrected resampled t-test over {repeats} repeats"


def _bootstrap(
    score: ScoreDrawn, score_reference: ScoreDrawn, n_test: int, groups: Any, seed: int
) -> tuple[tuple[float, float], str]:
    """Interval by scoring both searches on the same drawn test rows."""

    def difference(drawn: NDArray[np.intp]) -> float:
        """Difference of the two scores."""
        return float(score(drawn) - score_reference(drawn))

    interval = bootstrap_interval(difference, n_test, groups=groups, seed=seed, level=_LEVEL)
    return (interval.low, interval.high), interval.method
