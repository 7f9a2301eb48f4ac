"""What the corrected score costs: time on top of a search, time by itself, and memory.

    python benchmarks/honesty/cost.py             some minutes
    python benchmarks/honesty/cost.py --quick     under a minute, smaller sizes

on top       CPU of fit and corrected_score_, over that of the same fit without a winner
             (several metrics, refit=False: nothing is recorded), runs in turn
by itself    CPU of the first access to corrected_score_, after a search of 500 candidates
memory       bytes of recorded predictions that a search holds after fit
"""

from __future__ import annotations

import argparse
import time

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import make_classification
from sklearn.naive_bayes import GaussianNB
from sklearn.tree import DecisionTreeClassifier
from threadpoolctl import threadpool_limits

from skhpo import GridSearch
from skhpo._honesty.store import MAX_BYTES


class Threshold(ClassifierMixin, BaseEstimator):
    """A fit of microseconds, so that many candidates on many rows take little time."""

    def __init__(self, shift=0.0):
        self.shift = shift

    def fit(self, X, y):
        """Remember the classes."""
        self.classes_ = np.unique(y)
        return self

    def predict_proba(self, X):
        """Probabilities by one feature."""
        p = 1 / (1 + np.exp(-(X[:, 0] + self.shift)))
        return np.column_stack([1 - p, p])

    def predict(self, X):
        """The likelier class."""
        return self.classes_[(self.predict_proba(X)[:, 1] > 0.5).astype(int)]


def spread(values):
    """Median and range."""
    return f"{np.median(values):.3f} ({min(values):.3f} to {max(values):.3f})"


def cpu(function):
    """CPU seconds of a call."""
    started = time.process_time()
    function()
    return time.process_time() - started


def on_top(name, estimator, space, metric, X, y, repeats):
    """Print the ratio of a search with the corrected score to one without."""
    scoring = {metric: metric}

    def plain():
        GridSearch(estimator, space, scoring=scoring, refit=False).fit(X, y)

    def corrected():
        # The refit is not of the correction; both do the same folds.
        search = GridSearch(estimator, space, scoring=scoring, refit=metric).fit(X, y)
        times.append(cpu(lambda: search.corrected_score_))

    plain()
    times, ratios = [], []
    for _ in range(repeats):
        base = cpu(plain)
        ratios.append(cpu(corrected) / base)
    print(
        f"{name:<34} {metric:<18} {spread(ratios)}   corrected_score_ {spread(times)} s", flush=True
    )


def by_itself(metric, n_candidates, n_rows, repeats):
    """Print the time of the first access."""
    X, y = make_classification(n_rows, 5, n_informative=3, random_state=0)
    times = []
    for _ in range(repeats):
        space = {"shift": np.linspace(-2, 2, n_candidates)}
        search = GridSearch(Threshold(), space, scoring=metric).fit(X, y)
        times.append(cpu(lambda search=search: search.corrected_score_))
    c = search.correction_
    print(
        f"{n_candidates} x {n_rows:<8} {metric:<18} {spread(times)} s; {c.n_candidates} "
        f"candidates, {c.n_units} units, {c.n_left_out} left out",
        flush=True,
    )


def memory(n_candidates, n_rows):
    """Print the bytes that are held after a fit."""
    X, y = make_classification(n_rows, 5, n_informative=3, random_state=0)
    space = {"shift": np.linspace(-2, 2, n_candidates)}
    search = GridSearch(Threshold(), space, scoring="neg_log_loss", cv=2).fit(X, y)
    held = sum(f.n_bytes for folds in search._evidence.responses.values() for f in folds)
    recorded = n_candidates * n_rows * 16
    print(
        f"{n_candidates} x {n_rows}: predictions of {recorded / 2**20:.0f} MB, held "
        f"{held / 2**20:.0f} MB of {MAX_BYTES / 2**20:.0f} MB; {search.correction_.n_left_out} "
        "candidates left out",
        flush=True,
    )


def main():
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true")
    quick = parser.parse_args().quick
    n, repeats = (40, 2) if quick else (200, 5)
    X, y = make_classification(1_000, 20, random_state=0)
    smoothing = {"var_smoothing": np.logspace(-9, 1, n)}
    leaves = {"min_samples_leaf": range(1, n + 1)}
    with threadpool_limits(1):
        print(f"on top of {n} candidates x 5 folds, 1,000 x 20 rows (ratio of CPU):")
        for metric in ("accuracy", "neg_log_loss", "roc_auc"):
            on_top("GaussianNB", GaussianNB(), smoothing, metric, X, y, repeats)
        tree = DecisionTreeClassifier(max_depth=5, random_state=0)
        on_top("DecisionTreeClassifier", tree, leaves, "accuracy", X, y, repeats)
        on_top("DecisionTreeClassifier", tree, leaves, "f1", X, y, repeats)
        print("by itself:")
        sizes = [(50, 2_000)] if quick else [(500, 10_000), (500, 100_000)]
        for n_candidates, n_rows in sizes:
            for metric in ("accuracy", "neg_log_loss", "roc_auc", "f1", "average_precision"):
                by_itself(metric, n_candidates, n_rows, 1 if n_rows > 10_000 else repeats)
        print("memory:")
        memory(*((20, 50_000) if quick else (200, 500_000)))


if __name__ == "__main__":
    main()
