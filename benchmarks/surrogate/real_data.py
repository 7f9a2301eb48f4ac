"""Small data sets for objectives that are fitted live, and their three folds.

Nothing is downloaded: the rows come with scikit-learn or are generated. Most are made
harder by noise, so that a search has something to gain: features that mean nothing (`pad`),
labels that are wrong (`mislabel`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
from sklearn import datasets
from sklearn.model_selection import KFold, StratifiedKFold
from sklearn.preprocessing import scale

Rows = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Fold:
    """Training and validation rows of one split."""

    X_train: np.ndarray
    y_train: np.ndarray
    X_valid: np.ndarray
    y_valid: np.ndarray


@cache
def make_folds(name: str) -> tuple[Fold, ...]:
    """Cut a data set into three folds, stratified where y is of classes."""
    X, y = DATA_SETS[name](np.random.default_rng(list(name.encode())))
    splitter = StratifiedKFold if y.dtype.kind in "iu" else KFold
    splits = splitter(3, shuffle=True, random_state=0).split(X, y)
    return tuple(Fold(X[train], y[train], X[valid], y[valid]) for train, valid in splits)


def subsample(rows: Rows, n: int, rng: np.random.Generator) -> Rows:
    """Draw n rows."""
    X, y = rows
    chosen = rng.permutation(len(X))[:n]
    return X[chosen], y[chosen]


def pad(X: np.ndarray, n: int, rng: np.random.Generator) -> np.ndarray:
    """Append n features of the Gaussian that mean nothing."""
    return np.hstack([X, rng.standard_normal((len(X), n))])


def mislabel(y: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    """Draw a share of the labels anew."""
    return np.where(rng.uniform(size=len(y)) < share, rng.permutation(y), y)


def rescale(X: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Give the features units of their own, over three decades."""
    return scale(X) * 10 ** rng.uniform(-1.5, 1.5, X.shape[1]) + rng.uniform(-5, 5, X.shape[1])


def breast_cancer(rng: np.random.Generator) -> Rows:
    """Diagnoses, 200 rows, a tenth of them doubtful."""
    X, y = subsample(datasets.load_breast_cancer(return_X_y=True), 200, rng)
    return scale(X), mislabel(y, 0.1, rng)


def digits(rng: np.random.Generator) -> Rows:
    """Ten digits, 240 rows, the 64 pixels as they are, 0 to 16, but for noise."""
    X, y = subsample(datasets.load_digits(return_X_y=True), 240, rng)
    return X + 3.2 * rng.standard_normal(X.shape), y


def odd_digits(rng: np.random.Generator) -> Rows:
    """Whether a digit is odd, 300 rows."""
    X, y = subsample(datasets.load_digits(return_X_y=True), 300, rng)
    return X / 4 - 2, mislabel(y % 2, 0.05, rng)


def blurred_digits(rng: np.random.Generator) -> Rows:
    """Ten digits, 200 rows with noise, among them 20 pixels of noise only."""
    X, y = subsample(datasets.load_digits(return_X_y=True), 200, rng)
    return pad(X + 3 * rng.standard_normal(X.shape), 20, rng), y


def wine(rng: np.random.Generator) -> Rows:
    """Three cultivars, 178 rows, 13 features and 12 that mean nothing, some labels wrong."""
    X, y = datasets.load_wine(return_X_y=True)
    return pad(scale(X), 12, rng), mislabel(y, 0.15, rng)


def wide_wine(rng: np.random.Generator) -> Rows:
    """Three cultivars, 110 rows, nearly as many features as rows of a fold, blurred."""
    X, y = subsample(datasets.load_wine(return_X_y=True), 110, rng)
    return pad(scale(X) + rng.standard_normal(X.shape), 45, rng), y


def iris(rng: np.random.Generator) -> Rows:
    """Three species, 150 rows, blurred, 14 features that mean nothing, units mixed."""
    X, y = datasets.load_iris(return_X_y=True)
    return rescale(pad(scale(X) + 0.6 * rng.standard_normal(X.shape), 14, rng), rng), y


def hastie(rng: np.random.Generator) -> Rows:
    """A sphere in ten dimensions, 300 rows."""
    X, y = datasets.make_hastie_10_2(300, random_state=int(rng.integers(1000)))
    return X, mislabel((y > 0).astype(int), 0.05, rng)


def rare_class(rng: np.random.Generator) -> Rows:
    """Two classes in three clusters each, one class in six, 260 rows."""
    seed = int(rng.integers(1000))
    X, y = datasets.make_classification(
        260,
        10,
        n_informative=5,
        n_clusters_per_class=3,
        weights=[0.83],
        flip_y=0.03,
        class_sep=1.3,
        random_state=seed,
    )
    return scale(X), y


def circles(rng: np.random.Generator) -> Rows:
    """Two rings with noise, 300 rows, and six features that mean nothing."""
    X, y = datasets.make_circles(300, noise=0.18, factor=0.5, random_state=int(rng.integers(1000)))
    return pad(X, 6, rng), y


def moons(rng: np.random.Generator) -> Rows:
    """Two half moons, 400 rows, four features that mean nothing, units mixed."""
    X, y = datasets.make_moons(400, noise=0.25, random_state=int(rng.integers(1000)))
    return rescale(pad(X, 4, rng), rng), y


def four_classes(rng: np.random.Generator) -> Rows:
    """Four classes of two clusters each, 300 rows of 12 features."""
    seed = int(rng.integers(1000))
    X, y = datasets.make_classification(
        300, 12, n_informative=7, n_classes=4, flip_y=0.02, class_sep=1.2, random_state=seed
    )
    return scale(X), y


