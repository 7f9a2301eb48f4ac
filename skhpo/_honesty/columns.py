"""Values of rows, summed up to the units that are drawn, candidate by candidate."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from skhpo._honesty.units import Units

Floats = NDArray[np.float64]


class Columns:
    """Columns of the matrix that `choice` draws from, and what they say of the folds.

    Parameters
    ----------
    units : Units
        What is drawn.
    """

    def __init__(self, units: Units) -> None:
        self.units = units
        self.numbers: list[int] = []
        self._of_folds = [np.unique(of, return_inverse=True)[1] for of in units.of_entries]
        self._columns: list[NDArray[np.float32]] = []
        self._means: list[list[float]] = []
        self._variances: list[list[float]] = []

    def add(self, number: int, by_fold: list[Floats]) -> None:
        """Add a candidate.

        Parameters
        ----------
        number : int
            Of its trial.
        by_fold : list of ndarray
            Values of the validation rows of each fold.
        """
        n_units, n_folds = self.units.n_units, len(by_fold)
        means = [float(values.mean()) for values in by_fold]
        mean = float(np.mean(means))
        column = np.zeros(n_units)
        for units, values in zip(self.units.of_entries, by_fold, strict=True):
            # A fold's rows weigh as much as its score does: one in n_folds. Deviations are
            # from the mean of all folds: from its own, a fold of one unit would have none.
            shares = (values - mean) / (len(values) * n_folds)
            column += np.bincount(units, shares, minlength=n_units)
        pairs = zip(by_fold, self._of_folds, strict=True)
        self.numbers.append(number)
        self._columns.append((mean + n_units * column).astype(np.float32))
        self._means.append(means)
        self._variances.append([_variance_of_mean(values, units) for values, units in pairs])

    @property
    def matrix(self) -> NDArray[np.float32]:
        """The matrix, of shape (n_units, n_candidates)."""
        return np.column_stack(self._columns)

    @property
    def fold_means(self) -> Floats:
        """Scores by fold, of shape (n_folds, n_candidates)."""
        return np.array(self._means).T

    @property
    def row_variances(self) -> Floats:
        """Their variances by the units alone; nan for folds of a single one."""
        return np.array(self._variances).T


def _variance_of_mean(values: Floats, units: NDArray[np.intp]) -> float:
    """Variance of a fold's mean by its units; nan for a single one."""
    sums = np.bincount(units, values - values.mean()) / len(values)
    n = len(sums)
    return float(n / (n - 1) * (sums @ sums)) if n > 1 else np.nan
