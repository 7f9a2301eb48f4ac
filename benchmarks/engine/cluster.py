"""A search on this machine, on a dask cluster and on a ray cluster, in one run.

    python benchmarks/engine/cluster.py [--quick] [--n-workers 8]

Fits do nothing for a lognormal time (sigma 1, median 150 ms), drawn from the candidate
and the fold, so that the machine's cores do not matter. Wall over ideal is the duration
of ``fit`` over the sum of all fits divided by the workers. Scores must be equal on each.
"""

import argparse
import time

import joblib
import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin

from skhpo import RandomSearch


class Sleeper(RegressorMixin, BaseEstimator):
    """Fits for a time that its parameter and its rows determine."""

    def __init__(self, C=1.0, median=0.15, seed=0):
        self.C = C
        self.median = median
        self.seed = seed

    def duration(self, X):
        """Seconds of a fit: lognormal, drawn from the candidate and the fold."""
        # The sum differs between folds; the first row is the same in most of them.
        seed = [self.seed, int(self.C * 1e9), int(X.sum())]
        return self.median * np.random.default_rng(seed).lognormal(0.0, 1.0)

    def fit(self, X, y):
        """Sleep."""
        self.seconds_ = self.duration(X)
        time.sleep(self.seconds_)
        return self

    def predict(self, X):
        """The candidate's one value."""
        return np.full(len(X), self.C)


def search(n_iter, median):
    """A random search of folds that have different times."""
    space = {"C": list(np.linspace(0.0, 1.0, 10 * n_iter))}
    estimator = Sleeper(median=median)
    return RandomSearch(estimator, space, n_iter=n_iter, random_state=0, refit=False)


def measure(backend, n_workers, n_iter, median):
    """Wall over ideal of one search, and its scores."""
    rng = np.random.default_rng(0)
    X, y = np.arange(100.0)[:, None], rng.normal(size=100)
    with joblib.parallel_config(backend, n_jobs=n_workers):
        # Workers start, and import what they need, before the clock does.
        search(2 * n_workers, 0.01).fit(X, y)
        started = time.perf_counter()
        fitted = search(n_iter, median).fit(X, y)
        wall = time.perf_counter() - started
    total = sum(fold.fit_seconds for trial in fitted.trials_ for fold in trial.folds)
    return wall / (total / n_workers), fitted.cv_results_["mean_test_score"]


def open_dask(n_workers):
    """A dask cluster on this machine, one thread a worker."""
    from distributed import Client, LocalCluster

    cluster = LocalCluster(n_workers=n_workers, threads_per_worker=1, dashboard_address=":0")
    return Client(cluster)


def open_ray(n_workers):
    """A ray cluster on this machine."""
    import ray
    from ray.util.joblib import register_ray

    register_ray()
    return ray.init(num_cpus=n_workers, include_dashboard=False, log_to_driver=False)


OPEN = {"loky": None, "dask": open_dask, "ray": open_ray}


def main():
    """Print a line for each backend whose library is installed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="two workers, few fits")
    parser.add_argument("--n-workers", type=int, default=8)
    given = parser.parse_args()
    n_workers, n_iter, median, n_runs = given.n_workers, 100, 0.15, 3
    if given.quick:
        n_workers, n_iter, median, n_runs = 2, 6, 0.05, 1
    expected = None
    print(f"{n_workers} workers, {n_iter} candidates, 5 folds, fits of {median * 1e3:.0f} ms")
    for backend, start in OPEN.items():
        try:
            cluster = start(n_workers) if start else None
        except ImportError as error:
            print(f"{backend:5} left out: {error}")
            continue
        ratios = []
        for _ in range(n_runs):
            ratio, scores = measure(backend, n_workers, n_iter, median)
            ratios.append(ratio)
        expected = scores if expected is None else expected
        same = "equal" if np.array_equal(scores, expected) else "DIFFERENT"
        print(
            f"{backend:5} wall over ideal {np.median(ratios):.3f} "
            f"({min(ratios):.3f} to {max(ratios):.3f}), scores {same}",
            flush=True,
        )
        if backend == "dask":
            cluster.cluster.close()
            cluster.close()


if __name__ == "__main__":
    main()
