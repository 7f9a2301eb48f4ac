"""Linear models, fitted at once and by stochastic gradients."""

from __future__ import annotations

from skhpo._default_space.table import NOTHING, Entry, Parameter, Table
from skhpo._dimensions import Float

CLASS_WEIGHT = Parameter("class_weight", [None, "balanced"], "own", effort="medium")

_RIDGE_ALPHA = Parameter(
    "alpha",
    Float(1e-4, 1e4, log=True),
    "auto-sklearn: 1e-5 to 10; more above, since the penalty grows with the rows here",
)
_LASSO_ALPHA = Parameter(
    "alpha",
    Float(1e-4, 10.0, log=True),
    "hyperopt-sklearn: 1e-6 to 0.1; moved up, since targets are seldom standardised",
)
_L1_RATIO = Parameter(
    "l1_ratio", Float(0.05, 1.0), "hyperopt-sklearn: 0 to 1, without the end that does not converge"
)
_GLM_ALPHA = Parameter("alpha", Float(1e-5, 1e2, log=True), "own")

_LOGISTIC = Entry(
    (
        Parameter("C", Float(1e-4, 1e4, log=True), "bischl: the inverse of glmnet's"),
        CLASS_WEIGHT,
        Parameter(
            "solver", ["lbfgs", "saga"], "own: saga is what takes an l1_ratio", effort="high"
        ),
        Parameter(
            "l1_ratio",
            Float(0.0, 1.0),
            "bischl: glmnet's alpha",
            when={"solver": ("saga",)},
            effort="high",
        ),
    )
)

_SGD_ALPHA = Parameter("alpha", Float(1e-7, 1e-1, log=True), "auto-sklearn")
_SGD_PENALTY = Parameter("penalty", ["l2", "l1", "elasticnet"], "auto-sklearn")
_SGD_L1_RATIO = Parameter(
    "l1_ratio",
    Float(0.0, 1.0),
    "auto-sklearn: not in the logarithm",
    when={"penalty": ("elasticnet",)},
)
_SGD_ETA0 = Parameter(
    "eta0",
    Float(1e-4, 1e-1, log=True),
    "auto-sklearn: from 1e-7, at which nothing is learnt",
    when={"learning_rate": ("constant", "invscaling", "adaptive")},
)
_SGD_AVERAGE = Parameter("average", [False, True], "auto-sklearn", effort="high")

_BAYESIAN = Entry(
    tuple(
        Parameter(name, Float(1e-10, 1e-3, log=True), "auto-sklearn: of ARD")
        for name in ("alpha_1", "alpha_2", "lambda_1", "lambda_2")
    )
)

LINEAR: Table = {
    "sklearn.LinearRegression": NOTHING,
    "sklearn.RidgeCV": NOTHING,
    "sklearn.RidgeClassifierCV": NOTHING,
    "sklearn.LassoCV": NOTHING,
    "sklearn.LassoLarsCV": NOTHING,
    "sklearn.LassoLarsIC": NOTHING,
    "sklearn.LarsCV": NOTHING,
    "sklearn.ElasticNetCV": NOTHING,
    "sklearn.MultiTaskLassoCV": NOTHING,
    "sklearn.MultiTaskElasticNetCV": NOTHING,
    "sklearn.OrthogonalMatchingPursuitCV": NOTHING,
    "sklearn.LogisticRegressionCV": NOTHING,
    "sklearn.Ridge": Entry((_RIDGE_ALPHA,)),
    "sklearn.RidgeClassifier": Entry((_RIDGE_ALPHA, CLASS_WEIGHT)),
    "sklearn.Lasso": Entry((_LASSO_ALPHA,)),
    "sklearn.LassoLars": Entry((_LASSO_ALPHA,)),
    "sklearn.MultiTaskLasso": Entry((_LASSO_ALPHA,)),
    "sklearn.ElasticNet": Entry((_LASSO_ALPHA, _L1_RATIO)),
    "sklearn.MultiTaskElasticNet": Entry((_LASSO_ALPHA, _L1_RATIO)),
    "sklearn.BayesianRidge": _BAYESIAN,
    "sklearn.ARDRegression": Entry(
        (
            Parameter("threshold_lambda", Float(1e3, 1e5, log=True), "auto-sklearn"),
            *_BAYESIAN.parameters,
        )
    ),
    "sklearn.HuberRegressor": Entry(
        (
            Parameter("epsilon", Float(1.05, 3.0), "own: the default is 1.35"),
            Parameter("alpha", Float(1e-6, 1.0, log=True), "own"),
        )
    ),
    "sklearn.QuantileRegressor": Entry((Parameter("alpha", Float(1e-4, 1.0, log=True), "own"),)),
    "sklearn.PoissonRegressor": Entry((_GLM_ALPHA,)),
    "sklearn.GammaRegressor": Entry((_GLM_ALPHA,)),
    "sklearn.TweedieRegressor": Entry((_GLM_ALPHA,)),
    "sklearn.LogisticRegression": _LOGISTIC,
    "sklearn.Perceptron": Entry(
        (
            Parameter("penalty", [None, "l2", "l1"], "own"),
            Parameter(
                "alpha",
                Float(1e-7, 1e-1, log=True),
                "auto-sklearn: of gradient descent",
                when={"penalty": ("l2", "l1", "elasticnet")},
            ),
            CLASS_WEIGHT,
        )
    ),
    "sklearn.SGDClassifier": Entry(
        (
            _SGD_ALPHA,
            _SGD_ETA0,
            _SGD_PENALTY,
            _SGD_L1_RATIO,
            CLASS_WEIGHT,
            Parameter(
                "learning_rate",
                ["optimal", "invscaling", "adaptive"],
                "auto-sklearn: adaptive in place of constant",
                effort="high",
            ),
            Parameter(
                "loss",
                ["hinge", "log_loss", "modified_huber", "squared_hinge"],
                "auto-sklearn: without perceptron",
                effort="high",
            ),
            _SGD_AVERAGE,
        )
    ),
    "sklearn.SGDRegressor": Entry(
        (
            _SGD_ETA0,
            _SGD_ALPHA,
            _SGD_PENALTY,
            _SGD_L1_RATIO,
            Parameter(
                "learning_rate",
                ["invscaling", "adaptive"],
                "auto-sklearn: adaptive in place of constant",
                effort="high",
            ),
            Parameter(
                "loss", ["squared_error", "huber", "epsilon_insensitive"], "own", effort="high"
            ),
            Parameter(
                "epsilon",
                Float(1e-3, 1.0, log=True),
                "yang-shami: of the support vector machine",
                when={"loss": ("huber", "epsilon_insensitive")},
                effort="high",
            ),
            _SGD_AVERAGE,
        )
    ),
}
