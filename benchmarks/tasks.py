"""Data sets, the estimators and spaces searched on them, and grids of a given size.

Nothing is downloaded: three data sets come with scikit-learn, one is generated.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits
from sklearn.decomposition import PCA
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import MinMaxScaler, PolynomialFeatures, RobustScaler, StandardScaler
from sklearn.svm import SVC, SVR

from skhpo import Float, GridStrategy, Int


@dataclass(frozen=True)
class Model:
    """An estimator and its space."""

    name: str
    estimator: BaseEstimator
    space: dict[str, Any] | list[dict[str, Any]]


@dataclass(frozen=True)
class DataSet:
    """Rows, the metric they are judged by, and the models searched on them."""

    name: str
    X: np.ndarray
    y: np.ndarray
    scoring: str
    models: tuple[Model, ...]


def make_data_sets() -> list[DataSet]:
    """Make all tasks."""
    return [
        DataSet("digits", *load_digits(return_X_y=True), "accuracy", (pca_svc(),)),
        DataSet(
            "breast cancer",
            *load_breast_cancer(return_X_y=True),
            "roc_auc",
            (logistic_regression(), svc_of_two_kernels()),
        ),
        DataSet("diabetes", *load_diabetes(return_X_y=True), "r2", (polynomial_ridge(), svr())),
        DataSet("housing-like", *make_housing(), "r2", (gradient_boosting(),)),
    ]


def make_quick_data_sets() -> list[DataSet]:
    """Make two small tasks, one of each kind."""
    return [
        DataSet(
            "breast cancer",
            *load_breast_cancer(return_X_y=True),
            "roc_auc",
            (logistic_regression(),),
        ),
        DataSet("diabetes", *load_diabetes(return_X_y=True), "r2", (svr(),)),
    ]


def pca_svc() -> Model:
    """Three ranges; folds of some 0.1 s."""
    steps = [("reduce", PCA(random_state=0)), ("model", SVC())]
    space = {
        "reduce__n_components": Int(5, 60),
        "model__C": Float(1e-2, 1e3, log=True),
        "model__gamma": Float(1e-5, 1e-1, log=True),
    }
    return Model("PCA + SVC", Pipeline(steps), space)


def logistic_regression() -> Model:
    """One range and two choices, one of them a step of the Pipeline."""
    steps = [("scale", StandardScaler()), ("model", LogisticRegression(max_iter=2000))]
    space = {
        "scale": [StandardScaler(), MinMaxScaler(), RobustScaler()],
        "model__C": Float(1e-4, 1e3, log=True),
        "model__class_weight": [None, "balanced"],
    }
    return Model("scaler + LogisticRegression", Pipeline(steps), space)


def svc_of_two_kernels() -> Model:
    """A conditional space: each kernel has a parameter of its own."""
    C = Float(1e-2, 1e3, log=True)
    space = [
        {"model__kernel": ["rbf"], "model__C": C, "model__gamma": Float(1e-5, 1.0, log=True)},
        {"model__kernel": ["poly"], "model__C": C, "model__coef0": Float(0.0, 2.0)},
    ]
    steps = [("scale", StandardScaler()), ("model", SVC())]
    return Model("scaler + SVC, two kernels", Pipeline(steps), space)


def polynomial_ridge() -> Model:
    """One range and two choices; folds of a few milliseconds."""
    steps = [
        ("scale", StandardScaler()),
        ("expand", PolynomialFeatures(include_bias=False)),
        ("model", Ridge()),
    ]
    space = {
        "expand__degree": [1, 2],
        "expand__interaction_only": [False, True],
        "model__alpha": Float(1e-3, 1e4, log=True),
    }
    return Model("polynomials + Ridge", Pipeline(steps), space)


def svr() -> Model:
    """Three ranges; folds of a few milliseconds."""
    steps = [("scale", StandardScaler()), ("model", SVR())]
    space = {
        "model__C": Float(1e-1, 1e3, log=True),
        "model__epsilon": Float(1e-1, 1e2, log=True),
        "model__gamma": Float(1e-4, 1.0, log=True),
    }
    return Model("scaler + SVR", Pipeline(steps), space)


def gradient_boosting() -> Model:
    """Four ranges, two of them of integers."""
    space = {
        "learning_rate": Float(1e-2, 1.0, log=True),
        "max_leaf_nodes": Int(3, 64, log=True),
        "min_samples_leaf": Int(2, 100, log=True),
        "l2_regularization": Float(1e-3, 1e2, log=True),
    }
    model = HistGradientBoostingRegressor(max_iter=40, early_stopping=False, random_state=0)
    return Model("HistGradientBoosting", model, space)


def make_housing(n_rows: int = 1200, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Generate rows like those of the California housing data.

    Prices fall with the distance to two cities, rise with income, more so near a
    city, and are cut at 5; noise is proportional to the price.
    """
    rng = np.random.default_rng(seed)
    cities = np.array([[34.0, -118.2], [37.8, -122.4]])  # latitude, longitude
    near = cities[rng.integers(2, size=n_rows)] + rng.normal(scale=0.7, size=(n_rows, 2))
    far = rng.uniform([32.5, -124.0], [42.0, -114.5], size=(n_rows, 2))
    place = np.where(rng.uniform(size=(n_rows, 1)) < 0.75, near, far)
    distance = np.linalg.norm(place[:, None] - cities, axis=2).min(axis=1)
    income = rng.lognormal(mean=1.2, sigma=0.45, size=n_rows)
    age = rng.uniform(1, 52, size=n_rows)
    rooms = np.maximum(1.0, 3.5 + 0.5 * income + rng.normal(size=n_rows))
    bedrooms = rooms * rng.uniform(0.15, 0.3, size=n_rows)
    population = rng.lognormal(mean=7.0, sigma=0.7, size=n_rows)
    occupancy = rng.lognormal(mean=1.0, sigma=0.25, size=n_rows)
    price = 0.4 + 0.35 * income + (0.9 + 0.12 * income) * np.exp(-distance)
    price += 0.08 * np.log(rooms / bedrooms) - 0.15 * occupancy + 0.004 * age * (distance < 0.5)
    price *= rng.lognormal(sigma=0.15, size=n_rows)
    X = np.column_stack([income, age, rooms, bedrooms, population, occupancy, place])
    return X, np.clip(price, 0.15, 5.0)


