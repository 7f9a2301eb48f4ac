"""Calls that travel to a cluster as bytes, and what its workers do with them.

key      names a shared value; a token in a call is replaced by it
parcel   a packed call, and the keys of the shared values that it needs
stages   of a call in a worker: it has begun, it has an outcome

A cluster's workers share no folder with this process, so calls and outcomes are bytes,
and each cluster moves shared values in its own way. The package must be installed there.

From joblib: ``parallel_config``, entered around each call as in `worker`.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from skhpo._engine import transport, worker
from skhpo._engine.interface import HeldValue
from skhpo._engine.last_values import LastValues

_kept = LastValues()


@dataclass(frozen=True, eq=False)
class SharedValue:
    """A token: here the value itself, in a call its key.

    Parameters
    ----------
    key : str
        Name of the value on the cluster.
    value : object
        What was shared.
    """

    key: str
    value: Any

    def get(self) -> Any:
        """Shared value itself."""
        return self.value


@dataclass(frozen=True)
class Parcel:
    """A packed call.

    Parameters
    ----------
    data : bytes
        Pickle of the function and its arguments.
    keys : tuple of str
        Of the shared values among them.
    """

    data: bytes
    keys: tuple[str, ...]


class _Pickler(transport.Pickler):
    """Pickles a call; tokens by key."""

    def __init__(self, file: BytesIO) -> None:
        super().__init__(file, protocol=pickle.HIGHEST_PROTOCOL)
        self.keys: dict[str, None] = {}

    def persistent_id(self, obj: Any) -> str | None:
        """Key of a token, None for anything else."""
        if not isinstance(obj, SharedValue):
            return None
        self.keys[obj.key] = None
        return obj.key


class _Unpickler(pickle.Unpickler):
    """Undoes `_Pickler`; ``load(key)`` gives a shared value."""

    def __init__(self, data: bytes, load: Callable[[str], Any]) -> None:
        super().__init__(BytesIO(data))
        self._load = load

    def persistent_load(self, pid: str) -> HeldValue:
        """Token that holds the value."""
        return HeldValue(self._load(pid))


def pack(fn: Callable[..., Any], args: tuple[Any, ...]) -> Parcel:
    """Pickle a call; ``PicklingError`` names the part that cannot be pickled."""
    file = BytesIO()
    pickler = _Pickler(file)
    try:
        pickler.dump((fn, args))
    except Exception as error:
        raise transport.task_error(fn, args, error) from error
    return Parcel(file.getvalue(), tuple(pickler.keys))


def kept(key: str, fetch: Callable[[str], Any]) -> Any:
    """Shared value of a key, from this process's memory if it is among the last ones."""
    return _kept.get(key, lambda: fetch(key))


def stages(data: bytes, nested: bytes, load: Callable[[str], Any]) -> Iterator[bytes | None]:
    """Run a call in a worker: None when it begins, then its outcome; it raises nothing.

    Parameters
    ----------
    data : bytes
        Of a `Parcel`.
    nested : bytes
        Pickle of the backend and the ``n_jobs`` that joblib calls within it use.
    load : callable
        Gives the shared value of a key.

    Yields
    ------
    outcome : bytes or None
        None once all has arrived and been unpickled, then what `transport.complete` takes.
    """
    try:
        fn, args = _Unpickler(data, load).load()
    except BaseException as error:
        yield None
        yield transport.pack_error(error)
    else:
        yield None
        yield worker.outcome(fn, args, nested)
