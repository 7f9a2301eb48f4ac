"""Workers that die and workers that are killed: real processes, real signals."""

import concurrent.futures
import os
import signal
import threading
import time

import engine_tasks as tasks
import pytest
from engine_processes import (
    LARGE,
    is_alive,
    needs_linux,
    needs_posix,
    worker_pids,
)

from skhpo._engine import loky, open_engine, slots
from skhpo.exceptions import WorkerDiedError
from tests.processes import AT_ONCE_SECONDS, wait_until

# --- death --------------------------------------------------------------------


@needs_posix
def test_death_of_a_worker_costs_its_own_call_only(processes):
    first = worker_pids(processes)
    futures = [processes.submit(tasks.sleep_then, 0.1, i) for i in range(3)]
    doomed = processes.submit(tasks.kill_self)
    futures += [processes.submit(tasks.sleep_then, 0.05, i) for i in range(3, 8)]
    with pytest.raises(WorkerDiedError, match=r"ended by signal SIGKILL \(-9\).*memory"):
        doomed.result(timeout=30)
    assert [future.result(timeout=30) for future in futures] == list(range(8))
    second = worker_pids(processes)
    assert len(second) == 2
    assert len(first & second) == 1


@needs_posix
def test_death_says_what_is_known(processes):
    futures = [processes.submit(tasks.exit_process, 7)]
    futures += [processes.submit(tasks.kill_self, signal.SIGTERM)]
    with pytest.raises(WorkerDiedError, match="ended with exit code 7"):
        futures[0].result(timeout=30)
    with pytest.raises(WorkerDiedError, match=r"SIGTERM \(-15\)"):
        futures[1].result(timeout=30)
    assert slots.describe_death(RuntimeError("?")) == "The worker process ended unexpectedly."
    # Both workers are dead, and the engine works.
    assert processes.submit(tasks.double, 4).result(timeout=30) == 8


@needs_linux
def test_worker_that_died_while_idle_costs_nothing(processes):
    pid = processes.submit(tasks.pid).result()
    os.kill(pid, signal.SIGKILL)
    assert wait_until(lambda: not is_alive(pid))
    # loky's thread notices the death a moment after it can be seen here.
    time.sleep(0.3)
    assert processes.submit(tasks.pid).result(timeout=30) != pid


# --- kill ---------------------------------------------------------------------


@needs_linux
def test_kill_ends_running_calls_at_once_and_leaves_no_process():
    with open_engine(2) as engine:
        pids = worker_pids(engine)
        child = engine.submit(tasks.start_sleeper).result()
        running = [engine.submit(tasks.sleep_then, 60, None) for _ in range(2)]
        waiting = engine.submit(tasks.double, 1)
        time.sleep(0.1)
        start = time.perf_counter()
        engine.close(kill=True)
        assert time.perf_counter() - start < AT_ONCE_SECONDS
        assert not any(map(is_alive, pids))
        # What a worker started is killed too; its new parent takes a moment to notice.
        assert wait_until(lambda: not is_alive(child))
        assert waiting.cancelled()
        for future in running:
            with pytest.raises(concurrent.futures.CancelledError):  # noqa: PT011
                future.result(timeout=0)
    with open_engine(2) as engine:
        assert engine.submit(tasks.pid).result() not in pids


@needs_linux
def test_kills_leak_neither_threads_nor_files():
    def spent():
        return threading.active_count(), len(os.listdir("/proc/self/fd"))

    def search_and_kill():
        with open_engine(2) as engine:
            engine.submit(tasks.double, 1).result()
            engine.share(LARGE)
            engine.close(kill=True)

    search_and_kill()
    first = spent()
    search_and_kill()
    search_and_kill()
    assert wait_until(lambda: all(a <= b for a, b in zip(spent(), first, strict=True)))


def test_kill_just_after_a_call_was_sent(processes):
    # loky's thread would raise, which pytest reports.
    for _ in range(4):
        slot = slots.Slot(processes._options)
        slot.submit(tasks.double, 1).result()
        future = slot.submit(tasks.sleep_then, 60, None)
        slot.kill()
        assert isinstance(future.exception(timeout=0), RuntimeError)


def test_kill_reaches_a_call_whose_worker_is_being_leased(processes, monkeypatch):
    leasing, killed = threading.Event(), threading.Event()

    def slow_lease(options):
        leasing.set()
        assert killed.wait(10)
        return slots.Slot(options)

    monkeypatch.setattr(loky.slots, "lease", slow_lease)
    futures = []
    thread = threading.Thread(target=lambda: futures.append(processes.submit(tasks.pid)))
    thread.start()
    assert leasing.wait(10)
    monkeypatch.setattr(loky.slots, "kill_all", lambda slots: killed.set())
    processes.close(kill=True)
    thread.join()
    assert isinstance(futures[0].exception(timeout=0), concurrent.futures.CancelledError)


@pytest.mark.parametrize("error", [OSError(24, "Too many open files"), KeyboardInterrupt()])
def test_worker_that_cannot_be_started_is_an_error_of_its_call(processes, monkeypatch, error):
    def fail(options):
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(loky.slots, "lease", fail)
        if isinstance(error, Exception):
            assert processes.submit(tasks.double, 1).exception(timeout=0) is error
        else:
            # It concerns the thread that submits.
            with pytest.raises(KeyboardInterrupt):  # noqa: PT011, it has no message
                processes.submit(tasks.double, 1)
    assert processes.submit(tasks.double, 1).result() == 2


def test_an_interrupt_while_closing_kills(monkeypatch):
    # The second Ctrl-C, while `close` waits for a call that is stuck.
    with open_engine(2) as engine:
        future = engine.submit(tasks.sleep_then, 60, None)
        monkeypatch.setattr(
            loky.LokyEngine,
            "_wait_until_idle",
            lambda self, timeout=None: tasks.interrupt() if timeout is None else None,
        )
        with pytest.raises(KeyboardInterrupt):  # noqa: PT011, it has no message
            engine.close()
        with pytest.raises(concurrent.futures.CancelledError):  # noqa: PT011
            future.result(timeout=AT_ONCE_SECONDS)
