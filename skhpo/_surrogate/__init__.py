"""A Gaussian process of scores over mixed and conditional spaces; pure functions of arrays."""

from skhpo._surrogate.initial import count_initial, spread
from skhpo._surrogate.layout import key
from skhpo._surrogate.proposal import Proposer, make_proposer
from skhpo._surrogate.source import Source, make_source
from skhpo._surrogate.subset import count_fitted
from skhpo._surrogate.unwarped import condition_unwarped, fit_unwarped

__all__ = [
    "Proposer",
    "Source",
    "condition_unwarped",
    "count_fitted",
    "count_initial",
    "fit_unwarped",
    "key",
    "make_proposer",
    "make_source",
    "spread",
]
