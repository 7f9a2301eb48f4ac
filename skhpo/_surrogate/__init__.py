"""A Gaussian process of scores over mixed and conditional spaces; pure functions of arrays."""

from skhpo._surrogate.initial import spread
from skhpo._surrogate.layout import key
from skhpo._surrogate.proposal import Proposer, make_proposer

__all__ = ["Proposer", "key", "make_proposer", "spread"]
