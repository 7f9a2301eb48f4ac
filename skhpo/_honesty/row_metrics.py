"""Metrics whose value for a fold is known row by row, without calling the scorer again.

S       a fold's score
S_-i    the score without row i
p_i     a row's pseudo-value n S - (n - 1) S_-i (Tukey 1958): for a mean over rows the
        row's own score. Their mean is S less its bias of order 1 / n, their deviation is
        the score's.
w       weights of the rows, of mean 1

A metric is known by the ``repr`` of scikit-learn's scorer, which names function, keywords
and response. Whether the rows really give the fold's score is checked for each fold: a
function of the same name is told by that.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import xlogy
from sklearn.metrics import get_scorer, get_scorer_names

from skhpo._responses import Responses

Floats = NDArray[np.float64]
# y, response, classes -> values of shape (n_rows,)
RowFunction = Callable[[Any, Any, Any], Floats]


# Beginnings of the names of scikit-learn's metrics that lie in [0, 1].
_SHARES = (
    "accuracy", "average_precision", "f1", "jaccard", "precision", "recall", "roc_auc", "top_k",
)  # fmt: skip


@dataclass(frozen=True)
class RowMetric:
    """A metric that is known row by row.

    Parameters
    ----------
    methods : tuple of str
        Responses that the scorer asks for, the first one that the estimator has.
    values : callable
        ``values(y, response, classes)`` gives pseudo-values of shape (n_rows,).
    is_mean : bool
        Whether they are the rows' own scores, which weights average.
    is_share : bool
        Whether the metric lies in [0, 1] and is as uncertain as a share is.
    score : callable or None
        Gives the fold's score, where it is not the mean of the values: that of AUC and
        of recalls is, because a class's own deviations cancel.
    """

    methods: tuple[str, ...]
    values: RowFunction
    is_mean: bool = True
    is_share: bool = False
    score: Callable[[Any, Any, Any], float] | None = None
    together: Callable[[Any, Any], Floats] | None = None


def known_metric(scorer: Any) -> RowMetric | None:
    """Find the metric of a scorer; None if it is not among those that are known."""
    return _by_repr().get(repr(scorer))


def is_share(scorer: Any) -> bool:
    """Whether a scorer's metric is known to lie in [0, 1]."""
    return repr(scorer) in _scorers_named(_SHARES)


def highest(scorer: Any) -> float:
    """Highest value of a scorer's metric: 0 for the negative losses, where it is known."""
    return 0.0 if repr(scorer) in _scorers_named(("neg_",)) else math.inf


@cache
def _scorers_named(beginnings: tuple[str, ...]) -> set[str]:
    """Representations of scikit-learn's scorers whose names begin so."""
    names = [name for name in get_scorer_names() if name.startswith(beginnings)]
    return {repr(get_scorer(name)) for name in names}


@cache
def _by_repr() -> dict[str, RowMetric]:
    """The known metrics by the representation of their scorers."""
    return {repr(get_scorer(name)): metric for name, metric in METRICS.items()}


def row_values(
    metric: RowMetric, y: Any, responses: Responses, weights: Any, score: float
) -> Floats | None:
    """Pseudo-values of one fold's rows; None if they do not give its score.

    Parameters
    ----------
    metric : RowMetric
        The metric.
    y : array-like of n_rows rows
        Targets.
    responses : Responses
        What was recorded.
    weights : array-like of shape (n_rows,), or None
        What the scorer was given as `sample_weight`.
    score : float
        The score that the scorer gave.

    Returns
    -------
    values : ndarray of float64, shape (n_rows,), or None
    """
    name = next((m for m in metric.methods if m in responses.by_method), None)
    if name is None or (weights is not None and not metric.is_mean):
        return None
    y, response = np.asarray(y), responses.get(name)
    try:
        # Divisions by zero are the metric's to judge: the check below sees them.
        with np.errstate(all="ignore"):
            values = np.asarray(metric.values(y, response, responses.classes), dtype=np.float64)
            if metric.score is not None:
                expected = metric.score(y, response, responses.classes)
            else:
                expected = float(np.average(values, weights=weights))
    except (TypeError, ValueError, IndexError):  # responses of another form
        return None
    is_right = values.shape == (len(y),) and np.isfinite(values).all()
    if not (is_right and np.isclose(expected, score, rtol=1e-6, atol=1e-9)):
        return None
    if weights is None:
        return values
    w = np.asarray(weights, dtype=np.float64)
    # A drawn row carries its weight; to first order in a ratio of means.
    return np.asarray(score + len(w) * w / w.sum() * (values - score), dtype=np.float64)


# Means over rows --------------------------------------------------------------------------


def _right(y: Any, predicted: Any, classes: Any) -> Floats:
    """1 where the prediction is right; of several labels, where all are."""
    right = y == predicted
    return np.asarray(right.all(axis=1) if right.ndim == 2 else right, dtype=np.float64)


