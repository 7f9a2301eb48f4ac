"""Hyperopt's tree-structured Parzen estimator, with branches as a choice."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from coded_space import BRANCH, CodedSpace, Codes, Domain
from hyperopt import JOB_STATE_DONE, STATUS_FAIL, STATUS_OK, Trials, base, hp, tpe


class HyperoptSearch:
    """Hyperopt's `suggest`, called without its loop.

    Parameters
    ----------
    space : CodedSpace
        A choice of branches; those that share a column share its node.
    seed : int
        Seed of all draws.
    """

    def __init__(self, space: CodedSpace, seed: int) -> None:
        nodes = {column.label: describe(column.label, column.domain) for column in space.columns}
        branches = [
            {label: nodes[label] for label in space.labels_of(number)}
            for number in range(space.n_branches)
        ]
        tree = branches[0] if len(branches) == 1 else hp.choice(BRANCH, branches)
        self._names = [*nodes] if len(branches) == 1 else [BRANCH, *nodes]
        self._domain = base.Domain(lambda codes: 0.0, tree)
        self._trials = Trials()
        self._rng = np.random.default_rng(seed)
        self._is_asked = False

    def ask(self) -> Codes:
        """Codes of the next trial, of the columns that its branch has."""
        seed = int(self._rng.integers(2**31 - 1))
        trials = tpe.suggest(
            self._trials.new_trial_ids(1), self._domain, self._trials, seed, verbose=False
        )
        self._insert(trials)
        values = trials[0]["misc"]["vals"]
        return {name: value[0] for name, value in values.items() if len(value)}

    def tell(self, codes: Codes, score: float) -> None:
        """Tell the loss; a trial whose status is to have failed counts as the worst."""
        if not self._is_asked:
            self._insert(self._describe_trial(codes))
        self._is_asked = False
        trial = self._trials._dynamic_trials[-1]
        is_failed = not math.isfinite(score)
        trial["result"] = (
            {"status": STATUS_FAIL} if is_failed else {"status": STATUS_OK, "loss": -score}
        )
        trial["state"] = JOB_STATE_DONE
        self._trials.refresh()

    def _insert(self, trials: list[dict[str, Any]]) -> None:
        """Add a trial to be told."""
        self._trials.insert_trial_docs(trials)
        self._trials.refresh()
        self._is_asked = True

    def _describe_trial(self, codes: Codes) -> list[dict[str, Any]]:
        """Trial of codes that were not asked."""
        (number,) = self._trials.new_trial_ids(1)
        has = {name: name in codes for name in self._names}
        place = {
            "tid": number,
            "cmd": self._domain.cmd,
            "idxs": {name: [number] if has[name] else [] for name in self._names},
            "vals": {name: [codes[name]] if has[name] else [] for name in self._names},
        }
        return self._trials.new_trial_docs([number], [None], [self._domain.new_result()], [place])


def describe(name: str, domain: Domain) -> Any:
    """Node of a column."""
    if domain.kind == "unordered":
        return hp.choice(name, list(range(len(domain.levels))))
    if domain.kind == "float":
        if domain.log:
            return hp.loguniform(name, math.log(domain.low), math.log(domain.high))
        return hp.uniform(name, domain.low, domain.high)
    if domain.log:
        # Rounded to the nearest integer, so each has its share of the logarithm.
        return hp.qloguniform(name, math.log(domain.low - 0.5), math.log(domain.high + 0.5), 1)
    return hp.uniformint(name, domain.low, domain.high)
