"""What a strategy is, and the base of those that do not learn.

ask         the next candidate
replay      `ask`, where the candidate is known from a checkpoint
tell        its score
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, Protocol

from skhpo._dimensions.domain import is_copy
from skhpo._told import check_asked, check_budget, check_noise, check_number, check_status
from skhpo._trial import Candidate, Origin, Status
from skhpo.exceptions import SpaceExhaustedError


class Strategy(Protocol):
    """What the study asks of a strategy.

    Its state is a function of the space, the seed, the trials told in the order of
    their numbers, and the candidates asked and not told.
    """

    @property
    def learns(self) -> bool:
        """Whether proposals depend on scores."""

    @property
    def n_candidates(self) -> int | None:
        """Number of candidates of a finite space, else None."""

    def ask(self) -> Candidate:
        """Propose the next candidate."""

    def replay(self, params: dict[str, Any], origin: Origin) -> Candidate:
        """Take the place of an `ask` that gave this candidate, and leave the same state."""

    def tell(
        self,
        candidate: Candidate,
        score: float,
        *,
        noise: float | None = None,
        status: Status = "complete",
        budget: float | None = None,
    ) -> None:
        """Learn the score of a candidate; nan is a failure."""


class FixedStrategy(ABC):
    """A strategy whose proposals depend on their number only.

    Parameters
    ----------
    initial : sequence of dict of str to object, default=()
        Parameters of the first candidates.
    """

    learns = False
    # Where candidates after the first ones come from.
    _origin: Origin = "random"

    def __init__(self, initial: Sequence[dict[str, Any]] = ()) -> None:
        self._initial = list(initial)
        self._asked: list[Candidate] = []

    @property
    @abstractmethod
    def n_candidates(self) -> int | None:
        """Number of candidates of a finite space, else None."""

    @abstractmethod
    def _propose(self, number: int) -> dict[str, Any]:
        """Parameters of candidate `number`; called in order, from the first not given."""

    def ask(self) -> Candidate:
        """Propose the next candidate.

        Returns
        -------
        candidate : Candidate

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
        is_initial = number < len(self._initial)
        params = dict(self._initial[number]) if is_initial else self._propose(number)
        candidate = Candidate(number, params, origin="initial" if is_initial else self._origin)
        self._asked.append(candidate)
        return candidate

    def replay(self, params: dict[str, Any], origin: Origin) -> Candidate:
        """Take the place of the next `ask`, whose candidate is known.

        Parameters
        ----------
        params : dict of str to object
            Parameters that the `ask` of a strategy like this one gave; copies are fine.
        origin : {"initial", "model", "random"}
            Where they came from.

        Returns
        -------
        candidate : Candidate
            What `ask` gives.

        Raises
        ------
        ValueError
            If `ask` gives something else.
        SpaceExhaustedError
            If all of a finite space's candidates were asked.
        """
        candidate = self.ask()
        check_replayed(candidate, params, origin)
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
        """Take a score; later proposals do not depend on it.

        Parameters
        ----------
        candidate : Candidate
            What `ask` gave.
        score : float
            Larger is better; nan is a failure.
        noise : float or None, default=None
            Standard error of the score.
        status : {"complete", "stopped", "failed", "timed_out"}, default="complete"
            How the trial ended.
        budget : float or None, default=None
            Share of a full evaluation, in (0, 1].

        Raises
        ------
        TypeError
            If `score`, `noise` or `budget` is not a number.
        ValueError
            If the candidate was not asked, `noise` is negative or not finite, trials do not
            end with `status`, or `budget` is outside (0, 1].
        """
        check_asked(candidate, self._asked)
        check_number("score", score)
        check_status(status)
        if noise is not None:
            check_noise(noise)
        if budget is not None:
            check_budget(budget)


def check_replayed(candidate: Candidate, params: dict[str, Any], origin: Origin) -> None:
    """Check that a candidate is the one that a checkpoint has.

    Raises
    ------
    ValueError
        If its parameters or its origin differ.
    """
    if is_copy(candidate.params, params) and candidate.origin == origin:
        return
    raise ValueError(
        f"`params` and `origin` must be those of candidate {candidate.number}, "
        f"{candidate.params!r} and {candidate.origin!r}, got {params!r} and {origin!r}; replay "
        "what a strategy of the same space, seed and first candidates gave, in its order."
    )
