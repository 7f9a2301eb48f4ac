"""What a strategy was told of a candidate, and whether that can be."""

from __future__ import annotations

import math
import numbers
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, get_args

from skhpo._trial import Candidate, Status


@dataclass(frozen=True)
class Told:
    """What was told of one candidate."""

    score: float
    noise: float
    budget: float


def check_asked(candidate: Any, asked: Sequence[Candidate]) -> int:
    """Number of a candidate that is one of those asked.

    Raises
    ------
    TypeError
        If it is no Candidate.
    ValueError
        If its number was not asked, or not with these parameters.
    """
    if not isinstance(candidate, Candidate):
        raise TypeError(
            f"`candidate` must be what `ask` gave, got {candidate!r} of type "
            f"{type(candidate).__name__}; pass the Candidate, not its params."
        )
    number = candidate.number
    is_asked = isinstance(number, numbers.Integral) and 0 <= number < len(asked)
    if not is_asked or not _is_alike(candidate.params, asked[number].params):
        raise ValueError(
            f"`candidate` must be one that this strategy's `ask` gave, got number {number} "
            f"with {candidate.params!r} after {len(asked)} asks; tell the candidate "
            "to the strategy that gave it."
        )
    return number


def _is_alike(params: Any, others: dict[str, Any]) -> bool:
    """Whether names agree, and values that are numbers or text.

    Copies of estimators and functions, as from another process, are equal to nothing.
    """
    if not isinstance(params, dict) or params.keys() != others.keys():
        return False
    pairs = ((value, others[name]) for name, value in params.items())
    return all(a == b or a != a for a, b in pairs if _is_plain(a) and _is_plain(b))


def _is_plain(value: Any) -> bool:
    """Whether a value is a number or text, equal to its copies."""
    return isinstance(value, numbers.Real | str)


def check_status(status: Any) -> None:
    """Check how a trial ended.

    Raises
    ------
    ValueError
        If trials do not end so.
    """
    if not isinstance(status, str) or status not in get_args(Status):
        raise ValueError(
            f"`status` must be one of {get_args(Status)}, got {status!r}; leave it out where there "
            "is a score, or pass 'failed' with nan."
        )


def check_number(name: str, value: Any) -> float:
    """Value as a float, if it is a number."""
    if not isinstance(value, numbers.Real) or isinstance(value, bool):
        raise TypeError(
            f"`{name}` must be a number, got {value!r} of type {type(value).__name__}; "
            "pass a float, nan for a failure."
        )
    return float(value)


def check_noise(noise: Any) -> float:
    """Standard error: finite and not negative."""
    number = check_number("noise", noise)
    if not 0.0 <= number < math.inf:
        raise ValueError(
            f"`noise` must be finite and not negative, got {noise!r}; pass the standard error "
            "of the score, or None."
        )
    return number


def check_budget(budget: Any) -> float:
    """Share of a full evaluation: in (0, 1]."""
    number = check_number("budget", budget)
    if not 0.0 < number <= 1.0:
        raise ValueError(
            f"`budget` must be in (0, 1], got {budget!r}; pass the share of a full evaluation, "
            "or None for all of it."
        )
    return number
