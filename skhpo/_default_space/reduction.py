"""Fewer columns or other ones: components, selection, kernel maps."""

from __future__ import annotations

from skhpo._default_space.kernels import GAMMA
from skhpo._default_space.table import Entry, Parameter, Table
from skhpo._dimensions import Categorical, Float, Int

_SHARE = Parameter("percentile", Float(5.0, 100.0), "auto-sklearn: from 1 to 99")

REDUCTION: Table = {
    "sklearn.PCA": Entry(
        (
            # A share of the variance, which any data have; other solvers do not take it.
            Parameter(
                "n_components",
                Float(0.5, 0.9999),
                "auto-sklearn",
                when={"svd_solver": ("auto", "full", "covariance_eigh")},
            ),
            Parameter("whiten", [False, True], "auto-sklearn", effort="high"),
        )
    ),
    "sklearn.TruncatedSVD": Entry(
        (
            Parameter(
                "n_components",
                Int(10, 256, log=True),
                "auto-sklearn: there must be as many columns, as texts have",
            ),
        )
    ),
    "sklearn.SelectPercentile": Entry((_SHARE,)),
    "sklearn.SelectKBest": Entry(
        (
            # With fewer columns all of them are taken, and scikit-learn warns.
            Parameter("k", Categorical([5, 10, 20, 40, "all"], ordered=True), "own"),
        )
    ),
    "sklearn.SelectFromModel": Entry(
        (
            Parameter(
                "threshold",
                Categorical(["0.1*mean", "0.5*mean", "mean", "1.5*mean"], ordered=True),
                "own",
                when={"max_features": (None,)},
            ),
        )
    ),
    "sklearn.Nystroem": Entry(
        (
            Parameter(
                "gamma",
                GAMMA,
                "auto-sklearn",
                when={"kernel": ("rbf", "laplacian", "poly", "polynomial", "sigmoid", "chi2")},
            ),
            Parameter(
                "n_components", Int(50, 500, log=True), "auto-sklearn: to 10000", effort="medium"
            ),
        )
    ),
    "sklearn.RBFSampler": Entry(
        (
            Parameter("gamma", GAMMA, "auto-sklearn: of Nystroem"),
            Parameter(
                "n_components", Int(50, 500, log=True), "auto-sklearn: to 10000", effort="medium"
            ),
        )
    ),
}
