"""Data with thousands of fresh rows, and spaces of cheap candidates, for judging scores."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sklearn.datasets import load_digits, make_friedman1, make_friedman3
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import Lasso, LogisticRegression, Ridge
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.pipeline import Pipeline
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from skhpo import Float, Int

N_FRESH = 5_000


def noise(rng, n):
    """Labels of two equal classes, and features that do not tell of them."""
    y = rng.permutation(np.arange(n) % 2)
    return rng.normal(size=(n, 10)), y


def weak(rng, n):
    """Two normal classes, a little apart in four of ten features."""
    y = rng.integers(0, 2, n)
    X = rng.normal(size=(n, 10))
    X[:, :4] += 0.45 * (2 * y - 1)[:, None]
    return X, y


def product(rng, n):
    """The sign of a product, with 15 % of the labels wrong."""
    X = rng.normal(size=(n, 6))
    return X, ((X[:, 0] * X[:, 1] > 0) ^ (rng.random(n) < 0.15)).astype(int)


def rings(rng, n):
    """Inside or outside of a blurred sphere."""
    X = rng.normal(size=(n, 5))
    return X, ((X**2).sum(axis=1) + rng.normal(size=n) > 4.6).astype(int)


def sparse_linear(rng, n):
    """A logistic model of three among thirty features."""
    X = rng.normal(size=(n, 30))
    signal = X[:, 0] + 0.7 * X[:, 1] - 0.5 * X[:, 2]
    return X, (signal + 0.6 * rng.logistic(size=n) > 0).astype(int)


def imbalanced(rng, n):
    """A tenth of the rows in the second class."""
    y = (rng.random(n) < 0.1).astype(int)
    X = rng.normal(size=(n, 8))
    X[:, :3] += 0.9 * y[:, None]
    return X, y


def digit_is_high(rng, n):
    """Handwritten digits from 5 on or below, from eight coarse features; bundled data."""
    X, y = load_digits(return_X_y=True)
    rows = rng.permutation(len(X))[:n]
    return X[rows][:, 18:46:4], (y[rows] > 4).astype(int)


def noise_target(rng, n):
    """A normal target, and features that do not tell of it."""
    return rng.normal(size=(n, 10)), rng.normal(size=n)


def friedman1(rng, n):
    """Friedman's first function with noise."""
    return make_friedman1(n, noise=2.0, random_state=int(rng.integers(2**31)))


def friedman3(rng, n):
    """Friedman's third function with noise."""
    return make_friedman3(n, noise=0.3, random_state=int(rng.integers(2**31)))


def weak_linear(rng, n):
    """A linear target with much noise, of five among twenty features."""
    X = rng.normal(size=(n, 20))
    return X, X[:, :5].sum(axis=1) + 3.0 * rng.normal(size=n)


@dataclass(frozen=True)
class Setting:
    """Data of a size."""

    make: object
    n: int

    @property
    def name(self):
        """Name and size."""
        return f"{self.make.__name__} {self.n}"

    def draw(self, repeat):
        """Development rows and fresh rows of one repeat."""
        rng = np.random.default_rng([sum(map(ord, self.make.__name__)), self.n, repeat])
        n_all = 1_797 if self.make is digit_is_high else self.n + N_FRESH
        X, y = self.make(rng, n_all)
        if self.make is noise:  # equal classes in both parts
            order = np.argsort(y, kind="stable").reshape(2, -1)
            dev = order[:, : self.n // 2].ravel()
            fresh = order[:, self.n // 2 :].ravel()
            return X[dev], y[dev], X[fresh], y[fresh]
        return X[: self.n], y[: self.n], X[self.n :], y[self.n :]


CLASSIFICATION = [
    Setting(noise, 50),
    Setting(noise, 100),
    Setting(noise, 300),
    Setting(weak, 100),
    Setting(weak, 300),
    Setting(product, 200),
    Setting(rings, 200),
    Setting(sparse_linear, 200),
    Setting(imbalanced, 300),
    Setting(digit_is_high, 200),
]
REGRESSION = [
    Setting(noise_target, 50),
    Setting(noise_target, 100),
    Setting(noise_target, 300),
    Setting(friedman1, 200),
    Setting(friedman3, 200),
    Setting(weak_linear, 200),
]


def classifiers():
    """A Pipeline and a space of cheap classifiers, none of which gives probabilities of 0 easily.

    A log loss that a single row of probability 0 decides is known from no validation rows.
    """
    space = [
        {"model": [LogisticRegression()], "model__C": Float(1e-4, 1e2, log=True)},
        {
            "model": [LinearDiscriminantAnalysis(solver="lsqr")],
            "model__shrinkage": Float(0.0, 1.0),
        },
        {
            "model": [KNeighborsClassifier()],
            "model__n_neighbors": Int(10, 35, log=True),
            "model__p": [1, 2],
        },
        {
            "model": [DecisionTreeClassifier(random_state=0)],
            "model__max_depth": Int(1, 5),
            "model__min_samples_leaf": Int(7, 20, log=True),
            "model__max_features": Float(0.2, 1.0),
        },
        {"model": [GaussianNB()], "model__var_smoothing": Float(1e-3, 10.0, log=True)},
    ]
    return Pipeline([("model", LogisticRegression())]), space


def regressors():
    """A Pipeline and a space of cheap regressors."""
    space = [
        {"model": [Ridge()], "model__alpha": Float(1e-2, 1e4, log=True)},
        {"model": [Lasso()], "model__alpha": Float(1e-3, 1.0, log=True)},
        {
            "model": [KNeighborsRegressor()],
            "model__n_neighbors": Int(3, 30, log=True),
            "model__p": [1, 2],
        },
        {
            "model": [DecisionTreeRegressor(random_state=0)],
            "model__max_depth": Int(1, 10),
            "model__min_samples_leaf": Int(1, 20, log=True),
            "model__max_features": Float(0.2, 1.0),
        },
    ]
    return Pipeline([("model", Ridge())]), space
