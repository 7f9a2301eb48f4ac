"""Bayesian search: candidates that a Gaussian process of the scores so far proposes.

U           codes of candidates, shape (n, n_columns); nan where a branch lacks the column
pending     candidates that were asked and not told
given       candidates that the user wants tried first
taken       keys of all candidates that were asked or given: none is proposed twice
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

import skhpo._surrogate as _surrogate
from skhpo._initial_params import fill_initial
from skhpo._members import encode_each, identify
from skhpo._parameters import check_parameter
from skhpo._random_state import draw_seed
from skhpo._space import Space
from skhpo._thread_limits import limit_blas
from skhpo._told import Told, check_asked, check_budget, check_noise, check_number, check_status
from skhpo._trial import Candidate, Origin, Status
from skhpo.exceptions import SpaceExhaustedError

Array = NDArray[np.float64]

# Candidates that are spread over the space, however many are given: with fewer, a model knows
# nothing of the rest of it.
MIN_DESIGN = 2

# Candidates that an expected regret compares with, and draws of the model: its error is a
# few per cent of it, and it takes some 20 ms.
_N_COMPARED, _N_REGRET_DRAWS = 300, 200


class BayesStrategy:
    """Propose the candidates that promise the greatest improvement.

    The first candidates, one more than there are dimensions and eight at most, are spread
    over the space, its centre first. Then a Gaussian process is fitted to the scores told so
    far at each `ask`, and the candidate of the highest expected improvement is proposed.

    Parameters
    ----------
    space : dict or list of dict
        Parameter names to lists, objects with ``rvs``, ``cdf`` and ``ppf``, or ranges;
        a list of dicts is a conditional space, searched by one model.
    random_state : int, RandomState or None, default=None
        Seed. With an int, proposals depend on the space, the trials told and the
        candidates pending only, not on the order in which trials were told.
    initial_params : dict, list of dict or None, default=None
        Candidates to try first, in this order, in the place of as many that would be spread
        over the space, though two of those at least follow where there are two. Parameters
        that a dict leaves out stand in the middle of their dimension, or at the first of
        choices without an order.

    Attributes
    ----------
    n_candidates : int or None
        Number of candidates of a finite space, each proposed once; None when infinite.
    learns : bool
        True: proposals depend on scores.

    Raises
    ------
    TypeError, ValueError
        If the space is none, or has a distribution without ``cdf`` and ``ppf``, or
        `initial_params` is none of the space.

    Examples
    --------
    >>> from skhpo import BayesStrategy, Float
    >>> strategy = BayesStrategy({"x": Float(0, 1)}, random_state=0)
    >>> for _ in range(10):
    ...     candidate = strategy.ask()
    ...     strategy.tell(candidate, -((candidate.params["x"] - 0.3) ** 2))
    >>> abs(candidate.params["x"] - 0.3) < 0.1
    True
    """

    learns = True

    def __init__(self, space: Any, *, random_state: Any = None, initial_params: Any = None) -> None:
        self.space = Space.from_description(space)
        self.space.check_quantiles(type(self).__name__)
        check_parameter(type(self).__name__, "random_state", random_state)
        check_parameter(type(self).__name__, "initial_params", initial_params)
        self._given = fill_initial(initial_params, self.space)
        # A candidate has a code in each dict that has it: none of them is proposed again.
        self._given_codes = [encode_each(self.space, p, "initial_params") for p in self._given]
        self._seed = draw_seed(random_state)
        self._asked: list[Candidate] = []
        self._codes: list[Array] = []
        self._taken = {_surrogate.key(code) for codes in self._given_codes for code in codes}
        self._told: dict[int, Told] = {}
        self._theta: tuple[bytes, Array] | None = None

    @property
    def n_candidates(self) -> int | None:
        """Number of candidates of a finite space, each proposed once; None when infinite."""
        return self.space.n_candidates

    def ask(self) -> Candidate:
        """Propose the next candidate.

        Returns
        -------
        candidate : Candidate
            Not proposed before; several may be asked before one is told.

        Raises
        ------
        SpaceExhaustedError
            If all of a finite space's candidates were asked.
        """
        number = len(self._asked)
        if self.n_candidates is not None and number >= self.n_candidates:
            raise SpaceExhaustedError(
                f"All {number} candidates of the space were asked; ask at most "
                "`n_candidates` times."
            )
        # On one thread: small matrices are faster so, and the same on every machine.
        with limit_blas(1):
            code, params, origin = self._propose(number)
        candidate = Candidate(number, params, origin=origin)
        self._asked.append(candidate)
        self._codes.append(code)
        self._taken.add(_surrogate.key(code))
        return candidate

    def tell(
        self,
        candidate: Candidate,
        score: float,
        *,
        noise: float | None = None,
        status: Status = "complete",
        budget: float | None = None,
    ) -> None:
        """Learn the score of a candidate; told again, it replaces what was told before.

        Parameters
        ----------
        candidate : Candidate
            What `ask` gave.
        score : float
            Larger is better. nan and -inf are failures, which lower the chance of success
            about them, not the scores; inf counts as the best so far.
        noise : float or None, default=None
            Standard error of the score, where it is known. The median of all says what
            noise to expect of every trial; a trial of more than twice it is trusted less.
        status : {"complete", "stopped", "failed", "timed_out"}, default="complete"
            How the trial ended; a score that is not nan is learnt whatever it says.
        budget : float or None, default=None
            Share of a full evaluation, in (0, 1]; None is all of it.

        Raises
        ------
        TypeError
            If `score`, `noise` or `budget` is not a number.
        ValueError
            If the candidate was not asked, `noise` is negative or not finite, trials do not
            end with `status`, `budget` is outside (0, 1], or smaller than what was told before.
        """
        number = check_asked(candidate, self._asked)
        check_status(status)
        told = Told(
            check_number("score", score),
            0.0 if noise is None else check_noise(noise),
            1.0 if budget is None else check_budget(budget),
        )
        before = self._told.get(number)
        if before is not None and told.budget < before.budget:
            raise ValueError(
                f"`budget` must not be below what candidate {number} was told at before, "
                f"{before.budget}, got {told.budget}; tell it at a larger budget, or not at all."
            )
        self._told[number] = told

    def predict(self, params: Sequence[dict[str, Any] | Candidate]) -> tuple[Array, Array]:
        """Predict the scores of candidates from all that was told.

        Parameters
        ----------
        params : list of dict or Candidate
            What to predict the scores of; each has all parameters of one dict of the space.

        Returns
        -------
        mean : ndarray of shape (n,)
            Scores without noise, in the units of what was told. The model is normal in
            scores that are warped: distances are kept above their median, ranks below. What
            is given is the median of the distribution that this makes of scores.
        deviation : ndarray of shape (n,)
            Half of what one standard deviation to both sides spans, wider by a rank below
            the median; inf while all scores told are equal, so that nothing tells their unit.

        Raises
        ------
        TypeError
            If `params` is not a list of dicts or Candidates.
        ValueError
            If no score was told yet, or only failures; if a candidate is none of the space.

        Examples
        --------
        >>> from skhpo import BayesStrategy, Float
        >>> strategy = BayesStrategy({"x": Float(0, 1)}, random_state=0)
        >>> for _ in range(8):
        ...     candidate = strategy.ask()
        ...     strategy.tell(candidate, -((candidate.params["x"] - 0.3) ** 2))
        >>> mean, deviation = strategy.predict([{"x": 0.3}, {"x": 0.9}])
        >>> bool(mean[0] > mean[1])
        True
        """
        C = self._encode_all(params)
        stacked = self._stack_scored("predict")
        if len(C) == 0:
            return np.empty(0), np.empty(0)
        with limit_blas(1):
            return self._proposer.predict(self._find_theta(*stacked), *stacked, C)

    def expect_regret(self, candidate: dict[str, Any], seed: int = 0) -> float:
        """Expect how far below the best candidate of the space a candidate is.

        Parameters
        ----------
        candidate : dict of str to object
            Its parameters.
        seed : int, default=0
            Decides which others it is compared with.

        Returns
        -------
        regret : float
            Mean over draws of the model, in units of score, of the best among 300 random
            candidates and those told, less the candidate: 0 or more. inf while all scores
            told are equal.

        Raises
        ------
        ValueError
            If no score was told yet, or only failures; if the candidate is none of the space.

        Examples
        --------
        >>> from skhpo import BayesStrategy, Float
        >>> strategy = BayesStrategy({"x": Float(0, 1)}, random_state=0)
        >>> for _ in range(8):
        ...     candidate = strategy.ask()
        ...     strategy.tell(candidate, -((candidate.params["x"] - 0.3) ** 2))
        >>> strategy.expect_regret({"x": 0.3}) < strategy.expect_regret({"x": 0.9})
        True
        """
        stacked = self._stack_scored("expect_regret")
        finite = stacked[1][np.isfinite(stacked[1])]
        if (finite == finite[0]).all():
            return float("inf")
        rng = np.random.default_rng(seed)
        C = self._encode_all([candidate])
        drawn = self.space.sample_encoded(_N_COMPARED, rng)
        C = np.vstack([C, stacked[0][-_N_COMPARED:], drawn])
        with limit_blas(1):
            normals = rng.standard_normal((_N_REGRET_DRAWS, len(C)))
            draws = self._proposer.sample(self._find_theta(*stacked), *stacked, C, normals)
        return float((draws.max(axis=1) - draws[:, 0]).mean())

    def _encode_all(self, params: Any) -> Array:
        """Codes of candidates, shape (n, n_columns), if they are of the space."""
        if not isinstance(params, list | tuple):
            raise TypeError(
                f"`params` must be a list of dicts or Candidates, got {params!r} of type "
                f"{type(params).__name__}; wrap a single one in a list."
            )
        items = [item.params if isinstance(item, Candidate) else item for item in params]
        for item in items:
            if not isinstance(item, dict):
                raise TypeError(
                    f"`params` must be a list of dicts or Candidates, got {item!r} of type "
                    f"{type(item).__name__} in it; pass names and values."
                )
        codes = [encode_each(self.space, item, "params")[0] for item in items]
        return np.array(codes).reshape(len(codes), len(self.space.columns))

    # --------------------------------------------------------------- proposals

    def _propose(self, number: int) -> tuple[Array, dict[str, Any], Origin]:
        """Code and parameters of the next candidate, and where it comes from."""
        n_given = len(self._given)
        if number < n_given:
            return self._given_codes[number][0], dict(self._given[number]), "initial"
        # While nothing is told, as to the many workers at the start, the design goes on.
        n_design = len(self._design) if not self._told else self._n_initial
        if number < n_given + n_design:
            code = self._design[number - n_given]
            return code, self.space.decode(code), "initial"
        rng = np.random.default_rng(np.random.SeedSequence((self._seed, number)))
        modelled = self._model(rng) if self._told else None
        if modelled is not None:
            return modelled, self.space.decode(modelled), "model"
        drawn = self._proposer.draw(self._taken, rng)
        if drawn is not None:
            return drawn, self.space.decode(drawn), "random"
        cell = self._find_cell()
        return self.space.encode(cell), cell, "random"

    def _model(self, rng: np.random.Generator) -> Array | None:
        """Best code by the model."""
        pending = [n for n in range(len(self._asked)) if n not in self._told]
        stacked = self._stack_told()
        theta = self._find_theta(*stacked)
        return self._proposer.propose(theta, *stacked, self._stack(pending), self._taken, rng)

    def _find_theta(self, U: Array, scores: Array, noise: Array) -> Array:
        """Hyper-parameters by what was told, or by all but the last of it if that is much.

        They are kept until they are found from other trials, so that they are a function of
        what was told, and a search that resumes finds the same.
        """
        n = _surrogate.count_fitted(len(U))
        found_from = b"".join(part[:n].tobytes() for part in (U, scores, noise))
        if self._theta is None or self._theta[0] != found_from:
            self._theta = found_from, self._proposer.fit(U[:n], scores[:n], noise[:n])
        return self._theta[1]

    def _stack_told(self) -> tuple[Array, Array, Array]:
        """Codes, scores and noise of what was told, in the order of numbers."""
        numbers = sorted(self._told)
        told = [self._told[n] for n in numbers]
        scores, noise = np.array([t.score for t in told]), np.array([t.noise for t in told])
        return self._stack(numbers), scores, noise

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
                f"{len(self._told)} that were told; tell one first."
            )
        return stacked

    def _find_cell(self) -> dict[str, Any]:
        """First candidate of a finite space that was not proposed before.

        Levels in a distribution's far tails have no codes of their own.
        """
        asked = {identify(self.space, candidate.params) for candidate in self._asked}
        for cell in self.space.cells:
            if identify(self.space, cell) not in asked:
                found: dict[str, Any] = cell
                return found
        raise SpaceExhaustedError(
            f"All candidates of the space were asked after {len(asked)}; some of its dicts overlap."
        )

    def _stack(self, numbers: list[int]) -> Array:
        """Codes of candidates, shape (n, n_columns)."""
        codes = np.array([self._codes[n] for n in numbers])
        return codes.reshape(len(numbers), len(self.space.columns))

    @cached_property
    def _proposer(self) -> _surrogate.Proposer:
        """What the space fixes of the model."""
        return _surrogate.make_proposer(self.space, self.n_candidates)

    @cached_property
    def _design(self) -> list[Array]:
        """Codes that are spread over the space, after the candidates that were given.

        The centre, the first of them, stands for what nobody knows: it goes when there are any.
        """
        rng = np.random.default_rng(np.random.SeedSequence((self._seed,)))
        spread = _surrogate.spread(self.space, self._proposer.layout, rng)
        if not self._given:
            return spread
        given = {_surrogate.key(code) for codes in self._given_codes for code in codes}
        return [code for code in spread[1:] if _surrogate.key(code) not in given]

    @cached_property
    def _n_initial(self) -> int:
        """How many codes of the design come before the model, told or not."""
        wanted = _surrogate.count_initial(len(self.space.columns)) - len(self._given)
        return min(max(wanted, MIN_DESIGN if self._given else 1), len(self._design))
