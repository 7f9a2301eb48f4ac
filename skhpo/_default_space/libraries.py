"""Boosting of other libraries, found by the name of the class: none of them is imported."""

from __future__ import annotations

from skhpo._default_space.table import Entry, Parameter, Table
from skhpo._dimensions import Float, Int

_TREES = {"booster": (None, "gbtree", "dart")}
_RATE = "hyperopt-sklearn: 1e-4 to 0.5; from what a hundred trees can learn with"
_SHARE = Float(0.5, 1.0)
_PENALTY = Float(1e-3, 1e3, log=True)
_XGB_DEPTH = Parameter("max_depth", Int(1, 11), "grinsztajn", when=_TREES)
_XGB_SUBSAMPLE = Parameter("subsample", _SHARE, "grinsztajn", when=_TREES)
_XGB_LAMBDA = Parameter("reg_lambda", _PENALTY, "bischl", effort="high", aliases=("lambda",))

_XGB_FOREST = Entry(
    (
        Parameter("max_depth", Int(3, 15), "openml-bot: from 1"),
        Parameter("colsample_bynode", Float(0.1, 1.0), "auto-sklearn: max_features of forests"),
        Parameter("subsample", _SHARE, "grinsztajn"),
        _XGB_LAMBDA,
    )
)

LIBRARIES: Table = {
    "xgboost.XGBRFClassifier": _XGB_FOREST,
    "xgboost.XGBRFRegressor": _XGB_FOREST,
    # Base of the classifier, the regressor and the ranker.
    "xgboost.XGBModel": Entry(
        (
            Parameter("learning_rate", Float(0.01, 0.5, log=True), _RATE, aliases=("eta",)),
            _XGB_DEPTH,
            Parameter("min_child_weight", Float(1.0, 100.0, log=True), "grinsztajn", when=_TREES),
            _XGB_SUBSAMPLE,
            Parameter("colsample_bytree", _SHARE, "grinsztajn", when=_TREES, effort="high"),
            _XGB_LAMBDA,
            Parameter("reg_alpha", _PENALTY, "bischl", effort="high", aliases=("alpha",)),
            Parameter(
                "gamma",
                Float(1e-8, 7.0, log=True),
                "grinsztajn",
                when=_TREES,
                effort="high",
                aliases=("min_split_loss",),
            ),
            Parameter("n_estimators", Int(50, 1000, log=True), "own", effort="high"),
        )
    ),
    "lightgbm.LGBMModel": Entry(
        (
            Parameter(
                "learning_rate",
                Float(0.01, 0.5, log=True),
                _RATE,
                aliases=("eta", "shrinkage_rate"),
            ),
            Parameter(
                "num_leaves",
                Int(4, 128, log=True),
                "lightgbm; hyperopt-sklearn: 2 to 121",
                aliases=("num_leaf", "max_leaves", "max_leaf"),
            ),
            Parameter(
                "min_child_samples",
                Int(2, 200, log=True),
                "lightgbm; auto-sklearn: 1 to 200",
                aliases=("min_data_in_leaf", "min_data_per_leaf", "min_data"),
            ),
            Parameter(
                "subsample",
                _SHARE,
                "grinsztajn",
                sets={"subsample_freq": 1},
                aliases=("bagging_fraction", "bagging", "sub_row"),
            ),
            Parameter(
                "colsample_bytree",
                _SHARE,
                "grinsztajn",
                effort="high",
                aliases=("feature_fraction", "sub_feature"),
            ),
            Parameter(
                "reg_lambda",
                Float(1e-7, 7.0, log=True),
                "grinsztajn: e^-16 to e^2",
                effort="high",
                aliases=("lambda_l2", "lambda"),
            ),
            Parameter(
                "reg_alpha",
                Float(1e-7, 7.0, log=True),
                "grinsztajn: e^-16 to e^2",
                effort="high",
                aliases=("lambda_l1", "l1_regularization"),
            ),
            Parameter(
                "n_estimators",
                Int(50, 1000, log=True),
                "own",
                effort="high",
                aliases=("num_iterations", "num_boost_round", "num_trees", "num_round"),
            ),
        )
    ),
    "catboost.CatBoost": Entry(
        (
            Parameter("learning_rate", Float(0.005, 0.2, log=True), "autogluon", aliases=("eta",)),
            Parameter("depth", Int(4, 10), "autogluon: 5 to 8, widened", aliases=("max_depth",)),
            Parameter(
                "l2_leaf_reg",
                Float(1.0, 10.0, log=True),
                "autogluon: 1 to 5, widened",
                aliases=("reg_lambda",),
            ),
            Parameter("random_strength", Float(0.1, 10.0, log=True), "own"),
            Parameter("rsm", _SHARE, "own", effort="high", aliases=("colsample_bylevel",)),
            Parameter(
                "iterations",
                Int(100, 1000, log=True),
                "own: the default is 1000",
                effort="high",
                aliases=("n_estimators", "num_boost_round", "num_trees"),
            ),
        )
    ),
}
