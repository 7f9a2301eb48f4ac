"""Estimators that the tests send to workers; a module of its own, which workers can import."""

import os
import signal

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin


class Killer(ClassifierMixin, BaseEstimator):
    """Ends its process once for each marker, in the first fold that finds none."""

    def __init__(self, marker=None):
        self.marker = marker

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        if self.marker is not None:
            try:
                os.close(os.open(self.marker, os.O_CREAT | os.O_EXCL))
            except FileExistsError:
                pass
            else:
                os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
        return self

    def predict(self, X):
        return np.full(len(X), self.classes_[0])
