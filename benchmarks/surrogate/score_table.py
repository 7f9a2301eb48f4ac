"""Tables of what searches reached on the development suite.

    python benchmarks/surrogate/score_table.py --against hebo --part development

gap closed   at t trials: (best score so far - R) / (B - R), clipped to [-1, 1], with R the
             expected best of t random trials and B the best score known of the task, by
             any search; the mean over seeds, then over tasks
+-           half width of the 95 % interval of the mean over tasks (Student's t)
difference   of the mean gaps closed of two searches, task by task on the seeds that both
             have, with its 95 % interval over tasks
ms           CPU milliseconds of a suggestion, the median over runs of the mean over
             trials 51 to 60
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from run import HERE, read_runs
from scipy.special import gammaln
from scipy.stats import t as student
from suite import TASKS

Array = NDArray[np.float64]
BUDGETS = (15, 30, 60)
# A failed trial is as bad as the worst score known: a search may not gain by failing.
Gaps = dict[tuple[str, int], Array]


def expected_best(scores: Array, n_trials: int) -> float:
    """Expected best of `n_trials` of these scores, drawn without replacement."""
    ranked, n = np.sort(scores), len(scores)
    rank = np.arange(n_trials, n + 1)
    # C(rank - 1, n_trials - 1) / C(n, n_trials): the best is the one of this rank.
    log_share = (
        gammaln(rank) - gammaln(n_trials) - gammaln(rank - n_trials + 1)
        - (gammaln(n + 1) - gammaln(n_trials + 1) - gammaln(n - n_trials + 1))
    )  # fmt: skip
    return float(np.exp(log_share) @ ranked[rank - 1])


def best_so_far(scores: list[float | None], worst: float) -> Array:
    """Best score after each trial."""
    found = np.array([worst if score is None else score for score in scores])
    return np.maximum.accumulate(found)


def find_gaps(runs: list[dict[str, Any]], references: dict[str, Any]) -> dict[str, Gaps]:
    """Gap closed at each budget, by search, then by task and seed."""
    best: dict[str, float] = {name: found["best"] for name, found in references.items()}
    for run in runs:
        known = [score for score in run["scores"] if score is not None]
        best[run["task"]] = max([best[run["task"]], *known])
    gaps: dict[str, Gaps] = defaultdict(dict)
    for run in runs:
        reference = [s for s in references[run["task"]]["scores"] if s is not None]
        worst = min(reference)
        n_failed = len(references[run["task"]]["scores"]) - len(reference)
        pool = np.array(reference + [worst] * n_failed)
        curve = best_so_far(run["scores"], worst)
        gaps[run["search"]][run["task"], run["seed"]] = np.array(
            [
                _close(curve[budget - 1], expected_best(pool, budget), best[run["task"]])
                for budget in BUDGETS
                if budget <= len(curve)
            ]
        )
    return gaps


def _close(score: float, random: float, best: float) -> float:
    """Share of the gap between random search and the best known that is closed."""
    return float(np.clip((score - random) / max(best - random, 1e-12), -1.0, 1.0))


def by_task(gaps: Gaps, keep: Callable[[str, int], bool]) -> dict[str, Array]:
    """Mean over the seeds of each task."""
    found: dict[str, list[Array]] = defaultdict(list)
    for (task, seed), gap in gaps.items():
        if keep(task, seed):
            found[task].append(gap)
    return {task: np.mean(rows, axis=0) for task, rows in found.items()}


def interval(values: Array) -> tuple[Array, Array]:
    """Mean over tasks and half width of its 95 % interval."""
    n = len(values)
    error = values.std(axis=0, ddof=1) / np.sqrt(n) if n > 1 else np.full(values.shape[1], np.nan)
    return values.mean(axis=0), student.ppf(0.975, max(n - 1, 1)) * error


def describe(values: Array, sign: str = "") -> str:
    """Means with half widths, a column a budget."""
    if len(values) == 0:
        return "-"
    mean, half = interval(values)
    return "  ".join(f"{m:{sign}6.2f} +-{h:.2f}" for m, h in zip(mean, half, strict=True))


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=Path, nargs="+", default=[HERE / "runs.jsonl"])
    parser.add_argument("--part", choices=["development", "kept", "all"], default="development")
    parser.add_argument("--against", default="hebo", help="whom `--of` is compared with")
    parser.add_argument("--of", nargs="+", default=["bayes"])
    parser.add_argument("--by-task", action="store_true")
    options = parser.parse_args()
    runs = [run for path in options.runs for run in read_runs(path)]
    references = json.loads((HERE / "reference.json").read_text())
    gaps = find_gaps(runs, references)
    wanted = [t for t in TASKS if options.part == "all" or t.is_kept == (options.part == "kept")]
    groups = {
        "all": [task.name for task in wanted],
        "conditional": [task.name for task in wanted if task.is_conditional],
        "others": [task.name for task in wanted if not task.is_conditional],
    }
    spent = defaultdict(list)
    for run in runs:
        spent[run["search"]].append(np.mean(run["ms"][50:60]) if len(run["ms"]) >= 60 else np.nan)
    print(f"gap closed at {BUDGETS} trials, {options.part} tasks")
    for title, names in groups.items():
        print(f"\n{title}: {len(names)} tasks")
        for search in sorted(gaps):
            means = by_task(gaps[search], lambda task, seed: task in names)  # noqa: B023
            seeds = {seed for task, seed in gaps[search] if task in names}
            rows = np.array([means[name] for name in sorted(means)])
            print(
                f"  {search:26} {describe(rows)}   {np.nanmedian(spent[search]):7.1f} ms"
                f"   {len(rows)} tasks, {len(seeds)} seeds"
            )
        for search in options.of:
            if options.against not in gaps or search not in gaps or search == options.against:
                continue
            shared = set(gaps[search]) & set(gaps[options.against])
            mine, theirs = (
                by_task(gaps[s], lambda task, seed: task in names and (task, seed) in shared)  # noqa: B023
                for s in (search, options.against)
            )
            rows = np.array([mine[name] - theirs[name] for name in sorted(mine)])
            print(f"  {search} - {options.against}:".ljust(28), describe(rows, "+"))
    if options.by_task:
        print()
        for task in wanted:
            line = [
                f"{search} " + " ".join(f"{v:.2f}" for v in found[task.name])
                for search in sorted(gaps)
                if task.name
                in (found := by_task(gaps[search], lambda name, seed: name == task.name))  # noqa: B023
            ]
            print(f"  {task.name:30} " + " | ".join(line))


if __name__ == "__main__":
    main()
