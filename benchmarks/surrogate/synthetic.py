"""Seven objectives given by formulas on spaces of one dict; all are cheap and exact.

Every optimum is away from the centre, the corners and the first category, but for one that
lies at an end on purpose. Constants that are not in the code are drawn from generators with
a seed; none was changed after a search had been run.
"""

from __future__ import annotations

import math

import numpy as np
from task import Params, Task
from traits import off_centre, positions, roughness, rounded, saturate, valley

from skhpo import Categorical, Float, Int

ADDITIVE_SPACE = {
    f"x{i:02d}": (Float(0, 1), Float(1e-5, 1, log=True), Int(1, 50))[i % 3] for i in range(16)
}
# Which five of the sixteen matter, how much, and where they are best.
ADDITIVE_RNG = np.random.default_rng(1)
ADDITIVE_NAMES = [f"x{i:02d}" for i in ADDITIVE_RNG.permutation(16)[:5]]
ADDITIVE_WEIGHTS = (0.5, 0.3, 0.2, 0.12, 0.08)
ADDITIVE_CENTRES = off_centre(ADDITIVE_RNG, 5)


def additive(params: Params) -> float:
    """Sum of five valleys and two interactions; eleven dimensions add roughness only."""
    u = positions(params, ADDITIVE_SPACE)
    d = [u[name] - centre for name, centre in zip(ADDITIVE_NAMES, ADDITIVE_CENTRES, strict=True)]
    alone = sum(w * valley(x, 0.0) for w, x in zip(ADDITIVE_WEIGHTS, d, strict=True))
    together = 0.25 * (d[0] + 0.7 * d[2]) ** 2 + 0.15 * abs(d[1] * d[3])
    return 0.87 - alone - together + roughness(params, 0.006)


BOOSTING_SPACE = {
    "learning_rate": Float(1e-4, 1, log=True),
    "n_estimators": Int(10, 2000, log=True),
    "max_depth": Int(1, 15),
    "subsample": Float(0.2, 1),
    "min_child_weight": Int(1, 100, log=True),
    "reg_lambda": Float(1e-8, 100, log=True),
}


def boosting(params: Params) -> float:
    """AUC of boosted trees: a ridge of rate and rounds, which deeper trees move."""
    log_rate, depth = math.log10(params["learning_rate"]), params["max_depth"]
    fitted = log_rate + math.log10(params["n_estimators"])
    excess = fitted - 1.3 + 0.09 * (depth - 4)
    # Too few rounds cost more than too many; a low rate is a little better by itself.
    rounds = 0.22 * excess**2 if excess < 0 else 0.07 * excess**2
    rate = 0.02 * valley(log_rate, -1.9, above=3.0)
    shape = 0.006 * valley(depth, 4, above=0.6) + 0.3 * (params["subsample"] - 0.71) ** 2
    leaves = 0.03 * (math.log10(params["min_child_weight"]) - 0.3 - 0.08 * (depth - 4)) ** 2
    shrunk = 0.004 * valley(math.log10(params["reg_lambda"]), 0.6, above=4.0)
    penalty = rounds + rate + shape + leaves + shrunk
    return saturate(penalty, 0.912, 0.5) + roughness(params, 0.004)


LEVELS_RNG = np.random.default_rng(3)
# By encoder: offset and the best smoothing. By imputer: offset and the best trim.
ENCODERS = {
    f"encoder_{i:02d}": (offset, centre)
    for i, (offset, centre) in enumerate(
        zip(LEVELS_RNG.normal(0, 0.03, 30), off_centre(LEVELS_RNG, 30), strict=True)
    )
}
IMPUTERS = {
    name: (offset, centre)
    for name, offset, centre in zip(
        ("mean", "median", "mode", "zero", "hot_deck", "neighbours", "chained"),
        LEVELS_RNG.normal(0, 0.015, 7),
        off_centre(LEVELS_RNG, 7),
        strict=True,
    )
}
LEVELS_SPACE = {
    "encoder": Categorical(list(ENCODERS)),
    "imputer": Categorical(list(IMPUTERS)),
    "smoothing": Float(1e-2, 1e3, log=True),
    "trim": Float(0, 0.5),
    "alpha": Float(1e-6, 1e2, log=True),
}


def levels(params: Params) -> float:
    """Score of 30 and of 7 levels without order, each with a best number of its own."""
    u = positions(params, LEVELS_SPACE)
    encoder, smoothing = ENCODERS[params["encoder"]]
    imputer, trim = IMPUTERS[params["imputer"]]
    numbers = 0.10 * valley(u["smoothing"], smoothing) + 0.06 * valley(u["trim"], trim)
    regularised = 0.2 * valley(u["alpha"], 0.33, above=1.5)
    return 0.71 + encoder + imputer - numbers - regularised + roughness(params, 0.003)


CLIFF_SPACE = {
    "learning_rate": Float(1e-5, 1, log=True),
    "width": Int(8, 512, log=True),
    "n_layers": Int(1, 8),
    "momentum": Float(0, 0.99),
    "dropout": Float(0, 0.8),
}


def cliff(params: Params) -> float:
    """Accuracy on 90 rows: chance below a rate and beyond a cliff, the best next to it."""
    step = math.log10(params["learning_rate"] / (1 - params["momentum"]))
    limit = -0.25 - 0.45 * math.log10(params["width"] / 64) - 0.07 * params["n_layers"]
    if step > limit:
        return rounded(0.1 + roughness(params, 0.03), 90)
    slow = 0.16 * (limit - step) ** 1.5
    capacity = 0.09 * valley(math.log2(params["width"]), 7.3, above=0.5)
    deep = 0.03 * valley(params["n_layers"], 3, above=1.5)
    dropped = 1.2 * valley(params["dropout"], 0.22, above=1.6)
    penalty = max(slow + capacity + deep + dropped, 0.0)
    # More than 2.2 has learnt nothing at all: the plateau.
    accuracy = saturate(penalty, 0.88, 0.1) if penalty < 2.2 else 0.1
    return rounded(accuracy + roughness(params, 0.012), 90)


