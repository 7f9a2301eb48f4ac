"""scikit-learn's boosting. The learning rate is first; the number of trees trades against it."""

from __future__ import annotations

from typing import Any

from skhpo._default_space.linear import CLASS_WEIGHT
from skhpo._default_space.table import Entry, Parameter, Table
from skhpo._dimensions import Categorical, Float, Int

_ROUNDS = Int(50, 500, log=True)

_GRADIENT = Entry(
    (
        Parameter("learning_rate", Float(0.01, 1.0, log=True), "auto-sklearn"),
        Parameter("max_depth", Int(1, 10), "auto-sklearn: of AdaBoost"),
        Parameter("subsample", Float(0.5, 1.0), "grinsztajn: of XGBoost"),
        Parameter("min_samples_leaf", Int(1, 50, log=True), "hyperopt-sklearn"),
        Parameter("max_features", Float(0.1, 1.0), "hyperopt-sklearn: from 0", effort="high"),
        Parameter("n_estimators", _ROUNDS, "hyperopt-sklearn: 10 to 1000", effort="high"),
    )
)
_HISTOGRAM = (
    Parameter("learning_rate", Float(0.01, 1.0, log=True), "auto-sklearn"),
    Parameter("max_leaf_nodes", Int(3, 255, log=True), "auto-sklearn: to 2047"),
    Parameter("min_samples_leaf", Int(1, 200, log=True), "auto-sklearn"),
    Parameter("l2_regularization", Float(1e-10, 1.0, log=True), "auto-sklearn"),
    Parameter("max_features", Float(0.1, 1.0), "own", effort="high"),
    Parameter("max_iter", _ROUNDS, "hyperopt-sklearn: 10 to 1000", effort="high"),
)


def _make_tree_classifiers() -> Any:
    """Trees from stumps to deep ones."""
    from sklearn.tree import DecisionTreeClassifier

    return Categorical([DecisionTreeClassifier(max_depth=d) for d in (1, 2, 3, 5, 8)], ordered=True)


def _make_tree_regressors() -> Any:
    """Trees from stumps to deep ones."""
    from sklearn.tree import DecisionTreeRegressor

    return Categorical([DecisionTreeRegressor(max_depth=d) for d in (1, 2, 3, 5, 8)], ordered=True)


_ADA_DEPTH = "auto-sklearn: depths 1 to 10; the most important by van-rijn"
_ADA_RATE = Parameter("learning_rate", Float(0.01, 2.0, log=True), "auto-sklearn")
_ADA_ROUNDS = Parameter("n_estimators", _ROUNDS, "auto-sklearn", effort="medium")

BOOSTING: Table = {
    "sklearn.GradientBoostingClassifier": _GRADIENT,
    "sklearn.GradientBoostingRegressor": _GRADIENT,
    "sklearn.HistGradientBoostingClassifier": Entry((*_HISTOGRAM, CLASS_WEIGHT)),
    "sklearn.HistGradientBoostingRegressor": Entry(_HISTOGRAM),
    "sklearn.AdaBoostClassifier": Entry(
        (_ADA_RATE, Parameter("estimator", _make_tree_classifiers, _ADA_DEPTH), _ADA_ROUNDS)
    ),
    "sklearn.AdaBoostRegressor": Entry(
        (
            _ADA_RATE,
            Parameter("estimator", _make_tree_regressors, _ADA_DEPTH),
            _ADA_ROUNDS,
            Parameter("loss", ["linear", "square", "exponential"], "own", effort="high"),
        )
    ),
}
