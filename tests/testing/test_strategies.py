"""Our own strategies pass the suite that they are offered to others with."""

from __future__ import annotations

from typing import ClassVar

from skhpo import BayesStrategy, GridStrategy, RandomStrategy
from skhpo.testing import StrategySuite

# What was told is thrown away unseen.
UNSEEN = dict.fromkeys(
    [
        "no_number_is_refused",
        "params_alone_are_refused",
        "unknown_number_is_refused",
        "foreign_names_are_refused",
        "foreign_values_are_refused",
    ],
    "`FixedStrategy.tell` checks nothing",
)


class TestGridStrategy(StrategySuite):
    is_seeded = False
    expected_failures: ClassVar = UNSEEN

    def make(self, space, seed):
        return GridStrategy(space)


class TestRandomStrategy(StrategySuite):
    expected_failures: ClassVar = UNSEEN

    def make(self, space, seed):
        return RandomStrategy(space, random_state=seed)


class TestBayesStrategy(StrategySuite):
    expected_failures: ClassVar = {
        "foreign_values_are_refused": "`BayesStrategy.tell` compares the number and the names only"
    }

    def make(self, space, seed):
        return BayesStrategy(space, random_state=seed)
