"""Scripts that the tests run in processes of their own, and what can be seen of those."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from contextlib import suppress
from pathlib import Path

import pytest

needs_posix = pytest.mark.skipif(os.name != "posix", reason="signals and process groups")
needs_linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

ROOT = Path(__file__).parent.parent

# In which what is ended at once has ended, on a loaded machine too. Far below the minute that
# calls sleep which are to be ended.
AT_ONCE_SECONDS = 20.0


def environment(folder):
    """Environment of a script: temporary files in a folder of its own, small ones too."""
    threads = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    # A folder of pytest's is too long a name for ray's sockets. No reports, no token.
    ray = {"RAY_TMPDIR": "/tmp", "RAY_USAGE_STATS_ENABLED": "0", "RAY_AUTH_MODE": "disabled"}
    return os.environ | threads | ray | {"TMPDIR": str(folder), "JOBLIB_TEMP_FOLDER": str(folder)}


def start(code, folder):
    """Start a script in a process group of its own, with SIGINT as in a terminal."""
    return subprocess.Popen(
        [sys.executable, "-u", "-c", textwrap.dedent(code)],
        cwd=ROOT,
        env=environment(folder),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # A shell's background jobs are begun with SIGINT ignored, and so are their children.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )


def run(code, folder, seconds=300):
    """Run a script to its end; its standard output."""
    process = start(code, folder)
    try:
        out, err = process.communicate(timeout=seconds)
    finally:
        end_group(process)
    assert process.returncode == 0, err
    return out


def end_group(process):
    """Kill what is left of a script's process group."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()  # closes its pipes


def members(group):
    """Living processes of a process group, but for zombies."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if fields[0] != "Z" and int(fields[2]) == group:
            found.append(int(stat.parent.name))
    return found


def shared_files(folder):
    """Names of skhpo's and joblib's temporary files; clusters have theirs."""
    names = [path.name for path in folder.iterdir()]
    return [name for name in names if name.startswith(("skhpo", "joblib", "loky"))]


def wait_until(condition, seconds=30.0):
    """Whether a condition comes true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True
