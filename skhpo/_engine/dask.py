"""The engine for joblib's dask backend: calls are futures of the user's own client.

A call is a dask task, and shared values are scattered to all workers, which keep them
while the engine is open. dask itself runs the calls of a worker that died again, on
another one: here once, whatever its ``distributed.scheduler.allowed-failures`` says. Values
that died with their workers are scattered again.

From joblib: the backend's ``client`` and ``submit_kwargs``, and ``retrieval_context``,
which lets a search inside of a dask task wait for others without holding up its worker.
"""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections.abc import Sequence
from concurrent.futures import CancelledError
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from joblib.parallel import ParallelBackendBase

from skhpo._engine import absence, calls, transport
from skhpo._engine.cluster import ClusterEngine, Events
from skhpo._engine.interface import Engine, Kind
from skhpo.exceptions import WorkerDiedError

# On how many workers a call is begun, at most.
_STARTS = 2

# How often a call is sent, at most, whose shared values died with all their workers.
_SENDINGS = 8


@dataclass(eq=False)
class _Run:
    """A parcel on its way; it has begun `n_begun` times and not ended, the last on `worker`."""

    parcel: calls.Parcel
    events: Events
    key: str
    future: Any = None
    worker: str | None = None
    n_begun: int = 0
    is_killed: bool = False

    def has_begun(self) -> bool:
        """Whether a worker has told that it began."""
        return self.worker is not None


class DaskCluster:
    """Starts parcels as dask tasks.

    Parameters
    ----------
    backend : joblib's DaskDistributedBackend
        What the user configured.
    """

    kind: Kind = "dask"
    n_starts = _STARTS
    # From a worker to this process and back takes some ten milliseconds, which one that
    # has its next call already need not wait.
    places_per_worker = 2

    def __init__(self, backend: Any) -> None:
        self._client = backend.client
        self._submit_kwargs = {"pure": False, **backend.submit_kwargs}
        self._nested: bytes = transport.dumps(ParallelBackendBase.get_nested_backend(backend))
        self._runs: dict[str, _Run] = {}
        # By key: the value, and the dask future that stands for its copies.
        self._values: dict[str, tuple[Any, Any]] = {}
        self._scattering = asyncio.Lock()
        workers = self._client.scheduler_info(n_workers=-1)["workers"].values()
        # A nanny starts a worker again; one without would be missing from then on.
        self.can_kill = bool(workers) and all(worker["nanny"] for worker in workers)
        # joblib waits so long for the first worker.
        patience_seconds = max(absence.PATIENCE_SECONDS, backend.wait_for_workers_timeout or 0)
        self._absence = absence.Absence(patience_seconds)
        self._topic = f"skhpo-{uuid4().hex}"
        self._client.subscribe_topic(self._topic, self._hear)
        self._context = ExitStack()
        self._context.enter_context(backend.retrieval_context())

    def share(self, key: str, value: Any) -> None:
        """Scatter a value to all workers."""
        self._client.sync(self._scatter, key, value)

    async def _scatter(self, key: str, value: Any) -> None:
        """Scatter a value; in a list, since dask takes lists and dicts apart."""
        [future] = await self._client.scatter(
            [value], broadcast=True, hash=False, asynchronous=True
        )
        self._values[key] = value, future

    async def _scatter_lost(self, keys: Sequence[str]) -> None:
        """Scatter again those values of which no copy is left."""
        async with self._scattering:
            for key in keys:
                value, future = self._values[key]
                if not await self._is_held(future):
                    await self._scatter(key, value)

    async def _is_held(self, future: Any) -> bool:
        """Whether a worker has a copy: the scheduler knows, the future hears of it later."""
        try:
            return any((await self._client.who_has([future])).values())
        except CancelledError:
            return False

    def _hear(self, event: tuple[float, tuple[str, str, bool]]) -> Any:
        """Note where a run has begun, and end one that began too often; in the client's loop."""
        key, worker, has_ended = event[1]
        run = self._runs.get(key)
        if run is None:
            return None
        if has_ended:
            # Its result may still be lost with the worker, by what that runs next.
            run.n_begun -= 1
            return None
        run.n_begun += 1
        if run.n_begun > _STARTS:
            # dask would go on, and lose a worker each time.
            return self._client.cancel([run.future], force=True)
        run.worker = worker
        self._absence.end()
        run.events.began()
        return None

    def start(self, parcel: calls.Parcel, events: Events) -> _Run:
        """Submit a parcel, and follow it in the client's event loop."""
        run = _Run(parcel, events, key=uuid4().hex)
        self._runs[run.key] = run
        loop = self._client.loop.asyncio_loop
        followed = asyncio.run_coroutine_threadsafe(self._follow(run), loop)
        followed.add_done_callback(lambda followed: events.answered(followed.result))
        return run

    async def _follow(self, run: _Run) -> bytes:
        """Outcome of a run, which is sent again when its shared values were lost."""
        from distributed import KilledWorker

        is_blamed = False
        try:
            for sending in range(_SENDINGS):
                if run.is_killed:
                    break
                try:
                    if sending:
                        await self._scatter_lost(run.parcel.keys)
                    run.future = self._send(run)
                    outcome: bytes = await self._client.gather(run.future, asynchronous=True)
                    return outcome
                except KilledWorker:
                    # dask blames those too that only waited on the workers that died.
                    if is_blamed:
                        break
                    is_blamed = True
                except (CancelledError, OSError):
                    # It began too often, or its values died, or whom they were being sent to.
                    pass
                if run.n_begun >= _STARTS:
                    break
                run.worker = None
            raise WorkerDiedError(_describe(run))
        finally:
            # dask keeps the result, and makes it again, for as long as it has a future.
            run.future = None
            del self._runs[run.key]

    def _send(self, run: _Run) -> Any:
        """Submit a run once."""
        keys = run.parcel.keys
        values = [self._values[key][1] for key in keys]
        arguments = run.parcel.data, self._nested, self._topic, run.key, keys, *values
        # A name of its own each time: what is still said of the last one is not of this.
        name = f"skhpo-fold-{uuid4().hex}"
        return self._client.submit(_run, *arguments, key=name, **self._submit_kwargs)

    def kill(self, runs: Sequence[_Run]) -> None:
        """Take runs from the cluster, and end the workers that have begun them."""
        for run in runs:
            run.is_killed = True
        if not runs or self._client.status != "running":
            return
        workers = {run.worker for run in runs if run.worker is not None}
        # Without the task first: dask would run it again elsewhere.
        self._client.cancel([run.future for run in runs if run.future is not None], force=True)
        if workers and self.can_kill:
            self._end_workers(sorted(workers))

    def _end_workers(self, workers: list[str]) -> None:
        """End workers by their addresses, but for those that are gone."""
        try:
            self._client.run(_end_worker, workers, workers=workers, nanny=True, on_error="ignore")
        except KeyError:
            # One is gone: the others are asked one by one, since the scheduler has asked none.
            for worker in workers if len(workers) > 1 else []:
                self._end_workers([worker])

    def why_gone(self) -> str | None:
        """Whether the client is open, and the cluster has had workers in the last while.

        A client waits a while by itself for a scheduler that is gone.
        """
        if self._client.status not in ("running", "connecting"):
            return "The dask cluster, or its client, was closed during the search."
        if self._has_workers():
            self._absence.end()
        elif self._absence.is_too_long():
            seconds = self._absence.patience_seconds
            return (
                f"The dask cluster has had no workers for {seconds:g} seconds; start some, or let "
                "the search wait longer for them with joblib.parallel_config('dask', "
                f"wait_for_workers_timeout={10 * seconds:g})."
            )
        return None

    def _has_workers(self) -> bool:
        """Whether the cluster has a worker; True while its scheduler does not say."""
        try:
            return bool(self._client.scheduler_info(n_workers=1)["workers"])
        except (CancelledError, OSError):
            return True

    def close(self) -> None:
        """Free the scattered values."""
        try:
            if self._client.status == "running":
                self._client.unsubscribe_topic(self._topic)
                self._client.cancel([future for _, future in self._values.values()], force=True)
        finally:
            self._values.clear()
            self._context.close()


