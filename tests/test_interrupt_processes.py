"""Ctrl-C and SIGKILL as they really come: a signal to a script, its workers and all."""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import time

import pytest

from tests.processes import (
    AT_ONCE_SECONDS,
    end_group,
    members,
    needs_linux,
    shared_files,
    start,
    wait_until,
)

pytestmark = [needs_linux, pytest.mark.slow]

# A search whose third candidate takes as long as it is told; a file says that it has begun.
SCRIPT = """
    import json, os, sys, time
    from contextlib import ExitStack
    from pathlib import Path
    import joblib
    import numpy as np
    from sklearn.base import BaseEstimator, ClassifierMixin
    from skhpo import GridSearch

    class Slow(ClassifierMixin, BaseEstimator):
        def __init__(self, number=0, seconds=0.0, swallows=False, folder=""):
            self.number = number
            self.seconds = seconds
            self.swallows = swallows
            self.folder = folder

        def fit(self, X, y):
            self.classes_ = np.unique(y)
            if self.number == 2:
                (Path(self.folder) / f"began-{os.getpid()}-{time.time_ns()}").touch()
                try:
                    time.sleep(self.seconds)
                except KeyboardInterrupt:
                    if not self.swallows:
                        raise
            return self

        def predict(self, X):
            return np.zeros(len(X), dtype=int)

    def open_backend(stack, backend):
        if backend == "dask":
            import dask, distributed
            stack.enter_context(dask.config.set({"logging.distributed": "critical"}))
            cluster = stack.enter_context(distributed.LocalCluster(
                n_workers=2, threads_per_worker=1, dashboard_address=":0", silence_logs=60))
            stack.enter_context(distributed.Client(cluster))
        if backend == "ray":
            import ray
            from ray.util.joblib import register_ray
            register_ray()
            ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False,
                     logging_level="error")
            stack.callback(ray.shutdown)
        n_jobs = 1 if backend == "sequential" else 2
        stack.enter_context(joblib.parallel_config(backend, n_jobs=n_jobs))

    X = np.random.default_rng(0).normal(size=(4000, 50))
    y = np.tile([0, 1], 2000)
    options = json.loads(OPTIONS)
    estimator = Slow(seconds=options["seconds"], swallows=options["swallows"],
                     folder=options["folder"])
    search = GridSearch(estimator, {"number": [0, 1, 2, 3]}, cv=2, **options["keywords"])
    with ExitStack() as stack:
        open_backend(stack, options["backend"])
        # Workers and their imports first.
        GridSearch(estimator, {"number": [0, 1]}, cv=2).fit(X, y)
        ended = "returned"
        try:
            search.fit(X, y)
        except KeyboardInterrupt:
            ended = "interrupted"
        print(json.dumps({
            "ended": ended,
            "seconds": time.time(),
            "trials": [trial.status for trial in getattr(search, "trials_", ())],
            "reason": getattr(search, "stop_reason_", None),
            "has_winner": hasattr(search, "best_estimator_"),
        }), flush=True)
"""

KILLS = ["loky", "dask", "ray"]
BACKENDS = ["sequential", "threading", *KILLS]


def needs(backend):
    """Skip where a backend's library is not installed."""
    library = {"dask": "distributed", "ray": "ray"}.get(backend)
    if library is not None and importlib.util.find_spec(library) is None:
        pytest.skip(f"{library} is not installed")


