"""A classifier that does what its parameter says."""

from __future__ import annotations

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin


class Scripted(ClassifierMixin, BaseEstimator):
    """A classifier whose score or failure is its parameter."""

    def __init__(self, does=0.5):
        self.does = does

    def fit(self, X, y):
        if self.does == "fail":
            raise ValueError("told to")
        self.classes_ = np.unique(y)
        return self

    def score(self, X, y):
        return self.does
