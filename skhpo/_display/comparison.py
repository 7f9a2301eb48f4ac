"""The best so far of several searches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from skhpo._display.display import Display
from skhpo._display.drawing import (
    COLOURS,
    clean,
    escape,
    ink,
    legend_above,
    low_limit,
    show_from,
)
from skhpo._history import History, has_history, read_history

Array = NDArray[np.float64]
By = Literal["trials", "seconds"]

_X_LABELS = {"trials": "trials", "seconds": "seconds of fitting and scoring"}
_LINES = ("-", "--", "-.", ":")
_N_PLACES = 200
# Where test scores begin, and how far apart they are, in lengths of the longest search.
_TEST, _STEP = 1.02, 0.045


@dataclass(repr=False)
class StrategyComparisonDisplay(Display):
    """Best score so far of the searches of a comparison, and their test scores.

    A line is the median over repeats, its band goes from the lowest to the highest. What
    stands to its right is the test score, of each repeat and, larger, their mean: what
    a line ends above it was optimism.

    Make it with `from_comparison`.

    Parameters
    ----------
    names : tuple of str
        Of the searches.
    x : dict of str to ndarray of shape (n_places,)
        Trials, or seconds, of each search.
    best_so_far : dict of str to ndarray of shape (n_repeats, n_places)
        Best validation score up to there; nan before there is any.
    test_scores : dict of str to ndarray of shape (n_repeats,)
        Scores on the test rows.
    by : {"trials", "seconds"}
        What `x` is.
    label : str
        Name of the metric.

    Attributes
    ----------
    ax_ : matplotlib.axes.Axes
        Where it was drawn.
    figure_ : matplotlib.figure.Figure
        The figure of `ax_`.

    See Also
    --------
    compare : Makes the comparison.
    SearchHistoryDisplay : A single search.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from skhpo import Float, GridSearch, RandomSearch, StrategyComparisonDisplay, compare
    >>> space = {"C": Float(0.01, 100, log=True)}
    >>> searches = {"grid": GridSearch(SVC(), space), "random": RandomSearch(SVC(), space)}
    >>> comparison = compare(searches, *load_iris(return_X_y=True), random_state=0)
    >>> display = StrategyComparisonDisplay.from_comparison(comparison)
    >>> display.names
    ('grid', 'random')
    """

    names: tuple[str, ...]
    x: dict[str, Array]
    best_so_far: dict[str, Array]
    test_scores: dict[str, Array]
    by: By
    label: str

    @classmethod
    def from_comparison(
        cls, comparison: Any, *, by: By = "trials", ax: Any = None
    ) -> StrategyComparisonDisplay:
        """Draw what `compare` found.

        Parameters
        ----------
        comparison : Comparison
            What `compare` returned.
        by : {"trials", "seconds"}, default="trials"
            What stands across: the number of trials, or the seconds that their fits and scores
            took, one after the other.
        ax : matplotlib.axes.Axes or None, default=None
            Where to draw; None makes a figure.

        Returns
        -------
        display : StrategyComparisonDisplay

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        TypeError
            If `comparison` is none.
        ValueError
            If `by` is neither.
        """
        if not hasattr(comparison, "searches"):
            raise TypeError(
                "`comparison` must be what compare returned, got an object of type "
                f"{type(comparison).__name__}; a single search has a SearchHistoryDisplay."
            )
        if by not in get_args(By):
            raise ValueError(
                f"`by` must be one of {get_args(By)}, got {by!r}; 'trials' is the default."
            )
        x, lines, tests = {}, {}, {}
        label = ""
        for name, searches in comparison.searches.items():
            # Estimators that search nothing have a test score only.
            histories = [read_history(search) for search in searches if has_history(search)]
            if histories:
                label = label or histories[0].label
                x[name], lines[name] = _align(histories, by)
            rows = [row for row in comparison.rows if row.search == name]
            tests[name] = np.array([row.test_score for row in rows])
        names = tuple(comparison.searches)
        return cls(names, x, lines, tests, by, label).plot(ax=ax)

    def _draw(self) -> None:
        """Draw it on `ax_`."""
        ax = self.ax_
        end = max((float(x[-1]) for x in self.x.values()), default=1.0)
        for i, name in enumerate(self.names):
            colour, style = COLOURS[i % len(COLOURS)], _LINES[i // len(COLOURS) % len(_LINES)]
            self._draw_line(name, colour, style)
            self._draw_test(name, colour, end * (_TEST + _STEP * (i + 0.5)))
        right = end * (_TEST + _STEP * len(self.names))
        ax.axvline(end * _TEST, color=ink(0.4), linewidth=0.8)
        # Beside the labels of the ticks, where no score can be.
        ax.annotate(
            "test", ((end * _TEST + right) / 2, -0.02), xycoords=("data", "axes fraction"),
            ha="center", va="top", fontsize="small", annotation_clip=False,
        )  # fmt: skip
        ends = np.concatenate([[], *(lines.ravel() for lines in self.best_so_far.values())])
        tests = np.concatenate(list(self.test_scores.values()))
        low = low_limit(ends)
        if np.isfinite(low):
            lowest, highest = min(low, tests.min()), max(np.nanmax(ends), tests.max())
            show_from(ax, float(lowest), float(highest))
        ax.set_xlim(0.0, right)
        ax.set_xlabel(_X_LABELS[self.by])
        ax.set_ylabel(f"best {escape(self.label)} so far")
        ax.set_xticks([tick for tick in ax.get_xticks() if 0.0 <= tick <= end])
        clean(ax)
        legend_above(ax)

    def _draw_line(self, name: str, colour: str, style: str) -> None:
        """Draw the best so far."""
        if name not in self.x:
            self.ax_.plot([], [], color=colour, marker="D", linestyle="none", label=escape(name))
            return
        x, lines = self.x[name], self.best_so_far[name]
        middle = np.median(lines, axis=0)
        if len(lines) > 1:
            low, high = lines.min(axis=0), lines.max(axis=0)
            self.ax_.fill_between(x, low, high, step="post", color=colour, alpha=0.16, linewidth=0)
        self.ax_.step(
            x, middle, where="post", color=colour, linestyle=style, linewidth=1.8,
            label=escape(name),
        )  # fmt: skip

    def _draw_test(self, name: str, colour: str, x: float) -> None:
        """Draw test scores to the right of the lines."""
        scores = self.test_scores[name]
        if len(scores) > 1:
            self.ax_.scatter([x] * len(scores), scores, s=14, color=colour, alpha=0.6, linewidths=0)
        self.ax_.scatter([x], [scores.mean()], s=34, marker="D", color=colour, zorder=3)


def _align(histories: Sequence[History], by: By) -> tuple[Array, Array]:
    """Best so far of all repeats at the same places."""
    places, bests = [], []
    for history in histories:
        complete = np.where(history.is_complete, history.scores, np.nan)
        bests.append(np.fmax.accumulate(complete))
        if by == "trials":
            places.append(np.arange(1.0, len(complete) + 1.0))
        else:
            places.append(np.cumsum([_seconds(trial) for trial in history.trials]))
    x = places[0] if by == "trials" and len({len(p) for p in places}) == 1 else None
    if x is None:
        # Until the first of the repeats to end has ended.
        x = np.linspace(min(p[0] for p in places), min(p[-1] for p in places), _N_PLACES)
    lines = []
    for place, best in zip(places, bests, strict=True):
        row = np.searchsorted(place, x, side="right") - 1
        lines.append(np.where(row >= 0, best[np.maximum(row, 0)], np.nan))
    return x, np.array(lines)


def _seconds(trial: Any) -> float:
    """Seconds that the folds of a trial took to fit and to score."""
    return float(sum(f.fit_seconds + f.score_seconds for f in trial.folds if f is not None))
