"""How many threads BLAS and OpenMP may use, limited for a while.

BLAS   the number is the process's. Whoever set and restored it by himself would leave behind
       what another thread had set, so all limits of this package go through one object, and
       the least of those that hold at the same time counts
OpenMP the number is each thread's own
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from threadpoolctl import ThreadpoolController

# What people set to say themselves how many threads there are.
_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS")


class _BlasThreads:
    """The limit of BLAS in this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._limits: list[int] = []
        # What remembers the number of before.
        self._first: Any = None

    @contextmanager
    def at_most(self, n: int) -> Iterator[None]:
        """Let BLAS use `n` threads at most while the context lasts, in the whole process."""
        with self._lock:
            self._limits.append(n)
            self._apply()
        try:
            yield
        finally:
            with self._lock:
                self._limits.remove(n)
                self._apply()

    def _apply(self) -> None:
        """Set the least limit; the former number where there is none."""
        if self._first is not None:
            self._first.restore_original_limits()
            self._first = None
        if self._limits:
            self._first = _limit("blas", min(self._limits))


_BLAS = _BlasThreads()
limit_blas = _BLAS.at_most


def limit_openmp(n: int) -> None:
    """Let OpenMP use `n` threads at most in loops of the calling thread, from now on."""
    _limit("openmp", n)


def find_libraries_again() -> None:
    """Look for libraries that were loaded since they were last looked for."""
    _find_thread_pools.cache_clear()


def says_threads() -> bool:
    """Whether the environment says how many threads BLAS or OpenMP use."""
    return any(os.environ.get(name) for name in _VARIABLES)


def _limit(user_api: str, n: int) -> Any:
    """Lower the number of threads to `n` where it is larger; what restores it."""
    pools = _find_thread_pools().select(user_api=user_api)
    fewest = min((pool["num_threads"] for pool in pools.info()), default=n)
    return pools.limit(limits=min(n, fewest))


@cache
def _find_thread_pools() -> ThreadpoolController:
    """Thread pools of the libraries that are loaded: finding them takes 4 ms, limiting 12 us."""
    return ThreadpoolController()
