"""Which engine n_jobs, pre_dispatch and joblib's configuration give."""

import ast
import multiprocessing
import sys
import threading

import joblib
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from joblib.parallel import ParallelBackendBase, register_parallel_backend

from skhpo._engine import open_engine, pending_bound
from skhpo._engine.selection import ENGINES
from skhpo.exceptions import InvalidParameterError


def kind_of(given=None, **config):
    """Kind and number of workers of an engine for `given` jobs within a configuration."""
    with joblib.parallel_config(**config), open_engine(given) as engine:
        return engine.kind, engine.n_workers


@pytest.mark.parametrize(
    ("n_jobs", "config", "expected"),
    [
        (None, {}, ("inline", 1)),
        (1, {}, ("inline", 1)),
        (2, {}, ("processes", 2)),
        (np.int64(2), {}, ("processes", 2)),
        (-1, {}, ("processes", joblib.cpu_count())),
        (None, {"n_jobs": 2}, ("processes", 2)),
        (None, {"n_jobs": 2.5}, ("processes", 2)),
        (3, {"n_jobs": 2}, ("processes", 3)),
        (1, {"n_jobs": 2}, ("inline", 1)),
        (None, {"backend": "loky"}, ("inline", 1)),
        (None, {"backend": "loky", "n_jobs": 2}, ("processes", 2)),
        (2, {"backend": "loky"}, ("processes", 2)),
        (2, {"backend": "multiprocessing"}, ("processes", 2)),
        (2, {"backend": "threading"}, ("threads", 2)),
        (1, {"backend": "threading"}, ("inline", 1)),
        (None, {"backend": "threading"}, ("inline", 1)),
        (4, {"backend": "sequential"}, ("inline", 1)),
        (2, {"prefer": "threads"}, ("threads", 2)),
        (2, {"require": "sharedmem"}, ("threads", 2)),
    ],
)
def test_engine_is_what_joblib_would_use(n_jobs, config, expected):
    assert kind_of(n_jobs, **config) == expected


def test_every_engine_of_the_table_can_be_opened():
    for name in ENGINES.values():
        assert callable(__import__(f"skhpo._engine.{name}", fromlist=["open_on"]).open_on)


def test_configuration_of_another_thread_does_not_count():
    found = []
    with joblib.parallel_config("threading", n_jobs=2):
        thread = threading.Thread(target=lambda: found.append(kind_of()))
        thread.start()
        thread.join()
    assert found == [("inline", 1)]


@pytest.mark.filterwarnings("ignore:Loky-backed parallel loops cannot be called:UserWarning")
def test_daemonic_process_has_one_worker(monkeypatch):
    monkeypatch.setitem(multiprocessing.current_process()._config, "daemon", True)
    assert kind_of(2) == ("inline", 1)


@pytest.mark.parametrize("n_jobs", ["two", 2.0, [1], object()])
def test_n_jobs_of_another_kind_is_an_error(n_jobs):
    with pytest.raises(InvalidParameterError, match=r"n_jobs could not be converted to int.*got"):
        open_engine(n_jobs)


@pytest.mark.parametrize("where", ["argument", "configuration"])
def test_n_jobs_zero_is_an_error(where):
    given = {"argument": (0, {}), "configuration": (None, {"n_jobs": 0})}
    n_jobs, config = given[where]
    with (
        joblib.parallel_config(**config),
        pytest.raises(ValueError, match=r"^n_jobs == 0 in Parallel has no meaning.*use 1"),
    ):
        open_engine(n_jobs)


class Cluster(ParallelBackendBase):
    """A backend of joblib's that no engine is written for."""

    def effective_n_jobs(self, n_jobs):
        return 4

    def submit(self, func, callback=None):
        raise NotImplementedError


def test_unknown_backend_is_spoken_to_through_joblibs_protocol():
    register_parallel_backend("cluster", Cluster)
    assert kind_of(backend="cluster", n_jobs=4) == ("adapter", 4)
    assert kind_of(1, backend="cluster") == ("inline", 1)


# --- pre_dispatch -------------------------------------------------------------


@pytest.mark.parametrize(
    ("pre_dispatch", "n_workers", "bound"),
    [
        ("2*n_jobs", 2, 4),
        (" 2 * n_jobs ", 3, 6),
        ("n_jobs", 1, 1),
        ("1.5*n_jobs", 3, 4),
        ("n_jobs/2", 1, 1),
        ("n_jobs // 2 + 1", 5, 3),
        ("-n_jobs + 10", 4, 6),
        ("(n_jobs + 1) % 4", 5, 2),
        ("all", 2, sys.maxsize),
        (" all ", 2, sys.maxsize),
        (1, 8, 1),
        (np.int64(3), 2, 3),
        ("7", 2, 7),
    ],
)
def test_bound_on_pending_folds(pre_dispatch, n_workers, bound):
    assert pending_bound(pre_dispatch, n_workers) == bound


def test_bound_reaches_the_engine():
    with open_engine(1, pre_dispatch="3*n_jobs") as engine:
        assert engine.max_pending == 3


@pytest.mark.parametrize(
    "pre_dispatch",
    [
        "two", "2 n_jobs", "2**n_jobs", "n_jobs()", "__import__('os')", "n_jobs.real", "", "1/0",
        "n_jobs if 1 else 2", "[1]", "'a' + 'b'", "1 +" * 200 + "1", "1j", "True or 1",
    ],
)  # fmt: skip
def test_bad_expression_is_an_error(pre_dispatch):
    with pytest.raises(
        InvalidParameterError,
        match=r"is not a valid or supported arithmetic expression.*`pre_dispatch` must.*use '2",
    ):
        pending_bound(pre_dispatch, 2)


@pytest.mark.parametrize(
    "pre_dispatch", [0, -1, "0", "n_jobs - 2", "1e999", "1e999 % 2", None, 2.5, []]
)
def test_bound_that_is_not_a_positive_number_is_an_error(pre_dispatch):
    with pytest.raises(InvalidParameterError, match=r"^`pre_dispatch` must be a positive.*got"):
        pending_bound(pre_dispatch, 2)


numbers = st.integers(1, 50).map(str) | st.sampled_from(["n_jobs", "0.5", "2.25"])
expressions = st.recursive(
    numbers,
    lambda inner: st.tuples(inner, st.sampled_from(["+", "-", "*", "/", "//", "%"]), inner).map(
        lambda parts: "({} {} {})".format(*parts)
    ),
    max_leaves=6,
)


@given(expression=expressions, n_jobs=st.integers(1, 64))
def test_expression_means_what_python_says(expression, n_jobs):
    ast.parse(expression)
    try:
        value = eval(expression, {"n_jobs": n_jobs})
    except ZeroDivisionError:
        value = 0
    if value > 0:
        assert pending_bound(expression, n_jobs) == max(1, int(value))
    else:
        with pytest.raises(InvalidParameterError, match="pre_dispatch"):
            pending_bound(expression, n_jobs)
