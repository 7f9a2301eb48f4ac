"""What runs in a worker process: its start, its end, and each task.

From joblib: ``parallel_config``, entered around each task with what the backend gives
to nested calls, so that these use threads or nothing unless the task asks for more.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import joblib

from skhpo._engine import transport

# Seconds between two looks at the parent's pid; its end of the pipe tells at once, but
# stays open in processes that the parent forked.
_LOOK_SECONDS = 2.0


def start(
    lifeline: Connection,
    parent_pid: int,
    initializer: Callable[..., None] | None,
    initargs: tuple[Any, ...],
) -> None:
    """Prepare a new worker process; loky calls it before the first task.

    Parameters
    ----------
    lifeline : multiprocessing.connection.Connection
        Reading end of a pipe whose other end only the parent has; nothing is ever sent.
    parent_pid : int
        The parent's process id.
    initializer, initargs : callable or None, tuple
        What the user gave to ``joblib.parallel_config("loky", initializer=...)``.
    """
    _ignore_interrupts()
    _end_with_parent(lifeline, parent_pid)
    if initializer is not None:
        initializer(*initargs)


def _ignore_interrupts() -> None:
    """Leave Ctrl-C, which a terminal sends to all its processes, to the parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(signal, "pthread_sigmask"):
        # `slots` started this process with the signal blocked.
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


def _end_with_parent(lifeline: Connection, parent_pid: int) -> None:
    """End this process when its parent dies; loky would let it wait for its idle time."""
    if sys.platform == "linux":
        _kill_when_closed(lifeline.fileno())

    def watch() -> None:
        """End this process once the parent has ended."""
        # On Windows a parent's id stays the same after its death.
        while os.name == "nt" or os.getppid() == parent_pid:
            if lifeline.poll(_LOOK_SECONDS):
                break
        os._exit(1)

    threading.Thread(target=watch, name="skhpo-lifeline", daemon=True).start()


if sys.platform == "linux":
    import fcntl

    def _kill_when_closed(descriptor: int) -> None:
        """Let the kernel kill this process when the other end of a pipe is closed.

        The watching thread needs Python's lock, which a fit in C code may hold for long.
        """
        # A sandbox may lack asynchronous input; the thread remains.
        with suppress(OSError):
            fcntl.fcntl(descriptor, fcntl.F_SETOWN, os.getpid())
            fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGKILL)
            flags = fcntl.fcntl(descriptor, fcntl.F_GETFL)
            fcntl.fcntl(descriptor, fcntl.F_SETFL, flags | os.O_ASYNC)


def run(task: bytes | Path, nested: bytes, folder: Path, began: Path) -> bytes | Path:
    """Run a task and give back its outcome; it raises nothing.

    Parameters
    ----------
    task : bytes or pathlib.Path
        Message of a packed call.
    nested : bytes
        Pickle of the backend and the ``n_jobs`` that joblib calls within the task use.
    folder : pathlib.Path
        Where large outcomes are written.
    began : pathlib.Path
        A file that exists while the call runs.

    Returns
    -------
    outcome : bytes or pathlib.Path
        Message for `transport.complete`.
    """
    try:
        fn, args = transport.unpack_task(transport.from_message(task))
        began.touch()
        try:
            return transport.to_message(outcome(fn, args, nested), folder)
        finally:
            began.unlink()
    except BaseException as error:
        return transport.to_message(transport.pack_error(error), folder)


def outcome(fn: Callable[..., Any], args: tuple[Any, ...], nested: bytes) -> bytes:
    """Call ``fn(*args)`` and pack what it returns or raises."""
    try:
        backend, n_jobs = pickle.loads(nested)
        with joblib.parallel_config(backend=backend, n_jobs=n_jobs):
            result = fn(*args)
        return transport.pack_result(result)
    except BaseException as error:
        return transport.pack_error(error)
