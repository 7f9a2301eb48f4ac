"""Spaces of every kind, and what it means that parameters are of one.

description     what a user writes: a dict or a list of dicts
domain          one value of such a dict: a list, an array, a range, a distribution

Membership is judged here by the description alone, not by the package's own space, so
that a fault in encoding or decoding cannot excuse itself.
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from scipy import stats
from sklearn.linear_model import Ridge

from skhpo._dimensions import Categorical, Float, Int

FLOATS: dict[str, Any] = {"x": Float(0, 1), "y": Float(1e-3, 1e3, log=True)}

# Made anew at each call: distributions have state, and estimators an identity.
SPACES: dict[str, Callable[[], Any]] = {
    "one": lambda: {"x": Float(-1, 2)},
    "floats": lambda: dict(FLOATS),
    "mixed": lambda: {
        **FLOATS,
        "c": Categorical(["a", "b", "c"]),
        "n": Int(1, 20),
        "k": [1, 2, 4, 8],
    },
    "forty": lambda: {f"x{i}": Float(0, i + 1) for i in range(40)},
    "fifty levels": lambda: {"c": [f"level {i}" for i in range(50)], "x": Float(0, 1)},
    "objects": lambda: {
        "c": [None, (1, 2), math.sqrt, Ridge(), Ridge(2.0), np.arange(3), {"a": 1}, "s", [1]],
        "b": [1, 1.0, True, "1"],
        "x": Float(0, 1),
    },
    "conditional": lambda: [
        {"k": ["rbf"], "C": Float(1e-2, 1e2, log=True), "gamma": Float(1e-3, 1, log=True)},
        {"k": ["poly"], "C": Float(1e-2, 1e2, log=True), "degree": Int(1, 5)},
        {"k": ["linear"], "C": Float(1e-2, 1e2, log=True)},
    ],
    "overlapping": lambda: [{"x": Float(0, 1)}, {"x": Float(0.5, 2)}, {"x": [0.25, 0.75]}],
    "one of nothing": lambda: [{}, {"x": Float(0, 1)}, {"c": ["a", "b"], "x": Float(0, 1)}],
    "integers": lambda: {"n": Int(1, 10**9), "m": Int(1, 10**6, log=True), "k": Int(-5, 5)},
    "distributions": lambda: {
        "z": stats.norm(3, 2),
        "C": stats.loguniform(1e-3, 1e3),
        "n": stats.randint(1, 50),
        "t": stats.truncnorm(-1, 2),
    },
    "ordered": lambda: {
        "size": Categorical(["small", "medium", "large"], ordered=True),
        "depth": [2, 3, 5, 8, 13],
        "rate": np.logspace(-4, 0, 5),
    },
    "far ranges": lambda: {
        "wide": Float(-1e300, 1e300),
        "log": Float(1e-300, 1e300, log=True),
        "narrow": Float(1, 1 + 1e-12),
    },
    "lists": lambda: {"a": [1, 2, 3], "b": ["x", "y"], "c": [True, False]},
    "lists of dicts": lambda: [{"a": [1, 2, 3], "b": ["x"]}, {"a": [3, 4], "b": ["y", "z"]}],
    "overlapping lists": lambda: [{"a": [1, 2], "b": ["x"]}, {"a": [2, 3], "b": ["x"]}],
    "lists and nothing": lambda: [{}, {"a": [1, 2]}],
    "small integers": lambda: {"n": Int(1, 13), "b": [True, False]},
    "constants": lambda: {"a": [1], "b": ["x"]},
    "nothing": lambda: {},
}
# No two candidates of these are equal, unless a strategy repeats itself.
ENDLESS = ("one", "floats", "mixed", "forty", "conditional", "far ranges")
FINITE = (
    "ordered",
    "lists",
    "lists of dicts",
    "overlapping lists",
    "lists and nothing",
    "small integers",
    "constants",
    "nothing",
)


def dicts_of(description: Any) -> list[Mapping[str, Any]]:
    """Dicts of a description."""
    return [description] if isinstance(description, Mapping) else list(description)


def is_listed(description: Any) -> bool:
    """Whether all domains are lists, so that the candidates can be counted."""
    return all(
        isinstance(domain, list) for part in dicts_of(description) for domain in part.values()
    )


def find_fault(domain: Any, value: Any) -> str | None:
    """What is wrong with a value of a domain, None if nothing is."""
    if isinstance(domain, Float | Int):
        kind = float if isinstance(domain, Float) else int
        if type(value) is not kind:
            return f"must be of type {kind.__name__}, got {type(value).__name__}"
        is_inside = domain.low <= value <= domain.high
        return None if is_inside else f"must be from {domain.low} to {domain.high}"
    if hasattr(domain, "ppf"):
        return _find_fault_of_draw(domain, value)
    choices = domain.choices if isinstance(domain, Categorical) else domain
    if isinstance(choices, np.ndarray):
        # An array makes a new object each time that it is asked for one.
        return None if value in choices.tolist() else "must be one of the array's items"
    is_given = any(value is choice for choice in choices)
    return None if is_given else "must be the very object that the list has, not a copy"


def _find_fault_of_draw(distribution: Any, value: Any) -> str | None:
    """What is wrong with a value of a frozen distribution, None if nothing is."""
    kind = numbers.Integral if hasattr(distribution, "pmf") else numbers.Real
    if not isinstance(value, kind) or not math.isfinite(value):
        return f"must be a finite number of kind {kind.__name__}"
    low, high = distribution.support()
    return None if low <= value <= high else f"must be in the support, from {low} to {high}"


def explain_params(description: Any, params: Any) -> str | None:
    """Why parameters are of no dict of a description, None if they are of one."""
    if type(params) is not dict:
        return f"`params` must be a dict, got {type(params).__name__}"
    reasons = []
    for part in dicts_of(description):
        if part.keys() != params.keys():
            reasons.append(f"names must be {sorted(part)}")
            continue
        faults = {name: find_fault(domain, params[name]) for name, domain in part.items()}
        wrong = [f"{name!r} {fault}" for name, fault in faults.items() if fault]
        if not wrong:
            return None
        reasons.append(", ".join(wrong))
    return "; or ".join(reasons)


def count_dicts(description: Any, params: Any) -> int:
    """How many dicts of a description have these parameters."""
    return sum(explain_params(part, params) is None for part in dicts_of(description))
