"""scikit-optimize's `Optimizer`, with a Gaussian process and what else it has by itself.

Conditional spaces are one flat space with the branch as a category. Its `BayesSearchCV` takes
a list of spaces too, and divides the trials between them.
"""

from __future__ import annotations

import warnings
from typing import Any

from coded_space import BRANCH, CodedSpace, Codes, Domain
from peer import Costs
from skopt import Optimizer
from skopt.space import Categorical, Integer, Real


class SkoptSearch:
    """scikit-optimize's optimizer, one candidate at a time.

    Parameters
    ----------
    space : CodedSpace
        All columns are dimensions, and the branch too.
    seed : int
        Seed of all draws.
    """

    def __init__(self, space: CodedSpace, seed: int) -> None:
        self._space = space
        dimensions = [describe(column.label, column.domain) for column in space.columns]
        if space.n_branches > 1:
            dimensions.insert(0, Categorical(range(space.n_branches), name=BRANCH))
        self._names = [dimension.name for dimension in dimensions]
        self._optimizer = Optimizer(dimensions, base_estimator="GP", random_state=seed)
        self._costs = Costs()

    def ask(self) -> Codes:
        """Codes of the next candidate."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return dict(zip(self._names, self._optimizer.ask(), strict=True))

    def tell(self, codes: Codes, score: float) -> None:
        """Fit to all costs; failures, which it does not know, stand at the worst."""
        filled = self._space.fill(codes)
        *self._optimizer.yi, cost = self._costs.append(score)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self._optimizer.tell([filled[name] for name in self._names], cost)


def describe(name: str, domain: Domain) -> Any:
    """Dimension of a column."""
    if domain.kind == "unordered":
        return Categorical(range(len(domain.levels)), name=name)
    kind = Real if domain.kind == "float" else Integer
    prior = "log-uniform" if domain.log else "uniform"
    return kind(domain.low, domain.high, prior=prior, name=name)
