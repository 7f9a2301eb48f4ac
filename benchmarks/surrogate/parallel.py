"""What it costs in trials that suggestions are made before earlier trials have ended.

    python benchmarks/surrogate/parallel.py --seeds 3
    python benchmarks/surrogate/parallel.py --quick

With lag k, candidate n is asked with the scores of the trials up to n - k, as in a search
of k workers; lag 1 is one at a time. Each task's best score so far is put on a scale of its
own, 0 at random search's expected best of 60 trials and 1 at the best score known, and
clipped to [-1, 1]. Printed are its means at 15, 30 and 60 trials, and how many trials each
lag takes to reach what lag 1 has at trial 60 (of 90 at most; the development tasks only).
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
from pathlib import Path
from typing import Any

import numpy as np
from run import HERE, read_runs
from score_table import best_so_far, expected_best
from suite import TASKS, find_task

from skhpo import BayesStrategy

N_TRIALS = 90
LAGS = (1, 2, 8, 16, 32)


def run_one(job: tuple[int, str, int, int]) -> dict[str, Any]:
    """Run the strategy on a task with a lag."""
    lag, name, seed, n_trials = job
    task = find_task(name)
    strategy = BayesStrategy(task.space, random_state=seed)
    asked: list[Any] = []
    scores: list[float] = []
    for number in range(n_trials):
        while len(scores) <= number - lag:
            scores.append(float(task.evaluate(asked[len(scores)].params)))
            strategy.tell(asked[len(scores) - 1], scores[-1])
        asked.append(strategy.ask())
    scores += [float(task.evaluate(c.params)) for c in asked[len(scores) :]]
    kept = [None if np.isnan(score) else float(f"{score:.6g}") for score in scores]
    return {"task": name, "search": f"lag {lag}", "seed": seed, "scores": kept}


def print_table(runs: list[dict[str, Any]]) -> None:
    """Means at the budgets, and trials to what lag 1 has at trial 60."""
    references = json.loads((HERE / "reference.json").read_text())
    curves: dict[str, list[np.ndarray]] = {}
    for run in runs:
        found = references[run["task"]]
        scored = [s for s in found["scores"] if s is not None]
        pool = np.array(scored + [min(scored)] * (len(found["scores"]) - len(scored)))
        best = max(
            [found["best"]]
            + [s for r in runs if r["task"] == run["task"] for s in r["scores"] if s is not None]
        )
        random = expected_best(pool, 60)
        gap = (best_so_far(run["scores"], min(scored)) - random) / max(best - random, 1e-12)
        curves.setdefault(run["search"], []).append(np.clip(gap, -1.0, 1.0))
    goal = np.mean(curves["lag 1"], axis=0)[59]
    print("lag        at 15     at 30     at 60   trials to lag 1's at 60")
    for lag in LAGS:
        if f"lag {lag}" not in curves:
            continue
        mean = np.mean(curves[f"lag {lag}"], axis=0)
        reached = np.flatnonzero(mean >= goal)
        trials = str(reached[0] + 1) if len(reached) else f"over {len(mean)}"
        print(f"{lag:3}     {mean[14]:8.2f}  {mean[29]:8.2f}  {mean[59]:8.2f}   {trials}")


def main() -> None:
    """Run what is missing, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--lags", type=int, nargs="+", default=list(LAGS))
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--out", type=Path, default=HERE / "parallel.jsonl")
    parser.add_argument("--quick", action="store_true", help="one task, 20 trials, no file")
    options = parser.parse_args()
    if options.quick:
        for lag in (1, 8):
            run = run_one((lag, "cliff_ties", 0, 20))
            print(f"lag {lag}: best of 20 trials {max(run['scores']):.3f}")
        return
    done = {(run["search"], run["task"], run["seed"]) for run in read_runs(options.out)}
    names = [task.name for task in TASKS if not task.is_kept]
    jobs = [
        (lag, name, seed, N_TRIALS)
        for seed in range(options.seeds)
        for name in names
        for lag in options.lags
        if (f"lag {lag}", name, seed) not in done
    ]
    context = multiprocessing.get_context("spawn")
    with context.Pool(options.workers) as pool, options.out.open("a") as out:
        for run in pool.imap_unordered(run_one, jobs):
            out.write(json.dumps(run) + "\n")
            out.flush()
    print_table(read_runs(options.out))


if __name__ == "__main__":
    main()
