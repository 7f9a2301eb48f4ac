"""The engine for joblib's process backends: calls run in worker processes.

Calls wait in the engine; a free slot takes the next one as soon as its last has ended,
in the thread of its executor. A worker that dies takes one call with it, whose future
raises ``WorkerDiedError``; another slot takes its place, everything else goes on.

From joblib: loky's executors (`slots`), and the backend's ``get_nested_backend`` for
calls within a task (`worker`).
"""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Hashable
from concurrent.futures import BrokenExecutor, CancelledError, Future, wait
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from uuid import uuid4

from skhpo._engine import slots, transport, worker
from skhpo._engine.interface import CallFuture, Engine, Token, cancel, closed_error, failed
from skhpo._engine.shared import MappingOptions, Store, forget
from skhpo.exceptions import WorkerDiedError

# Seconds for a worker to let go of shared values, or for killed calls to be told.
_PATIENCE_SECONDS = 10.0


@dataclass(eq=False)
class _Call:
    """A packed call, its future, and the slot that runs it.

    From `is_freed` on the slot is the next call's; `is_killed` says that it must not be.
    """

    data: bytes
    near: Hashable = None
    future: CallFuture = field(default_factory=CallFuture)
    slot: slots.Slot | None = None
    is_freed: bool = False
    is_killed: bool = False


