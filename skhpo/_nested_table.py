"""What nested cross-validation found: values and their table."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skhpo._frames import make_frame
from skhpo._html import table


@dataclass(frozen=True)
class NestedFold:
    """One outer fold: a search on its training rows, scored on the rows left out.

    Parameters
    ----------
    fold : int
        Number of the fold, from 0.
    score : float
        Score of the refitted winner on the rows left out.
    best_score : float
        Mean validation score of the winner within the training rows; nan where the
        search has none.
    corrected_score : float
        What the search says of its winner on fresh rows; nan where it does not.
    best_params : dict
        Parameters of the winner; empty where the search has none.
    n_train, n_test : int
        Rows of the search, and rows left out.
    seconds : float
        Wall-clock duration of search and score.
    scores : dict of str to float
        Scores by all metrics.
    """

    fold: int
    score: float
    best_score: float
    corrected_score: float
    best_params: dict[str, Any]
    n_train: int
    n_test: int
    seconds: float
    scores: dict[str, float] = field(default_factory=dict)

    @property
    def optimism(self) -> float:
        """Inner best score less outer score."""
        return self.best_score - self.score


@dataclass(frozen=True, repr=False)
class NestedScore:
    """What `nested_score` found; printed, it is a table.

    Parameters
    ----------
    folds : tuple of NestedFold
        The outer folds, in order: `fold`, `score` on the rows left out, `best_score` and
        `corrected_score` of the search, `best_params`, `n_train`, `n_test`, `seconds`, and
        `scores` by all metrics.
    metric : str, default="score"
        Name of the metric of `scores`.
    searches : tuple of estimator, default=()
        The fitted searches, by fold, if they were asked for.

    See Also
    --------
    nested_score : Makes it.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from skhpo import GridSearch, nested_score
    >>> X, y = load_iris(return_X_y=True)
    >>> result = nested_score(GridSearch(SVC(), {"C": [0.1, 1, 10]}, cv=3), X, y, cv=3)
    >>> result.scores.shape
    (3,)
    """

    folds: tuple[NestedFold, ...]
    metric: str = "score"
    searches: tuple[Any, ...] = ()

    @property
    def scores(self) -> NDArray[np.float64]:
        """Outer scores, of shape (n_folds,)."""
        return self._column("score")

    @property
    def mean_score(self) -> float:
        """Mean of the outer scores: what the whole procedure, the search too, is worth."""
        return float(self.scores.mean())

    @property
    def standard_error(self) -> float:
        """Standard deviation of the outer scores over the root of their number.

        It is too small, and nan for one fold: outer folds share training rows, so that
        their scores depend on each other. No estimator from the folds' scores alone is
        unbiased [1]_, and intervals made of it cover less often than they say [2]_.

        References
        ----------
        .. [1] Y. Bengio and Y. Grandvalet, "No unbiased estimator of the variance of
           k-fold cross-validation", Journal of Machine Learning Research 5, 2004.
        .. [2] S. Bates, T. Hastie and R. Tibshirani, "Cross-validation: what does it
           estimate and how well does it do it?", Journal of the American Statistical
           Association 119, 2024.
        """
        n = len(self.folds)
        return float(self.scores.std(ddof=1)) / math.sqrt(n) if n > 1 else math.nan

    @property
    def mean_best_score(self) -> float:
        """Mean of the inner best scores; nan where a search has none."""
        return float(self._column("best_score").mean())

    @property
    def mean_corrected_score(self) -> float:
        """Mean of the corrected scores; nan where a search has none."""
        return float(self._column("corrected_score").mean())

    @property
    def mean_optimism(self) -> float:
        """Mean by which the inner best scores were above the outer ones."""
        return float(self._column("optimism").mean())

    def _column(self, name: str) -> NDArray[np.float64]:
        """One number of each fold."""
        return np.array([getattr(fold, name) for fold in self.folds], dtype=np.float64)

    def __repr__(self) -> str:
        """Table of the folds and their means."""
        return "\n".join([*_align(self._lines()), self._summary()])

    def _repr_html_(self) -> str:
        """Table of the folds and their means, for notebooks."""
        lines = self._lines()
        n_numbers = len(lines[0]) - 2
        return table(lines, self._summary(), is_text=[True, *[False] * n_numbers, True])

    def _form(self) -> str:
        """Format of the scores."""
        return _choose_format([self.scores, self._column("best_score")])

    def _lines(self) -> list[list[str]]:
        """Cells of the table."""
        names = ["score", "best_score", "corrected_score", "optimism"]
        columns = {name: self._column(name) for name in names}
        if np.isnan(columns["corrected_score"]).all():
            del columns["corrected_score"]
        titles = ["outer fold", "outer score", "inner best", "corrected", "optimism"]
        shown = dict(zip(names, titles[1:], strict=True))
        lines = [["outer fold", *(shown[name] for name in columns), "rows", "best parameters"]]
        form = self._form()
        for k, fold in enumerate(self.folds):
            numbers = [format(column[k], form) for column in columns.values()]
            params = ", ".join(f"{name}={value}" for name, value in fold.best_params.items())
            lines.append([str(k + 1), *numbers, f"{fold.n_train} + {fold.n_test}", params])
        means = [format(column.mean(), form) for column in columns.values()]
        lines.append(["mean", *means, "", ""])
        return lines

    def _summary(self) -> str:
        """Metric, folds and standard error."""
        n = len(self.folds)
        last = f"{self.metric} over {n} outer fold{'' if n == 1 else 's'}"
        if n > 1:
            error = format(self.standard_error, self._form())
            last += f"; standard error of the mean {error}, too small: the folds share rows"
        return last

    def to_frame(self) -> Any:
        """Make a table of the folds.

        Returns
        -------
        frame : pandas.DataFrame or polars.DataFrame
            One row for each outer fold; of several metrics, a column ``score_NAME`` each.

        Raises
        ------
        ImportError
            If pandas is not installed, or polars, which is used under scikit-learn's
            ``set_config(transform_output="polars")``.
        """
        rows = []
        for fold in self.folds:
            row = asdict(fold) | {"optimism": fold.optimism}
            scores = row.pop("scores")
            by_metric = {f"score_{name}": score for name, score in scores.items()}
            rows.append(row | (by_metric if len(scores) > 1 else {}))
        return make_frame(rows, instead="`folds`")


def _choose_format(columns: list[NDArray[np.float64]]) -> str:
    """Four decimals, unless scores are too large or too small for them."""
    sizes = np.abs(np.concatenate(columns[:2]))
    sizes = sizes[np.isfinite(sizes)]
    return ".4f" if sizes.size and 1e-2 <= sizes.max() < 1e4 else ".4g"


def _align(table: list[list[str]]) -> list[str]:
    """Set columns below each other; the last one is text."""
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    return ["  ".join([*map(str.rjust, row[:-1], widths[:-1]), row[-1]]).rstrip() for row in table]