def _describe(run: _Run) -> str:
    """What became of a run that nobody runs any more."""
    if run.worker is None:
        return "The cluster no longer has the call, or what it needs."
    times = "" if run.n_begun < _STARTS else " The fold was tried on two workers."
    return f"The worker at {run.worker} ended while it ran this fold.{times}"


def _run(
    data: bytes, nested: bytes, topic: str, key: str, keys: tuple[str, ...], *values: Any
) -> bytes | None:
    """Run a parcel in a worker, and tell the client where it begins and that it ends."""
    from distributed import get_worker
    from distributed.utils import sync

    stages = calls.stages(data, nested, dict(zip(keys, values, strict=True)).__getitem__)
    next(stages)
    worker = get_worker()
    worker.loop.add_callback(_leave_interrupts, worker)
    began = [key, worker.address, False]
    # Waits until the scheduler has it, unlike `worker.log_event`: this worker may be about to die.
    sync(worker.loop, worker.scheduler.log_event, topic=topic, msg=began)
    outcome = next(stages)
    worker.log_event(topic, [key, worker.address, True])
    return outcome


def _leave_interrupts(worker: Any) -> None:
    """Leave Ctrl-C, which a terminal or a notebook sends to local workers too, to the client.

    A worker would close, wait for its fit, and its nanny would start no other. This runs in
    its loop: where a process is a worker and nothing else, that is in the main thread, which
    alone may set a handler.
    """
    if worker.nanny and threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, signal.SIG_IGN)


def _end_worker(workers: list[str], dask_worker: Any) -> None:
    """End the worker of a nanny, at once; the nanny runs this, and starts another.

    Not one that it has started since: a nanny whose worker dies while it starts gives up.
    """
    if dask_worker.worker_address in workers and dask_worker.pid is not None:
        os.kill(dask_worker.pid, getattr(signal, "SIGKILL", signal.SIGTERM))


def open_on(backend: Any, n_workers: int, max_pending: int) -> Engine:
    """Open the engine that joblib's `backend` asks for."""
    return ClusterEngine(DaskCluster(backend), n_workers, max_pending)
