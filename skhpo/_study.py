"""The loop: ask for candidates, run their folds, tell the scores.

number      a trial's place in the study, the row of ``cv_results_``
lag         candidate k is asked with the results of exactly the trials up to k - lag
pending     folds handed to the engine and not finished
late        past the time at which no fold starts any more
decided     complete, failed or stopped: its score can be told

A free worker never waits for a batch: folds are handed out as room appears. What
a strategy is told before an ask depends on numbers only, never on which worker
finished first, unless the study is unseeded.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from contextlib import suppress
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import Any

from skhpo._agenda import Agenda, Batch
from skhpo._batches import BatchSize, evaluate_batch
from skhpo._engine import Engine, WorkersGoneError
from skhpo._fold_guard import FoldGuard
from skhpo._fold_sink import FoldSink
from skhpo._interrupt import InterruptWatch
from skhpo._journal import Journal
from skhpo._knowledge import Knowledge
from skhpo._progress import Progress
from skhpo._racing import Race
from skhpo._record import Record
from skhpo._sharing_order import SharingOrder
from skhpo._stopping import Limits
from skhpo._strategy import Strategy
from skhpo._trial import FoldResult, FoldTask, Trial
from skhpo.exceptions import WorkerDiedError


@dataclass(frozen=True)
class Outcome:
    """How a study ended.

    Parameters
    ----------
    trials : tuple of Trial
        In order of number; "stopped" ones lack folds.
    stop_reason : {"complete", "max_time", "early_stopping", "interrupted"}
        Whether all candidates were evaluated, or what ended the study before.
    seconds : float
        Wall-clock duration.
    lag : int
        The lag it ran with.
    error : WorkersGoneError or None
        What interrupted the study, if it was not the user.
    """

    trials: tuple[Trial, ...]
    stop_reason: str
    seconds: float
    lag: int
    error: WorkersGoneError | None = None


def choose_lag(n_workers: int, n_folds: int) -> int:
    """Choose how many trials may be unfinished when a candidate is asked.

    One worker learns from every trial. More workers need other trials to work on
    while they wait for the slowest fold of the oldest one: a trial for each worker,
    and one more for each whole trial that they have in work. Each trial of lag is one
    that a suggestion does not know of: `benchmarks/surrogate/parallel.py` has what that
    costs in trials, and `benchmarks/engine/lag.py` what less of it costs in waiting.
    """
    if n_workers == 1:
        return 1
    return n_workers + math.ceil(n_workers / n_folds)


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
    limits : Limits
        What ends the study, or a fold, early.
    race : Race or None
        Says which candidates are hopeless; None runs all folds of all.
    failure_score : float
        Score of a failed fold in a race.
    arrange : callable or None
        ``arrange(candidates, n_folds, n_workers) -> SharingOrder``, where fits are shared.
    evaluate_group : callable or None
        ``evaluate_group(tasks, token) -> tuple of FoldResult``: one fold of a group.
    journal : Journal or None
        What an earlier run has finished, which is not run again, and where folds are
        written down; it has begun.
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
    limits: Limits = field(default_factory=Limits)
    race: Race | None = None
    failure_score: float = math.nan
    arrange: Callable[[list[dict[str, Any]], int, int], SharingOrder] | None = None
    evaluate_group: Callable[[Batch, Any], tuple[FoldResult, ...]] | None = None
    journal: Journal | None = None

    def __post_init__(self) -> None:
        """Begin with nothing asked."""
        self._record = Record(self.n_folds, self.race)
        self._knowledge = Knowledge(
            self.strategy,
            self.limits.rule,
            self._record,
            n_folds=self.n_folds,
            lag=self.lag,
            is_seeded=self.is_seeded,
            metric=self.metric,
        )
        self._pending: dict[Future[tuple[FoldResult, ...]], Batch] = {}
        # Filled by callbacks: `concurrent.futures.wait` would look at all that are pending.
        self._done: SimpleQueue[Future[tuple[FoldResult, ...]]] = SimpleQueue()
        # Inline, a second fold handed over would only delay the first one's result.
        self._room = 1 if self.engine.kind == "inline" else self.engine.max_pending
        self._ends_at = math.inf
        self._stop_reason = "complete"
        self._guard = FoldGuard(self.limits, self.engine.n_starts)
        # Where candidates wait for results, or time is limited, a fold is not to wait for others.
        self._is_free = not self.strategy.learns and self.race is None and self.limits == Limits()
        may_batch = self._is_free and self.engine.kind == "processes"
        self._size = BatchSize(self.engine.n_workers, may_batch)
        self._sink = FoldSink(
            self._record,
            self.journal,
            self.race,
            self.keep_responses,
            self.metric,
            self.failure_score,
        )
        self._agenda = Agenda(
            self.strategy,
            self._record,
            self._knowledge,
            self.progress,
            self.n_trials,
            self.n_folds,
            self.engine.n_workers,
            choose_size=self._size.choose,
            sink=self._sink,
            race=self.race,
            journal=self.journal,
            open_task=self.open_task,
        )

    def run(self) -> Outcome:
        """Run to the end, or to the interrupt.

        Returns
        -------
        outcome : Outcome
            After an interrupt too: the caller decides whether it raises. And when the
            cluster has no workers any more: the caller raises the error.

        Raises
        ------
        Exception
            What a fold raised under ``error_score="raise"``, or any error in a task
            that is not a failed fit.
        """
        started = time.perf_counter()
        self._ends_at = started + self.limits.max_time
        self.progress.on_begin(self.n_folds, self.n_trials)
        if self.journal is not None and self.journal.n_folds:
            journal = self.journal
            self.progress.on_resume(journal.path, journal.n_folds, journal.n_candidates)
        try:
            gone = self._run_watched()
        finally:
            self.progress.on_end()
        seconds = time.perf_counter() - started
        trials = tuple(self._record.trial(number) for number in range(len(self._record)))
        return Outcome(trials, self._stop_reason, seconds, self.lag, gone)

    def _run_watched(self) -> WorkersGoneError | None:
        """Run to the end; what interrupts it keeps what had finished."""
        with InterruptWatch() as watch, self._guard:
            self.evaluate = self._guard.watch(self.evaluate)
            try:
                self._loop(watch)
            except (KeyboardInterrupt, WorkersGoneError) as error:
                self._stop_reason = "interrupted"
                # Before the engine waits for running threads: theirs are discarded.
                finished = [future for future in self._pending if future.done()]
                self.engine.close(kill=True)
                self._keep(finished)
                self._record.forget_from(self._agenda.n_begun)
                return error if isinstance(error, WorkersGoneError) else None
        return None

    def _loop(self, watch: InterruptWatch) -> None:
        """Hand out folds and collect them until all are done."""
        if self._is_free and self.arrange is not None and self.open_task is None:
            self._agenda.ask_all(self.arrange)
        while True:
            self._submit(watch)
            if not self._pending:
                break
            done = self._wait()
            watch.raise_if_received()
            for future in done:
                self._collect(future)
            self._end_overdue()
        if self.race is not None:
            self.race.use_all()
            self._agenda.show_stopped(self.race)
        self._knowledge.tell_first(len(self._record))
        n_decided = sum(map(self._record.is_decided, range(len(self._record))))
        if self._agenda.is_stopped:
            self._stop_reason = "early_stopping"
        elif self._is_late() and n_decided < self._agenda.n_trials:
            self._stop_reason = "max_time"

    def _wait(self) -> list[Future[tuple[FoldResult, ...]]]:
        """Wait for a batch, or for the next look; those that are done, in order."""
        done = []
        with suppress(Empty):
            # Where folds run inline, the one that was submitted has ended.
            if self._done.empty():
                done.append(self._done.get(timeout=self._until_next_look()))
            while True:
                done.append(self._done.get_nowait())
        # Those that were taken back are done, too.
        return sorted((future for future in done if future in self._pending), key=self._order)

    def _order(self, future: Future[tuple[FoldResult, ...]]) -> tuple[int, int]:
        """Place of a future among those that finished together."""
        first = self._pending[future][0]
        return first.number, first.fold

    def _submit(self, watch: InterruptWatch) -> None:
        """Hand folds to the engine while it has room and there are any."""
        while len(self._pending) < self._room:
            batch = self._agenda.hand_out(self._pending.values(), is_late=self._is_late())
            if not batch:
                return
            future = self._hand_out(batch)
            # A fit during which the signal came is discarded, even if it returned.
            watch.raise_if_received()
            self._pending[future] = batch
            future.add_done_callback(self._done.put)

    def _hand_out(self, batch: Batch) -> Future[tuple[FoldResult, ...]]:
        """Give a batch to the engine: to the worker that has its prefix, if that is free."""
        near = self._agenda.near(batch)
        if self.evaluate_group is not None and self._agenda.is_group(batch):
            return self.engine.submit_near(near, self.evaluate_group, batch, self.token)
        arguments = self.evaluate, batch, self.token, self._guard.trail(batch)
        return self.engine.submit_near(near, evaluate_batch, *arguments)

    def _is_late(self) -> bool:
        """Whether no fold starts any more, but for a first complete trial."""
        return time.perf_counter() >= self._ends_at

    def _until_next_look(self) -> float | None:
        """Seconds to wait for a fold to end; None is as long as it takes."""
        left = self._ends_at - time.perf_counter()
        seconds = min(self._guard.seconds, left if left > 0 else math.inf, self.progress.on_wait())
        return seconds if seconds < threading.TIMEOUT_MAX else None

    def _end_overdue(self) -> None:
        """End folds that take too long, and take back those that would start too late."""
        pending = ((future, batch[0]) for future, batch in self._pending.items())
        for future in self._guard.overdue(pending):
            self.engine.kill(future)
        if self._is_late():
            for future in [future for future in self._pending if future.cancel()]:
                self._agenda.take_back(self._pending.pop(future))

    def _collect(self, future: Future[tuple[FoldResult, ...]]) -> None:
        """Keep the results of a batch; what has none is handed out again, each by itself.

        Raises
        ------
        Exception
            What the task of a single fold raised.
        WorkersGoneError
            If there is nobody to run it, or any other.
        """
        batch = self._pending.pop(future)
        if not future.cancelled() and isinstance(future.exception(), WorkersGoneError):
            # Not the fold's fault: no other one can run either.
            future.result()
        if len(batch) == 1:
            result = self._single(batch[0], future)
            results: tuple[FoldResult, ...] = () if result is None else (result,)
        else:
            # Whatever is wrong, as a death or a result that cannot be pickled, it is wrong
            # with one of them, and comes again with that one.
            error = future.exception()
            results = () if error else future.result()
            if isinstance(error, WorkerDiedError):
                self._guard.count_death(batch)
        for task, result in zip(batch, results, strict=False):
            self._sink.store(task, result)
            self.progress.on_result(task, result)
        self._agenda.hand_out_again(batch[len(results) :])
        self._size.learn(results)

    def _single(self, task: FoldTask, future: Future[tuple[FoldResult, ...]]) -> FoldResult | None:
        """Result of a fold that went by itself; None if it is to go to another worker.

        Raises
        ------
        Exception
            What the task raised, or what ended it, if failures end the study.
        """
        failure: Exception | None = None
        try:
            (result,) = future.result()
        except CancelledError:
            if self._guard.seconds == math.inf:
                raise
            failure = self._guard.time_error()
        except WorkerDiedError as error:
            failure = self._guard.judge_death(task, error)
            if failure is None:
                return None
        else:
            if not self._guard.is_late(result):
                return result
            failure = self._guard.time_error()
        if self.raises_worker_deaths:
            raise failure
        return self._guard.as_result(task, failure)

    def _keep(self, finished: list[Future[tuple[FoldResult, ...]]]) -> None:
        """Keep what had finished without error when the interrupt came."""
        for future in finished:
            if not future.cancelled() and future.exception() is None:
                for task, result in zip(self._pending[future], future.result(), strict=False):
                    self._sink.store(task, result)
