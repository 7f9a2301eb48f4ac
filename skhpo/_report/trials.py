"""The table of trials, which is read without a script; with one, its heads sort it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from skhpo._display.drawing import cut
from skhpo._history import History
from skhpo._html import escape
from skhpo._report.reading import describe_value
from skhpo._verdict import format_score

_MISSING = "\u2013"


@dataclass(frozen=True)
class Cell:
    """What a cell shows, and what it is sorted by.

    Parameters
    ----------
    text : str
        As a user may have named it.
    key : float or None, default=None
        A number, nan where it is missing; None sorts by `text`.
    title : str, default=""
        More of it, shown on demand.
    """

    text: str
    key: float | None = None
    title: str = ""


def trials_table(history: History, best: int | None) -> str:
    """Table of all trials, the best first, then in the order of their scores."""
    names = sorted({name for trial in history.trials for name in trial.params})
    head = ["trial", history.label, "std. error", *names, "status", "origin", "fit s"]
    scores = np.where(np.isnan(history.scores), -np.inf, history.scores)
    # Complete ones first: the score of a stopped trial is of some folds.
    order = sorted(
        range(len(scores)),
        key=lambda row: (row != best, not history.is_complete[row], -scores[row]),
    )
    rows = "\n".join(_row(history, row, names, is_best=row == best) for row in order)
    heads = "".join(
        f'<th scope="col"{" class=n" if number in (0, 1, 2, len(head) - 1) else ""}>'
        f"{escape(name)}</th>"
        for number, name in enumerate(head)
    )
    return f"<table id=trials><thead><tr>{heads}</tr></thead>\n<tbody>\n{rows}\n</tbody></table>"


def _row(history: History, row: int, names: Sequence[str], *, is_best: bool) -> str:
    """One trial."""
    trial = history.trials[row]
    seconds = [s for s in trial.fit_seconds if math.isfinite(s)]
    mean_seconds = float(np.mean(seconds)) if seconds else math.nan
    is_partial = trial.status == "stopped"
    cells = [
        _number(trial.number, str(trial.number)),
        _number(history.scores[row], format_score(history.scores[row]) + ("*" * is_partial)),
        _number(history.errors[row], f"{history.errors[row]:.2g}"),
        *(_parameter(trial.params, name) for name in names),
        Cell(trial.status.replace("_", " "), None, trial.why),
        Cell(trial.origin),
        _number(mean_seconds, f"{mean_seconds:.2g}"),
    ]
    is_number = [True] * 3 + [False] * (len(names) + 2) + [True]
    line = "".join(map(_td, cells, is_number))
    mark = "best" if is_best else "" if trial.status == "complete" else trial.status
    return f"<tr class={mark}>{line}</tr>" if mark else f"<tr>{line}</tr>"


def _number(value: float, text: str) -> Cell:
    """Cell of a number."""
    is_known = math.isfinite(value)
    return Cell(text if is_known else _MISSING, float(value) if is_known else math.nan)


def _parameter(params: dict[str, Any], name: str) -> Cell:
    """Cell of a parameter, empty where the trial does not have it."""
    if name not in params:
        return Cell(_MISSING, math.nan)
    value = params[name]
    text = describe_value(value)
    is_number = isinstance(value, int | float | np.number) and not isinstance(value, bool)
    short = cut(text, 40)
    return Cell(short, float(value) if is_number else None, "" if short == text else text)


def _is_own_key(cell: Cell) -> bool:
    """Whether the number stands there in full."""
    try:
        return float(cell.text) == cell.key
    except ValueError:
        return False


def _td(cell: Cell, is_number: bool) -> str:
    """Cell as HTML."""
    kind = " class=n" if is_number else ""
    sort = "" if cell.key is None or _is_own_key(cell) else f' data-k="{cell.key:.12g}"'
    title = f' title="{escape(cell.title)}"' if cell.title else ""
    return f"<td{kind}{sort}{title}>{escape(cell.text)}</td>"
