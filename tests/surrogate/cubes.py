"""Spaces as the surrogate sees them, and codes drawn from them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from skhpo import Categorical, Float, Int
from skhpo._space import Space

FLOATS = {"a": Float(0, 1), "b": Float(0, 1), "c": Float(0, 1)}
MIXED = {
    "rate": Float(1e-4, 1, log=True),
    "solver": Categorical(["x", "y", "z"]),
    "depth": Int(1, 9),
}
CONDITIONAL = [
    {"kernel": ["rbf"], "C": Float(0.1, 10, log=True), "gamma": Float(1e-3, 1, log=True)},
    {
        "kernel": ["poly"],
        "C": Float(0.1, 10, log=True),
        "degree": Int(1, 4),
        "shift": Categorical(["no", "yes", "both"]),
    },
    {"kernel": ["linear"], "C": Float(0.1, 10, log=True)},
]
SPACES = {"floats": FLOATS, "mixed": MIXED, "conditional": CONDITIONAL}


@dataclass(frozen=True)
class Drawn:
    """Codes of a space."""

    space: Space
    U: np.ndarray


def draw(name, n, seed=0):
    """Draw `n` codes of one of `SPACES`."""
    space = Space.from_description(SPACES[name])
    return Drawn(space, space.sample_encoded(n, np.random.default_rng(seed)))


def central_difference(function, x, step=1e-6):
    """Gradient of a scalar function; the error is of order step**2."""
    x = np.asarray(x, dtype=float)
    steps = step * np.eye(x.size).reshape(x.size, *x.shape)
    return np.array([(function(x + s) - function(x - s)) / (2 * step) for s in steps]).reshape(
        x.shape
    )
