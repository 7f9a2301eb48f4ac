"""What ends a fold from outside: too much time, too much memory, the death of its worker.

limit     of time or memory; a fold past it has failed, and another try would be no other
death     of a worker, by itself; it may be of what another fold did, or by chance, and the
          fold is tried on another worker
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from skhpo._fold_clock import FoldClock
from skhpo._fold_marks import Marks, Place
from skhpo._memory_watch import MemoryWatch
from skhpo._stopping import Limits
from skhpo._trial import FoldResult, FoldTask
from skhpo.exceptions import WorkerDiedError

Evaluate = Callable[[FoldTask, Any], FoldResult]

_TRIES = 2


class FoldGuard:
    """Guards the folds of one study; a context manager.

    Parameters
    ----------
    limits : Limits
        Of each fold.
    n_starts : int
        On how many workers the engine itself begins a fold, as they die.

    Attributes
    ----------
    seconds : float
        How often `overdue` is to be asked; inf for never.
    """

    def __init__(self, limits: Limits, n_starts: int) -> None:
        self._limits = limits
        self._n_starts = n_starts
        self._n_deaths: Counter[Place] = Counter()
        self._marks = Marks()
        self._clock = FoldClock(limits.fit_timeout, self._marks)
        self._memory = MemoryWatch(limits.fit_memory, self._marks)
        self._context = ExitStack()
        self.seconds = self._clock.seconds

    def __enter__(self) -> FoldGuard:
        """Watch memory, if there is a limit."""
        self._context.callback(self._marks.close)
        if self._limits.fit_memory < math.inf:
            self._context.enter_context(self._memory)
        return self

    def __exit__(self, *error: object) -> None:
        """Watch no more, and remove all files."""
        self._context.close()

    def watch(self, evaluate: Evaluate) -> Evaluate:
        """Let an evaluation make marks, if there are limits."""
        return evaluate if self._limits.needs_workers is None else self._marks.watch(evaluate)

    def trail(self, batch: Sequence[FoldTask]) -> Path | None:
        """File where a worker notes which folds of a batch it has begun; None for a single one."""
        return self._marks.trail(_place(batch[0])) if len(batch) > 1 else None

    def overdue(self, pending: Iterable[tuple[Future[Any], FoldTask]]) -> list[Future[Any]]:
        """Futures of the folds that have run for too long."""
        if self.seconds == math.inf:
            return []
        return self._clock.overdue((future, _place(task)) for future, task in pending)

    def is_late(self, result: FoldResult) -> bool:
        """Whether a fold took too long and ended before that was seen."""
        return result.fit_seconds + result.score_seconds > self._limits.fit_timeout

    def count_death(self, batch: Sequence[FoldTask]) -> None:
        """Count the death of a worker for the fold of a batch that it ran."""
        n_begun = self._marks.count_begun(_place(batch[0]))
        if n_begun:
            self._n_deaths[_place(batch[n_begun - 1])] += 1

    def judge_death(self, task: FoldTask, error: WorkerDiedError) -> Exception | None:
        """What a fold whose worker died fails with; None if it is to be tried again."""
        place = _place(task)
        if self._limits.needs_workers is not None:
            # Its pid is another process's soon.
            self._marks.remove(place)
            self._clock.forget(place)
        if self._memory.has_ended(place):
            return MemoryError(
                "A fold's fit and scoring took more memory than "
                f"fit_memory={self._limits.fit_memory:.0f} bytes above what its worker had before."
            )
        if self._n_starts >= _TRIES:
            return error
        self._n_deaths[place] += 1
        if self._n_deaths[place] < _TRIES:
            return None
        died = WorkerDiedError(f"{error} The fold was tried on two workers.")
        died.__cause__ = error
        return died

    def time_error(self) -> TimeoutError:
        """What a fold that took too long fails with."""
        limit = self._limits.fit_timeout
        return TimeoutError(
            f"A fold's fit and scoring took more than fit_timeout={limit:g} seconds."
        )

    def as_result(self, task: FoldTask, failure: Exception) -> FoldResult:
        """Result of a fold that was ended."""
        is_late = isinstance(failure, TimeoutError)
        return FoldResult(
            task.number,
            task.fold,
            None,
            fit_seconds=self._limits.fit_timeout if is_late else 0.0,
            error=f"{type(failure).__name__}: {failure}\n",
            timed_out=is_late,
        )


def _place(task: FoldTask) -> Place:
    """Which fold a task is."""
    return Place(task.number, task.fold)
