"""Which folds take too long: workers say when they begin one, the study looks at the clock.

mark    an empty file that a worker makes when a fold begins: it may take seconds to import
        what the data are made of, and they are no time of the fold
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from skhpo._engine import make_folder, remove_folder
from skhpo._trial import FoldResult, FoldTask

# A worker on another machine leaves no mark here: it has so much longer, for its imports.
_IMPORT_SECONDS = 30.0


@dataclass(frozen=True)
class _Marked:
    """Evaluates a fold after it has left a mark; runs in a worker."""

    evaluate: Callable[[FoldTask, Any], FoldResult]
    folder: Path

    def __call__(self, task: FoldTask, token: Any) -> FoldResult:
        """Load the data, leave the mark, evaluate."""
        token.get()
        with suppress(OSError):
            _mark(self.folder, task).touch()
        return self.evaluate(task, token)


def _mark(folder: Path, task: FoldTask) -> Path:
    """File that says that a fold has begun."""
    return folder / f"{task.number}-{task.fold}"


class FoldClock:
    """Watches how long folds run; a context manager.

    Parameters
    ----------
    limit : float
        Seconds that a fold may take.

    Attributes
    ----------
    seconds : float
        How often to look: a tenth of the limit, a second at most.
    """

    def __init__(self, limit: float) -> None:
        self.limit = limit
        self.seconds = min(max(limit / 10, 0.01), 1.0)
        self._deadlines: dict[tuple[int, int, bool], float] = {}
        self._folder = Path()

    def __enter__(self) -> FoldClock:
        """Make the folder of marks."""
        self._folder = make_folder()
        return self

    def __exit__(self, *error: object) -> None:
        """Remove it."""
        remove_folder(self._folder)

    def watch(self, evaluate: Callable[[FoldTask, Any], FoldResult]) -> _Marked:
        """Make an evaluation leave marks."""
        return _Marked(evaluate, self._folder)

    def overdue(self, pending: Iterable[tuple[Future[Any], FoldTask]]) -> list[Future[Any]]:
        """Futures of the folds that have run for more than the limit since they were first seen."""
        now = time.monotonic()
        late = []
        for future, task in pending:
            if not future.running():
                continue
            has_mark = _mark(self._folder, task).exists()
            limit = self.limit + (0.0 if has_mark else _IMPORT_SECONDS)
            if now > self._deadlines.setdefault((task.number, task.fold, has_mark), now + limit):
                late.append(future)
        return late

    def check(self, task: FoldTask, result: FoldResult) -> FoldResult:
        """Discard a fold that took too long and ended before that was seen."""
        is_over = result.fit_seconds + result.score_seconds > self.limit
        return self.end(task) if is_over else result

    def end(self, task: FoldTask) -> FoldResult:
        """Result of a fold that took too long."""
        error = f"TimeoutError: {self.reason}\n"
        return FoldResult(
            task.number, task.fold, None, fit_seconds=self.limit, error=error, timed_out=True
        )

    @property
    def reason(self) -> str:
        """What happened, in a sentence."""
        return f"A fold's fit and scoring took more than fit_timeout={self.limit:g} seconds."