def _class_probabilities(y: Any, probabilities: Any, classes: Any) -> tuple[Floats, Any]:
    """Probabilities of shape (n_rows, n_classes), and each row's column."""
    columns = np.searchsorted(classes, y)
    if not np.array_equal(classes[columns], y):
        raise ValueError("a class that the estimator does not know")
    return np.asarray(probabilities, dtype=np.float64), columns


def _log_probability(y: Any, probabilities: Any, classes: Any) -> Floats:
    """Logarithm of the true class's probability, clipped as scikit-learn does."""
    eps = np.finfo(np.asarray(probabilities).dtype).eps
    p, columns = _class_probabilities(y, probabilities, classes)
    return np.asarray(np.log(np.clip(p[np.arange(len(p)), columns], eps, 1.0 - eps)))


def _brier(y: Any, probabilities: Any, classes: Any) -> Floats:
    """Squared error of the probabilities; of two classes, of one of them."""
    p, columns = _class_probabilities(y, probabilities, classes)
    errors = p.copy()
    errors[np.arange(len(p)), columns] -= 1.0
    scale = 0.5 if len(classes) == 2 else 1.0
    return np.asarray(-scale * (errors**2).sum(axis=1))


def _mean_over_outputs(values: Any) -> Floats:
    """Mean over outputs, where there are several."""
    return np.asarray(values.mean(axis=1) if values.ndim == 2 else values)


def _of_errors(function: Callable[[Any, Any], Any]) -> RowFunction:
    """Make a row function of targets and predictions in float64."""

    def values(y: Any, predicted: Any, classes: Any) -> Floats:
        """Values, the mean over outputs."""
        y, predicted = np.asarray(y, dtype=np.float64), np.asarray(predicted, dtype=np.float64)
        return _mean_over_outputs(function(y, predicted.reshape(y.shape)))

    return values


def _relative_error(y: Any, predicted: Any) -> Any:
    """Absolute error by the size of the target."""
    return -np.abs(y - predicted) / np.maximum(np.abs(y), np.finfo(np.float64).eps)


def _poisson(y: Any, predicted: Any) -> Any:
    """Deviance of a Poisson distribution."""
    return -2.0 * (xlogy(y, y / predicted) - y + predicted)


def _gamma(y: Any, predicted: Any) -> Any:
    """Deviance of a gamma distribution."""
    return -2.0 * (np.log(predicted / y) + y / predicted - 1.0)


# Pseudo-values of what is no mean ---------------------------------------------------------


def _r2_together(y: Any, predicted: Any) -> Floats:
    """Values of R2, by the variance of the targets of all folds together.

    A fold's own variance is too noisy to divide by: of ten normal targets the mean of
    1 / variance is 9 / 7 of what it should be, and leaving rows out makes it worse.
    """
    y, predicted = np.asarray(y, dtype=np.float64), np.asarray(predicted, dtype=np.float64)
    variance = y.var(axis=0, ddof=1)
    errors = (y - predicted.reshape(y.shape)) ** 2 / variance
    # A row far from the mean makes the variance large, and all errors small beside it.
    spread = (y - y.mean(axis=0)) ** 2 / variance - 1.0
    return _mean_over_outputs(1.0 - errors + errors.mean(axis=0) * spread)


def _r2_by_output(y: Any, predicted: Any) -> Any:
    """R2 of each output."""
    squares = ((y - predicted.reshape(y.shape)) ** 2).sum(axis=0)
    return 1.0 - squares / ((y - y.mean(axis=0)) ** 2).sum(axis=0)


def _r2(y: Any, predicted: Any, classes: Any) -> float:
    """R2, the mean over outputs."""
    y, predicted = np.asarray(y, dtype=np.float64), np.asarray(predicted, dtype=np.float64)
    return float(np.mean(_r2_by_output(y, predicted)))


def _rmse_values(y: Any, predicted: Any, classes: Any) -> Floats:
    """Pseudo-values of the root of the mean squared error."""
    squares = (np.asarray(y, dtype=np.float64) - np.asarray(predicted, dtype=np.float64)) ** 2
    n, total = len(squares), squares.sum(axis=0)
    left = np.sqrt(np.maximum(total - squares, 0.0) / (n - 1))
    return _mean_over_outputs(-(n * np.sqrt(total / n) - (n - 1) * left))


def _rmse(y: Any, predicted: Any, classes: Any) -> float:
    """Root of the mean squared error, the mean over outputs."""
    squares = (np.asarray(y, dtype=np.float64) - np.asarray(predicted, dtype=np.float64)) ** 2
    return float(-np.mean(np.sqrt(squares.mean(axis=0))))


def _decision(y: Any, response: Any, classes: Any) -> tuple[Any, Floats]:
    """Whether a row is of the positive class, and its score."""
    if classes is None or len(classes) != 2:
        raise ValueError("two classes are needed")
    scores = np.asarray(response, dtype=np.float64)
    return y == classes[1], scores[:, 1] if scores.ndim == 2 else scores


