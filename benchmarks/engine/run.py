"""Every figure of the engine, one script after the other.

    python benchmarks/engine/run.py
    python benchmarks/engine/run.py --quick

Each script is a process of its own, says what it measures in its docstring, and prints its
spread; scikit-learn runs in turns with us in the same process where there is its like.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

SCRIPTS = (
    "start",
    "overhead",
    "memory",
    "lag",
    "waiting",
    "nesting",
    "sharing",
    "racing",
    "cluster",
    "progress",
    "time_left",
)


def main() -> None:
    """Run them with the options given here; the first failure ends it."""
    for name in SCRIPTS:
        started = time.perf_counter()
        print(f"\n=== {name}", flush=True)
        script = Path(__file__).with_name(f"{name}.py")
        subprocess.run([sys.executable, str(script), *sys.argv[1:]], check=True)
        print(f"--- {name}: {time.perf_counter() - started:.0f} s", flush=True)


if __name__ == "__main__":
    main()
