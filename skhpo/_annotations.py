"""Types of keywords that several public signatures have: an editor completes their values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import numpy as np

ErrorScore = float | Literal["raise"]
InitialParams = (
    Literal["default"] | Mapping[str, Any] | Sequence[Mapping[str, Any] | Literal["default"]] | None
)
OnInterrupt = Literal["raise", "refit"]
RandomState = int | np.integer[Any] | np.random.RandomState | None
Refit = bool | str | Callable[..., Any]
ScoringChoice = str | Callable[..., Any] | Sequence[str] | Mapping[str, Any] | None
StrategyName = Literal["bayes", "grid", "random"]
