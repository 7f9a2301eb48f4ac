"""Searches of classifiers: eight on spaces of one dict, five on conditional ones.

Spaces are as users write them: wide enough that a part is bad, with parameters that hardly
matter. Every classifier is one of few trees or iterations on some hundred rows, so that an
evaluation takes milliseconds.
"""

from __future__ import annotations

from functools import partial

from folds import CrossValidated, accuracy, balanced_accuracy, negated_log_loss, roc_auc
from sklearn.base import BaseEstimator
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis, QuadraticDiscriminantAnalysis
from sklearn.ensemble import (
    AdaBoostClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.svm import SVC, LinearSVC, NuSVC
from sklearn.tree import DecisionTreeClassifier
from task import Task

from skhpo import Categorical, Float, Int


def boosted_trees(n_estimators: int, learning_rate: float, **tree: object) -> BaseEstimator:
    """AdaBoost over decision trees."""
    return AdaBoostClassifier(
        DecisionTreeClassifier(random_state=0, **tree),
        n_estimators=n_estimators,
        learning_rate=learning_rate,
        random_state=0,
    )


def discriminant(model: str, **parameters: object) -> BaseEstimator:
    """Discriminant analysis of the kind that is named: quadratic, or a solver of the linear one."""
    if model == "quadratic":
        return QuadraticDiscriminantAnalysis(**parameters)
    return LinearDiscriminantAnalysis(solver=model, **parameters)


PLAIN_CLASSIFIER_TASKS = (
    Task(
        "random_forest_breast_cancer",
        {
            "n_estimators": Int(2, 10),
            "criterion": ["gini", "entropy", "log_loss"],
            "max_depth": Int(1, 20),
            "min_samples_split": Int(2, 40),
            "min_samples_leaf": Int(1, 30),
            "max_features": Float(0.02, 1),
            "max_samples": Float(0.1, 1),
            "ccp_alpha": Float(1e-5, 0.1, log=True),
        },
        CrossValidated(
            partial(RandomForestClassifier, random_state=0), "breast_cancer", negated_log_loss
        ),
    ),
    Task(
        "svc_digits",
        {"C": Float(1e-3, 1e4, log=True), "gamma": Float(1e-5, 10, log=True)},
        CrossValidated(SVC, "digits", accuracy),
        # "scale": 64 features, all their values have a variance of 46.7.
        defaults={"C": 1.0, "gamma": 1 / (64 * 46.7)},
    ),
    Task(
        "gradient_boosting_hastie",
        {
            "n_estimators": Int(3, 25),
            "learning_rate": Float(1e-3, 1, log=True),
            "max_depth": Int(1, 8),
            "subsample": Float(0.2, 1),
            "min_samples_split": Int(2, 40),
            "min_samples_leaf": Int(1, 40),
            "max_features": Float(0.1, 1),
            "min_impurity_decrease": Float(1e-6, 1, log=True),
            "ccp_alpha": Float(1e-6, 0.1, log=True),
            "criterion": ["squared_error", "friedman_mse"],
        },
        CrossValidated(partial(GradientBoostingClassifier, random_state=0), "hastie", roc_auc),
    ),
    Task(
        "nu_svc_rare_class",
        {
            "nu": Float(0.01, 0.9),
            "gamma": Float(1e-4, 10, log=True),
            "kernel": ["sigmoid", "poly", "rbf"],
            "degree": Int(2, 5),
            "coef0": Float(0, 2),
            "class_weight": [None, "balanced"],
        },
        CrossValidated(NuSVC, "rare_class", balanced_accuracy),
    ),
    Task(
        "hist_boosting_circles",
        {
            "learning_rate": Float(1e-3, 1, log=True),
            "max_iter": Int(2, 25),
            "max_leaf_nodes": Int(2, 16),
            "min_samples_leaf": Int(1, 60),
            "l2_regularization": Float(1e-6, 1e3, log=True),
            "max_features": Float(0.1, 1),
            "max_bins": Int(3, 64, log=True),
        },
        CrossValidated(
            partial(HistGradientBoostingClassifier, random_state=0, early_stopping=False),
            "circles",
            negated_log_loss,
        ),
    ),
    Task(
        "mlp_four_classes",
        {
            "hidden_layer_sizes": Categorical([(4,), (16,), (48,), (8, 8), (32, 16), (16, 16, 16)]),
            "activation": ["relu", "tanh", "logistic", "identity"],
            "alpha": Float(1e-6, 10, log=True),
            "learning_rate_init": Float(1e-4, 1, log=True),
            "batch_size": [32, 64, 128],
            "max_iter": Int(2, 14),
            "beta_1": Float(0.5, 0.99),
            "beta_2": Float(0.8, 0.9999),
            "epsilon": Float(1e-9, 1e-2, log=True),
            "shuffle": [True, False],
        },
        CrossValidated(partial(MLPClassifier, random_state=0), "four_classes", accuracy),
    ),
    Task(
        "linear_svc_wide_classes",
        {
            "C": Float(1e-5, 1e2, log=True),
            "loss": ["hinge", "squared_hinge"],
            "class_weight": [None, "balanced"],
            "intercept_scaling": Float(0.01, 100, log=True),
            "tol": Float(1e-5, 1, log=True),
        },
        CrossValidated(
            partial(LinearSVC, random_state=0, max_iter=200), "wide_classes", balanced_accuracy
        ),
        defaults={
            "C": 1.0,
            "loss": "squared_hinge",
            "class_weight": None,
            "intercept_scaling": 1.0,
            "tol": 1e-4,
        },
    ),
    Task(
        "ada_boost_wine",
        {
            "n_estimators": Int(2, 9),
            "learning_rate": Float(1e-2, 10, log=True),
            "max_depth": Int(1, 10),
            "min_samples_leaf": Int(1, 30),
            "max_features": Categorical([None, "sqrt", "log2", 0.5]),
            "criterion": ["gini", "entropy"],
            "splitter": ["random", "best"],
        },
        CrossValidated(boosted_trees, "wine", accuracy),
    ),
)

SGD_SHARED = {
    "loss": ["hinge", "log_loss", "modified_huber", "squared_hinge", "perceptron"],
    "penalty": ["l2", "l1", "elasticnet"],
    "alpha": Float(1e-7, 1, log=True),
    "max_iter": Int(1, 30, log=True),
    "average": [False, True],
}
MLP_SHARED = {
    "hidden_layer_sizes": Categorical([(3,), (10,), (30,), (10, 10), (30, 15)]),
    "activation": ["logistic", "tanh", "relu"],
    "alpha": Float(1e-6, 10, log=True),
    "max_iter": Int(4, 25),
}
RATES = Float(1e-5, 10, log=True)

CONDITIONAL_CLASSIFIER_TASKS = (
    Task(
        "svc_kernels_checkers",
        [
            {"kernel": ["linear"], "C": Float(1e-3, 1e3, log=True)},
            {
                "kernel": ["poly"],
                "C": Float(1e-3, 1e3, log=True),
                "gamma": Float(1e-3, 10, log=True),
                "degree": Int(2, 6),
                "coef0": Float(0, 3),
            },
            {
                "kernel": ["rbf"],
                "C": Float(1e-3, 1e3, log=True),
                "gamma": Float(1e-5, 100, log=True),
            },
            {
                "kernel": ["sigmoid"],
                "C": Float(1e-3, 1e3, log=True),
                "gamma": Float(1e-5, 10, log=True),
                "coef0": Float(-2, 2),
            },
        ],
        CrossValidated(partial(SVC, max_iter=20_000), "checkers", accuracy),
    ),
    Task(
        "logistic_penalties_wide_pair",
        [
            {
                "solver": ["lbfgs", "newton-cg"],
                "C": Float(1e-4, 1e4, log=True),
                "class_weight": [None, "balanced"],
            },
            {
                "solver": ["liblinear"],
                "l1_ratio": [0.0, 1.0],
                "C": Float(1e-4, 1e4, log=True),
                "class_weight": [None, "balanced"],
                "intercept_scaling": Float(0.01, 100, log=True),
            },
            {
                "solver": ["saga"],
                "l1_ratio": Float(0, 1),
                "C": Float(1e-4, 1e4, log=True),
                "class_weight": [None, "balanced"],
                "max_iter": Int(5, 50),
            },
        ],
        CrossValidated(partial(LogisticRegression, random_state=0), "wide_pair", negated_log_loss),
        defaults={"solver": "lbfgs", "C": 1.0, "class_weight": None},
    ),
    Task(
        "sgd_schedules_odd_digits",
        [
            {"learning_rate": ["optimal"], **SGD_SHARED},
            {"learning_rate": ["constant"], "eta0": RATES, **SGD_SHARED},
            {
                "learning_rate": ["invscaling"],
                "eta0": RATES,
                "power_t": Float(0, 1),
                **SGD_SHARED,
            },
            {"learning_rate": ["adaptive"], "eta0": RATES, **SGD_SHARED},
            # The passive-aggressive rule: eta0 is its aggressiveness.
            {
                "learning_rate": ["pa1"],
                "loss": ["hinge"],
                "penalty": [None],
                "eta0": RATES,
                "max_iter": Int(1, 30, log=True),
                "average": [False, True],
            },
        ],
        CrossValidated(partial(SGDClassifier, random_state=0, tol=None), "odd_digits", accuracy),
    ),
    Task(
        "discriminants_wide_wine",
        [
            {"model": ["quadratic"], "reg_param": Float(0, 1), "tol": Float(1e-8, 1e-1, log=True)},
            {"model": ["svd"], "tol": Float(1e-8, 10, log=True)},
            {"model": ["lsqr"], "shrinkage": Float(0, 1)},
            {"model": ["eigen"], "shrinkage": Float(0, 1), "n_components": [1, 2]},
        ],
        CrossValidated(discriminant, "wide_wine", negated_log_loss),
        defaults={"model": "svd", "tol": 1e-4},
    ),
    Task(
        "mlp_solvers_spirals",
        [
            {
                "solver": ["sgd"],
                "learning_rate_init": Float(1e-4, 10, log=True),
                "learning_rate": ["constant", "invscaling", "adaptive"],
                "momentum": Float(0, 0.99),
                "nesterovs_momentum": [True, False],
                **MLP_SHARED,
            },
            {
                "solver": ["adam"],
                "learning_rate_init": Float(1e-4, 1, log=True),
                "beta_1": Float(0.5, 0.99),
                **MLP_SHARED,
            },
            {"solver": ["lbfgs"], "tol": Float(1e-6, 1e-1, log=True), **MLP_SHARED},
        ],
        CrossValidated(
            partial(MLPClassifier, random_state=0, batch_size=64), "spirals", balanced_accuracy
        ),
    ),
)
