"""What a notebook shows of a fitted search: its best score, what that is worth, how it ended."""

from __future__ import annotations

import math
from typing import Any

from skhpo._history import label_metric
from skhpo._html import box
from skhpo._report.phrases import format_seconds
from skhpo._report.reading import describe_value, name_searched
from skhpo._verdict import count, format_score


def essentials_html(search: Any) -> str:
    """Element with the essentials of a search, escaped throughout; empty before a fit."""
    if not hasattr(search, "trials_"):
        return ""
    name = f"{type(search).__name__} of {name_searched(search)}:"
    rows = [(label, value) for label, value in _describe(search) if value]
    return box(name, _headline(search), rows)


def _headline(search: Any) -> str:
    """Best score."""
    if hasattr(search, "best_score_"):
        return f"best {label_metric(search)} {format_score(float(search.best_score_))}"
    if hasattr(search, "best_index_"):
        return f"winner trial {search.best_index_}, chosen by a function"
    return "no winner"


def _describe(search: Any) -> list[tuple[str, str]]:
    """Labels and values, empty where there is nothing to say."""
    params = getattr(search, "best_params_", {})
    shown = (f"{name}={describe_value(value)}" for name, value in params.items())
    # A fit that was interrupted before any trial has none of its own time.
    nouns = {"complete": "", "interrupted": "an interrupt"}
    ended = nouns.get(search.stop_reason_, search.stop_reason_.replace("_", " "))
    return [
        ("corrected", _describe_worth(search)),
        ("test score", _describe_test(search)),
        ("candidate", ", ".join(shown)),
        ("trials", _describe_trials(search)),
        ("time", format_seconds(search.search_time_)),
        ("ended by", ended),
    ]


def _describe_worth(search: Any) -> str:
    """Corrected score and its interval, or why there is none."""
    if not hasattr(search, "best_index_"):
        return ""
    correction = search.correction_
    if correction.why:
        return f"none: {correction.why}"
    low, high = correction.interval
    text = format_score(correction.score)
    if math.isfinite(low):
        text += f", 95% interval {format_score(low)} to {format_score(high)}"
    return text


def _describe_test(search: Any) -> str:
    """Test score and its interval."""
    report = getattr(search, "test_report_", None)
    if report is None:
        return ""
    low, high = report.interval
    text = f"{format_score(report.score)} on {count(report.n_rows, 'row')}"
    if math.isfinite(low):
        text += (
            f", {report.interval_level:.0%} interval {format_score(low)} to {format_score(high)}"
        )
    return text


def _describe_trials(search: Any) -> str:
    """Number of trials, and of those that are not complete."""
    statuses = [trial.status for trial in search.trials_]
    others = ", ".join(
        f"{statuses.count(status)} {status.replace('_', ' ')}"
        for status in ("stopped", "failed", "timed_out")
        if status in statuses
    )
    return f"{len(statuses)}, {others}" if others else str(len(statuses))
