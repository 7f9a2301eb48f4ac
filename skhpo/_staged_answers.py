"""A model of fewer iterations answered by a larger one's ``staged_predict`` and its like.

For models that keep their stages private: a copy of the fitted model whose methods for
predictions are shadowed. Rows are gone through once for all numbers of iterations.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

METHODS = ("predict", "predict_proba", "decision_function")


class StagedAnswers:
    """What a fitted model answers after some of its stages.

    Parameters
    ----------
    fitted : estimator
        With ``staged_predict``, and for a classifier ``staged_predict_proba`` and
        ``staged_decision_function``.
    stages : sequence of int
        Numbers of stages that are asked for.
    """

    def __init__(self, fitted: Any, stages: Sequence[int]) -> None:
        self._fitted = fitted
        self._stages = frozenset(stages)
        self._lock = threading.Lock()
        self._rows: Any = None
        self._by_method: dict[str, dict[int, Any]] = {}

    def shadows(self, n: int) -> dict[str, Callable[..., Any]]:
        """Methods of a model of `n` stages, by name."""
        names = [name for name in METHODS if hasattr(self._fitted, f"staged_{name}")]
        return {name: self._make(name, n) for name in names}

    def _make(self, name: str, n: int) -> Callable[..., Any]:
        """Function that stands in for a method."""

        def answer(X: Any) -> Any:
            """Give the model's answer after `n` stages."""
            # A copy: each caller may write to its own.
            return np.copy(self._after(name, X)[n])

        answer.__name__ = name
        return answer

    def _after(self, name: str, X: Any) -> dict[int, Any]:
        """Answers to rows by number of stages."""
        with self._lock:
            if X is not self._rows:
                # The reference keeps another object from having its identity.
                self._rows, self._by_method = X, {}
            if name not in self._by_method:
                staged = getattr(self._fitted, f"staged_{name}")(X)
                self._by_method[name] = {
                    n: answer for n, answer in enumerate(staged, start=1) if n in self._stages
                }
            return self._by_method[name]
