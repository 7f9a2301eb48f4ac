"""The engine of worker processes: real processes, real signals, real files."""

import concurrent.futures
import os
import pickle
import re
import signal
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
from pathlib import Path

import engine_tasks as tasks
import joblib
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp

from skhpo._engine import loky, open_engine, shared, slots, transport
from skhpo.exceptions import WorkerDiedError

HERE = Path(__file__).parent

needs_posix = pytest.mark.skipif(os.name != "posix", reason="signals and process groups")
needs_linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


def is_alive(pid):
    """Whether a process runs; a zombie does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def wait_until(condition, seconds=10.0):
    """Whether a condition comes true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def worker_pids(engine):
    """Pids of both workers."""
    futures = [engine.submit(tasks.pid_after, 0.2) for _ in range(2)]
    return {future.result() for future in futures}


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
        assert time.perf_counter() - start < 2
        assert not any(map(is_alive, [*pids, child]))
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
            future.result(timeout=10)


# --- slots --------------------------------------------------------------------


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
    def search():
        config = joblib.parallel_config("loky", n_jobs=2, idle_worker_timeout=0.5)
        with config, open_engine() as engine:
            return engine.submit(tasks.pid_after, 0.6).result()

    pid = search()
    # Used again in time, and for longer than its idle time.
    assert search() == pid
    time.sleep(0.3)
    assert is_alive(pid)
    assert wait_until(lambda: not is_alive(pid))
    assert search() != pid


def test_nested_engine_of_processes_when_the_user_asks_for_it(processes):
    kind, pids = processes.submit(tasks.nested_loky_pids, 2).result(timeout=60)
    assert kind == "processes"
    assert len({*pids, os.getpid()}) == 3
    if sys.platform == "linux":
        # A worker that ends, ends its own: it keeps none for later.
        assert not any(map(is_alive, pids))


# --- interrupts and the death of the parent ----------------------------------------


def run_script(code, **options):
    """Run a script in a fresh interpreter."""
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        cwd=HERE,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        **options,
    )


