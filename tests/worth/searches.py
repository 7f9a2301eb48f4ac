"""Searches of small data, and what is checked of each."""

from __future__ import annotations

import os
import re
import signal

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import make_classification, make_regression
from sklearn.tree import DecisionTreeClassifier

from skhpo import BayesSearch, GridSearch, RandomSearch

SEARCHES = [GridSearch, RandomSearch, BayesSearch]
X, Y = make_classification(90, flip_y=0.2, random_state=0)
XR, YR = make_regression(90, 5, noise=50.0, random_state=0)
TREE = DecisionTreeClassifier(random_state=0)
GRID = {"max_depth": [1, 2, 4, 8], "min_samples_leaf": [1, 5]}
GROUPS = np.arange(90) // 6


def build(cls=GridSearch, estimator=TREE, space=GRID, **keywords):
    """Build a search."""
    keywords = {"random_state": 0} | keywords
    if cls is not GridSearch:
        keywords = {"n_iter": 6} | keywords
    return cls(estimator, space, **keywords)


def check_correction(search, n_units=90, noun="rows"):
    """Check what every correction has; return it."""
    correction = search.correction_
    assert correction.why == ""
    low, high = search.corrected_interval_
    assert low <= search.corrected_score_ <= high
    name = search.refit if search.multimetric_ else "score"
    best = search.cv_results_[f"mean_test_{name}"][search.best_index_]
    assert search.optimism_ == pytest.approx(best - search.corrected_score_)
    assert correction.n_units == n_units
    assert noun in correction.method
    assert correction.n_candidates + correction.n_left_out == search.n_trials_
    return correction


def find_reason(search, name="corrected_score_"):
    """The reason, which an AttributeError gives too."""
    reason = search.correction_.why
    assert not hasattr(search, name)
    message = f"{type(search).__name__} object has no {name}: {reason}"
    with pytest.raises(AttributeError, match=f"^{re.escape(message)}$"):
        getattr(search, name)
    assert search.correction_.__repr__() == f"no corrected score: {reason}"
    return reason


class Fragile(ClassifierMixin, BaseEstimator):
    """Predicts one class; fails, or sends SIGINT, as it is told."""

    def __init__(self, label=0, fails=False, interrupts=False):
        self.label = label
        self.fails = fails
        self.interrupts = interrupts

    def fit(self, X, y):
        if self.fails:
            raise ValueError("fails")
        if self.interrupts:
            os.kill(os.getpid(), signal.SIGINT)
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        return np.full(len(X), self.label)
