"""What is handed out next: asks for candidates, and queues their folds.

late        past the time at which no fold starts any more
known       a fold that the journal has: it is taken over, and not handed out
group       candidates that one fit serves, and which travel together
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from skhpo._fold_sink import FoldSink
from skhpo._journal import Journal
from skhpo._knowledge import Knowledge
from skhpo._progress import Progress
from skhpo._racing import Race
from skhpo._record import Record
from skhpo._sharing_order import SharingOrder
from skhpo._strategy import Strategy
from skhpo._trial import Candidate, FoldResult, FoldTask
from skhpo.exceptions import SpaceExhaustedError

Batch = tuple[FoldTask, ...]


@dataclass
class Agenda:
    """The folds of a study that are still to be handed out.

    Parameters
    ----------
    strategy : Strategy
        Who proposes.
    record : Record
        The trials so far; candidates are added to it.
    knowledge : Knowledge
        What a candidate may know, and whether the study ends early.
    progress : Progress
        Who is told what happens.
    n_trials, n_folds, n_workers : int
        How many candidates at most, tasks for each, and folds that run at the same time.
    choose_size : callable
        ``choose_size(n_left) -> int``: how many folds travel together.
    sink : FoldSink
        Keeps a fold that is known.
    race : Race or None
        Which candidates may still win.
    journal : Journal or None
        What an earlier run has finished.
    open_task : callable or None
        ``open_task(number)`` gives the callback context of a fold.

    Attributes
    ----------
    is_stopped : bool
        Whether a rule has ended the study early.
    n_begun : int
        Trials of which a fold went out: all, but for an interrupt when folds were ordered.
    """

    strategy: Strategy
    record: Record
    knowledge: Knowledge
    progress: Progress
    n_trials: int
    n_folds: int
    n_workers: int
    choose_size: Callable[[int], int]
    sink: FoldSink
    race: Race | None = None
    journal: Journal | None = None
    open_task: Callable[[int], Any] | None = None

    def __post_init__(self) -> None:
        """Begin with nothing asked."""
        self._queue: deque[FoldTask] = deque()
        # Folds of asked candidates that the journal has and a race has not handed out.
        self._known: dict[tuple[int, int], FoldResult] = {}
        # What a batch or a dead worker left over: each goes by itself.
        self._again: deque[FoldTask] = deque()
        self._sharing = SharingOrder((), {}, {})
        self._n_out = self._n_shown = 0
        self.n_begun = 0
        self.is_stopped = False

    def ask_all(self, arrange: Callable[[list[dict[str, Any]], int, int], SharingOrder]) -> None:
        """Ask for all candidates and queue their folds so that fits are shared."""
        while self._ask():
            pass
        params = [candidate.params for candidate in self.record.candidates]
        self._sharing = arrange(params, self.n_folds, self.n_workers)
        self._queue = deque(
            self._task(number, fold)
            for number, fold in self._sharing.folds
            if any(self.record.is_missing(member, fold) for member in self._group(number))
        )

    def hand_out(self, running: Iterable[Batch], *, is_late: bool) -> Batch:
        """Next folds to hand out together; none if results must come first.

        Parameters
        ----------
        running : iterable of tuple of FoldTask
            What is out.
        is_late : bool
            Whether no fold starts any more, but for a first complete trial.
        """
        batch = self._next_late(running) if is_late else self._next_batch()
        self._n_out += len(batch)
        for task in batch:
            self.n_begun = max(self.n_begun, task.number + 1)
            self.progress.on_submit(task)
        return batch

    def take_back(self, tasks: Iterable[FoldTask]) -> None:
        """Queue folds again that did not begin."""
        self._queue.extend(tasks)

    def hand_out_again(self, tasks: Batch) -> None:
        """Take folds that have no result yet; each goes by itself."""
        self._again.extend(tasks)
        self._n_out -= len(tasks)

    def near(self, batch: Batch) -> tuple[int, int] | None:
        """Prefix and fold that a worker may have fitted; None where there is no prefix."""
        return self._sharing.near(batch[0])

    def is_group(self, batch: Batch) -> bool:
        """Whether one fit serves all; what is left of a group after a resume travels so, too."""
        return len(batch) > 1 and batch[0].number in self._sharing.members

    def _next_batch(self) -> Batch:
        """Next folds to hand out together, while there is time."""
        if self._again:
            return (self._again.popleft(),)
        task = self._next()
        if task is None:
            return ()
        if task.number in self._sharing.groups:
            group = self._group(task.number)
            missing = [number for number in group if self.record.is_missing(number, task.fold)]
            return tuple(self._task(number, task.fold) for number in missing)
        size = self.choose_size(self.n_trials * self.n_folds - self._n_out)
        batch = [task]
        while len(batch) < size and (more := self._next_like(task)) is not None:
            batch.append(more)
        return tuple(batch)

    def _group(self, number: int) -> tuple[int, ...]:
        """Candidates that go out with the one that stands for them."""
        return self._sharing.groups.get(number, (number,))

    def _next_like(self, first: FoldTask) -> FoldTask | None:
        """Next fold that may travel with `first`: no group, and of the same prefix if any."""
        if not (self._queue or self._ask()):
            return None
        near = self._sharing.near(first)
        # Folds that run side by side alternate in the queue.
        for place, task in enumerate(islice(self._queue, self.n_workers)):
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
            self.show_stopped(self.race)
            if number < len(self.record) or self._ask():
                task = self._task(number, self.race.hand_out(number))
                known = self._known.pop((number, task.fold), None)
                if known is None:
                    return task
                self._restore(task, known)
        return None

    def show_stopped(self, race: Race) -> None:
        """Say which candidates the race has stopped since the last time."""
        for number in list(race.stopped)[self._n_shown :]:
            self.progress.on_trial_stop(number, self.n_trials, race.stopped[number].why)
        self._n_shown = len(race.stopped)

    def _is_time_to_ask(self) -> bool:
        """Whether there is to be one more candidate, given the results that it may know."""
        number = len(self.record)
        if number >= self.n_trials or not self.knowledge.allows(number):
            return False
        why = self.knowledge.why_stop(number)
        if why is None:
            return True
        self.n_trials, self.is_stopped = number, True
        self.progress.on_count(number)
        self.progress.on_stop(why)
        return False

    def _ask(self) -> bool:
        """Ask for a candidate and queue its folds; False if it is not its time."""
        number = len(self.record)
        if not self._is_time_to_ask():
            return False
        try:
            candidate = self._propose(number)
        except SpaceExhaustedError:
            # Known only now, as when dicts of a space overlap.
            self.n_trials = number
            self.progress.on_count(number)
            return False
        self.record.add(candidate)
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
        self.n_begun = max(self.n_begun, task.number + 1)
        self._n_out += 1
        self.sink.store(task, result, is_new=False)
        self.progress.on_take_over(task, result)

    def _task(self, number: int, fold: int) -> FoldTask:
        """Make the task of a fold."""
        params = self.record.candidates[number].params
        task = FoldTask(number, fold, params, self.n_folds, self.n_trials)
        if self.open_task is None:
            return task
        return replace(task, callback_context=self.open_task(number * self.n_folds + fold))

    def _next_late(self, running: Iterable[Batch]) -> Batch:
        """Next fold that the first complete trial needs; none if there is one, or it runs."""
        if any(map(self.record.is_complete, range(len(self.record)))):
            return ()
        number = self.record.nearest_to_complete()
        if number is None:
            return self._next_late(running) if self._ask() else ()
        queued = next((task for task in self._queue if task.number == number), None)
        if queued is not None:
            self._queue.remove(queued)
            return (queued,)
        out = {task.fold for batch in running for task in batch if task.number == number}
        missing = self.record.missing_folds(number)
        fold = next((fold for fold in missing if fold not in out), None)
        return () if fold is None else (self._task(number, fold),)
