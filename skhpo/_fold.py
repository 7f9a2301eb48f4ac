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
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from traceback import format_exc
from typing import Any, NamedTuple

import numpy as np
import sklearn
from sklearn.base import clone
from sklearn.utils import get_tags

from skhpo._engine import Token
from skhpo._fold_rows import (
    Memory,
    Rows,
    WriteError,
    asks_to_overwrite,
    cut_fold,
    says_read_only,
)
from skhpo._prefix import estimator_kind, sharing_prefix
from skhpo._responses import recording
from skhpo._rows import cut_params, n_rows
from skhpo._staged import first_stages, n_stages
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
    share_fits : bool, default=True
        Whether candidates share the fitted first steps of a Pipeline.
    memory : Memory
        What the worker keeps between folds; it does not travel.
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
    share_fits: bool = True
    memory: Memory = field(default_factory=Memory, init=False, repr=False, compare=False)


class Fit(NamedTuple):
    """How long a candidate's fit took, and how many of its steps were fitted before."""

    seconds: float
    n_shared_steps: int


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
        if os.getpid() == self.process_id:
            # A tenth of what a tiny fold costs, where nothing is to be set.
            is_set = sklearn.get_config() == self.config
            with nullcontext() if is_set else sklearn.config_context(**self.config):
                yield
            return
        with sklearn.config_context(**self.config), warnings.catch_warnings():
            warnings.filters[:] = self.warning_filters  # type: ignore[index]
            yield


def evaluate_fold(task: FoldTask, token: Token) -> FoldResult:
    """Fit a task's candidate on its fold's training rows and score the others.

    A fit that raises gives a result with its traceback, unless ``error_score="raise"``.
    ``sys.exit`` in a fit is such a failure too; an interrupt is not.
    """
    data: FoldData = token.get()
    with data.settings.restored():
        return _evaluate([task], data)[0]


def evaluate_group(tasks: Sequence[FoldTask], token: Token) -> tuple[FoldResult, ...]:
    """Evaluate candidates of one fold that differ in their number of stages only, by one fit.

    Each gets a share of the fit's time in proportion to its number of stages. Where the
    fit of the largest fails, or callbacks listen, each is evaluated by itself.
    """
    data: FoldData = token.get()
    by_size = sorted(tasks, key=lambda task: -n_stages(_build(task, data)))
    if len(tasks) > 1 and not any(task.callback_context for task in tasks):
        with data.settings.restored():
            results = {result.number: result for result in _evaluate(by_size, data)}
        if results[by_size[0].number].error is None:
            return tuple(results[task.number] for task in tasks)
    return tuple(evaluate_fold(task, token) for task in tasks)


def _evaluate(tasks: Sequence[FoldTask], data: FoldData) -> list[FoldResult]:
    """Do it under the caller's settings; again with copies if shared rows are written to."""
    estimators = [_build(task, data) for task in tasks]
    kind = estimator_kind(estimators[0])
    # Callbacks may keep what they are shown, or write to it.
    is_writer = kind in data.memory.writers or asks_to_overwrite(estimators[0])
    if tasks[0].callback_context is None and not is_writer:
        try:
            return _attempt(tasks, data, estimators, shares_rows=True)
        except WriteError:
            data.memory.writers.add(kind)
            estimators = [_build(task, data) for task in tasks]
    return _attempt(tasks, data, estimators, shares_rows=False)


def _build(task: FoldTask, data: FoldData) -> Any:
    """Make the candidate; parameters are cloned too, as they may be estimators."""
    return clone(data.estimator).set_params(**clone(task.params, safe=False))


