"""Overlap of test rows with rows seen before: false alarms, and what is found.

    python benchmarks/honesty/overlap.py
    python benchmarks/honesty/overlap.py --quick

False alarms: every data set is divided at random, so that each alarm is a false one, for
the rows that the search was fitted on and for rows that were scored before. At the level
of 1e-4, 0.04 are expected of 400 divisions. ``--quick`` makes 20 divisions of each data set
instead of 200.

Power: a tenth of the test rows, and at least ten rows, are copies of development rows;
the rest have duplicates of their own, as pairs or in clusters. `bound` is the best that
any test of X can do on average for pairs: it counts how often so many rows are seen when
the share that is expected anyhow is known exactly, from as many development rows as one likes.
"""

import argparse

import numpy as np
import pandas as pd
from scipy import stats
from sklearn import datasets

from skhpo._fingerprint import row_fingerprints
from skhpo._overlap import LEVEL, count_overlap, duplication_rate

TEST_SHARE = 0.2
# Shares of rows with duplicates of their own; the issue asks for those below 5 %.
OWN = (0.0, 0.01, 0.02, 0.03, 0.04, 0.049)
NEARLY_ALL = 0.99


def make_data_sets():
    """Make the data sets, by name: bundled ones, and rows that repeat in every way."""
    rng = np.random.default_rng(0)
    bundled = {
        "iris": datasets.load_iris(),
        "digits": datasets.load_digits(),
        "wine": datasets.load_wine(),
        "breast cancer": datasets.load_breast_cancer(),
        "diabetes": datasets.load_diabetes(scaled=False),
    }
    found = {name: bunch.data for name, bunch in bundled.items()}
    digits = found["digits"]
    normal = rng.standard_normal((300, 3))
    codes = rng.integers(0, 6, (600, 3))
    words = np.array(["red", "green", "blue", "grey"], dtype=object)
    return found | {
        "iris, rounded": np.round(found["iris"]),
        "iris, two columns": found["iris"][:, :2],
        "wine, rounded": np.round(found["wine"][:, :3]),
        "breast cancer, rounded": np.round(found["breast cancer"][:, :2]),
        "diabetes, four columns": np.round(found["diabetes"][:, :4]),
        "diabetes, age and sex": found["diabetes"][:, :2],
        "digits, black and white": digits > 8,
        "digits, the middle": digits[:, 26:30],
        "digits, four pixels": digits[:, [2, 20, 34, 60]] > 8,
        "integer codes": codes,
        "one-hot": np.eye(6)[codes].reshape(len(codes), -1),
        "many binary columns": rng.integers(0, 2, (500, 10)),
        "rare flags": (rng.random((800, 30)) < 0.05).astype(np.int8),
        "two values": rng.integers(0, 2, (400, 1)),
        "one value": np.zeros((100, 2)),
        "counts": rng.poisson(2.0, (600, 4)),
        "heavy tail": rng.zipf(1.4, (500, 2)),
        "categories": pd.DataFrame({c: words[rng.integers(0, 4, 400)] for c in "abcd"}),
        "texts": rng.choice([f"mail {n}" for n in range(300)], 400).tolist(),
        "days": (np.datetime64("2026-01-01") + rng.integers(0, 365, 500)).reshape(-1, 1),
        "a tenth missing": np.where(rng.random((500, 3)) < 0.1, np.nan, codes[:500]),
        "every row twice": np.repeat(normal, 2, axis=0),
        "a few rows ten times": np.r_[normal, np.repeat(normal[:4], 9, axis=0)],
        "oversampled": normal[rng.integers(0, 300, 600)],
        "small": rng.integers(0, 4, (30, 2)),
    }


