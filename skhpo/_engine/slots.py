"""Slots: worker processes that outlive an engine and die one at a time.

slot     one worker process at a time, and the loky executor that feeds it
lease    an engine's use of a slot; slots that nobody uses are kept for the next engine

From joblib: its loky's ``ProcessPoolExecutor(max_workers=1)``, which starts a fresh
interpreter, notices a death, and ends idle workers when the interpreter exits; the
backend's ``inner_max_num_threads``, ``idle_worker_timeout`` and ``initializer``, and
joblib's rule for the threads of BLAS and OpenMP in workers. A pool of several workers is
not used: the death of one loses what all of them were doing. Nor is loky's idle time: a
worker that ends just when a call comes makes loky warn, in a thread of its own that does
not survive a warning turned into an error.
"""

from __future__ import annotations

import multiprocessing
import os
import re
import signal
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import joblib
from joblib.externals.loky import ProcessPoolExecutor
from joblib.parallel import ParallelBackendBase

from skhpo._engine import worker

# joblib's default for its own workers.
_IDLE_SECONDS = 300

# Far above what an executor's thread needs to take up a call.
_SENDING_SECONDS = 1.0


@dataclass(frozen=True)
class WorkerOptions:
    """What distinguishes one worker process from another.

    Parameters
    ----------
    env : tuple of (str, str)
        Environment variables that are set in the worker.
    idle_seconds : float
        The worker ends when no engine has used it for so long.
    initializer, initargs : callable or None, tuple
        The user's, run when the worker starts.
    """

    env: tuple[tuple[str, str], ...]
    idle_seconds: float
    initializer: Callable[..., None] | None
    initargs: tuple[Any, ...]

    @classmethod
    def for_backend(cls, backend: Any, n_workers: int) -> WorkerOptions:
        """Read the options of joblib's `backend` when `n_workers` share the cores."""
        given = getattr(backend, "backend_kwargs", {})
        idle_seconds = given.get("idle_worker_timeout")
        return cls(
            env=_thread_limits(backend.inner_max_num_threads, n_workers),
            idle_seconds=_IDLE_SECONDS if idle_seconds is None else idle_seconds,
            initializer=given.get("initializer"),
            initargs=tuple(given.get("initargs", ())),
        )


