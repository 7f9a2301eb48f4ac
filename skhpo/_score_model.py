"""A model of the scores of a finished search: what its parameters do, and how sure that is.

U           codes of the trials that have a score, shape (n_trials, n_columns)
theta       hyper-parameters of the model, found without one part of the trials
part        the trials dealt into `N_PARTS`: each part's scores are predicted by a model whose
            theta was found from the others, and which was told the others

It is the Gaussian process that `BayesSearch` proposes by, of scores that are not warped, with a
prior that says less of what each column does. Draws of it differ as it is unsure of the function;
those of different `theta` add how unsure it is of its hyper-parameters. Trials that are
predicted from the others worse than the process says make draws deviate more from its mean:
a trial counts by the part of the space that is nearest to it, as the trials of a search that
looks for the best are mostly near it [1]_.

References
----------
.. [1] Isaaks, Srivastava (1989). An introduction to applied geostatistics, chapter 10:
   declustering by polygons of influence.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.stats import spearmanr

import skhpo._surrogate as _surrogate
from skhpo._history import History
from skhpo._members import encode_each
from skhpo._space import Space
from skhpo._thread_limits import limit_blas

Array = NDArray[np.float64]

N_PARTS = 5
# Fewer trials leave nothing to predict.
MIN_TRIALS = 2 * N_PARTS
# Rate at which trials of a function that is constant but for noise seem to tell something.
_LEVEL = 0.05
# Codes by which it is found how large a part of the space each trial stands for.
_N_JUDGED = 2048


@dataclass(frozen=True)
class ScoreModel:
    """What trials say of the score of any candidate of their space.

    Parameters
    ----------
    space : Space
        Of the candidates.
    U : ndarray of shape (n_trials, n_columns)
        Codes of the trials that have a score.
    scores : ndarray of shape (n_trials,)
        Their scores.
    noise : ndarray of shape (n_trials,)
        Standard errors of the scores, 0 where not known.
    thetas : tuple of ndarray
        Hyper-parameters, one for each part.
    predicted : ndarray of shape (n_trials,)
        Scores as predicted from the other parts.
    n_left_out : int
        Trials without a score, or not of the space.
    floor : float
        What is worse counts as if it were this; -inf if nothing is.
    """

    space: Space
    U: Array
    scores: Array
    noise: Array
    thetas: tuple[Array, ...]
    predicted: Array
    n_left_out: int
    floor: float
    proposer: _surrogate.Proposer = field(repr=False)

    @property
    def predicted_share(self) -> float:
        """Share of the scores' variance that is predicted from the other parts."""
        # First, because squares of scores beyond 1e154 overflow.
        size = np.abs(self.scores).max()
        z, predicted = self.scores / size, self.predicted / size
        return float(1.0 - np.sum((z - predicted) ** 2) / np.sum((z - z.mean()) ** 2))

    @property
    def tells(self) -> bool:
        """Whether held-out scores are predicted, by their order and their values.

        By ranks, in which bad scores count no more than others, at a level of 5 %.
        """
        if np.ptp(self.predicted) == 0.0:
            return False
        found = spearmanr(self.predicted, self.scores, alternative="greater")
        return bool(found.pvalue < _LEVEL and self.predicted_share > 0.0)

    def draw(self, C: Array, n_draws: int, rng: np.random.Generator) -> Array:
        """Draw the function at candidates jointly, shape (n_draws, n), in units of score.

        No draw is below the floor.
        """
        each = -(-n_draws // len(self.thetas))
        with limit_blas(1):
            draws = [
                posterior.sample(C, widening * rng.standard_normal((each, len(C))))
                for posterior, widening in zip(self._posteriors, self._widenings, strict=True)
            ]
        found = self._units.restore(np.vstack(draws)[:n_draws])
        return np.asarray(np.maximum(found, self.floor))

    def predict(self, C: Array) -> Array:
        """Mean of the function at candidates, shape (n,), in units of score."""
        with limit_blas(1):
            z = np.mean([posterior.predict(C)[0] for posterior in self._posteriors], axis=0)
        return np.asarray(np.maximum(self._units.restore(z), self.floor))

    @cached_property
    def _posteriors(self) -> list[_surrogate.Posterior]:
        """One of each theta, of all trials."""
        told = self.U, self.scores, self.noise
        with limit_blas(1):
            return [_surrogate.condition_unwarped(self.proposer, t, *told) for t in self.thetas]

    @cached_property
    def _widenings(self) -> list[float]:
        """By how much draws of each posterior deviate more from its mean than it says."""
        C = self.space.sample_encoded(_N_JUDGED, np.random.default_rng(0))
        with limit_blas(1):
            return [math.sqrt(max(p.find_surprise(C), 1.0)) for p in self._posteriors]

    @cached_property
    def _units(self) -> _surrogate.Units:
        """Units of the scores."""
        return _surrogate.find_units(self.scores)


def fit_score_model(history: History, floor: float | None = None, seed: int = 0) -> ScoreModel:
    """Model of a history, by trials dealt into parts at random; scores below `floor` are it.

    Raises
    ------
    ValueError
        Saying why the trials tell nothing: too few have a score, or all score the same.
    """
    rows, codes = _encode(history)
    scores = history.scores[rows]
    scores = scores if floor is None else np.maximum(scores, floor)
    if len(rows) < MIN_TRIALS:
        raise ValueError(
            f"{len(rows)} of {len(history.trials)} trials have a score, and {MIN_TRIALS} are needed"
        )
    if np.ptp(scores) == 0.0:
        raise ValueError(f"all {len(rows)} scores are equal")
    if not history.space.columns:
        raise ValueError("the space has one candidate")
    noise = np.full(len(rows), history.noise)
    proposer = _surrogate.make_proposer(history.space, history.space.n_candidates)
    part = np.random.default_rng(seed).permutation(len(rows)) % N_PARTS
    thetas, predicted = [], np.empty(len(rows))
    for number in range(N_PARTS):
        held_out = part == number
        told = codes[~held_out], scores[~held_out], noise[~held_out]
        with limit_blas(1):
            thetas.append(_surrogate.fit_unwarped(proposer, *told))
            posterior = _surrogate.condition_unwarped(proposer, thetas[-1], *told)
            z = posterior.predict(codes[held_out])[0]
        predicted[held_out] = _surrogate.find_units(scores[~held_out]).restore(z)
    return ScoreModel(
        history.space,
        codes,
        scores,
        noise,
        tuple(thetas),
        predicted,
        len(history.trials) - len(rows),
        -math.inf if floor is None else floor,
        proposer,
    )


def _encode(history: History) -> tuple[NDArray[np.intp], Array]:
    """Rows of the trials that have a finite score and are of the space, and their codes."""
    rows, codes = [], []
    for row in np.flatnonzero(np.isfinite(history.scores)):
        try:
            codes.append(encode_each(history.space, history.trials[row].params, "trials")[0])
        except ValueError:
            continue
        rows.append(row)
    return np.array(rows, dtype=np.intp), np.array(codes).reshape(
        len(rows), len(history.space.columns)
    )
