"""Folds that take too much memory are ended, whoever takes it; the others are not."""

from __future__ import annotations

import os
import subprocess
import sys

import joblib
import numpy as np
import pytest
from sklearn.exceptions import FitFailedWarning

from skhpo import BayesSearch, GridSearch, RandomSearch, maximize
from skhpo import _memory_watch as memory_watch
from skhpo import _process_memory as process_memory
from tests.deadly import MEGABYTE, Hungry

X, y = np.arange(30.0).reshape(-1, 1), np.arange(30) % 2
LIMIT = 200 * MEGABYTE
needs_proc = pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="reads /proc")
ends_differ = pytest.mark.filterwarnings("ignore:One or more of the test scores:UserWarning")


@pytest.mark.slow
@needs_proc
@ends_differ
def test_a_fold_that_takes_too_much_has_failed_and_says_memory():
    space = [
        {"way": ["numpy", "c", "slow"], "megabytes": [400]},
        {"way": ["numpy", "c", "slow"], "megabytes": [64]},
        {"way": ["reserved"], "megabytes": [4000]},
    ]
    search = GridSearch(Hungry(), space, cv=0.5, fit_memory=LIMIT)
    message = rf"(?s)3 fits failed out of a total of 7.*fit_memory={LIMIT} bytes"
    with pytest.warns(FitFailedWarning, match=message):
        search.fit(X, y)
    assert [trial.status for trial in search.trials_] == ["failed"] * 3 + ["complete"] * 4
    assert search.trials_[0].why == (
        "1 of 1 folds failed: MemoryError: A fold's fit and scoring took more memory than "
        f"fit_memory={LIMIT} bytes above what its worker had before."
    )


@pytest.mark.slow
@needs_proc
def test_it_raises_where_failures_do():
    search = GridSearch(Hungry(400), {"way": ["numpy"]}, fit_memory=LIMIT, error_score="raise")
    with pytest.raises(MemoryError, match=f"took more memory than fit_memory={LIMIT} bytes"):
        search.fit(X, y)


def take(megabytes):
    """Take memory, and give it back."""
    return float(len(np.ones(megabytes * MEGABYTE // 8)))


@pytest.mark.slow
@needs_proc
def test_a_call_that_takes_too_much_is_ended():
    with pytest.warns(UserWarning, match="1 of 2 calls failed.*memory"):
        result = maximize(take, {"megabytes": [1, 4000]}, strategy="grid", fit_memory=LIMIT)
    assert [trial.status for trial in result.trials] == ["complete", "failed"]


@pytest.mark.parametrize("cls", [GridSearch, RandomSearch, BayesSearch])
def test_where_it_cannot_be_watched_it_is_an_error_before_the_first_fit(cls):
    search = cls(Hungry(), {"megabytes": range(4000, 4050)}, fit_memory=LIMIT)
    with (
        joblib.parallel_config("threading", n_jobs=2),
        pytest.raises(ValueError, match="`fit_memory` must be None where a fold's memory"),
    ):
        search.fit(X, y)


def test_on_a_cluster_the_error_says_which_limit_to_set():
    distributed = pytest.importorskip("distributed")
    search = GridSearch(Hungry(4000), {"megabytes": [4000]}, fit_memory=LIMIT)
    with (
        distributed.LocalCluster(
            n_workers=1, threads_per_worker=1, processes=False, dashboard_address=":0"
        ) as cluster,
        distributed.Client(cluster),
        joblib.parallel_config("dask"),
        pytest.raises(ValueError, match=r"(?s)`fit_memory` must be None .*--memory-limit 4GB"),
    ):
        search.fit(X, y)


def test_a_platform_that_tells_nothing_is_an_error_that_says_what_to_install(monkeypatch):
    monkeypatch.setattr(memory_watch, "can_read", lambda: False)
    search = GridSearch(Hungry(4000), {"megabytes": [4000]}, fit_memory=LIMIT)
    with pytest.raises(ValueError, match=r"`fit_memory` must be None .* got 2.09715e.08; install"):
        search.fit(X, y)


@pytest.mark.parametrize("value", [0, -1, "1 GB", True, np.inf, np.nan])
def test_wrong_values_are_named(value):
    search = GridSearch(Hungry(), {"megabytes": [0]}, fit_memory=value)
    with pytest.raises(ValueError, match="'fit_memory' parameter of GridSearch must be a number"):
        search.fit(X, y)


# In a process of its own, where nothing of another test is freed meanwhile.
TOUCHES = """
import os
import numpy as np
from skhpo import _process_memory as process_memory
process_memory._HAS_PROC = {has_proc}
assert process_memory.can_read()
before = process_memory.private_bytes(os.getpid())
held = np.ones({n_numbers})
reserved = np.empty({n_numbers})
print(process_memory.private_bytes(os.getpid()) - before)
"""


@pytest.mark.parametrize("source", ["proc", "psutil"])
def test_memory_of_a_process_is_what_it_has_touched(source):
    if source == "psutil":
        pytest.importorskip("psutil")
    elif not process_memory._HAS_PROC:
        pytest.skip("there is no /proc")
    n_bytes = 50 * MEGABYTE
    code = TOUCHES.format(has_proc=source == "proc", n_numbers=n_bytes // 8)
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=300
    )
    assert 0.9 * n_bytes < int(done.stdout) < 1.5 * n_bytes


def test_a_process_that_is_gone_has_no_memory():
    assert process_memory.private_bytes(2**22 + 1) is None
