"""What the engines for clusters have in common: calls, places, futures, one thread.

cluster  moves bytes: starts a parcel, ends a run, keeps shared values (dask, ray, adapter)
run      a started parcel; it has begun once a worker has taken it
place    room for one run: one for each worker, or more where the cluster has a queue
answer   a function that gives a run's outcome as bytes, or raises what went wrong

Most calls wait here: those in a cluster's queue cannot be taken back for nothing.
Answers are taken by one thread: a cluster's own threads must not be held up by the
callbacks of our futures.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass, field
from functools import partial
from queue import Empty, SimpleQueue
from typing import Any, Protocol
from uuid import uuid4

from skhpo._engine import calls, transport
from skhpo._engine.interface import (
    CallFuture,
    Engine,
    Kind,
    Token,
    WorkersGoneError,
    cancel,
    closed_error,
    failed,
)

Answer = Callable[[], bytes]

# Between two looks at whether the cluster is there, when no answer comes.
_LOOK_SECONDS = 1.0


class Run(Protocol):
    """A parcel that was started."""

    def has_begun(self) -> bool:
        """Whether a worker has begun the call."""
        ...


@dataclass(frozen=True)
class Events:
    """What a cluster tells of a run, from any thread.

    Parameters
    ----------
    began : callable
        ``began()``, where there is more than one place for a worker.
    answered : callable
        ``answered(answer)``, once.
    """

    began: Callable[[], Any]
    answered: Callable[[Answer], None]


class Cluster(Protocol):
    """Where runs take place; `start` and `kill` return at once."""

    kind: Kind
    can_kill: bool
    n_starts: int
    places_per_worker: int

    def share(self, key: str, value: Any) -> None:
        """Move a value to where workers find it by `key`."""
        ...

    def start(self, parcel: calls.Parcel, events: Events) -> Any:
        """Start a parcel."""
        ...

    def kill(self, runs: Sequence[Any]) -> None:
        """End runs with their workers where `can_kill`, else forget them."""
        ...

    def why_gone(self) -> str | None:
        """Why no answer will come any more, in a sentence; asked now and then when none does."""
        ...

    def close(self) -> None:
        """Free what was shared."""
        ...


@dataclass(eq=False)
class _Call:
    """A parcel, its future, and its run once it has one.

    Its future can be cancelled until `has_begun`; the first to set `is_over` ends it.
    """

    parcel: calls.Parcel
    future: CallFuture = field(default_factory=CallFuture)
    run: Any = None
    has_begun: bool = False
    is_over: bool = False


class ClusterEngine(Engine):
    """Runs calls on a cluster.

    Parameters
    ----------
    cluster : Cluster
        What moves bytes.
    n_workers, max_pending : int
        See `Engine`.
    """

    def __init__(self, cluster: Cluster, n_workers: int, max_pending: int) -> None:
        super().__init__(n_workers, max_pending)
        self.kind = cluster.kind
        self.can_kill = cluster.can_kill
        self.n_starts = cluster.n_starts
        self._cluster = cluster
        # Guards what follows; notified when a call has ended. Neither the cluster nor
        # futures are touched under it.
        self._changed = threading.Condition()
        self._waiting: deque[_Call] = deque()
        self._started: set[_Call] = set()
        self._n_places = n_workers * cluster.places_per_worker
        self._closed = False
        # None tells the thread to end.
        self._answers: SimpleQueue[tuple[_Call, Answer] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._take_answers, name="skhpo-fold-answers")
        self._thread.daemon = True
        self._thread.start()

    def share(self, value: Any) -> Token:
        """Move the value to the cluster once; see `Engine.share`."""
        if self._closed:
            raise closed_error()
        token = calls.SharedValue(uuid4().hex, value)
        try:
            self._cluster.share(token.key, value)
        except Exception as error:
            # Each cluster has errors of its own for what cannot be pickled.
            if transport.can_pickle(value):
                raise
            raise transport.pickling_error("shared value", {"value": value}, error) from error
        return token

    def submit(self, fn: Callable[..., Any], /, *args: Any) -> Future[Any]:
        """Queue a call for the next free place; see `Engine.submit`."""
        try:
            call = _Call(calls.pack(fn, args))
        except Exception as error:
            return failed(error)
        with self._changed:
            if self._closed:
                raise closed_error()
            self._waiting.append(call)
        self._dispatch()
        return call.future

    def _dispatch(self) -> None:
        """Start calls while there are places."""
        while (call := self._take()) is not None:
            self._start(call)

    def _take(self) -> _Call | None:
        """Give the next call a place; None when there is no call or no place."""
        with self._changed:
            while self._waiting and self._n_places and not self._closed:
                call = self._waiting.popleft()
                is_queued = self._cluster.places_per_worker > 1 and not call.future.cancelled()
                if is_queued or self._begin(call):
                    self._n_places -= 1
                    self._started.add(call)
                    return call
            return None

    def _begin(self, call: _Call) -> bool:
        """Let a future be cancelled no more; False if it was."""
        with self._changed:
            if not call.has_begun:
                call.has_begun = True
                call.future.set_running_or_notify_cancel()
        return not call.future.cancelled()

    def _start(self, call: _Call) -> None:
        """Hand a call to the cluster."""
        events = Events(
            began=lambda: self._begin(call),
            answered=lambda answer: self._answers.put((call, answer)),
        )
        try:
            run = self._cluster.start(call.parcel, events)
        except BaseException as error:
            self._end(call, partial(call.future.set_exception, error))
            if not isinstance(error, Exception):
                raise
            return
        with self._changed:
            call.run = run
            was_killed = call.is_over
        call.future.has_begun = run.has_begun
        if was_killed:
            self._cluster.kill([run])

    def _take_answers(self) -> None:
        """Complete calls as answers come, until told to end."""
        while True:
            try:
                item = self._answers.get(timeout=_LOOK_SECONDS)
            except Empty:
                self._look_after()
                continue
            if item is None:
                return
            self._complete(*item)
            # Waiting for the next answer must not keep this one alive.
            del item

    def _look_after(self) -> None:
        """End all calls of a cluster that is gone: nobody else would."""
        why = self._cluster.why_gone()
        if why is None:
            return
        with self._changed:
            waiting, started = list(self._waiting), list(self._started)
            # Nothing is to start in the places that become free.
            self._waiting.clear()
        self._kill(started, WorkersGoneError(why))
        for call in waiting:
            if self._begin(call):
                call.future.set_exception(WorkersGoneError(why))

    def _complete(self, call: _Call, answer: Answer) -> None:
        """End a call with its answer."""
        try:
            outcome = answer()
        except BaseException as error:
            self._end(call, partial(call.future.set_exception, error))
        else:
            self._end(call, partial(transport.complete, call.future, outcome))

    def _end(self, call: _Call, complete: Callable[[], None]) -> None:
        """End a call that nobody has ended before: its place first, then its future."""
        if self._claim(call):
            self._finish(call, complete)

    def _claim(self, call: _Call) -> bool:
        """Whether the caller is the first, and the one, to end a call."""
        with self._changed:
            is_first, call.is_over = not call.is_over, True
            return is_first

    def _finish(self, call: _Call, complete: Callable[[], None]) -> None:
        """Free a claimed call's place, start the next call, complete the future."""
        with self._changed:
            self._n_places += 1
        self._dispatch()
        try:
            if self._begin(call):
                complete()
        finally:
            with self._changed:
                self._started.discard(call)
                self._changed.notify_all()

    def kill(self, future: Future[Any]) -> None:
        """End one call and its worker; see `Engine.kill`."""
        with self._changed:
            waiting = [call for call in self._waiting if call.future is future]
            started = [call for call in self._started if call.future is future]
            for call in waiting:
                self._waiting.remove(call)
        for call in waiting:
            cancel(call.future)
        if future.cancel() or self.can_kill:
            self._kill(started)
        else:
            super().kill(future)

    def _kill(self, started: list[_Call], why: Exception | None = None) -> None:
        """End calls that the cluster has, together; `why` if not for whoever asked."""
        claimed = [call for call in started if self._claim(call)]
        # Their workers first: a place that is free has a worker, or one that starts.
        try:
            self._cluster.kill([call.run for call in claimed if call.run is not None])
        finally:
            for call in claimed:
                error = why or CancelledError("The worker that ran the call was ended.")
                self._finish(call, partial(call.future.set_exception, error))

    def close(self, kill: bool = False) -> None:
        """Cancel what has not started, end or wait for what runs, free what was shared.

        Where workers cannot be ended, `kill` leaves running calls to them, unheard.
        """
        with self._changed:
            if self._closed:
                return
            self._closed = True
            waiting = list(self._waiting)
            self._waiting.clear()
        for call in waiting:
            cancel(call.future)
        try:
            self._kill([call for call in list(self._started) if call.future.cancel()])
            if not kill:
                self._wait_until_idle()
        finally:
            self._kill(list(self._started))
            self._answers.put(None)
            self._thread.join()
            self._cluster.close()

    def _wait_until_idle(self) -> None:
        """Wait until no call is started."""
        with self._changed:
            self._changed.wait_for(lambda: not self._started)
