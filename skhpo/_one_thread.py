"""BLAS on one thread: what small matrices are fastest on, and the same on every machine."""

from __future__ import annotations

import threading
from functools import cache
from typing import Any

from threadpoolctl import ThreadpoolController


class _OneThread:
    """Keep BLAS on one thread while any thread of this process is inside.

    The setting is the process's. Searches in several threads that each set and restored it
    would leave behind what another had set.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._n_inside = 0
        self._limiter: Any = None

    def __enter__(self) -> None:
        """Set it, if nobody else is inside."""
        with self._lock:
            if self._n_inside == 0:
                self._limiter = _find_threadpools().limit(limits=1, user_api="blas")
            self._n_inside += 1

    def __exit__(self, *exception: object) -> None:
        """Put the former number back, if nobody else is inside."""
        with self._lock:
            self._n_inside -= 1
            if self._n_inside == 0:
                self._limiter.restore_original_limits()


ONE_THREAD = _OneThread()


@cache
def _find_threadpools() -> ThreadpoolController:
    """Thread pools of numpy's and scipy's BLAS: finding them takes 4 ms, limiting 12 us."""
    return ThreadpoolController()
