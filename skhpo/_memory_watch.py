"""Ends workers whose fold takes too much memory.

A thread of the calling process looks at the workers, and not the workers at themselves:
compiled code may keep Python's lock for as long as it takes to fill the machine. A limit
on the address space (``RLIMIT_AS``) counts what is reserved and never touched, and ends a
library that does not expect it in ways that do not say memory:
`benchmarks/faults/fit_memory.py` tries them all.
"""

from __future__ import annotations

import math
import os
import signal
import sys
import threading
import time
from contextlib import suppress

from skhpo._fold_marks import Marks, Place
from skhpo._process_memory import can_read, private_bytes
from skhpo.exceptions import InvalidParameterError

# Memory is written at some gigabytes a second: a fold gets tens of megabytes too far.
_LOOK_SECONDS = 0.01

# Looks take a tenth of the thread's time at most, however many workers there are.
_PAUSES_PER_LOOK = 9.0


class MemoryWatch:
    """Watches how much memory folds take; a context manager.

    Parameters
    ----------
    limit : float
        Bytes that a worker may have above what it had when the fold began; inf for any.
    marks : Marks
        Which folds run, and where.

    Raises
    ------
    InvalidParameterError
        If there is a limit, and nothing here tells how much memory a process has.
    """

    def __init__(self, limit: float, marks: Marks) -> None:
        if limit < math.inf and not can_read():
            raise InvalidParameterError(
                "`fit_memory` must be None where the memory of a process cannot be read, as on "
                f"{sys.platform} without psutil, got {limit:g}; install psutil."
            )
        self._limit = limit
        self._marks = marks
        self._ended: set[Place] = set()
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="skhpo-memory", daemon=True)

    def __enter__(self) -> MemoryWatch:
        """Begin to look."""
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        """Look no more."""
        self._is_over.set()
        self._thread.join()

    def has_ended(self, place: Place) -> bool:
        """Whether a fold was ended, asked once its worker is dead."""
        return place in self._ended

    def _watch(self) -> None:
        """Look at all folds that run, again and again."""
        pause = _LOOK_SECONDS
        while not self._is_over.wait(pause):
            started = time.perf_counter()
            for place in self._marks.places():
                self._look(place)
            pause = max(_LOOK_SECONDS, _PAUSES_PER_LOOK * (time.perf_counter() - started))

    def _look(self, place: Place) -> None:
        """End the worker of a fold that takes too much."""
        mark = self._marks.read(place)
        now = None if mark is None else private_bytes(mark.pid)
        if mark is None or now is None or now - mark.n_bytes <= self._limit:
            return
        # Meanwhile the fold may have ended, and the worker have begun another.
        if self._marks.read(place) == mark:
            self._ended.add(place)
            with suppress(OSError):
                os.kill(mark.pid, getattr(signal, "SIGKILL", signal.SIGTERM))
