"""The claim of those that learn: on plain functions they beat random search."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import Any

from skhpo._dimensions import Categorical, Float, Int
from skhpo._random import RandomStrategy
from skhpo.testing._check import Make, StrategyCheck, single
from skhpo.testing._schedule import Params, Score, run

N_TRIALS = 40
N_SEEDS = 5
# Of 15 pairs. A strategy that is no better than random search wins so many with
# probability .018 (binomial, one half).
N_WINS = 12


@dataclass(frozen=True)
class PlainFunction:
    """A space and a score without noise; the optimum is off the centre and the corners."""

    name: str
    space: Any
    score: Score


def bowl(params: Params) -> float:
    """Quadratic in three floats of unequal weight."""
    weights = {"x": (4.0, 0.23), "y": (2.0, 0.71), "z": (1.0, 0.38)}
    distances = (weight * (params[n] - best) ** 2 for n, (weight, best) in weights.items())
    return -float(sum(distances))


def valley(params: Params) -> float:
    """Curved valley in a logarithm and an integer."""
    rate, n = math.log10(params["rate"]), float(params["n"])
    return -((rate + 3.4 - 0.08 * n) ** 2) - 0.005 * (n - 14) ** 2


# Height and optimum by category.
LEVELS = {"a": (-0.3, 0.8, 0.3), "b": (0.0, 0.3, 0.6), "c": (-0.6, 0.5, 0.9)}


def levels(params: Params) -> float:
    """Quadratic in two floats, whose optimum and height a category sets."""
    height, best_x, best_y = LEVELS[params["c"]]
    x, y = float(params["x"]), float(params["y"])
    return height - 2 * (x - best_x) ** 2 - (y - best_y) ** 2


FUNCTIONS = (
    PlainFunction("bowl", {n: Float(0, 1) for n in "xyz"}, bowl),
    PlainFunction("valley", {"rate": Float(1e-6, 1, log=True), "n": Int(1, 30)}, valley),
    PlainFunction(
        "levels", {"x": Float(0, 1), "y": Float(0, 1), "c": Categorical(["a", "b", "c"])}, levels
    ),
)


def learning_beats_random_search(make: Make) -> None:
    """The best of 40 trials beats random search's in 12 of 15 pairs of equal seeds.

    A strategy that does not learn passes: it makes no such claim.
    """
    if not make(FUNCTIONS[0].space, 0).learns:
        return
    wins = {function.name: 0 for function in FUNCTIONS}
    for function, seed in itertools.product(FUNCTIONS, range(N_SEEDS)):
        ours, random = (_best(each, function, seed) for each in (make, _make_random))
        wins[function.name] += ours > random
        if sum(wins.values()) == N_WINS:
            # The pairs that are left would change nothing.
            return
    raise AssertionError(
        f"The best of {N_TRIALS} trials must beat random search's for {N_WINS} of "
        f"{N_SEEDS * len(FUNCTIONS)} pairs, got {wins} of {N_SEEDS} each."
    )


def _best(make: Make, function: PlainFunction, seed: int) -> float:
    """Best score of one search."""
    asked = run(make(function.space, seed), N_TRIALS, score=function.score)
    return max(function.score(candidate.params) for candidate in asked)


def _make_random(space: Any, seed: int) -> RandomStrategy:
    """Make what is to be beaten."""
    return RandomStrategy(space, random_state=seed)


CHECKS: tuple[StrategyCheck, ...] = single(learning_beats_random_search)
