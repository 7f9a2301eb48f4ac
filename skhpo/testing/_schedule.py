"""A strategy asked and told: in turn, with several pending, scored by a smooth function."""

from __future__ import annotations

import math
import numbers
from collections import deque
from collections.abc import Callable, Hashable
from typing import Any

from skhpo._strategy import Strategy
from skhpo._trial import Candidate

Params = dict[str, Any]
Score = Callable[[Params], float]


def score_of(params: Params) -> float:
    """Smooth function of whatever the parameters are, in [0, 1 per parameter]."""
    score = 0.0
    for name, value in params.items():
        if isinstance(value, numbers.Real) and not isinstance(value, bool):
            # Of the logarithm's size, so that ranges of any width matter.
            number = float(value)
            position = math.copysign(math.log1p(abs(number)), number)
            score += math.exp(-((position - 0.1 * len(name) - 0.3) ** 2))
        else:
            # Types and lengths, because hashes of strings differ between processes.
            score += (len(str(type(value))) % 5 + len(repr(value)) % 3) / 6
    return score


def at_most(strategy: Strategy, n: int) -> int:
    """`n`, or all candidates of a smaller space."""
    return n if strategy.n_candidates is None else min(n, strategy.n_candidates)


def run(
    strategy: Strategy, n: int, *, n_pending: int = 1, score: Score = score_of
) -> list[Candidate]:
    """Ask `n` candidates, or all there are, and tell each when `n_pending` are pending."""
    asked: list[Candidate] = []
    pending: deque[Candidate] = deque()
    for _ in range(at_most(strategy, n)):
        candidate = strategy.ask()
        asked.append(candidate)
        pending.append(candidate)
        if len(pending) == n_pending:
            told = pending.popleft()
            strategy.tell(told, score(told.params))
    while pending:
        told = pending.popleft()
        strategy.tell(told, score(told.params))
    return asked


def identify(params: Params) -> frozenset[tuple[str, Hashable]]:
    """Identity of parameters: 1, 1.0 and True differ; what has no hash is itself only."""
    return frozenset((name, _identify_value(value)) for name, value in params.items())


def _identify_value(value: Any) -> Hashable:
    """Identity of a value."""
    try:
        hash(value)
    except TypeError:
        return ("identity", id(value))
    return (type(value), value)


def show(candidates: list[Candidate]) -> list[str]:
    """Parameters as text, which copies of a strategy share although objects differ."""
    # Names sorted: a dict's order is nobody's promise.
    return [repr(sorted(candidate.params.items())) for candidate in candidates]
