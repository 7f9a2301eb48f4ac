"""The engine for joblib's threading backend: calls run in threads of this process.

The threads are daemons, unlike those of ``concurrent.futures.ThreadPoolExecutor``: a
thread cannot be killed, and a fit that never ends must not keep the interpreter alive
after a second Ctrl-C.

BLAS and OpenMP are limited to what each thread's share of the cores is, unless the
environment says how many threads there are: joblib limits those of worker processes only.

From joblib: the backend's ``get_nested_backend``, entered by ``parallel_config`` around
each call, so that calls nested in a thread do not multiply threads without end.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import ExitStack
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any

import joblib

from skhpo._engine.interface import Engine, HeldValue, Token, cancel, closed_error
from skhpo._thread_limits import (
    find_libraries_again,
    limit_blas,
    limit_openmp,
    says_threads,
)


@dataclass(frozen=True)
class _Call:
    """A call and its future."""

    future: Future[Any]
    fn: Callable[..., Any]
    args: tuple[Any, ...]


class ThreadsEngine(Engine):
    """Runs calls in up to `n_workers` threads, started when first needed.

    Parameters
    ----------
    backend : joblib.parallel.ParallelBackendBase
        What the user configured; it says what nested calls may use.
    n_workers, max_pending : int
        See `Engine`.
    """

    kind = "threads"

    def __init__(self, backend: Any, n_workers: int, max_pending: int) -> None:
        super().__init__(n_workers, max_pending)
        self._backend = backend
        self._lock = threading.Lock()
        # None tells the thread that takes it to end.
        self._calls: SimpleQueue[_Call | None] = SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._closed = False
        self._n_inner = max(1, joblib.cpu_count() // n_workers)
        self._limits = ExitStack()

    def share(self, value: Any) -> Token:
        """Hold the value; threads see the same memory."""
        if self._closed:
            raise closed_error()
        return HeldValue(value)

    def submit(self, fn: Callable[..., Any], /, *args: Any) -> Future[Any]:
        """Queue a call for the next free thread; see `Engine.submit`."""
        future: Future[Any] = Future()
        with self._lock:
            if self._closed:
                raise closed_error()
            self._calls.put(_Call(future, fn, args))
            if len(self._threads) < self.n_workers:
                self._start_thread()
        return future

    def _start_thread(self) -> None:
        """Start one more thread."""
        if not self._threads and not says_threads():
            # What fits need was imported for them, perhaps since another engine looked.
            find_libraries_again()
            self._limits.enter_context(limit_blas(self._n_inner))
        name = f"skhpo-fold-{len(self._threads)}"
        thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _work(self) -> None:
        """Run calls until told to end."""
        if not says_threads():
            limit_openmp(self._n_inner)
        while (call := self._calls.get()) is not None:
            if call.future.set_running_or_notify_cancel():
                _run(call, self._backend)
            # Waiting for the next call must not keep this one's arguments alive.
            del call

    def close(self, kill: bool = False) -> None:
        """Cancel what has not started and wait for what runs: a thread cannot be killed."""
        with self._lock:
            self._closed = True
            threads, self._threads = self._threads, []
        self._cancel_waiting()
        for _ in threads:
            self._calls.put(None)
        for thread in threads:
            thread.join()
        self._limits.close()

    def _cancel_waiting(self) -> None:
        """Cancel the calls that no thread has taken."""
        while True:
            try:
                call = self._calls.get_nowait()
            except Empty:
                return
            if call is not None:
                cancel(call.future)


def _run(call: _Call, backend: Any) -> None:
    """Run a call and complete its future with what it returned or raised."""
    try:
        # A backend object holds the pool of its present user: each call needs its own.
        nested, n_jobs = backend.get_nested_backend()
        with joblib.parallel_config(backend=nested, n_jobs=n_jobs):
            result = call.fn(*call.args)
    except BaseException as error:
        call.future.set_exception(error)
    else:
        call.future.set_result(result)


def open_on(backend: Any, n_workers: int, max_pending: int) -> Engine:
    """Open the engine that joblib's `backend` asks for."""
    return ThreadsEngine(backend, n_workers, max_pending)
