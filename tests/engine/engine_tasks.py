"""Calls that the tests send to workers; a module of its own, so that workers import little."""

import os
import signal
import subprocess
import sys
import threading
import time

import joblib
import numpy as np

from skhpo._engine import mapped, open_engine


def double(x):
    return 2 * x


def sleep_then(seconds, value):
    time.sleep(seconds)
    return value


def wait_for(path, value=None):
    """Wait until a file is there, half a minute at most."""
    deadline = time.monotonic() + 30
    while not path.exists():
        assert time.monotonic() < deadline, f"{path.name} has not come"
        time.sleep(0.01)
    return value


def meet(folder, mine, other):
    """Wait for another call that runs at the same time: each leaves a file."""
    (folder / mine).touch()
    wait_for(folder / other)


def raise_deep_inside(message):
    raise ValueError(message)


def fail(message):
    raise_deep_inside(message)


def exit_python():
    sys.exit(3)


def interrupt():
    raise KeyboardInterrupt


def pid(*_):
    return os.getpid()


def pid_after(seconds):
    time.sleep(seconds)
    return os.getpid()


def kill_self(sig=None):
    os.kill(os.getpid(), signal.SIGKILL if sig is None else sig)
    time.sleep(60)


def kill_self_after(seconds):
    time.sleep(seconds)
    kill_self()


def exit_process(code):
    os._exit(code)


def sum_of(token):
    return float(np.sum(token.get()))


def sum_after(seconds, token):
    time.sleep(seconds)
    return sum_of(token)


def identity_of(token):
    return os.getpid(), id(token.get())


def start_sleeper():
    return subprocess.Popen([sys.executable, "-c", "import time; time.sleep(120)"]).pid


def environment(name):
    return os.environ.get(name)


def ignores_interrupts():
    return signal.getsignal(signal.SIGINT) is signal.SIG_IGN


def blocked_signals():
    return signal.pthread_sigmask(signal.SIG_BLOCK, [])


def nested_sum(n_jobs):
    return sum(joblib.Parallel(n_jobs=n_jobs)(joblib.delayed(double)(i) for i in range(4)))


def nested_backend():
    backend, n_jobs = joblib.parallel.get_active_backend()
    return type(backend).__name__, n_jobs


def nested_engine(n_jobs):
    with open_engine(n_jobs) as engine:
        return engine.kind, [engine.submit(double, i).result() for i in range(3)]


def nested_loky_pids(n_jobs):
    with joblib.parallel_config("loky", n_jobs=n_jobs), open_engine() as engine:
        futures = [engine.submit(pid_after, 0.1) for _ in range(n_jobs)]
        return engine.kind, [future.result() for future in futures]


def leave_configuration_behind():
    # Called as a function, it stays in force until someone ends it.
    joblib.parallel_config("multiprocessing", n_jobs=7)


def n_loaded_values():
    from skhpo._engine import shared

    return len(shared._loaded)


def describe_arrays(token):
    """Of each array of a value: whether it is mapped, writable, and its total."""
    return [
        (mapped.backing_memmap(array) is not None, array.flags.writeable, array.sum())
        for array in arrays_of(token.get())
    ]


def arrays_of(value):
    """Arrays of a frame, a sparse matrix, a list of arrays."""
    if hasattr(value, "iloc"):
        return [value[name].to_numpy() for name in value]
    if hasattr(value, "indptr"):
        return [value.data, value.indices]
    return value


class Loadless:
    """Pickles, and cannot be loaded."""

    def __reduce__(self):
        return int, ("not a number",)


class TwoArgumentsError(Exception):
    """Pickles, and cannot be loaded: exceptions are loaded with `args` alone."""

    def __init__(self, first, second):
        super().__init__(f"{first} {second}")


def raise_two_arguments():
    raise TwoArgumentsError("first", "second")


def raise_with_lock():
    raise ValueError("with a lock", threading.Lock())
