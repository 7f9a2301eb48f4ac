"""A model of the scores of a finished search: what its parameters do, and how sure that is.

U           codes of the trials that have a score, shape (n_trials, n_columns)
theta       hyper-parameters of the model, found without one part of the trials
part        the trials dealt into `N_PARTS`: each part's scores are predicted by a model whose
            theta was found from the others, and which was told the others

It is the Gaussian process that `BayesSearch` proposes by, of scores that are not warped. Draws
of it differ as it is unsure of the function; those of different `theta` add how unsure it is
of its hyper-parameters.
"""

from __future__ import annotations

from dataclasses import dataclass, field

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
    """

    space: Space
    U: Array
    scores: Array
    noise: Array
    thetas: tuple[Array, ...]
    predicted: Array
    n_left_out: int
    proposer: _surrogate.Proposer = field(repr=False)

    @property
    def predicted_share(self) -> float:
        """Share of the scores' variance that is predicted from the other parts."""
        left = np.sum((self.scores - self.predicted) ** 2)
        return float(1.0 - left / np.sum((self.scores - self.scores.mean()) ** 2))

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

        No draw is below the worst trial: how bad is not known there, and does not matter.
        """
        each = -(-n_draws // len(self.thetas))
        parts = []
        with limit_blas(1):
            for theta in self.thetas:
                told = self.U, self.scores, self.noise
                posterior, units = _surrogate.condition_unwarped(self.proposer, theta, *told)
                normals = rng.standard_normal((each, len(C)))
                parts.append(units.restore(posterior.sample(C, normals)))
        return np.asarray(np.maximum(np.vstack(parts)[:n_draws], self.scores.min()))

    def predict(self, C: Array) -> Array:
        """Mean of the function at candidates, shape (n,), in units of score."""
        told = self.U, self.scores, self.noise
        found = [_predict(self.proposer, theta, told, C) for theta in self.thetas]
        return np.asarray(np.maximum(np.mean(found, axis=0), self.scores.min()))


def _predict(
    proposer: _surrogate.Proposer, theta: Array, told: tuple[Array, Array, Array], C: Array
) -> Array:
    """Mean of the function at candidates, of one theta, by what was told."""
    with limit_blas(1):
        posterior, units = _surrogate.condition_unwarped(proposer, theta, *told)
        return units.restore(posterior.predict(C)[0])


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
        predicted[held_out] = _predict(proposer, thetas[-1], told, codes[held_out])
    return ScoreModel(
        history.space,
        codes,
        scores,
        noise,
        tuple(thetas),
        predicted,
        len(history.trials) - len(rows),
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
