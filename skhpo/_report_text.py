"""The report of a test set in words: its rows, as text and as HTML."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from skhpo._html import box
from skhpo._verdict import count, explain_gap, format_score, judge_size

if TYPE_CHECKING:
    from skhpo._test_report import TestReport


def to_text(report: TestReport) -> str:
    """Write the report as lines."""
    rows = [f"  {label}: {value}" for label, value in _describe(report)]
    return "\n".join([f"{_name(report)} {_headline(report)}", *rows])


def to_html(report: TestReport) -> str:
    """Write the report as an element with its own style, escaped throughout."""
    return box(_name(report), _headline(report), _describe(report))


def _name(report: TestReport) -> str:
    """Name of the metric, as a single one is called with what was scored."""
    return f"{report.metric} ({report.scoring})" if report.scoring else report.metric


def _headline(report: TestReport) -> str:
    """Score and rows."""
    return f"{format_score(report.score)} on {count(report.n_rows, 'test row')}"


def _describe(report: TestReport) -> list[tuple[str, str]]:
    """Labels and values, those that there are."""
    others = ", ".join(
        f"{name} {format_score(value)}"
        for name, value in report.metrics.items()
        if name != report.metric
    )
    sentences = [
        explain_gap(report.best_score, report.score, report.optimism, report.n_candidates),
        judge_size(
            report.best_score, report.score, report.interval, report.interval_level, report.n_rows
        ),
    ]
    rows = [
        (f"{report.interval_level:.0%} interval", _describe_interval(report)),
        ("validation", _describe_validation(report)),
        ("corrected", _describe_correction(report)),
        ("gap", " ".join(filter(None, sentences))),
        ("other metrics", others),
        ("seen before", "" if report.overlap is None else str(report.overlap)),
        ("score() before", _describe_score_calls(report)),
        ("scored", _describe_time(report)),
    ]
    return [(label, value) for label, value in rows if value]


def _describe_interval(report: TestReport) -> str:
    """Interval of the test score and its method, or why there is none."""
    if math.isnan(report.interval[0]):
        return report.interval_method or "none"
    return f"{_between(report.interval)} ({report.interval_method})"


def _describe_validation(report: TestReport) -> str:
    """Validation score, and what it is the best of."""
    if math.isnan(report.best_score):
        return ""
    score = format_score(report.best_score)
    among = count(report.n_candidates, "candidate") if report.n_candidates else "the search"
    if report.chosen_by:
        return f"{score}, of the winner of {among}, chosen by {report.chosen_by}"
    return f"{score}, the best of {among}" if report.n_candidates != 1 else f"{score}, of {among}"


def _describe_correction(report: TestReport) -> str:
    """Corrected score and its interval, or why there is none."""
    if math.isnan(report.corrected_score):
        return f"none: {report.correction_method}" if report.correction_method else ""
    text = format_score(report.corrected_score)
    if not math.isnan(report.corrected_interval[0]):
        text += f", 95% interval {_between(report.corrected_interval)}"
    return f"{text} ({report.correction_method})" if report.correction_method else text


def _describe_score_calls(report: TestReport) -> str:
    """Say how often ``score`` saw test rows before they were scored."""
    n_calls, n_seen = report.score_calls
    if not n_calls:
        return ""
    times = "once" if n_calls == 1 else f"{n_calls} times"
    return f"called {times}, on {n_seen} of these rows"


def _describe_time(report: TestReport) -> str:
    """When it was scored, and how long it took."""
    parts = [report.scored_at] if report.scored_at else []
    if not math.isnan(report.score_seconds):
        parts.append(f"in {report.score_seconds:.3g} s")
    return ", ".join(parts)


def _between(interval: tuple[float, float]) -> str:
    """Write the ends of an interval."""
    return f"{format_score(interval[0])} to {format_score(interval[1])}"
