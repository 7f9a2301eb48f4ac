"""A Gaussian process of scores over mixed and conditional spaces; pure functions of arrays."""

from skhpo._surrogate.initial import count_initial, spread
from skhpo._surrogate.layout import key
from skhpo._surrogate.proposal import Proposer, make_proposer
from skhpo._surrogate.regression import Posterior
from skhpo._surrogate.source import Source, make_source
from skhpo._surrogate.subset import count_fitted
from skhpo._surrogate.unwarped import Units, condition_unwarped, find_units, fit_unwarped

__all__ = [
    "Posterior",
    "Proposer",
    "Source",
    "Units",
    "condition_unwarped",
    "count_fitted",
    "count_initial",
    "find_units",
    "fit_unwarped",
    "key",
    "make_proposer",
    "make_source",
    "spread",
]
