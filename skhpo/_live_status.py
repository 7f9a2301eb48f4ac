"""The state of a running study: counted, timed, and shown when it is its time."""

from __future__ import annotations

import math
from collections.abc import Callable
from time import perf_counter
from typing import Any

from skhpo._status import Status
from skhpo._status_line import Display, open_display, release
from skhpo._stopping import Limits
from skhpo._tally import Tally
from skhpo._time_left import estimate_seconds_left
from skhpo._trial import FoldResult, FoldTask

# Showing takes less than this share of the search, however much there is to count.
_MOST_OF_THE_TIME = 0.003
# Events are counted together: between two fits the code of the counts is not at hand.
_MOST_EVENTS = 1000


class LiveStatus:
    """Shows a study while it runs.

    Parameters
    ----------
    strategy : Strategy
        One with ``look_ahead(number) -> params`` knows its candidates from the beginning.
    n_workers : int
        Folds that run at the same time.
    limits : Limits
        What ends the study early.
    metric : str or None, default=None
        The metric that decides; None is the only or the first one.
    clock : callable, default=time.perf_counter
        Gives seconds.
    """

    tally: Tally

    def __init__(
        self,
        strategy: Any,
        n_workers: int,
        limits: Limits,
        metric: str | None = None,
        *,
        clock: Callable[[], float] = perf_counter,
    ) -> None:
        self._look_ahead = getattr(strategy, "look_ahead", None)
        self._n_workers, self._limits, self._metric = n_workers, limits, metric
        self._clock = clock
        self._display: Display | None = None
        self._events: list[tuple[Callable[..., None], tuple[Any, ...]]] = []
        self._began = self._next = self._next_tick = 0.0
        # Seconds that showing takes at best; None before the first time, which does not count.
        self._cost: float | None = None
        # When the first fold began: what workers took to start is not for the pace. And when
        # the last one ended.
        self._first = self._last = math.nan

    def begin(self, n_folds: int, n_trials: int) -> None:
        """Begin to count, and find out where to show."""
        self.tally = Tally(
            n_folds, n_trials, self._n_workers, metric=self._metric, look_ahead=self._look_ahead
        )
        self._began = self._clock()
        self._display = open_display()
        self._next = self._began + self._display.pause(0.0)

    def finish(self, task: FoldTask, result: FoldResult) -> None:
        """Count a fold as finished."""
        self._last = self._clock()
        if math.isnan(self._first):
            took = result.fit_seconds + result.score_seconds
            self._first = max(self._began, self._last - took)
        self.note(self.tally.finish, task, result)

    def note(self, count: Callable[..., None], *event: Any) -> None:
        """Note an event, which `count` of the tally will count."""
        self._events.append((count, event))
        if len(self._events) >= _MOST_EVENTS:
            self._count()

    def _count(self) -> None:
        """Count what has been noted, in its order."""
        for count, event in self._events:
            count(*event)
        self._events.clear()

    def show(self) -> float:
        """Show the state if the last one is old enough; seconds until it is to be shown anew."""
        if self._display is None:
            return math.inf
        now = self._clock()
        if now < self._next:
            return max(self._next, self._next_tick) - now
        self._display.draw(self._status(now, is_over=False))
        took = self._clock() - now
        # The first time brings imports, and at some times the machine is at something else.
        cost = 0.0 if self._cost is None else min(self._cost, took)
        self._cost = math.inf if self._cost is None else cost
        elapsed = now - self._began
        pause = max(self._display.pause(elapsed), cost / _MOST_OF_THE_TIME)
        self._next = now + pause
        self._next_tick = now + max(pause, self._display.tick(elapsed))
        return self._next_tick - now

    def end(self) -> None:
        """Show the last state, and leave the place where it was shown."""
        if self._display is None:
            return
        display, self._display = self._display, None
        try:
            display.end(self._status(self._clock(), is_over=True))
        finally:
            release(display)

    def _status(self, now: float, *, is_over: bool) -> Status:
        """Put together what is shown."""
        self._count()
        tally, elapsed = self.tally, now - self._began
        left = math.nan
        if not is_over:
            left = estimate_seconds_left(
                tally.work(), now - self._first, self._n_workers, now - self._last
            )
            until_late = max(0.0, self._limits.max_time - elapsed)
            # One complete trial is waited for, however long it takes.
            if tally.n_done and until_late < math.inf:
                left = until_late if math.isnan(left) else min(left, until_late)
        return Status(
            n_done=tally.n_done,
            n_trials=tally.n_trials,
            # One worker always runs one.
            n_running=0 if is_over or self._n_workers == 1 else tally.n_running,
            n_failed=tally.n_failed,
            n_stopped=tally.n_stopped,
            elapsed=elapsed,
            left=left,
            is_at_most=self._limits.rule is not None,
            best_score=tally.best_score,
            best_metric=tally.best_metric,
            best_params=tally.best_params,
            is_over=is_over,
        )
