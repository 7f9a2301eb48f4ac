"""Conformance suites, for the strategies of this package and for those of others.

Importing it needs no pytest; running `StrategySuite` does.
"""

from skhpo.testing._check import StrategyCheck
from skhpo.testing._suite import StrategySuite, strategy_checks

__all__ = ["StrategyCheck", "StrategySuite", "strategy_checks"]
