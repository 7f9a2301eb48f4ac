"""Optuna: its tree-structured Parzen estimators and its Gaussian process.

Failed trials are forgotten by all its samplers. Its maintainers advise to prune what should
not be tried again (issues 566 and 3472): TPE then counts it among the worst. The Gaussian
process forgets pruned trials too, and is told the worst score so far.
"""

from __future__ import annotations

import math
import warnings
from typing import Any

import optuna
from coded_space import BRANCH, Code, CodedSpace, Codes, Domain
from optuna.samplers import BaseSampler, GPSampler, TPESampler
from optuna.trial import TrialState


def make_tpe(space: CodedSpace, seed: int) -> OptunaSearch:
    """TPE that models parameters together, in groups where branches differ."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        sampler = TPESampler(seed=seed, multivariate=True, group=True)
    return OptunaSearch(space, sampler)


def make_univariate_tpe(space: CodedSpace, seed: int) -> OptunaSearch:
    """TPE that models each parameter alone, which was the default before Optuna 5."""
    return OptunaSearch(space, TPESampler(seed=seed, multivariate=False))


def make_gp(space: CodedSpace, seed: int) -> OptunaSearch:
    """Gaussian process."""
    return OptunaSearch(space, GPSampler(seed=seed), is_gp=True)


class OptunaSearch:
    """An Optuna study, asked and told.

    Parameters
    ----------
    space : CodedSpace
        Its branches are a categorical parameter.
    sampler : BaseSampler
        How Optuna chooses.
    is_gp : bool, default=False
        Whether the sampler models only what all trials have: then each trial suggests all
        columns, else those that its branch has.
    """

    def __init__(self, space: CodedSpace, sampler: BaseSampler, *, is_gp: bool = False) -> None:
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        self._space = space
        self._is_gp = is_gp
        self._domains = {column.label: column.domain for column in space.columns}
        self._study = optuna.create_study(direction="maximize", sampler=sampler)
        self._trial: Any = None
        self._worst = math.inf

    def ask(self) -> Codes:
        """Codes of the next trial."""
        self._trial = trial = self._study.ask()
        codes: Codes = {}
        if self._space.n_branches > 1:
            codes[BRANCH] = trial.suggest_categorical(BRANCH, range(self._space.n_branches))
        active = self._space.labels_of(int(codes.get(BRANCH, 0)))
        for label in self._domains if self._is_gp else active:
            codes[label] = suggest(trial, label, self._domains[label])
        return codes

    def tell(self, codes: Codes, score: float) -> None:
        """Tell the trial its score."""
        if self._trial is None:
            # The only way in for codes of others is through a trial that is asked.
            self._study.enqueue_trial(self._space.fill(codes) if self._is_gp else codes)
            self.ask()
        trial, self._trial = self._trial, None
        if math.isfinite(score):
            self._worst = min(self._worst, score)
            self._study.tell(trial, score)
        elif self._is_gp and math.isfinite(self._worst):
            self._study.tell(trial, self._worst)
        else:
            self._study.tell(trial, state=TrialState.PRUNED)


def suggest(trial: optuna.Trial, label: str, domain: Domain) -> Code:
    """Code of one column."""
    if domain.kind == "float":
        return trial.suggest_float(label, domain.low, domain.high, log=domain.log)
    if domain.kind == "unordered":
        return trial.suggest_categorical(label, range(len(domain.levels)))
    return trial.suggest_int(label, int(domain.low), int(domain.high), log=domain.log)
