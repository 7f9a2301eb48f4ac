"""The loop: ask for candidates, run their folds, tell the scores.

number      a trial's place in the study, the row of ``cv_results_``
lag         candidate k is asked with the results of exactly the trials up to k - lag
pending     folds handed to the engine and not finished

A free worker never waits for a batch: folds are handed out as room appears. What
a strategy is told before an ask depends on numbers only, never on which worker
finished first, unless the study is unseeded.
"""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, replace
from typing import Any

from skhpo._engine import Engine
from skhpo._fold_noise import FoldNoise
from skhpo._interrupt import InterruptWatch
from skhpo._progress import Progress
from skhpo._strategy import Strategy
from skhpo._trial import Candidate, FoldResult, FoldTask, Status, Trial
from skhpo.exceptions import SpaceExhaustedError, WorkerDiedError


@dataclass(frozen=True)
class Outcome:
    """How a study ended.

    Parameters
    ----------
    trials : tuple of Trial
        In order of number; "stopped" ones lack folds.
    stop_reason : {"complete", "interrupted"}
        Whether all candidates were evaluated.
    seconds : float
        Wall-clock duration.
    lag : int
        The lag it ran with.
    """

    trials: tuple[Trial, ...]
    stop_reason: str
    seconds: float
    lag: int


def choose_lag(n_workers: int, n_folds: int) -> int:
    """Choose how many trials may be unfinished when a candidate is asked.

    One worker learns from every trial. More workers need other trials to work on
    while they wait for the slowest fold of the oldest one: a trial for each worker,
    and two where a trial is a single fold. Each trial of lag is one that a
    suggestion does not know of, so no more than that.
    """
    if n_workers == 1:
        return 1
    return n_workers if n_folds > 1 else 2 * n_workers


