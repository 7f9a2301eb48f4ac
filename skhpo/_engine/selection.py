"""Which engine: read from ``n_jobs`` and from what the user configured through joblib.

From joblib: ``joblib.parallel.get_active_backend``, which gives the backend of the
surrounding ``parallel_config`` and its ``n_jobs``; the backend's ``default_n_jobs`` and
``effective_n_jobs``, which know when a nested call must not start workers (inside a
worker, a thread of joblib's, a daemonic process).
"""

from __future__ import annotations

from importlib import import_module
from numbers import Integral
from typing import Any

from joblib import parallel_config
from joblib.parallel import get_active_backend

from skhpo._engine.interface import Engine
from skhpo._engine.pending import pending_bound
from skhpo.exceptions import InvalidParameterError

# Class name of joblib's backend -> module of the engine, imported when it is opened.
# By exact name: ray's backend derives from MultiprocessingBackend and is not one. Any
# other name is the adapter's.
ENGINES = {
    "DaskDistributedBackend": "dask",
    "LokyBackend": "loky",
    "MultiprocessingBackend": "loky",
    "RayBackend": "ray",
    "SequentialBackend": "inline",
    "ThreadingBackend": "threads",
}

_CLUSTERS = {"dask", "ray"}

# Limits that a cluster keeps itself, by kind of engine.
_OWN_MEMORY_LIMITS = {
    "dask": (
        " Or leave it out and start dask's workers with threads_per_worker=1 and "
        "memory_limit='4GB' (`dask worker --nthreads 1 --memory-limit 4GB`): a nanny ends a "
        "worker at distributed.worker.memory.terminate of that, 0.95 by default."
    ),
    "ray": (
        " Or leave it out: ray ends workers of a machine whose memory is used up to "
        "RAY_memory_usage_threshold, set where ray is started."
    ),
}


def open_engine(
    n_jobs: int | None = None, pre_dispatch: int | str = "2*n_jobs", *, needed_by: str | None = None
) -> Engine:
    """Open the engine that `n_jobs` and joblib's configuration ask for.

    Parameters
    ----------
    n_jobs : int or None, default=None
        Workers; negative numbers count from the number of cores (-1 is all). None is
        what ``joblib.parallel_config`` says, 1 outside of one.
    pre_dispatch : int or str, default="2*n_jobs"
        Bound on the calls submitted and unfinished, see `pending_bound`.
    needed_by : {"fit_timeout", "fit_memory"} or None, default=None
        Keyword that needs calls to be such that they can be ended, and their memory watched:
        then one worker is a process too.

    Returns
    -------
    engine : Engine
        A context manager: inline for one worker, else what the backend says.

    Raises
    ------
    InvalidParameterError
        If `n_jobs` or `pre_dispatch` has no meaning, or the backend's calls
        cannot be what `needed_by` needs.
    """
    backend, configured = get_active_backend()
    name = ENGINES.get(type(backend).__name__, "adapter")
    requested = _requested_workers(n_jobs, configured, _default_workers(name, backend))
    n_workers = 1 if requested == 1 else _available_workers(name, backend, requested)
    bound = pending_bound(pre_dispatch, n_workers)
    # One worker of a cluster is elsewhere; one of this machine's is this process.
    if requested == 1 or (n_workers == 1 and name not in _CLUSTERS):
        name = "inline"
    if name == "inline" and needed_by is not None:
        name, backend = "loky", _loky_backend(backend)
    engine: Engine = import_module(f"{__package__}.{name}").open_on(backend, n_workers, bound)
    if needed_by is not None:
        _check_suits(engine, needed_by, type(backend).__name__)
    return engine


def _check_suits(engine: Engine, needed_by: str, backend: str) -> None:
    """Raise if calls of an engine cannot be ended, or their memory be watched; close it first."""
    watches_memory = needed_by == "fit_memory"
    if engine.kind == "processes" if watches_memory else engine.can_kill:
        return
    engine.close()
    cannot = "a fold's memory cannot be watched"
    if not watches_memory:
        cannot = "a running fold cannot be ended"
    own = _OWN_MEMORY_LIMITS.get(engine.kind, "") if watches_memory else ""
    raise InvalidParameterError(
        f"`{needed_by}` must be None where {cannot}, as with {backend}, got a number; use "
        f"joblib.parallel_config('loky') around the search, or n_jobs=1.{own}"
    )


def _loky_backend(backend: Any) -> Any:
    """Backend for one worker process: the user's own, if it is one of processes here."""
    if ENGINES.get(type(backend).__name__) == "loky":
        return backend
    with parallel_config("loky"):
        return get_active_backend()[0]


def _default_workers(name: str, backend: Any) -> int:
    """Workers when nobody says how many; ray's backend inherits a 1 that is not its own."""
    return -1 if name == "ray" else int(backend.default_n_jobs)


def _requested_workers(n_jobs: object, configured: Any, default: int) -> int:
    """Find out what was asked for: the argument, else joblib's configuration, else the default."""
    if n_jobs is None:
        n_jobs = default if configured is None else configured
        # joblib takes a float in its configuration, and rounds it down.
        n_jobs = int(n_jobs) if isinstance(n_jobs, float) else n_jobs
    if not isinstance(n_jobs, Integral):
        raise InvalidParameterError(
            "n_jobs could not be converted to int. `n_jobs` must be an integer or None, "
            f"got {n_jobs!r}; use 1 for no parallelism or -1 for every core."
        )
    if n_jobs == 0:
        raise InvalidParameterError(
            "n_jobs == 0 in Parallel has no meaning. `n_jobs` must be None or an integer other "
            "than 0, got 0; use 1 for no parallelism or -1 for every core."
        )
    return int(n_jobs)


def _available_workers(name: str, backend: Any, requested: int) -> int:
    """Ask joblib's `backend`, or a cluster's engine that knows better, how many there are."""
    if name == "ray":
        from skhpo._engine.ray import count_workers

        return count_workers(requested)
    return int(backend.effective_n_jobs(requested))
