"""How many trials the Bayesian strategy needs for what random search gets from sixty.

The target of a function is the median over seeds of random search's best of 60. For each
function, the table has the number of trials after which the median over the same seeds of
the Bayesian strategy's best reaches it, and its quartiles: the trials after which a quarter
and three quarters of the seeds do. What counts is the value without noise of the best
candidate by the score that was seen, which is all that a search can choose by.

    python benchmarks/strategies_on_functions.py            20 seeds
    python benchmarks/strategies_on_functions.py --quick    5 seeds, in half a minute
"""

from __future__ import annotations

import argparse
import math
import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from functions import FUNCTIONS, Function

from skhpo import BayesStrategy, RandomStrategy

N_RANDOM = 60


@dataclass(frozen=True)
class Row:
    """One function's line of the table.

    Parameters
    ----------
    name : str
        The function.
    target : float
        Random search's median best of 60.
    trials : tuple of float
        Trials until a quarter, half and three quarters of the seeds reach the target;
        infinite if they do not.
    final : float
        Median best of the Bayesian strategy after all its trials.
    ask_ms : float
        Mean CPU milliseconds of an ask.
    """

    name: str
    target: float
    trials: tuple[float, float, float]
    final: float
    ask_ms: float


def main() -> None:
    """Run and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="5 seeds and 30 trials")
    parser.add_argument("--seeds", type=int, help="number of seeds")
    parser.add_argument("--trials", type=int, help="trials of the Bayesian strategy")
    args = parser.parse_args()
    n_seeds = args.seeds or (5 if args.quick else 20)
    n_trials = args.trials or (30 if args.quick else 60)
    print(
        f"{'function':12} {'target':>9} {'trials':>7} {'quartiles':>10} {'final':>9} {'ms/ask':>7}"
    )
    rows = []
    for function in FUNCTIONS:
        rows.append(measure(function, n_seeds, n_trials))
        print(describe(rows[-1]), flush=True)
    medians = [row.trials[1] for row in rows]
    print(f"median over functions {np.median(medians):g} trials, at most {max(medians):g}")


def describe(row: Row) -> str:
    """Row as a line of the table."""
    first, middle, last = (f"{n:g}" if math.isfinite(n) else "-" for n in row.trials)
    return (
        f"{row.name:12} {row.target:9.4f} {middle:>7} {first + ' - ' + last:>10} "
        f"{row.final:9.4f} {row.ask_ms:7.1f}"
    )


def measure(function: Function, n_seeds: int, n_trials: int) -> Row:
    """Both strategies on one function, with the same seeds."""
    random = [run(RandomStrategy, function, seed, N_RANDOM)[0] for seed in range(n_seeds)]
    target = float(np.median([best[-1] for best in random]))
    runs = [run(BayesStrategy, function, seed, n_trials) for seed in range(n_seeds)]
    best = np.array([curve for curve, _ in runs])
    return Row(
        function.name,
        target,
        tuple(first_reach(np.quantile(best, 1 - q, axis=0), target) for q in (0.25, 0.5, 0.75)),
        float(np.median(best[:, -1])),
        float(np.mean([ms for _, ms in runs])),
    )


def first_reach(curve: np.ndarray, target: float) -> float:
    """Number of trials after which a curve reaches the target, infinite if never."""
    reached = np.flatnonzero(curve >= target)
    return float(reached[0] + 1) if len(reached) else math.inf


def run(
    strategy_class: Any, function: Function, seed: int, n_trials: int
) -> tuple[np.ndarray, float]:
    """Value of the incumbent after each trial, and CPU milliseconds of an ask."""
    rng = np.random.default_rng(seed)
    strategy = strategy_class(function.space, random_state=seed)
    best, values, seconds = -math.inf, [], 0.0
    for _ in range(n_trials):
        start = time.process_time()
        candidate = strategy.ask()
        seconds += time.process_time() - start
        score = function.evaluate(candidate.params, rng)
        strategy.tell(candidate, score)
        if score > best:
            best, value = score, function.value(candidate.params)
        values.append(value)
    return np.array(values), 1e3 * seconds / n_trials


if __name__ == "__main__":
    main()
