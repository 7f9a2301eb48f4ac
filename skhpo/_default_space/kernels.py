"""Support vector machines, kernel ridge regression and Gaussian processes."""

from __future__ import annotations

from typing import Any

from skhpo._default_space.linear import CLASS_WEIGHT
from skhpo._default_space.table import Entry, Parameter, Table
from skhpo._dimensions import Float, Int

# 2^-15 to 2^3.
GAMMA = Float(3e-5, 8.0, log=True)

_WITH_GAMMA = ("rbf", "poly", "sigmoid")
_COST = Parameter("C", Float(1e-3, 1e3, log=True), "openml-bot: 2^-10 to 2^10")
_GAMMA = Parameter("gamma", GAMMA, "auto-sklearn", when={"kernel": _WITH_GAMMA})
_EPSILON = Parameter("epsilon", Float(1e-3, 1.0, log=True), "yang-shami")
_NU = Parameter("nu", Float(0.05, 0.5), "own: more is infeasible where a class is rare")

# Last, and only with high effort: on columns that are not scaled, polynomials take for ever.
_KERNELS = (
    Parameter(
        "kernel",
        ["rbf", "poly", "linear"],
        "bischl: without sigmoid, which is positive definite for few values",
        effort="high",
    ),
    Parameter(
        "coef0",
        Float(0.0, 1.0),
        "auto-sklearn: from -1, where a polynomial kernel is none",
        when={"kernel": ("poly", "sigmoid")},
        effort="high",
    ),
    Parameter("degree", [2, 3, 4], "bischl: 2 to 5", when={"kernel": ("poly",)}, effort="high"),
)


def _make_kernels() -> list[Any]:
    """Covariances of a Gaussian process, each with a scale and noise to be learnt."""
    from sklearn.gaussian_process.kernels import (
        RBF,
        ConstantKernel,
        Matern,
        RationalQuadratic,
        WhiteKernel,
    )

    shapes = [RBF(), Matern(nu=1.5), Matern(nu=2.5), RationalQuadratic()]
    return [ConstantKernel() * shape + WhiteKernel() for shape in shapes]


def _make_latent_kernels() -> list[Any]:
    """Covariances of a latent function, which has no noise."""
    from sklearn.gaussian_process.kernels import RBF, ConstantKernel, Matern, RationalQuadratic

    shapes = [RBF(), Matern(nu=1.5), Matern(nu=2.5), RationalQuadratic()]
    return [ConstantKernel() * shape for shape in shapes]


KERNELS: Table = {
    "sklearn.SVC": Entry((_COST, _GAMMA, CLASS_WEIGHT, *_KERNELS)),
    "sklearn.NuSVC": Entry((_NU, _GAMMA, CLASS_WEIGHT, *_KERNELS)),
    "sklearn.SVR": Entry((_COST, _GAMMA, _EPSILON, *_KERNELS)),
    "sklearn.NuSVR": Entry((_COST, _GAMMA, Parameter("nu", Float(0.05, 1.0), "own"), *_KERNELS)),
    "sklearn.LinearSVC": Entry(
        (
            _COST,
            CLASS_WEIGHT,
            Parameter(
                "penalty",
                ["l2", "l1"],
                "auto-sklearn",
                when={"loss": ("squared_hinge",)},
                effort="high",
            ),
        )
    ),
    "sklearn.LinearSVR": Entry(
        (
            _COST,
            _EPSILON,
            Parameter(
                "loss",
                ["epsilon_insensitive", "squared_epsilon_insensitive"],
                "own",
                effort="high",
            ),
        )
    ),
    "sklearn.KernelRidge": Entry(
        (
            Parameter("alpha", Float(1e-5, 10.0, log=True), "auto-sklearn: of Ridge"),
            Parameter("kernel", ["linear", "rbf", "laplacian"], "own"),
            Parameter(
                "gamma",
                GAMMA,
                "auto-sklearn: of the support vector machine",
                when={"kernel": ("rbf", "laplacian", "poly", "polynomial", "sigmoid", "chi2")},
            ),
        )
    ),
    "sklearn.GaussianProcessRegressor": Entry(
        (
            Parameter("kernel", _make_kernels, "own: scikit-learn's default does not adapt"),
            Parameter("normalize_y", [True, False], "own"),
            Parameter("alpha", Float(1e-10, 1.0, log=True), "auto-sklearn: from 1e-14"),
            Parameter("n_restarts_optimizer", Int(0, 3), "own", effort="high"),
        )
    ),
    "sklearn.GaussianProcessClassifier": Entry(
        (
            Parameter("kernel", _make_latent_kernels, "own: scikit-learn's default does not adapt"),
            Parameter("n_restarts_optimizer", Int(0, 3), "own", effort="high"),
        )
    ),
}
