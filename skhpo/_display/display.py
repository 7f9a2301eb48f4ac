"""What all displays have: the axes that they were drawn on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Self

from skhpo._display.drawing import open_axes


@dataclass(repr=False)
class Display:
    """A picture, drawn as often as one likes.

    A subclass draws on `ax_` in `_draw`; one whose `plot` takes more has its own, and
    begins with `_open`.
    """

    ax_: Any = field(default=None, init=False)
    figure_: Any = field(default=None, init=False)

    def __repr__(self) -> str:
        """Its kind: a cell of a notebook shows it above the picture."""
        return f"<{type(self).__name__}>"

    def plot(self, ax: Any = None) -> Self:
        """Draw it.

        Parameters
        ----------
        ax : matplotlib.axes.Axes or None, default=None
            Where to draw; None makes a figure.

        Returns
        -------
        display : object
            Itself.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        """
        self._open(ax)
        self._draw()
        return self

    def _open(self, ax: Any) -> Any:
        """Axes to draw on, which `ax_` is from now on."""
        self.ax_ = open_axes(ax, type(self).__name__)
        self.figure_ = self.ax_.figure
        return self.ax_

    def _draw(self) -> None:
        """Draw on `ax_`."""
        raise NotImplementedError
