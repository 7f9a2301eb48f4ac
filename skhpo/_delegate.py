"""What a fitted search hands on to its best estimator."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from sklearn.exceptions import NotFittedError
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted


def check_refit_is_set(search: Any, name: str) -> None:
    """Raise where a method needs a refitted estimator and ``refit=False``.

    Raises
    ------
    AttributeError
        In scikit-learn's sentence.
    """
    if not search.refit:
        raise AttributeError(
            f"This {type(search).__name__} instance was initialized with `refit=False`. {name} is "
            "available only after refitting on the best parameters. You can refit an estimator "
            "manually using the `best_params_` attribute"
        )


def check_has_winner(search: Any) -> None:
    """Raise where no winner was fitted yet, or its search was interrupted before that.

    Raises
    ------
    NotFittedError
        In scikit-learn's sentence; after an interrupt, with what can be done.
    """
    if not hasattr(search, "best_params_") or search.stop_reason_ != "interrupted":
        check_is_fitted(search)
        return
    check_is_fitted(
        search,
        msg="This %(name)s instance is not fitted yet, because it was interrupted. Fit the winner, "
        "as in clone(search.estimator).set_params(**search.best_params_).fit(X, y), or give the "
        "search on_interrupt='refit', which does so.",
    )


def _estimator_has(name: str) -> Callable[[Any], bool]:
    """Make the check of `available_if`: the best estimator has it, or before a fit the other."""

    def check(search: Any) -> bool:
        """Whether the method is there; AttributeError if it is not."""
        check_refit_is_set(search, name)
        getattr(getattr(search, "best_estimator_", search.estimator), name)
        return True

    return check


class Delegate:
    """Methods of the best estimator, available where it has them."""

    refit: Any
    best_estimator_: Any
    estimator: Any

    def __dir__(self) -> list[str]:
        """Names, without the methods that the best estimator lacks, for completion."""
        names = super().__dir__()
        return [name for name in names if name not in _DELEGATED or hasattr(self, name)]

    def _call_best(self, name: str, X: Any) -> Any:
        """Call a method of the best estimator; name the search where it names itself."""
        check_has_winner(self)
        try:
            return getattr(self.best_estimator_, name)(X)
        except ValueError as error:
            if "must use the same namespace" not in str(error):
                raise
            inner = re.escape(type(self.best_estimator_).__name__)
            outer = f"{type(self).__name__}.{name}()"
            raise ValueError(re.sub(rf"{inner}\.\w+\(\)", outer, str(error))) from None

    @available_if(_estimator_has("score_samples"))
    def score_samples(self, X: Any) -> Any:
        """Call ``score_samples`` of the best estimator.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            What the estimator takes.

        Returns
        -------
        scores : ndarray of shape (n_samples,)
            What it gives.
        """
        return self._call_best("score_samples", X)

    @available_if(_estimator_has("predict"))
    def predict(self, X: Any) -> Any:
        """Call ``predict`` of the best estimator.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            What the estimator takes.

        Returns
        -------
        y_pred : ndarray of shape (n_samples,)
            Predicted labels or values.
        """
        return self._call_best("predict", X)

    @available_if(_estimator_has("predict_proba"))
    def predict_proba(self, X: Any) -> Any:
        """Call ``predict_proba`` of the best estimator.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            What the estimator takes.

        Returns
        -------
        y_proba : ndarray of shape (n_samples, n_classes)
            Class probabilities, in the order of `classes_`.
        """
        return self._call_best("predict_proba", X)

    @available_if(_estimator_has("predict_log_proba"))
    def predict_log_proba(self, X: Any) -> Any:
        """Call ``predict_log_proba`` of the best estimator.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            What the estimator takes.

        Returns
        -------
        y_log_proba : ndarray of shape (n_samples, n_classes)
            Logarithms of class probabilities, in the order of `classes_`.
        """
        return self._call_best("predict_log_proba", X)

    @available_if(_estimator_has("decision_function"))
    def decision_function(self, X: Any) -> Any:
        """Call ``decision_function`` of the best estimator.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            What the estimator takes.

        Returns
        -------
        y_score : ndarray of shape (n_samples,) or (n_samples, n_classes)
            Signed distances or confidences.
        """
        return self._call_best("decision_function", X)

    @available_if(_estimator_has("transform"))
    def transform(self, X: Any) -> Any:
        """Call ``transform`` of the best estimator.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            What the estimator takes.

        Returns
        -------
        X_transformed : {ndarray, sparse matrix, DataFrame} of shape (n_samples, n_features)
            `X` in the new space, in the container of ``set_output``.
        """
        return self._call_best("transform", X)

    @available_if(_estimator_has("inverse_transform"))
    def inverse_transform(self, X: Any) -> Any:
        """Call ``inverse_transform`` of the best estimator.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            What the estimator takes.

        Returns
        -------
        X_original : {ndarray, sparse matrix} of shape (n_samples, n_features)
            `X` in the original space.
        """
        return self._call_best("inverse_transform", X)

    @property
    def n_features_in_(self) -> int:
        """Number of features seen during `fit`; needs ``refit``."""
        try:
            check_is_fitted(self)
        except NotFittedError as error:
            # An AttributeError, so that hasattr is False before a fit.
            raise AttributeError(
                f"{type(self).__name__} object has no n_features_in_ attribute."
            ) from error
        n_features: int = self.best_estimator_.n_features_in_
        return n_features

    @property
    def classes_(self) -> Any:
        """Class labels, of shape (n_classes,); needs ``refit`` and a classifier."""
        _estimator_has("classes_")(self)
        return self.best_estimator_.classes_


# Methods only: some properties of a search compute.
_DELEGATED = frozenset(
    name
    for name, value in vars(Delegate).items()
    if name[0] != "_" and not isinstance(value, property)
)
