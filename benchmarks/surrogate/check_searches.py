"""Whether each search of the suite keeps its promises, on three small functions.

Its candidates are members of the space, of the right types; the same seed gives the same
candidates; it finds better scores than random search on the smooth function. Prints a line
for each search: the median best of 60 over seeds, and the CPU milliseconds that a candidate takes.

    python benchmarks/surrogate/check_searches.py
    python benchmarks/surrogate/check_searches.py --only bayes random
"""

from __future__ import annotations

import argparse
import math
import statistics
import time
from dataclasses import dataclass
from typing import Any

from searches import NAMES, make_search

from skhpo import Categorical, Float, Int

MIXED = {
    "C": Float(1e-4, 1e4, log=True),
    "depth": Int(1, 20),
    "kernel": ["rbf", "poly", None],
    "leaf": Int(1, 100, log=True),
    "weight": [0.5, 1, 2, 8],
    "constant": [7],
}
MIXED_DEFAULTS = {"C": 1.0, "depth": 3, "kernel": "rbf", "leaf": 1, "weight": 1, "constant": 7}
BRANCHES = [
    {"kind": ["linear"], "C": Float(1e-3, 1e3, log=True), "penalty": ["l1", "l2"]},
    {"kind": ["rbf"], "C": Float(1e-3, 1e3, log=True), "gamma": Float(1e-4, 10.0, log=True)},
    {"kind": ["poly"], "C": Float(1.0, 2.0), "degree": Int(2, 5), "size": ["s", "m", "l"]},
]
FAILING = {"x": Float(0.0, 1.0), "y": Float(-1.0, 1.0), "solver": Categorical(["a", "b"])}


@dataclass(frozen=True)
class Run:
    """Candidates and scores of one search, and the CPU seconds of each ask and tell."""

    candidates: list[dict[str, Any]]
    scores: list[float]
    seconds: list[float]


def mixed(params: dict[str, Any]) -> float:
    """Smooth; 0 at its best, C = 10, depth = 6, leaf = 4, weight = 2, kernel = poly."""
    return -(
        (math.log10(params["C"]) - 1) ** 2 / 4
        + (params["depth"] - 6) ** 2 / 25
        + math.log(params["leaf"] / 4) ** 2 / 2
        + math.log2(params["weight"] / 2) ** 2 / 4
        + {"poly": 0.0, "rbf": 0.5, None: 1.0}[params["kernel"]]
    )


def branches(params: dict[str, Any]) -> float:
    """Conditional; 0 at its best, an rbf kernel of C = 10 and gamma = 0.01."""
    if params["kind"] == "rbf":
        C, gamma = math.log10(params["C"]), math.log10(params["gamma"])
        return -((C - 1) ** 2 + (gamma + 2) ** 2) / 4
    if params["kind"] == "linear":
        return -0.5 - (math.log10(params["C"]) - 1) ** 2 / 4 - (params["penalty"] == "l1") / 2
    return -1.0 - (params["C"] - 1.5) ** 2 - params["degree"] / 5


def failing(params: dict[str, Any]) -> float:
    """Fails in half of the space, all of solver b's small x among it; 0 at its best."""
    if params["y"] < -0.4 or (params["solver"] == "b" and params["x"] < 0.5):
        return math.nan
    return -((params["x"] - 0.2) ** 2 + params["y"] ** 2) - (params["solver"] == "b") / 10


TASKS = {"mixed": (MIXED, mixed), "branches": (BRANCHES, branches), "failing": (FAILING, failing)}


def run(name: str, task: str, seed: int, n_trials: int = 60, defaults: Any = None) -> Run:
    """One search on one function, each candidate checked."""
    space, function = TASKS[task]
    search = make_search(name, space, seed, defaults)
    candidates, scores, seconds = [], [], []
    for _ in range(n_trials):
        start = time.process_time()
        params = search.ask()
        seconds.append(time.process_time() - start)
        check_candidate(params, space)
        candidates.append(dict(params))
        scores.append(function(params))
        start = time.process_time()
        search.tell(params, scores[-1])
        seconds[-1] += time.process_time() - start
    return Run(candidates, scores, seconds)


def check_candidate(params: dict[str, Any], space: Any) -> None:
    """Raise unless the parameters are those of one branch, in range and of the right types."""
    branches = space if isinstance(space, list) else [space]
    if not any(
        params.keys() == branch.keys() and all(is_member(params[n], branch[n]) for n in branch)
        for branch in branches
    ):
        raise AssertionError(f"{params!r} is not in the space.")


def is_member(value: Any, domain: Any) -> bool:
    """Whether a value is in a domain, with Python's own types for numbers of ranges."""
    if isinstance(domain, Float | Int):
        return type(value) is (float if isinstance(domain, Float) else int) and bool(
            domain.low <= value <= domain.high
        )
    choices = domain.choices if isinstance(domain, Categorical) else domain
    return any(type(value) is type(choice) and value == choice for choice in choices)


def best(scores: list[float]) -> float:
    """Best score that is not a failure."""
    return max((score for score in scores if not math.isnan(score)), default=-math.inf)


def describe(name: str, n_seeds: int) -> str:
    """Run a search on all functions; one line of what came out."""
    runs = {task: [run(name, task, seed) for seed in range(n_seeds)] for task in TASKS}
    for task, (first, *_) in runs.items():
        if run(name, task, 0, n_trials=25).candidates != first.candidates[:25]:
            raise AssertionError(f"{name} on {task}: the same seed gave other candidates.")
    check_defaults(name)
    cells = [f"{statistics.median(best(r.scores) for r in runs[task]):9.4f}" for task in TASKS]
    for n in (15, 30, 60):
        # Five trials: a search may fit its model more seldom than it is asked.
        window = [1e3 * s for r in runs["mixed"] for s in r.seconds[n - 5 : n]]
        cells.append(f"{statistics.mean(window):8.1f}")
    return f"{name:22} {' '.join(cells)}"


def check_defaults(name: str) -> None:
    """Raise unless the defaults are the first candidate."""
    try:
        first, *_ = run(name, "mixed", 0, n_trials=12, defaults=MIXED_DEFAULTS).candidates
    except TypeError as error:
        print(f"{name} takes no defaults: {error}")
    else:
        if first != MIXED_DEFAULTS:
            raise AssertionError(f"{name}: the defaults were not the first candidate.")


def main() -> None:
    """Check the searches and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", choices=NAMES, default=NAMES, metavar="NAME")
    parser.add_argument("--seeds", type=int, default=5, help="seeds of each search and function")
    args = parser.parse_args()
    print(f"{'search':22} {'   '.join(f'{t:>7}' for t in TASKS)}   ms at 15       30       60")
    for name in args.only:
        print(describe(name, args.seeds), flush=True)


if __name__ == "__main__":
    main()
