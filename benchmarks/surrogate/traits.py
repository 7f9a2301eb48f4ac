"""Traits that the scores of real searches have, for objectives given by formulas.

u is a parameter's position in its range, 0 at `low` and 1 at `high`, in the logarithm
where the range is logarithmic.
"""

from __future__ import annotations

import hashlib
import math
import numbers
from typing import Any

import numpy as np

from skhpo import Float, Int


def position(dimension: Float | Int, value: float) -> float:
    """Position u of a value in its range."""
    low, high = float(dimension.low), float(dimension.high)
    if dimension.log:
        return math.log(value / low) / math.log(high / low)
    return (value - low) / (high - low)


def positions(params: dict[str, Any], branch: dict[str, Any]) -> dict[str, float]:
    """Positions of all parameters of a branch that are numbers in a range."""
    return {
        name: position(dimension, params[name])
        for name, dimension in branch.items()
        if isinstance(dimension, Float | Int)
    }


def roughness(params: dict[str, Any], deviation: float) -> float:
    """Gaussian of mean 0 from a hash of the parameters: what the cut of the folds adds.

    Neighbours have unrelated values, as accuracies on few rows nearly have, and a
    candidate that is evaluated again has the same. Numbers are read to 12 digits, so that
    Python's and numpy's are equal.
    """
    text = ";".join(f"{name}={_as_text(params[name])}" for name in sorted(params))
    digest = hashlib.blake2b(text.encode(), digest_size=8).digest()
    rng = np.random.default_rng(int.from_bytes(digest, "little"))
    return deviation * float(rng.standard_normal())


def _as_text(value: Any) -> str:
    """Text of a parameter, the same for equal numbers of any type."""
    return f"{float(value):.12g}" if isinstance(value, numbers.Real) else str(value)


def off_centre(rng: np.random.Generator, n: int) -> np.ndarray:
    """Draw n positions away from the centre and from the ends, where searches look first."""
    near = rng.uniform(0.1, 0.36, n)
    return np.where(rng.uniform(size=n) < 0.5, near, 1 - near)


def valley(u: float, centre: float, above: float = 2.0) -> float:
    """Penalty of 0 at the centre: a square, `above` times as steep on the side above it."""
    distance = u - centre
    return distance**2 * (above if distance > 0 else 1.0)


def saturate(penalty: float, best: float, chance: float) -> float:
    """Score between chance and the best one: far from the optimum all are equally bad."""
    return chance + (best - chance) * math.exp(-penalty)


def rounded(accuracy: float, n_rows: int) -> float:
    """Accuracy as n validation rows can show it, between 0 and 1."""
    return round(min(max(accuracy, 0.0), 1.0) * n_rows) / n_rows
