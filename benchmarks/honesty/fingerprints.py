"""Seconds to fingerprint the rows of large data, by container.

    python benchmarks/honesty/fingerprints.py
    python benchmarks/honesty/fingerprints.py --quick

The issue asks for a million rows of 50 numbers in under two seconds. ``--quick`` takes a
tenth of the rows. Each container is fingerprinted three times; the fastest counts.
"""

import argparse
import time

import numpy as np
import pandas as pd
from scipy import sparse

from skhpo._fingerprint import row_fingerprints

N_COLUMNS = 50
REPEATS = 3


def make_frame(n_rows, rng):
    """Make a frame of numbers, texts, categories and dates; a tenth of it is missing."""
    words = np.array([f"word {number}" for number in range(1000)], dtype=object)
    columns = {}
    for number in range(N_COLUMNS):
        drawn = rng.integers(1000, size=n_rows)
        kind = number % 5
        if kind == 0:
            column = pd.Series(drawn / 7).mask(drawn < 100)
        elif kind == 1:
            column = pd.Series(drawn)
        elif kind == 2:
            column = pd.Series(pd.Categorical.from_codes(drawn % 20, words[:20]))
        elif kind == 3 and number < 20:
            column = pd.Series(words[drawn]).mask(drawn < 100)
        else:
            column = pd.Series(pd.Timestamp("2026-01-01") + pd.to_timedelta(drawn, unit="h"))
        columns[f"column {number}"] = column
    return pd.DataFrame(columns)


def make_containers(n_rows):
    """Yield names and containers, one at a time: each has hundreds of megabytes."""
    rng = np.random.default_rng(0)
    yield "float64", rng.standard_normal((n_rows, N_COLUMNS))
    yield "float64, by column", np.asfortranarray(rng.standard_normal((n_rows, N_COLUMNS)))
    yield "float32", rng.standard_normal((n_rows, N_COLUMNS), dtype=np.float32)
    yield "int64", rng.integers(-(2**40), 2**40, (n_rows, N_COLUMNS))
    yield "int64 past 2^53", rng.integers(-(2**62), 2**62, (n_rows, N_COLUMNS))
    yield "uint8", rng.integers(0, 256, (n_rows, N_COLUMNS), dtype=np.uint8)
    yield "frame of float64", pd.DataFrame(rng.standard_normal((n_rows, N_COLUMNS)))
    yield "mixed frame", make_frame(n_rows, rng)
    yield "sparse, a tenth stored", sparse.random_array((n_rows, N_COLUMNS), density=0.1, rng=rng)


def main():
    """Print a line for each container."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true")
    n_rows = 100_000 if parser.parse_args().quick else 1_000_000
    print(f"{n_rows:,} rows x {N_COLUMNS} columns, the fastest of {REPEATS}")
    for name, X in make_containers(n_rows):
        seconds = []
        for _ in range(REPEATS):
            started = time.perf_counter()
            row_fingerprints(X)
            seconds.append(time.perf_counter() - started)
        print(f"{name:<24} {min(seconds):6.2f} s", flush=True)


if __name__ == "__main__":
    main()