class LokyEngine(Engine):
    """Runs calls in up to `n_workers` processes, started when first needed.

    Parameters
    ----------
    backend : joblib.parallel.ParallelBackendBase
        What the user configured.
    n_workers, max_pending : int
        See `Engine`.
    """

    kind = "processes"
    can_kill = True

    def __init__(self, backend: Any, n_workers: int, max_pending: int) -> None:
        super().__init__(n_workers, max_pending)
        self._options = slots.WorkerOptions.for_backend(backend, n_workers)
        self._nested: bytes = transport.dumps(backend.get_nested_backend())
        self._store = Store(MappingOptions.configured())
        # Guards what follows; notified when a call has ended. Neither slots nor futures
        # are touched under it, since their callbacks take it.
        self._changed = threading.Condition()
        self._waiting: deque[_Call] = deque()
        self._running: set[_Call] = set()
        # None is a slot that has not been leased; leased ones are taken first.
        self._free: list[slots.Slot | None] = [None] * n_workers
        # What the last call of each slot was near to.
        self._near: dict[slots.Slot | None, Hashable] = {}
        self._closed = False
        self._killed = False

    def share(self, value: Any) -> Token:
        """Write the value to files that the workers read or map; see `Engine.share`."""
        if self._closed:
            raise closed_error()
        return self._store.put(value)

    def submit(self, fn: Callable[..., Any], /, *args: Any) -> Future[Any]:
        """Queue a call for the next free worker; see `Engine.submit`.

        The future raises ``WorkerDiedError`` if the worker dies, ``PicklingError`` if the
        call cannot be pickled, and what the call raises, with the worker's traceback.
        """
        return self.submit_near(None, fn, *args)

    def submit_near(self, near: Hashable, fn: Callable[..., Any], /, *args: Any) -> Future[Any]:
        """Queue a call, for a certain worker if that is free first; see `Engine.submit_near`."""
        try:
            call = _Call(transport.pack_task(fn, args), near)
        except Exception as error:
            return failed(error)
        with self._changed:
            if self._closed:
                raise closed_error()
            self._waiting.append(call)
        self._dispatch()
        return call.future

    def _dispatch(self) -> None:
        """Start calls while there are free slots."""
        while (call := self._take()) is not None:
            self._start(call)

    def _take(self) -> _Call | None:
        """Give the next call a free slot; None when there is no call or no slot."""
        with self._changed:
            while self._waiting and self._free and not self._closed:
                call, slot = self._match()
                self._waiting.remove(call)
                if call.future.set_running_or_notify_cancel():
                    self._free.remove(slot)
                    call.slot = slot
                    self._running.add(call)
                    return call
            return None

    def _match(self) -> tuple[_Call, slots.Slot | None]:
        """First waiting call that is near to a free slot; else the first, and the last slot."""
        by_near = {self._near[slot]: slot for slot in self._free if slot in self._near}
        for call in self._waiting if by_near else ():
            if call.near in by_near:
                return call, by_near[call.near]
        return self._waiting[0], self._free[-1]

    def _start(self, call: _Call) -> None:
        """Send a call to its slot's worker."""
        try:
            slot = call.slot or self._lease(call)
            folder = self._store.folder
            task = transport.to_message(call.data, folder)
            began = folder / f"began-{uuid4().hex}"
            call.future.has_begun = began.exists
            future = slot.submit(worker.run, task, self._nested, folder, began)
        except BaseException as error:
            self._free_slot(call)
            self._end(call, partial(call.future.set_exception, self._translate(call, error)))
            if not isinstance(error, Exception):
                raise
        else:
            future.add_done_callback(partial(self._returned, call))

    def _lease(self, call: _Call) -> slots.Slot:
        """Lease a slot for a call, unless the call or the engine was killed meanwhile."""
        slot = slots.lease(self._options)
        with self._changed:
            if not (self._killed or call.is_killed):
                call.slot = slot
                return slot
        slots.give_back([slot])
        raise CancelledError

    def _returned(self, call: _Call, future: Future[Any]) -> None:
        """Complete a call whose worker has answered or died; in the executor's thread."""
        error = future.exception()
        if isinstance(error, BrokenExecutor):
            # Its executor is of no more use: the next call leases another slot.
            call.slot = None
        # The worker first, then those who wait for the result.
        self._free_slot(call)
        self._dispatch()
        if error is None:
            self._end(call, partial(transport.complete, call.future, future.result()))
        else:
            self._end(call, partial(call.future.set_exception, self._translate(call, error)))

    def _translate(self, call: _Call, error: BaseException) -> BaseException:
        """Error for the caller, of an error of loky's."""
        if self._killed or call.is_killed:
            return CancelledError("The worker that ran the call was ended.")
        if not isinstance(error, BrokenExecutor):
            return error
        died = WorkerDiedError(slots.describe_death(error))
        died.__cause__ = error
        return died

    def _free_slot(self, call: _Call) -> None:
        """Make a call's slot free for the next one."""
        with self._changed:
            call.is_freed = True
            self._near.pop(call.slot, None)
            if call.slot is not None and call.near is not None:
                self._near[call.slot] = call.near
            self._free.append(None if call.is_killed else call.slot)

    def _end(self, call: _Call, complete: Callable[[], None]) -> None:
        """Complete a call's future and count it out."""
        try:
            complete()
        finally:
            with self._changed:
                self._running.discard(call)
                self._changed.notify_all()

    def kill(self, future: Future[Any]) -> None:
        """End one call and its worker; see `Engine.kill`."""
        with self._changed:
            waiting = next((call for call in self._waiting if call.future is future), None)
            if waiting is not None:
                self._waiting.remove(waiting)
            running = next((call for call in self._running if call.future is future), None)
            # One that is freed has ended, and its slot may be another call's.
            if running is None or running.is_freed:
                slot = None
            else:
                running.is_killed, slot = True, running.slot
        if waiting is not None:
            cancel(future)
        if slot is not None:
            slot.kill()

    def close(self, kill: bool = False) -> None:
        """Cancel what has not started, end or wait for what runs, remove files.

        Sound workers are kept for the next engine; killed ones are not.
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
            self._kill() if kill else self._drain()
        finally:
            self._store.remove()

    def _drain(self) -> None:
        """Wait for running calls, then give the slots back."""
        try:
            self._wait_until_idle()
            leased = self._leased()
            if self._store.has_values:
                # Files that a worker maps keep their memory; on Windows also their names,
                # and there they must be let go before they can be removed.
                done = [slot.submit(forget, self._store.folders) for slot in leased]
                wait(done, timeout=_PATIENCE_SECONDS if os.name == "nt" else 0)
        except BaseException:
            self._kill()
            raise
        slots.give_back(leased)

    def _kill(self) -> None:
        """End all workers of this engine."""
        with self._changed:
            self._killed = True
        slots.kill_all(self._leased())
        self._wait_until_idle(_PATIENCE_SECONDS)

    def _leased(self) -> list[slots.Slot]:
        """Slots that this engine holds."""
        with self._changed:
            held = [*self._free, *(call.slot for call in self._running)]
            # Freed already, while its call is being completed: in both.
            return list(dict.fromkeys(slot for slot in held if slot is not None))

    def _wait_until_idle(self, timeout: float | None = None) -> None:
        """Wait until no call is running."""
        with self._changed:
            self._changed.wait_for(lambda: not self._running, timeout)


def open_on(backend: Any, n_workers: int, max_pending: int) -> Engine:
    """Open the engine that joblib's `backend` asks for."""
    return LokyEngine(backend, n_workers, max_pending)
