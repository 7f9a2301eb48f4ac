"""What wraps other estimators: their parameters are found inside, these are the wrapper's own."""

from __future__ import annotations

from skhpo._default_space.table import NOTHING, Entry, Parameter, Table
from skhpo._dimensions import Float

_PLAIN = (
    "ClassifierChain",
    "ColumnTransformer",
    "FeatureUnion",
    "FixedThresholdClassifier",
    "MultiOutputClassifier",
    "MultiOutputRegressor",
    "OneVsOneClassifier",
    "OneVsRestClassifier",
    "OutputCodeClassifier",
    "Pipeline",
    "RANSACRegressor",
    "RegressorChain",
    "TransformedTargetRegressor",
    "TunedThresholdClassifierCV",
    "VotingClassifier",
    "VotingRegressor",
)
_BAGGING = Entry(
    (
        Parameter("max_samples", Float(0.1, 1.0), "openml-bot: of forests"),
        Parameter("max_features", Float(0.5, 1.0), "own"),
        Parameter("bootstrap", [True, False], "own", when={"oob_score": (False,)}, effort="high"),
    ),
    first_rank=2,
)
_STACKING = Entry((Parameter("passthrough", [False, True], "own"),), first_rank=2)

META: Table = {
    **{f"sklearn.{name}": NOTHING for name in _PLAIN},
    "sklearn.BaggingClassifier": _BAGGING,
    "sklearn.BaggingRegressor": _BAGGING,
    "sklearn.CalibratedClassifierCV": Entry(
        (Parameter("method", ["sigmoid", "isotonic"], "own"),), first_rank=2
    ),
    "sklearn.SelfTrainingClassifier": Entry(
        (Parameter("threshold", Float(0.6, 0.95), "own", when={"criterion": ("threshold",)}),),
        first_rank=2,
    ),
    "sklearn.StackingClassifier": _STACKING,
    "sklearn.StackingRegressor": _STACKING,
}
