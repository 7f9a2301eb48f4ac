"""Fold scores of many candidates on many data sets, for replays of searches."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.datasets import (
    load_breast_cancer,
    load_diabetes,
    load_digits,
    load_iris,
    load_wine,
    make_classification,
    make_friedman1,
    make_friedman3,
)
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import ElasticNet, LogisticRegression, Ridge
from sklearn.model_selection import KFold, StratifiedKFold, cross_validate
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, SVR
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from skhpo import Categorical, Float, Int, RandomStrategy


@dataclass(frozen=True)
class Pair:
    """An estimator with a space, on a data set."""

    name: str
    data: tuple[Any, Any]
    estimator: Any
    space: dict[str, Any]
    scoring: str


def scaled(estimator: Any) -> Any:
    """An estimator behind a scaler."""
    return make_pipeline(StandardScaler(), estimator)


def make_pairs() -> list[Pair]:
    """All pairs; the first four are quick."""
    iris, wine, cancer, digits, diabetes = (
        load(return_X_y=True)
        for load in (load_iris, load_wine, load_breast_cancer, load_digits, load_diabetes)
    )
    few = (digits[0][:500], digits[1][:500])
    noisy = make_classification(400, 20, n_informative=4, flip_y=0.2, random_state=0)
    odd = make_classification(600, 12, n_informative=5, weights=[0.9], random_state=1)
    friedman1 = make_friedman1(300, noise=1.0, random_state=0)
    friedman3 = make_friedman3(300, noise=0.1, random_state=0)
    C, gamma = Float(1e-3, 1e3, log=True), Float(1e-4, 10.0, log=True)
    tree = {"max_depth": Int(1, 20), "min_samples_leaf": Int(1, 50, log=True)}
    near = {"n_neighbors": Int(1, 60), "weights": ["uniform", "distance"], "p": [1, 2]}
    net = {"alpha": Float(1e-4, 10.0, log=True), "l1_ratio": Float(0.0, 1.0)}
    boost = {
        "learning_rate": Float(0.01, 1.0, log=True),
        "max_leaf_nodes": Int(2, 31),
        "max_iter": Int(5, 30),
    }
    forest = {"max_features": Float(0.05, 1.0), "min_samples_leaf": Int(1, 30, log=True)}
    mlp = {
        "mlpclassifier__alpha": Float(1e-5, 10.0, log=True),
        "mlpclassifier__learning_rate_init": Float(1e-4, 0.3, log=True),
        "mlpclassifier__hidden_layer_sizes": Categorical([(5,), (20,), (50,)]),
    }
    svc = {"svc__C": C, "svc__gamma": gamma}
    svr = {"svr__C": C, "svr__gamma": gamma, "svr__epsilon": Float(1e-3, 1.0, log=True)}
    logistic = {"logisticregression__C": C}
    bayes = {"var_smoothing": Float(1e-12, 1.0, log=True)}
    return [
        Pair("tree, cancer", cancer, DecisionTreeClassifier(random_state=0), tree, "accuracy"),
        Pair("neighbours, noisy", noisy, KNeighborsClassifier(), near, "roc_auc"),
        Pair("elastic net, diabetes", diabetes, scaled(ElasticNet()), _step(net), "r2"),
        Pair("SVC, wine", wine, scaled(SVC()), svc, "accuracy"),
        Pair("SVC, iris", iris, scaled(SVC()), svc, "accuracy"),
        Pair("SVC, digits", few, scaled(SVC()), svc, "accuracy"),
        Pair("SVC, rare class", odd, scaled(SVC()), svc, "balanced_accuracy"),
        Pair(
            "logistic, cancer",
            cancer,
            scaled(LogisticRegression(max_iter=500)),
            logistic,
            "neg_log_loss",
        ),
        Pair("naive Bayes, digits", digits, GaussianNB(), bayes, "accuracy"),
        Pair("neighbours, Friedman 1", friedman1, scaled(KNeighborsRegressor()), _near(near), "r2"),
        Pair(
            "tree, Friedman 3",
            friedman3,
            DecisionTreeRegressor(random_state=0),
            tree,
            "neg_root_mean_squared_error",
        ),
        Pair("SVR, Friedman 1", friedman1, scaled(SVR()), svr, "neg_mean_absolute_error"),
        Pair(
            "ridge, diabetes",
            diabetes,
            scaled(Ridge()),
            {"ridge__alpha": Float(1e-3, 1e5, log=True)},
            "neg_mean_squared_error",
        ),
        Pair(
            "boosting, noisy",
            noisy,
            HistGradientBoostingClassifier(random_state=0),
            boost,
            "neg_log_loss",
        ),
        Pair(
            "forest, rare class",
            odd,
            RandomForestClassifier(n_estimators=20, random_state=0),
            forest,
            "roc_auc",
        ),
        Pair(
            "network, wine",
            wine,
            scaled(MLPClassifier(max_iter=60, random_state=0)),
            mlp,
            "accuracy",
        ),
    ]


def _step(space: dict[str, Any]) -> dict[str, Any]:
    """Space of an elastic net behind a scaler."""
    return {f"elasticnet__{name}": dimension for name, dimension in space.items()}


def _near(space: dict[str, Any]) -> dict[str, Any]:
    """Space of neighbours of a regressor behind a scaler."""
    return {f"kneighborsregressor__{name}": dimension for name, dimension in space.items()}


def score_folds(pair: Pair, n_candidates: int, n_folds: int) -> np.ndarray:
    """Scores of random candidates, shape (n_candidates, n_folds)."""
    X, y = pair.data
    is_class = len(np.unique(y)) < 20
    splitter = StratifiedKFold if is_class else KFold
    folds = list(splitter(n_folds, shuffle=True, random_state=0).split(X, y))
    strategy = RandomStrategy(pair.space, random_state=0)
    rows = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for _ in range(n_candidates):
            candidate = clone(pair.estimator).set_params(**strategy.ask().params)
            result = cross_validate(candidate, X, y, cv=folds, scoring=pair.scoring)
            rows.append(result["test_score"])
    return np.array(rows)