def count_false_alarms(n_splits):
    """Print a line for each data set, and the total."""
    print(f"False alarms, {n_splits} divisions of each data set, test rows {TEST_SHARE:.0%}")
    print(f"{'data set':<26}{'rows':>6}{'own duplicates':>16}{'seen':>6}{'scored before':>15}")
    totals = np.zeros(3, dtype=int)
    all_sets = make_data_sets()
    for number, (name, X) in enumerate(all_sets.items()):
        rows = row_fingerprints(X)
        n_test = round(TEST_SHARE * len(rows))
        alarms = np.zeros(2, dtype=int)
        for split in range(n_splits):
            dealt = np.random.default_rng([number, split]).permutation(rows)
            test, rest = dealt[:n_test], dealt[n_test:]
            alarms[0] += count_overlap(test, rest).is_significant
            alarms[1] += count_overlap(test, rest[:n_test], rest[n_test:]).is_significant
        own = duplication_rate(rows, len(rows) - 1)
        print(f"{name:<26}{len(rows):>6}{own:>16.1%}{alarms[0]:>6}{alarms[1]:>15}", flush=True)
        totals += [n_splits, *alarms]
    expected = totals[0] * LEVEL
    print(
        f"{len(all_sets)} data sets, {totals[0]} divisions: {totals[1]} and {totals[2]} false "
        f"alarms; at most {expected:.2f} of each are expected"
    )


def make_labels(kind, own, n, rng):
    """Rows, as numbers, of which the share `own` has duplicates."""
    size = {"pairs": 2, "fives": 5, "one cluster": max(2, round(own * n))}[kind]
    n_clusters = round(own * n / size)
    clusters = np.repeat(np.arange(n_clusters), size)
    singles = np.arange(n_clusters, n_clusters + n - len(clusters))
    return rng.permutation(np.concatenate([clusters, singles])).astype(np.uint64)


def plant(labels, n_test, n_planted, rng):
    """Divide rows, and overwrite some test rows by copies of development rows."""
    test, development = labels[:n_test].copy(), labels[n_test:]
    test[:n_planted] = rng.choice(development, n_planted, replace=False)
    return test, development


def share_found(kind, own, n_test, n_planted, n_trials):
    """Share of planted overlaps that are found."""
    found = 0
    for trial in range(n_trials):
        rng = np.random.default_rng([trial, n_test])
        labels = make_labels(kind, own, 5 * n_test, rng)
        found += count_overlap(*plant(labels, n_test, n_planted, rng)).is_significant
    return found / n_trials


def bound_of_pairs(own, n_test, n_planted):
    """Share that a test would find which knows how many rows are seen anyhow."""
    needed = stats.binom.isf(LEVEL, n_test, own) + 1
    return stats.binom.sf(needed - n_planted - 1, n_test - n_planted, own)


def measure_power(n_trials):
    """Print the share of planted overlaps that is found."""
    print(f"\nFound of {n_trials} planted overlaps; a fifth of the rows are test rows")
    kinds = ("pairs", "fives", "one cluster")
    heads = "".join(f"{kind:>13}" for kind in (*kinds, "bound, pairs"))
    print(f"{'test rows':>9}{'planted':>9}{'own':>7}{heads}")
    limits = []
    for n_test, share in [(20, 0.5), (50, 0.2), (100, 0.1), (100, 0.2), (200, 0.1), (500, 0.1)]:
        n_planted = round(share * n_test)
        limit = dict.fromkeys(kinds, "none")
        for own in OWN:
            shares = [share_found(kind, own, n_test, n_planted, n_trials) for kind in kinds]
            bound = bound_of_pairs(own, n_test, n_planted)
            cells = "".join(f"{found:>13.1%}" for found in [*shares, bound])
            print(f"{n_test:>9}{n_planted:>9}{own:>7.1%}{cells}", flush=True)
            for kind, found in zip(kinds, shares, strict=True):
                if found >= NEARLY_ALL:
                    limit[kind] = f"{own:.1%}"
        limits.append((n_test, n_planted, limit))
    print(f"\n{NEARLY_ALL:.0%} or more of planted overlaps are found up to own duplicates of")
    print(f"{'test rows':>9}{'planted':>9}" + "".join(f"{kind:>13}" for kind in kinds))
    for n_test, n_planted, limit in limits:
        print(f"{n_test:>9}{n_planted:>9}" + "".join(f"{limit[kind]:>13}" for kind in kinds))
    print(
        "Natural pairs look like planted rows. Where these pairs differ in y, X with y as a\n"
        "further column has no duplicates of its own, as in the lines of 0 %."
    )


def main():
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true")
    is_quick = parser.parse_args().quick
    count_false_alarms(20 if is_quick else 200)
    measure_power(40 if is_quick else 400)


if __name__ == "__main__":
    main()
