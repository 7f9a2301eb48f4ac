"""Evaluate one candidate on one fold: clone, set parameters, cut, fit, score.

`evaluate_fold` runs in a worker. It gets a small `FoldTask` and the token of a
`FoldData`, which reached the worker once; it returns a small `FoldResult`.
"""

from __future__ import annotations

import math
import numbers
import os
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from traceback import format_exc
from typing import Any

import numpy as np
import sklearn
from sklearn.base import clone
from sklearn.utils import get_tags

from skhpo._engine import Token
from skhpo._responses import recording
from skhpo._rows import has_rows, n_rows, take_block, take_rows
from skhpo._trial import FoldResult, FoldTask

Split = tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]


@dataclass(frozen=True)
class FoldData:
    """All that the folds of one study have in common.

    Parameters
    ----------
    estimator : estimator
        Unfitted; every fold fits its own clone.
    X, y : array-like
        The development rows; `y` may be None.
    splits : list of (ndarray, ndarray)
        Train and validation indices by fold.
    scorer : callable
        ``scorer(estimator, X, y, **score_params)``, a number or a dict of numbers.
    metrics : tuple of str or None
        Names of the metrics of a multimetric scorer; None for a single or a callable one.
    fit_params, score_params : dict
        What else goes to ``fit`` and to the scorer; entries of one row each are cut.
    error_score : "raise" or float
        What a failed fit or scorer does, as in scikit-learn.
    return_train_score : bool
        Whether the training rows are scored too.
    caller : estimator or None
        The search, when callbacks listen.
    settings : Settings
        Those of the calling thread, which fits must see.
    max_response_bytes : float, default=0
        What a fold's recorded responses may take; 0 records none.
    extra_responses : tuple of str, default=()
        Methods that are asked for their response besides those that the scorer asks.
    """

    estimator: Any
    X: Any
    y: Any
    splits: list[Split]
    scorer: Any
    metrics: tuple[str, ...] | None
    fit_params: dict[str, Any]
    score_params: dict[str, Any]
    error_score: Any
    return_train_score: bool
    caller: Any
    settings: Settings
    max_response_bytes: float = 0.0
    extra_responses: tuple[str, ...] = ()


@dataclass(frozen=True)
class Settings:
    """Settings of the calling thread that a fit must see wherever it runs."""

    config: dict[str, Any]
    warning_filters: list[Any]
    process_id: int

    @classmethod
    def current(cls) -> Settings:
        """Those of this thread."""
        return cls(sklearn.get_config(), list(warnings.filters), os.getpid())

    @contextmanager
    def restored(self) -> Iterator[None]:
        """Set them while the context lasts.

        Warning filters belong to the process: they are set in another process only,
        because threads that set and reset them would undo each other.
        """
        is_elsewhere = os.getpid() != self.process_id
        with (
            sklearn.config_context(**self.config),
            warnings.catch_warnings() if is_elsewhere else nullcontext(),
        ):
            if is_elsewhere:
                warnings.filters[:] = self.warning_filters  # type: ignore[index]
            yield


@dataclass(frozen=True)
class _Rows:
    """One side of a split."""

    X: Any
    y: Any
    score_params: dict[str, Any]


def cut_params(params: dict[str, Any], n: int, indices: Any) -> dict[str, Any]:
    """Cut the entries that have `n` rows; pass the others on as they are."""
    return {
        name: take_rows(value, indices) if has_rows(value, n) else value
        for name, value in params.items()
    }


def evaluate_fold(task: FoldTask, token: Token) -> FoldResult:
    """Fit a task's candidate on its fold's training rows and score the others.

    A fit that raises gives a result with its traceback, unless ``error_score="raise"``.
    ``sys.exit`` in a fit is such a failure too; an interrupt is not.
    """
    data: FoldData = token.get()
    with data.settings.restored():
        return _evaluate(task, data)


