"""What is done to columns before a model: scaling, imputation, encoding, expansion."""

from __future__ import annotations

from skhpo._default_space.table import NOTHING, Entry, Parameter, Table
from skhpo._dimensions import Categorical, Float, Int

_PLAIN = (
    "Binarizer",
    "FunctionTransformer",
    "LabelBinarizer",
    "MaxAbsScaler",
    "MinMaxScaler",
    "MissingIndicator",
    "OrdinalEncoder",
    "PowerTransformer",
    "StandardScaler",
    "VarianceThreshold",
)
_INDICATOR = Parameter("add_indicator", [False, True], "own", effort="high")

COLUMNS: Table = {
    **{f"sklearn.{name}": NOTHING for name in _PLAIN},
    "sklearn.RobustScaler": Entry(
        (
            Parameter(
                "quantile_range",
                Categorical([(25.0, 75.0), (10.0, 90.0), (5.0, 95.0)], ordered=True),
                "own",
                effort="high",
            ),
        )
    ),
    "sklearn.QuantileTransformer": Entry(
        (
            Parameter("output_distribution", ["uniform", "normal"], "own"),
            Parameter("n_quantiles", Int(10, 1000, log=True), "own", effort="high"),
        )
    ),
    "sklearn.Normalizer": Entry((Parameter("norm", ["l2", "l1", "max"], "own"),)),
    # A user who fills in a constant, or what is most frequent, has said so.
    "sklearn.SimpleImputer": Entry(
        (Parameter("strategy", ["mean", "median", "most_frequent"], "own"), _INDICATOR)
    ),
    "sklearn.KNNImputer": Entry(
        (
            Parameter("n_neighbors", Int(1, 30, log=True), "openml-bot: of neighbours"),
            Parameter("weights", ["uniform", "distance"], "own", effort="high"),
            _INDICATOR,
        )
    ),
    "sklearn.IterativeImputer": Entry(
        (
            Parameter("initial_strategy", ["mean", "median"], "own", effort="high"),
            _INDICATOR,
        )
    ),
    # As shares of the rows, which mean the same for any data.
    "sklearn.OneHotEncoder": Entry(
        (
            Parameter(
                "min_frequency",
                Categorical([None, 0.005, 0.01, 0.02, 0.05], ordered=True),
                "own",
                when={"handle_unknown": ("ignore", "infrequent_if_exist", "warn")},
                effort="high",
            ),
        )
    ),
    "sklearn.TargetEncoder": Entry((Parameter("smooth", Float(1.0, 1000.0, log=True), "own"),)),
    "sklearn.KBinsDiscretizer": Entry(
        (
            Parameter("n_bins", Int(2, 20, log=True), "own"),
            Parameter("strategy", ["quantile", "uniform", "kmeans"], "own"),
        )
    ),
    "sklearn.PolynomialFeatures": Entry(
        (
            Parameter(
                "degree", [1, 2], "auto-sklearn: 2 and 3, which is too many of a hundred columns"
            ),
            Parameter("interaction_only", [False, True], "auto-sklearn", effort="high"),
        )
    ),
    "sklearn.SplineTransformer": Entry(
        (
            Parameter("n_knots", Int(3, 20, log=True), "own"),
            Parameter("degree", [1, 2, 3], "own"),
            Parameter("knots", ["uniform", "quantile"], "own", effort="high"),
        )
    ),
}
