"""What the pictures have in common: axes, colours that everybody can tell apart, names.

ink         the colour of text, which the style in force decides: dark on light, or light on dark
paper       the colour of the axes' background

References
----------
.. [1] M. Okabe, K. Ito, "Color universal design", 2008: colours that people with any common
   colour vision tell apart. Those that are faint on white, or on black, are left out.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY = (
    "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9",
)  # fmt: skip
COLOURS = (BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY)

# What is read in a column of 3.5 inches has lines of so many characters.
_NAME_WIDTH, _SENTENCE_WIDTH = 20, 48


def open_axes(ax: Any, owner: str) -> Any:
    """Axes to draw on: those given, or of a new figure.

    Raises
    ------
    ImportError
        If matplotlib is not installed.
    """
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise ImportError(
            f"`{owner}` needs matplotlib, which is not installed; run `pip install skhpo[plot]`."
        ) from error
    return plt.subplots(layout="constrained")[1] if ax is None else ax


def ink(alpha: float = 1.0) -> tuple[float, ...]:
    """Colour of text in the style in force."""
    from matplotlib import rcParams
    from matplotlib.colors import to_rgba

    return to_rgba(rcParams["text.color"], alpha)


def is_dark(ax: Any) -> bool:
    """Whether the background is."""
    red, green, blue, _ = ax.get_facecolor()
    # Rec. 709 luma.
    return bool(0.2126 * red + 0.7152 * green + 0.0722 * blue < 0.5)


def score_colours(ax: Any) -> Any:
    """Colour map in which the best scores stand out most from the background."""
    from matplotlib import colormaps

    return colormaps["viridis" if is_dark(ax) else "viridis_r"]


def clean(ax: Any, grid: str | None = "y") -> None:
    """Leave of the frame what is read from, with faint lines across."""
    ax.spines[["top", "right"]].set_visible(False)
    if grid is not None:
        ax.grid(axis=grid, color=ink(0.15), linewidth=0.6)
        ax.set_axisbelow(True)


def escape(text: str) -> str:
    """Text as it is: no formula, which matplotlib sees between dollars."""
    plain = text.replace("$", r"\$")
    # A legend leaves out labels that begin with an underscore.
    return f" {plain}" if plain.startswith("_") else plain


def shorten_names(names: Sequence[str], width: int = _NAME_WIDTH) -> dict[str, str]:
    """Names of parameters, escaped; of long ones the last steps, as far as they are told apart."""
    return {name: escape(_shorten(name, names, width)) for name in names}


def _shorten(name: str, names: Sequence[str], width: int) -> str:
    """As many of the last steps as fit, and as tell the name from the others."""
    if len(name) <= width:
        return name
    steps = name.split("__")
    shown = steps[-1]
    for n in range(2, len(steps) + 1):
        longer = "__".join(steps[-n:])
        is_told = sum(other == shown or other.endswith(f"__{shown}") for other in names) == 1
        if is_told and len(longer) >= width:
            break
        shown = longer
    return shown if shown == name else f"…{shown}"


def cut(text: str, width: int) -> str:
    """Text of at most so many characters."""
    return text if len(text) <= width else f"{text[: max(width - 1, 1)]}…"


def wrap_sentence(text: str, width: int = _SENTENCE_WIDTH) -> str:
    """Sentence, escaped, broken between words."""
    return "\n".join(escape(line) for line in textwrap.wrap(text, width))


def show_value(value: Any, width: int = 14) -> str:
    """Short text of a parameter's value: of an estimator or function, its name."""
    if isinstance(value, float | np.floating):
        text = f"{value:.3g}"
    elif isinstance(value, str):
        text = value
    elif hasattr(value, "get_params") and not isinstance(value, type):
        text = " ".join(repr(value).split())
        # What it is matters more than how it was set, if both are too long.
        text = type(value).__name__ if len(text) > width else text
    else:
        text = getattr(value, "__name__", None) or " ".join(repr(value).split())
    return cut(text, width)


def show_values(values: Sequence[Any], width: int = 14) -> list[str]:
    """Short texts, numbered where two are the same."""
    texts = [show_value(value, width) for value in values]
    return [
        f"{text} {texts[: i + 1].count(text)}" if texts.count(text) > 1 else text
        for i, text in enumerate(texts)
    ]


def inches(ax: Any) -> tuple[float, float]:
    """Width and height of axes, before labels take their room."""
    extent = ax.get_window_extent()
    return extent.width / ax.figure.dpi, extent.height / ax.figure.dpi


def legend_above(ax: Any) -> None:
    """Legend over the axes, where it hides nothing, in as few lines as their width allows."""
    handles, labels = ax.get_legend_handles_labels()
    if not handles:
        return
    width, _ = inches(ax)
    fitting = (n for n in range(len(labels), 1, -1) if _legend_inches(labels, n) <= width)
    ax.legend(
        handles,
        labels,
        loc="lower left",
        bbox_to_anchor=(0.0, 1.0),
        ncols=next(fitting, 1),
        frameon=False,
        fontsize="small",
        borderaxespad=0.2,
        handlelength=1.3,
        handletextpad=0.5,
        columnspacing=1.0,
    )


def _legend_inches(labels: Sequence[str], n_columns: int) -> float:
    """Width of a legend, which is filled column by column."""
    columns = np.array_split([len(label) for label in labels], n_columns)
    # Of small text some fifteen characters an inch; a marker and its spaces are as wide as five.
    return float(sum(column.max() + 5 for column in columns) / 15)


def turn_labels(ax: Any) -> None:
    """Turn the labels below axes, so that long ones do not run into each other."""
    ax.tick_params(axis="x", labelrotation=30)
    for label in ax.get_xticklabels():
        label.set(ha="right", rotation_mode="anchor")


def low_limit(scores: Array) -> float:
    """Score below which trials are so bad that to show them would hide the others.

    Four times as far from the best as the median; -inf where no trial is below.
    """
    finite = scores[np.isfinite(scores)]
    if len(finite) == 0:
        return -np.inf
    best, median = float(finite.max()), float(np.median(finite))
    limit = best - 4.0 * (best - median)
    return limit if best > median and finite.min() < limit else -np.inf


def show_from(ax: Any, low: float, high: float) -> None:
    """Show scores from `low`, if it is finite, to `high`, with some room."""
    if np.isfinite(low) and high > low:
        ax.set_ylim(low - 0.06 * (high - low), high + 0.06 * (high - low))
