"""The unfitted estimator of a candidate, made as scikit-learn's searches make it."""

from __future__ import annotations

from typing import Any

from sklearn.base import clone


def make_candidate(estimator: Any, params: dict[str, Any]) -> Any:
    """Clone an estimator and set parameters, cloned too: they may be estimators."""
    return clone(estimator).set_params(**clone(params, safe=False))
