"""Files that say what workers were at, should they die or take too much.

mark    a file of a fold that has begun and not ended: the worker's pid, and its bytes then.
        Before it come the imports of what the data are made of, which are no part of the fold
trail   a file of a batch that has begun and not ended: a byte for each fold begun
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from skhpo._engine import make_folder, remove_folder
from skhpo._process_memory import private_bytes
from skhpo._trial import FoldResult, FoldTask


class Place(NamedTuple):
    """Which fold."""

    number: int
    fold: int


class Mark(NamedTuple):
    """What a worker wrote when it began a fold."""

    pid: int
    n_bytes: int


@dataclass(frozen=True)
class MarkedEvaluation:
    """Evaluates a fold while its mark is there; runs in a worker."""

    evaluate: Callable[[FoldTask, Any], FoldResult]
    folder: Path

    def __call__(self, task: FoldTask, token: Any) -> FoldResult:
        """Load the data, make the mark, evaluate."""
        token.get()
        path = self.folder / f"{task.number}-{task.fold}"
        # A worker on another machine has no such folder, and makes no mark.
        with suppress(OSError):
            path.write_text(f"{os.getpid()} {private_bytes(os.getpid()) or 0}", encoding="ascii")
        try:
            return self.evaluate(task, token)
        finally:
            with suppress(OSError):
                path.unlink()


class Marks:
    """The marks and trails of one study, in a folder that is made when it is needed."""

    @cached_property
    def _folder(self) -> Path:
        """Where they are."""
        return make_folder()

    def close(self) -> None:
        """Remove the folder, if there is one."""
        if "_folder" in vars(self):
            remove_folder(self._folder)

    def watch(self, evaluate: Callable[[FoldTask, Any], FoldResult]) -> MarkedEvaluation:
        """Let an evaluation make marks."""
        return MarkedEvaluation(evaluate, self._folder)

    def read(self, place: Place) -> Mark | None:
        """The mark of a fold, if it runs on this machine."""
        try:
            pid, n_bytes = self._path(place).read_text(encoding="ascii").split()
        except (OSError, ValueError):  # none, or half a one
            return None
        return Mark(int(pid), int(n_bytes))

    def places(self) -> Iterator[Place]:
        """Folds that have a mark."""
        with suppress(OSError):
            for name in os.listdir(self._folder):
                number, fold = name.split("-")
                yield Place(int(number), int(fold))

    def remove(self, place: Place) -> None:
        """Remove the mark of a fold whose worker has ended."""
        self._path(place).unlink(missing_ok=True)

    def trail(self, first: Place) -> Path:
        """File for the trail of a batch, named by its first fold."""
        return self._folder / f"batch-{first.number}-{first.fold}"

    def count_begun(self, first: Place) -> int:
        """How many folds of a batch had begun when its worker died; its trail is removed."""
        trail = self.trail(first)
        try:
            n_begun = trail.stat().st_size
            trail.unlink()
        except OSError:
            return 0
        return n_begun

    def _path(self, place: Place) -> Path:
        """File of a fold's mark."""
        return self._folder / f"{place.number}-{place.fold}"
