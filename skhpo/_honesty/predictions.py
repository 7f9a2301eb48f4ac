"""Out-of-fold predictions: what each validation row was predicted to be, and by which fold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skhpo._honesty.evidence import Evidence

Indices = NDArray[np.intp]


@dataclass(frozen=True, eq=False, repr=False)
class OofPredictions:
    """Out-of-fold predictions of one candidate: each by a model that has not seen the row.

    An entry is one row in one fold's validation rows: a row has one with ordinary folds,
    several with repeated ones, none if no fold validates on it.

    Parameters
    ----------
    rows : ndarray of int, shape (n_entries,)
        Places of the rows in the data that `fit` was given.
    folds : ndarray of int, shape (n_entries,)
        Which fold's model predicted them.
    responses : dict of str to ndarray of shape (n_entries,) or (n_entries, n_outputs)
        By method, such as "predict" or "predict_proba": what the scorer asked for, and
        with ``keep_oof="predict_proba"`` or the like that too.
    labels : tuple of str, default=()
        Methods whose responses are class labels, which have no mean.

    See Also
    --------
    GridSearch : Has them of its winner, as `oof_predictions_`.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from skhpo import GridSearch
    >>> X, y = load_iris(return_X_y=True)
    >>> search = GridSearch(SVC(), {"C": [0.1, 1, 10]}).fit(X, y)
    >>> predictions = search.oof_predictions_
    >>> predictions
    out-of-fold predictions of 150 rows by 5 folds: predict
    >>> predictions.by_row(len(X))[:3]
    array([0, 0, 0])
    >>> bool(abs((predictions.responses["predict"] == y[predictions.rows]).mean()
    ...          - search.best_score_) < 1e-12)
    True
    """

    rows: Indices
    folds: Indices
    responses: Mapping[str, NDArray[Any]]
    labels: tuple[str, ...] = ()

    def __repr__(self) -> str:
        n_rows, n_folds = len(np.unique(self.rows)), len(np.unique(self.folds))
        names = ", ".join(self.responses)
        return f"out-of-fold predictions of {n_rows} rows by {n_folds} folds: {names}"

    def by_row(self, n_rows: int, method: str | None = None) -> NDArray[Any]:
        """Prediction of each row, in the order of the rows; with repeated folds its mean.

        Parameters
        ----------
        n_rows : int
            Number of rows that `fit` was given.
        method : str or None, default=None
            Whose predictions; None for the only ones, or ``predict_proba``,
            ``decision_function``, ``predict``: the first of these that is there.

        Returns
        -------
        predictions : ndarray of shape (n_rows,) or (n_rows, n_outputs)
            Numbers as float64, nan for rows that no fold validates on. Class labels as they
            are; if there are rows without one, as objects with None there.

        Raises
        ------
        ValueError
            If there are none of that method, they are labels of repeated folds, or
            `n_rows` is smaller than that of the data.
        """
        method = self._choose(method)
        response = self.responses[method]
        counts = np.bincount(self.rows, minlength=n_rows)
        if len(counts) > n_rows:
            raise ValueError(
                f"`n_rows` must be the number of rows that fit was given, more than "
                f"{self.rows.max()}, got {n_rows}; pass len(X)."
            )
        if method in self.labels or response.dtype.kind not in "biuf":
            return self._labels_by_row(response, counts)
        sums = np.zeros((n_rows, *response.shape[1:]))
        np.add.at(sums, self.rows, response)
        times = np.where(counts == 0, np.nan, counts)
        return np.asarray(sums / times.reshape(-1, *[1] * (response.ndim - 1)))

    def _labels_by_row(self, response: NDArray[Any], counts: Indices) -> NDArray[Any]:
        """Labels in the order of the rows."""
        if counts.max() > 1:
            raise ValueError(
                "`method` must name predictions that are numbers, to have a mean where folds "
                f"repeat rows, got labels such as {response[0]!r}; use `rows` and `responses`, or "
                "fit with keep_oof='predict_proba'."
            )
        dtype = response.dtype if counts.all() else np.dtype(object)
        labels = np.full((len(counts), *response.shape[1:]), None, dtype=object)
        labels[self.rows] = response
        return labels.astype(dtype)

    def _choose(self, method: str | None) -> str:
        """Name of the method."""
        if method is None:
            preferred = ("predict_proba", "decision_function", "predict", *self.responses)
            return next(name for name in preferred if name in self.responses)
        if method not in self.responses:
            raise ValueError(
                f"`method` must be among {list(self.responses)}, which were recorded, got "
                f"{method!r}; a search of an estimator that has it records it with "
                f"keep_oof={method!r}."
            )
        return method


def join_folds(evidence: Evidence, number: int) -> OofPredictions:
    """Put one candidate's folds together.

    Raises
    ------
    ValueError
        Saying why there are no predictions.
    """
    folds = evidence.responses[number]
    problem = next((fold.problem for fold in folds if fold.problem), "")
    if problem:
        raise ValueError(f"{problem}.")
    tests = evidence.tests
    names = [name for name in folds[0].by_method if all(name in f.by_method for f in folds)]
    return OofPredictions(
        rows=evidence.row_numbers[np.concatenate(tests)],
        folds=np.repeat(np.arange(len(tests)), [len(test) for test in tests]),
        responses={name: np.concatenate([fold.get(name) for fold in folds]) for name in names},
        labels=tuple(name for name in names if all(fold.has_labels(name) for fold in folds)),
    )
