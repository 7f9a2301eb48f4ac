"""How long workers wait for trials that must end before a candidate may be asked.

    python benchmarks/engine/lag.py
    python benchmarks/engine/lag.py --quick

A simulation, without a search. With lag k, candidate n is asked when the trials up to n - k
are complete; free workers take the folds in the order of trials. Fits take lognormal times
(sigma 1), suggestions take none. Wall over ideal is the end of the last fold over the sum of
all fits divided by the workers; printed are the median of runs, and where 80 % of them lie.
What a lag costs in trials is in `benchmarks/surrogate/parallel.py`.
"""

from __future__ import annotations

import argparse
import heapq

import numpy as np

from skhpo._study import choose_lag

WORKERS = (2, 8, 32)
FOLDS = (1, 5, 10)


def wall_over_ideal(seconds: np.ndarray, n_workers: int, lag: int) -> float:
    """Simulate one search; `seconds` is of shape (n_trials, n_folds)."""
    free_at = [0.0] * n_workers
    told_at: list[float] = []
    for number, folds in enumerate(seconds):
        asked_at = told_at[number - lag] if number >= lag else 0.0
        ends = []
        for duration in folds:
            ends.append(max(heapq.heappop(free_at), asked_at) + duration)
            heapq.heappush(free_at, ends[-1])
        # A trial is told when it and all before it are complete.
        told_at.append(max(ends + told_at[-1:]))
    return float(told_at[-1] / (seconds.sum() / n_workers))


def main() -> None:
    """Print a line for each number of workers, folds and lag."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=500)
    parser.add_argument("--n-trials", type=int, default=60)
    parser.add_argument("--quick", action="store_true", help="twenty runs")
    options = parser.parse_args()
    n_runs = 20 if options.quick else options.runs
    print(f"{options.n_trials} trials, {n_runs} runs; * is the lag that a search chooses")
    for n_workers in WORKERS:
        for n_folds in FOLDS:
            chosen = choose_lag(n_workers, n_folds)
            shape = (n_runs, options.n_trials, n_folds)
            seconds = np.random.default_rng(0).lognormal(0.0, 1.0, shape)
            for lag in sorted({n_workers, chosen, n_workers * 3 // 2, 2 * n_workers, 60}):
                ratios = [wall_over_ideal(run, n_workers, lag) for run in seconds]
                low, median, high = np.quantile(ratios, [0.1, 0.5, 0.9])
                mark = "*" if lag == chosen else " "
                print(
                    f"{n_workers:3} workers {n_folds:3} folds  lag {lag:3}{mark} "
                    f"{median:5.2f}   (80 % in {low:.2f} to {high:.2f})"
                )


if __name__ == "__main__":
    main()
