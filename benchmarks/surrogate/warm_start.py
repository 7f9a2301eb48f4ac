"""What trials of an earlier search bring, and what they cost where they mislead.

    python benchmarks/surrogate/warm_start.py --seeds 3
    python benchmarks/surrogate/warm_start.py --quick

An earlier search of 40 trials runs on a relative of a task, and the strategy on the task
itself, told of the 40 trials or not. Equal seeds are pairs. The relatives:

again       the task itself, in other units: half the score, less 3
shifted     every number moved by a tenth of its range, in other units
rough       the task itself, with noise: its deviation is a third of what the best tenth of random
            candidates is ahead of the median
mirrored    every range and every list of choices turned round: the best is elsewhere
negated     the worst is best
unrelated   scores are drawn at random

The tasks are the formulas of the development suite. The gap closed is (best score so far - R) /
(B - R), clipped to [-1, 1], with R the expected best of 30 random trials and B the best score
known. Printed are its means, and the differences to no earlier search with their 95 % intervals
over tasks, at 3, 5, 10, 20 and 30 trials.
"""

from __future__ import annotations

import argparse
import json
import math
import warnings
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import numpy as np
from run import HERE
from score_table import best_so_far, describe, expected_best
from suite import TASKS
from synthetic import PLAIN_SYNTHETIC_TASKS
from synthetic_conditional import CONDITIONAL_SYNTHETIC_TASKS
from task import Params, Task

from skhpo import BayesStrategy, SpaceExhaustedError
from skhpo._space import Space
from skhpo._trial import FoldResult, Trial

BUDGETS = (3, 5, 10, 20, 30)
N_OLD, N_TRIALS = 40, 30
# What is expected of the correlation, and how many candidates are spread, was chosen on 0 and 1.
FIRST_SEED = 10
Score = Callable[[Params], float]


def moved(task: Task, by: Callable[[np.ndarray], np.ndarray]) -> Score:
    """Score of a task at codes that are moved within their branch."""
    space = Space.from_description(task.space)
    n_fixed = 1 if len(space.branches) > 1 else 0

    def score(params: Params) -> float:
        """Score of the candidate elsewhere."""
        code = space.encode(params)
        code[n_fixed:] = np.clip(by(code[n_fixed:]), 0.0, 1.0)
        return float(task.evaluate(space.decode(code)))

    return score


def make_relatives(task: Task, scores: np.ndarray, seed: int) -> dict[str, Score]:
    """Relatives of a task; `scores` are those of random candidates."""
    rng = np.random.default_rng(seed)
    spread = float(np.subtract(*np.quantile(scores, [0.9, 0.5])))
    ends = rng.choice([-0.1, 0.1])
    shifted = moved(task, lambda u: u + ends)
    return {
        "again": lambda params: 0.5 * task.evaluate(params) - 3.0,
        "shifted": lambda params: 0.5 * shifted(params) - 3.0,
        "rough": lambda params: task.evaluate(params) + spread / 3 * rng.standard_normal(),
        "mirrored": moved(task, lambda u: 1.0 - u),
        "negated": lambda params: -task.evaluate(params),
        "unrelated": lambda params: float(rng.standard_normal()),
    }


def run(task: Task, score: Score, seed: int, n_trials: int, old: Any = None) -> list[Trial]:
    """Run the strategy on a score of a task's candidates."""
    strategy = BayesStrategy(task.space, random_state=seed, initial_trials=old)
    trials = []
    for number in range(n_trials):
        try:
            candidate = strategy.ask()
        except SpaceExhaustedError:
            break
        value = score(candidate.params)
        strategy.tell(candidate, value)
        result = FoldResult(number, 0, {"score": value})
        status = "failed" if math.isnan(value) else "complete"
        trials.append(Trial(number, candidate.params, candidate.origin, (result,), status))
    return trials


def find_gaps(trials: list[Trial], pool: np.ndarray, best: float) -> np.ndarray:
    """Gap closed at each budget."""
    scores = [None if t.status == "failed" else t.mean_score() for t in trials]
    curve = best_so_far(scores, float(pool.min()))
    random = expected_best(pool, N_TRIALS)
    gaps = np.clip((curve - random) / max(best - random, 1e-12), -1.0, 1.0)
    return np.array([gaps[min(budget, len(gaps)) - 1] for budget in BUDGETS])


def run_task(task: Task, seeds: int, n_old: int, n_trials: int) -> dict[str, np.ndarray]:
    """Mean gaps over seeds, by relative; "none" is no earlier search."""
    reference = json.loads((HERE / "reference.json").read_text())[task.name]
    scored = [s for s in reference["scores"] if s is not None]
    pool = np.array(scored + [min(scored)] * (len(reference["scores"]) - len(scored)))
    gaps: dict[str, list[np.ndarray]] = defaultdict(list)
    for seed in range(FIRST_SEED, FIRST_SEED + seeds):
        found = {"none": run(task, task.evaluate, seed, n_trials)}
        for name, score in make_relatives(task, np.array(scored), seed).items():
            old = run(task, score, seed + 1000, n_old)
            found[name] = run(task, task.evaluate, seed, n_trials, old)
        for name, trials in found.items():
            gaps[name].append(find_gaps(trials, pool, reference["best"]))
    return {name: np.mean(rows, axis=0) for name, rows in gaps.items()}


def main() -> None:
    """Run all pairs and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--tasks", type=int, default=None, help="only the first so many tasks")
    parser.add_argument("--quick", action="store_true", help="one task, one seed, 10 trials")
    options = parser.parse_args()
    formulas = {t.name for t in (*PLAIN_SYNTHETIC_TASKS, *CONDITIONAL_SYNTHETIC_TASKS)}
    tasks = [t for t in TASKS if t.name in formulas and not t.is_kept][: options.tasks]
    seeds, n_old, n_trials = options.seeds, N_OLD, N_TRIALS
    if options.quick:
        tasks, seeds, n_old, n_trials = tasks[:1], 1, 10, 10
    warnings.simplefilter("ignore")
    by_task = [run_task(task, seeds, n_old, n_trials) for task in tasks]
    print(f"gap closed at {BUDGETS} trials, {len(tasks)} tasks, {seeds} seeds, {n_old} old trials")
    none = np.array([gaps["none"] for gaps in by_task])
    print(f"{'none':10} {describe(none)}")
    for name in list(by_task[0])[1:]:
        rows = np.array([gaps[name] for gaps in by_task])
        print(f"{name:10} {describe(rows)}")
        print(f"{'  - none':10} {describe(rows - none, '+')}")


if __name__ == "__main__":
    main()
