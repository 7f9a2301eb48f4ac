"""Intervals of a proportion and of an area under the ROC curve, in closed form or nearly.

positive  a row of the class whose scores should be the larger ones
auc       probability that a positive row has a larger score than a negative one, ties half
m, n      positive and negative rows
level     probability with which an interval is meant to hold the score on fresh rows
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize, stats
from scipy.special import expit, logit


def wilson_interval(n_right: int, n: int, level: float = 0.95) -> tuple[float, float]:
    """Interval of a proportion by Wilson's score method, after [1]_.

    Parameters
    ----------
    n_right : int
        Rows that are right, from 0 to `n`.
    n : int
        Rows, at least 1.
    level : float in (0, 1), default=0.95
        Nominal coverage.

    Returns
    -------
    low, high : float
        In [0, 1]. The width is never 0, not even when every row is right.

    References
    ----------
    .. [1] E. B. Wilson, "Probable inference, the law of succession, and statistical
       inference", Journal of the American Statistical Association 22, 1927.
    """
    interval = stats.binomtest(n_right, n).proportion_ci(level, method="wilson")
    return float(interval.low), float(interval.high)


def delong_variance(is_positive: ArrayLike, scores: ArrayLike) -> tuple[float, float]:
    """Area under the ROC curve and its variance, after [1]_ by the midranks of [2]_.

    Parameters
    ----------
    is_positive : array-like of bool of shape (n_rows,)
        At least one row of each kind.
    scores : array-like of float of shape (n_rows,)
        Larger for rows that are more likely positive.

    Returns
    -------
    auc : float
        In [0, 1].
    variance : float
        0 where no score of a positive row is between those of negative rows, or all are
        tied; nan with a single row of a kind.

    References
    ----------
    .. [1] E. R. DeLong, D. M. DeLong and D. L. Clarke-Pearson, "Comparing the areas under
       two or more correlated receiver operating characteristic curves: a nonparametric
       approach", Biometrics 44, 1988.
    .. [2] X. Sun and W. Xu, "Fast implementation of DeLong's algorithm for comparing the
       areas under correlated receiver operating characteristic curves", IEEE Signal
       Processing Letters 21, 2014.
    """
    positive, negative = _divide(is_positive, scores)
    m, n = len(positive), len(negative)
    ranks = stats.rankdata(np.concatenate([positive, negative]))
    # Shares of the other kind that each row beats: V10 and V01 of DeLong et al. (1988).
    beaten = (ranks[:m] - stats.rankdata(positive)) / n
    beating = 1.0 - (ranks[m:] - stats.rankdata(negative)) / m
    if min(m, n) < 2:
        return float(beaten.mean()), float("nan")
    variance = beaten.var(ddof=1) / m + beating.var(ddof=1) / n
    return float(beaten.mean()), float(variance)


def newcombe_interval(auc: float, m: int, n: int, level: float = 0.95) -> tuple[float, float]:
    """Interval of an area under the ROC curve from the area alone: method 5 of [1]_.

    The variance is that of exponential scores, at the limit rather than the estimate,
    so that a perfect separation has a width too.

    Parameters
    ----------
    auc : float
        In [0, 1].
    m, n : int
        Positive and negative rows, at least 1 each.
    level : float in (0, 1), default=0.95
        Nominal coverage.

    Returns
    -------
    low, high : float
        In [0, 1].

    References
    ----------
    .. [1] R. G. Newcombe, "Confidence intervals for an effect size measure based on the
       Mann-Whitney statistic. Part 2: asymptotic methods and evaluation", Statistics in
       Medicine 25, 2006.
    """
    return _newcombe_low(auc, m, n, level), 1.0 - _newcombe_low(1.0 - auc, m, n, level)


def delong_interval(
    is_positive: ArrayLike, scores: ArrayLike, level: float = 0.95
) -> tuple[float, float]:
    """Interval of an area under the ROC curve: DeLong's and Newcombe's joined.

    From the lower of the two lower ends to the higher of the two upper ones. DeLong's,
    symmetric on the logit scale, is too narrow where few pairs are in the wrong order,
    and has no width where none is; Newcombe's is too narrow where the two kinds of rows
    spread unequally. ``benchmarks/honesty/auc_interval.py`` measures each.

    Parameters
    ----------
    is_positive : array-like of bool of shape (n_rows,)
        At least one row of each kind.
    scores : array-like of float of shape (n_rows,)
        Larger for rows that are more likely positive.
    level : float in (0, 1), default=0.95
        Nominal coverage.

    Returns
    -------
    low, high : float
        In [0, 1]; never of width 0.
    """
    auc, variance = delong_variance(is_positive, scores)
    m = int(np.count_nonzero(is_positive))
    low, high = newcombe_interval(auc, m, np.size(is_positive) - m, level)
    if not (variance > 0.0 and 0.0 < auc < 1.0):
        return low, high
    # Delta method: the derivative of the logit is 1 / (auc (1 - auc)).
    half = _quantile(level) * np.sqrt(variance) / (auc * (1.0 - auc))
    return min(low, float(expit(logit(auc) - half))), max(high, float(expit(logit(auc) + half)))


def _newcombe_low(auc: float, m: int, n: int, level: float) -> float:
    """Solve for the lower end; the upper one is that of the reversed scores."""
    if auc <= 0.0:
        return 0.0
    z, mean = _quantile(level), (m + n) / 2 - 1

    def excess(limit: float) -> float:
        """Squared distance to the estimate, less that of `z` standard errors."""
        spread = 1 + mean * (1 - limit) / (2 - limit) + mean * limit / (1 + limit)
        return m * n * (auc - limit) ** 2 - z * z * limit * (1 - limit) * spread

    # 1 is a root for a perfect separation, and not the one that is meant.
    return float(optimize.brentq(excess, 0.0, min(auc, 1.0 - 1e-12)))


def _divide(
    is_positive: ArrayLike, scores: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Scores of the positive and of the negative rows."""
    is_positive, scores = np.asarray(is_positive, dtype=bool), np.asarray(scores, dtype=np.float64)
    return scores[is_positive], scores[~is_positive]


def _quantile(level: float) -> float:
    """Standard errors of a normal to either side that hold `level`."""
    return float(stats.norm.ppf((1.0 + level) / 2.0))
