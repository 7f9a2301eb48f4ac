"""The engine for joblib's ray backend: calls are ray tasks.

A call is a generator of two items, so that it tells when it has begun. Shared values are
put into ray's object store once; a worker fetches a value once, and keeps the last ones.
ray's own retries are off: it would run a call that ran out of memory again without end, and
who called counts the deaths.

Of joblib's backend, which ray registers, nothing is used but ``ray_remote_args``: it
hands out batches to a pool of actors.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from functools import cache, partial
from importlib import import_module
from typing import Any

from joblib.parallel import ParallelBackendBase

from skhpo._engine import absence, calls, transport
from skhpo._engine.cluster import ClusterEngine, Events
from skhpo._engine.interface import Engine, Kind
from skhpo.exceptions import WorkerDiedError


@dataclass(eq=False)
class _Run:
    """A parcel on its way: the generator of its stages."""

    stages: Any

    def has_begun(self) -> bool:
        """Whether the first stage is here."""
        return bool(self.stages.next_ready())


class RayCluster:
    """Starts parcels as ray tasks.

    Parameters
    ----------
    backend : ray's RayBackend
        What the user configured.
    """

    kind: Kind = "ray"
    can_kill = True
    n_starts = 1
    places_per_worker = 1

    def __init__(self, backend: Any) -> None:
        self._ray = _ray()
        options = {"max_retries": 0, **(backend.ray_remote_args or {})}
        self._remote = _remote_stages().options(**options)
        self._nested: bytes = transport.dumps(ParallelBackendBase.get_nested_backend(backend))
        self._refs: dict[str, Any] = {}
        self._absence = absence.Absence(absence.PATIENCE_SECONDS)

    def share(self, key: str, value: Any) -> None:
        """Put a value into the object store."""
        self._refs[key] = self._ray.put(value)

    def start(self, parcel: calls.Parcel, events: Events) -> _Run:
        """Start a task, and hear of its end in a thread of ray's."""
        # In a list, ray leaves references as they are: a worker has most values already.
        refs = [(key, self._refs[key]) for key in parcel.keys]
        run = _Run(self._remote.remote(parcel.data, self._nested, refs))
        ended = run.stages.completed().future()
        ended.add_done_callback(partial(self._ended, run, events))
        return run

    def _ended(self, run: _Run, events: Events, ended: Any) -> None:
        """Answer with the outcome, or with what went wrong."""
        error = ended.exception()
        if error is None:
            events.answered(partial(self._read, run.stages))
        else:
            events.answered(partial(_raise, self._translate(error)))

    def _read(self, stages: Any) -> bytes:
        """Outcome of a run that has ended."""
        next(stages)
        outcome: bytes = self._ray.get(next(stages))
        return outcome

    def _is_death(self, error: BaseException) -> bool:
        """Whether a worker, or its machine, ended."""
        names = ["LocalRayletDiedError", "NodeDiedError", "OutOfMemoryError", "WorkerCrashedError"]
        return isinstance(error, tuple(getattr(self._ray.exceptions, name) for name in names))

    def _translate(self, error: BaseException) -> BaseException:
        """Error for the caller, of an error of ray's."""
        if not self._is_death(error):
            return error
        died = WorkerDiedError(
            f"The worker process ended while it ran this fold ({' '.join(str(error).split())})."
        )
        died.__cause__ = error
        return died

    def kill(self, runs: Sequence[_Run]) -> None:
        """End the workers of runs; ray starts others."""
        for run in runs:
            self._ray.cancel(run.stages, force=True)

    def why_gone(self) -> str | None:
        """Whether ray runs, and the cluster has had CPUs in the last while."""
        if not self._ray.is_initialized():
            return "The ray cluster was shut down during the search."
        # It lets calls wait for ever, whether or not there is an autoscaler.
        if self._ray.cluster_resources().get("CPU"):
            self._absence.end()
        elif self._absence.is_too_long():
            seconds = self._absence.patience_seconds
            return f"The ray cluster has had no CPUs for {seconds:g} seconds; add nodes."
        return None

    def close(self) -> None:
        """Let go of the values: ray frees what nobody refers to."""
        self._refs.clear()


def _ray() -> Any:
    """Import ray, which is an extra, when it is needed."""
    return import_module("ray")


@cache
def _remote_stages() -> Any:
    """Make the remote function once: ray keeps each definition for its whole session."""
    return _ray().remote(num_returns="streaming")(_stages)


def _stages(
    data: bytes, nested: bytes, refs: list[tuple[str, Any]]
) -> Generator[bytes | None, None, None]:
    """Run a parcel in a worker."""
    by_key = dict(refs)
    load = partial(calls.kept, fetch=lambda key: _ray().get(by_key[key]))
    yield from calls.stages(data, nested, load)


def _raise(error: BaseException) -> bytes:
    """Answer of a run that went wrong."""
    raise error


def count_workers(requested: int) -> int:
    """How many calls run at the same time: as asked for; negative counts from all CPUs."""
    ray = _ray()
    # joblib's backend starts ray too when it is asked for all CPUs.
    if not ray.is_initialized():
        ray.init()
    n_cpus = int(ray.cluster_resources().get("CPU", 1))
    return requested if requested > 0 else max(1, n_cpus + 1 + requested)


def open_on(backend: Any, n_workers: int, max_pending: int) -> Engine:
    """Open the engine that joblib's `backend` asks for."""
    return ClusterEngine(RayCluster(backend), n_workers, max_pending)
