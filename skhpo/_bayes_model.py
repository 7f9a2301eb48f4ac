"""What a Bayesian strategy knows: codes of its candidates, what was told, and a model of both.

U           codes of candidates, shape (n, n_columns); nan where a branch lacks the column
pending     candidates that were asked and not told
theta       hyper-parameters of the model, in the surrogate's order
C           codes of candidates that something is asked about, shape (n, n_columns)
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

import skhpo._surrogate as _surrogate
from skhpo._codes import Codes
from skhpo._space import Space
from skhpo._thread_limits import limit_blas
from skhpo._told import Told

Array = NDArray[np.float64]

# Candidates that an expected regret compares with, and draws of the model: its error is a
# few per cent of it, and it takes some 20 ms.
_N_COMPARED, _N_REGRET_DRAWS = 300, 200


class BayesModel:
    """A function of the candidates asked and of what was told, whatever order it was told in.

    Parameters
    ----------
    space : Space
        What candidates are of.
    given : sequence of dict of str to object
        The first candidates.
    source : Source or None
        Old trials.

    Attributes
    ----------
    codes : Codes
        Of the candidates asked.
    told : dict of int to Told
        By number.
    """

    def __init__(
        self, space: Space, given: Sequence[dict[str, Any]], source: _surrogate.Source | None
    ) -> None:
        self.codes = Codes(space, given)
        self.told: dict[int, Told] = {}
        self._space = space
        self._source = source
        self._theta: tuple[bytes, Array] | None = None

    @cached_property
    def proposer(self) -> _surrogate.Proposer:
        """What the space and old trials fix of the model."""
        return _surrogate.make_proposer(self._space, self._space.n_candidates, self._source)

    @property
    def has_old_scores(self) -> bool:
        """Whether old trials say more than where fits fail."""
        return self._source is not None and self._source.has_scores

    @property
    def can_propose(self) -> bool:
        """Whether there is anything to learn from."""
        return bool(self.told) or self.has_old_scores

    def propose(self, n_asked: int, rng: np.random.Generator) -> Array | None:
        """Best code by the model, after `n_asked` candidates; None if none is left."""
        pending = self.codes.stack([n for n in range(n_asked) if n not in self.told])
        stacked = self._stack_told()
        theta = self._find_theta(*stacked)
        return self.proposer.propose(theta, *stacked, pending, self.codes.taken, rng)

    def predict(self, C: Array) -> tuple[Array, Array]:
        """Median and deviation of scores, each of shape (n,); see `BayesStrategy.predict`."""
        stacked = self._stack_scored("predict")
        if len(C) == 0:
            return np.empty(0), np.empty(0)
        with limit_blas(1):
            return self.proposer.predict(self._find_theta(*stacked), *stacked, C)

    def expect_regret(self, C: Array, seed: int) -> float:
        """Expected regret of the only row of `C`; see `BayesStrategy.expect_regret`."""
        stacked = self._stack_scored("expect_regret")
        finite = stacked[1][np.isfinite(stacked[1])]
        if (finite == finite[0]).all():
            return float("inf")
        rng = np.random.default_rng(seed)
        drawn = self._space.sample_encoded(_N_COMPARED, rng)
        C = np.vstack([C, stacked[0][-_N_COMPARED:], drawn])
        with limit_blas(1):
            normals = rng.standard_normal((_N_REGRET_DRAWS, len(C)))
            draws = self.proposer.sample(self._find_theta(*stacked), *stacked, C, normals)
        return float((draws.max(axis=1) - draws[:, 0]).mean())

    def _find_theta(self, U: Array, scores: Array, noise: Array) -> Array:
        """Hyper-parameters by what was told, or by all but the last of it if that is much.

        They are kept until they are found from other trials, so that they are a function of
        what was told, and a search that resumes finds the same.
        """
        n = _surrogate.count_fitted(len(U))
        found_from = b"".join(part[:n].tobytes() for part in (U, scores, noise))
        if self._theta is None or self._theta[0] != found_from:
            self._theta = found_from, self.proposer.fit(U[:n], scores[:n], noise[:n])
        return self._theta[1]

    def _stack_told(self) -> tuple[Array, Array, Array]:
        """Codes, scores and noise of what was told, in the order of numbers."""
        numbers = sorted(self.told)
        told = [self.told[n] for n in numbers]
        scores, noise = np.array([t.score for t in told]), np.array([t.noise for t in told])
        return self.codes.stack(numbers), scores, noise

    def _stack_scored(self, method: str) -> tuple[Array, Array, Array]:
        """What was told, for a method that needs a finite score.

        Raises
        ------
        ValueError
            If there is none.
        """
        stacked = self._stack_told()
        if not np.isfinite(stacked[1]).any():
            raise ValueError(
                f"`{method}` must come after a finite score, got none of "
                f"{len(self.told)} that were told; tell one first."
            )
        return stacked
