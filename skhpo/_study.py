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
from collections import deque
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import islice
from queue import Empty, SimpleQueue
from typing import Any

from skhpo._batches import BatchSize, evaluate_batch
from skhpo._engine import Engine, WorkersGoneError
from skhpo._fold_guard import FoldGuard
from skhpo._interrupt import InterruptWatch
from skhpo._journal import Journal
from skhpo._knowledge import Knowledge
from skhpo._progress import Progress
from skhpo._racing import Race
from skhpo._record import Record, name_metric
from skhpo._sharing_order import SharingOrder
from skhpo._stopping import Limits
from skhpo._strategy import Strategy
from skhpo._trial import Candidate, FoldResult, FoldTask, Trial
from skhpo.exceptions import SpaceExhaustedError, WorkerDiedError

Batch = tuple[FoldTask, ...]


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
        self._queue: deque[FoldTask] = deque()
        # Folds of asked candidates that the journal has and a race has not handed out.
        self._known: dict[tuple[int, int], FoldResult] = {}
        # What a batch or a dead worker left over: each goes by itself.
        self._again: deque[FoldTask] = deque()
        self._pending: dict[Future[tuple[FoldResult, ...]], Batch] = {}
        # Filled by callbacks: `concurrent.futures.wait` would look at all that are pending.
        self._done: SimpleQueue[Future[tuple[FoldResult, ...]]] = SimpleQueue()
        self._n_out = 0
        # Inline, a second fold handed over would only delay the first one's result.
        self._room = 1 if self.engine.kind == "inline" else self.engine.max_pending
        self._ends_at = math.inf
        self._n_shown = 0
        self._stop_reason = "complete"
        self._guard = FoldGuard(self.limits, self.engine.n_starts)
        # Where candidates wait for results, or time is limited, a fold is not to wait for others.
        self._is_free = not self.strategy.learns and self.race is None and self.limits == Limits()
        may_batch = self._is_free and self.engine.kind == "processes"
        self._size = BatchSize(self.engine.n_workers, may_batch)
        self._sharing = SharingOrder((), {}, {})
        # Trials of which a fold went out: all, but for an interrupt when folds were ordered.
        self._n_begun = 0

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
        gone: WorkersGoneError | None = None
        with InterruptWatch() as watch, self._guard:
            self.evaluate = self._guard.watch(self.evaluate)
            try:
                self._loop(watch)
            except (KeyboardInterrupt, WorkersGoneError) as error:
                self._stop_reason = "interrupted"
                gone = error if isinstance(error, WorkersGoneError) else None
                # Before the engine waits for running threads: theirs are discarded.
                finished = [future for future in self._pending if future.done()]
                self.engine.close(kill=True)
                self._keep(finished)
                self._record.forget_from(self._n_begun)
        seconds = time.perf_counter() - started
        trials = tuple(self._record.trial(number) for number in range(len(self._record)))
        return Outcome(trials, self._stop_reason, seconds, self.lag, gone)

    def _loop(self, watch: InterruptWatch) -> None:
        """Hand out folds and collect them until all are done."""
        if self._is_free and self.arrange is not None and self.open_task is None:
            self._ask_all(self.arrange)
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
            self._show_stopped(self.race)
        self._knowledge.tell_first(len(self._record))
        n_decided = sum(map(self._record.is_decided, range(len(self._record))))
        if self._is_late() and self._stop_reason == "complete" and n_decided < self.n_trials:
            self._stop_reason = "max_time"

    def _wait(self) -> list[Future[tuple[FoldResult, ...]]]:
        """Wait for a batch, or for the next look; those that are done, in order."""
        done = []
        with suppress(Empty):
            done.append(self._done.get(timeout=self._until_next_look()))
            while True:
                done.append(self._done.get_nowait())
        # Those that were taken back are done, too.
        return sorted((future for future in done if future in self._pending), key=self._order)

    def _ask_all(self, arrange: Callable[[list[dict[str, Any]], int, int], SharingOrder]) -> None:
        """Ask for all candidates and queue their folds so that fits are shared."""
        while self._ask():
            pass
        params = [candidate.params for candidate in self._record.candidates]
        self._sharing = arrange(params, self.n_folds, self.engine.n_workers)
        self._queue = deque(
            self._task(number, fold)
            for number, fold in self._sharing.folds
            if any(self._record.is_missing(member, fold) for member in self._group(number))
        )

    def _group(self, number: int) -> tuple[int, ...]:
        """Candidates that go out with the one that stands for them."""
        return self._sharing.groups.get(number, (number,))

    def _order(self, future: Future[tuple[FoldResult, ...]]) -> tuple[int, int]:
        """Place of a future among those that finished together."""
        first = self._pending[future][0]
        return first.number, first.fold

    def _submit(self, watch: InterruptWatch) -> None:
        """Hand folds to the engine while it has room and there are any."""
        while len(self._pending) < self._room:
            batch = self._next_batch()
            if not batch:
                return
            self._n_out += len(batch)
            for task in batch:
                self._n_begun = max(self._n_begun, task.number + 1)
                self.progress.on_submit(task)
            future = self._hand_out(batch)
            # A fit during which the signal came is discarded, even if it returned.
            watch.raise_if_received()
            self._pending[future] = batch
            future.add_done_callback(self._done.put)

    def _hand_out(self, batch: Batch) -> Future[tuple[FoldResult, ...]]:
        """Give a batch to the engine: to the worker that has its prefix, if that is free."""
        near = self._sharing.near(batch[0])
        # A group travels by itself, and what is left of one after a resume too.
        is_group = len(batch) > 1 and batch[0].number in self._sharing.members
        if is_group and self.evaluate_group is not None:
            return self.engine.submit_near(near, self.evaluate_group, batch, self.token)
        arguments = self.evaluate, batch, self.token, self._guard.trail(batch)
        return self.engine.submit_near(near, evaluate_batch, *arguments)

    def _next_batch(self) -> Batch:
        """Next folds to hand out together; none if results must come first."""
        if self._again and not self._is_late():
            return (self._again.popleft(),)
        task = self._next_late() if self._is_late() else self._next()
        if task is None:
            return ()
        if task.number in self._sharing.groups:
            group = self._group(task.number)
            missing = [number for number in group if self._record.is_missing(number, task.fold)]
            return tuple(self._task(number, task.fold) for number in missing)
        size = self._size.choose(self.n_trials * self.n_folds - self._n_out)
        batch = [task]
        while len(batch) < size and (more := self._next_like(task)) is not None:
            batch.append(more)
        return tuple(batch)

    def _next_like(self, first: FoldTask) -> FoldTask | None:
        """Next fold that may travel with `first`: no group, and of the same prefix if any."""
        if not (self._queue or self._ask()):
            return None
        near = self._sharing.near(first)
        # Folds that run side by side alternate in the queue.
        for place, task in enumerate(islice(self._queue, self.engine.n_workers)):
            if task.number not in self._sharing.groups and self._sharing.near(task) == near:
                del self._queue[place]
                return task
        return None

    def _next(self) -> FoldTask | None:
        """Next fold to hand out; None if results must come first, or there is none."""
        if self.race is None:
            # All folds of a candidate may be known.
            while not self._queue:
                if not self._ask():
                    return None
            return self._queue.popleft()
        while (number := self.race.choose(self._is_time_to_ask)) is not None:
            self._show_stopped(self.race)
            if number < len(self._record) or self._ask():
                task = self._task(number, self.race.hand_out(number))
                known = self._known.pop((number, task.fold), None)
                if known is None:
                    return task
                self._restore(task, known)
        return None

    def _show_stopped(self, race: Race) -> None:
        """Say which candidates the race has stopped since the last time."""
        for number in list(race.stopped)[self._n_shown :]:
            self.progress.on_trial_stop(number, self.n_trials, race.stopped[number].why)
        self._n_shown = len(race.stopped)

    def _is_time_to_ask(self) -> bool:
        """Whether there is to be one more candidate, given the results that it may know."""
        number = len(self._record)
        if number >= self.n_trials or not self._knowledge.allows(number):
            return False
        why = self._knowledge.why_stop(number)
        if why is None:
            return True
        self.n_trials, self._stop_reason = number, "early_stopping"
        self.progress.on_stop(why)
        return False

    def _ask(self) -> bool:
        """Ask for a candidate and queue its folds; False if it is not its time."""
        number = len(self._record)
        if not self._is_time_to_ask():
            return False
        try:
            candidate = self._propose(number)
        except SpaceExhaustedError:
            # Known only now, as when dicts of a space overlap.
            self.n_trials = number
            return False
        self._record.add(candidate)
        known = {} if self.journal is None else self.journal.enter(number, candidate)
        if self.race is not None:
            self._known |= {(number, fold): result for fold, result in known.items()}
            return True
        for fold in range(self.n_folds):
            task = self._task(number, fold)
            if fold in known:
                self._restore(task, known[fold])
            else:
                self._queue.append(task)
        return True

    def _propose(self, number: int) -> Candidate:
        """Candidate of a number; a stored one is not optimised again, if the strategy can."""
        stored = None if self.journal is None else self.journal.stored(number)
        # Strategies of others may lack the method; those that do not learn ask at once.
        replay: Callable[..., Candidate] | None = getattr(self.strategy, "replay", None)
        if stored is None or replay is None or not self.strategy.learns:
            return self.strategy.ask()
        return replay(*stored)

    def _restore(self, task: FoldTask, result: FoldResult) -> None:
        """Take a fold from the journal."""
        self._n_begun = max(self._n_begun, task.number + 1)
        self._n_out += 1
        self._store(task, result, is_new=False)

    def _task(self, number: int, fold: int) -> FoldTask:
        """Make the task of a fold."""
        params = self._record.candidates[number].params
        task = FoldTask(number, fold, params, self.n_folds, self.n_trials)
        if self.open_task is None:
            return task
        return replace(task, callback_context=self.open_task(number * self.n_folds + fold))

    def _is_late(self) -> bool:
        """Whether no fold starts any more, but for a first complete trial."""
        return time.perf_counter() >= self._ends_at

    def _next_late(self) -> FoldTask | None:
        """Next fold that the first complete trial needs; None if there is one, or it runs."""
        if any(map(self._record.is_complete, range(len(self._record)))):
            return None
        number = self._record.nearest_to_complete()
        if number is None:
            return self._next_late() if self._ask() else None
        queued = next((task for task in self._queue if task.number == number), None)
        if queued is not None:
            self._queue.remove(queued)
            return queued
        pending = (task for batch in self._pending.values() for task in batch)
        running = {task.fold for task in pending if task.number == number}
        missing = self._record.missing_folds(number)
        fold = next((fold for fold in missing if fold not in running), None)
        return None if fold is None else self._task(number, fold)

    def _until_next_look(self) -> float | None:
        """Seconds to wait for a fold to end; None is as long as it takes."""
        left = self._ends_at - time.perf_counter()
        seconds = min(self._guard.seconds, left if left > 0 else math.inf)
        return seconds if seconds < threading.TIMEOUT_MAX else None

    def _end_overdue(self) -> None:
        """End folds that take too long, and take back those that would start too late."""
        pending = ((future, batch[0]) for future, batch in self._pending.items())
        for future in self._guard.overdue(pending):
            self.engine.kill(future)
        if self._is_late():
            for future in [future for future in self._pending if future.cancel()]:
                self._queue.extend(self._pending.pop(future))

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
            self._store(task, result)
            self.progress.on_result(task, result)
        left = batch[len(results) :]
        self._again.extend(left)
        self._n_out -= len(left)
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

    def _store(self, task: FoldTask, result: FoldResult, *, is_new: bool = True) -> None:
        """Keep a fold's result, write it down, and hand its responses on."""
        if self.journal is not None and is_new:
            self.journal.add(result)
        if self.keep_responses is not None:
            self.keep_responses(result)
        self._record.store(task, result.without_responses())
        if self.race is not None:
            self.race.learn(task.number, task.fold, self._race_score(result))

    def _race_score(self, result: FoldResult) -> float:
        """Score of a fold by the metric that decides."""
        scores = result.test_scores or {}
        return scores.get(name_metric(scores, self.metric), self.failure_score)

    def _keep(self, finished: list[Future[tuple[FoldResult, ...]]]) -> None:
        """Keep what had finished without error when the interrupt came."""
        for future in finished:
            if not future.cancelled() and future.exception() is None:
                for task, result in zip(self._pending[future], future.result(), strict=False):
                    self._store(task, result)
