"""What racing saves and what it costs: searches replayed from fold scores of real models.

Every candidate is evaluated on all folds once; searches with candidates and folds in random
orders are then replayed from the scores, with the decisions of `skhpo._racing`.

    python benchmarks/engine/racing.py [--quick] [--orders 50] [--lags 4 16]

saved       share of the fits that a search without racing makes
changed     searches whose winner is another candidate with another mean score
loss        the winner's mean score below the best, in standard errors of the mean
            difference between the two over folds; the largest of all searches
told        what is told of stopped candidates, less their mean over all folds, in the
            standard errors that are told with it; median of the absolute values, .67 for
            normal errors
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass

import numpy as np
from fold_scores import make_pairs, score_folds

from skhpo._racing import N_OPEN, Race, best_value


@dataclass(frozen=True)
class Replay:
    """What one search came to."""

    saved: float
    changed: bool
    loss: float
    errors: list[float]


def replay(scores: np.ndarray, race: Race) -> Replay:
    """Run one search of candidates in the order of rows, on folds in that of columns."""
    n, n_folds = scores.shape
    n_asked = n_run = 0

    def may_ask() -> bool:
        """Whether a candidate is left."""
        return n_asked < n

    while (number := race.choose(may_ask)) is not None:
        n_asked = max(n_asked, number + 1)
        fold = race.hand_out(number)
        race.learn(number, fold, scores[number, fold])
        n_run += 1
    means = scores.mean(axis=1)
    complete = [number for number in range(n) if number not in race.stopped]
    chosen = max(complete, key=lambda number: means[number])
    best = int(means.argmax())
    lead = scores[best] - scores[chosen]
    error = lead.std(ddof=1) / np.sqrt(n_folds)
    changed = bool(means[chosen] < means[best])
    errors = [
        (verdict.score - means[number]) / verdict.noise
        for number, verdict in race.stopped.items()
        if verdict.noise > 0
    ]
    loss = float(lead.mean() / error) if changed else 0.0
    return Replay(1 - n_run / scores.size, changed, loss, errors)


def replay_all(tables: dict[str, list], n_orders: int, lag: int, n_open: int) -> list[list[Replay]]:
    """Replay each table in many orders."""
    found = []
    for number, (scores, scoring) in enumerate(tables.values()):
        rng = np.random.default_rng(number)
        found.append(
            [
                replay(
                    rng.permutation(rng.permutation(scores), axis=1),
                    Race(scores.shape[1], lag=lag, n_open=n_open, best_value=best_value(scoring)),
                )
                for _ in range(n_orders)
            ]
        )
    return found


def summarise(found: list[list[Replay]]) -> str:
    """One line of figures over all pairs."""
    runs = [run for of_pair in found for run in of_pair]
    saved = np.array([np.mean([run.saved for run in of_pair]) for of_pair in found])
    errors = np.concatenate([run.errors for run in runs])
    return (
        f"saved {saved.mean():5.1%} (pairs {saved.min():.0%} to {saved.max():.0%}), "
        f"changed {np.mean([run.changed for run in runs]):.2%} of {len(runs)}, "
        f"largest loss {max(run.loss for run in runs):.2f}, "
        f"told {np.median(np.abs(errors)):.2f}"
    )


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="four pairs, few candidates")
    parser.add_argument("--orders", type=int, default=50, help="searches of each pair")
    parser.add_argument("--lags", type=int, nargs="*", default=[4, 16])
    arguments = parser.parse_args()
    pairs = make_pairs()[: 4 if arguments.quick else None]
    n_candidates = 30 if arguments.quick else 60
    n_orders = 10 if arguments.quick else arguments.orders
    for n_folds in (5, 10):
        tables = {
            pair.name: [score_folds(pair, n_candidates, n_folds), pair.scoring] for pair in pairs
        }
        print(f"{len(pairs)} pairs, {n_candidates} candidates, K = {n_folds}", flush=True)
        for n_open, lag in [(1, 1), (N_OPEN, 1), *((N_OPEN, lag) for lag in arguments.lags)]:
            found = replay_all(tables, n_orders, lag, n_open)
            print(f"  {n_open} open, lag {lag:2d}: {summarise(found)}", flush=True)
            if (n_open, lag) == (N_OPEN, 1):
                for name, of_pair in zip(tables, found, strict=True):
                    print(f"    {name:24s} {summarise([of_pair])}", flush=True)


if __name__ == "__main__":
    main()
