"""What a fitted estimator answered while a scorer asked it: recorded, and given again.

response   what ``predict``, ``predict_proba``, ... gave for a fold's validation rows
recording  the methods of one estimator are shadowed by attributes of the instance while a
           scorer runs; each calls its method and keeps a copy, so that scores do not change
replay     the scorer is called with an estimator that knows stored responses only

A scorer that asks for other rows, or looks at X, cannot be replayed; the reason is kept
in the place of responses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.pipeline import Pipeline

from skhpo._rows import n_rows
from skhpo._shadows import shadowed

METHODS = ("predict", "predict_proba", "decision_function", "predict_log_proba", "score_samples")


@dataclass(frozen=True)
class Responses:
    """Responses of one fitted estimator to the rows that a scorer scored.

    Parameters
    ----------
    by_method : dict of str to ndarray of n_rows rows
        Labels as positions in `classes`, where they all are among them.
    classes : ndarray of shape (n_classes,), or None
        The estimator's ``classes_``.
    classes_by_output : list of ndarray, or None
        The ``classes_`` of a classifier of several outputs.
    problem : str
        Why they cannot be used, as the rest of a sentence; empty if they can.
    """

    by_method: dict[str, Any] = field(default_factory=dict)
    classes: Any = None
    classes_by_output: Any = None
    problem: str = ""

    @property
    def n_bytes(self) -> int:
        """Bytes that the responses take."""
        return sum(_n_bytes(response) for response in self.by_method.values())

    @property
    def has_only_labels(self) -> bool:
        """Whether all that was asked for are labels, each one of the classes."""
        return bool(self.by_method) and all(
            isinstance(response, Coded) for response in self.by_method.values()
        )

    def has_labels(self, method: str) -> bool:
        """Whether a method's response is labels, each one of the classes."""
        return isinstance(self.by_method[method], Coded)

    def get(self, method: str) -> Any:
        """Response of one method, as the estimator gave it."""
        response = self.by_method[method]
        if isinstance(response, Coded):
            return self.classes[response.codes]
        return response


@dataclass(frozen=True)
class Coded:
    """Labels as positions in the classes: a byte a row instead of a number or an object."""

    codes: Any


def _n_bytes(response: Any) -> int:
    """Bytes of one response; those of objects are counted as pointers and a short text."""
    array = response.codes if isinstance(response, Coded) else response
    return int(array.nbytes) * (8 if array.dtype == object else 1)


# Recording --------------------------------------------------------------------------------


class Recorder:
    """Keeps what an estimator answers while a scorer runs.

    Parameters
    ----------
    rows : array-like of n_rows rows
        The rows that the scorer is given.
    max_bytes : float
        Responses that take more are dropped, and that is the problem then; with 0 nothing
        is recorded.
    """

    def __init__(self, rows: Any, max_bytes: float) -> None:
        self._rows = rows
        self._n_rows = n_rows(rows)
        self._max_bytes = max_bytes
        self._by_method: dict[str, Any] = {}
        self._is_inside = False
        self._problem = ""

    def wrap(self, name: str, method: Callable[..., Any], is_outer: bool) -> Callable[..., Any]:
        """Make the function that stands in for a method."""

        def recorded(*args: Any, **keywords: Any) -> Any:
            """Call the method and keep what it gave."""
            if self._is_inside:  # a method that asks another one of the same estimator
                return method(*args, **keywords)
            self._is_inside = True
            try:
                response = method(*args, **keywords)
            finally:
                self._is_inside = False
            given = args if not keywords else (*args, *keywords.values())
            if len(given) != 1:
                self._problem = "the scorer calls the estimator with more than rows"
            elif (given[0] is self._rows) if is_outer else (n_rows(given[0]) == self._n_rows):
                self._keep(name, response)
            else:
                self._problem = "the scorer asks for predictions of other rows than it is given"
            return response

        # What scorers look at; `functools.wraps` takes as long as the recording itself.
        recorded.__name__ = name
        recorded.__wrapped__ = method  # type: ignore[attr-defined]
        return recorded

    def _keep(self, name: str, response: Any) -> None:
        """Keep a copy of a response, as the scorer may change it."""
        try:
            values = np.array(response)
        except Exception:  # ragged, or of a library that numpy does not read
            self._problem = f"what {name} gives is not one array"
            return
        if values.shape[:1] != (self._n_rows,):
            self._problem = f"what {name} gives is not one array with a row for each row"
            return
        known = self._by_method.get(name)
        if known is not None and not _equal(known, values):
            self._problem = f"{name} gives something else each time"
        self._by_method[name] = values

    def finish(self, estimator: Any, extra: tuple[str, ...] = ()) -> Responses | None:
        """What was recorded, and asked for besides, in compact form; None if nothing should be."""
        if not self._max_bytes:
            return None
        for name in extra:
            if name not in self._by_method:
                self._ask(estimator, name)
        if self._problem:
            return Responses(problem=self._problem)
        if not self._by_method:
            return Responses(problem="the scorer does not ask the estimator for predictions")
        classes, by_output = _classes(estimator)
        by_method = {name: _compact(v, classes) for name, v in self._by_method.items()}
        responses = Responses(by_method, classes, by_output)
        if responses.n_bytes > self._max_bytes:
            return Responses(problem="one candidate's predictions take more memory than is allowed")
        return responses

    def _ask(self, estimator: Any, name: str) -> None:
        """Ask for a response that the scorer did not; a failure is no failure of the fold."""
        try:
            if hasattr(estimator, name):
                self._keep(name, getattr(estimator, name)(self._rows))
        except Exception as error:  # estimators may raise anything
            self._problem = f"{name} fails ({type(error).__name__}: {error})"


