"""What a comparison found: values, their table and their picture."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from skhpo._display import StrategyComparisonDisplay
from skhpo._display.comparison import By
from skhpo._frames import make_frame
from skhpo._html import table


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
        One for each search and repeat: its `search`, `repeat`, `test_score`, `best_score`,
        `corrected_score`, `n_trials`, `n_fits` and `seconds` of ``fit``.
    differences : tuple of Difference
        Test score of each other search less that of the first: `search`, `reference`, `mean`
        over repeats, its 95 % `interval`, and the `method` of that.
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

    def __repr__(self) -> str:
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
        return "\n".join([*lines, self._size()])

    def _size(self) -> str:
        """How much the table rests on."""
        n_repeats = 1 + max(row.repeat for row in self.rows)
        return f"{self.n_test} test rows, {n_repeats} repeat{'s' if n_repeats > 1 else ''}"

    def _repr_html_(self) -> str:
        """Table of means over repeats, and the differences, for notebooks."""
        forms = {
            "test_score": ".4f", "best_score": ".4f", "corrected_score": ".4f", "n_trials": ".0f",
            "n_fits": ".0f", "seconds": ".1f",
        }  # fmt: skip
        head = ["search", "test score", "validation", "corrected", "trials", "fits", "seconds"]
        lines = [[*head, "difference to the first (95 % interval)"]]
        differences = {difference.search: difference for difference in self.differences}
        for name in self.searches:
            mine = [row for row in self.rows if row.search == name]
            numbers = [format(_mean(mine, column), form) for column, form in forms.items()]
            found = differences.get(name)
            ends = found and f"{found.interval[0]:+.4f} to {found.interval[1]:+.4f}"
            lines.append([name, *numbers, f"{found.mean:+.4f} ({ends})" if found else ""])
        return table(lines, self._size(), is_text=[True, *[False] * 6, True])

    def to_frame(self) -> Any:
        """Make a table of the rows.

        Returns
        -------
        frame : pandas.DataFrame or polars.DataFrame
            One row for each search and repeat.

        Raises
        ------
        ImportError
            If pandas is not installed, or polars, which is used under scikit-learn's
            ``set_config(transform_output="polars")``.
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
