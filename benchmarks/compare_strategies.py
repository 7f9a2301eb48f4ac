"""Grid, random and Bayesian search on real data, with equal budgets and paired seeds.

scikit-learn's two searches run beside ours, and Optuna where it is installed.

    python benchmarks/compare_strategies.py            # all tasks; takes a while
    python benchmarks/compare_strategies.py --quick    # two small tasks, two seeds

benchmarks/README.md says what is equal and how to read the tables.
"""

from __future__ import annotations

import argparse
import math
import time
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import rankdata
from sklearn.base import is_classifier
from sklearn.model_selection import GridSearchCV, KFold, RandomizedSearchCV, StratifiedKFold
from tasks import DataSet, Model, grid_of, make_data_sets, make_quick_data_sets

import skhpo
from skhpo import BayesSearch, GridSearch, RandomSearch

FIGURES = Path(__file__).parent / "figures"
N_FOLDS = 3


@dataclass(frozen=True)
class Task:
    """A model on a data set."""

    data: str
    model: str


@dataclass(frozen=True)
class Result:
    """One strategy with one budget on one task: arrays have an entry for each seed."""

    task: Task
    strategy: str
    budget: int
    validation: np.ndarray
    test: np.ndarray
    seconds: np.ndarray
    n_trials: int
    n_fits: int
    curves: np.ndarray  # of shape (n_seeds, n_trials): the best validation score so far


# --- searches -------------------------------------------------------------------------


def make_searches(model: Model, scoring: str, budget: int) -> dict[str, Any]:
    """Make every search of one model; all have the same splits of the same rows."""
    splitter = StratifiedKFold if is_classifier(model.estimator) else KFold
    shared = {"scoring": scoring, "cv": splitter(N_FOLDS, shuffle=True, random_state=0)}
    grid = grid_of(model.space, budget)
    drawn = {"n_iter": budget, **shared}
    searches = {
        "grid": GridSearch(model.estimator, grid, **shared),
        "random": RandomSearch(model.estimator, model.space, **drawn),
        "bayes": BayesSearch(model.estimator, model.space, **drawn),
        "GridSearchCV": GridSearchCV(model.estimator, grid, **shared),
        "RandomizedSearchCV": RandomizedSearchCV(model.estimator, model.space, **drawn),
    }
    if find_spec("optuna"):
        from optuna_search import OptunaSearch

        searches["Optuna (TPE)"] = OptunaSearch(model.estimator, model.space, **drawn)
    return searches


def run(data: DataSet, budgets: list[int], n_seeds: int) -> list[Result]:
    """Run all models, strategies and budgets: one use of one test set for each seed."""
    searches = {
        (Task(data.name, model.name), strategy, budget): search
        for model in data.models
        for budget in budgets
        for strategy, search in make_searches(model, data.scoring, budget).items()
    }
    names = {f"{key[0].model} / {key[1]} / {key[2]}": key for key in searches}
    comparison = skhpo.compare(
        {name: searches[key] for name, key in names.items()},
        data.X,
        data.y,
        repeats=n_seeds,
        random_state=0,
    )
    return [summarise(key, comparison, name) for name, key in names.items()]


def summarise(key: tuple[Task, str, int], comparison: skhpo.Comparison, name: str) -> Result:
    """Gather one search's rows over seeds."""
    rows = [row for row in comparison.rows if row.search == name]
    scores = [search.cv_results_["mean_test_score"] for search in comparison.searches[name]]
    return Result(
        *key,
        validation=np.array([row.best_score for row in rows]),
        test=np.array([row.test_score for row in rows]),
        seconds=np.array([row.seconds for row in rows]),
        n_trials=rows[0].n_trials,
        n_fits=rows[0].n_fits,
        curves=np.fmax.accumulate(np.array(scores), axis=1),
    )


# --- tables ---------------------------------------------------------------------------


def spread(values: np.ndarray, digits: int = 4) -> str:
    """Mean and standard deviation over seeds; one seed has none."""
    mean = f"{values.mean():.{digits}f}"
    return mean if len(values) == 1 else f"{mean} ± {values.std(ddof=1):.{digits}f}"


def print_task(task: Task, results: list[Result], data: DataSet) -> None:
    """Print one task's table."""
    n_seeds = len(results[0].test)
    print(f"\n{task.data}, {task.model}")
    print(f"  {data.scoring}, {len(data.y)} rows, mean ± standard deviation of {n_seeds} seeds")
    print(f"  {'search':<18}  budget  {'best validation':>17}  {'test':>17}  trials  fits  seconds")
    for result in results:
        print(
            f"  {result.strategy:<18}  {result.budget:>6}  {spread(result.validation):>17}  "
            f"{spread(result.test):>17}  {result.n_trials:>6}  {result.n_fits:>4}  "
            f"{result.seconds.mean():>7.2f}"
        )


def print_summary(results: list[Result], budget: int) -> None:
    """Print ranks, and bayes against each other search, over tasks and seeds."""
    chosen = [result for result in results if result.budget == budget]
    strategies = list(dict.fromkeys(result.strategy for result in chosen))
    validation = stack(chosen, strategies, "validation")
    test = stack(chosen, strategies, "test")
    ranks = rankdata(-validation.round(12), axis=0).mean(axis=1)
    print(f"\nBudget {budget}: {validation.shape[1]} tasks, {validation.shape[2]} seeds")
    print(f"  {'':<18}  {'':>13}  bayes better / equal / worse")
    print(f"  {'search':<18}  {'mean rank':>13}  {'validation':>12}  {'test':>12}  seconds")
    for row, strategy in enumerate(strategies):
        against = [
            "" if strategy == "bayes" else versus(scores[strategies.index("bayes")], scores[row])
            for scores in (validation, test)
        ]
        seconds = sum(r.seconds.mean() for r in chosen if r.strategy == strategy)
        print(
            f"  {strategy:<18}  {spread(ranks[row], 2):>13}  {against[0]:>12}  {against[1]:>12}  "
            f"{seconds:>7.1f}"
        )
    print_losses(chosen)


