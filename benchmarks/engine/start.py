"""How long ``import skhpo`` takes beside ``import sklearn.model_selection``.

    python benchmarks/engine/start.py
    python benchmarks/engine/start.py --quick

Fresh interpreters in turns; CPU seconds of each import, and the ratio of the medians.
"""

from __future__ import annotations

import argparse
import subprocess
import sys

import numpy as np

MODULES = ("sklearn.model_selection", "skhpo")


def import_seconds(module: str) -> float:
    """CPU seconds of an import in a new interpreter."""
    code = f"import time; t = time.process_time(); import {module}; print(time.process_time() - t)"
    return float(
        subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout
    )


def main() -> None:
    """Print medians, spreads and the ratio."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--turns", type=int, default=15)
    parser.add_argument("--quick", action="store_true", help="three turns")
    options = parser.parse_args()
    n_turns = 3 if options.quick else options.turns
    seconds = np.array([[import_seconds(module) for module in MODULES] for _ in range(n_turns)])
    for module, column in zip(MODULES, seconds.T, strict=True):
        low, median, high = np.quantile(column, [0.1, 0.5, 0.9])
        print(f"import {module:24} {median:5.2f} s   (80 % in {low:.2f} to {high:.2f})")
    ratio = np.median(seconds[:, 1]) / np.median(seconds[:, 0])
    print(f"ratio {ratio:.2f}   (target: at most 1.25)")


if __name__ == "__main__":
    main()
