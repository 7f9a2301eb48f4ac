"""Engines for the tests, workers that start fast, and a limit on time."""

import faulthandler
import os
import sys

import joblib
import pytest
import toy_backends  # noqa: F401, it registers them

import skhpo
from skhpo._engine import open_engine, slots

# Far above the slowest test; a hang would otherwise last as long as CI lets it.
LIMIT_SECONDS = 120

BACKENDS = {
    "inline": "sequential",
    "threads": "threading",
    "processes": "loky",
    "adapter": "toy",
    "adapter-old": "toy-old",
    "dask": "dask",
    "ray": "ray",
}


@pytest.fixture(scope="module", autouse=True)
def light_package(tmp_path_factory):
    """Let workers find the package without what its ``__init__`` imports.

    These tests start some forty of them; scikit-learn's import takes most of a start.
    """
    folder = tmp_path_factory.mktemp("light")
    (folder / "skhpo").mkdir()
    (folder / "skhpo" / "__init__.py").write_text(f"__path__ = {list(skhpo.__path__)!r}\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        patch.setenv("PYTHONPATH", os.pathsep.join([str(folder), os.path.dirname(__file__)]))
        end_idle_workers()
        yield
        end_idle_workers()


def end_idle_workers():
    """End the workers that are kept for the next engine, so that they save their coverage."""
    for slot in slots._idle:
        slot._executor.shutdown(wait=True)
    slots._idle.clear()


@pytest.fixture(scope="module")
def terminal(request):
    """What is standard error outside of pytest's capturing."""
    with request.config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
        copy = os.dup(sys.__stderr__.fileno())
    yield copy
    os.close(copy)


@pytest.fixture(autouse=True)
def time_limit(terminal):
    """End the test run when one test hangs, with a traceback of all threads."""
    faulthandler.dump_traceback_later(LIMIT_SECONDS, exit=True, file=terminal)
    yield
    faulthandler.cancel_dump_traceback_later()


@pytest.fixture(params=BACKENDS)
def kind(request):
    """Each kind of engine."""
    return request.param


@pytest.fixture
def backend(kind, request):
    """Name of each kind's backend for ``joblib.parallel_config``, its cluster running."""
    if kind in ("dask", "ray"):
        cluster = request.getfixturevalue(f"{kind}_cluster")
        if kind == "dask":
            # The test before may have ended one.
            cluster.wait_for_workers(2, timeout=60)
    return BACKENDS[kind]


@pytest.fixture
def engine(backend):
    """An open engine of each kind, of two workers where it has several."""
    with joblib.parallel_config(backend, n_jobs=2), open_engine() as engine:
        yield engine


@pytest.fixture(scope="module")
def dask_cluster(light_package):
    """A dask cluster of two worker processes, on this machine."""
    dask, distributed = pytest.importorskip("dask"), pytest.importorskip("distributed")
    # Deaths are announced, and many are meant here; a fold is tried on two workers.
    config = {"distributed.scheduler.allowed-failures": 1, "logging.distributed": "critical"}
    # A worker that died is started again, on a loaded machine in more than the 15 s after
    # which the cluster would take it for lost, and be of one worker from then on.
    config["distributed.deploy.lost-worker-timeout"] = f"{LIMIT_SECONDS}s"
    with (
        dask.config.set(config),
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=":0", silence_logs=60
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def ray_cluster(light_package):
    """A ray cluster of two CPUs, on this machine."""
    # Before the import: what it reads at once. No reports, no token in the home folder.
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        patch.setenv("RAY_AUTH_MODE", "disabled")
        ray = pytest.importorskip("ray")
        from ray.util.joblib import register_ray

        register_ray()
        ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level="error")
        yield ray
        ray.shutdown()


@pytest.fixture
def processes():
    """An open engine of two worker processes."""
    with open_engine(2) as engine:
        yield engine
