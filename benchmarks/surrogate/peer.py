"""What a search of the suite is, and how one that speaks codes becomes one.

candidate   parameters to evaluate, a dict
codes       how a peer sees a candidate: numbers by column, `coded_space` says which
score       larger is better; nan is a failed trial
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Protocol

from coded_space import CodedSpace, Codes


class Search(Protocol):
    """Ask for a candidate, evaluate it, tell its score."""

    def ask(self) -> dict[str, Any]:
        """Parameters of the next candidate, constants included."""

    def tell(self, params: dict[str, Any], score: float) -> None:
        """Learn the score of what was asked last; nan is a failure."""


class CodedSearch(Protocol):
    """Another library's search, on columns."""

    def ask(self) -> Codes:
        """Codes of the next candidate; those of columns that its branch lacks are ignored."""

    def tell(self, codes: Codes, score: float) -> None:
        """Learn the score of codes, asked or not; nan is a failure."""


class Peer:
    """A search of the suite that hands candidates to another library as codes.

    Parameters
    ----------
    make : callable
        ``make(space, seed)`` makes the other library's search on a `CodedSpace`.
    space : dict or list of dict
        The task's space.
    seed : int
        Seed of all draws.
    defaults : dict or None, default=None
        Parameters to try first.
    """

    def __init__(
        self,
        make: Callable[[CodedSpace, int], CodedSearch],
        space: Any,
        seed: int,
        defaults: dict[str, Any] | None = None,
    ) -> None:
        self._space = CodedSpace(space)
        self._search = make(self._space, seed)
        self._first = None if defaults is None else self._space.encode(defaults)
        self._asked: Codes | None = None

    def ask(self) -> dict[str, Any]:
        """Parameters of the next candidate."""
        if self._first is not None:
            self._asked, self._first = self._first, None
        else:
            self._asked = self._search.ask()
        return self._space.decode(self._asked)

    def tell(self, params: dict[str, Any], score: float) -> None:
        """Learn the score of what was asked last."""
        asked, self._asked = self._asked, None
        if asked is None or self._space.decode(asked) != params:
            raise ValueError(f"Candidates are told one by one, as they were asked, got {params!r}.")
        self._search.tell(asked, float(score))


class Costs:
    """Costs of a minimiser that knows no failures: they stand at the worst cost so far.

    Before the first success they stand at 0, where they are all alike.
    """

    def __init__(self) -> None:
        self._costs: list[float] = []

    def append(self, score: float) -> list[float]:
        """All costs in order, that of a new score last."""
        self._costs.append(-score)
        worst = max((cost for cost in self._costs if math.isfinite(cost)), default=0.0)
        return [cost if math.isfinite(cost) else worst for cost in self._costs]
