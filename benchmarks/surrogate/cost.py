"""CPU milliseconds of a suggestion after 10, 60, 300, 1,000 and 10,000 trials.

    python benchmarks/surrogate/cost.py
    python benchmarks/surrogate/cost.py --quick

Eight dimensions: four floats, two ints, two categories of three levels; and a conditional
space of three dicts with as many in all. A strategy is asked and told that many trials of
a random search's scores and 20 more of its own: median and largest of these `ask` and
`tell` together, on one core. Beside it, the largest memory of the process so far.
"""

from __future__ import annotations

import argparse
import os
import resource
import time

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import numpy as np  # noqa: E402

from skhpo import BayesStrategy, Categorical, Float, Int  # noqa: E402

PLAIN = {
    **{f"x{i}": Float(0, 1) for i in range(4)},
    "n": Int(1, 20),
    "m": Int(1, 1000, log=True),
    "a": Categorical(["p", "q", "r"]),
    "b": Categorical(["s", "t", "u"]),
}
CONDITIONAL = [
    {"kind": ["first"], "x0": Float(0, 1), "x1": Float(0, 1), "n": Int(1, 20)},
    {"kind": ["second"], "x0": Float(0, 1), "m": Int(1, 1000, log=True), "a": ["p", "q", "r"]},
    {"kind": ["third"], "x0": Float(0, 1), "x2": Float(0, 1), "b": ["s", "t", "u"]},
]


def score(params: dict[str, object], rng: np.random.Generator) -> float:
    """Rough bowl over the numbers, away from the centre."""
    numbers = [float(v) for v in params.values() if isinstance(v, int | float)]
    bowl = sum((x / (1.0 + abs(x)) - 0.3) ** 2 for x in numbers)
    return -bowl - 0.2 * (params.get("a") == "p") + 0.02 * float(rng.standard_normal())


def measure(space: object, n_trials: int, n_more: int) -> list[float]:
    """CPU milliseconds of each of `n_more` suggestions after `n_trials`."""
    strategy, rng = BayesStrategy(space, random_state=0), np.random.default_rng(0)
    # Asked all at once, before anything is told, they are drawn at random.
    told = [strategy.ask() for _ in range(n_trials)]
    for candidate in told:
        strategy.tell(candidate, score(candidate.params, rng))
    spent = []
    for _ in range(n_more):
        started = time.process_time()
        candidate = strategy.ask()
        strategy.tell(candidate, score(candidate.params, rng))
        spent.append(1e3 * (time.process_time() - started))
    return spent


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trials", type=int, nargs="+", default=[10, 60, 300, 1000, 10000])
    parser.add_argument("--quick", action="store_true", help="up to 60 trials")
    options = parser.parse_args()
    counts = [10, 60] if options.quick else options.trials
    print("trials      space          median ms    largest ms    memory MB")
    for n_trials in counts:
        for name, space in (("plain", PLAIN), ("conditional", CONDITIONAL)):
            spent = measure(space, n_trials, 5 if options.quick else 20)
            memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            print(
                f"{n_trials:6}      {name:12} {np.median(spent):10.1f} {max(spent):13.1f} "
                f"{memory:12.0f}"
            )


if __name__ == "__main__":
    main()
