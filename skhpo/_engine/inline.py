"""The engine for one worker: a call runs at once, in the thread that submits it.

From joblib: ``parallel_config``, entered without arguments around each call. It
changes nothing and puts back whatever configuration the call leaves behind.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

import joblib

from skhpo._engine.interface import Engine, HeldValue, Token, closed_error


class InlineEngine(Engine):
    """Runs each call inside of `submit`, which returns a finished future.

    Parameters
    ----------
    max_pending : int
        See `Engine`; without effect here, since nothing is ever pending.
    """

    kind = "inline"

    def __init__(self, max_pending: int) -> None:
        super().__init__(1, max_pending)
        self._closed = False

    def share(self, value: Any) -> Token:
        """Hold the value; nothing has to travel."""
        if self._closed:
            raise closed_error()
        return HeldValue(value)

    def submit(self, fn: Callable[..., Any], /, *args: Any) -> Future[Any]:
        """Run ``fn(*args)`` now.

        Parameters
        ----------
        fn : callable
            What runs.
        *args : object
            Its arguments.

        Returns
        -------
        future : concurrent.futures.Future
            Finished, with the result or the ``Exception``.

        Raises
        ------
        BaseException
            ``KeyboardInterrupt`` and ``SystemExit`` are not results of the call: they
            concern this thread, and leave `submit`.
        """
        if self._closed:
            raise closed_error()
        future: Future[Any] = Future()
        future.set_running_or_notify_cancel()
        try:
            with joblib.parallel_config():
                result = fn(*args)
        except Exception as error:
            future.set_exception(error)
        else:
            future.set_result(result)
        return future

    def close(self, kill: bool = False) -> None:
        """Take no more calls; none can be running."""
        self._closed = True


def open_on(backend: Any, n_workers: int, max_pending: int) -> Engine:
    """Open the engine; `backend` and `n_workers` are those of every engine, unused here."""
    return InlineEngine(max_pending)
