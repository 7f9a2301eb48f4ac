"""Domains of single hyper-parameters."""

from skhpo._dimensions.choices import Categorical, Listed
from skhpo._dimensions.description import make_dimension
from skhpo._dimensions.distribution import Distribution
from skhpo._dimensions.domain import Dimension, Kind
from skhpo._dimensions.peers import is_of_optuna, is_pair_of_numbers, translate
from skhpo._dimensions.ranges import Float, Int

__all__ = [
    "Categorical",
    "Dimension",
    "Distribution",
    "Float",
    "Int",
    "Kind",
    "Listed",
    "is_of_optuna",
    "is_pair_of_numbers",
    "make_dimension",
    "translate",
]
