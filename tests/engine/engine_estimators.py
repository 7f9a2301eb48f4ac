"""Estimators that the tests send to workers; a module of its own, which workers can import."""

import os
import signal
import time

import joblib
import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from threadpoolctl import threadpool_info


class Killer(ClassifierMixin, BaseEstimator):
    """Ends its process once for each marker, in the first fold that finds none."""

    def __init__(self, marker=None):
        self.marker = marker

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        if self.marker:
            try:
                os.close(os.open(self.marker, os.O_CREAT | os.O_EXCL))
            except FileExistsError:
                pass
            else:
                os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
        return self

    def predict(self, X):
        return np.full(len(X), self.classes_[0])


class Deadly(ClassifierMixin, BaseEstimator):
    """Ends its process each time, in the fold whose training rows begin with row 17 of iris."""

    def __init__(self, dies=False, tries=""):
        self.dies = dies
        self.tries = tries

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        if self.dies and X[0, 3] == 0.3:
            with open(self.tries, "ab") as file:
                file.write(b".")
            os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
            time.sleep(60)
        return self

    def predict(self, X):
        return np.full(len(X), self.classes_[0])


class Witness(ClassifierMixin, BaseEstimator):
    """Writes when its fit ran, and how many threads BLAS and joblib might use in it."""

    def __init__(self, path="", C=1.0):
        self.path = path
        self.C = C

    def fit(self, X, y):
        begin = time.time()
        blas = [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]
        n_threads = max([*blas, joblib.effective_n_jobs(None)])
        time.sleep(0.05)
        with open(self.path, "a", encoding="ascii") as file:
            file.write(f"{begin} {time.time()} {n_threads}\n")
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        return np.full(len(X), self.classes_[0])


class Sleeper(ClassifierMixin, BaseEstimator):
    """Takes its time, and says in a file that it has begun to."""

    def __init__(self, seconds=0, began=""):
        self.seconds = seconds
        self.began = began

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        if self.seconds:
            open(self.began, "ab").close()
            time.sleep(self.seconds)
        return self

    def predict(self, X):
        return np.full(len(X), self.classes_[0])
