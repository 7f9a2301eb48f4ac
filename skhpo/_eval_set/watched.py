"""Fit a candidate whose model stops by validation rows."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, Protocol

from skhpo._eval_set.libraries import Passed
from skhpo._eval_set.stopper import Stopper, check_stops, find_stopper
from skhpo._rows import cut_params, has_rows, n_rows, take_block, take_rows
from skhpo._shadows import shadowed


@dataclass(frozen=True)
class EvalRows:
    """Rows that decide when a fit stops.

    Parameters
    ----------
    X, y : array-like
        Rows as the candidate is given them, before any step.
    params : dict of str to object
        Keyword arguments of ``fit`` with an entry a row, for these rows.
    """

    X: Any
    y: Any
    params: dict[str, Any]


def cut_eval_rows(
    X: Any, y: Any, fit_params: dict[str, Any], rows: Any, columns: Any | None
) -> EvalRows:
    """Cut rows of the data, and of what goes along with them.

    Parameters
    ----------
    X, y : array-like
        The data.
    fit_params : dict of str to object
        Keyword arguments of ``fit``; those without an entry a row are left out.
    rows : ndarray of int
        Which rows.
    columns : ndarray of int or None
        Of a pairwise X, which columns.
    """
    taken = take_rows(X, rows) if columns is None else take_block(X, rows, columns)
    by_row = {k: v for k, v in fit_params.items() if has_rows(v, n_rows(X))}
    return EvalRows(taken, take_rows(y, rows), cut_params(by_row, n_rows(X), rows))


class Settles(Protocol):
    """What is to be told when the steps before the model are fitted."""

    def settle(self) -> None:
        """Take the steps as they are now."""


def fit_watched(
    rows: EvalRows,
    links: Sequence[Settles],
    estimator: Any,
    X: Any,
    y: Any,
    params: dict[str, Any],
) -> int:
    """Fit, stopped by validation rows; give after how many rounds their score was best.

    The estimator fits itself as ever. Only its model's ``fit`` is shadowed meanwhile: when it
    is called, all steps before it are fitted, and transform the validation rows.

    Parameters
    ----------
    rows : EvalRows
        Rows that decide when to stop.
    links : sequence of Settles
        First steps that candidates share, told when all of them are fitted.
    estimator : estimator
        The candidate, unfitted.
    X, y : array-like
        Training rows and targets.
    params : dict of str to object
        Keyword arguments of ``fit``.

    Returns
    -------
    n_rounds : int
        1 at least.

    Raises
    ------
    ValueError
        If the candidate has no such model, or early stopping is off in it.
    """
    stopper = find_stopper(estimator)
    check_stops(stopper, params)
    model, own_fit = stopper.model, stopper.model.fit
    was_called = False

    def fit(X: Any, y: Any = None, **given: Any) -> Any:
        """Fit the model with validation rows, transformed as its own."""
        nonlocal was_called
        was_called = True
        for link in links:
            link.settle()
        X_eval, y_eval = stopper.transform(rows.X, rows.y)
        beside = {name: _for_eval_rows(value, params, rows) for name, value in given.items()}
        beside = {name: value for name, value in beside.items() if value is not None}
        passed = Passed(X_eval, y_eval, beside, given, y)
        own_fit(X, y, **given, **stopper.library.pass_rows(model, passed))
        return model

    if not stopper.containers:
        fit(X, y, **params)
    else:
        with ExitStack() as stack:
            _shadow(stopper, fit, stack)
            estimator.fit(X, y, **params)
    if not was_called:
        raise TypeError(
            f"`eval_set` needs that {type(estimator).__name__} calls the fit of its own "
            f"{type(model).__name__}, which it did not; leave `eval_set` out."
        )
    return max(1, stopper.library.best_round(model))


def _shadow(stopper: Stopper, fit: Any, stack: ExitStack) -> None:
    """Shadow the model's ``fit``, and keep containers from cloning it or what it stands in."""
    shadows: dict[int, dict[str, Any]] = {id(stopper.model): {"fit": fit}}
    parts = {id(part): part for part in (*stopper.clones(), stopper.model)}
    for part in stopper.clones():
        shadows.setdefault(id(part), {})["__sklearn_clone__"] = lambda part=part: part
    for key, part in parts.items():
        stack.enter_context(shadowed(part, shadows[key]))


def _for_eval_rows(value: Any, params: dict[str, Any], rows: EvalRows) -> Any:
    """What a keyword argument is for the validation rows; None where it has no entry a row."""
    # By identity: whatever name a router knows it by.
    same = (rows.params[k] for k, given in params.items() if given is value and k in rows.params)
    return None if value is None else next(same, None)