def stack(results: list[Result], strategies: list[str], column: str) -> np.ndarray:
    """Scores as an array of shape (n_strategies, n_tasks, n_seeds)."""
    return np.array(
        [[getattr(r, column) for r in results if r.strategy == name] for name in strategies]
    )


def versus(ours: np.ndarray, theirs: np.ndarray) -> str:
    """Count wins, ties and losses; rounding errors of a mean are ties."""
    difference = (ours - theirs).round(12)
    return f"{(difference > 0).sum()} / {(difference == 0).sum()} / {(difference < 0).sum()}"


def print_losses(results: list[Result]) -> None:
    """Name the tasks on which another search had the better mean validation score."""
    bayes = {result.task: result for result in results if result.strategy == "bayes"}
    losses = []
    for result in results:
        paired = result.validation - bayes[result.task].validation
        if paired.mean() > 1e-12:
            losses.append(
                f"  {result.task.data}, {result.task.model}: {result.strategy} by "
                f"{paired.mean():.2g} (better on {(paired > 1e-12).sum()} of {len(paired)} seeds)"
            )
    print("  Mean validation score above that of bayes:" + ("" if losses else " none"))
    print("\n".join(losses), end="\n" if losses else "")


# --- figure ---------------------------------------------------------------------------


def draw(results: list[Result], path: Path) -> None:
    """Draw the best validation score so far against trials: median and quartiles."""
    if find_spec("matplotlib") is None:
        print('\nmatplotlib is not installed, so no figure is drawn: pip install -e ".[plot]"')
        return
    from matplotlib.figure import Figure

    tasks = list(dict.fromkeys(result.task for result in results))
    n_columns = min(3, len(tasks))
    n_rows = math.ceil(len(tasks) / n_columns)
    figure = Figure(figsize=(4.6 * n_columns, 3.6 * n_rows), layout="constrained")
    axes = figure.subplots(n_rows, n_columns, squeeze=False).ravel()
    for ax in axes[len(tasks) :]:
        ax.set_axis_off()
    for ax, task in zip(axes, tasks, strict=False):
        # GridSearchCV tries the same candidates as grid.
        drawn = [r for r in results if r.task == task and r.strategy != "GridSearchCV"]
        draw_task(ax, task, drawn)
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside upper center", ncols=5)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110)
    print(f"\nFigure: {path}")


def draw_task(ax: Any, task: Task, results: list[Result]) -> None:
    """Draw one panel, its lower end where the searches but the grid are after some trials."""
    shift = center_seeds(results)
    floors, tops = [], []
    for color, result in enumerate(results):
        trials = np.arange(1, result.curves.shape[1] + 1)
        low, median, high = np.quantile(result.curves + shift, [0.25, 0.5, 0.75], axis=0)
        ax.plot(trials, median, color=f"C{color}", label=result.strategy)
        ax.fill_between(trials, low, high, color=f"C{color}", alpha=0.15, linewidth=0)
        tops.append(high[-1])
        if result.strategy != "grid":
            floors.append(median[len(median) // 8])
    margin = 0.05 * (max(tops) - min(floors))
    ax.set_ylim(min(floors) - margin, max(tops) + margin)
    ax.set_title(f"{task.data}\n{task.model}", fontsize="medium")
    ax.set_xlabel("trials")
    ax.set_ylabel("best validation score so far")


def center_seeds(results: list[Result]) -> np.ndarray:
    """Shift that gives all seeds the same best score of any search, shape (n_seeds, 1).

    Seeds differ by their rows, and by more than searches do: unshifted, bands show that.
    """
    best = np.max([result.curves[:, -1] for result in results], axis=0)
    return (best.mean() - best)[:, None]


# --- main -----------------------------------------------------------------------------


def parse() -> argparse.Namespace:
    """Read the options."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="two small tasks, two seeds")
    parser.add_argument("--seeds", type=int, help="divisions of the rows (default: 5, quick 2)")
    parser.add_argument(
        "--budget", type=int, nargs="+", help="trials (default: 16 36, quick 12 24)"
    )
    parser.add_argument("--figure", type=Path, help="where the figure goes, a .png, .svg or .pdf")
    options = parser.parse_args()
    options.seeds = options.seeds or (2 if options.quick else 5)
    options.budget = sorted(options.budget or ([12, 24] if options.quick else [16, 36]))
    name = "compare_strategies_quick.png" if options.quick else "compare_strategies.png"
    options.figure = options.figure or FIGURES / name
    return options


def main() -> None:
    """Run all tasks, print their tables and the summary, draw the figure."""
    options = parse()
    started = time.perf_counter()
    if find_spec("optuna") is None:
        print("Optuna is not installed and left out: pip install optuna")
    results: list[Result] = []
    for data in make_quick_data_sets() if options.quick else make_data_sets():
        found = run(data, options.budget, options.seeds)
        results += found
        for task, group in groupby(found, key=lambda result: result.task):
            print_task(task, list(group), data)
    for budget in options.budget:
        print_summary(results, budget)
    draw([result for result in results if result.budget == options.budget[-1]], options.figure)
    print(f"{time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main()
