"""Which folds take too long: workers mark those that they begin, the study looks at the clock."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable
from concurrent.futures import Future
from typing import Any

from skhpo._fold_marks import Marks, Place

# A worker on another machine leaves no mark here: it has so much longer, for its imports.
_IMPORT_SECONDS = 30.0


class FoldClock:
    """Watches how long folds run.

    Parameters
    ----------
    limit : float
        Seconds that a fold may take; inf for any.
    marks : Marks
        Which folds have begun.

    Attributes
    ----------
    seconds : float
        How often to look: a tenth of the limit, a second at most; inf where there is none.
    """

    def __init__(self, limit: float, marks: Marks) -> None:
        self.seconds = min(max(limit / 10, 0.01), 1.0) if limit < math.inf else math.inf
        self._limit = limit
        self._marks = marks
        self._deadlines: dict[tuple[Place, bool], float] = {}

    def overdue(self, pending: Iterable[tuple[Future[Any], Place]]) -> list[Future[Any]]:
        """Futures of the folds that have run for more than the limit since they were first seen."""
        now = time.monotonic()
        late = []
        for future, place in pending:
            if not future.running():
                continue
            has_mark = self._marks.read(place) is not None
            limit = self._limit + (0.0 if has_mark else _IMPORT_SECONDS)
            if now > self._deadlines.setdefault((place, has_mark), now + limit):
                late.append(future)
        return late

    def forget(self, place: Place) -> None:
        """Forget a fold that begins again on another worker."""
        for has_mark in (True, False):
            self._deadlines.pop((place, has_mark), None)
