"""What each part of the Bayesian strategy brings: the strategy without it, on the suite.

    python benchmarks/surrogate/ablation.py --seeds 5
    python benchmarks/surrogate/ablation.py --quick

Runs each variant on the development tasks (never on the kept ones) beside the whole
strategy, with equal seeds, and prints the gaps closed (score_table.py), the difference
from the whole with its 95 % interval over tasks, and milliseconds of a suggestion. Runs
are kept in `ablation.jsonl`, so that a broken run goes on where it stopped.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from run import HERE, read_runs, run_one
from score_table import BUDGETS, by_task, describe, find_gaps
from suite import TASKS

import skhpo._surrogate.acquisition as acquisition
import skhpo._surrogate.hyperparameters as hyperparameters
import skhpo._surrogate.initial as initial
import skhpo._surrogate.interior as interior
import skhpo._surrogate.proposal as proposal
import skhpo._surrogate.warping as warping


def without_effects() -> None:
    """Leave the main effects no variance."""
    nothing = -50.0
    hyperparameters.EFFECT_PRIOR = (nothing, 1e-3)
    hyperparameters.EFFECT_BOUNDS = (2 * nothing, nothing)


def without_interior() -> None:
    """Expect optima anywhere, and let the design reach the ends of ranges."""
    interior.STRENGTH = 0.0
    initial.MARGIN = 0.0


def without_tie_margin() -> None:
    """Let ties raise no bar."""
    acquisition.TIE_MARGIN = 0.0


def with_failures_as_worst() -> None:
    """Count failures as the worst score."""
    proposal.is_failure = lambda scores: np.zeros(len(scores), dtype=bool)


def with_plain_improvement() -> None:
    """Maximise expected improvement without Huang's discount for noise."""

    def plain(mean: Any, variance: Any, incumbent: float, noise: float) -> Any:
        return acquisition.log_expected_improvement(mean, variance, incumbent)

    acquisition.log_augmented_improvement = plain


def with_plain_scores() -> None:
    """Standardise scores, without ranks below the median."""
    half_ranked = warping.warp

    def standardised(scores: Any) -> Any:
        finite = np.where(np.isfinite(scores), scores, np.nanmin(scores))
        deviation = float(finite.std())
        warped = half_ranked(scores)
        if warped.is_flat or deviation == 0.0:
            return warped
        return warping.Warped(
            (finite - finite.mean()) / deviation, deviation, warped.knots, warped.size
        )

    proposal.warp = standardised


def with_long_design() -> None:
    """Begin with a trial more than there are columns, however many."""
    initial.MAX_INITIAL = 10**6


VARIANTS: dict[str, Callable[[], None]] = {
    "whole": lambda: None,
    "without main effects": without_effects,
    "without interior belief": without_interior,
    "without margin of ties": without_tie_margin,
    "failures as worst score": with_failures_as_worst,
    "plain expected improvement": with_plain_improvement,
    "plain standardised scores": with_plain_scores,
    "design of 1 + n_dims": with_long_design,
}


def run_variant(job: tuple[str, str, int, int]) -> dict[str, Any]:
    """Run a variant on a task, in a process that runs no other variant."""
    variant, task, seed, n_trials = job
    VARIANTS[variant]()
    return {**run_one((task, "bayes", seed, n_trials, False)), "search": variant}


def main() -> None:
    """Run what is missing, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--variants", nargs="+", default=list(VARIANTS), choices=list(VARIANTS))
    parser.add_argument("--out", type=Path, default=HERE / "ablation.jsonl")
    parser.add_argument("--quick", action="store_true", help="one task, one seed, no file")
    options = parser.parse_args()
    tasks = [task.name for task in TASKS if not task.is_kept]
    if options.quick:
        for variant in options.variants:
            run = _in_processes([(variant, "cliff_ties", 0, 12)], 1)[0]
            print(f"{variant:28} best of 12 trials {max(run['scores']):.3f}")
        return
    done = {(run["search"], run["task"], run["seed"]) for run in read_runs(options.out)}
    for seed in range(options.seeds):
        for variant in options.variants:
            jobs = [(variant, task, seed, 60) for task in tasks]
            missing = [job for job in jobs if job[:3] not in done]
            with options.out.open("a") as out:
                out.writelines(
                    json.dumps(run) + "\n" for run in _in_processes(missing, options.workers)
                )
    print_table(read_runs(options.out))


def _in_processes(jobs: list[tuple[str, str, int, int]], n: int) -> list[dict[str, Any]]:
    """Run jobs of one variant in processes of their own."""
    with multiprocessing.get_context("spawn").Pool(n) as pool:
        return list(pool.imap_unordered(run_variant, jobs))


def print_table(runs: list[dict[str, Any]]) -> None:
    """Gaps closed, and differences from the whole on the runs that both have."""
    references = json.loads((HERE / "reference.json").read_text())
    gaps = find_gaps(runs, references)
    print(f"gap closed at {BUDGETS} trials, and the difference from the whole")
    for variant in [name for name in VARIANTS if name in gaps]:
        shared = set(gaps[variant]) & set(gaps["whole"])
        mine, whole = (
            by_task(gaps[name], lambda task, seed: (task, seed) in shared)  # noqa: B023
            for name in (variant, "whole")
        )
        rows = np.array([mine[task] - whole[task] for task in sorted(mine)])
        means = np.array([mine[task] for task in sorted(mine)])
        ms = np.median([np.mean(r["ms"][50:]) for r in runs if r["search"] == variant])
        difference = "" if variant == "whole" else describe(rows, "+")
        gap = "  ".join(f"{value:.2f}" for value in means.mean(axis=0))
        print(f"{variant:28} {gap}   {difference:45} {ms:6.1f} ms")


if __name__ == "__main__":
    main()