def _equal(first: Any, second: Any) -> bool:
    """Whether two responses are the same; nan is itself."""
    return bool(np.array_equal(first, second, equal_nan=first.dtype.kind in "fc"))


def _classes(estimator: Any) -> tuple[Any, Any]:
    """The ``classes_`` of a classifier: one array, or those of several outputs."""
    with suppress(Exception):  # some raise in properties
        classes = estimator.classes_
        if isinstance(classes, np.ndarray) and classes.ndim == 1:
            return classes, None
        if isinstance(classes, list):
            return None, classes
    return None, None


def _compact(response: Any, classes: Any) -> Any:
    """Code labels by their place among the classes; leave all else as it is."""
    if classes is None or response.ndim != 1 or response.dtype != classes.dtype:
        return response
    n_classes = len(classes)
    # Classes 0, 1, 2, ... are their own codes: a guess, which costs less than a search.
    if response.dtype.kind in "iu" and n_classes - 1 == classes[-1] < 256:
        codes = response.astype(np.uint8)
        with suppress(IndexError):
            if (classes[codes] == response).all():
                return Coded(codes)
    with suppress(TypeError):  # objects without an order
        codes = np.searchsorted(classes, response)
        codes[codes == n_classes] = 0
        if np.array_equal(classes[codes], response):
            return Coded(codes.astype(np.min_scalar_type(n_classes - 1)))
    return response


@contextmanager
def recording(estimator: Any, rows: Any, max_bytes: float) -> Iterator[Recorder]:
    """Record the responses of a fitted estimator while the context lasts.

    Parameters
    ----------
    estimator : estimator
        Its methods are shadowed, and given back at the end.
    rows : array-like
        What the scorer is given as X.
    max_bytes : float
        See `Recorder`.

    Yields
    ------
    recorder : Recorder
    """
    recorder = Recorder(rows, max_bytes)
    if not max_bytes:
        yield recorder
        return
    # A Pipeline's own ``score`` asks its last step, with transformed rows.
    last = last_step(estimator)
    with shadowed(estimator, _shadows(recorder, estimator, is_outer=True)):
        if last is estimator:
            yield recorder
            return
        with shadowed(last, _shadows(recorder, last, is_outer=False)):
            yield recorder


def _shadows(recorder: Recorder, estimator: Any, is_outer: bool) -> dict[str, Any]:
    """What records the methods of one estimator; nothing if it is shared."""
    if _is_shared(estimator):
        return {}
    shadows = {}
    try:
        for name in METHODS:
            method = getattr(estimator, name, None)
            if callable(method):
                shadows[name] = recorder.wrap(name, method, is_outer)
    except Exception:  # a class that guards its attributes: nothing is recorded
        return {}
    return shadows


def _is_shared(estimator: Any) -> bool:
    """Whether clones are the estimator itself: other threads may be using a frozen one."""
    own = getattr(type(estimator), "__sklearn_clone__", None)
    return own is not None and own is not BaseEstimator.__sklearn_clone__


def last_step(estimator: Any) -> Any:
    """The last step of a Pipeline, of Pipelines in Pipelines too; else the estimator."""
    while isinstance(estimator, Pipeline):
        estimator = estimator.steps[-1][1]
    return estimator
