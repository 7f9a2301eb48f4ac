"""Decision trees and forests of them. More trees are never worse: their number is not searched."""

from __future__ import annotations

from skhpo._default_space.linear import CLASS_WEIGHT
from skhpo._default_space.table import Entry, Parameter, Table
from skhpo._dimensions import Float, Int

_CRITERION = Parameter("criterion", ["gini", "entropy"], "auto-sklearn", effort="high")
_MIN_SPLIT = Parameter(
    "min_samples_split", Int(2, 128, log=True), "bischl: of rpart", effort="high"
)

_TREE_LEAF = Parameter("min_samples_leaf", Int(1, 64, log=True), "bischl: of rpart")
_TREE_DEPTH = Parameter("max_depth", Int(1, 30), "openml-bot: of rpart")

_LEAF = Parameter(
    "min_samples_leaf", Int(1, 20, log=True), "auto-sklearn; the most important by van-rijn"
)
_FEATURES = Parameter("max_features", Float(0.1, 1.0), "auto-sklearn; second by van-rijn")
# Out-of-bag scores need the bootstrap.
_BOOTSTRAP = Parameter(
    "bootstrap", [True, False], "auto-sklearn", when={"oob_score": (False,)}, effort="high"
)
_SAMPLES = Parameter("max_samples", Float(0.1, 1.0), "openml-bot", when={"bootstrap": (True,)})

_FOREST_CLASSIFIER = Entry((_LEAF, _FEATURES, _SAMPLES, CLASS_WEIGHT, _BOOTSTRAP, _CRITERION))
_FOREST_REGRESSOR = Entry((_LEAF, _FEATURES, _SAMPLES, _BOOTSTRAP))

TREES: Table = {
    "sklearn.DecisionTreeClassifier": Entry(
        (
            _TREE_LEAF,
            _TREE_DEPTH,
            Parameter("ccp_alpha", Float(1e-4, 1e-1, log=True), "bischl: rpart's cp"),
            CLASS_WEIGHT,
            _CRITERION,
            _MIN_SPLIT,
        )
    ),
    # No ccp_alpha: it has the unit of the squared target.
    "sklearn.DecisionTreeRegressor": Entry((_TREE_LEAF, _TREE_DEPTH, _MIN_SPLIT)),
    "sklearn.ExtraTreeClassifier": Entry((_TREE_LEAF, _TREE_DEPTH, CLASS_WEIGHT, _CRITERION)),
    "sklearn.ExtraTreeRegressor": Entry((_TREE_LEAF, _TREE_DEPTH, _MIN_SPLIT)),
    "sklearn.RandomForestClassifier": _FOREST_CLASSIFIER,
    "sklearn.RandomForestRegressor": _FOREST_REGRESSOR,
    "sklearn.ExtraTreesClassifier": _FOREST_CLASSIFIER,
    "sklearn.ExtraTreesRegressor": _FOREST_REGRESSOR,
}
