"""The interval of a test score: by the metric where its chances are known, else by drawing.

Which metric a scorer computes is read from its public description, and believed only if
the interval's own estimate is the score that the scorer gave.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.metrics import get_scorer

from skhpo._holdout import HeldOut
from skhpo._intervals import delong_interval, delong_variance, wilson_interval
from skhpo._responses import Responses, last_step
from skhpo._rows import n_rows
from skhpo._test_report import Interval

_LEVEL = 0.95
# Sums in another order differ by less; a score of other rows or another metric by more.
_TOLERANCE = 1e-12


def known_interval(
    search: Any, rows: HeldOut, metric: str, score: float, responses: Responses
) -> Interval | None:
    """Interval of an accuracy or of an area under the ROC curve; None for all else.

    Parameters
    ----------
    search : estimator
        Fitted, with `scorer_` and `best_estimator_`.
    rows : HeldOut
        The rows that were scored. With weights, groups or other parameters rows do not
        count alike, and the interval is None.
    metric : str
        Name of the metric; "score" for a single one.
    score : float
        What the scorer gave.
    responses : Responses
        What the estimator answered meanwhile.

    Returns
    -------
    interval : Interval or None
    """
    if rows.groups is not None or rows.params or not math.isfinite(score):
        return None
    scorer = search.scorer_
    scorer = scorer[metric] if isinstance(scorer, dict) else scorer
    own_score = search.scoring is None and _scores_accuracy(search.best_estimator_)
    if own_score or _is_metric(scorer, "accuracy"):
        return _accuracy_interval(score, n_rows(rows.X))
    if rows.y is not None and _is_metric(scorer, "roc_auc"):
        return _auc_interval(np.ravel(rows.y), _response(responses), score)
    return None


def _is_metric(scorer: Any, name: str) -> bool:
    """Whether a scorer describes itself as scikit-learn's of this name."""
    return repr(scorer) == repr(get_scorer(name))


def _scores_accuracy(estimator: Any) -> bool:
    """Whether an estimator's own ``score`` is a classifier's accuracy."""
    return getattr(type(last_step(estimator)), "score", None) is ClassifierMixin.score


def _accuracy_interval(score: float, n: int) -> Interval | None:
    """Wilson's interval, of a score that is a share of the rows."""
    n_right = round(score * n)
    if not 0 <= n_right <= n or abs(n_right / n - score) > _TOLERANCE:
        return None
    low, high = wilson_interval(n_right, n, _LEVEL)
    return Interval(low, high, _LEVEL, f"Wilson, {n_right} of {n} rows right", 0)


def _auc_interval(y: Any, response: Any, score: float) -> Interval | None:
    """DeLong's interval, of a score that is the area under the ROC curve of two classes."""
    classes = np.unique(y)
    if len(classes) != 2 or response is None or len(response) != len(y):
        return None
    is_positive = y == classes[1]
    if not abs(delong_variance(is_positive, response)[0] - score) <= _TOLERANCE:
        return None
    low, high = delong_interval(is_positive, response, _LEVEL)
    n_positive = int(is_positive.sum())
    method = f"DeLong joined with Newcombe, {n_positive} positive rows of {len(y)}"
    return Interval(low, high, _LEVEL, method, 0)


def _response(responses: Responses) -> Any:
    """Response of shape (n_rows,) in the order in which scikit-learn's scorer looks for them."""
    for method in ("decision_function", "predict_proba"):
        if method in responses.by_method:
            response = responses.get(method)
            response = response[:, 1] if response.ndim == 2 and response.shape[1] == 2 else response
            return response if response.ndim == 1 else None
    return None
