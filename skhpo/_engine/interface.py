"""What every engine offers: the seam between the study and the place where folds run.

engine   runs calls: in the calling thread, in threads, in processes, on a cluster
worker   one of the places of an engine where a call runs
token    stands for a shared value; small, so that a call can carry it

From joblib nothing: an engine is a small interface over ``concurrent.futures.Future``.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Literal, Protocol, Self

from skhpo.exceptions import WorkerDiedError

Kind = Literal["inline", "threads", "processes", "dask", "ray", "adapter"]


class Token(Protocol):
    """Stands for a value that was shared with the workers."""

    def get(self) -> Any:
        """Shared value, read-only by agreement; in one process always the same object."""
        ...


@dataclass(frozen=True, eq=False)
class HeldValue:
    """A token for workers that live in this process: it holds the value.

    Parameters
    ----------
    value : object
        The shared value itself.
    """

    value: Any

    def get(self) -> Any:
        """Shared value itself."""
        return self.value


class Engine(ABC):
    """Runs calls on workers; a context manager, which kills when an exception leaves it.

    Parameters
    ----------
    n_workers : int
        Calls that run at the same time, at least 1.
    max_pending : int
        Calls that the user allows to be submitted and unfinished, at least 1. It is
        for the caller to keep; `submit` takes more.

    Attributes
    ----------
    kind : str
        Where calls run; the name of the engine's file, "processes" for loky's.
    can_kill : bool
        Whether `kill` ends a call that runs.
    n_starts : int
        On how many workers a call is begun, as they die, before its future raises.
    """

    kind: Kind
    can_kill: bool = False
    n_starts: int = 1

    def __init__(self, n_workers: int, max_pending: int) -> None:
        self.n_workers = n_workers
        self.max_pending = max_pending

    @abstractmethod
    def share(self, value: Any) -> Token:
        """Make a large value available to the workers, each of which loads it once.

        Parameters
        ----------
        value : object
            It must not change afterwards.

        Returns
        -------
        token : Token
            To be passed to `submit` among the arguments; valid until `close`.
        """

    @abstractmethod
    def submit(self, fn: Callable[..., Any], /, *args: Any) -> Future[Any]:
        """Run ``fn(*args)`` on a worker.

        Parameters
        ----------
        fn : callable
            What runs. A joblib configuration that it sets ends with the call.
        *args : object
            Its arguments: small ones, and tokens for the others.

        Returns
        -------
        future : concurrent.futures.Future
            It can be cancelled until a worker takes it. Where `can_kill`, `running` is
            False until the call itself has begun: the start of a worker, and its
            imports, do not count.

        Raises
        ------
        RuntimeError
            After `close`.
        """

    def submit_near(self, near: Hashable, fn: Callable[..., Any], /, *args: Any) -> Future[Any]:
        """Run ``fn(*args)``, on the worker that ran calls of the same `near` if it is free.

        Parameters
        ----------
        near : hashable
            What calls have in common that a worker keeps; None is nothing. No call waits
            for a worker because of it, and engines may pay no heed to it.
        fn, *args : callable, object
            See `submit`.

        Returns
        -------
        future : concurrent.futures.Future
            See `submit`.
        """
        return self.submit(fn, *args)

    def kill(self, future: Future[Any]) -> None:
        """End the call behind a future, now; every other call goes on.

        A call that has not begun is cancelled. A running one ends with its worker, its
        future raises ``CancelledError``, and another worker takes the place. A call that
        has ended stays as it is.

        Parameters
        ----------
        future : concurrent.futures.Future
            One that `submit` gave.

        Raises
        ------
        RuntimeError
            If the call runs where it cannot be ended, see `can_kill`.
        """
        if not (future.cancel() or future.done()):
            raise RuntimeError(
                f"A running call cannot be ended by the engine {self.kind!r}; run it in worker "
                'processes, by n_jobs=2 or joblib.parallel_config("loky", n_jobs=2).'
            )

    @abstractmethod
    def close(self, kill: bool = False) -> None:
        """Cancel what has not started, end what runs, free what was shared.

        A second call does nothing. A future's callback must not call it: it waits for
        callbacks too.

        Parameters
        ----------
        kill : bool, default=False
            End running calls by ending their workers, where workers can be ended;
            their futures raise ``CancelledError``. False waits for them.
        """

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close(kill=exc_type is not None)


class CallFuture(Future[Any]):
    """A future that runs once its worker has said that the call has begun.

    `has_begun` is asked then and replaced by whoever starts the call. Until that
    answers True, the call is on its way, or its worker is being started.
    """

    def __init__(self) -> None:
        super().__init__()
        self.has_begun: Callable[[], bool] = lambda: False

    def running(self) -> bool:
        """Whether the call itself has begun and not ended."""
        return super().running() and self.has_begun()


class WorkersGoneError(WorkerDiedError):
    """No worker is left that could run a call, whichever it is."""


def cancel(future: Future[Any]) -> None:
    """Cancel a future that no worker has taken, and wake those who wait for it."""
    future.cancel()
    # Until it is notified, a cancelled future holds up `concurrent.futures.wait`.
    future.set_running_or_notify_cancel()


def failed(error: BaseException) -> Future[Any]:
    """Finished future that raises `error`."""
    future: Future[Any] = Future()
    future.set_running_or_notify_cancel()
    future.set_exception(error)
    return future


def closed_error() -> RuntimeError:
    """Error of a call that comes after `Engine.close`."""
    return RuntimeError("The engine is closed and takes no more calls; open another one.")
