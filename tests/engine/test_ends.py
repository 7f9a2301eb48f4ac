"""Calls that are ended, and workers that die; each test runs on every engine."""

import concurrent.futures
import sys
import time

import engine_tasks as tasks
import numpy as np
import pytest
from engine_processes import is_alive

from skhpo.exceptions import WorkerDiedError
from tests.processes import AT_ONCE_SECONDS, wait_until

# --- kill ---------------------------------------------------------------------


def test_kill_ends_one_call_and_nothing_else(engine, kind):
    if not engine.can_kill:
        pytest.skip("running calls cannot be ended")
    # Workers that run already, so that what is waited for below is the call itself.
    for future in [engine.submit(tasks.sleep_then, 0.1, None) for _ in range(2)]:
        future.result()
    doomed = engine.submit(tasks.sleep_then, 60, None)
    others = [engine.submit(tasks.sleep_then, 0.05, i) for i in range(6)]
    assert wait_until(doomed.running)
    engine.kill(doomed)
    with pytest.raises(concurrent.futures.CancelledError, match="worker that ran the call"):
        doomed.result(timeout=AT_ONCE_SECONDS)
    assert [future.result(timeout=60) for future in others] == list(range(6))
    # Its place is free again, and has a worker.
    busy = engine.submit(tasks.sleep_then, 5, None)
    assert engine.submit(tasks.double, 1).result(timeout=60) == 2
    engine.kill(busy)


def test_kill_cancels_a_call_that_waits(engine, kind, tmp_path):
    if kind == "inline":
        pytest.skip("nothing is ever pending")
    running = [engine.submit(tasks.wait_for, tmp_path / "go", i) for i in range(2)]
    waiting = [engine.submit(tasks.double, i) for i in range(3)]
    engine.kill(waiting[1])
    assert waiting[1].cancelled()
    (tmp_path / "go").touch()
    assert [waiting[0].result(), waiting[2].result()] == [0, 4]
    assert [future.result() for future in running] == [0, 1]


def test_kill_leaves_a_call_that_has_ended(engine):
    future = engine.submit(tasks.double, 2)
    concurrent.futures.wait([future])
    engine.kill(future)
    assert future.result() == 4
    assert engine.submit(tasks.double, 3).result() == 6


def test_kill_says_where_it_cannot(engine, kind, tmp_path):
    if kind == "inline" or engine.can_kill:
        pytest.skip("no call runs that cannot be ended")
    future = engine.submit(tasks.wait_for, tmp_path / "go", 1)
    assert wait_until(future.running)
    with pytest.raises(RuntimeError, match=r"cannot be ended by the engine .* run it in worker"):
        engine.kill(future)
    (tmp_path / "go").touch()
    assert future.result() == 1


def test_a_future_runs_only_once_its_call_has_begun(engine, kind, tmp_path):
    if not engine.can_kill:
        pytest.skip("only asked for by those who end calls")

    class SlowToArrive:
        def __reduce__(self):
            return tasks.sleep_then, (0.5, "here")

    future = engine.submit(tasks.wait_for, tmp_path / "go", SlowToArrive())
    start = time.perf_counter()
    assert wait_until(lambda: future.running() or future.done())
    assert future.running()
    assert time.perf_counter() - start > 0.4
    (tmp_path / "go").touch()
    assert future.result() == "here"
    assert not future.running()


def test_close_by_force_ends_what_runs_at_once(engine):
    if not engine.can_kill:
        pytest.skip("running calls cannot be ended")
    pids = {engine.submit(tasks.pid).result()}
    running = [engine.submit(tasks.sleep_then, 60, None) for _ in range(2)]
    waiting = engine.submit(tasks.double, 1)
    assert wait_until(lambda: all(future.running() for future in running))
    start = time.perf_counter()
    engine.close(kill=True)
    assert time.perf_counter() - start < AT_ONCE_SECONDS
    for future in running:
        with pytest.raises(concurrent.futures.CancelledError, match="worker that ran the call"):
            future.result(timeout=0)
    assert waiting.cancelled()
    if sys.platform == "linux":
        assert wait_until(lambda: not any(map(is_alive, pids)))


# --- death --------------------------------------------------------------------


def test_death_of_a_worker_costs_its_own_call(engine, kind):
    if not engine.can_kill:
        pytest.skip("its workers are threads, or the backend's own")
    token = engine.share(np.arange(10))
    futures = [engine.submit(tasks.sum_after, 0.1, token) for _ in range(3)]
    # Late enough for dask to hear that this call has begun, and not those behind it.
    doomed = engine.submit(tasks.kill_self_after, 0.1)
    futures += [engine.submit(tasks.sum_after, 0.05, token) for _ in range(5)]
    with pytest.raises(WorkerDiedError, match="ended"):
        doomed.result(timeout=60)
    # Both workers of dask may have died by now, and the shared value with them.
    futures += [engine.submit(tasks.sum_of, token) for _ in range(2)]
    assert {future.result(timeout=60) for future in futures} == {45.0}