def _evaluate(task: FoldTask, data: FoldData) -> FoldResult:
    """Do it under the caller's settings."""
    # Parameters are cloned too: they may be estimators.
    estimator = clone(data.estimator).set_params(**clone(task.params, safe=False))
    started = time.perf_counter()
    train, test = data.splits[task.fold]
    pairwise = get_tags(estimator).input_tags.pairwise
    train_rows = _cut(data, train, train if pairwise else None)
    test_rows = _cut(data, test, train if pairwise else None)
    fit_params = cut_params(data.fit_params, n_rows(data.X), train)
    try:
        with _listening(task, data, estimator, train_rows, fit_params):
            fit_estimator(estimator, train_rows.X, train_rows.y, fit_params)
    except (Exception, SystemExit):
        if raises_errors(data.error_score):
            raise
        seconds = time.perf_counter() - started
        return FoldResult(task.number, task.fold, None, fit_seconds=seconds, error=format_exc())
    fitted = time.perf_counter()
    with recording(estimator, test_rows.X, data.max_response_bytes) as recorder:
        test_scores, is_multimetric, problem = _score(estimator, test_rows, data)
    scored = time.perf_counter()
    responses = None if problem else recorder.finish(estimator, data.extra_responses)
    train_scores = _score(estimator, train_rows, data)[0] if data.return_train_score else None
    return FoldResult(
        task.number,
        task.fold,
        test_scores,
        train_scores,
        is_multimetric,
        fit_seconds=fitted - started,
        score_seconds=scored - fitted,
        score_error=problem,
        responses=responses,
    )


def _cut(data: FoldData, rows: Any, columns: Any) -> _Rows:
    """Take rows of the data; of a pairwise X, only the training columns."""
    X = take_rows(data.X, rows) if columns is None else take_block(data.X, rows, columns)
    params = cut_params(data.score_params, n_rows(data.X), rows)
    return _Rows(X, take_rows(data.y, rows), params)


def fit_estimator(estimator: Any, X: Any, y: Any, params: dict[str, Any]) -> None:
    """Fit, with y where there is one."""
    if y is None:
        estimator.fit(X, **params)
    else:
        estimator.fit(X, y, **params)


@contextmanager
def _listening(
    task: FoldTask, data: FoldData, estimator: Any, rows: _Rows, fit_params: dict[str, Any]
) -> Iterator[None]:
    """Call the hooks of scikit-learn's callbacks around a fit; the end's in any case."""
    context = task.callback_context
    if context is None:
        yield
        return
    weight = fit_params.get("sample_weight")
    metadata = None if weight is None else {"sample_weight": weight}
    arguments = {"estimator": data.caller, "X": rows.X, "y": rows.y, "metadata": metadata}
    try:
        with context.propagate_callback_context(estimator):
            context.call_on_fit_task_begin(**arguments)
            yield
    finally:
        context.call_on_fit_task_end(**arguments)


def _score(
    estimator: Any, rows: _Rows, data: FoldData
) -> tuple[dict[str, float], bool, str | None]:
    """Score by metric, whether there were several, and the traceback of a scorer that failed."""
    problem = None
    arguments = (rows.X,) if rows.y is None else (rows.X, rows.y)
    try:
        scores = data.scorer(estimator, *arguments, **rows.score_params)
    except Exception:
        # A multimetric scorer raises only when `error_score` is "raise".
        if raises_errors(data.error_score) or data.metrics is not None:
            raise
        problem = format_exc()
        scores = data.error_score
        _warn_of_failed_scoring(data.error_score, problem)
    if not isinstance(scores, dict):
        return {"score": to_number(scores, data.scorer)}, False, problem
    scores = dict(scores)
    for name, value in scores.items():
        # scikit-learn's multimetric scorer gives the traceback in the place of the score.
        if data.metrics is not None and isinstance(value, str):
            problem = value
            scores[name] = data.error_score
            _warn_of_failed_scoring(data.error_score, value)
    return {name: to_number(value, name) for name, value in scores.items()}, True, problem


def raises_errors(error_score: Any) -> bool:
    """Whether failures are raised."""
    return isinstance(error_score, str) and error_score == "raise"


def failure_score(error_score: Any) -> float:
    """Score of a fold that failed; nan where that raises."""
    return math.nan if raises_errors(error_score) else float(error_score)


def _warn_of_failed_scoring(error_score: Any, details: str) -> None:
    """Warn in scikit-learn's words."""
    warnings.warn(
        "Scoring failed. The score on this train-test partition for these parameters will be "
        f"set to {error_score}. Details: \n{details}",
        UserWarning,
        stacklevel=2,
    )


def to_number(score: Any, scorer: Any) -> float:
    """Unwrap a scalar array (memory-mapped, or of another library).

    Raises
    ------
    ValueError
        If the scorer gave no number.
    """
    if hasattr(score, "item"):
        with suppress(ValueError):
            score = score.item()
    if not isinstance(score, numbers.Number):
        raise ValueError(
            f"scoring must return a number, got {score} ({type(score)}) instead. (scorer={scorer})"
        )
    return score  # type: ignore[return-value]
