"""What a study has done so far, counted fold by fold.

taken over   finished by an earlier run: counts as done, not for the pace
open         a trial of which some folds have finished, and not all that are run
folds        of a trial: all, or fewer where a race stops it
"""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import islice
from typing import Any

import numpy as np

from skhpo._record import name_metric
from skhpo._time_left import Work, model_seconds
from skhpo._trial import FoldResult, FoldTask

# As many candidates tell how durations depend on parameters, and stand for those to come.
_N_SAMPLED = 200
# The model of durations is made anew when so much more has finished.
_GROWTH = 1.25
_N_FIRST = 4


class Tally:
    """Counts of a study.

    Parameters
    ----------
    n_folds, n_trials : int
        Folds of each candidate, and candidates.
    n_workers : int, default=1
        Folds that run at the same time.
    metric : str or None, default=None
        The metric that decides; None is the only or the first one.
    look_ahead : callable or None, default=None
        ``look_ahead(number) -> params`` of any candidate, where they are known before.

    Attributes
    ----------
    n_done, n_failed, n_stopped : int
        Trials that need no more folds, and those among them that failed or were stopped.
    best_score : float
        Largest mean score of a complete trial; nan if there is none.
    best_params : dict or None
        Its parameters.
    best_metric : str or None
        The metric's name, where there are several.
    """

    def __init__(
        self,
        n_folds: int,
        n_trials: int,
        n_workers: int = 1,
        *,
        metric: str | None = None,
        look_ahead: Callable[[int], dict[str, Any]] | None = None,
    ) -> None:
        self.n_folds, self.n_trials, self.n_workers = n_folds, n_trials, n_workers
        self.n_done = self.n_failed = self.n_stopped = 0
        self.best_score = math.nan
        self.best_params: dict[str, Any] | None = None
        self.best_metric: str | None = None
        self._best_number = 0
        self._metric = metric
        self._look_ahead = look_ahead
        # By number of open trials: scores by fold, nan for a failed one.
        self._open: dict[int, dict[int, float]] = {}
        self._failed: set[int] = set()
        self._stopped: set[int] = set()
        self._out: dict[tuple[int, int], FoldTask] = {}
        self._n_begun = 0
        self._n_folds_done = 0
        self._n_folds_of_done = 0
        self._n_to_take_over = self._n_taken_over = 0
        self._seconds_done = 0.0
        # By trial, for the model of durations: parameters, seconds of folds, their number.
        self._timed: dict[int, tuple[dict[str, Any], float, int]] = {}
        self._n_modelled = 0
        self._model: Callable[[list[dict[str, Any]]], Any] | None = None

    @property
    def n_running(self) -> int:
        """Folds that are with a worker, as far as can be told from those handed out."""
        return min(len(self._out), self.n_workers)

    def expect_from_checkpoint(self, n_folds: int) -> None:
        """So many folds are known, and come by `take_over` when their trial is asked for."""
        self._n_to_take_over = n_folds

    def submit(self, task: FoldTask) -> None:
        """Count a fold as handed out; once more, if it goes to another worker."""
        self._n_begun = max(self._n_begun, task.number + 1)
        self._out[task.number, task.fold] = task

    def finish(self, task: FoldTask, result: FoldResult) -> None:
        """Count a fold as finished."""
        self._out.pop((task.number, task.fold), None)
        self._n_folds_done += 1
        self._seconds_done += result.fit_seconds + result.score_seconds
        self._add(task, result)

    def take_over(self, task: FoldTask, result: FoldResult) -> None:
        """Count a fold that an earlier run has finished."""
        self._n_begun = max(self._n_begun, task.number + 1)
        self._n_taken_over += 1
        self._add(task, result)

    def stop(self, number: int) -> None:
        """Count a trial as stopped."""
        scores = self._open.pop(number, {})
        self._stopped.add(number)
        self._close(len(scores))
        # One that the race gave up because it failed has the status "failed".
        self.n_stopped += number not in self._failed

    def _add(self, task: FoldTask, result: FoldResult) -> None:
        """Keep a fold's score until its trial is complete."""
        if self._look_ahead is not None:
            _, seconds, n = self._timed.get(task.number, ({}, 0.0, 0))
            seconds += result.fit_seconds + result.score_seconds
            self._timed[task.number] = task.params, seconds, n + 1
        if task.number in self._stopped:
            # It ran when the race stopped its trial.
            return
        scores = self._open.setdefault(task.number, {})
        by_name = result.test_scores or {}
        name = name_metric(by_name, self._metric)
        has_failed = result.error is not None or result.score_error is not None
        scores[task.fold] = math.nan if has_failed else by_name.get(name, math.nan)
        if has_failed and task.number not in self._failed:
            self._failed.add(task.number)
            self.n_failed += 1
        if len(scores) == self.n_folds:
            del self._open[task.number]
            self._failed.discard(task.number)
            self._close(self.n_folds)
            # In whatever order they ended.
            mean = math.fsum(scores.values()) / self.n_folds
            if self._is_better(mean, task.number):
                self.best_score, self.best_params = mean, task.params
                self._best_number = task.number
                self.best_metric = name if result.is_multimetric else None

    def _is_better(self, mean: float, number: int) -> bool:
        """Whether a trial is the best so far; of equals the first is, whichever ended first."""
        if mean == self.best_score:
            return number < self._best_number
        return mean > self.best_score or (math.isnan(self.best_score) and not math.isnan(mean))

    def _close(self, n_folds: int) -> None:
        """Count a trial as done after so many folds."""
        self.n_done += 1
        self._n_folds_of_done += n_folds

    def work(self) -> Work:
        """Work that is done and not done: in seconds where candidates are known, else in folds."""
        # One trial that runs all folds beside those that are done, as there may be none.
        folds = (self._n_folds_of_done + self.n_folds) / (self.n_done + 1)
        running = list(islice(self._out.values(), self.n_workers))
        out: dict[int, int] = {}
        for number, _ in self._out:
            out[number] = out.get(number, 0) + 1
        begun: dict[int, float] = {}
        for number in {*self._open, *out}:
            n_known = len(self._open.get(number, ())) + out.get(number, 0)
            # Those in the queue of the engine are to come.
            begun[number] = max(0.0, folds - n_known) + out.get(number, 0)
        for task in running:
            begun[task.number] -= 1
        n_ahead = max(0, self.n_trials - self._n_begun)
        to_come = n_ahead * folds
        predict = self._predict()
        if predict is None or self._look_ahead is None:
            to_come = max(0.0, to_come + sum(begun.values()) - self._n_to_come_over())
            return Work(self._n_folds_done, len(running), to_come, len(running))
        numbers = np.linspace(self._n_begun, self.n_trials - 1, min(n_ahead, _N_SAMPLED))
        ahead = [self._look_ahead(round(number)) for number in numbers]
        known = [(self._look_ahead(number), n) for number, n in begun.items() if n > 0]
        seconds = to_come * float(predict(ahead).mean()) if ahead else 0.0
        if ahead:
            # Their durations are taken for those of all that is ahead.
            seconds *= max(0.0, 1 - self._n_to_come_over() / max(1.0, to_come))
        if known:
            each = predict([params for params, _ in known])
            seconds += float(each @ np.array([n for _, n in known]))
        busy = float(predict([task.params for task in running]).sum()) if running else 0.0
        return Work(self._seconds_done, busy, seconds, len(running))

    def _n_to_come_over(self) -> int:
        """Folds of the checkpoint whose trial has not been asked for yet."""
        return max(0, self._n_to_take_over - self._n_taken_over)

    def _predict(self) -> Callable[[list[dict[str, Any]]], Any] | None:
        """Model of durations, made anew when much more is known; None without candidates."""
        n_timed = len(self._timed)
        if self._look_ahead is None or n_timed < max(_N_FIRST, self._n_modelled * _GROWTH):
            return self._model
        self._n_modelled = n_timed
        timed = list(self._timed.values())
        places = np.unique(np.linspace(0, n_timed - 1, min(n_timed, _N_SAMPLED)).astype(int))
        chosen = [timed[place] for place in places]
        numbers = np.linspace(0, self.n_trials - 1, min(self.n_trials, _N_SAMPLED))
        self._model = model_seconds(
            [params for params, _, _ in chosen],
            np.array([seconds / n for _, seconds, n in chosen]),
            [self._look_ahead(round(number)) for number in numbers],
        )
        return self._model
