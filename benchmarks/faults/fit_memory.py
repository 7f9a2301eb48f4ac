"""Which way of limiting a fit's memory holds: each guard against each way of taking memory.

    python benchmarks/faults/fit_memory.py
    python benchmarks/faults/fit_memory.py --quick

Each pair is a process of its own, which takes three times what it may, or what only looks
like that. Guards:

address space   ``RLIMIT_AS``, what the process has when the fit begins and the limit on top
data            ``RLIMIT_DATA``, likewise
own thread      a thread of the process looks at its private memory every 10 ms, and exits
watch           `fit_memory` of the searches: another process looks at it, and kills

A cell says how the process ended. A number is how far beyond the limit its resident memory
was at the peak, in MB; the median of the turns. Above the line every process is to be ended;
what ends as "MemoryError" or "ended" says memory by itself. Below it none is to be ended.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from skhpo._fold_marks import MarkedEvaluation, Marks
from skhpo._memory_watch import MemoryWatch
from skhpo._process_memory import private_bytes
from skhpo._trial import FoldResult, FoldTask

MB = 2**20
_EXIT_CODE = 77

# --- ways to take memory --------------------------------------------------------


def one_array(n_bytes: int) -> None:
    """Fill one array, and use it for a while."""
    held = np.ones(n_bytes // 8)
    time.sleep(0.3)
    del held


def slow_growth(n_bytes: int) -> None:
    """Take a megabyte every two milliseconds."""
    held = []
    for _ in range(n_bytes // MB):
        held.append(np.ones(MB // 8))
        time.sleep(0.002)


def python_bytes(n_bytes: int) -> None:
    """Let Python fill one object, with its lock held."""
    held = b"x" * n_bytes
    time.sleep(0.3)
    del held


def c_library(n_bytes: int) -> None:
    """Let the C library fill memory, unchecked, with Python's lock held all the time."""
    library = ctypes.PyDLL(None)
    library.malloc.restype = ctypes.c_void_p
    for _ in range(n_bytes // (16 * MB)):
        block = library.malloc(ctypes.c_size_t(16 * MB))
        library.memset(ctypes.c_void_p(block), 1, ctypes.c_size_t(16 * MB))
    library.usleep(300_000)


def half(n_bytes: int) -> None:
    """Fill half of what is allowed."""
    one_array(n_bytes // 6)


def reserved(n_bytes: int) -> None:
    """Reserve an array that is never touched."""
    held = np.empty(n_bytes // 8)
    time.sleep(0.1)
    del held


def threads(n_bytes: int) -> None:
    """Start 32 threads, each of which takes a kilobyte."""
    barrier = threading.Barrier(33)
    started = [threading.Thread(target=_meet, args=(barrier,), daemon=True) for _ in range(32)]
    for thread in started:
        thread.start()
    barrier.wait()
    time.sleep(0.1)
    for thread in started:
        thread.join()


def _meet(barrier: threading.Barrier) -> None:
    """Take a kilobyte while all threads are there."""
    held = bytearray(1024)
    barrier.wait()
    time.sleep(0.1)
    del held


def mapped(n_bytes: int) -> None:
    """Read a file that is mapped, as large data are in a worker."""
    with tempfile.NamedTemporaryFile() as file:
        os.truncate(file.name, n_bytes)
        np.memmap(file.name, dtype=np.float64, mode="r").sum()


TAKES = {f.__name__: f for f in (one_array, slow_growth, python_bytes, c_library)}
SPARES = {f.__name__: f for f in (half, reserved, threads, mapped)}
CASES: dict[str, Callable[[int], None]] = TAKES | SPARES

# --- guards: what the process does itself ---------------------------------------


def limit_resource(kind: int, field: int, n_bytes: int) -> None:
    """Let the kernel refuse: field 0 of statm is the address space, 5 data and stack."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[field])
    _, hard = resource.getrlimit(kind)
    resource.setrlimit(kind, (pages * resource.getpagesize() + n_bytes, hard))


def watch_itself(n_bytes: int) -> None:
    """Start a thread that ends the process."""
    before = private_bytes(os.getpid()) or 0

    def look() -> None:
        """Look every 10 ms."""
        while (private_bytes(os.getpid()) or 0) - before <= n_bytes:
            time.sleep(0.01)
        os._exit(_EXIT_CODE)

    threading.Thread(target=look, daemon=True).start()


GUARDS: dict[str, Callable[[int], None]] = {
    "address space": lambda n: limit_resource(resource.RLIMIT_AS, 0, n),
    "data": lambda n: limit_resource(resource.RLIMIT_DATA, 5, n),
    "own thread": watch_itself,
    "watch": lambda n: None,
}


class Nothing:
    """A token of no data."""

    def get(self) -> None:
        """Give nothing."""


def run_case(guard: str, case: str, limit: int, folder: str) -> None:
    """Take memory under a guard; in a process of its own."""

    def evaluate(task: FoldTask, token: Nothing) -> FoldResult:
        """Take it."""
        GUARDS[guard](limit)
        CASES[case](3 * limit)
        return FoldResult(0, 0, None)

    print((private_bytes(os.getpid()) or 0), flush=True)
    try:
        MarkedEvaluation(evaluate, Path(folder))(FoldTask(0, 0, {}), Nothing())
    except MemoryError:
        sys.exit(_EXIT_CODE + 1)
    except RuntimeError as error:
        sys.exit(_EXIT_CODE + 2 if "start new thread" in str(error) else 1)


# --- what became of it ------------------------------------------------------------


def try_once(guard: str, case: str, limit: int) -> tuple[str, float]:
    """How a process ended, and its peak beyond the limit in bytes."""
    marks = Marks()
    folder = marks.watch(len).folder
    command = [sys.executable, __file__, "--case", guard, case, str(limit), str(folder)]
    watch = MemoryWatch(limit if guard == "watch" else np.inf, marks)
    with watch, subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as run:
        before = int(run.stdout.readline())
        resident = resident_bytes(run.pid)
        _, status, usage = os.wait4(run.pid, 0)
        run.returncode = os.waitstatus_to_exitcode(status)
    marks.close()
    peak = usage.ru_maxrss * 1024 - max(resident, before) - limit
    return name_end(run.returncode, guard), peak


def resident_bytes(pid: int) -> int:
    """All that is resident, libraries too, as the peak counts."""
    pages = Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * resource.getpagesize()


def name_end(code: int, guard: str) -> str:
    """How a process ended, in a word."""
    if code == -signal.SIGKILL and guard == "watch":
        return "ended"
    names = {
        0: "lives",
        _EXIT_CODE: "ended",
        _EXIT_CODE + 1: "MemoryError",
        _EXIT_CODE + 2: "no thread",
    }
    return names.get(code) or (signal.Signals(-code).name if code < 0 else f"exit code {code}")


def describe(guard: str, case: str, limit: int, n_turns: int) -> str:
    """Cell of the table."""
    tries = [try_once(guard, case, limit) for _ in range(n_turns)]
    words = "/".join(sorted({word for word, _ in tries}))
    beyond = statistics.median(peak for _, peak in tries) / MB
    return f"{words} {beyond:+.0f}" if case in TAKES else words


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--limit", type=int, default=300, help="what a fit may take, in MB")
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="one turn of 100 MB")
    parser.add_argument("--case", nargs=4, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.case:
        guard, case, limit, folder = options.case
        run_case(guard, case, int(limit), folder)
        return
    limit, n_turns = (100, 1) if options.quick else (options.limit, options.turns)
    print(f"A fit may take {limit} MB; {n_turns} turns.\n")
    print("".join(f"{name:20}" for name in ("", *GUARDS)).rstrip())
    for case in CASES:
        if case == next(iter(SPARES)):
            print("-" * 20 * (len(GUARDS) + 1))
        cells = [describe(guard, case, limit * MB, n_turns) for guard in GUARDS]
        print("".join(f"{cell:20}" for cell in (case, *cells)).rstrip(), flush=True)


if __name__ == "__main__":
    main()
