"""The noise of a trial's score, from how its folds disagree.

S           fold scores of finished trials, shape (n_trials, n_folds)
effect      of a fold: how much harder its rows are, the median over trials of a fold's
            score less its trial's mean
residual    what is left of S after the trials' means and the folds' effects

Folds differ because their rows do, alike for all candidates; that is no noise of a
comparison. What is left is: by it, one candidate is ahead on these rows and would be
behind on others.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

# Effects of folds mean little with fewer trials.
MIN_TRIALS = 3


class FoldNoise:
    """Standard error that the trials of one study share, as more of them finish."""

    def __init__(self) -> None:
        self._rows: list[Sequence[float]] = []

    def add(self, fold_scores: Sequence[float]) -> float | None:
        """Standard error of a mean score, once a trial's fold scores are added.

        The median over trials: single ones have a handful of folds each, and bad
        candidates vary most. None where it cannot be told.
        """
        if len(fold_scores) > 1 and np.isfinite(fold_scores).all():
            self._rows.append(fold_scores)
        return find_shared_error(self._rows)


def find_shared_error(rows: Sequence[Sequence[float]]) -> float | None:
    """Standard error of a mean score that trials share, of the finite fold scores of each.

    None where it cannot be told: of fewer than three trials.
    """
    if len(rows) < MIN_TRIALS:
        return None
    S = np.array(rows)
    # First, because squares of scores beyond 1e154 overflow, and those below 1e-154 vanish.
    size = float(np.abs(S).max()) or 1.0
    S /= size
    deviations = S - S.mean(axis=1, keepdims=True)
    residual = deviations - np.median(deviations, axis=0)
    n_folds = S.shape[1]
    variances = residual.var(axis=1, ddof=1) / n_folds
    return size * float(np.sqrt(np.median(variances)))
