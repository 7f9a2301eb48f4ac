"""What the tests see of processes, and how they run scripts."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import engine_tasks as tasks
import numpy as np
import pytest

HERE = Path(__file__).parent

# Large enough for a file of its own.
LARGE = np.arange(200_000.0)

needs_posix = pytest.mark.skipif(os.name != "posix", reason="signals and process groups")
needs_linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


def is_alive(pid):
    """Whether a process runs; a zombie does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):  # the latter if it ends while it is read
        return False
    return state != "Z"


def worker_pids(engine):
    """Pids of both workers."""
    futures = [engine.submit(tasks.pid_after, 0.2) for _ in range(2)]
    return {future.result() for future in futures}


def run_script(code, **options):
    """Run a script in a fresh interpreter."""
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        cwd=HERE,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        **options,
    )


def start_script(code):
    """Start a script in a process group of its own, and read its first line."""
    process = subprocess.Popen(
        [sys.executable, "-u", "-c", textwrap.dedent(code)],
        cwd=HERE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    return process, process.stdout.readline()
