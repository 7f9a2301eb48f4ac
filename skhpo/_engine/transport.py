"""Tasks and outcomes as bytes, so that what fails to travel is a clear error.

task      a function and its arguments
outcome   what a task returned or raised; of an exception also the traceback as text
message   bytes, or the path of a file that holds them

loky pickles in threads of its own, where a failure breaks the executor; what it gets
from us are bytes. Large ones go through a file: a worker killed while one end of a pipe
writes more than the pipe holds leaves the other end waiting for ever.

From joblib: cloudpickle, which joblib depends on since 1.6 and carries inside before; it
also takes lambdas, local classes and whatever ``__main__`` defines.
"""

from __future__ import annotations

import inspect
import pickle
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

try:
    from cloudpickle import Pickler, dumps  # type: ignore[import-untyped]
except ImportError:
    from joblib.externals.cloudpickle import Pickler, dumps

__all__ = [
    "Pickler",
    "can_pickle",
    "complete",
    "dumps",
    "from_message",
    "pack_error",
    "pack_result",
    "pack_task",
    "pickling_error",
    "task_error",
    "to_message",
    "unpack_task",
]

# Bytes up to which a message travels by the pipe itself. The standard library writes
# up to 16384 bytes at once, and every platform's pipe takes them without waiting.
PIPE_BYTES = 8192

# Levels of attributes and items that are searched for what cannot be pickled.
_SEARCH_DEPTH = 8


class RemoteTraceback(Exception):  # noqa: N818, the name that concurrent.futures shows
    """Traceback in a worker process, as the cause of the exception that came from it."""

    def __str__(self) -> str:
        return f'\n"""\n{self.args[0]}"""'


def pack_task(fn: Callable[..., Any], args: tuple[Any, ...]) -> bytes:
    """Pickle a call; ``PicklingError`` names the part that cannot be pickled."""
    try:
        data: bytes = dumps((fn, args))
    except Exception as error:
        raise task_error(fn, args, error) from error
    return data


def task_error(
    fn: Callable[..., Any], args: tuple[Any, ...], error: Exception
) -> pickle.PicklingError:
    """Error that names what of a call cannot be pickled."""
    named = {"fn": fn} | {f"args[{i}]": arg for i, arg in enumerate(args)}
    return pickling_error("task", named, error)


def unpack_task(data: bytes) -> tuple[Callable[..., Any], tuple[Any, ...]]:
    """Undo `pack_task`."""
    fn, args = pickle.loads(data)
    return fn, args


def pack_result(result: Any) -> bytes:
    """Pickle what a task returned; if that is impossible, an error that says so."""
    try:
        data: bytes = dumps((True, result))
    except Exception as error:
        raise RuntimeError(
            f"The result of a task, of type {type(result).__name__!r}, could not be pickled to "
            f"send it from the worker ({type(error).__name__}: {error}); return something else, "
            "or use n_jobs=1 or joblib.parallel_config('threading')."
        ) from error
    return data


def pack_error(error: BaseException) -> bytes:
    """Pickle what a task raised, with its traceback as text; a text alone if need be."""
    text = "".join(traceback.format_exception(error))
    try:
        exception = dumps(error)
    except Exception:
        exception = None
    data: bytes = dumps((False, (text, exception)))
    return data


def complete(future: Future[Any], message: bytes | Path) -> None:
    """Complete a future with an outcome, as `pack_result` and `pack_error` made it."""
    try:
        succeeded, content = pickle.loads(from_message(message))
    except Exception as error:
        future.set_exception(
            RuntimeError(
                "The result of a task could not be unpickled after it came from the worker "
                f"({type(error).__name__}: {error}); return something else, or use n_jobs=1 or "
                "joblib.parallel_config('threading')."
            )
        )
        return
    if succeeded:
        future.set_result(content)
    else:
        future.set_exception(_rebuild_error(*content))


def _rebuild_error(text: str, exception: bytes | None) -> BaseException:
    """Exception of a worker, caused by its remote traceback."""
    try:
        # None is an exception that the worker could not pickle. Unpickling fails where
        # a class takes arguments other than those it hands to Exception.__init__.
        error = pickle.loads(exception) if exception is not None else None
    except Exception:
        error = None
    if not isinstance(error, BaseException):
        return RuntimeError(
            "A task failed in a worker with an exception that cannot be pickled. "
            f"Its traceback was:\n{text}"
        )
    error.__cause__ = RemoteTraceback(text)
    return error


def to_message(data: bytes, folder: Path) -> bytes | Path:
    """Bytes themselves if they fit into a pipe, else a new file in `folder`."""
    if len(data) <= PIPE_BYTES:
        return data
    path = folder / f"message-{uuid4().hex}"
    path.write_bytes(data)
    return path


def from_message(message: bytes | Path) -> bytes:
    """Bytes of a message; its file, if it has one, is removed."""
    if isinstance(message, bytes):
        return message
    data = message.read_bytes()
    message.unlink()
    return data


def pickling_error(what: str, named: dict[str, Any], error: Exception) -> pickle.PicklingError:
    """Error that names, below the values `named`, what cannot be pickled."""
    path, culprit = _find_culprit(named)
    return pickle.PicklingError(
        f"Could not pickle the {what} to send it to the workers. `{path}`, of type "
        f"{type(culprit).__qualname__!r}, cannot be pickled ({type(error).__name__}: {error}); "
        "leave it out, or use n_jobs=1 or joblib.parallel_config('threading')."
    )


def _find_culprit(named: dict[str, Any]) -> tuple[str, Any]:
    """Path and value of the innermost part that cannot be pickled."""
    path, culprit = next(iter(named.items()))
    parts: Iterator[tuple[str, Any]] = iter(named.items())
    for _ in range(_SEARCH_DEPTH):
        found = next((part for part in parts if not can_pickle(part[1])), None)
        if found is None:
            break
        path, culprit = found
        parts = ((f"{path}{step}", value) for step, value in _parts(culprit))
    return path, culprit


def can_pickle(value: Any) -> bool:
    """Whether a value can be pickled by itself."""
    try:
        dumps(value)
    except Exception:
        return False
    return True


def _parts(value: Any) -> Iterator[tuple[str, Any]]:
    """Items, attributes and captured variables of a value, with the step to each."""
    if isinstance(value, dict):
        yield from ((f"[{key!r}]", item) for key, item in value.items())
    elif isinstance(value, list | tuple | set | frozenset):
        yield from ((f"[{i}]", item) for i, item in enumerate(value))
    elif inspect.isfunction(value):
        # A variable that the enclosing function has not set yet is an empty cell.
        with suppress(ValueError):
            captured = inspect.getclosurevars(value)
            for name, item in (dict(captured.globals) | dict(captured.nonlocals)).items():
                yield f": {name}", item
    elif not isinstance(value, type) and hasattr(value, "__dict__"):
        yield from ((f".{name}", item) for name, item in vars(value).items())
