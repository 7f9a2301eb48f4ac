"""SMAC: its facade for hyper-parameters (random forest), with conditions of ConfigSpace."""

from __future__ import annotations

import math
import tempfile
import warnings
from pathlib import Path
from typing import Any

from coded_space import BRANCH, CodedSpace, Codes, Domain
from ConfigSpace import (
    CategoricalHyperparameter,
    Configuration,
    ConfigurationSpace,
    InCondition,
    UniformFloatHyperparameter,
    UniformIntegerHyperparameter,
)
from smac import HyperparameterOptimizationFacade, Scenario
from smac.runhistory import StatusType, TrialInfo, TrialValue

# Of all trials, which it is told beforehand, a quarter at most are its initial design.
N_TRIALS = 60


class SmacSearch:
    """SMAC's facade, asked and told.

    Parameters
    ----------
    space : CodedSpace
        Columns that not all branches have are active when the branch is one that has them.
    seed : int
        Seed of all draws.
    """

    def __init__(self, space: CodedSpace, seed: int) -> None:
        self._configspace = make_configspace(space, seed)
        # It writes its scenario there, and is given no other chance.
        self._directory = tempfile.TemporaryDirectory()
        scenario = Scenario(
            self._configspace,
            deterministic=True,
            n_trials=N_TRIALS,
            output_directory=Path(self._directory.name),
            seed=seed,
        )
        self._smac = HyperparameterOptimizationFacade(
            scenario,
            target_function,
            config_selector=HyperparameterOptimizationFacade.get_config_selector(
                scenario, retrain_after=1
            ),
            logging_level=False,
            overwrite=True,
        )
        self._info: Any = None
        self._failed: list[TrialInfo] = []
        self._worst = -math.inf

    def ask(self) -> Codes:
        """Codes of the next trial, of the columns that its branch has."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self._info = self._smac.ask()
        return {name: plain(value) for name, value in dict(self._info.config).items()}

    def tell(self, codes: Codes, score: float) -> None:
        """Tell a cost; a crash costs as much as the worst trial so far, which may change."""
        info, self._info = self._info, None
        if info is None:
            config = Configuration(self._configspace, values=dict(codes))
            info = TrialInfo(config, seed=0)
        if math.isfinite(score):
            self._tell(info, -score, StatusType.SUCCESS)
            failed, self._worst = self._failed, max(self._worst, -score)
        else:
            self._failed.append(info)
            failed = [info]
        for crash in failed:
            cost = self._worst if math.isfinite(self._worst) else 0.0
            self._tell(crash, cost, StatusType.CRASHED)

    def _tell(self, info: TrialInfo, cost: float, status: StatusType) -> None:
        """Tell SMAC, which keeps the last cost that it is told of a trial."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self._smac.tell(info, TrialValue(cost, status=status), save=False)


def target_function(config: Configuration, seed: int = 0) -> float:
    """Say that it is never called: SMAC wants a function even to be asked and told."""
    raise NotImplementedError


def make_configspace(space: CodedSpace, seed: int) -> ConfigurationSpace:
    """Space of the columns, with a condition on the branch for those that not all have."""
    configspace = ConfigurationSpace(seed=seed)
    parameters = {c.label: describe(c.label, c.domain) for c in space.columns}
    configspace.add(list(parameters.values()))
    if space.n_branches == 1:
        return configspace
    branch = CategoricalHyperparameter(BRANCH, list(range(space.n_branches)))
    configspace.add(branch)
    for column in space.columns:
        if len(column.branches) < space.n_branches:
            condition = InCondition(parameters[column.label], branch, list(column.branches))
            configspace.add(condition)
    return configspace


def describe(name: str, domain: Domain) -> Any:
    """Hyper-parameter of a column."""
    if domain.kind == "unordered":
        return CategoricalHyperparameter(name, list(range(len(domain.levels))))
    is_float = domain.kind == "float"
    kind = UniformFloatHyperparameter if is_float else UniformIntegerHyperparameter
    return kind(name, domain.low, domain.high, log=domain.log)


def plain(value: Any) -> Any:
    """Number of Python's own, where ConfigSpace gives numpy's."""
    return value.item() if hasattr(value, "item") else value
