"""Searches of Pipelines: two on spaces of one dict, three whose steps are swapped.

Parameters have names of their own rather than Pipeline's `step__name`, and what stands for
a step is its name: a search sees strings and numbers only. The defaults are those of a
Pipeline that a user would begin with.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from folds import CrossValidated, accuracy, negated_mae, r2
from sklearn.base import BaseEstimator
from sklearn.decomposition import PCA
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.feature_selection import SelectKBest, f_regression
from sklearn.kernel_approximation import Nystroem
from sklearn.linear_model import ElasticNet, HuberRegressor, Lasso, LogisticRegression, Ridge
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    MaxAbsScaler,
    MinMaxScaler,
    PolynomialFeatures,
    QuantileTransformer,
    RobustScaler,
    StandardScaler,
)
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier
from task import Branch, Params, Task

from skhpo import Categorical, Float, Int

SCALERS: dict[str, Any] = {
    "passthrough": lambda: "passthrough",
    "minmax": MinMaxScaler,
    "maxabs": MaxAbsScaler,
    "quantile": partial(QuantileTransformer, n_quantiles=30, random_state=0),
    "robust": RobustScaler,
    "standard": StandardScaler,
}
REDUCERS: dict[str, Any] = {
    "pca": partial(PCA, random_state=0),
    "select": SelectKBest,
    "nystroem": partial(Nystroem, random_state=0),
}
# A fit of libsvm on unscaled features need not end.
CLASSIFIERS: dict[str, Any] = {
    "bayes": GaussianNB,
    "extra_trees": partial(ExtraTreesClassifier, random_state=0),
    "logistic": partial(LogisticRegression, max_iter=30),
    "neighbours": KNeighborsClassifier,
    "svc": partial(SVC, max_iter=5_000),
    "tree": partial(DecisionTreeClassifier, random_state=0),
}
LINEAR_REGRESSORS: dict[str, Any] = {
    "elastic_net": partial(ElasticNet, max_iter=300),
    "huber": partial(HuberRegressor, max_iter=50),
    "lasso": partial(Lasso, max_iter=300),
    "ridge": Ridge,
}


def selected_neighbours(scaler: str, k: int, **neighbours: object) -> BaseEstimator:
    """Scaled and selected features before nearest neighbours."""
    return make_pipeline(SCALERS[scaler](), SelectKBest(k=k), KNeighborsClassifier(**neighbours))


def polynomial_ridge(
    scaler: str, degree: int, interaction_only: bool, k: int, alpha: float
) -> BaseEstimator:
    """Products of scaled features, the best of them selected, before ridge regression."""
    return make_pipeline(
        SCALERS[scaler](),
        PolynomialFeatures(degree, interaction_only=interaction_only, include_bias=False),
        SelectKBest(f_regression, k=k),
        Ridge(alpha),
    )


def reduced_classifier(
    scaler: str, reducer: str, model: str, **parameters: object
) -> BaseEstimator:
    """Scaled and reduced features before a classifier; the reducer's names begin with its."""
    prefix = f"{reducer}_"
    own = {
        name.removeprefix(prefix): v for name, v in parameters.items() if name.startswith(prefix)
    }
    rest = {name: v for name, v in parameters.items() if not name.startswith(prefix)}
    return make_pipeline(SCALERS[scaler](), REDUCERS[reducer](**own), CLASSIFIERS[model](**rest))


def scaled_classifier(scaler: str, k: int, model: str, **parameters: object) -> BaseEstimator:
    """Scaled and selected features before a classifier."""
    return make_pipeline(SCALERS[scaler](), SelectKBest(k=k), CLASSIFIERS[model](**parameters))


def scaled_linear(scaler: str, model: str, **parameters: object) -> BaseEstimator:
    """Scaled features before a linear regressor."""
    return make_pipeline(SCALERS[scaler](), LINEAR_REGRESSORS[model](**parameters))


def branches_of(first: list[Branch], second: list[Branch], shared: Params) -> list[Branch]:
    """Every dict of the first list with every one of the second, and what all share."""
    return [{**a, **b, **shared} for a in first for b in second]


