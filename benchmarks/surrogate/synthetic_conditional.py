"""Six objectives given by formulas on spaces of two to six dicts.

Branches differ in how good they can be, and parameters that several branches have are best
at the same place or at shifted ones. Constants that are not in the code are drawn from
generators with a seed; none was changed after a search had been run.
"""

from __future__ import annotations

import math

import numpy as np
from task import Branch, Params, Task
from traits import off_centre, positions, roughness, rounded, saturate, valley

from skhpo import Float, Int


def find_branch(space: list[Branch], params: Params) -> Branch:
    """Dict of the space whose first name, a list of one value, is what params have."""
    key = next(iter(space[0]))
    return next(branch for branch in space if branch[key] == [params[key]])


def bowl(u: dict[str, float], centres: dict[str, tuple[float, float]]) -> float:
    """Sum of valleys over names; centres are pairs of a weight and a position."""
    return sum(weight * valley(u[name], centre) for name, (weight, centre) in centres.items())


LEARNERS_SHARED = {
    "learning_rate": Float(1e-5, 1, log=True),
    "weight_decay": Float(1e-7, 1e-1, log=True),
    "batch_size": Int(8, 512, log=True),
}
LEARNERS_SPACE = [
    {"model": ["convolution"], "kernel_size": Int(1, 11), "stride": [1, 2, 3], **LEARNERS_SHARED},
    {
        "model": ["attention"],
        "n_heads": [1, 2, 4, 8],
        "width": Int(16, 512, log=True),
        "dropout": Float(0, 0.7),
        **LEARNERS_SHARED,
    },
]


def learners(params: Params) -> float:
    """Accuracy of two learners whose three shared numbers are best at the same place."""
    u = positions(params, find_branch(LEARNERS_SPACE, params))
    shared = {"learning_rate": (7.0, 0.66), "weight_decay": (0.8, 0.31), "batch_size": (0.5, 0.24)}
    ridge = 3.0 * (u["learning_rate"] - 0.66 - 0.25 * (u["batch_size"] - 0.24)) ** 2
    penalty = bowl(u, shared) + ridge
    if params["model"] == "convolution":
        penalty += 0.02 * valley(params["kernel_size"], 4, 0.6) + 0.08 * (params["stride"] - 2) ** 2
        return saturate(penalty, 0.886, 0.1) + roughness(params, 0.006)
    heads = 0.05 * (math.log2(params["n_heads"]) - 2) ** 2
    penalty += heads + bowl(u, {"width": (1.2, 0.64), "dropout": (0.9, 0.28)})
    return saturate(penalty, 0.908, 0.1) + roughness(params, 0.006)


MODELS_SPACE = [
    {"model": ["linear"], "C": Float(1e-4, 1e4, log=True), "n_features": Int(1, 40)},
    {
        "model": ["neighbours"],
        "k": Int(1, 60, log=True),
        "p": Float(1, 4),
        "n_features": Int(1, 40),
    },
    {
        "model": ["svc"],
        "C": Float(1e-3, 1e4, log=True),
        "gamma": Float(1e-6, 10, log=True),
        "n_features": Int(1, 40),
    },
    {
        "model": ["tree"],
        "max_depth": Int(1, 25),
        "ccp_alpha": Float(1e-6, 1, log=True),
        "n_features": Int(1, 40),
    },
    {
        "model": ["forest"],
        "max_depth": Int(1, 25),
        "max_features": Float(0.05, 1),
        "min_samples_leaf": Int(1, 50, log=True),
        "n_features": Int(1, 40),
    },
    {"model": ["bayes"], "var_smoothing": Float(1e-12, 1, log=True), "n_features": Int(1, 40)},
]
MODELS_RNG = np.random.default_rng(12)
# By model: its best AUC and the best number of features. Forests bear useless features.
MODELS = {
    "linear": (0.801, 9),
    "neighbours": (0.818, 5),
    "svc": (0.874, 13),
    "tree": (0.792, 16),
    "forest": (0.866, 29),
    "bayes": (0.770, 7),
}
MODELS_CENTRES = {
    branch["model"][0]: {
        name: (float(MODELS_RNG.uniform(1, 8)), float(off_centre(MODELS_RNG, 1)[0]))
        for name in branch
        if name not in ("model", "n_features")
    }
    for branch in MODELS_SPACE
}


def models(params: Params) -> float:
    """AUC of six models, the svc's of a narrow valley between C and gamma."""
    u = positions(params, find_branch(MODELS_SPACE, params))
    best, n_features = MODELS[params["model"]]
    centres = MODELS_CENTRES[params["model"]]
    penalty = bowl(u, centres) + 0.7 * abs(math.log(params["n_features"] / n_features)) ** 1.5 / 3
    if params["model"] == "svc":
        away = {name: u[name] - centre for name, (_, centre) in centres.items()}
        penalty += 25 * (away["C"] + away["gamma"]) ** 2
    return saturate(penalty, best, 0.5) + roughness(params, 0.004)


