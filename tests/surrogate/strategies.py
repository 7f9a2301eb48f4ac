"""Spaces with choices of every kind, and a strategy run on them."""

from __future__ import annotations

import math

from skhpo import Categorical, Float, Int

FLOATS = {"x": Float(0, 1), "y": Float(1e-3, 1e3, log=True)}
MIXED = {**FLOATS, "c": Categorical(["a", "b", "c"]), "n": Int(1, 20)}
CONDITIONAL = [
    {"k": ["rbf"], "C": Float(1e-2, 1e2, log=True), "gamma": Float(1e-3, 1, log=True)},
    {"k": ["poly"], "C": Float(1e-2, 1e2, log=True), "degree": Int(1, 5)},
    {"k": ["linear"], "C": Float(1e-2, 1e2, log=True)},
]


def score_of(params):
    """A smooth function of whatever the parameters are."""
    score = 0.0
    for name, value in params.items():
        if isinstance(value, str):
            score += {"a": 0.1, "b": 0.4, "poly": 0.2, "rbf": 0.3}.get(value, 0.0)
        else:
            score -= (math.log10(1 + value) - 0.2 - 0.05 * len(name)) ** 2
    return score


def run(strategy, n, score=score_of):
    """Parameters of `n` candidates, each told before the next is asked."""
    asked = []
    for _ in range(n):
        candidate = strategy.ask()
        strategy.tell(candidate, score(candidate.params))
        asked.append(candidate.params)
    return asked
