"""Finished searches of every kind, small ones, by name."""

import warnings

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from skhpo import BayesSearch, Float, GridSearch, Int, RandomSearch, maximize

rng = np.random.default_rng(0)
X = rng.normal(size=(80, 3))
y = (X[:, 0] + rng.normal(scale=0.7, size=80) > 0).astype(int)
TREE = DecisionTreeClassifier(random_state=0)
DEPTHS = {"max_depth": Int(1, 9), "min_samples_leaf": Int(1, 20)}


class Failing(ClassifierMixin, BaseEstimator):
    """Fails but where its strength is 0."""

    def __init__(self, strength=0, message="no strength"):
        self.strength = strength
        self.message = message

    def fit(self, X, y):
        if self.strength:
            raise RuntimeError(self.message)
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        return np.full(len(X), self.classes_[0])


class Interrupting(ClassifierMixin, BaseEstimator):
    """Interrupts the search at its third candidate."""

    def __init__(self, depth=0):
        self.depth = depth

    def fit(self, X, y):
        if self.depth == 2:
            raise KeyboardInterrupt
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        return np.full(len(X), self.classes_[0])


def fit(search):
    """Fit, whatever it warns of."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return search.fit(X, y)


def interrupt(search):
    """Fit until the interrupt."""
    try:
        return fit(search)
    except KeyboardInterrupt:
        return search


def evaluate(x, kind="a"):
    """A function to maximise, which fails for large x."""
    if x > 0.6:
        raise ValueError("too large")
    return -((x - 0.3) ** 2) - (kind == "b")


def call_failing():
    """A result of which some calls failed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        space = {"x": Float(0, 1), "kind": ["a", "b"]}
        return maximize(evaluate, space, strategy="random", n_iter=15, random_state=0)


TWO = {"accuracy": "accuracy", "loss": "neg_log_loss"}
CONDITIONAL = [
    {"kernel": ["linear"], "C": Float(0.01, 10, log=True)},
    {"kernel": ["rbf"], "C": Float(0.01, 10, log=True), "gamma": Float(1e-3, 1, log=True)},
]

SEARCHES = {
    "grid": lambda: fit(GridSearch(TREE, {"max_depth": [1, 2, 3], "criterion": ["gini"]})),
    "random": lambda: fit(RandomSearch(TREE, DEPTHS, n_iter=12, random_state=0)),
    "bayes": lambda: fit(
        BayesSearch(TREE, DEPTHS, n_iter=12, random_state=0, initial_params={"max_depth": 2})
    ),
    "several metrics": lambda: fit(
        RandomSearch(
            LogisticRegression(), {"C": Float(0.01, 10, log=True)}, n_iter=6, scoring=TWO,
            refit="loss", random_state=0,
        )
    ),
    "no refit": lambda: fit(GridSearch(TREE, {"max_depth": [1, 2]}, refit=False)),
    "refit by a function": lambda: fit(
        GridSearch(TREE, {"max_depth": [1, 2]}, refit=lambda results: 1)
    ),
    "one fold": lambda: fit(RandomSearch(TREE, DEPTHS, n_iter=12, cv=0.3, random_state=0)),
    "one trial": lambda: fit(GridSearch(TREE, {})),
    "all but one failed": lambda: fit(GridSearch(Failing(), {"strength": [0, 1, 2, 3]})),
    "interrupted": lambda: interrupt(GridSearch(Interrupting(), {"depth": [0, 1, 2, 3]})),
    "nothing complete": lambda: interrupt(GridSearch(Interrupting(), {"depth": [2, 3]})),
    "conditional": lambda: fit(RandomSearch(SVC(), CONDITIONAL, n_iter=14, random_state=0)),
    "estimators": lambda: fit(
        GridSearch(
            SVC(), {"kernel": ["linear", "rbf", len], "C": [1, 1.5]}
        )
    ),
    "racing": lambda: fit(
        RandomSearch(TREE, DEPTHS, n_iter=12, racing=True, cv=8, random_state=0)
    ),
    "maximize": call_failing,
}  # fmt: skip
