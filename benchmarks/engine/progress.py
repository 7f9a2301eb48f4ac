"""What the state that `verbose=1` shows costs a search of short fits.

    python benchmarks/engine/progress.py
    python benchmarks/engine/progress.py --quick

Fits take one millisecond of computing. Standard output is a pseudo-terminal, which is read by
a thread, or a pipe. Printed is the wall time within the calls that
count and show, as a share of the search's; the target is 1 %.
"""

from __future__ import annotations

import argparse
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator

from skhpo import GridSearch, RandomSearch, _search
from skhpo._progress import VerboseLines

CALLS = ("on_begin", "on_submit", "on_result", "on_take_over", "on_wait", "on_end")
N_FOLDS = 5


class Busy(BaseEstimator):
    """Computes for a millisecond."""

    def __init__(self, a: float = 0.0, b: float = 0.0) -> None:
        self.a = a
        self.b = b

    def fit(self, X: Any, y: Any) -> Busy:
        """Compute."""
        until = time.perf_counter() + 1e-3
        while time.perf_counter() < until:
            pass
        return self

    def score(self, X: Any, y: Any) -> float:
        """Score by the parameters."""
        return self.a + self.b


class Timed(VerboseLines):
    """Adds up what its calls take."""

    seconds = 0.0
    n_calls = 0

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        # On the instance: a `__getattribute__` would slow what the calls themselves look up.
        for name in CALLS:
            setattr(self, name, timed(getattr(self, name)))


def timed(call: Callable[..., Any]) -> Callable[..., Any]:
    """Add what a call takes."""

    def run(*arguments: Any) -> Any:
        started = time.perf_counter()
        result = call(*arguments)
        Timed.seconds += time.perf_counter() - started
        Timed.n_calls += 1
        return result

    return run


@contextmanager
def stdout_is(kind: str) -> Iterator[None]:
    """Write to a pseudo-terminal or a pipe that a thread reads."""
    ours, theirs = os.openpty() if kind != "pipe" else os.pipe()

    def drain() -> None:
        try:
            while os.read(ours, 65536):
                pass
        except OSError:  # the other end is closed
            pass

    reader = threading.Thread(target=drain)
    reader.start()
    before, rich = sys.stdout, sys.modules.get("rich")
    sys.stdout = os.fdopen(theirs, "w", encoding="utf-8")
    if kind == "terminal":
        sys.modules["rich"] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        sys.stdout.close()
        sys.stdout = before
        del sys.modules["rich"]
        if rich is not None:
            sys.modules["rich"] = rich
        reader.join()
        os.close(ours)


def time_of_clock() -> float:
    """Seconds that are measured where nothing is done."""
    seconds = 0.0
    for _ in range(10_000):
        started = time.perf_counter()
        seconds += time.perf_counter() - started
    return seconds / 10_000


def main() -> None:
    """Print a line for each search and kind of output."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--fits", type=int, default=20_000)
    parser.add_argument("--quick", action="store_true", help="a thousand fits")
    options = parser.parse_args()
    n_candidates = (1_000 if options.quick else options.fits) // N_FOLDS
    X, y = np.zeros((20, 1)), np.zeros(20)
    a, b = list(np.linspace(0, 1, n_candidates // 10)), list(np.linspace(0, 1, 10))
    grid = {"a": a, "b": b}
    os.environ["TERM"] = "xterm"
    _search.VerboseLines = Timed  # type: ignore[misc]
    for kind in ("terminal", "rich", "pipe"):
        for n_jobs in (1, 2):
            for search in (
                GridSearch(Busy(), grid, cv=N_FOLDS),
                RandomSearch(Busy(), grid, n_iter=n_candidates, cv=N_FOLDS),
            ):
                Timed.seconds, Timed.n_calls = 0.0, 0
                clock = time_of_clock()
                with stdout_is(kind):
                    search.set_params(verbose=1, n_jobs=n_jobs, random_state=0).fit(X, y)
                seconds = Timed.seconds - Timed.n_calls * clock
                per_fit = seconds / (n_candidates * N_FOLDS)
                share = seconds / search.search_time_
                print(
                    f"{kind:9} {n_jobs} workers  {type(search).__name__:12} "
                    f"{n_candidates * N_FOLDS:6} fits in {search.search_time_:5.1f} s  "
                    f"{share:6.2%}  {per_fit * 1e6:5.1f} us a fit"
                )


if __name__ == "__main__":
    main()
