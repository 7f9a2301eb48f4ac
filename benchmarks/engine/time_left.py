"""How far the time left that `verbose=1` shows is from what it turns out to be.

    python benchmarks/engine/time_left.py
    python benchmarks/engine/time_left.py --quick

Searches are simulated: folds in the order of their candidates go to the first worker that is
free, and at 10, 25, 50 and 75 % of the search the rest is estimated. Printed is the typical
factor by which an estimate is wrong, ``exp(mean |log(estimate / actual)|)``, 1.00 is exact:
for what is done over what is not at the pace so far (elapsed / done * not done, what a progress
bar around the folds would say), and for what skhpo shows. Grids have 5 values of `size`, 5 of
`shape`, 4 of `kind`, and 5 folds; a fit's time is a power of `size`,
up to the factor in the name (and once `size` plus a constant, which is no power), and varies by
10 %. "largest last" has `size` as the outermost loop, "innermost" as the innermost.
"""

from __future__ import annotations

import argparse
import heapq
from collections.abc import Iterator
from itertools import product
from typing import Any

import numpy as np

from skhpo._tally import Tally
from skhpo._time_left import estimate_seconds_left
from skhpo._trial import FoldResult, FoldTask

N_FOLDS = 5
SHARES = (0.10, 0.25, 0.50, 0.75)
Candidates = list[dict[str, Any]]


def make_cases(rng: np.random.Generator) -> Iterator[tuple[str, Candidates, np.ndarray, bool]]:
    """Give a name, candidates, seconds of shape (n_trials, n_folds), whether it is a grid."""
    sizes, shapes, kinds = [10, 30, 100, 300, 1000], [0.1, 0.2, 0.3, 0.4, 0.5], list("abcd")
    drawn = [{"u": u} for u in rng.random(100)]
    yield "constant", drawn, np.ones((100, N_FOLDS)), False
    yield "lognormal, sigma 1", drawn, rng.lognormal(0, 1, (100, N_FOLDS)), False
    outer = [{"size": s, "shape": h, "kind": k} for s, h, k in product(sizes, shapes, kinds)]
    inner = [{"size": s, "shape": h, "kind": k} for h, k, s in product(shapes, kinds, sizes)]
    noise = rng.lognormal(0, 0.1, (100, N_FOLDS))
    for factor in (10, 100):
        exponent = np.log(factor) / np.log(100)
        for name, grid, is_grid in (
            (f"random, size x{factor}", list(rng.permutation(np.array(outer, object))), False),
            (f"grid, largest last x{factor}", outer, True),
            (f"grid, largest first x{factor}", outer[::-1], True),
            (f"grid, innermost x{factor}", inner, True),
        ):
            cost = np.array([params["size"] for params in grid], float) ** exponent
            yield name, grid, cost[:, None] * noise, is_grid
    cost = np.array([30 + params["size"] for params in outer], float)
    yield "grid, largest last, 30 + size", outer, cost[:, None] * noise, True


def run(seconds: np.ndarray, n_workers: int) -> tuple[np.ndarray, np.ndarray]:
    """Simulate when the folds begin and end."""
    free_at = [0.0] * n_workers
    begins, ends = [], []
    for duration in seconds.ravel():
        begins.append(heapq.heappop(free_at))
        ends.append(begins[-1] + duration)
        heapq.heappush(free_at, ends[-1])
    return np.array(begins), np.array(ends)


def look(
    now: float,
    candidates: Candidates,
    seconds: np.ndarray,
    begins: np.ndarray,
    ends: np.ndarray,
    n_workers: int,
    is_grid: bool,
) -> tuple[float, float]:
    """Estimate by the naive rule and by skhpo's what is left at a time."""
    tally = Tally(N_FOLDS, len(candidates), n_workers, look_ahead=None)
    if is_grid:
        tally = Tally(N_FOLDS, len(candidates), n_workers, look_ahead=candidates.__getitem__)
    for place in np.flatnonzero(begins <= now):
        number, fold = divmod(int(place), N_FOLDS)
        task = FoldTask(number, fold, candidates[number], N_FOLDS, len(candidates))
        tally.submit(task)
        if ends[place] <= now:
            took = float(seconds[number, fold])
            tally.finish(task, FoldResult(number, fold, {"score": 0.0}, fit_seconds=took))
    n_done = int((ends <= now).sum())
    if not n_done:
        return np.nan, np.nan
    naive = now / n_done * (len(ends) - n_done)
    since_last = now - ends[ends <= now].max()
    return naive, estimate_seconds_left(tally.work(), now, n_workers, since_last)


def main() -> None:
    """Print a line for each case and number of workers."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=50)
    parser.add_argument("--quick", action="store_true", help="three runs")
    options = parser.parse_args()
    n_runs = 3 if options.quick else options.runs
    errors: dict[tuple[int, str], list[tuple[np.ndarray, np.ndarray]]] = {}
    for seed in range(n_runs):
        for name, candidates, seconds, is_grid in make_cases(np.random.default_rng(seed)):
            for n_workers in (1, 8):
                begins, ends = run(seconds, n_workers)
                pairs = []
                for share in SHARES:
                    now = share * ends.max()
                    known = look(now, candidates, seconds, begins, ends, n_workers, is_grid)
                    pairs.append(np.abs(np.log(np.array(known) / (ends.max() - now))))
                errors.setdefault((n_workers, name), []).append(np.array(pairs))
    shares = "".join(f"{share:>7.0%}" for share in SHARES)
    print(f"{n_runs} runs of 100 candidates on {N_FOLDS} folds; wrong by a factor of")
    print(f"{'workers':7} {'fits':28} naive{shares}   skhpo{shares}")
    for (n_workers, name), runs in errors.items():
        naive, ours = np.exp(np.nanmean(runs, axis=0)).T
        columns = ["".join(f"{value:7.2f}" for value in factors) for factors in (naive, ours)]
        print(f"{n_workers:7} {name:28}      {columns[0]}        {columns[1]}")


if __name__ == "__main__":
    main()
