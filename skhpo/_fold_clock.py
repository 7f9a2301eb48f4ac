"""Which folds take too long: a worker says when it begins one, the study watches the clock.

mark    an empty file that a worker makes when a fold begins. Its process may take seconds
        to start, and the data to arrive; neither is time of the fold.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from skhpo._trial import FoldResult, FoldTask

# A worker on another machine leaves no mark: it is given so much to start, besides.
START_SECONDS = 30.0


@dataclass(frozen=True)
class Marked:
    """Evaluates a fold after it has left a mark; runs in a worker."""

    evaluate: Callable[[FoldTask, Any], FoldResult]
    folder: str

    def __call__(self, task: FoldTask, token: Any) -> FoldResult:
        """Load the data, leave the mark, evaluate."""
        token.get()
        with suppress(OSError):
            _mark(self.folder, task).touch()
        return self.evaluate(task, token)


def _mark(folder: str, task: FoldTask) -> Path:
    """File of a fold's mark."""
    return Path(folder) / f"{task.number}-{task.fold}"


class FoldClock:
    """Watches how long folds run; a context manager that removes its folder.

    Parameters
    ----------
    limit : float
        Seconds that a fold may take.
    """

    def __init__(self, limit: float) -> None:
        self.limit = limit
        # How often to look: a fold is ended within a tenth of its limit, or a second.
        self.seconds = min(max(limit / 10, 0.01), 1.0)
        self._began: dict[tuple[int, int], float] = {}
        self._folder = ""

    def __enter__(self) -> FoldClock:
        """Make the folder of marks."""
        self._folder = tempfile.mkdtemp(prefix="skhpo-folds-")
        return self

    def __exit__(self, *error: object) -> None:
        """Remove it."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def mark(self, evaluate: Callable[[FoldTask, Any], FoldResult]) -> Marked:
        """Make an evaluation leave marks."""
        return Marked(evaluate, self._folder)

    def is_overdue(self, task: FoldTask, is_running: bool) -> bool:
        """Whether a fold has run for more than the limit, as far as can be seen."""
        now, key = time.monotonic(), (task.number, task.fold)
        if key not in self._began and _mark(self._folder, task).exists():
            self._began[key] = now
        if key in self._began:
            return now - self._began[key] > self.limit
        if is_running:
            # By a key of its own, until the mark is seen.
            began = self._began.setdefault((~task.number, task.fold), now)
            return now - began > self.limit + START_SECONDS
        return False

    def took_too_long(self, result: FoldResult) -> bool:
        """Whether a fold that has ended took more than the limit."""
        return result.fit_seconds + result.score_seconds > self.limit


def timed_out(task: FoldTask, limit: float) -> FoldResult:
    """Result of a fold that was ended."""
    error = f"TimeoutError: {explain(limit)}\n"
    return FoldResult(task.number, task.fold, None, error=error, timed_out=True)


def explain(limit: float) -> str:
    """What happened, in a sentence."""
    return (
        f"The fold's fit and scoring took more than fit_timeout={limit:g} seconds and were ended."
    )
