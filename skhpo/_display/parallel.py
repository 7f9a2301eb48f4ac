"""Trials as lines over an axis for each parameter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skhpo._display.display import Display
from skhpo._display.drawing import (
    cut,
    escape,
    inches,
    ink,
    low_limit,
    score_colours,
    shorten_names,
    turn_labels,
)
from skhpo._display.scales import Scale, make_scale, varying
from skhpo._history import read_history

Array = NDArray[np.float64]

# Height of the lane of parameters that a trial does not have.
_ABSENT = -0.13


@dataclass(repr=False)
class ParallelCoordinatesDisplay(Display):
    """Trials as lines over an axis for each parameter, coloured by score, the best on top.

    A line goes through the lane below the axes where the trial does not have the parameter.
    Make it with `from_estimator`.

    Parameters
    ----------
    parameters : tuple of str
        Those that vary, or those that were asked for.
    heights : ndarray of shape (n_trials, n_parameters)
        Where each trial is on each axis, from 0 to 1; nan where it lacks the parameter.
    scores : ndarray of shape (n_trials,)
        Scores of the trials that have one.
    label : str
        Name of the metric.
    scales : tuple of Scale
        Axes of the parameters: `name`, `low`, `high`, `is_log`, and `levels` of choices.

    Attributes
    ----------
    ax_ : matplotlib.axes.Axes
        Where it was drawn.
    figure_ : matplotlib.figure.Figure
        The figure of `ax_`.

    See Also
    --------
    ParameterEffectDisplay : What one or two parameters do.

    Examples
    --------
    >>> from skhpo import Float, ParallelCoordinatesDisplay, maximize
    >>> space = {"x": Float(0.01, 1, log=True), "kind": ["a", "b"]}
    >>> result = maximize(lambda x, kind: x, space, n_iter=8, random_state=0)
    >>> ParallelCoordinatesDisplay.from_estimator(result).heights.shape
    (8, 2)
    """

    parameters: tuple[str, ...]
    heights: Array
    scores: Array
    label: str
    scales: tuple[Scale, ...]

    @classmethod
    def from_estimator(
        cls,
        search: Any,
        parameters: Sequence[str] | None = None,
        *,
        metric: str | None = None,
        ax: Any = None,
    ) -> ParallelCoordinatesDisplay:
        """Draw the trials of a finished search.

        Parameters
        ----------
        search : GridSearch, RandomSearch, BayesSearch or MaximizeResult
            Fitted; one of scikit-learn's will do.
        parameters : sequence of str or None, default=None
            Which, from left to right; None is all that vary.
        metric : str or None, default=None
            Which of several metrics; None is the one of ``refit``.
        ax : matplotlib.axes.Axes or None, default=None
            Where to draw; None makes a figure.

        Returns
        -------
        display : ParallelCoordinatesDisplay

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        NotFittedError
            If the search is not fitted.
        TypeError
            If it is no search.
        ValueError
            If the space lacks a parameter, or no trial has a score.
        """
        history = read_history(search, metric)
        names = varying(history) if parameters is None else list(parameters)
        scales = tuple(make_scale(history, name) for name in names)
        rows = np.flatnonzero(np.isfinite(history.scores))
        if not len(rows) or not names:
            raise ValueError(
                f"The search must have trials with a score and parameters that vary, got "
                f"{len(rows)} and {names}; draw a search that has both."
            )
        heights = np.full((len(rows), len(names)), np.nan)
        for i, row in enumerate(rows):
            params = history.trials[row].params
            for j, scale in enumerate(scales):
                if scale.name in params:
                    heights[i, j] = scale.height(scale.place(params[scale.name]))
        display = cls(tuple(names), heights, history.scores[rows], history.label, scales)
        return display.plot(ax=ax)

    def _draw(self) -> None:
        """Draw it on `ax_`."""
        ax = self.ax_
        self._draw_lines()
        self._draw_axes()
        has_absent = bool(np.isnan(self.heights).any())
        ax.set_ylim(_ABSENT - 0.06 if has_absent else -0.04, 1.04)
        ax.set_xlim(-0.15, len(self.parameters) - 0.85)
        ax.set_yticks([_ABSENT] if has_absent else [], ["absent"] if has_absent else [])
        ax.tick_params(axis="both", length=0)
        self._name_axes()
        ax.spines[:].set_visible(False)

    def _draw_lines(self) -> None:
        """Draw a line for each trial, the best last."""
        from matplotlib.collections import LineCollection
        from matplotlib.colors import Normalize

        order = np.argsort(self.scores, kind="stable")
        n = len(order)
        heights = np.where(np.isnan(self.heights), _ABSENT, self.heights)[order]
        heights = heights + self._spread(order)
        # A single parameter has no lines, so its trials are short strokes.
        x = np.arange(heights.shape[1], dtype=float)
        if len(x) == 1:
            x, heights = np.array([-0.1, 0.1]), np.repeat(heights, 2, axis=1)
        lines = np.stack([np.broadcast_to(x, heights.shape), heights], axis=-1)
        worst = max(low_limit(self.scores), float(self.scores.min()))
        colours = score_colours(self.ax_)
        norm = Normalize(worst, float(self.scores.max()))
        # The best handful stands out, however many there are.
        strength = np.exp(-np.arange(n)[::-1] / 6.0)
        faint = float(np.clip(20.0 / n, 0.1, 0.45))
        drawn = LineCollection(
            list(lines), array=self.scores[order], cmap=colours, norm=norm,
            alpha=faint + (0.95 - faint) * strength, linewidths=0.7 + 1.3 * strength, zorder=2,
        )  # fmt: skip
        self.ax_.add_collection(drawn)
        # The bar is not as faint as the lines.
        from matplotlib.cm import ScalarMappable

        extend = "min" if worst > self.scores.min() else "neither"
        bar = self.ax_.figure.colorbar(
            ScalarMappable(norm, colours), ax=self.ax_, label=escape(self.label), extend=extend,
            pad=0.02,
        )  # fmt: skip
        bar.outline.set_visible(False)
        bar.ax.locator_params(nbins=6)

    def _spread(self, order: NDArray[np.intp]) -> Array:
        """Small shifts by which trials of one level can be told apart."""
        shifts = np.zeros(self.heights.shape)
        rng = np.random.default_rng(0)
        for column, scale in enumerate(self.scales):
            if scale.levels is not None:
                room = 0.25 / max(len(scale.levels), 4)
                shifts[:, column] = rng.uniform(-room, room, size=len(shifts))
        return np.where(np.isnan(self.heights), 0.0, shifts)[order]

    def _draw_axes(self) -> None:
        """Draw an axis with its values for each parameter."""
        # Of extra small text more have room than of small.
        width = max(int(1.2 * self._width_between()), 5)
        for x, scale in enumerate(self.scales):
            self.ax_.plot([x, x], [0, 1], color=ink(0.7), linewidth=1.0, zorder=3)
            for place, label in zip(*scale.ticks(), strict=True):
                height = scale.height(place)
                self.ax_.plot([x, x + 0.02], [height] * 2, color=ink(0.7), linewidth=1.0, zorder=3)
                self.ax_.text(
                    x + 0.035, height, cut(label, width), fontsize="x-small", va="center", zorder=4,
                    bbox={
                        "facecolor": self.ax_.get_facecolor(), "alpha": 0.7, "pad": 0.6,
                        "edgecolor": "none",
                    },
                )  # fmt: skip

    def _name_axes(self) -> None:
        """Write the names under the axes, turned where they would run into each other."""
        names = list(shorten_names(self.parameters).values())
        self.ax_.set_xticks(range(len(names)), names, fontsize="small")
        if max(map(len, names)) > self._width_between():
            turn_labels(self.ax_)

    def _width_between(self) -> int:
        """How many characters have room between two axes, some twelve an inch."""
        return int(12.0 * inches(self.ax_)[0] / len(self.parameters))
