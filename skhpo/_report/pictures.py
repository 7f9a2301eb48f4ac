"""The pictures of a report, each drawn for light and for dark.

They are images of their own, so that nothing in them can meet the page, and so that the
browser takes the one that its colours ask for.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from skhpo._display import (
    EquivalentCandidatesDisplay,
    ParallelCoordinatesDisplay,
    ParameterImportanceDisplay,
    SearchHistoryDisplay,
)
from skhpo._display.effect import fit_above_floor, make_effect_display
from skhpo._display.scales import varying
from skhpo._history import History
from skhpo._importance import ParameterImportances
from skhpo._report.compact import compact
from skhpo._score_model import ScoreModel

# Inches: what is read on a phone is as wide as its screen, and is not made much smaller.
_WIDTH, _HEIGHT = 4.8, 3.5
_INCHES_PER_AXIS = 1.1
_MAX_NARROW_AXES = 3
# Parameters whose effect is drawn, those that matter most.
_MAX_EFFECTS = 3
# Lines above which they are dots of an image, which is then smaller; text stays text.
_MAX_LINES = 5000

# No other colours of the pictures are these: in most of them, the others stay as they are.
_LIGHT = {"text": "#1d2430", "paper": "#fefefe"}
_DARK = {"text": "#e4e8ee", "paper": "#171c24"}


@dataclass(frozen=True)
class Picture:
    """A picture in two colourings.

    Parameters
    ----------
    title, caption : str
        What it is, and how it is read.
    light, dark : str
        Addresses with the images in them.
    width, height : int
        In pixels of the page.
    is_wide : bool, default=False
        Whether it needs the whole width.
    """

    title: str
    caption: str
    light: str
    dark: str
    width: int
    height: int
    is_wide: bool = False


def has_matplotlib() -> bool:
    """Whether pictures can be drawn."""
    try:
        import matplotlib.figure  # noqa: F401 - only whether it is there
    except ImportError:
        return False
    return True


def draw_pictures(
    search: Any,
    history: History,
    importances: ParameterImportances,
    model: ScoreModel | None,
    metric: str | None,
) -> list[Picture]:
    """Draw the pictures that the trials have something to say in; `model` has importances."""
    drawn = _draw_each(search, history, importances, model, metric)
    return [picture for picture in drawn if picture]


def _draw_each(
    search: Any,
    history: History,
    importances: ParameterImportances,
    model: ScoreModel | None,
    metric: str | None,
) -> Iterator[Picture | None]:
    """Draw one after the other; None where there is nothing to draw."""
    names = varying(history)
    yield _draw(
        "Scores by trial",
        "Each mark is a trial, the line the best so far; the band is the corrected score's "
        "interval, if there is one.",
        lambda ax: SearchHistoryDisplay.from_estimator(search, metric=metric, ax=ax),
    )
    if importances.tells:
        yield _draw(
            "Which parameters matter",
            "Shares of the score's variance over the space, with 95% intervals.",
            lambda ax: ParameterImportanceDisplay(importances).plot(ax=ax),
        )
        mattering = [item.name for item in importances.parameters if item.matters]
        yield from _draw_effects(
            history, model, [str(name) for name in mattering if name in names][:_MAX_EFFECTS]
        )
    if history.is_complete.sum() < 2:
        return
    yield _draw(
        "Candidates that may be the best",
        "By how far their folds are behind the winner's, with intervals over folds.",
        lambda ax: EquivalentCandidatesDisplay.from_estimator(search, ax=ax),
    )
    is_wide = len(names) > _MAX_NARROW_AXES
    yield _draw(
        "All trials",
        "A line for each trial, over an axis for each parameter; the best are the strongest.",
        lambda ax: ParallelCoordinatesDisplay.from_estimator(search, metric=metric, ax=ax),
        width=max(2 * _WIDTH, _INCHES_PER_AXIS * len(names)) if is_wide else _WIDTH,
        # The colours of its scores depend on the background.
        draws_twice=True,
    )


def _draw_effects(
    history: History, model: ScoreModel | None, names: list[str]
) -> Iterator[Picture | None]:
    """Draw what parameters do, by one model."""
    try:
        model = fit_above_floor(history, model=model)
    except ValueError:
        return
    for name in names:
        yield _draw(
            f"What {name} does",
            "The model's mean over all other parameters, with its 95% band; marks are trials.",
            partial(_draw_effect, history, model, name),
        )


def _draw_effect(history: History, model: ScoreModel, name: str, ax: Any) -> Any:
    """Draw what a parameter does on axes."""
    return make_effect_display(history, model, (name,)).plot(ax=ax)


def _draw(
    title: str,
    caption: str,
    make: Callable[[Any], Any],
    *,
    width: float = _WIDTH,
    draws_twice: bool = False,
) -> Picture | None:
    """Make a display and draw it for light and dark; None where the trials do not suffice."""
    try:
        display, light = _render(make, _LIGHT, width)
    except (TypeError, ValueError):
        return None
    if draws_twice:
        _, dark = _render(lambda ax: display.plot(ax=ax), _DARK, width)
    else:
        dark = light
        for name, colour in _LIGHT.items():
            dark = dark.replace(colour, _DARK[name])
    size = int(width * 96), int(_HEIGHT * 96)
    return Picture(title, caption, _address(light), _address(dark), *size, width > _WIDTH)


def _address(image: str) -> str:
    """Address that has the image in it."""
    return f"data:image/svg+xml;base64,{base64.b64encode(image.encode()).decode('ascii')}"


def _render(make: Callable[[Any], Any], colours: dict[str, str], width: float) -> tuple[Any, str]:
    """Draw on a figure of the given colours; give what was drawn, and the image."""
    from matplotlib import rc_context
    from matplotlib.collections import LineCollection
    from matplotlib.figure import Figure

    with rc_context(_style(colours)):
        figure = Figure(figsize=(width, _HEIGHT), layout="constrained")
        display = make(figure.add_subplot())
        for ax in figure.axes:
            for drawn in ax.collections:
                if isinstance(drawn, LineCollection):
                    drawn.set_rasterized(len(drawn.get_paths()) > _MAX_LINES)
        buffer = io.BytesIO()
        figure.savefig(buffer, format="svg", dpi=150, metadata={"Date": None, "Creator": None})
    return display, compact(buffer.getvalue().decode("utf-8"))


def _style(colours: dict[str, str]) -> Any:
    """Settings of matplotlib, whatever the user's are."""
    from matplotlib import rcParamsDefault

    text, paper = colours["text"], colours["paper"]
    of_text = ["text.color", "axes.edgecolor", "axes.labelcolor", "xtick.color", "ytick.color"]
    of_paper = ["figure.facecolor", "axes.facecolor", "savefig.facecolor"]
    plain = {
        name: value
        for name, value in rcParamsDefault.items()
        if name.startswith(
            (
                "axes.",
                "figure.",
                "font.",
                "legend.",
                "lines.",
                "savefig.",
                "svg.",
                "text.",
                "xtick.",
                "ytick.",
            )
        )
    }
    return (
        plain
        | dict.fromkeys(of_text, text)
        | dict.fromkeys(of_paper, paper)
        | {"font.size": 11.0, "svg.hashsalt": "skhpo", "text.usetex": False}
    )
