"""The state of a study in one line of text that fits a width.

cells   columns of a terminal: two for a wide character, none for a combining one
head    all but the best candidate's parameters
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any

# Seconds from one state to the next in a terminal, at least: an eye needs no more; and
# after which it is shown again, as a clock is looked at for.
TERMINAL_PAUSE, TICK = 0.2, 1.0
# A value is cut where not even its beginning says which one it is.
_MAX_VALUE_CELLS = 60
# So many cells of parameters are better than another part of the head.
_LEAST_PARAMS_CELLS = 24


@dataclass(frozen=True)
class Status:
    """What is to be told of a study.

    Parameters
    ----------
    n_done, n_trials : int
        Trials that are done, of how many.
    n_running, n_failed, n_stopped : int
        Folds that run; trials that failed; trials that were stopped.
    elapsed : float
        Seconds since the beginning.
    left : float, default=nan
        Seconds to the end; nan is unknown.
    is_at_most : bool, default=False
        Whether the end may come much earlier.
    best_score : float, default=nan
        Best score so far; nan is none.
    best_metric : str or None, default=None
        Its name, where there are several.
    best_params : dict or None, default=None
        Its candidate.
    is_over : bool, default=False
        Whether the study has ended.
    """

    n_done: int
    n_trials: int
    n_running: int
    n_failed: int
    n_stopped: int
    elapsed: float
    left: float = math.nan
    is_at_most: bool = False
    best_score: float = math.nan
    best_metric: str | None = None
    best_params: dict[str, Any] | None = None
    is_over: bool = False


def describe_status(status: Status, width: float, separator: str = " | ", cut: str = "...") -> str:
    """Say as much as fits.

    Parameters
    ----------
    status : Status
        What is to be told.
    width : float
        Cells; inf for no limit.
    separator, cut : str
        What stands between parts, and for what was cut off.

    Returns
    -------
    text : str
        One line without control characters.
    """
    params = [describe_params(status.best_params or {}, is_short=short) for short in (False, True)]
    for parts in _heads(status):
        head = separator.join(parts)
        for text in dict.fromkeys(params):
            whole = f"{head} {text}" if text else head
            if count_cells(whole) <= width:
                return whole
        if count_cells(head) + 1 + min(_LEAST_PARAMS_CELLS, count_cells(params[1])) <= width:
            break
    return shorten(f"{head} {params[1]}".strip(), width, cut)


def _heads(status: Status) -> Iterator[list[str]]:
    """Parts of the head, fewer each time."""
    of = f"{status.n_done}/{status.n_trials}"
    gone = describe_clock(status.elapsed)
    counts = (("failed", status.n_failed), ("stopped", status.n_stopped))
    problems = [f"{n} {word}" for word, n in counts if n]
    left, best = _describe_left(status), _describe_best(status)
    folds = f"{status.n_running} fold{'s' * (status.n_running != 1)} running"
    long = [folds] * (status.n_running > 0)
    short = [f"{status.n_running} running"] * (status.n_running > 0)
    gone = gone if status.is_over else f"{gone} gone"
    yield [f"{of} candidates", gone, *left, *long, *problems, *best]
    yield [of, gone, *left, *short, *problems, *best]
    yield [of, gone, *left, *problems, *best]
    yield [of, *(left or [gone]), *problems, *best]
    yield [of, *(left or [gone]), *best]


def _describe_left(status: Status) -> list[str]:
    """Say how long it takes yet, if that is known."""
    if status.is_over or math.isnan(status.left):
        return []
    return [f"{'at most ' * status.is_at_most}{describe_duration(status.left)} left"]


def _describe_best(status: Status) -> list[str]:
    """Say the best score, if there is one."""
    if math.isnan(status.best_score):
        return []
    name = "" if status.best_metric is None else f"{status.best_metric} "
    return [f"best {name}{status.best_score:.4g}"]


def describe_params(params: dict[str, Any], *, is_short: bool = False) -> str:
    """Write parameters in the order of their names, numbers to four digits.

    Short names are what stands behind the last ``__``, where that is unambiguous; short values
    of estimators are their classes.
    """
    names = {name: name for name in sorted(params)}
    last = [name.rpartition("__")[2] for name in names]
    if is_short and len(set(last)) == len(last):
        names = dict(zip(names, last, strict=True))
    return ", ".join(f"{names[name]}={_describe_value(params[name], is_short)}" for name in names)


def _describe_value(value: Any, is_short: bool) -> str:
    """Write a value without breaks; a broken ``repr`` must not end a search."""
    if is_short and hasattr(value, "get_params") and not isinstance(value, type):
        return type(value).__name__
    try:
        if isinstance(value, Real) and not isinstance(value, Integral):
            return f"{float(value):.4g}"
        text = value if isinstance(value, str) else str(value)
    except Exception:
        text = type(value).__name__
    return shorten(_printable(" ".join(text.split())), _MAX_VALUE_CELLS, "...")


def _printable(text: str) -> str:
    """Text without control characters, which would move the cursor."""
    return "".join(c if unicodedata.category(c)[0] != "C" else "?" for c in text)


def describe_clock(seconds: float) -> str:
    """Write a duration as ``m:ss`` or ``h:mm:ss``."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def describe_duration(seconds: float) -> str:
    """Write a duration as exactly as an estimate deserves: two digits at most, about."""
    if seconds < 57.5:
        return f"{max(5, 5 * round(seconds / 5))} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours = round(seconds / 3600)
    if minutes < 600:
        return f"{minutes // 60} h {minutes % 60 // 10 * 10:02} min"
    return f"{hours} h" if hours < 48 else f"{round(seconds / 86400)} days"


def count_cells(text: str) -> int:
    """Columns that a text takes in a terminal."""
    if text.isascii():
        return len(text)
    return sum(_cells_of(character) for character in text)


def _cells_of(character: str) -> int:
    """Columns of a character."""
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def shorten(text: str, width: float, cut: str) -> str:
    """Cut a text to a width, and mark it."""
    if count_cells(text) <= width:
        return text
    room = max(0, int(width) - len(cut))
    kept, n_cells = "", 0
    for character in text:
        n_cells += _cells_of(character)
        if n_cells > room:
            break
        kept += character
    return (kept + cut)[: int(width)] if room == 0 else kept + cut
