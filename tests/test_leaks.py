"""What a search leaves in its process: nothing beyond the first search's."""

from __future__ import annotations

import json

import pytest

from tests.processes import needs_linux, run

pytestmark = [needs_linux, pytest.mark.slow]

# What a process holds, counted when it has come to rest: workers of one search are kept for the
# next one, and their pipes with them.
COUNT = """
    import gc, json, os, threading, time
    from pathlib import Path
    import joblib
    import numpy as np
    from sklearn.base import BaseEstimator
    from skhpo import BayesSearch, GridSearch, RandomSearch

    def children():
        return [
            pid for task in Path("/proc/self/task").iterdir()
            for pid in (task / "children").read_text().split()
        ]

    def held():
        gc.collect()
        return {
            "threads": threading.active_count(),
            "descriptors": len(os.listdir("/proc/self/fd")),
            "children": len(children()),
            "files": len(os.listdir(os.environ["TMPDIR"])),
            "shared memory": sum(str(os.getpid()) in name for name in os.listdir("/dev/shm")),
        }

    def rest(most):
        # Threads that end, and children that are waited for, need a moment.
        deadline = time.monotonic() + 10
        while True:
            now = held()
            is_more = any(now[name] > most[name] for name in now)
            if not is_more or time.monotonic() > deadline:
                return now
            time.sleep(0.05)
"""

SEARCHES = """
    class Mean(BaseEstimator):
        def __init__(self, shift=0.0):
            self.shift = shift

        def fit(self, X, y=None):
            self.mean_ = X.mean() + self.shift
            return self

        def score(self, X, y=None):
            return -abs(X.mean() - self.mean_)

    # Large enough for files that workers map.
    X = np.random.default_rng(0).normal(size=(4000, 50))
    grid = {"shift": [0.0, 0.1, 0.2]}
    keywords = {"cv": 3} | KEYWORDS
    kinds = [
        lambda: GridSearch(Mean(), grid, **keywords),
        lambda: RandomSearch(Mean(), grid, n_iter=2, **keywords),
        lambda: BayesSearch(Mean(), grid, n_iter=2, test_size=0.2, **keywords),
    ]
    with joblib.parallel_config(BACKEND, n_jobs=2):
        for make in kinds:
            make().fit(X)
        time.sleep(2)
        first = held()
        for number in range(20):
            make = kinds[number % 3]
            make().fit(X)
        last = rest(first)
    print(json.dumps([first, last]))
"""


@pytest.mark.parametrize(
    ("backend", "keywords"),
    [
        ("sequential", {}),
        ("threading", {}),
        ("loky", {}),
        ("loky", {"fit_timeout": 60}),
        ("sequential", {"fit_timeout": 60}),
    ],
)
def test_twenty_searches_leave_no_more_than_the_first(backend, keywords, tmp_path):
    code = COUNT + SEARCHES.replace("BACKEND", repr(backend)).replace("KEYWORDS", repr(keywords))
    first, last = json.loads(run(code, tmp_path))
    assert all(last[name] <= first[name] for name in first), (first, last)
    # Files of shared values go with each search; semaphores of idle workers stay with them.
    assert last["files"] == 0


def test_searches_that_fail_leave_no_more_than_the_first(tmp_path):
    code = (
        COUNT
        + """
    class Fails(BaseEstimator):
        def __init__(self, x=0):
            self.x = x

        def fit(self, X, y=None):
            raise ValueError("no")

        def score(self, X, y=None):
            return 0.0

    X = np.zeros((4000, 50))

    def search():
        try:
            GridSearch(Fails(), {"x": [1, 2]}, cv=2, error_score="raise").fit(X)
        except ValueError as error:
            assert "no" in str(error)

    # The workers of a search that ends by an error are ended too.
    with joblib.parallel_config("loky", n_jobs=2):
        search()
        time.sleep(2)
        first = held()
        for _ in range(3):
            search()
        last = rest(first)
    print(json.dumps([first, last]))
    """
    )
    first, last = json.loads(run(code, tmp_path))
    assert all(last[name] <= first[name] for name in first), (first, last)
    assert last["files"] == 0


MEMORY = """
    import ctypes, json, os
    import joblib
    import numpy as np
    from sklearn.base import BaseEstimator, RegressorMixin
    from skhpo import BayesSearch, Float, GridSearch, RandomSearch

    def resident():
        # What is held, and not what the allocator keeps of what was freed.
        ctypes.CDLL(None).malloc_trim(0)
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6

    class Mean(RegressorMixin, BaseEstimator):
        def __init__(self, shift=0.0):
            self.shift = shift

        def fit(self, X, y):
            self.mean_ = y.mean() + self.shift
            return self

        def predict(self, X):
            return np.full(len(X), self.mean_)

    # 20 MB; what is kept of each trial is its predictions, 80 kB of the budget of 256 MB.
    X = np.random.default_rng(0).normal(size=(10_000, 250))
    y = X[:, 0].copy()
    space = {"shift": Float(0, 1)}

    def search(n_iter):
        return SEARCH(Mean(), space, n_iter=n_iter, cv=2, random_state=0)

    with joblib.parallel_config(BACKEND, n_jobs=2):
        # What is imported once is no growth.
        search(15).fit(X, y)
        before = resident()
        kept = search(300).fit(X, y)
        print(json.dumps([before, resident()]))
"""


@pytest.mark.parametrize(
    ("search", "backend"),
    [("RandomSearch", "sequential"), ("RandomSearch", "loky"), ("BayesSearch", "sequential")],
)
def test_three_hundred_trials_on_20_mb_grow_memory_by_less_than_50_mb(search, backend, tmp_path):
    code = MEMORY.replace("SEARCH", search).replace("BACKEND", repr(backend))
    before, after = json.loads(run(code, tmp_path))
    assert after - before < 50, (before, after)
