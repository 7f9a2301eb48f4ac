"""What a comparison found: values, their table and their picture."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from skhpo._display import StrategyComparisonDisplay
from skhpo._display.comparison import By
from skhpo._frames import make_frame


@dataclass(frozen=True)
class ComparisonRow:
    """One search in one repeat.

    Parameters
    ----------
    search : str
        Its name.
    repeat : int
        Number of the repeat, from 0.
    test_score : float
        Score on the test rows, after the refit.
    best_score : float
        Mean validation score of the winner; nan where the search has none.
    corrected_score : float
        What remains of it when the choosing is accounted for; nan where it is not known.
    n_trials, n_fits : int
        Candidates, and the fits for them, without the refit.
    seconds : float
        Wall-clock duration of ``fit``.
    """

    search: str
    repeat: int
    test_score: float
    best_score: float
    corrected_score: float
    n_trials: int
    n_fits: int
    seconds: float


@dataclass(frozen=True)
class Difference:
    """Test score of one search less that of the reference, on the same rows.

    Parameters
    ----------
    search, reference : str
        Names of the two.
    mean : float
        Mean difference over repeats.
    interval : tuple of two floats
        Of level 0.95; nan where it could not be computed.
    method : str
        How the interval was computed, or why it was not.
    """

    search: str
    reference: str
    mean: float
    interval: tuple[float, float]
    method: str


@dataclass(frozen=True)
class Comparison:
    """What `compare` found; printed, it is a table.

    Parameters
    ----------
    rows : tuple of ComparisonRow
        One for each search and repeat.
    differences : tuple of Difference
        Of each search to the first.
    searches : dict of str to list of estimator
        The fitted searches, by name and repeat; their test set is spent.
    n_test : int
        Number of test rows in each repeat.

    See Also
    --------
    compare : Makes it.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from skhpo import Float, GridSearch, RandomSearch, compare
    >>> X, y = load_iris(return_X_y=True)
    >>> space = {"C": Float(0.01, 100, log=True)}
    >>> searches = {"grid": GridSearch(SVC(), space), "random": RandomSearch(SVC(), space)}
    >>> comparison = compare(searches, X, y, random_state=0)
    >>> [row.search for row in comparison.rows]
    ['grid', 'random']
    """

    rows: tuple[ComparisonRow, ...]
    differences: tuple[Difference, ...]
    searches: dict[str, list[Any]] = field(repr=False)
    n_test: int

    def __str__(self) -> str:
        """Table of means over repeats, and the differences."""
        width = max(6, *(len(name) for name in self.searches))
        lines = [
            f"{'search':<{width}}  test score  validation  corrected  trials  fits  seconds  "
            "difference to the first (95 % interval)"
        ]
        differences = {difference.search: difference for difference in self.differences}
        for name in self.searches:
            mine = [row for row in self.rows if row.search == name]
            line = (
                f"{name:<{width}}  {_mean(mine, 'test_score'):>10.4f}  "
                f"{_mean(mine, 'best_score'):>10.4f}  "
                f"{_mean(mine, 'corrected_score'):>9.4f}  {_mean(mine, 'n_trials'):>6.0f}  "
                f"{_mean(mine, 'n_fits'):>4.0f}  {_mean(mine, 'seconds'):>7.1f}"
            )
            if name in differences:
                difference = differences[name]
                low, high = difference.interval
                line += f"  {difference.mean:+.4f} ({low:+.4f} to {high:+.4f})"
            lines.append(line)
        n_repeats = 1 + max(row.repeat for row in self.rows)
        lines.append(f"{self.n_test} test rows, {n_repeats} repeat{'s' if n_repeats > 1 else ''}")
        return "\n".join(lines)

    def to_frame(self) -> Any:
        """Make a pandas DataFrame of the rows.

        Returns
        -------
        frame : pandas.DataFrame
            One row for each search and repeat.

        Raises
        ------
        ImportError
            If pandas is not installed.
        """
        return make_frame([asdict(row) for row in self.rows], instead="`rows`")

    def plot(self, ax: Any = None, *, by: By = "trials") -> StrategyComparisonDisplay:
        """Draw the best score so far of each search, and the test scores beside.

        Parameters
        ----------
        ax : matplotlib.axes.Axes or None, default=None
            Where to draw; None makes a figure.
        by : {"trials", "seconds"}, default="trials"
            What stands across: the number of trials, or the seconds that their fits took.

        Returns
        -------
        display : StrategyComparisonDisplay
            With `ax_` and `figure_`.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        ValueError
            If `by` is neither.
        """
        return StrategyComparisonDisplay.from_comparison(self, by=by, ax=ax)


def _mean(rows: list[ComparisonRow], column: str) -> float:
    """Mean of a column."""
    return float(np.mean([getattr(row, column) for row in rows]))
