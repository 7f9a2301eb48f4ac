"""How often each interval of an area under the ROC curve holds the true area.

Normal scores of both classes, with equal spread or with positives that spread three
times as much. Printed: coverage and mean width of nominal 95 % intervals by DeLong
(plain, and symmetric on the logit scale), by Newcombe's method 5, and by the two joined,
as `skhpo._intervals.delong_interval` gives.

    python benchmarks/honesty/auc_interval.py [--repeats 2000 | --quick]
"""

from __future__ import annotations

import argparse

import numpy as np
from scipy import stats
from scipy.special import expit, logit

from skhpo._intervals import delong_interval, delong_variance, newcombe_interval

AREAS = (0.8, 0.95, 0.99, 0.999)
SIZES = ((5, 5), (10, 10), (10, 90), (50, 50), (200, 200))


def intervals(is_positive, scores):
    """Make each interval of one data set."""
    auc, variance = delong_variance(is_positive, scores)
    m = int(is_positive.sum())
    half = stats.norm.ppf(0.975) * np.sqrt(variance)
    plain = (auc - half, auc + half)
    on_logit = plain
    if 0 < auc < 1 and variance > 0:
        half = half / (auc * (1 - auc))
        on_logit = (expit(logit(auc) - half), expit(logit(auc) + half))
    return {
        "DeLong": plain,
        "on logit": on_logit,
        "Newcombe": newcombe_interval(auc, m, len(scores) - m),
        "joined": delong_interval(is_positive, scores),
    }


def measure(area, m, n, spread, repeats, rng):
    """Coverage and mean width by method."""
    shift = stats.norm.ppf(area) * np.hypot(1, spread)
    is_positive = np.arange(m + n) < m
    covered: dict[str, list[bool]] = {}
    widths: dict[str, list[float]] = {}
    for _ in range(repeats):
        noise = rng.normal(size=m + n)
        scores = np.where(is_positive, shift + spread * noise, noise)
        for name, (low, high) in intervals(is_positive, scores).items():
            covered.setdefault(name, []).append(low <= area <= high)
            widths.setdefault(name, []).append(high - low)
    return {name: (np.mean(covered[name]), np.mean(widths[name])) for name in covered}


def main():
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=2000)
    parser.add_argument("--quick", action="store_true", help="50 repeats: shows that it runs")
    options = parser.parse_args()
    repeats = 50 if options.quick else options.repeats
    rng = np.random.default_rng(0)
    print(f"{repeats} repeats; coverage (mean width); standard error of a coverage of 95 %: "
          f"{np.sqrt(0.95 * 0.05 / repeats):.3f}")  # fmt: skip
    for area in AREAS:
        for m, n in SIZES:
            for spread in (1, 3):
                found = measure(area, m, n, spread, repeats, rng)
                row = "  ".join(f"{name} {c:.3f} ({w:.3f})" for name, (c, w) in found.items())
                print(f"area {area:<5}  {m:>3} + {n:<3}  spread {spread}  {row}", flush=True)


if __name__ == "__main__":
    main()