OPTIMISERS_SHARED = {
    "learning_rate": Float(1e-5, 10, log=True),
    "n_epochs": Int(1, 100, log=True),
    "batch_size": Int(16, 512, log=True),
    "label_smoothing": Float(0, 0.4),
}
OPTIMISERS_SPACE = [
    {
        "optimiser": ["sgd"],
        "momentum": Float(0, 0.999),
        "nesterov": [False, True],
        **OPTIMISERS_SHARED,
    },
    {
        "optimiser": ["adam"],
        "beta_1": Float(0.5, 0.999),
        "epsilon": Float(1e-10, 1, log=True),
        **OPTIMISERS_SHARED,
    },
    {"optimiser": ["lion"], "weight_decay": Float(1e-6, 1e2, log=True), **OPTIMISERS_SHARED},
]
# By optimiser: best accuracy, and the decimal logarithms of the best and of a fatal rate.
OPTIMISERS = {"sgd": (0.921, -0.6, 0.35), "adam": (0.909, -2.7, -1.3), "lion": (0.913, -3.6, -2.6)}


def optimisers(params: Params) -> float:
    """Accuracy of three optimisers: shared numbers, best at other rates, cliffs above."""
    u = positions(params, find_branch(OPTIMISERS_SPACE, params))
    best, wanted, fatal = OPTIMISERS[params["optimiser"]]
    log_rate = math.log10(params["learning_rate"])
    if params["optimiser"] == "sgd":
        log_rate -= 0.5 * math.log10(1 - params["momentum"]) - 0.35
    if log_rate > fatal:
        return 0.1 + abs(roughness(params, 0.01))
    epochs = math.log10(params["n_epochs"])
    # Fewer epochs want higher rates; larger batches too.
    wanted += 0.3 * (1.5 - epochs) + 0.5 * (u["batch_size"] - 0.3)
    penalty = 0.5 * valley(log_rate, min(wanted, fatal - 0.1), 1.0) + 0.12 * valley(
        epochs, 1.6, 0.8
    )
    penalty += bowl(u, {"label_smoothing": (0.5, 0.27), "batch_size": (0.2, 0.3)})
    own = {"momentum": (0.3, 0.86), "beta_1": (0.5, 0.7), "epsilon": (0.6, 0.24)}
    own["weight_decay"] = (1.0, 0.63)
    penalty += bowl(u, {name: own[name] for name in own if name in u})
    penalty += 0.03 * (params.get("nesterov") is False)
    return saturate(penalty, best, 0.1) + roughness(params, 0.005)


PREPROCESSING_SHARED = {
    "scaler": ["none", "minmax", "robust", "standard"],
    "C": Float(1e-3, 1e4, log=True),
    "gamma": Float(1e-6, 10, log=True),
}
PREPROCESSING_SPACE = [
    {"reduce": ["none"], **PREPROCESSING_SHARED},
    {
        "reduce": ["pca"],
        "n_components": Int(1, 50),
        "whiten": [False, True],
        **PREPROCESSING_SHARED,
    },
    {"reduce": ["select"], "k": Int(1, 100, log=True), **PREPROCESSING_SHARED},
    {
        "reduce": ["embed"],
        "n_neighbors": Int(2, 60, log=True),
        "n_components": Int(1, 50),
        **PREPROCESSING_SHARED,
    },
]
# By reduction: best accuracy and the shift of the best gamma's decimal logarithm.
REDUCTIONS = {"none": (0.84, 0.0), "pca": (0.90, 0.5), "select": (0.885, 0.9), "embed": (0.86, 1.6)}
# By scaler: penalty and a shift of the same kind.
SCALERS = {
    "none": (0.35, -1.4),
    "minmax": (0.08, 1.1),
    "robust": (0.02, -0.2),
    "standard": (0.0, 0),
}


def preprocessing(params: Params) -> float:
    """Accuracy on 150 rows of four reductions before one classifier; ties."""
    best, shift = REDUCTIONS[params["reduce"]]
    penalty, scale_shift = SCALERS[params["scaler"]]
    log_C, log_gamma = math.log10(params["C"]), math.log10(params["gamma"])
    # Whitening is what makes scaling needless.
    if params.get("whiten"):
        penalty, scale_shift = 0.3 * penalty, 0.6
    valley_floor = log_gamma + 2.3 - shift - scale_shift + 0.4 * (log_C - 1.2)
    penalty += 0.3 * valley_floor**2 + 0.03 * (log_C - 1.2) ** 2
    if "n_components" in params:
        penalty += 0.25 * abs(math.log(params["n_components"] / 17)) ** 1.5
    if "k" in params:
        penalty += 0.3 * math.log(params["k"] / 22) ** 2
    if "n_neighbors" in params:
        penalty += 0.2 * math.log(params["n_neighbors"] / 9) ** 2
    return rounded(saturate(penalty, best, 0.2) + roughness(params, 0.01), 150)