MEMORY_SPACE = {
    "batch_size": Int(8, 1024, log=True),
    "width": Int(16, 4096, log=True),
    "n_layers": Int(1, 12),
    "learning_rate": Float(1e-5, 1, log=True),
    "n_heads": [1, 2, 4, 8, 16],
    "weight_decay": Float(1e-6, 1, log=True),
}


def memory(params: Params) -> float:
    """Accuracy of a network that fails for lack of memory, and by a rate that diverges."""
    batch, width = math.log2(params["batch_size"]), math.log2(params["width"])
    layers, log_rate = params["n_layers"], math.log10(params["learning_rate"])
    if batch + width + math.log2(layers) > 18.2 or log_rate > -0.9 - 0.12 * layers:
        return math.nan
    size = 0.02 * valley(width, 10.6, above=1.5) + 0.012 * valley(layers, 6.6, above=0.7)
    # Larger batches want higher rates.
    ridge = 0.12 * (log_rate + 2.6 - 0.22 * (batch - 6)) ** 2 + 0.01 * (batch - 5.3) ** 2
    heads = 0.03 * (math.log2(params["n_heads"]) - 3) ** 2
    decay = 0.025 * valley(math.log10(params["weight_decay"]), -1.8, above=2.5)
    penalty = size + ridge + heads + decay
    return saturate(penalty, 0.84, 0.2) + roughness(params, 0.006)


EXPLODING_SPACE = {
    "learning_rate": Float(1e-4, 10, log=True),
    "clip": Float(0.1, 100, log=True),
    "n_steps": Int(5, 500, log=True),
    "warmup": Float(0, 1),
    "decay": Float(1e-6, 1e-1, log=True),
    "depth": Int(1, 10),
    "activation": ["logistic", "tanh", "relu", "gelu"],
    "temperature": Float(0.1, 5, log=True),
}
# By activation: loss added, and how early the loss explodes.
EXPLODING_ACTIVATIONS = {
    "logistic": (0.12, -0.5),
    "tanh": (0.03, 0.0),
    "relu": (0.05, 0.6),
    "gelu": (0.0, 0.35),
}


def exploding(params: Params) -> float:
    """Negated log loss that grows to a million past an edge; a full warm-up is the best."""
    u = positions(params, EXPLODING_SPACE)
    added, early = EXPLODING_ACTIVATIONS[params["activation"]]
    log_rate = math.log10(params["learning_rate"])
    excess = log_rate + 0.5 * math.log10(params["clip"]) + early - 0.4 * u["warmup"] + 0.4
    if excess > 0:
        return -1.5 - 10 ** min(3.2 * excess, 6.0) + roughness(params, 0.02)
    learnt = log_rate + math.log10(params["n_steps"])
    short = 0.09 * valley(learnt, 0.55, above=0.3) + 0.05 * valley(u["clip"], 0.35)
    deep = 0.008 * valley(params["depth"], 4 - 1.5 * early, above=1.4)
    scaled = 0.5 * valley(u["temperature"], 0.68) + 0.15 * valley(u["decay"], 0.3)
    loss = 0.31 + added + short + deep + scaled + 0.15 * (1 - u["warmup"])
    return -min(loss, 1.4) + roughness(params, 0.008)


FORTY_SPACE = {
    f"x{i:02d}": (
        Float(-1, 1),
        Float(1e-4, 1e4, log=True),
        Int(0, 30),
        Categorical(["a", "b", "c"]),
    )[i % 4]
    for i in range(40)
}
FORTY_RNG = np.random.default_rng(7)
# Six numbers that matter, six that matter little; two categories.
FORTY_NUMBERS = FORTY_RNG.permutation([f"x{i:02d}" for i in range(40) if i % 4 != 3])[:12]
FORTY_WEIGHTS = np.array([0.6, 0.5, 0.4, 0.3, 0.25, 0.2] + [0.03] * 6)
FORTY_CENTRES = off_centre(FORTY_RNG, 12)
FORTY_CATEGORIES = {
    "x11": {"a": 0.0, "b": 0.02, "c": 0.07},
    "x31": {"a": 0.01, "b": 0.04, "c": 0.0},
}


def forty(params: Params) -> float:
    """Forty dimensions, of which twelve numbers and two categories matter."""
    u = positions(params, FORTY_SPACE)
    d = np.array([u[name] for name in FORTY_NUMBERS]) - FORTY_CENTRES
    bowl = float(FORTY_WEIGHTS @ d**2) + 0.3 * float(d[0] * d[3])
    added = sum(gains[params[name]] for name, gains in FORTY_CATEGORIES.items())
    return 0.74 + added - bowl + roughness(params, 0.006)


PLAIN_SYNTHETIC_TASKS = (
    Task("additive_16", ADDITIVE_SPACE, additive),
    Task("boosting_ridge", BOOSTING_SPACE, boosting),
    Task("levels_30", LEVELS_SPACE, levels),
    Task("cliff_ties", CLIFF_SPACE, cliff),
    Task("memory_failures", MEMORY_SPACE, memory),
    Task("exploding_loss", EXPLODING_SPACE, exploding),
    Task("forty", FORTY_SPACE, forty),
)