def grid_of(space: Any, budget: int) -> list[dict[str, list[Any]]]:
    """Cut ranges so that the grid has as many cells as the budget, or a few less."""
    parts = space if isinstance(space, list) else [space]
    return [cut_ranges(part, budget // len(parts)) for part in parts]


def cut_ranges(part: dict[str, Any], budget: int) -> dict[str, list[Any]]:
    """Choose the number of points of each range, at least 2 and much alike."""
    ranges = [name for name, domain in part.items() if not isinstance(domain, list)]
    n_listed = math.prod(len(domain) for domain in part.values() if isinstance(domain, list))
    most = max(2, budget // (n_listed * 2 ** (len(ranges) - 1)))
    fitting = [
        counts
        for counts in product(range(2, most + 1), repeat=len(ranges))
        if math.prod(counts) * n_listed <= budget
    ]
    best = max(
        fitting,
        key=lambda counts: (math.prod(counts), min(counts) - max(counts)),
        default=(2,) * len(ranges),
    )
    cut = {name: quantiles(part[name], n) for name, n in zip(ranges, best, strict=True)}
    return {name: cut.get(name, domain) for name, domain in part.items()}


def quantiles(domain: Any, n_points: int) -> list[Any]:
    """Even quantiles of a range, as `GridSearch` takes them."""
    strategy = GridStrategy({"value": domain}, points_per_dimension=n_points)
    return [strategy.ask().params["value"] for _ in range(strategy.n_candidates)]