FAILURES_SHARED = {"alpha": Float(1e-8, 1e2, log=True), "n_knots": Int(2, 60, log=True)}
FAILURES_SPACE = [
    {"solver": ["cholesky"], "jitter": Float(1e-14, 1e-1, log=True), **FAILURES_SHARED},
    {
        "solver": ["sgd"],
        "eta0": Float(1e-4, 10, log=True),
        "power_t": Float(0, 1),
        **FAILURES_SHARED,
    },
    {"solver": ["conjugate"], "n_steps": Int(1, 300, log=True), **FAILURES_SHARED},
]


def failures(params: Params) -> float:
    """Negated error of three solvers: one fails, one explodes, one is dull."""
    log_alpha, knots = math.log10(params["alpha"]), math.log(params["n_knots"])
    # More knots want a larger penalty.
    fit = (
        0.35 * valley(knots, math.log(19), 0.8) / 2
        + 0.05 * (log_alpha + 2.2 - 0.8 * (knots - math.log(19))) ** 2
    )
    error = 1.0 + fit + roughness(params, 0.015)
    if params["solver"] == "cholesky":
        log_jitter = math.log10(params["jitter"])
        if max(log_jitter, log_alpha - 5) < -9.2 + 0.7 * knots:
            return math.nan
        return -(0.93 * error + 0.012 * valley(log_jitter, -6.1, 3.0))
    if params["solver"] == "sgd":
        excess = math.log10(params["eta0"]) + 0.6 * knots - 0.9 - 0.5 * params["power_t"]
        slow = 0.12 * (excess + 0.6) ** 2 + 0.3 * (params["power_t"] - 0.31) ** 2
        return -(error + slow + (10 ** min(4 * excess, 9) if excess > 0 else 0.0))
    return -(1.06 * error + 0.1 * valley(math.log(params["n_steps"] / 41), 0.0, 0.3))


NARROW_SHARED = {f"x{i:02d}": (Float(0, 1), Float(1e-3, 1e3, log=True))[i % 2] for i in range(10)}
NARROW_OWN = ("y0", "y1", "y2")
NARROW_SPACE = [
    {"model": [model], **NARROW_SHARED, **dict.fromkeys(NARROW_OWN[:n_own], Float(0, 1))}
    for model, n_own in (("a", 1), ("b", 2), ("c", 0), ("d", 3), ("e", 2))
]
NARROW_RNG = np.random.default_rng(16)
NARROW_SHARED_CENTRES = {
    name: (weight, float(centre))
    for name, weight, centre in zip(
        ("x07", "x02", "x04"), (0.12, 0.08, 0.05), off_centre(NARROW_RNG, 3), strict=True
    )
}
# By model: offset and how steep its own numbers are. d is the best, and mostly the worst.
NARROW_MODELS = {
    "a": (0.0, 0.1),
    "b": (0.02, 0.2),
    "c": (-0.03, 0.0),
    "d": (0.13, 0.9),
    "e": (-0.07, 0.2),
}
NARROW_OWN_CENTRES = {
    model: dict(zip(NARROW_OWN, off_centre(NARROW_RNG, 3), strict=True)) for model in NARROW_MODELS
}


def narrow(params: Params) -> float:
    """Five models, the best of which is bad but for a narrow region; ten shared numbers."""
    u = positions(params, find_branch(NARROW_SPACE, params))
    offset, steepness = NARROW_MODELS[params["model"]]
    centres = NARROW_OWN_CENTRES[params["model"]]
    own = sum(steepness * abs(u[name] - centres[name]) for name in NARROW_OWN if name in u)
    return 0.7 + offset - bowl(u, NARROW_SHARED_CENTRES) - own + roughness(params, 0.004)


CONDITIONAL_SYNTHETIC_TASKS = (
    Task("two_learners", LEARNERS_SPACE, learners),
    Task("six_models", MODELS_SPACE, models),
    Task("three_optimisers", OPTIMISERS_SPACE, optimisers),
    Task("four_reductions", PREPROCESSING_SPACE, preprocessing),
    Task("failing_solvers", FAILURES_SPACE, failures),
    Task("narrow_branch", NARROW_SPACE, narrow),
)