def wide_classes(rng: np.random.Generator) -> Rows:
    """Three classes, 150 rows of 80 features, of which eight matter."""
    seed = int(rng.integers(1000))
    X, y = datasets.make_classification(
        150, 80, n_informative=8, n_redundant=4, n_classes=3, class_sep=1.5, random_state=seed
    )
    return scale(X), y


def wide_pair(rng: np.random.Generator) -> Rows:
    """Two classes by six of 40 features, 200 rows, with labels that are wrong."""
    X = rng.standard_normal((200, 40))
    weights = np.array([1.6, -1.3, 1.1, -0.9, 0.7, 0.6])
    return X, mislabel((X[:, :6] @ weights > 0.3).astype(int), 0.15, rng)


def checkers(rng: np.random.Generator) -> Rows:
    """Fields of a board of three by three, 240 rows, and one feature that means nothing."""
    X = rng.uniform(-1.5, 1.5, (240, 2))
    fields = np.floor(X + 1.5).sum(axis=1).astype(int) % 2
    return pad(X, 1, rng), mislabel(fields, 0.06, rng)


def spirals(rng: np.random.Generator) -> Rows:
    """Three arms of a spiral, 240 rows, with noise."""
    y = np.arange(240) % 3
    radius = rng.uniform(0.15, 1, 240)
    angle = 3.5 * radius + 2 * np.pi * y / 3 + 0.4 * rng.standard_normal(240)
    return 2 * (radius * np.array([np.cos(angle), np.sin(angle)])).T, y


def friedman1(rng: np.random.Generator) -> Rows:
    """Friedman's first function, 200 rows, five of ten features matter."""
    return datasets.make_friedman1(200, 10, noise=1.5, random_state=int(rng.integers(1000)))


def friedman2(rng: np.random.Generator) -> Rows:
    """Friedman's second function, 240 rows, scaled, y in its deviations."""
    X, y = datasets.make_friedman2(240, noise=60, random_state=int(rng.integers(1000)))
    return scale(X), scale(y)


def friedman2_padded(rng: np.random.Generator) -> Rows:
    """Friedman's second function, 160 rows, with four features that mean nothing."""
    X, y = datasets.make_friedman2(160, noise=100, random_state=int(rng.integers(1000)))
    return scale(pad(scale(X), 4, rng)), scale(y)


def friedman3(rng: np.random.Generator) -> Rows:
    """Friedman's third function, 300 rows, with three features that mean nothing."""
    X, y = datasets.make_friedman3(300, noise=0.15, random_state=int(rng.integers(1000)))
    return pad(X, 3, rng), y


def diabetes(rng: np.random.Generator) -> Rows:
    """Progression of diabetes, 220 rows, y as it is, 25 to 346."""
    X, y = subsample(datasets.load_diabetes(return_X_y=True), 220, rng)
    return scale(X), y


def diabetes_padded(rng: np.random.Generator) -> Rows:
    """Progression of diabetes, 200 other rows, with eight features that mean nothing."""
    X, y = subsample(datasets.load_diabetes(return_X_y=True), 200, rng)
    return pad(scale(X), 8, rng), y


def sparse_linear(rng: np.random.Generator) -> Rows:
    """Four of 60 features matter, 130 rows."""
    return datasets.make_sparse_uncorrelated(130, 60, random_state=int(rng.integers(1000)))


def swiss_roll(rng: np.random.Generator) -> Rows:
    """Place along a rolled sheet, 300 rows, with two features that mean nothing."""
    X, t = datasets.make_swiss_roll(300, noise=0.8, random_state=int(rng.integers(1000)))
    return pad(X, 2, rng), t


def quadratic(rng: np.random.Generator) -> Rows:
    """Products and squares of 3 of 8 features, 180 rows, units mixed."""
    X = rng.standard_normal((180, 8))
    y = X[:, 0] * X[:, 1] + X[:, 2] ** 2 + 1.5 * X[:, 1] + 0.8 * rng.standard_normal(180)
    return rescale(X, rng), y


def outliers(rng: np.random.Generator) -> Rows:
    """A linear function of 6 of 20 features, 160 rows, a tenth of them far off, units mixed."""
    X = rng.standard_normal((160, 20))
    y = X[:, :6] @ np.array([3.0, -2.0, 1.5, 1.0, -0.7, 0.5]) + rng.standard_normal(160)
    y[rng.uniform(size=160) < 0.1] += 25
    return rescale(X, rng), y


def waves(rng: np.random.Generator) -> Rows:
    """Sines and a step in 4 of 9 features, 200 rows."""
    X = rng.uniform(-1, 1, (200, 9))
    smooth = np.sin(4 * X[:, 0]) + 0.8 * np.sin(3 * X[:, 1] * X[:, 2])
    return X, smooth + (X[:, 3] > 0.2) + 0.3 * rng.standard_normal(200)


DATA_SETS: dict[str, Callable[[np.random.Generator], Rows]] = {
    make.__name__: make
    for make in (
        breast_cancer,
        digits,
        odd_digits,
        blurred_digits,
        wine,
        wide_wine,
        iris,
        hastie,
        rare_class,
        circles,
        moons,
        four_classes,
        wide_classes,
        wide_pair,
        checkers,
        spirals,
        friedman1,
        friedman2,
        friedman2_padded,
        friedman3,
        diabetes,
        diabetes_padded,
        sparse_linear,
        swiss_roll,
        quadratic,
        outliers,
        waves,
    )
}