@dataclass
class Study:
    """One run of a strategy on an engine.

    Parameters
    ----------
    strategy : Strategy
        Who proposes.
    evaluate : callable
        ``evaluate(task, token) -> FoldResult``, run by the engine.
    token : object
        What the engine gave for the data that tasks share.
    engine : Engine
        Where folds run.
    n_trials, n_folds : int
        How many candidates, and tasks for each.
    lag : int
        See the module's glossary.
    is_seeded : bool
        Whether results must not depend on timing.
    metric : str or None
        The metric that the strategy is told; None for the only or the first one.
    raises_worker_deaths : bool
        Whether a dead worker ends the study rather than fail its fold.
    progress : Progress
        Who is told what happens.
    open_task : callable or None
        Makes scikit-learn's callback context of a task from its running number.
    keep_responses : callable or None
        Takes each finished fold with its responses, which the trial does not keep.
    """

    strategy: Strategy
    evaluate: Callable[[FoldTask, Any], FoldResult]
    token: Any
    engine: Engine
    n_trials: int
    n_folds: int
    lag: int
    is_seeded: bool
    progress: Progress
    metric: str | None = None
    raises_worker_deaths: bool = False
    open_task: Callable[[int], Any] | None = None
    keep_responses: Callable[[FoldResult], None] | None = None

    def __post_init__(self) -> None:
        """Begin with nothing asked."""
        self._candidates: list[Candidate] = []
        self._results: list[list[FoldResult | None]] = []
        self._n_told = 0
        self._told: set[int] = set()
        self._noise = FoldNoise()
        self._queue: deque[FoldTask] = deque()
        self._pending: dict[Future[FoldResult], FoldTask] = {}
        # Inline, a second fold handed over would only delay the first one's result.
        self._room = 1 if self.engine.kind == "inline" else self.engine.max_pending

    def run(self) -> Outcome:
        """Run to the end, or to the interrupt.

        Returns
        -------
        outcome : Outcome
            After an interrupt too: the caller decides whether it raises.

        Raises
        ------
        Exception
            What a fold raised under ``error_score="raise"``, or any error in a task
            that is not a failed fit.
        """
        started = time.perf_counter()
        stop_reason = "complete"
        self.progress.on_begin(self.n_folds, self.n_trials)
        with InterruptWatch() as watch:
            try:
                self._loop(watch)
            except KeyboardInterrupt:
                stop_reason = "interrupted"
                # Before the engine waits for running threads: theirs are discarded.
                finished = [future for future in self._pending if future.done()]
                self.engine.close(kill=True)
                self._keep(finished)
        seconds = time.perf_counter() - started
        trials = tuple(self._trial(number) for number in range(len(self._candidates)))
        return Outcome(trials, stop_reason, seconds, self.lag)

    def _loop(self, watch: InterruptWatch) -> None:
        """Hand out folds and collect them until all are done."""
        while True:
            self._submit(watch)
            if not self._pending:
                break
            done, _ = wait(self._pending, return_when=FIRST_COMPLETED)
            watch.raise_if_received()
            for future in sorted(done, key=self._order):
                self._collect(future)
        self._tell_up_to(len(self._candidates))

    def _order(self, future: Future[FoldResult]) -> tuple[int, int]:
        """Place of a future among those that finished together."""
        task = self._pending[future]
        return task.number, task.fold

    def _submit(self, watch: InterruptWatch) -> None:
        """Hand folds to the engine while it has room and there are any."""
        while len(self._pending) < self._room:
            if not self._queue and not self._ask():
                return
            task = self._queue.popleft()
            self.progress.on_submit(task)
            future = self.engine.submit(self.evaluate, task, self.token)
            # A fit during which the signal came is discarded, even if it returned.
            watch.raise_if_received()
            self._pending[future] = task

    def _ask(self) -> bool:
        """Ask for a candidate and queue its folds; False if it is not its time."""
        number = len(self._candidates)
        if number >= self.n_trials or not self._may_ask(number):
            return False
        try:
            candidate = self.strategy.ask()
        except SpaceExhaustedError:
            # Known only now, as when dicts of a space overlap.
            self.n_trials = number
            return False
        self._candidates.append(candidate)
        self._results.append([None] * self.n_folds)
        for fold in range(self.n_folds):
            task = FoldTask(number, fold, candidate.params, self.n_folds, self.n_trials)
            if self.open_task is not None:
                context = self.open_task(number * self.n_folds + fold)
                task = replace(task, callback_context=context)
            self._queue.append(task)
        return True

    def _may_ask(self, number: int) -> bool:
        """Tell what may be known before ask `number`; whether that is enough."""
        if not self.strategy.learns:
            return True
        if self.is_seeded:
            return self._tell_up_to(number - self.lag + 1)
        finished = [n for n in range(number) if self._is_finished(n)]
        for trial in finished:
            self._tell(trial)
        return number - len(finished) < self.lag

    def _tell_up_to(self, n_trials: int) -> bool:
        """Tell the first `n_trials` in order; False at the first unfinished one."""
        while self._n_told < n_trials:
            if not self._is_finished(self._n_told):
                return False
            self._tell(self._n_told)
            self._n_told += 1
        return True

    def _tell(self, number: int) -> None:
        """Tell one finished trial, once."""
        if number in self._told:
            return
        self._told.add(number)
        trial = self._trial(number)
        failed = trial.status != "complete"
        metric = _told_metric(trial, self.metric)
        score = math.nan if failed else trial.mean_score(metric)
        fold_scores = () if failed else trial.fold_scores(metric)
        noise = self._noise.add(fold_scores) if self.strategy.learns else None
        self.strategy.tell(self._candidates[number], score, noise=noise, status=trial.status)

    def _is_finished(self, number: int) -> bool:
        """Whether all folds of a trial have finished."""
        return None not in self._results[number]

    def _collect(self, future: Future[FoldResult]) -> None:
        """Keep the result of a finished fold.

        Raises
        ------
        Exception
            What the task raised.
        """
        task = self._pending.pop(future)
        try:
            result = future.result()
        except WorkerDiedError as error:
            if self.raises_worker_deaths:
                raise
            result = FoldResult(
                task.number, task.fold, None, error=f"{type(error).__name__}: {error}\n"
            )
        self._store(task, result)
        self.progress.on_result(task, result)

    def _store(self, task: FoldTask, result: FoldResult) -> None:
        """Keep a fold's result, and hand its responses on."""
        if self.keep_responses is not None:
            self.keep_responses(result)
        self._results[task.number][task.fold] = replace(result, responses=None)

    def _keep(self, finished: list[Future[FoldResult]]) -> None:
        """Keep what had finished without error when the interrupt came."""
        for future in finished:
            if not future.cancelled() and future.exception() is None:
                self._store(self._pending[future], future.result())

    def _trial(self, number: int) -> Trial:
        """Assemble a trial."""
        candidate, folds = self._candidates[number], tuple(self._results[number])
        status, why = _judge(folds)
        return Trial(number, candidate.params, candidate.origin, folds, status, why)


def _told_metric(trial: Trial, wanted: str | None) -> str:
    """The metric that is wanted; a single one is called "score", whatever `refit` calls it."""
    by_name = next((f.test_scores for f in trial.folds if f is not None and f.test_scores), {})
    return wanted if wanted in by_name else next(iter(by_name), "score")


def _judge(folds: tuple[FoldResult | None, ...]) -> tuple[Status, str]:
    """Status of a trial and its reason."""
    missing = folds.count(None)
    if missing:
        return "stopped", f"{missing} of {len(folds)} folds were not finished"
    problems = [fold.error or fold.score_error for fold in folds if fold is not None]
    failed = [problem for problem in problems if problem]
    if not failed:
        return "complete", ""
    last_line = failed[0].strip().splitlines()[-1]
    return "failed", f"{len(failed)} of {len(folds)} folds failed: {last_line}"
