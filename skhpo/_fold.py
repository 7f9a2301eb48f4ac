"""Evaluate one candidate on one fold: clone, set parameters, cut, fit, score.

`evaluate_fold` runs in a worker. It gets a small `FoldTask` and the token of a
`FoldData`, which reached the worker once; it returns a small `FoldResult`.
"""

from __future__ import annotations

import os
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from functools import partial
from traceback import format_exc
from typing import Any, NamedTuple

import numpy as np
import sklearn
from sklearn.pipeline import Pipeline

from skhpo._built import Built, build, copy_built
from skhpo._engine import Token
from skhpo._eval_set import EvalRows, cut_eval_rows, fit_watched
from skhpo._fold_memory import Memory
from skhpo._fold_rows import Rows, WriteError, as_read_only, cut_fold, says_read_only
from skhpo._fold_scores import raises_errors, score_rows
from skhpo._prefix import sharing_prefix
from skhpo._responses import recording
from skhpo._rows import cut_params, n_rows
from skhpo._staged import first_stages, may_divide, n_stages
from skhpo._trial import FoldResult, FoldTask

# Candidates that a worker remembers; threads of one worker have several at once.
_MAX_BUILT = 64

_NOTHING = nullcontext()

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
    keeps_rows : bool, default=True
        Whether a worker keeps the rows of folds, see `fit_together`.
    eval_rows : tuple of ndarray, or None
        By fold, the rows that decide when a fit stops; the training rows are without them.
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
    keeps_rows: bool = True
    eval_rows: tuple[np.ndarray[Any, Any], ...] | None = None
    memory: Memory = field(default_factory=Memory, init=False, repr=False, compare=False)


class Fit(NamedTuple):
    """How long a fit took, how many steps were fitted before, and the best round if it stops."""

    seconds: float
    n_shared_steps: int
    best_iteration: int | None = None


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
            with sklearn.config_context(**self.config):
                yield
            return
        with sklearn.config_context(**self.config), warnings.catch_warnings():
            warnings.filters[:] = self.warning_filters  # type: ignore[index]
            yield

    def are_set(self) -> bool:
        """Whether they are those of this thread already."""
        return os.getpid() == self.process_id and sklearn.get_config() == self.config


def evaluate_fold(task: FoldTask, token: Token) -> FoldResult:
    """Fit a task's candidate on its fold's training rows and score the others.

    A fit that raises gives a result with its traceback, unless ``error_score="raise"``.
    ``sys.exit`` in a fit is such a failure too; an interrupt is not.
    """
    data: FoldData = token.get()
    # A tenth of what surrounds a tiny fit.
    with _NOTHING if data.settings.are_set() else data.settings.restored():
        return _evaluate([task], data)[0]


def evaluate_group(tasks: Sequence[FoldTask], token: Token) -> tuple[FoldResult, ...]:
    """Evaluate candidates of one fold that differ in their number of stages only, by one fit.

    Each gets a share of the fit's time in proportion to its number of stages. Where the
    fit of the largest fails, or stopped early, or callbacks listen, the others are evaluated
    by themselves.
    """
    data: FoldData = token.get()
    # Of scikit-learn's own classes, so that what clones are made of is there.
    by_size = sorted(tasks, key=lambda task: -n_stages(_build(task, data).estimator))
    results: dict[int, FoldResult] = {}
    if len(tasks) > 1 and not any(task.callback_context for task in tasks):
        with data.settings.restored():
            results = {result.number: result for result in _evaluate(by_size, data)}
    return tuple(results.get(task.number) or evaluate_fold(task, token) for task in tasks)


def _evaluate(tasks: Sequence[FoldTask], data: FoldData) -> list[FoldResult]:
    """Do it under the caller's settings; again with copies if shared rows are written to."""
    first = tasks[0]
    built = _build(first, data)
    # Callbacks may keep what they are shown, or write to it.
    may_write = built.may_write or built.kind in data.memory.writers
    # Steps that are shared know read-only rows without a look at their content.
    is_of_use = data.keeps_rows or (data.share_fits and type(data.estimator) is Pipeline)
    if first.callback_context is None and is_of_use and not may_write:
        try:
            return _attempt(tasks, data, built.is_pairwise, shares_rows=True)
        except WriteError:
            data.memory.writers.add(built.kind)
    return _attempt(tasks, data, built.is_pairwise, shares_rows=False)


def _build(task: FoldTask, data: FoldData) -> Built:
    """The task's candidate, made for the first of its folds that this worker runs."""
    known = data.memory.built
    built = known.get(task.number)
    if built is None:
        if len(known) >= _MAX_BUILT:
            known.clear()
        built = known[task.number] = build(data.estimator, task.params)
    return built


