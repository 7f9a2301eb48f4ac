"""Worker processes that serve one engine after another."""

import concurrent.futures
import os
import sys
import time

import engine_tasks as tasks
import joblib
from engine_processes import (
    is_alive,
    needs_linux,
    worker_pids,
)

from skhpo._engine import open_engine, slots
from tests.processes import wait_until


def test_workers_serve_one_engine_after_another():
    with open_engine(2) as engine:
        first = worker_pids(engine)
    with open_engine(2) as engine:
        assert worker_pids(engine) == first


def test_engines_used_at_the_same_time_have_workers_of_their_own():
    with open_engine(2) as one, open_engine(2) as other:
        futures = [e.submit(tasks.pid_after, 0.3) for e in (one, other) for _ in range(2)]
        assert len({future.result() for future in futures}) == 4


def test_engines_in_two_threads():
    def search(n):
        with open_engine(2) as engine:
            return [future.result() for future in [engine.submit(tasks.double, i) for i in n]]

    with concurrent.futures.ThreadPoolExecutor(2) as threads:
        found = list(threads.map(search, [range(20), range(20, 40)]))
    assert found == [[2 * i for i in range(20)], [2 * i for i in range(20, 40)]]


@needs_linux
def test_workers_for_another_number_of_jobs_replace_idle_ones(monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setattr(joblib, "cpu_count", lambda: 8)
    with open_engine(2) as engine:
        first = worker_pids(engine)
        assert engine.submit(tasks.environment, "OMP_NUM_THREADS").result() == "4"
    with open_engine(3) as engine:
        assert engine.submit(tasks.environment, "OMP_NUM_THREADS").result() == "2"
        assert wait_until(lambda: not any(map(is_alive, first)))


def test_thread_limits_of_the_user_stand(monkeypatch):
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "5")
    limits = dict(slots.WorkerOptions.for_backend(joblib.parallel.LokyBackend(), 2).env)
    assert limits["OPENBLAS_NUM_THREADS"] == "5"
    with joblib.parallel_config("loky", inner_max_num_threads=3):
        backend, _ = joblib.parallel.get_active_backend()
    limits = dict(slots.WorkerOptions.for_backend(backend, 2).env)
    assert {limits[name] for name in backend.MAX_NUM_THREADS_VARS} == {"3"}


def test_backend_options_of_the_user_reach_the_workers():
    def initializer(value):
        os.environ["OF_THE_USER"] = value

    with (
        joblib.parallel_config("loky", n_jobs=2, initializer=initializer, initargs=("x",)),
        open_engine() as engine,
    ):
        assert engine.submit(tasks.environment, "OF_THE_USER").result() == "x"


@needs_linux
def test_workers_end_when_no_engine_has_used_them_for_their_idle_time():
    def search(seconds):
        config = joblib.parallel_config("loky", n_jobs=2, idle_worker_timeout=1.0)
        with config, open_engine() as engine:
            return engine.submit(tasks.pid_after, seconds).result()

    pid = search(0.0)
    # Used again in time, and for longer than its idle time.
    assert search(1.1) == pid
    time.sleep(0.1)
    assert is_alive(pid)
    assert wait_until(lambda: not is_alive(pid))
    assert search(0.0) != pid


def test_nested_engine_of_processes_when_the_user_asks_for_it(processes):
    kind, pids = processes.submit(tasks.nested_loky_pids, 2).result(timeout=60)
    assert kind == "processes"
    assert len({*pids, os.getpid()}) == 3
    if sys.platform == "linux":
        # A worker that ends, ends its own: it keeps none for later.
        assert not any(map(is_alive, pids))
