"""Six functions that a search maximises: smooth, wiggly, mixed, conditional and noisy ones.

Every optimum is away from the centre and the corners, where searches look first, and no
category comes first because it is best. Constants are from the cited source or chosen by
hand. After a first run two functions were made harder, because they told nothing: the
plateau, whose centre was among the best, and Ackley's domain, of which random search saw
the flat rim only. None was changed since.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from skhpo import Categorical, Float, Int

Params = dict[str, Any]


@dataclass(frozen=True)
class Function:
    """An objective with its space.

    Parameters
    ----------
    name : str
        What tables call it.
    space : dict or list of dict
        Parameter names to dimensions.
    value : callable
        Parameters to the score without noise, larger is better.
    observe : callable
        Noise-free score and a generator to the score that a search sees.
    """

    name: str
    space: Any
    value: Callable[[Params], float]
    observe: Callable[[float, np.random.Generator], float] = lambda score, rng: score

    def evaluate(self, params: Params, rng: np.random.Generator) -> float:
        """Score of a candidate as a search sees it; noise comes from `rng`."""
        return self.observe(self.value(params), rng)


def branin(params: Params) -> float:
    """Negated Branin function, three equal optima of -0.398 (Dixon and Szego 1978)."""
    x, y = params["x"], params["y"]
    quadratic = y - 5.1 / (4 * math.pi**2) * x**2 + 5 / math.pi * x - 6
    return -(quadratic**2 + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x) + 10)


HARTMANN_WEIGHTS = np.array([1.0, 1.2, 3.0, 3.2])
HARTMANN_WIDTHS = np.array(
    [
        [10, 3, 17, 3.5, 1.7, 8],
        [0.05, 10, 17, 0.1, 8, 14],
        [3, 3.5, 1.7, 10, 17, 8],
        [17, 8, 0.05, 10, 0.1, 14],
    ]
)
HARTMANN_CENTRES = 1e-4 * np.array(
    [
        [1312, 1696, 5569, 124, 8283, 5886],
        [2329, 4135, 8307, 3736, 1004, 9991],
        [2348, 1451, 3522, 2883, 3047, 6650],
        [4047, 8828, 8732, 5743, 1091, 381],
    ]
)


def hartmann6(params: Params) -> float:
    """Hartmann function of six inputs, optimum 3.322 (Dixon and Szego 1978)."""
    x = np.array([params[f"x{i}"] for i in range(6)])
    exponents = (HARTMANN_WIDTHS * (x - HARTMANN_CENTRES) ** 2).sum(axis=1)
    return float(HARTMANN_WEIGHTS @ np.exp(-exponents))


# Decimal logarithms of the optimum, in [-5, 1].
ACKLEY_OPTIMUM = np.array([-3.7, -0.4, -1.3, -4.2, 0.3])


def ackley5(params: Params) -> float:
    """Negated Ackley function of five logarithms, optimum 0, 15 ripples a dimension."""
    logs = np.array([math.log10(params[f"x{i}"]) for i in range(5)])
    # [-5, 10], as in benchmarks of Bayesian optimisation: on the classical [-33, 33] random
    # search sees the flat rim only, and any target taken from it means nothing.
    x = (logs - ACKLEY_OPTIMUM) * 15 / 6
    bowl = -20 * math.exp(-0.2 * math.sqrt(float(np.mean(x**2))))
    ripples = -math.exp(float(np.mean(np.cos(2 * math.pi * x))))
    return -(bowl + ripples + 20 + math.e)


# By optimiser: offset, and where the three numbers are best.
OPTIMISERS = {
    "sgd": (-0.6, (0.15, 0.8, 0.3)),
    "adam": (-0.2, (0.75, 0.35, 0.6)),
    "rmsprop": (0.0, (0.35, 0.65, 0.85)),
    "adagrad": (-0.9, (0.5, 0.1, 0.5)),
    "lbfgs": (-0.4, (0.9, 0.9, 0.15)),
}
# By activation: offset, how sharply the numbers matter, and the best number of layers.
ACTIVATIONS = {"tanh": (-0.25, 1.0, 3), "relu": (0.0, 2.5, 7), "logistic": (-0.5, 0.6, 2)}


def mixed(params: Params) -> float:
    """Score of 3 floats, 2 categories and an int, optimum 0; categories move the optimum."""
    offset, centre = OPTIMISERS[params["optimiser"]]
    gain, sharpness, n_layers = ACTIVATIONS[params["activation"]]
    x = np.array([params["rate"], params["decay"], params["momentum"]])
    distance = float(np.array([4.0, 2.0, 1.0]) @ (x - np.array(centre)) ** 2)
    depth = 0.03 * (params["n_layers"] - n_layers) ** 2
    # A ridge: more layers want a lower rate.
    ridge = 0.4 * (x[0] - centre[0]) * (params["n_layers"] - n_layers) / 10
    return offset + gain - sharpness * distance - depth - ridge


def conditional(params: Params) -> float:
    """Accuracy-like score of two kernels with parameters of their own and a shared C."""
    log_C = math.log10(params["C"])
    if params["kernel"] == "rbf":
        log_gamma = math.log10(params["gamma"])
        # A curved valley: the best gamma falls as C grows.
        ridge = log_gamma + 2.1 + 0.5 * (log_C - 1.2)
        return 0.93 - 0.08 * ridge**2 - 0.01 * (log_C - 1.2) ** 2
    degree, coef0 = params["degree"], params["coef0"]
    bend = 0.05 * (degree - 3) ** 2 + 0.3 * (coef0 - 0.7) ** 2
    return 0.90 - bend - 0.03 * (log_C + 0.6 + 0.3 * (degree - 3)) ** 2


def plateau(params: Params) -> float:
    """Accuracy of a classifier: chance for most rates, a slanted plateau for the rest."""
    log_rate, log_decay = math.log10(params["rate"]), math.log10(params["decay"])
    # Learns within a window of rates only, a narrower one with more dropout.
    rise = 1 / (1 + math.exp(-6 * (log_rate + 1.9)))
    fall = 1 / (1 + math.exp(9 * (log_rate + 0.5 + 0.6 * params["dropout"])))
    tilt = 1 - 0.25 * (params["dropout"] - 0.15) ** 2 - 0.03 * (log_decay + 4.6) ** 2
    return 0.1 + 0.82 * rise * fall * max(tilt, 0.0)


def observe_accuracy(score: float, rng: np.random.Generator) -> float:
    """Share of 50 validation rows: a deviation of .02 about the score, then rounded to 1/50."""
    return round(min(max(score + 0.02 * rng.standard_normal(), 0.0), 1.0) * 50) / 50


FUNCTIONS = (
    Function("branin", {"x": Float(-5, 10), "y": Float(0, 15)}, branin),
    Function("hartmann6", {f"x{i}": Float(0, 1) for i in range(6)}, hartmann6),
    Function("ackley5", {f"x{i}": Float(1e-5, 10, log=True) for i in range(5)}, ackley5),
    Function(
        "mixed",
        {
            "rate": Float(0, 1),
            "decay": Float(0, 1),
            "momentum": Float(0, 1),
            "optimiser": Categorical(list(OPTIMISERS)),
            "activation": Categorical(list(ACTIVATIONS)),
            "n_layers": Int(1, 10),
        },
        mixed,
    ),
    Function(
        "conditional",
        [
            {
                "kernel": ["rbf"],
                "C": Float(1e-3, 1e3, log=True),
                "gamma": Float(1e-5, 1e1, log=True),
            },
            {
                "kernel": ["poly"],
                "C": Float(1e-3, 1e3, log=True),
                "degree": Int(1, 6),
                "coef0": Float(0, 2),
            },
        ],
        conditional,
    ),
    Function(
        "plateau",
        {
            "rate": Float(1e-5, 1, log=True),
            "dropout": Float(0, 0.8),
            "decay": Float(1e-6, 1e-1, log=True),
        },
        plateau,
        observe_accuracy,
    ),
)
