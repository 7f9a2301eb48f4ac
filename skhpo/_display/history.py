"""Scores by trial, and the best so far."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skhpo._display.display import Display
from skhpo._display.drawing import (
    BLUE,
    GREEN,
    PURPLE,
    VERMILION,
    clean,
    escape,
    ink,
    legend_above,
    low_limit,
    show_from,
)
from skhpo._history import History, read_history

Array = NDArray[np.float64]

_ORIGINS = {
    "initial": ("initial", "D", PURPLE),
    "random": ("random", "o", None),
    "model": ("by the model", "o", BLUE),
}
_COMPLETE = ("complete", "o", BLUE)


@dataclass(repr=False)
class SearchHistoryDisplay(Display):
    """Scores of a search by trial, with the best so far and what it is worth.

    Make it with `from_estimator`.

    Parameters
    ----------
    numbers : ndarray of shape (n_trials,)
        Numbers of the trials.
    scores : ndarray of shape (n_trials,)
        Mean scores; of a stopped trial that of the folds it has, nan where there is none.
    origins, statuses : tuple of str
        Of each trial, as `Trial` has them.
    best_so_far : ndarray of shape (n_trials,)
        Best score of the complete trials up to each.
    label : str
        Name of the metric.
    best_score : float
        Score of the winner.
    best_number : int or None
        Number of the winner.
    corrected_score : float, default=nan
        What remains of it when the choosing is accounted for; nan where it is not known.
    corrected_interval : tuple of two floats, default=(nan, nan)
        Its 95 % confidence interval.

    Attributes
    ----------
    ax_ : matplotlib.axes.Axes
        Where it was drawn.
    figure_ : matplotlib.figure.Figure
        The figure of `ax_`.

    See Also
    --------
    StrategyComparisonDisplay : The best so far of several searches.

    Examples
    --------
    >>> from skhpo import Float, SearchHistoryDisplay, maximize
    >>> result = maximize(lambda x: -x**2, {"x": Float(-1, 1)}, n_iter=8, random_state=0)
    >>> display = SearchHistoryDisplay.from_estimator(result)
    >>> display.best_so_far.shape
    (8,)
    """

    numbers: NDArray[np.intp]
    scores: Array
    origins: tuple[str, ...]
    statuses: tuple[str, ...]
    best_so_far: Array
    label: str
    best_score: float
    best_number: int | None
    corrected_score: float = float("nan")
    corrected_interval: tuple[float, float] = (float("nan"), float("nan"))

    @classmethod
    def from_estimator(
        cls, search: Any, *, metric: str | None = None, corrected: bool = True, ax: Any = None
    ) -> SearchHistoryDisplay:
        """Draw the history of a finished search.

        Parameters
        ----------
        search : GridSearch, RandomSearch, BayesSearch or MaximizeResult
            Fitted; one of scikit-learn's will do.
        metric : str or None, default=None
            Which of several metrics; None is the one of ``refit``.
        corrected : bool, default=True
            Whether to compute and draw `corrected_score_`, where the search has one of this
            metric.
        ax : matplotlib.axes.Axes or None, default=None
            Where to draw; None makes a figure.

        Returns
        -------
        display : SearchHistoryDisplay

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        NotFittedError
            If the search is not fitted.
        TypeError, ValueError
            If it is no search, or `metric` is not one of its metrics.
        """
        history = read_history(search, metric)
        score, interval = _correct(search, history) if corrected else (np.nan, (np.nan, np.nan))
        complete = np.where(history.is_complete, history.scores, np.nan)
        best = history.best
        display = cls(
            numbers=np.array([trial.number for trial in history.trials], dtype=np.intp),
            scores=history.scores,
            origins=tuple(trial.origin for trial in history.trials),
            statuses=tuple(trial.status for trial in history.trials),
            best_so_far=np.fmax.accumulate(complete) if len(complete) else complete,
            label=history.label,
            best_score=float("nan") if best is None else float(history.scores[best]),
            best_number=None if best is None else history.trials[best].number,
            corrected_score=score,
            corrected_interval=interval,
        )
        return display.plot(ax=ax)

    def _draw(self) -> None:
        """Draw it on `ax_`."""
        ax = self.ax_
        worth = "" if self.best_number is None else f", {self.best_score:.3g}"
        ax.step(
            self.numbers, self.best_so_far, where="post", color=ink(), linewidth=1.4, zorder=3,
            label=f"best so far{worth}",
        )  # fmt: skip
        self._draw_worth()
        # The best trials and all that is near them; of the others that they were worse.
        low = low_limit(self.scores)
        self._draw_trials(low)
        if np.isfinite(low):
            show_from(ax, low, float(np.nanmax(self.scores)))
        ax.set_xlabel("trial")
        ax.set_ylabel(escape(self.label))
        ax.xaxis.get_major_locator().set_params(integer=True)
        clean(ax)
        legend_above(ax)

    def _draw_worth(self) -> None:
        """Draw the corrected score and its interval."""
        if not np.isfinite(self.corrected_score):
            return
        low, high = self.corrected_interval
        self.ax_.axhspan(low, high, color=GREEN, alpha=0.18, linewidth=0, zorder=0)
        self.ax_.axhline(
            self.corrected_score, color=GREEN, linewidth=1.2, linestyle="--", zorder=1,
            label=f"corrected, {self.corrected_score:.3g}",
        )  # fmt: skip

    def _draw_trials(self, low: float) -> None:
        """Draw a mark for each trial."""
        size = float(np.clip(3000 / max(len(self.scores), 1), 8, 26))
        status, origin = np.array(self.statuses), np.array(self.origins)
        is_shown = np.isfinite(self.scores) & (self.scores >= low)
        # Where all have one origin, as in a grid, it tells nothing.
        kinds = _ORIGINS if len(set(self.origins)) > 1 else dict.fromkeys(self.origins, _COMPLETE)
        for name, (label, marker, colour) in kinds.items():
            rows = is_shown & (status == "complete") & (origin == name)
            self._mark(rows, label, marker, colour or ink(0.5), size)
        self._mark(is_shown & (status == "stopped"), "stopped", "v", None, size)
        self._mark_below(np.isfinite(self.scores) & (self.scores < low), "far below", "v", size)
        is_failed = ~np.isfinite(self.scores) & (status != "stopped")
        self._mark_below(is_failed, "failed", "x", size)

    def _mark(
        self, rows: NDArray[np.bool_], label: str, marker: str, colour: Any, size: float
    ) -> None:
        """Draw trials of one kind; without a colour, hollow."""
        if rows.any():
            hollow = {"facecolors": "none", "edgecolors": ink(0.6)}
            filled = hollow if colour is None else {"color": colour}
            self.ax_.scatter(
                self.numbers[rows], self.scores[rows], s=size, marker=marker, linewidths=0.8,
                zorder=2, label=label, **filled,
            )  # fmt: skip

    def _mark_below(self, rows: NDArray[np.bool_], label: str, marker: str, size: float) -> None:
        """Draw trials at the lower edge: how bad they are is not shown."""
        if rows.any():
            at_edge = self.ax_.get_xaxis_transform()
            self.ax_.scatter(
                self.numbers[rows], np.full(rows.sum(), 0.025), s=size, marker=marker,
                linewidths=1.0, color=VERMILION, transform=at_edge, zorder=4, label=label,
            )  # fmt: skip


def _correct(search: Any, history: History) -> tuple[float, tuple[float, float]]:
    """Corrected score and its interval, of the metric that chose the winner."""
    nothing = float("nan"), (float("nan"), float("nan"))
    best = getattr(search, "best_index_", None)
    chose = history.metric == "score" or history.metric == getattr(search, "refit", None)
    if best is None or not chose:
        return nothing
    # scikit-learn's searches have none.
    correction = getattr(search, "correction_", None)
    if correction is None or correction.why:
        return nothing
    return correction.score, correction.interval
