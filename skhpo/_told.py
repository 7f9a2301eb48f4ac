"""What a strategy that learns was told of a candidate, and whether that can be."""

from __future__ import annotations

import math
import numbers
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Told:
    """What was told of one candidate."""

    score: float
    noise: float
    budget: float


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