def start_script(code):
    """Start a script in a process group of its own, and read its first line."""
    process = subprocess.Popen(
        [sys.executable, "-u", "-c", textwrap.dedent(code)],
        cwd=HERE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    return process, process.stdout.readline()


@needs_posix
def test_workers_leave_interrupts_to_the_parent(processes):
    assert processes.submit(tasks.ignores_interrupts).result()
    assert signal.SIGINT not in processes.submit(tasks.blocked_signals).result()


@needs_linux
def test_interrupt_in_a_terminal_ends_workers_in_silence():
    code = """
        import concurrent.futures, time
        import engine_tasks as tasks
        from skhpo._engine import open_engine

        try:
            with open_engine(2) as engine:
                pid = engine.submit(tasks.pid)
                futures = [engine.submit(time.sleep, 60) for _ in range(4)]
                print(pid.result())
                concurrent.futures.wait(futures)
        except KeyboardInterrupt:
            print("interrupted")
    """
    process, line = start_script(code)
    start = time.perf_counter()
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert time.perf_counter() - start < 5
    assert (out, err) == ("interrupted\n", "")
    assert not is_alive(int(line))


@needs_linux
def test_workers_and_files_end_with_a_parent_that_is_killed(tmp_path):
    code = f"""
        import os, time
        import joblib, numpy as np
        import engine_tasks as tasks
        from skhpo._engine import open_engine

        with joblib.parallel_config(temp_folder={str(tmp_path)!r}), open_engine(3) as engine:
            token = engine.share(np.ones(200_000))
            pids = [engine.submit(tasks.pid_after, 0.3) for _ in range(3)]
            pids = [future.result() for future in pids]
            # One sleeps, one holds the interpreter's lock in C code, one is idle.
            engine.submit(tasks.sleep_then, 120, token)
            engine.submit(sum, range(10**12))
            time.sleep(0.3)
            print(*pids)
            time.sleep(60)
    """
    process, line = start_script(code)
    pids = [int(pid) for pid in line.split()]
    assert len(set(pids)) == 3
    assert all(map(is_alive, pids))
    assert list(tmp_path.iterdir())
    process.kill()
    assert wait_until(lambda: not any(map(is_alive, pids)), seconds=5)
    assert wait_until(lambda: not list(tmp_path.iterdir()), seconds=5)
    process.communicate()


def test_script_that_ends_takes_its_idle_workers_along():
    code = """
        from engine_tasks import pid
        from skhpo._engine import open_engine

        class Model:
            def __init__(self, value):
                self.value = value

        def score(model, token):
            return pid(), Model(model.value + token.get().value)

        if __name__ == "__main__":
            with open_engine(2) as engine:
                token = engine.share(Model(1))
                worker, result = engine.submit(score, Model(2), token).result()
                print(worker, type(result) is Model, result.value)
    """
    done = run_script(code)
    assert (done.returncode, done.stderr) == (0, "")
    pid, *result = done.stdout.split()
    # Names of __main__ are calls and shared values.
    assert result == ["True", "3"]
    if sys.platform == "linux":
        assert not is_alive(int(pid))


@needs_linux
def test_engine_in_a_forked_process_has_workers_of_its_own():
    code = """
        import multiprocessing
        from engine_tasks import pid
        from skhpo._engine import open_engine

        def search(connection):
            with open_engine(2) as engine:
                connection.send(engine.submit(pid).result())

        with open_engine(2) as engine:
            first = engine.submit(pid).result()
        here, there = multiprocessing.Pipe()
        process = multiprocessing.get_context("fork").Process(target=search, args=(there,))
        process.start()
        print(here.poll(30) and here.recv() != first)
        process.join(10)
        print(process.exitcode)
        with open_engine(2) as engine:
            print(engine.submit(pid).result() == first)
    """
    done = run_script(code)
    assert (done.stdout.split(), done.stderr) == (["True", "0", "True"], "")


# --- shared values ------------------------------------------------------------


LARGE = np.arange(200_000.0)


@pytest.mark.parametrize(
    "value",
    [
        [LARGE],
        [LARGE.reshape(400, 500, order="F")],
        pd.DataFrame({"a": LARGE, "b": LARGE + 1}),
        sp.csr_array(np.ones((600, 600))),
        [np.arange(300_000), LARGE],
    ],
    ids=["array", "fortran", "frame", "sparse", "splits"],
)
def test_large_arrays_arrive_mapped_and_read_only(processes, value):
    token = processes.share(value)
    expected = [(True, False, array.sum()) for array in tasks.arrays_of(value)]
    assert processes.submit(tasks.describe_arrays, token).result() == expected


def test_arrays_that_cannot_be_mapped_arrive_all_the_same(processes):
    value = [np.arange(5), np.array([None, "x"] * 100_000), np.ma.array(LARGE, mask=LARGE < 5)]
    token = processes.share(value)
    small, objects, masked = processes.submit(lambda token: token.get(), token).result()
    np.testing.assert_array_equal(small, value[0])
    np.testing.assert_array_equal(objects, value[1])
    assert masked.sum() == value[2].sum()


def test_layout_and_type_of_arrays_are_kept(processes):
    value = [LARGE.reshape(400, 500).T, LARGE.astype(">f4"), LARGE.astype("M8[s]")]
    token = processes.share(value)

    def describe(token):
        return [(a.flags.f_contiguous, a.dtype, a.shape, a.ravel()[-1]) for a in token.get()]

    assert processes.submit(describe, token).result() == [
        (a.flags.f_contiguous, a.dtype, a.shape, a.ravel()[-1]) for a in value
    ]


def test_an_array_is_written_once(tmp_path):
    with joblib.parallel_config(temp_folder=tmp_path, n_jobs=2), open_engine() as engine:
        engine.share({"X": LARGE, "again": [LARGE, LARGE]})
        engine.share((LARGE, 1))
        files = [path for path in tmp_path.rglob("*") if path.is_file()]
        assert sum(path.stat().st_size >= LARGE.nbytes for path in files) == 1


def test_a_worker_loads_a_value_once_and_keeps_few(processes):
    tokens = [processes.share(LARGE + i) for i in range(6)]
    for token in tokens:
        for future in [processes.submit(tasks.identity_of, token) for _ in range(6)]:
            future.result()
    loaded = [processes.submit(tasks.identity_of, tokens[-1]).result() for _ in range(10)]
    assert len(set(loaded)) <= 2
    assert processes.submit(tasks.n_loaded_values).result() <= 2


@needs_linux
def test_closing_frees_the_memory_of_shared_values():
    with open_engine(2) as engine:
        token = engine.share(LARGE)
        pids = worker_pids(engine)
        futures = [engine.submit(tasks.sum_after, 0.1, token) for _ in range(4)]
        concurrent.futures.wait(futures)
        maps = [Path(f"/proc/{pid}/maps").read_text() for pid in pids]
        assert all(str(engine._store.folder) in text for text in maps)

    def is_mapped(pid):
        return str(engine._store.folder) in Path(f"/proc/{pid}/maps").read_text()

    assert wait_until(lambda: not any(map(is_mapped, pids)))


def test_users_memmap_travels_by_its_own_file(tmp_path):
    original = np.memmap(tmp_path / "data", dtype=np.float32, mode="w+", shape=(1000, 400))
    original[:] = np.arange(400)
    value = [original, original[100:, 5:300:7], original.T, np.asarray(original)[2:]]
    folder = tmp_path / "shared"
    with joblib.parallel_config(temp_folder=folder, max_nbytes=0, n_jobs=2), open_engine() as e:
        token = e.share(value)
        written = [path for path in folder.rglob("*") if path.is_file()]
        assert sum(path.stat().st_size for path in written) < 10_000
        expected = [(True, False, array.sum()) for array in value]
        assert e.submit(tasks.describe_arrays, token).result() == expected


def test_memmap_that_differs_from_its_file_is_written_anew(processes, tmp_path):
    np.zeros(200_000).tofile(tmp_path / "data")
    private = np.memmap(tmp_path / "data", dtype=float, mode="c")
    private[:] = 1
    flipped = np.memmap(tmp_path / "data", dtype=float, mode="r+")[::-1]
    token = processes.share([private, flipped])
    assert [t for _, _, t in processes.submit(tasks.describe_arrays, token).result()] == [
        200_000,
        0,
    ]


@pytest.mark.parametrize(
    ("options", "is_mapped", "is_writable"),
    [
        ({"max_nbytes": None}, False, True),
        ({"max_nbytes": "100M"}, False, True),
        ({"mmap_mode": None}, False, True),
        ({"mmap_mode": "c"}, True, True),
        ({"mmap_mode": "r+"}, True, True),
        ({"max_nbytes": 10_000}, True, False),
    ],
)
def test_users_options_for_mapping_are_kept(options, is_mapped, is_writable):
    with joblib.parallel_config(n_jobs=2, **options), open_engine() as engine:
        token = engine.share([LARGE])
        found = engine.submit(tasks.describe_arrays, token).result()
        assert found == [(is_mapped, is_writable, LARGE.sum())]


def test_writes_to_a_private_mapping_do_not_reach_other_workers():
    def write(token):
        token.get()[0][:] = 7
        time.sleep(0.3)
        return os.getpid()

    def read(token):
        time.sleep(0.3)
        return os.getpid(), token.get()[0][1]

    with joblib.parallel_config(n_jobs=2, mmap_mode="r+"), open_engine() as engine:
        token = engine.share([LARGE])
        writer = engine.submit(write, token).result()
        seen = [future.result() for future in [engine.submit(read, token) for _ in range(2)]]
        assert {value for pid, value in seen if pid != writer} == {1.0}


# --- files --------------------------------------------------------------------


def test_closing_removes_files(tmp_path):
    for kill in (False, True):
        with joblib.parallel_config(temp_folder=tmp_path, n_jobs=2), open_engine() as engine:
            token = engine.share([LARGE])
            engine.submit(tasks.describe_arrays, token).result()
            engine.submit(tasks.double, "x" * 100_000).result()
            assert list(tmp_path.iterdir())
            engine.close(kill=kill)
        assert list(tmp_path.iterdir()) == []


def test_an_exception_leaves_no_files(tmp_path, monkeypatch):
    monkeypatch.setenv("JOBLIB_TEMP_FOLDER", str(tmp_path))

    def search():
        with open_engine(2) as engine:
            engine.share(LARGE)
            assert list(tmp_path.iterdir())
            tasks.fail("mine")

    with pytest.raises(ValueError, match="mine"):
        search()
    assert list(tmp_path.iterdir()) == []


def test_memory_folder_is_used_only_while_it_is_roomy(tmp_path, monkeypatch):
    monkeypatch.delenv("JOBLIB_TEMP_FOLDER", raising=False)
    memory, system = tmp_path / "memory", tmp_path / "system"
    memory.mkdir()
    system.mkdir()
    monkeypatch.setattr(shared, "_MEMORY_FOLDER", memory)
    monkeypatch.setattr(tempfile, "tempdir", str(system))
    monkeypatch.setattr(shared, "_MEMORY_FOLDER_BYTES", 0)
    store = shared.Store(shared.MappingOptions.configured())
    assert store.folder.parent == memory
    enough = shared.shutil.disk_usage(memory).free
    monkeypatch.setattr(shared, "_MEMORY_FOLDER_BYTES", 2 * enough)
    assert store._folder_for(10).parent == system
    store.remove()
    assert not [*memory.iterdir(), *system.iterdir()]


def test_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with (
        joblib.parallel_config(temp_folder=tmp_path / "file" / "folder", n_jobs=2),
        pytest.raises(OSError, match=r"could not be written to .*file.*folder.*temp_folder="),
    ):
        open_engine()


def test_full_disk_while_sharing_is_named(processes, monkeypatch):
    def no_space(array, path):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(joblib, "dump", no_space)
    with pytest.raises(OSError, match=r"could not be written to .*No space left.*temp_folder="):
        processes.share(LARGE)


# --- what does not pickle ------------------------------------------------------


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
