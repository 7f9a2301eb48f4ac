"""The process that searches: interrupted, killed, ended, forked; each in a script."""

import os
import signal
import sys

import engine_tasks as tasks
import pytest
from engine_processes import (
    is_alive,
    needs_linux,
    needs_posix,
    run_script,
    start_script,
)

from tests.processes import AT_ONCE_SECONDS, wait_until


@needs_posix
def test_workers_leave_interrupts_to_the_parent(processes):
    assert processes.submit(tasks.ignores_interrupts).result()
    assert signal.SIGINT not in processes.submit(tasks.blocked_signals).result()


@pytest.mark.slow
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
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=AT_ONCE_SECONDS)
    assert (out, err) == ("interrupted\n", "")
    assert not is_alive(int(line))


@pytest.mark.slow
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
    assert wait_until(lambda: not any(map(is_alive, pids)))
    assert wait_until(lambda: not list(tmp_path.iterdir()))
    process.communicate()


@pytest.mark.slow
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


@pytest.mark.slow
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
