"""Nearest neighbours, naive Bayes and discriminants: a number or two each."""

from __future__ import annotations

from skhpo._default_space.table import Entry, Parameter, Table
from skhpo._dimensions import Float, Int

_NEIGHBORS = Entry(
    (
        Parameter(
            "n_neighbors",
            Int(1, 30, log=True),
            "openml-bot: no more, since there must be as many rows",
        ),
        Parameter("weights", ["uniform", "distance"], "auto-sklearn"),
        Parameter("p", [1, 2], "auto-sklearn", when={"metric": ("minkowski",)}),
    )
)
_SMOOTHING = Entry(
    (
        Parameter("alpha", Float(1e-2, 1e2, log=True), "own"),
        Parameter("fit_prior", [True, False], "own", effort="medium"),
    )
)

NEIGHBORS: Table = {
    "sklearn.KNeighborsClassifier": _NEIGHBORS,
    "sklearn.KNeighborsRegressor": _NEIGHBORS,
    "sklearn.NearestCentroid": Entry((Parameter("metric", ["euclidean", "manhattan"], "own"),)),
    "sklearn.GaussianNB": Entry(
        (
            Parameter(
                "var_smoothing", Float(1e-10, 1.0, log=True), "own: up to the largest variance"
            ),
        )
    ),
    "sklearn.MultinomialNB": _SMOOTHING,
    "sklearn.BernoulliNB": _SMOOTHING,
    "sklearn.CategoricalNB": _SMOOTHING,
    "sklearn.ComplementNB": Entry(
        (
            _SMOOTHING.parameters[0],
            Parameter("norm", [False, True], "own", effort="medium"),
        )
    ),
    "sklearn.LinearDiscriminantAnalysis": Entry(
        (
            Parameter("solver", ["svd", "lsqr"], "own: lsqr is what takes a shrinkage"),
            Parameter("shrinkage", Float(0.0, 1.0), "own", when={"solver": ("lsqr", "eigen")}),
        )
    ),
    "sklearn.QuadraticDiscriminantAnalysis": Entry(
        (Parameter("reg_param", Float(0.0, 1.0), "own", when={"solver": ("svd",)}),)
    ),
}
