"""Optuna behind the interface of a search, so that `skhpo.compare` takes it too."""

from __future__ import annotations

from typing import Any

import numpy as np
import optuna
from sklearn.base import BaseEstimator, MetaEstimatorMixin, clone
from sklearn.metrics import check_scoring
from sklearn.model_selection import cross_val_score
from sklearn.utils import get_tags

from skhpo import Float, Int


class OptunaSearch(MetaEstimatorMixin, BaseEstimator):
    """Search with Optuna's default sampler (TPE), seeded, on a space of skhpo."""

    def __init__(
        self,
        estimator: Any,
        space: Any,
        *,
        n_iter: int = 10,
        scoring: Any = None,
        cv: Any = None,
        random_state: int | None = None,
    ) -> None:
        self.estimator = estimator
        self.space = space
        self.n_iter = n_iter
        self.scoring = scoring
        self.cv = cv
        self.random_state = random_state

    def __sklearn_tags__(self) -> Any:
        """Say whether it is a classifier or a regressor."""
        tags = super().__sklearn_tags__()
        tags.estimator_type = get_tags(self.estimator).estimator_type
        return tags

    def fit(self, X: Any, y: Any) -> OptunaSearch:
        """Run the trials one after the other, and refit the best."""
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        candidates: list[dict[str, Any]] = []
        scores: list[np.ndarray] = []

        def objective(trial: optuna.Trial) -> float:
            candidates.append(suggest(trial, self.space))
            model = self._make(candidates[-1])
            scores.append(cross_val_score(model, X, y, scoring=self.scoring, cv=self.cv))
            return float(scores[-1].mean())

        sampler = optuna.samplers.TPESampler(seed=self.random_state)
        optuna.create_study(direction="maximize", sampler=sampler).optimize(objective, self.n_iter)
        means = np.mean(scores, axis=1)
        self.n_splits_ = len(scores[0])
        self.cv_results_ = {"params": candidates, "mean_test_score": means}
        self.best_score_ = means.max()
        self.best_params_ = candidates[means.argmax()]
        self.best_estimator_ = self._make(self.best_params_).fit(X, y)
        return self

    def score(self, X: Any, y: Any) -> float:
        """Score the refitted winner by `scoring`."""
        return float(check_scoring(self.best_estimator_, self.scoring)(self.best_estimator_, X, y))

    def _make(self, params: dict[str, Any]) -> Any:
        """Make an unfitted estimator of these parameters."""
        return clone(self.estimator).set_params(**clone(params, safe=False))


def suggest(trial: optuna.Trial, space: Any) -> dict[str, Any]:
    """Ask Optuna for a candidate of a dict, or of one of a list of dicts."""
    parts = space if isinstance(space, list) else [space]
    branch = trial.suggest_categorical("branch", list(range(len(parts))))
    return {
        name: suggest_value(trial, f"{branch}: {name}", domain)
        for name, domain in parts[branch].items()
    }


def suggest_value(trial: optuna.Trial, name: str, domain: Any) -> Any:
    """Ask Optuna for one parameter; items of lists may be of any kind, so go by number."""
    if isinstance(domain, Float):
        return trial.suggest_float(name, domain.low, domain.high, log=domain.log)
    if isinstance(domain, Int):
        return trial.suggest_int(name, domain.low, domain.high, log=domain.log)
    return domain[trial.suggest_categorical(name, list(range(len(domain))))]
