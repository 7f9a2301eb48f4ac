"""HEBO, with the settings that it has by itself.

Conditional spaces are one flat space with the branch as a category: it knows no conditions.
Two functions that it takes from pymoo are replaced, since it has no parameters for them: its
release asks for pymoo 0.6.0, which has no wheels of today, and later ones seed otherwise.
"""

from __future__ import annotations

import random
import warnings
from typing import Any

import numpy as np
import pandas as pd
import torch
from coded_space import BRANCH, CodedSpace, Codes, Domain
from hebo.acq_optimizers import evolution_optimizer
from hebo.design_space.design_space import DesignSpace
from hebo.optimizers.hebo import HEBO
from peer import Costs
from pymoo.core.mixed import MixedVariableDuplicateElimination
from pymoo.optimize import minimize


class HashedDuplicateElimination(MixedVariableDuplicateElimination):
    """What pymoo does by comparing all pairs, for half of HEBO's time, with equal results."""

    def _do(self, pop: Any, other: Any, is_duplicate: np.ndarray) -> np.ndarray:
        """Mark members that are among others, or come again later."""
        keys = [frozenset(member.X.items()) for member in pop]
        seen = set() if other is None else {frozenset(member.X.items()) for member in other}
        for i in reversed(range(len(keys))):
            is_duplicate[i] |= keys[i] in seen
            if other is None:
                seen.add(keys[i])
        return is_duplicate


def minimize_seeded(*args: Any, **kwargs: Any) -> Any:
    """Minimise by pymoo with a seed from numpy's generator, on which pymoo 0.6.0 drew."""
    return minimize(*args, seed=np.random.randint(2**31), **kwargs)  # noqa: NPY002


evolution_optimizer.minimize = minimize_seeded
evolution_optimizer.MixedVariableDuplicateElimination = HashedDuplicateElimination


class HeboSearch:
    """HEBO's optimizer, one suggestion at a time.

    Its draws come from the global generators of numpy, random and torch, which are seeded here.

    Parameters
    ----------
    space : CodedSpace
        All columns are parameters, and the branch too.
    seed : int
        Seed of these generators and of the first candidates.
    """

    def __init__(self, space: CodedSpace, seed: int) -> None:
        torch.set_num_threads(1)
        random.seed(seed)
        np.random.seed(seed)  # noqa: NPY002 - what HEBO draws from
        torch.manual_seed(seed)
        self._space = space
        parameters = [describe(column.label, column.domain) for column in space.columns]
        if space.n_branches > 1:
            branches = tuple(range(space.n_branches))
            domain = Domain("unordered", 0, len(branches) - 1, levels=branches)
            parameters.insert(0, describe(BRANCH, domain))
        self._names = [parameter["name"] for parameter in parameters]
        self._hebo = HEBO(DesignSpace().parse(parameters), scramble_seed=seed)
        self._costs = Costs()

    def ask(self) -> Codes:
        """Codes of the next suggestion."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            row = self._hebo.suggest(n_suggestions=1).iloc[0]
        return {name: row[name] for name in self._names}

    def tell(self, codes: Codes, score: float) -> None:
        """Observe a cost; HEBO would forget failures, which stand at the worst cost instead."""
        row = {name: [value] for name, value in self._space.fill(codes).items()}
        self._hebo.observe(pd.DataFrame(row)[self._names], np.zeros((1, 1)))
        self._hebo.y = np.array(self._costs.append(score)).reshape(-1, 1)


def describe(name: str, domain: Domain) -> dict[str, Any]:
    """HEBO's description of a column."""
    if domain.kind == "unordered":
        return {"name": name, "type": "cat", "categories": list(range(len(domain.levels)))}
    kind = "num" if domain.kind == "float" else "int"
    if domain.log:
        kind = "pow" if domain.kind == "float" else "pow_int"
    return {"name": name, "type": kind, "lb": domain.low, "ub": domain.high}
