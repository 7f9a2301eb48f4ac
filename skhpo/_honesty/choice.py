"""The choice of the best candidate, drawn again: pure functions of a matrix.

V    values of shape (n_units, n_candidates): a candidate's score is the mean of its
     column (pseudo-values, where the metric is no mean over rows)
m    the scores, means over all units
e    their errors in a draw: means over the k units drawn, less m
c    the candidate chosen by m + e
o    its score on the units left out, which did not choose it: m - e k / (n_units - k)

The mean of o over draws is what the choice is worth. Tsamardinos et al. (2018) draw with
replacement, so that a draw has .632 of the units, and its choice is made with more noise
than the search's was: where candidates differ, or the overfitted ones have the noisier
scores, it finds worse ones. Here more units are drawn, without replacement, which lessens
that; the more are drawn, the fewer are left to score on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]
# Scores of shape (n_draws, n_candidates) -> the column chosen in each draw.
Choose = Callable[[Floats], NDArray[np.intp]]

N_DRAWS = 500
# Of .5 to .9, about the share with the smallest errors (bias_and_coverage.py --shares).
SHARE_DRAWN = 0.8
_BLOCK = 100


@dataclass(frozen=True)
class Choice:
    """What the choice is worth.

    Parameters
    ----------
    score : float
        Expected score of the chosen candidate on fresh rows, by the draws.
    variance : float
        Of a chosen candidate's score, from the units alone.
    shares : ndarray of shape (n_candidates,)
        Share of the draws that choose each candidate.
    p_values : ndarray of shape (n_candidates,)
        Probability that errors alone give some candidate as large a lead over this one
        as the best one has: small for candidates that are worse than the best.
    """

    score: float
    variance: float
    shares: Floats
    p_values: Floats


def draw_choice(
    V: Floats,
    *,
    seed: int,
    choose: Choose | None = None,
    n_draws: int = N_DRAWS,
    share: float = SHARE_DRAWN,
) -> Choice:
    """Choose on drawn units, and score on the units left out.

    Parameters
    ----------
    V : ndarray of shape (n_units, n_candidates)
        Values; at least two units.
    seed : int
        Decides the draws.
    choose : callable or None, default=None
        Takes drawn scores of shape (n_draws, n_candidates) and gives the column chosen
        in each draw; None chooses the largest, the first of equals.
    n_draws : int, default=500
        Number of draws.
    share : float in (0, 1), default=0.8
        Share of the units that a draw chooses on.

    Returns
    -------
    choice : Choice
    """
    n_units, n_candidates = V.shape
    k = min(max(round(share * n_units), 1), n_units - 1)
    m = V.mean(axis=0, dtype=np.float64)
    centred = (V - m).astype(np.float32)
    rng = np.random.default_rng(seed)
    total, shares, n_leads, mean_errors = 0.0, *np.zeros((3, n_candidates))
    for start in range(0, n_draws, _BLOCK):
        e = _draw_errors(centred, k, min(_BLOCK, n_draws - start), rng)
        c = (m + e).argmax(axis=1) if choose is None else choose(m + e)
        total += float((m[c] - e[np.arange(len(c)), c] * k / (n_units - k)).sum())
        shares += np.bincount(c, minlength=n_candidates) / n_draws
        mean_errors += e.sum(axis=0) / n_draws
        # Scaled to the errors of m: those of a part drawn without replacement are smaller.
        e *= np.sqrt(k / (n_units - k))
        n_leads += (e.max(axis=1, keepdims=True) - e >= m.max() - m).sum(axis=0)
    variances = centred.var(axis=0, dtype=np.float64) / (n_units - 1)
    # Over all draws errors have the mean 0; what they have in these ones is taken out, so
    # that a single candidate has no optimism.
    score = total / n_draws + float(shares @ mean_errors) * k / (n_units - k)
    return Choice(score, float(shares @ variances), shares, n_leads / n_draws)


def _draw_errors(centred: Floats, k: int, n_draws: int, rng: np.random.Generator) -> Floats:
    """Means of centred values over k random units, of shape (n_draws, n_candidates)."""
    drawn = np.zeros((n_draws, len(centred)), dtype=np.float32)
    drawn[:, :k] = 1.0
    return np.asarray(rng.permuted(drawn, axis=1) @ centred, dtype=np.float64) / k


def model_variance(fold_means: Floats, row_variances: Floats, shares: Floats) -> float:
    """Variance of the models' true scores between folds, beyond what the rows explain.

    Parameters
    ----------
    fold_means : ndarray of shape (n_folds, n_candidates)
        Scores by fold.
    row_variances : ndarray of shape (n_folds, n_candidates)
        Variances of these scores by the rows alone.
    shares : ndarray of shape (n_candidates,)
        Weights of the candidates.

    Returns
    -------
    variance : float
        0 where the rows explain all of it, and for a single fold.
    """
    if len(fold_means) < 2:
        return 0.0
    between = fold_means.var(axis=0, ddof=1) - row_variances.mean(axis=0)
    return max(float(shares @ between), 0.0)
