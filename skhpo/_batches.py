"""Tiny folds travel together: how many, and how a worker runs them.

batch    folds that go to a worker in one call, run one after the other; mostly a single one
trail    a file that says which of them had begun, should the worker die

A call to a worker process costs a third of a millisecond, as much as a small fit. How many
folds travel together follows from how long folds have taken; it changes no result. A fold
that raises, or a worker that dies, cuts a batch short: what has no result goes again, each
fold by itself, so that an error or a death is that of one fold.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from skhpo._trial import FoldResult, FoldTask

Evaluate = Callable[[FoldTask, Any], FoldResult]

# Of a call this long, what the call itself costs is a hundredth.
BATCH_SECONDS = 0.03
# Shorter folds cost what surrounds them.
_LEAST_SECONDS = 2e-4
# Weight of the latest batch in the mean duration of a fold.
_WEIGHT = 0.2


def evaluate_batch(
    evaluate: Evaluate, batch: Sequence[FoldTask], token: Any, trail: Path | None = None
) -> tuple[FoldResult, ...]:
    """Run a batch; the results up to the first fold that raises, if it is not the first.

    While it runs, the file `trail` has as many bytes as folds have begun.
    """
    if trail is None:
        return _evaluate_each(evaluate, batch, token, lambda: None)
    try:
        with trail.open("wb", buffering=0) as file:
            return _evaluate_each(evaluate, batch, token, lambda: file.write(b"."))
    finally:
        trail.unlink(missing_ok=True)


def _evaluate_each(
    evaluate: Evaluate, batch: Sequence[FoldTask], token: Any, note: Callable[[], Any]
) -> tuple[FoldResult, ...]:
    """Run a batch, and call `note` when a fold begins."""
    results: list[FoldResult] = []
    for task in batch:
        note()
        try:
            results.append(evaluate(task, token))
        except Exception:
            # It is run again by itself, and raises there.
            if not results:
                raise
            break
    return tuple(results)


class BatchSize:
    """How many folds should travel together.

    Parameters
    ----------
    n_workers : int
        Workers that share the folds.
    may_batch : bool
        Whether folds may travel together at all.
    """

    def __init__(self, n_workers: int, may_batch: bool) -> None:
        self._n_workers = n_workers
        self._may_batch = may_batch
        self._fold_seconds: float | None = None

    def choose(self, n_left: int) -> int:
        """Size of the next batch of `n_left` folds that were not handed out.

        The last ones are divided, so that no worker waits for another's batch.
        """
        if self._fold_seconds is None or not self._may_batch:
            return 1
        wanted = int(BATCH_SECONDS / max(self._fold_seconds, _LEAST_SECONDS))
        return max(1, min(wanted, math.ceil(n_left / (2 * self._n_workers))))

    def learn(self, results: Sequence[FoldResult]) -> None:
        """Take the durations of finished folds into the mean."""
        if not results:
            return
        latest = sum(r.fit_seconds + r.score_seconds for r in results) / len(results)
        before = latest if self._fold_seconds is None else self._fold_seconds
        # A slow fold counts at once: a batch of its like would be a long one.
        weight = 1.0 if latest > 2.0 * before else _WEIGHT
        self._fold_seconds = before + weight * (latest - before)
