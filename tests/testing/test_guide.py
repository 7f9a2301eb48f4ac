"""The strategy that the guide shows passes the suite that the guide names."""

from __future__ import annotations

import doctest
import sys
from pathlib import Path
from types import ModuleType

from skhpo.testing import StrategySuite

GUIDE = Path(__file__).parents[2] / "docs" / "guide" / "own_strategy.md"


def shown_strategy():
    """The guide's class, in a module of its own, so that it can be pickled."""
    page = GUIDE.read_text(encoding="utf-8")
    module = ModuleType("strategy_of_the_guide")
    sys.modules[module.__name__] = module
    for example in doctest.DocTestParser().get_examples(page):
        if example.source.startswith(("import ", "from ", "class Mutation")):
            exec(example.source, vars(module))
    return module.Mutation


Mutation = shown_strategy()


class TestMutation(StrategySuite):
    def make(self, space, seed):
        return Mutation(space, seed)