def _attempt(
    tasks: Sequence[FoldTask], data: FoldData, estimators: list[Any], *, shares_rows: bool
) -> list[FoldResult]:
    """Cut, fit the first candidate and score all; shared rows are read-only.

    Raises
    ------
    WriteError
        If `shares_rows`, and somebody tried to write to them.
    """
    started = time.perf_counter()
    task, largest = tasks[0], estimators[0]
    split = data.splits[task.fold]
    train_rows, test_rows = cut_fold(
        data.X,
        data.y,
        data.score_params,
        split,
        pairwise=get_tags(largest).input_tags.pairwise,
        kept=data.memory.rows if shares_rows else None,
        fold=task.fold,
    )
    fit_params = cut_params(data.fit_params, n_rows(data.X), split[0])
    memory = data.memory if data.share_fits and task.callback_context is None else None
    sides = train_rows.X, test_rows.X
    with sharing_prefix(
        largest, memory, task.fold, sides, fit_params, lends_copies=not shares_rows
    ) as links:
        error = _fit(task, data, largest, train_rows, fit_params, shares_rows)
        seconds = time.perf_counter() - started
        if error is not None:
            return [FoldResult(task.number, task.fold, None, fit_seconds=seconds, error=error)]
        for link in links:
            link.settle()
        n_found = sum(link.is_found for link in links)
        models = [largest, *(first_stages(largest, smaller) for smaller in estimators[1:])]
        sizes = [n_stages(e) for e in estimators] if len(estimators) > 1 else [1]
        fits = [
            # Of the largest candidate, the others have all the steps, the last one too.
            Fit(seconds * size / sum(sizes), n_found if model is largest else len(links) + 1)
            for model, size in zip(models, sizes, strict=True)
        ]
        return [
            _score_sides(own, data, model, fit, train_rows, test_rows, shares_rows)
            for own, model, fit in zip(tasks, models, fits, strict=True)
        ]


def _fit(
    task: FoldTask,
    data: FoldData,
    estimator: Any,
    rows: Rows,
    fit_params: dict[str, Any],
    shares_rows: bool,
) -> str | None:
    """Fit, and give the traceback of a failure that is not raised."""
    try:
        with _listening(task, data, estimator, rows, fit_params):
            fit_estimator(estimator, rows.X, rows.y, fit_params)
    except (Exception, SystemExit) as error:
        if shares_rows and says_read_only(str(error)):
            raise WriteError from error
        if raises_errors(data.error_score):
            raise
        return format_exc()
    return None


def _score_sides(
    task: FoldTask,
    data: FoldData,
    estimator: Any,
    fit: Fit,
    train_rows: Rows,
    test_rows: Rows,
    shares_rows: bool,
) -> FoldResult:
    """Score the validation rows, and the training rows if they are asked for."""
    started = time.perf_counter()
    with recording(estimator, test_rows.X, data.max_response_bytes) as recorder:
        test_scores, is_multimetric, problem = _score(estimator, test_rows, data, shares_rows)
    seconds = time.perf_counter() - started
    responses = None if problem else recorder.finish(estimator, data.extra_responses)
    train_scores = (
        _score(estimator, train_rows, data, shares_rows)[0] if data.return_train_score else None
    )
    return FoldResult(
        task.number,
        task.fold,
        test_scores,
        train_scores,
        is_multimetric,
        fit_seconds=fit.seconds,
        score_seconds=seconds,
        score_error=problem,
        responses=responses,
        n_shared_steps=fit.n_shared_steps,
    )


def fit_estimator(estimator: Any, X: Any, y: Any, params: dict[str, Any]) -> None:
    """Fit, with y where there is one."""
    if y is None:
        estimator.fit(X, **params)
    else:
        estimator.fit(X, y, **params)


@contextmanager
def _listening(
    task: FoldTask, data: FoldData, estimator: Any, rows: Rows, fit_params: dict[str, Any]
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
    estimator: Any, rows: Rows, data: FoldData, shares_rows: bool
) -> tuple[dict[str, float], bool, str | None]:
    """Score by metric, whether there were several, and the traceback of a scorer that failed.

    Raises
    ------
    WriteError
        If `shares_rows`, and the scorer or the estimator tried to write to them.
    """
    problem = None
    arguments = (rows.X,) if rows.y is None else (rows.X, rows.y)
    try:
        scores = data.scorer(estimator, *arguments, **rows.score_params)
    except Exception as error:
        if shares_rows and says_read_only(str(error)):
            raise WriteError from error
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
            if shares_rows and says_read_only(value.strip().splitlines()[-1]):
                raise WriteError
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