def _thread_limits(explicit: int | None, n_workers: int) -> tuple[tuple[str, str], ...]:
    """Environment that divides the cores between workers, as joblib's loky backend does."""
    share = str(max(1, joblib.cpu_count() // n_workers))
    limits = {
        name: os.environ.get(name, share) if explicit is None else str(explicit)
        for name in ParallelBackendBase.MAX_NUM_THREADS_VARS
    }
    # TBB coordinates the threads of several processes by itself, when told to.
    limits.setdefault("ENABLE_IPC", os.environ.get("ENABLE_IPC", "1"))
    return tuple(sorted(limits.items()))


class Slot:
    """One worker process, started at the first call.

    Parameters
    ----------
    options : WorkerOptions
        How its worker is started.

    Attributes
    ----------
    idle_since : float
        When an engine gave it back, by `time.monotonic`.
    """

    def __init__(self, options: WorkerOptions) -> None:
        self.options = options
        self.idle_since = 0.0
        self._lock = threading.Lock()
        self._killed = False
        # Weak: its callbacks reach the engine, which a slot outlives.
        self._last: Callable[[], Future[Any] | None] = lambda: None
        self._start()

    def _start(self) -> None:
        """Make an executor; its worker starts with the first call."""
        # A pipe of its own for each: whoever keeps the far end keeps the worker alive.
        reader, self._lifeline = multiprocessing.Pipe(duplex=False)
        self._executor = ProcessPoolExecutor(
            max_workers=1,
            initializer=worker.start,
            initargs=(reader, os.getpid(), self.options.initializer, self.options.initargs),
            env=dict(self.options.env),
        )

    def submit(self, fn: Callable[..., Any], *args: Any) -> Future[Any]:
        """Run a call on the worker; its death is ``BrokenExecutor`` in the future."""
        with self._lock, _interrupts_blocked():
            try:
                future: Future[Any] = self._executor.submit(fn, *args)
            except RuntimeError:
                # It died while it had nothing to do: nothing is lost.
                if self._killed:
                    raise
                self._start()
                future = self._executor.submit(fn, *args)
            self._last = weakref.ref(future)
            return future

    def kill(self) -> None:
        """End the worker and what it started, now, and for good."""
        with self._lock:
            self._killed = True
        # Outside of the lock: what follows waits for the executor's thread, where a
        # callback may be about to submit.
        self._wait_until_sent()
        self._executor.shutdown(wait=True, kill_workers=True)
        self._lifeline.close()

    def _wait_until_sent(self) -> None:
        """Wait, a millisecond, until the executor's thread has taken up the last call.

        Killed before that, loky 3.6 looks for a call that it has dropped: its thread
        prints a KeyError and leaves its pipes open.
        """
        deadline = time.monotonic() + _SENDING_SECONDS
        while (last := self._last()) is not None and time.monotonic() < deadline:
            if last.running() or last.done():
                return
            time.sleep(0.0005)


@contextmanager
def _interrupts_blocked() -> Iterator[None]:
    """Block Ctrl-C for processes that start within; they unblock it once they ignore it."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def describe_death(error: BaseException) -> str:
    """How a worker ended, in a sentence, from the error of a broken executor."""
    # loky gives the exit codes in its message only: "{SIGKILL(-9)}", "{EXIT(3)}".
    match = re.search(r"\{(\w+)\((-?\d+)\)\}", str(error))
    if match is None:
        return "The worker process ended unexpectedly."
    name, code = match.groups()
    if name == "EXIT":
        return f"The worker process ended with exit code {code}."
    hint = {
        "SIGKILL": ", often sent by the system when memory runs out",
        "SIGSEGV": ", a crash in compiled code",
    }.get(name, "")
    return f"The worker process was ended by signal {name} ({code}){hint}."


# Slots that no engine uses, the last used at the end.
_idle: list[Slot] = []
_idle_lock = threading.Lock()
_reaper: _Reaper | None = None
_inherited: list[list[Slot]] = []


def lease(options: WorkerOptions) -> Slot:
    """Take an idle slot with these options, or a new one.

    Idle slots with other options end: their number of threads, or their environment, was
    for a search that is over.
    """
    with _idle_lock:
        alike = [slot for slot in _idle if slot.options == options]
        unlike = [slot for slot in _idle if slot.options != options]
        leased = alike.pop() if alike else None
        _idle[:] = alike
    kill_all(unlike)
    return leased or Slot(options)


def give_back(slots: list[Slot]) -> None:
    """Keep slots for the next engine, where this process ends them when it ends.

    A forked one does not, and a child of multiprocessing waits for all its children
    before it tells them to end.
    """
    if _inherited or multiprocessing.parent_process() is not None:
        kill_all(slots)
        return
    with _idle_lock:
        for slot in slots:
            slot.idle_since = time.monotonic()
        _idle.extend(slots)
        _set_reaper()


def _set_reaper() -> None:
    """See to it that a timer goes off when the first idle slot has had its time."""
    global _reaper
    if not _idle:
        return
    end = min(slot.idle_since + slot.options.idle_seconds for slot in _idle)
    if _reaper is not None and _reaper.end <= end:
        return
    if _reaper is not None:
        _reaper.cancel()
    _reaper = _Reaper(end)
    _reaper.start()


class _Reaper(threading.Timer):
    """Timer that ends the slots which have been idle for their time.

    Parameters
    ----------
    end : float
        When it goes off, by `time.monotonic`.
    """

    def __init__(self, end: float) -> None:
        super().__init__(max(0.0, end - time.monotonic()), _end_idle)
        self.end = end
        self.name = "skhpo-idle-workers"
        self.daemon = True


def _end_idle() -> None:
    """End the slots that have been idle for their time, and wait for the next."""
    global _reaper
    now = time.monotonic()
    with _idle_lock:
        ended = [slot for slot in _idle if slot.idle_since + slot.options.idle_seconds <= now]
        _idle[:] = [slot for slot in _idle if slot not in ended]
        _reaper = None
        _set_reaper()
    kill_all(ended)


def kill_all(slots: list[Slot]) -> None:
    """End several slots at the same time."""
    if len(slots) > 1:
        with ThreadPoolExecutor(len(slots)) as threads:
            list(threads.map(Slot.kill, slots))
    else:
        for slot in slots:
            slot.kill()


def _forget_parents_slots() -> None:
    """In a forked child: the slots are the parent's, their threads are not here."""
    global _idle_lock, _reaper
    _idle_lock = threading.Lock()
    _reaper = None
    # Kept from being collected: an executor's end would reach through shared pipes.
    _inherited.append(_idle[:])
    _idle.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_parents_slots)