def _copy(task: FoldTask, data: FoldData) -> Any:
    """The task's candidate, of its own."""
    return copy_built(_build(task, data), data.estimator, task.params)


def _attempt(
    tasks: Sequence[FoldTask], data: FoldData, is_pairwise: bool, *, shares_rows: bool
) -> list[FoldResult]:
    """Cut, fit the first candidate and score all; shared rows are read-only.

    Raises
    ------
    WriteError
        If `shares_rows`, and somebody tried to write to them.
    """
    estimators = [_copy(task, data) for task in tasks]
    started = time.perf_counter()
    task, largest = tasks[0], estimators[0]
    split = data.splits[task.fold]
    kept = data.memory.rows if shares_rows and data.keeps_rows else None
    train_rows, test_rows = cut_fold(
        data.X, data.y, data.score_params, split, pairwise=is_pairwise, kept=kept, fold=task.fold
    )
    if shares_rows and not data.keeps_rows:
        train_rows, test_rows = as_read_only(train_rows), as_read_only(test_rows)
    fit_params = cut_params(data.fit_params, n_rows(data.X), split[0])
    eval_rows = _cut_eval_rows(task, data, split[0] if is_pairwise else None)
    memory = data.memory if data.share_fits and task.callback_context is None else None
    sides = {"train": train_rows.X, "test": test_rows.X}
    if eval_rows is not None:
        sides["eval"] = eval_rows.X
    with sharing_prefix(
        largest, memory, task.fold, sides, fit_params, lends_copies=not shares_rows
    ) as links:
        fit_it = fit_estimator if eval_rows is None else partial(fit_watched, eval_rows, links)
        error, best = _fit(task, data, largest, train_rows, fit_params, fit_it, shares_rows)
        seconds = time.perf_counter() - started
        if error is not None:
            return [FoldResult(task.number, task.fold, None, fit_seconds=seconds, error=error)]
        for link in links:
            link.settle()
        n_found = sum([link.is_found for link in links])
        results = []
        # Of the largest candidate the others have all the steps, the last one too.
        models, n_shared = [largest], [n_found] + [len(links) + 1] * (len(tasks) - 1)
        if len(tasks) > 1 and may_divide(largest):
            models += first_stages(largest, estimators[1:])
        sizes = [n_stages(e) for e in estimators[: len(models)]] if len(models) > 1 else [1]
        for own, model, size, n in zip(tasks, models, sizes, n_shared, strict=False):
            fit = Fit(seconds * size / sum(sizes), n, best)
            results.append(_score_sides(own, data, model, fit, train_rows, test_rows, shares_rows))
        return results


def _cut_eval_rows(task: FoldTask, data: FoldData, columns: Any) -> EvalRows | None:
    """Cut the rows that decide when a fit stops, for this fit alone: its steps may write."""
    if data.eval_rows is None:
        return None
    return cut_eval_rows(data.X, data.y, data.fit_params, data.eval_rows[task.fold], columns)


def _fit(
    task: FoldTask,
    data: FoldData,
    estimator: Any,
    rows: Rows,
    fit_params: dict[str, Any],
    fit_it: Callable[..., int | None],
    shares_rows: bool,
) -> tuple[str | None, int | None]:
    """Fit, and give the traceback of a failure that is not raised, or the best round."""
    try:
        is_heard = task.callback_context is not None
        with _listening(task, data, estimator, rows, fit_params) if is_heard else _NOTHING:
            best = fit_it(estimator, rows.X, rows.y, fit_params)
    except (Exception, SystemExit) as error:
        if shares_rows and says_read_only(str(error)):
            raise WriteError from error
        if raises_errors(data.error_score):
            raise
        return format_exc(), None
    return None, best


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
        test_scores, is_multimetric, problem = score_rows(
            data, estimator, test_rows, shares_rows=shares_rows
        )
    seconds = time.perf_counter() - started
    responses = None if problem else recorder.finish(estimator, data.extra_responses)
    train_scores = (
        score_rows(data, estimator, train_rows, shares_rows=shares_rows)[0]
        if data.return_train_score
        else None
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
        best_iteration=fit.best_iteration,
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
    weight = fit_params.get("sample_weight")
    metadata = None if weight is None else {"sample_weight": weight}
    arguments = {"estimator": data.caller, "X": rows.X, "y": rows.y, "metadata": metadata}
    try:
        with context.propagate_callback_context(estimator):
            context.call_on_fit_task_begin(**arguments)
            yield
    finally:
        context.call_on_fit_task_end(**arguments)
