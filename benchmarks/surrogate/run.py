"""Run searches on the development suite, one trial at a time, and keep every score.

    python benchmarks/surrogate/run.py --searches bayes optuna-tpe random --seeds 10
    python benchmarks/surrogate/run.py --quick

One line of JSON a run: task, search, seed, the score of each trial, and the CPU
milliseconds of each suggestion (`ask` and `tell` together). Runs that the file holds
already are not repeated, so that a broken run goes on where it stopped. `score_table.py`
reads the file.
"""

from __future__ import annotations

import argparse
import json
import math
import multiprocessing
import os
import time
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Any

# Before numpy is imported: each run has one core, and so has each search.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

HERE = Path(__file__).parent
Job = tuple[str, str, int, int, bool]


def run_one(job: Job) -> dict[str, Any]:
    """Run one search on one task with one seed."""
    from searches import make_search
    from suite import TASKS

    from skhpo import SpaceExhaustedError

    name, search_name, seed, n_trials, with_defaults = job
    task = next(task for task in TASKS if task.name == name)
    defaults = task.defaults if with_defaults else None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        search = make_search(search_name, task.space, seed, defaults=defaults)
        scores, spent = [], []
        for _ in range(n_trials):
            started = time.process_time()
            try:
                params = search.ask()
            except SpaceExhaustedError:
                # Best so far stays what it is.
                scores.append(math.nan)
                continue
            asked = time.process_time()
            score = float(task.evaluate(params))
            evaluated = time.process_time()
            search.tell(params, score)
            spent.append(1e3 * (asked - started + time.process_time() - evaluated))
            scores.append(score)
    return {
        "task": name,
        "search": search_name + ("+defaults" if with_defaults else ""),
        "seed": seed,
        "scores": [None if score != score else float(f"{score:.6g}") for score in scores],
        "ms": [round(ms, 2) for ms in spent],
    }


def find_jobs(options: argparse.Namespace, done: set[tuple[str, str, int]]) -> Iterable[Job]:
    """Runs that are wanted and not there: seed by seed, so that what there is stays paired."""
    from suite import TASKS

    suffix = "+defaults" if options.defaults else ""
    for seed in range(options.first_seed, options.first_seed + options.seeds):
        for task in TASKS:
            if options.part != "all" and task.is_kept != (options.part == "kept"):
                continue
            if options.tasks and task.name not in options.tasks:
                continue
            for search in options.searches:
                if (task.name, search + suffix, seed) not in done:
                    yield task.name, search, seed, options.trials, options.defaults


def read_runs(path: Path) -> list[dict[str, Any]]:
    """Runs of a file, none where there is no file."""
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text().splitlines()]


def main() -> None:
    """Run what is asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--searches", nargs="+", default=["bayes"])
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--trials", type=int, default=60)
    parser.add_argument("--tasks", nargs="+", default=[], help="names; all, if none is given")
    parser.add_argument("--part", choices=["development", "kept", "all"], default="development")
    parser.add_argument("--defaults", action="store_true", help="tell searches the defaults")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--out", type=Path, default=HERE / "runs.jsonl")
    parser.add_argument("--quick", action="store_true", help="two tasks, 12 trials, no file")
    options = parser.parse_args()
    if options.quick:
        from suite import TASKS

        options.tasks = [task.name for task in TASKS if not task.is_kept][:2]
        options.searches, options.seeds, options.trials = ["bayes", "random"], 1, 12
        for job in find_jobs(options, set()):
            found = run_one(job)
            best = max(score for score in found["scores"] if score is not None)
            print(f"{found['task']:30} {found['search']:8} best of 12 trials {best:.4g}")
        return
    done = {(run["task"], run["search"], run["seed"]) for run in read_runs(options.out)}
    jobs = list(find_jobs(options, done))
    started = time.perf_counter()
    context = multiprocessing.get_context("spawn")
    with context.Pool(options.workers) as pool, options.out.open("a") as out:
        for run in pool.imap_unordered(run_one, jobs):
            out.write(json.dumps(run) + "\n")
            out.flush()
    print(f"{len(jobs)} runs in {time.perf_counter() - started:.0f} s, kept in {options.out}")


if __name__ == "__main__":
    main()
