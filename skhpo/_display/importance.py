"""Shares of the score's variance, as bars."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from skhpo._display.display import Display
from skhpo._display.drawing import (
    BLUE,
    ORANGE,
    clean,
    escape,
    inches,
    ink,
    legend_above,
    shorten_names,
    wrap_sentence,
)
from skhpo._importance import Importance, ParameterImportances, parameter_importances

# Share below which a pair is not drawn; characters of a pair in one line.
_MIN_SHOWN, _PAIR_WIDTH = 0.02, 22


@dataclass(repr=False)
class ParameterImportanceDisplay(Display):
    """Which parameters matter, with how sure that is.

    Make it with `from_estimator`, or of what `parameter_importances` gave.

    Parameters
    ----------
    importances : ParameterImportances
        The shares.

    Attributes
    ----------
    ax_ : matplotlib.axes.Axes
        Where it was drawn.
    figure_ : matplotlib.figure.Figure
        The figure of `ax_`.

    See Also
    --------
    parameter_importances : Finds the shares.
    ParameterEffectDisplay : What a parameter does.

    Examples
    --------
    >>> from skhpo import Float, ParameterImportanceDisplay, maximize
    >>> space = {"x": Float(0, 1), "idle": Float(0, 1)}
    >>> result = maximize(lambda x, idle: -x, space, strategy="random", n_iter=20, random_state=0)
    >>> display = ParameterImportanceDisplay.from_estimator(result)
    >>> display.importances.parameters[0].name
    'x'
    """

    importances: ParameterImportances

    @classmethod
    def from_estimator(
        cls,
        search: Any,
        *,
        metric: str | None = None,
        floor: float | None = None,
        random_state: int = 0,
        max_bars: int = 12,
        ax: Any = None,
    ) -> ParameterImportanceDisplay:
        """Find and draw the importances of a finished search.

        Parameters
        ----------
        search : GridSearch, RandomSearch, BayesSearch or MaximizeResult
            Fitted; one of scikit-learn's will do.
        metric : str or None, default=None
            Which of several metrics; None is the one of ``refit``.
        floor : float or None, default=None
            A score: what is worse counts as if it were this.
        random_state : int, default=0
            Seed of the draws.
        max_bars : int, default=12
            Most bars, of parameters first.
        ax : matplotlib.axes.Axes or None, default=None
            Where to draw; None makes a figure.

        Returns
        -------
        display : ParameterImportanceDisplay

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        NotFittedError
            If the search is not fitted.
        TypeError, ValueError
            As `parameter_importances` does.
        """
        found = parameter_importances(search, metric, floor=floor, random_state=random_state)
        return cls(found).plot(ax=ax, max_bars=max_bars)

    def plot(self, ax: Any = None, *, max_bars: int = 12) -> ParameterImportanceDisplay:
        """Draw it.

        Parameters
        ----------
        ax : matplotlib.axes.Axes or None, default=None
            Where to draw; None makes a figure.
        max_bars : int, default=12
            Most bars, of parameters first.

        Returns
        -------
        display : ParameterImportanceDisplay
            Itself.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        """
        ax = self._open(ax)
        if not self.importances.parameters:
            return self._draw_nothing()
        singles = list(self.importances.parameters[:max_bars])
        # A pair that is not told from nothing is none that people look for.
        pairs = [pair for pair in self.importances.pairs if pair.share >= _MIN_SHOWN]
        pairs = pairs[: min(max_bars, max(self._count_fitting(), len(singles))) - len(singles)]
        self._draw_bars(singles, 0, BLUE, "own effect")
        self._draw_bars(pairs, len(singles), ORANGE, "two together, beyond that")
        short = shorten_names([str(item.name) for item in self.importances.parameters])
        labels = [_label(item, short) for item in (*singles, *pairs)]
        ax.set_yticks(range(len(labels)), labels, fontsize="small" if len(labels) > 4 else None)
        ax.set_ylim(len(labels) - 0.4, -0.6)
        highest = max(item.interval[1] for item in (*singles, *pairs))
        ax.set_xlim(0.0, min(1.0, 1.15 * highest))
        ax.xaxis.set_major_formatter(lambda share, _: f"{share:.0%}")
        ax.xaxis.get_major_locator().set_params(nbins=4)
        ax.set_xlabel(f"share of the variance of\n{escape(self.importances.metric)} over the space")
        clean(ax, "x")
        ax.tick_params(axis="y", length=0)
        if self.importances.tells:
            legend_above(ax)
        else:
            ax.set_title(wrap_sentence(self._why()), fontsize="small", loc="right")
        return self

    def _why(self) -> str:
        """Why nothing is told."""
        return f"The trials do not tell which parameters matter: {self.importances.why}."

    def _draw_nothing(self) -> ParameterImportanceDisplay:
        """Write why there are no bars."""
        self.ax_.set_axis_off()
        place = {"ha": "center", "va": "center", "transform": self.ax_.transAxes}
        self.ax_.text(0.5, 0.5, wrap_sentence(self._why(), 36), **place)
        return self

    def _count_fitting(self) -> int:
        """How many bars, named in two lines, have room."""
        return int(inches(self.ax_)[1] / 0.4)

    def _draw_bars(self, items: list[Importance], first: int, colour: str, label: str) -> None:
        """Draw bars from place `first` on."""
        if not items:
            return
        shares = np.array([item.share for item in items])
        ends = np.array([item.interval for item in items])
        # A mean may lie outside of the interval, where the draws are skewed.
        errors = np.maximum([shares - ends[:, 0], ends[:, 1] - shares], 0.0)
        places = first + np.arange(len(items))
        self.ax_.barh(
            places, shares, height=0.62, color=colour, label=label,
            alpha=1.0 if self.importances.tells else 0.3,
        )  # fmt: skip
        self.ax_.errorbar(
            shares, places, xerr=errors, fmt="none", ecolor=ink(0.85), elinewidth=1.0, capsize=2.5
        )


def _label(item: Importance, short: dict[str, str]) -> str:
    """Name of a bar."""
    if isinstance(item.name, str):
        return short[item.name]
    names = [short[name] for name in item.name]
    return (" x " if sum(map(len, names)) < _PAIR_WIDTH else "\nx ").join(names)
