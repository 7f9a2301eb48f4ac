"""The model inside of a candidate that stops on validation rows, and the way to it."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.pipeline import Pipeline

from skhpo._eval_set.libraries import LIBRARIES, Library

_KNOWN = (
    "HistGradientBoostingClassifier and HistGradientBoostingRegressor, the models of xgboost, "
    "lightgbm and catboost (not their rankers or forests), and skorch's networks"
)


@dataclass(frozen=True)
class Stopper:
    """A model that stops on validation rows.

    Parameters
    ----------
    model : estimator
        The model.
    library : Library
        How it is told.
    containers : tuple of estimator
        What it stands in, from the outside: Pipelines, TransformedTargetRegressors.
    """

    model: Any
    library: Library
    containers: tuple[Any, ...]

    def clones(self) -> list[Any]:
        """Estimators that a container would clone before it fits them."""
        inner = (*self.containers[1:], self.model)
        pairs = zip(self.containers, inner, strict=True)
        return [part for whole, part in pairs if _transforms_target(whole)]

    def transform(self, X: Any, y: Any) -> tuple[Any, Any]:
        """Rows as the model's ``fit`` gets them, by what the containers have fitted so far."""
        for container in self.containers:
            if isinstance(container, Pipeline):
                X = _through_steps(container, X)
            else:
                y = _through_target(container, y)
        return X, y


def find_stopper(estimator: Any) -> Stopper:
    """Find the model of a candidate that stops on validation rows.

    Raises
    ------
    ValueError
        If there is none, naming the models that are known.
    """
    containers: list[Any] = []
    model = estimator
    while True:
        library = next((library for library in LIBRARIES if library.knows(model)), None)
        if library is not None:
            return Stopper(model, library, tuple(containers))
        containers.append(model)
        if isinstance(model, Pipeline):
            model = model.steps[-1][1]
        elif _transforms_target(model):
            model = model.regressor
        else:
            raise ValueError(
                f"`eval_set` must be None for {type(model).__name__}, because its fit does not "
                "take validation rows to stop by; leave it out, or tune a model that does: "
                f"{_KNOWN}, as they are, at the end of a Pipeline or in a "
                "TransformedTargetRegressor."
            )


def check_stops(stopper: Stopper, fit_params: Mapping[str, Any]) -> None:
    """Check that early stopping is on, and that nobody else passes validation rows.

    Raises
    ------
    ValueError
        Naming what is wrong and the fix.
    """
    given, library = own_params(fit_params), stopper.library
    kind = type(stopper.model).__name__
    for name in library.own_names:
        if given.get(name) is not None:
            raise ValueError(
                f"`eval_set` must be None where validation rows are passed to fit, got {name!r} "
                f"for {kind} too; leave one of them out: each fold has validation rows of its own."
            )
    if not library.stops(stopper.model, given):
        raise ValueError(
            f"Early stopping must be on in {kind} when `eval_set` is given, because nothing else "
            f"looks at the validation rows, got it switched off; use {kind}({library.how}), or "
            "leave `eval_set` out."
        )


def _transforms_target(estimator: Any) -> bool:
    """Whether an estimator is a TransformedTargetRegressor."""
    # Who has an object of it has imported it; for others that would take time.
    kind = getattr(sys.modules.get("sklearn.compose"), "TransformedTargetRegressor", ())
    return isinstance(estimator, kind)


def own_params(fit_params: Mapping[str, Any]) -> dict[str, Any]:
    """Keyword arguments of a search's ``fit`` by the names that a model knows."""
    return {name.rpartition("__")[2]: value for name, value in fit_params.items()}


def _through_steps(pipeline: Pipeline, X: Any) -> Any:
    """Transform rows by the fitted first steps."""
    for _, step in pipeline.steps[:-1]:
        # A step without ``transform`` draws training rows again, and leaves others alone.
        if hasattr(step, "transform"):
            X = step.transform(X)
    return X


def _through_target(container: Any, y: Any) -> Any:
    """Transform targets as the fitted regressor's own are."""
    y = np.asarray(y)
    transformed = container.transformer_.transform(y.reshape(-1, 1) if y.ndim == 1 else y)
    is_column = transformed.ndim == 2 and transformed.shape[1] == 1 and y.ndim == 1
    return transformed.squeeze(axis=1) if is_column else transformed