class Script:
    """A search in a process of its own."""

    def __init__(self, tmp_path, backend, seconds, *, swallows=False, **keywords):
        needs(backend)
        self.marks, self.temporary = tmp_path / "marks", tmp_path / "temporary"
        self.marks.mkdir()
        self.temporary.mkdir()
        options = {
            "backend": backend,
            "seconds": seconds,
            "swallows": swallows,
            "folder": str(self.marks),
            "keywords": keywords,
        }
        code = SCRIPT.replace("OPTIONS", repr(json.dumps(options)))
        self.process = start(code, self.temporary)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        end_group(self.process)

    def wait_for_fits(self, n):
        """Wait until so many of the long fits have begun."""
        began = wait_until(
            lambda: len(list(self.marks.iterdir())) >= n or self.process.poll() is not None, 90
        )
        assert began and self.process.poll() is None, self.process.communicate()  # noqa: PT018

    def interrupt(self):
        """Press Ctrl-C: a terminal sends it to the whole group."""
        self.pressed = time.time()
        os.killpg(self.process.pid, signal.SIGINT)

    def result(self, seconds=60):
        """What the script says at its end."""
        out, err = self.process.communicate(timeout=seconds)
        assert out, err
        return json.loads(out.splitlines()[-1])

    def is_gone(self):
        """Whether all of its processes end, and its shared files with them."""
        group = self.process.pid
        return wait_until(lambda: not members(group) and not self.files())

    def files(self):
        """Temporary files of skhpo and joblib."""
        return shared_files(self.temporary)


@pytest.mark.parametrize("backend", BACKENDS)
def test_an_interrupt_keeps_what_had_finished_and_leaves_nothing(backend, tmp_path):
    # A thread's fit runs to its end; a process is killed.
    seconds = 1.0 if backend == "threading" else 60.0
    with Script(tmp_path, backend, seconds) as script:
        script.wait_for_fits(1 if backend == "sequential" else 2)
        script.interrupt()
        result = script.result()
        assert result["ended"] == "interrupted"
        assert result["trials"][:3] == ["complete", "complete", "stopped"]
        assert result["reason"] == "interrupted"
        assert not result["has_winner"]
        assert result["seconds"] - script.pressed < AT_ONCE_SECONDS
        assert script.is_gone(), (members(script.process.pid), script.files())


@pytest.mark.parametrize("backend", BACKENDS)
def test_refit_ends_the_search_on_every_backend(backend, tmp_path):
    seconds = 1.0 if backend == "threading" else 60.0
    with Script(tmp_path, backend, seconds, on_interrupt="refit") as script:
        script.wait_for_fits(1 if backend == "sequential" else 2)
        script.interrupt()
        result = script.result()
        assert (result["ended"], result["reason"]) == ("returned", "interrupted")
        assert result["has_winner"]
        assert script.is_gone(), (members(script.process.pid), script.files())


@pytest.mark.parametrize("backend", ["sequential", "threading"])
def test_a_fit_that_swallows_the_interrupt_is_discarded(backend, tmp_path):
    seconds = 1.0 if backend == "threading" else 60.0
    with Script(tmp_path, backend, seconds, swallows=True) as script:
        script.wait_for_fits(1)
        script.interrupt()
        result = script.result()
        assert result["ended"] == "interrupted"
        assert result["trials"][2] == "stopped"


def test_a_second_interrupt_is_not_kept_waiting_by_threads(tmp_path):
    with Script(tmp_path, "threading", 60.0) as script:
        script.wait_for_fits(2)
        script.interrupt()
        time.sleep(1.0)
        assert script.process.poll() is None
        script.interrupt()
        assert script.result(seconds=AT_ONCE_SECONDS)["ended"] == "interrupted"
        assert script.is_gone()


@pytest.mark.parametrize("keywords", [{}, {"fit_timeout": 100}])
@pytest.mark.parametrize("backend", ["threading", "loky"])
def test_workers_end_by_themselves_when_the_search_is_killed(backend, keywords, tmp_path):
    if backend == "threading" and keywords:
        pytest.skip("threads cannot be timed out")
    with Script(tmp_path, backend, 60.0, **keywords) as script:
        script.wait_for_fits(2)
        # Two workers, and what looks after their files.
        assert len(members(script.process.pid)) >= (1 if backend == "threading" else 4)
        script.process.kill()
        script.process.wait()
        assert script.is_gone(), (members(script.process.pid), script.files())
