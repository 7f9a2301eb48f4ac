"""Hyper-parameter search for people who use scikit-learn."""

from skhpo._dimensions import Categorical, Float, Int
from skhpo._grid import GridSearch, GridStrategy
from skhpo._random import RandomSearch, RandomStrategy
from skhpo._trial import Candidate, Trial
from skhpo.exceptions import (
    InvalidParameterError,
    LeakageWarning,
    SpaceExhaustedError,
    TestSetSpentError,
    TrainTestOverlapError,
    WorkerDiedError,
)

__version__ = "0.1.0.dev0"

__all__ = [
    "Candidate",
    "Categorical",
    "Float",
    "GridSearch",
    "GridStrategy",
    "Int",
    "InvalidParameterError",
    "LeakageWarning",
    "RandomSearch",
    "RandomStrategy",
    "SpaceExhaustedError",
    "TestSetSpentError",
    "TrainTestOverlapError",
    "Trial",
    "WorkerDiedError",
]
