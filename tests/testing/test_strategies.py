"""Our own strategies pass the suite that they are offered to others with."""

from __future__ import annotations

from skhpo import BayesStrategy, GridStrategy, RandomStrategy
from skhpo.testing import StrategySuite


# What was told is thrown away unseen.
class TestGridStrategy(StrategySuite):
    is_seeded = False

    def make(self, space, seed):
        return GridStrategy(space)


class TestRandomStrategy(StrategySuite):
    def make(self, space, seed):
        return RandomStrategy(space, random_state=seed)


class TestBayesStrategy(StrategySuite):
    def make(self, space, seed):
        return BayesStrategy(space, random_state=seed)
