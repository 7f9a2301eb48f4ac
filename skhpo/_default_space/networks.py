"""Neural networks: learning rate, batch size, width, weight decay."""

from __future__ import annotations

from skhpo._default_space.table import Entry, Parameter, Table
from skhpo._dimensions import Categorical, Float, Int

_LAYERS = [(32,), (64,), (128,), (256,), (64, 64), (128, 128), (256, 256)]
_STOCHASTIC = ("adam", "sgd")

_PERCEPTRON = Entry(
    (
        Parameter(
            "learning_rate_init",
            Float(1e-4, 1e-1, log=True),
            "auto-sklearn: to 0.5, where grinsztajn ends at 0.01",
            when={"solver": _STOCHASTIC},
        ),
        Parameter(
            "batch_size",
            Categorical([16, 32, 64, 128, 256], ordered=True),
            "grinsztajn: 256 to 1024; smaller for smaller data",
            when={"solver": _STOCHASTIC},
        ),
        Parameter("hidden_layer_sizes", _LAYERS, "auto-sklearn: 1 to 3 layers of 16 to 264 units"),
        Parameter("alpha", Float(1e-5, 1.0, log=True), "auto-sklearn"),
        Parameter("activation", ["relu", "tanh"], "auto-sklearn", effort="high"),
        Parameter(
            "early_stopping", [False, True], "own", when={"solver": _STOCHASTIC}, effort="high"
        ),
    )
)

NETWORKS: Table = {
    "sklearn.MLPClassifier": _PERCEPTRON,
    "sklearn.MLPRegressor": _PERCEPTRON,
    # What the module takes is its author's to say: nothing of module__ is here.
    "skorch.NeuralNet": Entry(
        (
            Parameter(
                "lr", Float(1e-4, 1e-1, log=True), "grinsztajn: 1e-5 to 1e-2; moved for plain SGD"
            ),
            Parameter(
                "batch_size",
                Categorical([16, 32, 64, 128, 256, 512], ordered=True),
                "grinsztajn: 256 to 1024; smaller for smaller data",
            ),
            Parameter("optimizer__weight_decay", Float(1e-6, 1e-2, log=True), "own"),
            Parameter("max_epochs", Int(10, 200, log=True), "own", effort="high"),
        )
    ),
}
