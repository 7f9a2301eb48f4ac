"""What every engine does; each test runs on each of them."""

import concurrent.futures
import sys
import threading
import traceback

import engine_tasks as tasks
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
import sklearn

from tests.processes import wait_until

# --- results ------------------------------------------------------------------


def test_engine_is_what_was_configured(engine, kind):
    assert engine.kind == kind.removesuffix("-old")
    assert engine.n_workers == (1 if kind == "inline" else 2)
    assert engine.max_pending == 2 * engine.n_workers


def test_future_has_the_result(engine):
    future = engine.submit(tasks.double, 21)
    assert isinstance(future, concurrent.futures.Future)
    assert future.result() == 42


def test_results_belong_to_their_calls_whatever_finishes_first(engine):
    seconds = [0.08, 0.0, 0.04, 0.0, 0.02, 0.0]
    futures = [engine.submit(tasks.sleep_then, s, i) for i, s in enumerate(seconds)]
    assert [future.result() for future in futures] == list(range(6))


def test_as_completed_gives_all(engine):
    futures = [engine.submit(tasks.double, i) for i in range(30)]
    done = concurrent.futures.as_completed(futures, timeout=30)
    assert sorted(future.result() for future in done) == [2 * i for i in range(30)]


def test_calls_may_come_from_several_threads(engine):
    futures = []
    threads = [
        threading.Thread(target=lambda: futures.append(engine.submit(tasks.double, 1)))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [future.result() for future in futures] == [2] * 8


def test_a_callback_may_submit(engine):
    followed = concurrent.futures.Future()

    def submit_next(future):
        engine.submit(tasks.double, future.result()).add_done_callback(
            lambda future: followed.set_result(future.result())
        )

    engine.submit(tasks.double, 1).add_done_callback(submit_next)
    assert followed.result(timeout=30) == 4


def test_lambdas_closures_and_local_classes_are_calls(engine):
    offset = 10

    class Local:
        def __init__(self, value):
            self.value = value

        def __call__(self, x):
            return Local(self.value + x + offset)

    assert engine.submit(lambda x: x + offset, 1).result() == 11
    result = engine.submit(Local(1), 2).result()
    assert isinstance(result, Local)
    assert result.value == 13


def test_workers_run_at_the_same_time(engine, tmp_path):
    if engine.n_workers == 1:
        pytest.skip("one worker")
    for future in [engine.submit(tasks.meet, tmp_path, *names) for names in ("ab", "ba")]:
        future.result()


# --- errors -------------------------------------------------------------------


def test_error_arrives_with_the_traceback_of_the_call(engine):
    future = engine.submit(tasks.fail, "no such thing")
    with pytest.raises(ValueError, match="no such thing"):
        future.result()
    shown = "".join(traceback.format_exception(future.exception()))
    assert "raise_deep_inside" in shown
    assert "engine_tasks.py" in shown


def test_an_error_leaves_the_engine_as_it_was(engine):
    futures = [engine.submit(tasks.fail, "x"), engine.submit(tasks.double, 1)]
    assert isinstance(futures[0].exception(), ValueError)
    assert futures[1].result() == 2


def test_error_of_a_local_class_can_be_caught_by_it(engine):
    class LocalError(Exception):
        pass

    def fail():
        raise LocalError("mine")

    with pytest.raises(LocalError, match="mine"):
        engine.submit(fail).result()


def test_exit_does_not_end_a_worker(engine, kind):
    if kind == "inline":
        with pytest.raises(SystemExit, match="3"):
            engine.submit(tasks.exit_python)
    else:
        assert isinstance(engine.submit(tasks.exit_python).exception(), SystemExit)
    assert engine.submit(tasks.double, 1).result() == 2


def test_interrupt_concerns_the_thread_where_it_came(engine, kind):
    if kind == "inline":
        with pytest.raises(KeyboardInterrupt):  # noqa: PT011, it has no message
            engine.submit(tasks.interrupt)
    else:
        assert isinstance(engine.submit(tasks.interrupt).exception(), KeyboardInterrupt)


# --- shared values ------------------------------------------------------------


def test_token_gives_the_object_itself_where_it_was_shared(engine):
    value = {"X": np.arange(3)}
    assert engine.share(value).get() is value


@pytest.mark.parametrize("n", [10, 300_000])
def test_workers_get_the_shared_value(engine, n):
    token = engine.share(np.arange(n))
    futures = [engine.submit(tasks.sum_of, token) for _ in range(4)]
    assert {future.result() for future in futures} == {n * (n - 1) / 2}


def test_several_values_are_shared(engine):
    tokens = [engine.share(np.full(3, i)) for i in range(5)]
    futures = [engine.submit(tasks.sum_of, tokens[i % 5]) for i in range(20)]
    assert [future.result() for future in futures] == [3.0 * (i % 5) for i in range(20)]


def test_containers_arrive_as_they_are(engine):
    frame = pd.DataFrame({"a": np.arange(200_000.0), "b": ["x", "y"] * 100_000})
    sparse = sp.random_array((2000, 2000), density=0.1, format="csr", rng=0)
    splits = [(np.arange(150_000), np.arange(150_000, 200_000))]
    token = engine.share((frame, sparse, splits))

    def compare(token):
        frame, sparse, splits = token.get()
        return (
            frame.iloc[::1000],
            (sparse @ np.ones(2000)).sum(),
            splits[0][1][:3],
            type(sparse).__name__,
        )

    rows, total, first, name = engine.submit(compare, token).result()
    pd.testing.assert_frame_equal(rows, frame.iloc[::1000])
    assert total == (sparse @ np.ones(2000)).sum()
    assert list(first) == [150_000, 150_001, 150_002]
    assert name == type(sparse).__name__


def test_local_classes_are_shared(engine):
    class Local:
        values = np.arange(5)

    local = Local()
    local.other = 3
    token = engine.share(local)
    assert engine.submit(lambda token: token.get().other, token).result() == 3


def test_workers_load_a_shared_value_once(engine, kind):
    token = engine.share([np.arange(20)])
    futures = [engine.submit(tasks.identity_of, token) for _ in range(12)]
    found = {future.result() for future in futures}
    assert len(found) == len({pid for pid, _ in found})


# --- configuration ------------------------------------------------------------


@pytest.mark.parametrize("n_jobs", [None, 1, 2])
def test_joblib_works_inside_of_a_call(engine, n_jobs):
    assert engine.submit(tasks.nested_sum, n_jobs).result() == 12


def test_nested_joblib_calls_start_no_processes_by_themselves(engine, kind):
    if kind == "inline":
        pytest.skip("a call in the calling thread has the caller's configuration")
    assert engine.submit(tasks.nested_backend).result() == ("ThreadingBackend", None)


def test_an_engine_inside_of_a_call_does_not_hang(engine, kind):
    if kind == "inline":
        pytest.skip("it opens what any call in the calling thread would")
    futures = [engine.submit(tasks.nested_engine, 2) for _ in range(4)]
    assert [f.result() for f in futures] == [("threads", [0, 2, 4])] * 4


def test_configuration_that_a_call_leaves_behind_ends_with_it(engine):
    before = engine.submit(tasks.nested_backend).result()
    for future in [engine.submit(tasks.leave_configuration_behind) for _ in range(6)]:
        future.result()
    after = [engine.submit(tasks.nested_backend) for _ in range(6)]
    assert {future.result() for future in after} == {before}
    assert tasks.nested_backend() != ("MultiprocessingBackend", 7)


def test_a_call_may_bring_its_scikit_learn_configuration(engine):
    # It is local to a thread: a fold sets it, the engine does not.
    def transform_output():
        with sklearn.config_context(transform_output="pandas"):
            return sklearn.get_config()["transform_output"]

    assert engine.submit(transform_output).result() == "pandas"
    assert sklearn.get_config()["transform_output"] == "default"


# --- closing ------------------------------------------------------------------


@pytest.mark.parametrize("kill", [False, True])
def test_a_closed_engine_takes_no_more(engine, kill):
    engine.close(kill=kill)
    engine.close(kill=kill)
    with pytest.raises(RuntimeError, match="engine is closed"):
        engine.submit(tasks.double, 1)
    with pytest.raises(RuntimeError, match="engine is closed"):
        engine.share(1)


def test_close_waits_for_what_runs_and_cancels_what_has_not_started(engine, kind, tmp_path):
    if kind == "inline":
        pytest.skip("nothing is ever pending")
    running = [engine.submit(tasks.wait_for, tmp_path / "go", i) for i in range(2)]
    waiting = [engine.submit(tasks.double, i) for i in range(5)]
    assert wait_until(lambda: all(future.running() for future in running))
    timer = threading.Timer(0.2, (tmp_path / "go").touch)
    timer.start()
    engine.close()
    assert (tmp_path / "go").exists()
    timer.join()
    assert [future.result(timeout=0) for future in running] == [0, 1]
    assert all(future.cancelled() for future in waiting)
    # A cancelled future that was not notified would make this wait for ever.
    assert not concurrent.futures.wait(waiting, timeout=5).not_done


def test_a_waiting_call_can_be_cancelled(engine, kind, tmp_path):
    if kind == "inline":
        pytest.skip("nothing is ever pending")
    running = [engine.submit(tasks.wait_for, tmp_path / "go", i) for i in range(2)]
    assert wait_until(running[0].running)
    waiting = [engine.submit(tasks.double, i) for i in range(4)]
    assert waiting[0].cancel()
    assert waiting[2].cancel()
    assert not running[0].cancel()
    (tmp_path / "go").touch()
    assert [waiting[1].result(), waiting[3].result()] == [2, 6]


def test_an_exception_that_leaves_the_context_closes(engine):
    with pytest.raises(ValueError, match="mine"), engine:
        tasks.fail("mine")
    with pytest.raises(RuntimeError, match="engine is closed"):
        engine.submit(tasks.double, 1)


def test_closing_leaves_no_thread_of_ours(engine, kind):
    if kind == "processes":
        pytest.skip("slots are kept for the next engine")
    for future in [engine.submit(tasks.double, i) for i in range(4)]:
        future.result()
    engine.close()
    assert not [t for t in threading.enumerate() if t.name.startswith("skhpo-fold")]


def test_results_do_not_keep_their_arguments_alive(engine, kind):
    if kind not in ("inline", "threads"):
        pytest.skip("arguments are copies")

    class Argument:
        pass

    argument = Argument()
    before = sys.getrefcount(argument)
    future = engine.submit(lambda _: None, argument)
    future.result()
    assert wait_until(lambda: sys.getrefcount(argument) <= before)
