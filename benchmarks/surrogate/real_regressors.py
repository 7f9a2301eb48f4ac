"""Searches of regressors: seven on spaces of one dict, two on conditional ones."""

from __future__ import annotations

from functools import partial

from folds import CrossValidated, negated_mae, negated_rmse, r2
from sklearn.base import BaseEstimator
from sklearn.ensemble import (
    BaggingRegressor,
    ExtraTreesRegressor,
    GradientBoostingRegressor,
    HistGradientBoostingRegressor,
    RandomForestRegressor,
)
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import ElasticNet
from sklearn.neural_network import MLPRegressor
from sklearn.svm import SVR
from sklearn.tree import DecisionTreeRegressor
from task import Task

from skhpo import Categorical, Float, Int


def bagged_trees(max_depth: int, min_samples_leaf: int, **bagging: object) -> BaseEstimator:
    """Bagging of decision trees."""
    tree = DecisionTreeRegressor(max_depth=max_depth, min_samples_leaf=min_samples_leaf)
    return BaggingRegressor(tree, random_state=0, **bagging)


ENSEMBLES = {
    "forest": RandomForestRegressor,
    "extra": ExtraTreesRegressor,
    "boosting": GradientBoostingRegressor,
}


def ensemble(model: str, **parameters: object) -> BaseEstimator:
    """Ensemble of trees of the kind that is named."""
    return ENSEMBLES[model](random_state=0, **parameters)


PLAIN_REGRESSOR_TASKS = (
    Task(
        "extra_trees_friedman1",
        {
            "n_estimators": Int(2, 12),
            "criterion": ["friedman_mse", "squared_error"],
            "max_depth": Categorical([None, 2, 3, 5, 8, 12, 20]),
            "min_samples_split": Int(2, 30),
            "min_samples_leaf": Int(1, 30),
            "max_features": Float(0.1, 1),
            "bootstrap": [True, False],
            "min_impurity_decrease": Float(1e-4, 10, log=True),
        },
        CrossValidated(partial(ExtraTreesRegressor, random_state=0), "friedman1", r2),
    ),
    Task(
        "svr_diabetes",
        {
            "C": Float(1e-3, 1e4, log=True),
            "gamma": Float(1e-4, 10, log=True),
            "epsilon": Float(1e-3, 100, log=True),
        },
        CrossValidated(partial(SVR, max_iter=5_000), "diabetes", negated_mae),
        # "scale": 10 features of variance 1.
        defaults={"C": 1.0, "gamma": 0.1, "epsilon": 0.1},
    ),
    Task(
        "elastic_net_sparse",
        {
            "alpha": Float(1e-5, 1e2, log=True),
            "l1_ratio": Float(0.01, 1),
            "fit_intercept": [True, False],
            "selection": ["cyclic", "random"],
            "tol": Float(1e-6, 1e-1, log=True),
            "positive": [True, False],
        },
        CrossValidated(partial(ElasticNet, random_state=0, max_iter=300), "sparse_linear", r2),
        defaults={
            "alpha": 1.0,
            "l1_ratio": 0.5,
            "fit_intercept": True,
            "selection": "cyclic",
            "tol": 1e-4,
            "positive": False,
        },
    ),
    Task(
        "decision_tree_friedman3",
        {
            "criterion": ["absolute_error", "friedman_mse", "poisson", "squared_error"],
            "splitter": ["random", "best"],
            "max_depth": Int(1, 20),
            "min_samples_split": Int(2, 60),
            "min_samples_leaf": Int(1, 40),
            "max_features": Float(0.1, 1),
            "ccp_alpha": Float(1e-6, 0.1, log=True),
        },
        CrossValidated(partial(DecisionTreeRegressor, random_state=0), "friedman3", negated_rmse),
    ),
    Task(
        "mlp_friedman2",
        {
            "hidden_layer_sizes": Categorical([(2,), (8,), (24,), (64,), (16, 8), (8, 8, 8)]),
            "activation": ["identity", "logistic", "tanh", "relu"],
            "alpha": Float(1e-6, 100, log=True),
            "learning_rate_init": Float(1e-4, 1, log=True),
            "max_iter": Int(2, 16),
            "batch_size": Int(16, 128, log=True),
            "beta_1": Float(0.3, 0.99),
        },
        CrossValidated(partial(MLPRegressor, random_state=0), "friedman2", r2),
    ),
    Task(
        "hist_boosting_swiss_roll",
        {
            "loss": ["absolute_error", "squared_error", "poisson"],
            "learning_rate": Float(1e-3, 1, log=True),
            "max_iter": Int(2, 25),
            "max_leaf_nodes": Int(2, 16),
            "max_depth": Categorical([None, 1, 2, 3, 5, 8]),
            "min_samples_leaf": Int(1, 60),
            "l2_regularization": Float(1e-6, 1e3, log=True),
            "max_bins": Int(3, 64, log=True),
        },
        CrossValidated(
            partial(HistGradientBoostingRegressor, random_state=0, early_stopping=False),
            "swiss_roll",
            negated_mae,
        ),
    ),
    Task(
        "bagging_diabetes",
        {
            "n_estimators": Int(2, 10),
            "max_samples": Float(0.05, 1),
            "max_features": Float(0.06, 1),
            "bootstrap": [False, True],
            "bootstrap_features": [True, False],
            "max_depth": Int(1, 15),
            "min_samples_leaf": Int(1, 30),
        },
        CrossValidated(bagged_trees, "diabetes_padded", r2),
    ),
)

TREES_SHARED = {
    "n_estimators": Int(2, 12),
    "max_depth": Int(1, 15),
    "min_samples_leaf": Int(1, 25),
    "max_features": Float(0.1, 1),
}

CONDITIONAL_REGRESSOR_TASKS = (
    Task(
        "kernel_ridge_friedman2",
        [
            {"kernel": ["linear"], "alpha": Float(1e-6, 1e3, log=True)},
            {
                "kernel": ["laplacian"],
                "alpha": Float(1e-6, 1e3, log=True),
                "gamma": Float(1e-5, 10, log=True),
            },
            {
                "kernel": ["polynomial"],
                "alpha": Float(1e-6, 1e3, log=True),
                "gamma": Float(1e-4, 10, log=True),
                "degree": Int(1, 6),
                "coef0": Float(0, 3),
            },
            {
                "kernel": ["rbf"],
                "alpha": Float(1e-6, 1e3, log=True),
                "gamma": Float(1e-5, 10, log=True),
            },
        ],
        CrossValidated(KernelRidge, "friedman2_padded", r2),
        defaults={"kernel": "linear", "alpha": 1.0},
    ),
    Task(
        "tree_ensembles_waves",
        [
            {"model": ["forest"], "max_samples": Float(0.1, 1), **TREES_SHARED},
            {"model": ["extra"], "bootstrap": [True, False], **TREES_SHARED},
            {
                "model": ["boosting"],
                "learning_rate": Float(1e-3, 1, log=True),
                "subsample": Float(0.2, 1),
                **TREES_SHARED,
            },
        ],
        CrossValidated(ensemble, "waves", negated_rmse),
    ),
)