PLAIN_PIPELINE_TASKS = (
    Task(
        "neighbours_moons",
        {
            "scaler": Categorical(list(SCALERS)),
            "k": Int(1, 6),
            "n_neighbors": Int(1, 150, log=True),
            "weights": ["distance", "uniform"],
            "p": Float(1, 5),
        },
        CrossValidated(selected_neighbours, "moons", accuracy),
        defaults={
            "scaler": "standard",
            "k": 6,
            "n_neighbors": 5,
            "weights": "uniform",
            "p": 2.0,
        },
    ),
    Task(
        "polynomial_ridge_quadratic",
        {
            "scaler": Categorical(list(SCALERS)),
            "degree": Int(1, 3),
            "interaction_only": [True, False],
            "k": Int(2, 40, log=True),
            "alpha": Float(1e-5, 1e4, log=True),
        },
        CrossValidated(polynomial_ridge, "quadratic", r2),
        defaults={
            "scaler": "standard",
            "degree": 2,
            "interaction_only": False,
            "k": 10,
            "alpha": 1.0,
        },
    ),
)

CONDITIONAL_PIPELINE_TASKS = (
    Task(
        "reduced_classifiers_digits",
        branches_of(
            [
                {"reducer": ["select"], "select_k": Int(1, 80, log=True)},
                {"reducer": ["pca"], "pca_n_components": Int(1, 60), "pca_whiten": [False, True]},
                {
                    "reducer": ["nystroem"],
                    "nystroem_gamma": Float(1e-5, 1, log=True),
                    "nystroem_n_components": Int(5, 120, log=True),
                },
            ],
            [
                {
                    "model": ["neighbours"],
                    "n_neighbors": Int(1, 40),
                    "weights": ["uniform", "distance"],
                },
                {"model": ["svc"], "C": Float(1e-3, 1e4, log=True), "kernel": ["linear", "rbf"]},
            ],
            {"scaler": ["passthrough", "minmax", "quantile", "standard"]},
        ),
        CrossValidated(reduced_classifier, "blurred_digits", accuracy),
        defaults={
            "reducer": "select",
            "select_k": 10,
            "model": "neighbours",
            "n_neighbors": 5,
            "weights": "uniform",
            "scaler": "standard",
        },
    ),
    Task(
        "scaled_linear_outliers",
        branches_of(
            [
                {"model": ["ridge"]},
                {"model": ["lasso"]},
                {"model": ["elastic_net"], "l1_ratio": Float(0.01, 1)},
                {"model": ["huber"], "epsilon": Float(1, 5)},
            ],
            [{"scaler": Categorical(list(SCALERS)), "alpha": Float(1e-5, 1e4, log=True)}],
            {"fit_intercept": [True, False]},
        ),
        CrossValidated(scaled_linear, "outliers", negated_mae),
        defaults={"model": "ridge", "scaler": "standard", "alpha": 1.0, "fit_intercept": True},
    ),
    Task(
        "six_classifiers_iris",
        branches_of(
            [
                {"model": ["logistic"], "C": Float(1e-4, 1e4, log=True)},
                {
                    "model": ["svc"],
                    "C": Float(1e-3, 1e4, log=True),
                    "gamma": Float(1e-5, 10, log=True),
                },
                {
                    "model": ["neighbours"],
                    "n_neighbors": Int(1, 60, log=True),
                    "weights": ["uniform", "distance"],
                },
                {
                    "model": ["tree"],
                    "max_depth": Int(1, 20),
                    "min_samples_leaf": Int(1, 30),
                    "ccp_alpha": Float(1e-5, 0.3, log=True),
                },
                {"model": ["bayes"], "var_smoothing": Float(1e-9, 10, log=True)},
                {
                    "model": ["extra_trees"],
                    "n_estimators": Int(2, 12),
                    "max_depth": Int(1, 20),
                    "min_samples_leaf": Int(1, 30),
                },
            ],
            [{"scaler": ["passthrough", "minmax", "robust", "standard"]}],
            {"k": Int(1, 18)},
        ),
        CrossValidated(scaled_classifier, "iris", accuracy),
        defaults={"model": "logistic", "C": 1.0, "scaler": "standard", "k": 10},
    ),
)
