"""What every engine offers: the seam between the study and the place where folds run.

engine   runs calls: in the calling thread, in threads, in processes
worker   one of the places of an engine where a call runs
token    stands for a shared value; small, so that a call can carry it

From joblib nothing: an engine is a small interface over ``concurrent.futures.Future``.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from types import TracebackType
from typing import Any, ClassVar, Literal, Protocol, Self

Kind = Literal["inline", "threads", "processes"]


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
    """

    kind: ClassVar[Kind]

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
            It can be cancelled until a worker takes it.

        Raises
        ------
        RuntimeError
            After `close`.
        """

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


def cancel(future: Future[Any]) -> None:
    """Cancel a future that no worker has taken, and wake those who wait for it."""
    future.cancel()
    # Until it is notified, a cancelled future holds up `concurrent.futures.wait`.
    future.set_running_or_notify_cancel()


def closed_error() -> RuntimeError:
    """Error of a call that comes after `Engine.close`."""
    return RuntimeError("The engine is closed and takes no more calls; open another one.")
