"""Calls and outcomes that travel, and errors for those that cannot."""

import os
import pickle
import re
import signal
import threading
import time

import engine_tasks as tasks
import pytest
from engine_processes import (
    LARGE,
    needs_posix,
    worker_pids,
)

from skhpo._engine import transport
from skhpo.exceptions import WorkerDiedError


def test_call_that_cannot_be_pickled_names_the_part(processes):
    class Estimator:
        def __init__(self):
            self.steps = [1, {"lock": threading.Lock()}]

    future = processes.submit(tasks.double, Estimator())
    expected = (
        r"^Could not pickle the task to send it to the workers\. `args\[0\]\.steps\[1\]\['lock'\]`"
        r", of type 'lock', cannot be pickled \(TypeError.*n_jobs=1"
    )
    with pytest.raises(pickle.PicklingError, match=expected):
        future.result(timeout=0)


def test_closure_that_cannot_be_pickled_names_the_variable(processes):
    lock = threading.Lock()

    def locked(x):
        with lock:
            return x

    with pytest.raises(pickle.PicklingError, match=r"`fn: lock`, of type 'lock'"):
        processes.submit(locked, 1).result(timeout=0)
    assert processes.submit(tasks.double, 1).result() == 2


def test_shared_value_that_cannot_be_pickled_names_the_part(processes):
    with pytest.raises(pickle.PicklingError, match=r"the shared value.*`value\[1\]`, of type 'loc"):
        processes.share([LARGE, threading.Lock()])


def test_call_that_cannot_be_unpickled_is_an_error_of_the_call(processes):
    with pytest.raises(ValueError, match="not a number"):
        processes.submit(tasks.double, tasks.Loadless()).result()
    assert processes.submit(tasks.double, 1).result() == 2


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (threading.Lock, r"type 'lock', could not be pickled to send it.*n_jobs=1"),
        (tasks.Loadless, r"could not be unpickled after it came from the worker.*not a number"),
        (tasks.raise_two_arguments, r"(?s)cannot be pickled.*raise_two_arguments.*first second"),
        (tasks.raise_with_lock, r"(?s)cannot be pickled.*raise_with_lock.*with a lock"),
    ],
)
def test_outcome_that_does_not_travel_is_a_clear_error(processes, call, expected):
    pid = worker_pids(processes)
    with pytest.raises(RuntimeError, match=expected):
        processes.submit(call).result()
    assert worker_pids(processes) == pid


def test_large_calls_and_results_travel_by_file(processes):
    data = os.urandom(3 * transport.PIPE_BYTES)
    assert processes.submit(tasks.double, data).result() == 2 * data
    assert list(processes._store.folder.iterdir()) == []


@needs_posix
def test_death_in_the_middle_of_a_large_result_does_not_hang(processes):
    # Sent through a pipe, half a message would leave its reader waiting for ever.
    class Slow:
        def __init__(self, data=b""):
            self.data = data

        def __reduce__(self):
            threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGKILL)).start()
            time.sleep(0.2)
            return Slow, (self.data,)

    with pytest.raises(WorkerDiedError, match="SIGKILL"):
        processes.submit(lambda: Slow(b"x" * 10**7)).result(timeout=30)


def test_remote_traceback_is_the_cause(processes):
    error = processes.submit(tasks.fail, "x").exception()
    assert re.search(r'"""\nTraceback[\s\S]*raise_deep_inside', str(error.__cause__))
