"""What it brings that the strategy is told how folds disagree.

    python benchmarks/surrogate/fold_noise.py --seeds 5
    python benchmarks/surrogate/fold_noise.py --quick

On the development tasks that are cross-validated, each score is told with the noise that a
search tells with it (`skhpo/_fold_noise.py`), or without. Printed are the gaps closed
(score_table.py) and the difference, with its 95 % interval over tasks.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from folds import CrossValidated
from run import HERE, read_runs
from score_table import BUDGETS, by_task, describe, find_gaps
from suite import TASKS, find_task

from skhpo import BayesStrategy, SpaceExhaustedError
from skhpo._fold_noise import FoldNoise

VARIANTS = ("not told", "told")


def run_one(job: tuple[str, str, int, int]) -> dict[str, Any]:
    """Run the strategy on a task."""
    variant, name, seed, n_trials = job
    evaluate = find_task(name).evaluate
    strategy = BayesStrategy(find_task(name).space, random_state=seed)
    noise = FoldNoise()
    scores: list[float | None] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for _ in range(n_trials):
            try:
                candidate = strategy.ask()
            except SpaceExhaustedError:
                scores.append(None)
                continue
            folds = evaluate.score_folds(candidate.params)
            score = float(np.mean(folds))
            shared = noise.add(folds)
            strategy.tell(candidate, score, noise=shared if variant == "told" else None)
            scores.append(None if np.isnan(score) else float(f"{score:.6g}"))
    return {"task": name, "search": variant, "seed": seed, "scores": scores}


def main() -> None:
    """Run what is missing, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--out", type=Path, default=HERE / "fold_noise.jsonl")
    parser.add_argument("--quick", action="store_true", help="one task, 12 trials, no file")
    options = parser.parse_args()
    names = [t.name for t in TASKS if not t.is_kept and isinstance(t.evaluate, CrossValidated)]
    if options.quick:
        for variant in VARIANTS:
            run = run_one((variant, names[0], 0, 12))
            print(f"{variant:9} best of 12 trials {max(s for s in run['scores'] if s):.4g}")
        return
    done = {(run["search"], run["task"], run["seed"]) for run in read_runs(options.out)}
    jobs = [
        (variant, name, seed, 60)
        for seed in range(options.seeds)
        for name in names
        for variant in VARIANTS
        if (variant, name, seed) not in done
    ]
    context = multiprocessing.get_context("spawn")
    with context.Pool(options.workers) as pool, options.out.open("a") as out:
        for run in pool.imap_unordered(run_one, jobs):
            out.write(json.dumps(run) + "\n")
            out.flush()
    gaps = find_gaps(read_runs(options.out), json.loads((HERE / "reference.json").read_text()))
    shared = set(gaps["told"]) & set(gaps["not told"])
    without, told = (by_task(gaps[v], lambda task, seed: (task, seed) in shared) for v in VARIANTS)
    rows = {
        v: np.array([g[t] for t in sorted(told)])
        for v, g in zip(VARIANTS, (without, told), strict=True)
    }
    print(f"gap closed at {BUDGETS} trials, {len(told)} tasks")
    for variant in VARIANTS:
        print(f"{variant:9} {describe(rows[variant])}")
    print(f"told - not {describe(rows['told'] - rows['not told'], '+')}")


if __name__ == "__main__":
    main()
