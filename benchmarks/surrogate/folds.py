"""Cross-validation of an estimator on folds that are cut once."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from real_data import Fold, make_folds
from scipy.stats import rankdata
from sklearn import config_context
from sklearn.base import BaseEstimator
from task import Params


def accuracy(model: Any, fold: Fold) -> float:
    """Share of the validation rows whose class is right."""
    return float(np.mean(model.predict(fold.X_valid) == fold.y_valid))


def balanced_accuracy(model: Any, fold: Fold) -> float:
    """Mean over classes of the share of rows that are right."""
    hits = model.predict(fold.X_valid) == fold.y_valid
    return float(np.mean([hits[fold.y_valid == label].mean() for label in np.unique(fold.y_valid)]))


def negated_log_loss(model: Any, fold: Fold) -> float:
    """Mean log probability of the true class, probabilities held off 0 as scikit-learn does."""
    probabilities = model.predict_proba(fold.X_valid)
    true = probabilities[
        np.arange(len(fold.y_valid)), np.searchsorted(model.classes_, fold.y_valid)
    ]
    return float(np.mean(np.log(np.clip(true, np.finfo(float).eps, 1.0))))


def roc_auc(model: Any, fold: Fold) -> float:
    """Area under the ROC curve of two classes, by ranks (Hanley and McNeil 1982)."""
    ranks = rankdata(model.predict_proba(fold.X_valid)[:, 1])
    positive = fold.y_valid == model.classes_[1]
    n_positive, n_negative = positive.sum(), (~positive).sum()
    lowest = n_positive * (n_positive + 1) / 2
    return float((ranks[positive].sum() - lowest) / (n_positive * n_negative))


def r2(model: Any, fold: Fold) -> float:
    """Explained share of the variance of the validation rows."""
    residual = fold.y_valid - np.ravel(model.predict(fold.X_valid))
    return float(1 - np.mean(residual**2) / np.var(fold.y_valid))


def negated_rmse(model: Any, fold: Fold) -> float:
    """Negated root of the mean squared error."""
    return -math.sqrt(np.mean((fold.y_valid - np.ravel(model.predict(fold.X_valid))) ** 2))


def negated_mae(model: Any, fold: Fold) -> float:
    """Negated mean absolute error."""
    return -float(np.mean(np.abs(fold.y_valid - np.ravel(model.predict(fold.X_valid)))))


@dataclass(frozen=True)
class CrossValidated:
    """The objective of a search: parameters to the mean score of three folds.

    Parameters
    ----------
    build : callable
        Parameters, as keywords, to an estimator that is not fitted.
    data : str
        Name of the data set.
    metric : callable
        Fitted estimator and a fold to the score, larger is better.
    """

    build: Callable[..., BaseEstimator]
    data: str
    metric: Callable[[Any, Fold], float]

    def __call__(self, params: Params) -> float:
        """Mean score of the folds; nan if one cannot be fitted or its score is not finite."""
        return float(np.mean(self.score_folds(params)))

    def score_folds(self, params: Params) -> list[float]:
        """Score of each fold; all nan if one cannot be fitted or its score is not finite."""
        folds = make_folds(self.data)
        failed = [math.nan] * len(folds)
        # Boosting small trees takes a quarter longer where each tree's parameters are validated.
        fast = config_context(skip_parameter_validation=True, assume_finite=True)
        with warnings.catch_warnings(), np.errstate(all="ignore"), fast:
            warnings.simplefilter("ignore")
            try:
                scores = [self._score(params, fold) for fold in folds]
            # A search takes whatever a user's fit raises for a failure, and so does this.
            except Exception:
                return failed
        return scores if np.isfinite(scores).all() else failed

    def _score(self, params: Params, fold: Fold) -> float:
        """Score of one fold."""
        return self.metric(self.build(**params).fit(fold.X_train, fold.y_train), fold)