def _auc_values(y: Any, response: Any, classes: Any) -> Floats:
    """Pseudo-values of the AUC, from the placements (DeLong et al. 1988)."""
    positive, scores = _decision(y, response, classes)
    n, n_positive = len(y), int(positive.sum())
    placements = _placements(positive, scores)
    auc = placements[positive].mean()
    own = np.where(positive, n_positive, n - n_positive)
    # Without the only row of a class there is no AUC: it stays as it is.
    return np.asarray(
        auc + np.where(own > 1, (n - 1) / np.maximum(own - 1, 1), 0) * (placements - auc)
    )


def _placements(positive: Any, scores: Floats) -> Floats:
    """Share of the rows of the other class that a row is on the right side of, ties by half."""
    placements = np.empty(len(scores))
    placements[positive] = _share_below(scores[positive], scores[~positive])
    placements[~positive] = 1.0 - _share_below(scores[~positive], scores[positive])
    return placements


def _share_below(scores: Floats, others: Floats) -> Floats:
    """Share of the others that lie below each score, equal ones by half."""
    others = np.sort(others)
    counts = np.searchsorted(others, scores, "left") + np.searchsorted(others, scores, "right")
    return np.asarray(counts / (2.0 * len(others)))


def _recall_values(y: Any, predicted: Any, classes: Any) -> Floats:
    """Pseudo-values of the mean recall of the classes."""
    _, own = np.unique(y, return_inverse=True)
    counts = np.bincount(own)
    right = (y == predicted).astype(np.float64)
    recall = np.bincount(own, right) / counts
    step = np.where(counts > 1, (len(y) - 1) / np.maximum(counts - 1, 1) / len(counts), 0.0)
    return np.asarray(recall.mean() + step[own] * (right - recall[own]))


def _of_counts(function: Callable[[Any, Any, Any], Any]) -> RowFunction:
    """Make a row function of a score of true positives, false positives and false negatives.

    The positive class is 1, as in scikit-learn's scorers; whatever divides by zero is 0.
    Pseudo-values have the score as their mean: where few rows are predicted to be positive,
    the jackknife's correction of bias is wild.
    """

    def values(y: Any, predicted: Any, classes: Any) -> Floats:
        """Pseudo-values by which count a row belongs to."""
        true, said = y == 1, predicted == 1
        rows = np.column_stack([true & said, ~true & said, true & ~said]).astype(np.float64)
        counts = rows.sum(axis=0)
        left = np.nan_to_num(function(*(counts - rows).T))
        score = np.nan_to_num(function(*counts))
        return np.asarray(score + (len(rows) - 1) * (left.mean() - left))

    return values


_PREDICT, _PROBA = ("predict",), ("predict_proba",)
_DECISION = ("decision_function", "predict_proba")

METRICS: dict[str, RowMetric] = {
    "accuracy": RowMetric(_PREDICT, _right, is_share=True),
    "neg_log_loss": RowMetric(_PROBA, _log_probability),
    "neg_brier_score": RowMetric(_PROBA, _brier),
    "neg_mean_squared_error": RowMetric(_PREDICT, _of_errors(lambda y, p: -((y - p) ** 2))),
    "neg_mean_absolute_error": RowMetric(_PREDICT, _of_errors(lambda y, p: -np.abs(y - p))),
    "neg_mean_squared_log_error": RowMetric(
        _PREDICT, _of_errors(lambda y, p: -((np.log1p(y) - np.log1p(p)) ** 2))
    ),
    "neg_mean_absolute_percentage_error": RowMetric(_PREDICT, _of_errors(_relative_error)),
    "neg_mean_poisson_deviance": RowMetric(_PREDICT, _of_errors(_poisson)),
    "neg_mean_gamma_deviance": RowMetric(_PREDICT, _of_errors(_gamma)),
    "r2": RowMetric(
        _PREDICT, _of_errors(lambda y, p: y - p), False, score=_r2, together=_r2_together
    ),
    "neg_root_mean_squared_error": RowMetric(_PREDICT, _rmse_values, is_mean=False, score=_rmse),
    "roc_auc": RowMetric(_DECISION, _auc_values, is_mean=False, is_share=True),
    "f1": RowMetric(
        _PREDICT, _of_counts(lambda tp, fp, fn: 2 * tp / (2 * tp + fp + fn)), False, is_share=True
    ),
    "precision": RowMetric(
        _PREDICT, _of_counts(lambda tp, fp, fn: tp / (tp + fp)), False, is_share=True
    ),
    "recall": RowMetric(
        _PREDICT, _of_counts(lambda tp, fp, fn: tp / (tp + fn)), False, is_share=True
    ),
    "jaccard": RowMetric(
        _PREDICT, _of_counts(lambda tp, fp, fn: tp / (tp + fp + fn)), False, is_share=True
    ),
    "balanced_accuracy": RowMetric(_PREDICT, _recall_values, is_mean=False, is_share=True),
}
