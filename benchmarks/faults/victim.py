"""A search that is killed: it says on its output when it begins and what it found.

python benchmarks/faults/victim.py CHECKPOINT LOG
"""

import os
import sys
import time

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import load_iris

from skhpo import GridSearch

N_CANDIDATES = 60
N_FOLDS = 5
FIT_SECONDS = 0.02


class Logged(ClassifierMixin, BaseEstimator):
    """Takes its time and writes a line then, if there is a log: parameter, rows, process, time."""

    def __init__(self, C=1.0, log=None):
        self.C = C
        self.log = log

    def fit(self, X, y):
        """Fit."""
        self.classes_ = np.unique(y)
        self.edge_ = np.quantile(X[:, 2], 1 / (1 + self.C))
        if self.log is not None:
            time.sleep(FIT_SECONDS)
            with open(self.log, "a", encoding="ascii") as file:
                file.write(f"{self.C!r} {X.sum()!r} {os.getpid()} {time.time()!r}\n")
        return self

    def predict(self, X):
        """Two edges."""
        return np.where(X[:, 2] < self.edge_, 0, 1 + (X[:, 3] > 1.7))


def make_search(log=None, n_jobs=2, **keywords):
    """The search."""
    grid = {"C": np.logspace(-2, 2, N_CANDIDATES).tolist()}
    return GridSearch(Logged(log=log), grid, n_jobs=n_jobs, refit=False, **keywords)


def main():
    """Search, and print the scores."""
    checkpoint, log = sys.argv[1:]
    X, y = load_iris(return_X_y=True)
    print("begins", flush=True)
    search = make_search(log, checkpoint=checkpoint, cv=N_FOLDS).fit(X, y)
    print("scores", [repr(float(s)) for s in search.cv_results_["mean_test_score"]], flush=True)


if __name__ == "__main__":
    main()
