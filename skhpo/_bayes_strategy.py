"""Bayesian search: candidates that a Gaussian process of the scores so far proposes.

U           codes of candidates, shape (n, n_columns); nan where a branch lacks the column
pending     candidates that were asked and not told
given       candidates to try first: those that the user names, then the best old one
old         trials of earlier searches, to learn from
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

import skhpo._surrogate as _surrogate
from skhpo._annotations import InitialParams, RandomState
from skhpo._bayes_model import BayesModel
from skhpo._codes import Codes
from skhpo._dimensions import Listed, is_pair_of_numbers
from skhpo._initial_params import fill_initial
from skhpo._initial_trials import describe_old, make_source, read_old
from skhpo._members import encode_each, identify
from skhpo._parameters import check_parameter
from skhpo._random_state import draw_seed
from skhpo._space import Space
from skhpo._strategy import check_replayed
from skhpo._thread_limits import limit_blas
from skhpo._told import Told, check_asked, check_budget, check_noise, check_number, check_status
from skhpo._trial import Candidate, Origin, Status
from skhpo._user_warning import warn
from skhpo.exceptions import SpaceExhaustedError

Array = NDArray[np.float64]

# Candidates that are spread over the space, however many are given: with fewer, a model knows
# nothing of the rest of it.
MIN_DESIGN = 2


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
    initial_trials : sequence of Trial, MaximizeResult, dict, path or None, default=None
        Finished trials to learn from: `trials_` or `cv_results_` of a search, scikit-learn's
        too, or what `maximize` returned. They are not counted and may be proposed again; the
        best of them is tried after `initial_params`, then two candidates that are spread
        over the space, where there are so many, in the place of all others. How far the scores
        can be compared is learnt. Trials that are not of the space are left out with a warning.

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
        `initial_params` or all of `initial_trials` are none of the space.
    OSError
        If the file of `initial_trials` is not there, or cannot be read.

    Warns
    -----
    UserWarning
        If some of `initial_trials` are not of the space, or a tuple of two numbers, which
        ``BayesSearchCV`` takes for a range, is a choice here.

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

    def __init__(
        self,
        space: Any,
        *,
        random_state: RandomState = None,
        initial_params: InitialParams = None,
        initial_trials: Any = None,
    ) -> None:
        self.space = Space.from_description(space)
        self.space.check_quantiles(type(self).__name__)
        _warn_of_pairs(self.space)
        check_parameter(type(self).__name__, "random_state", random_state)
        check_parameter(type(self).__name__, "initial_params", initial_params)
        self._given = fill_initial(initial_params, self.space)
        old = read_old(initial_trials)
        # For the checkpoint of who is given this object.
        self._old_trials = describe_old(old)
        source, best = make_source(old, self.space)
        if best is not None and self._identify(best) not in map(self._identify, self._given):
            self._given.append(best)
        self.random_state = random_state
        self._seed = draw_seed(random_state)
        self._asked: list[Candidate] = []
        self._model = BayesModel(self.space, self._given, source)

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
        self._check_not_exhausted()
        # On one thread: small matrices are faster so, and the same on every machine.
        with limit_blas(1):
            params, origin = self._propose(len(self._asked))
        return self._add(params, origin)

    def replay(self, params: dict[str, Any], origin: Origin) -> Candidate:
        """Take the place of the next `ask`, whose candidate is known; nothing is optimised.

        Parameters
        ----------
        params : dict of str to object
            Parameters that the `ask` of a strategy like this one gave; copies are fine.
        origin : {"initial", "model", "random"}
            Where they came from.

        Returns
        -------
        candidate : Candidate
            Of these parameters.

        Raises
        ------
        ValueError
            If the parameters are not of the space, or `ask` begins with others.
        SpaceExhaustedError
            If all of a finite space's candidates were asked.

        Examples
        --------
        >>> from skhpo import BayesStrategy, Float
        >>> first, second = (BayesStrategy({"x": Float(0, 1)}, random_state=0) for _ in range(2))
        >>> for _ in range(8):
        ...     candidate = first.ask()
        ...     first.tell(candidate, -((candidate.params["x"] - 0.3) ** 2))
        ...     copy = second.replay(candidate.params, candidate.origin)
        ...     second.tell(copy, -((copy.params["x"] - 0.3) ** 2))
        >>> first.ask() == second.ask()
        True
        """
        self._check_not_exhausted()
        number = len(self._asked)
        if number < len(self._given):
            check_replayed(Candidate(number, self._given[number], origin="initial"), params, origin)
        return self._add(dict(params), origin)

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
        before = self._model.told.get(number)
        if before is not None and told.budget < before.budget:
            raise ValueError(
                f"`budget` must not be below what candidate {number} was told at before, "
                f"{before.budget}, got {told.budget}; tell it at a larger budget, or not at all."
            )
        self._model.told[number] = told

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
        return self._model.predict(self._encode_all(params))

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
        return self._model.expect_regret(self._encode_all([candidate]), seed)

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

    def _check_not_exhausted(self) -> None:
        """Raise where a finite space has no candidate left."""
        number = len(self._asked)
        if self.n_candidates is not None and number >= self.n_candidates:
            raise SpaceExhaustedError(
                f"All {number} candidates of the space were asked; ask at most "
                "`n_candidates` times."
            )

    def _add(self, params: dict[str, Any], origin: Origin) -> Candidate:
        """Give a candidate the next number."""
        self._model.codes.add(params)
        candidate = Candidate(len(self._asked), params, origin=origin)
        self._asked.append(candidate)
        return candidate

    def _propose(self, number: int) -> tuple[dict[str, Any], Origin]:
        """Parameters of the next candidate, and where it comes from."""
        n_given = len(self._given)
        if number < n_given:
            return dict(self._given[number]), "initial"
        # While nothing is known, as to the many workers at the start, the design goes on.
        n_design = self._n_initial if self._model.can_propose else len(self._design)
        if number < n_given + n_design:
            return self.space.decode(self._design[number - n_given]), "initial"
        rng = np.random.default_rng(np.random.SeedSequence((self._seed, number)))
        modelled = self._model.propose(number, rng) if self._model.can_propose else None
        if modelled is not None:
            return self.space.decode(modelled), "model"
        drawn = self._model.proposer.draw(self._model.codes.taken, rng)
        return (self._find_cell() if drawn is None else self.space.decode(drawn)), "random"

    def _find_cell(self) -> dict[str, Any]:
        """First candidate of a finite space that was not proposed before.

        Levels in a distribution's far tails have no codes of their own.
        """
        asked = {self._identify(candidate.params) for candidate in self._asked}
        for cell in self.space.cells:
            if self._identify(cell) not in asked:
                found: dict[str, Any] = cell
                return found
        raise SpaceExhaustedError(
            f"All candidates of the space were asked after {len(asked)}; some of its dicts overlap."
        )

    def _identify(self, params: dict[str, Any]) -> Hashable:
        """Identity of a candidate."""
        return identify(self.space, params)

    @cached_property
    def _design(self) -> list[Array]:
        """Codes that are spread over the space, after the candidates that were given.

        The centre, the first of them, stands for what nobody knows: it goes when there are any.
        """
        rng = np.random.default_rng(np.random.SeedSequence((self._seed,)))
        spread = _surrogate.spread(self.space, self._model.proposer.layout, rng)
        if not self._given:
            return spread
        given = Codes(self.space, self._given).taken
        return [code for code in spread[1:] if _surrogate.key(code) not in given]

    @cached_property
    def _n_initial(self) -> int:
        """How many codes of the design come before the model, told or not."""
        wanted = _surrogate.count_initial(len(self.space.columns)) - len(self._given)
        if self._model.has_old_scores:
            wanted = MIN_DESIGN
        return min(max(wanted, MIN_DESIGN if self._given else 1), len(self._design))


def _warn_of_pairs(space: Space) -> None:
    """Warn of what ``BayesSearchCV`` reads as a range: for scikit-learn it is a choice."""
    for branch in space.branches:
        for name, dimension in branch.items():
            if isinstance(dimension, Listed) and is_pair_of_numbers(dimension.choices):
                low, high = dimension.choices
                kinds = ("Float", "Int") if {type(low), type(high)} == {int} else ("Float",)
                ranges = " or ".join(f"skhpo.{kind}({low!r}, {high!r})" for kind in kinds)
                warn(
                    f"The tuple {(low, high)!r} of parameter {name!r} is a choice of two values, "
                    f"as in scikit-learn, and no range between them; write {ranges} for a range, a "
                    "list for a choice."
                )
