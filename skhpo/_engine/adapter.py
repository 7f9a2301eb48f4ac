"""The engine for any other joblib backend, through joblib's own protocol.

A call is handed to the backend as what `joblib.Parallel` hands over: a batch of one. A
shared value travels with each call, as with joblib itself, and a worker unpickles it
once; a backend whose workers share this memory gets the value itself. A call that runs
cannot be ended, since the protocol has no verb for that.

From joblib: ``Parallel`` as a context, which configures and terminates the backend;
``BatchedCalls``; and of the backend ``submit`` or ``apply_async``, ``start_call``,
``stop_call``, ``retrieve_result_callback`` or ``retrieve_result``, ``retrieval_context``,
``get_nested_backend``, ``supports_retrieve_callback``, ``supports_sharedmem``.
"""

from __future__ import annotations

import pickle
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import BrokenExecutor, Future
from contextlib import ExitStack
from functools import partial
from typing import Any

import joblib
from joblib.parallel import BatchedCalls, ParallelBackendBase

from skhpo._engine import calls, transport
from skhpo._engine.cluster import Answer, ClusterEngine, Events
from skhpo._engine.interface import Engine, Kind
from skhpo.exceptions import WorkerDiedError


class _Run:
    """A call that the backend has; the protocol does not say when it begins."""

    def has_begun(self) -> bool:
        """Take it that the backend began: there is a worker for each place."""
        return True


class JoblibCluster:
    """Hands parcels to a joblib backend.

    Parameters
    ----------
    backend : joblib.parallel.ParallelBackendBase
        What the user configured.
    n_workers : int
        For how many workers it is configured.
    """

    kind: Kind = "adapter"
    can_kill = False
    n_starts = 1
    places_per_worker = 1

    def __init__(self, backend: Any, n_workers: int) -> None:
        self._backend = backend
        self._nested_backend = backend.get_nested_backend()
        self._nested: bytes = transport.dumps(self._nested_backend)
        # By key: the value where memory is shared, else its pickle.
        self._values: dict[str, Any] = {}
        self._is_memory_shared = getattr(backend, "supports_sharedmem", False)
        # Backends are abstract in the name of their method, by the release of joblib.
        is_new = type(backend).submit is not ParallelBackendBase.submit
        self._hand_over = backend.submit if is_new else backend.apply_async
        self._context = ExitStack()
        self._context.enter_context(joblib.Parallel(n_jobs=n_workers))
        self._context.enter_context(backend.retrieval_context())
        backend.start_call()
        self._context.callback(backend.stop_call)

    def share(self, key: str, value: Any) -> None:
        """Keep a value for the calls that need it."""
        self._values[key] = value if self._is_memory_shared else transport.dumps(value)

    def start(self, parcel: calls.Parcel, events: Events) -> _Run:
        """Hand a parcel to the backend."""
        values = {key: self._values[key] for key in parcel.keys}
        run = _run_on_shared_memory if self._is_memory_shared else _run
        batch = BatchedCalls([(run, (parcel.data, self._nested, values), {})], self._nested_backend)
        if self._backend.supports_retrieve_callback:
            self._hand_over(batch, callback=partial(self._called_back, events.answered))
        else:
            # Old backends call back when all went well only.
            arguments = self._hand_over(batch, callback=None), events.answered
            threading.Thread(target=self._wait_for, args=arguments, daemon=True).start()
        return _Run()

    def _called_back(self, answered: Callable[[Answer], None], out: Any) -> None:
        """Answer with what the backend called back with."""
        answered(partial(_only, partial(self._backend.retrieve_result_callback, out)))

    def _wait_for(self, job: Any, answered: Callable[[Answer], None]) -> None:
        """Answer when a job has ended; in a thread of its own."""
        retrieved: Future[Any] = Future()
        try:
            retrieved.set_result(self._backend.retrieve_result(job))
        except BaseException as error:
            retrieved.set_exception(error)
        answered(partial(_only, retrieved.result))

    def kill(self, runs: Sequence[Any]) -> None:
        """Ask the backend to abort everything, when the engine is closed by force."""
        if runs:
            self._backend.abort_everything(ensure_ready=False)

    def why_gone(self) -> None:
        """Trust it: the protocol has no question for that."""

    def close(self) -> None:
        """Terminate the backend."""
        self._values.clear()
        self._context.close()


def _only(retrieve: Callable[[], Any]) -> bytes:
    """The one outcome of a batch; a broken pool is a worker that died."""
    try:
        [outcome] = retrieve()
    except BrokenExecutor as error:
        raise WorkerDiedError(f"The backend lost the fold's worker: {error}") from error
    return bytes(outcome)


def _run(data: bytes, nested: bytes, pickles: dict[str, bytes]) -> bytes | None:
    """Run a parcel in a worker."""
    load = partial(calls.kept, fetch=lambda key: pickle.loads(pickles[key]))
    return _outcome(data, nested, load)


def _run_on_shared_memory(data: bytes, nested: bytes, values: dict[str, Any]) -> bytes | None:
    """Run a parcel where the values are in memory."""
    return _outcome(data, nested, values.__getitem__)


def _outcome(data: bytes, nested: bytes, load: Callable[[str], Any]) -> bytes | None:
    """Outcome of a parcel, its last stage."""
    _, outcome = calls.stages(data, nested, load)
    return outcome


def open_on(backend: Any, n_workers: int, max_pending: int) -> Engine:
    """Open the engine that joblib's `backend` asks for."""
    return ClusterEngine(JoblibCluster(backend, n_workers), n_workers, max_pending)
