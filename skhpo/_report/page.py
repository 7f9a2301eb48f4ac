"""The page of a report: words first, then pictures, then the table of trials.

The page asks for nothing from elsewhere, and its policy forbids it: the style and the script
that run are those whose digests it names, images are in the page itself.
"""

from __future__ import annotations

import base64
import hashlib
import math
from collections.abc import Sequence
from importlib.resources import files
from string import Template

from skhpo._html import escape
from skhpo._report.facts import Facts
from skhpo._report.phrases import CLOSE, OPEN, format_seconds
from skhpo._report.pictures import Picture
from skhpo._report.words import Section, summarise, write_words
from skhpo._verdict import count, format_score

_NO_MATPLOTLIB = (
    "Pictures need matplotlib, which is not installed: run `pip install skhpo[plot]` and write "
    "the report again."
)


def build_page(facts: Facts, pictures: Sequence[Picture] | None, trials: str) -> str:
    """Build the page.

    Parameters
    ----------
    facts : Facts
        What its words say.
    pictures : sequence of Picture or None
        None without matplotlib.
    trials : str
        The table of trials, as HTML.

    Returns
    -------
    page : str
        HTML.
    """
    style, script = _read("page.css"), _read("page.js")
    of = f" of {escape(facts.estimator)}" if facts.estimator else ""
    title = f"{escape(facts.search)}{of}"
    sections = write_words(facts)
    partial = " Scores with * are of some folds." if facts.n_stopped else ""
    return Template(_read("page.html")).substitute(
        policy=_policy(style, script),
        title=f"{title}: search report",
        style=style,
        script=script,
        kicker="Search report",
        heading=title,
        lede=escape(summarise(facts)),
        figures="\n".join(_figures(facts)),
        candidate=_candidate(facts),
        words="\n".join(map(_section, sections)),
        pictures=_pictures(pictures),
        hint=f"The best first.{partial}",
        trials=trials,
        footer="Written by skhpo; this page asks for nothing from elsewhere.",
    )


def _read(name: str) -> str:
    """File of the package."""
    return (files("skhpo._report") / name).read_text(encoding="utf-8")


def _policy(style: str, script: str) -> str:
    """Content security policy under which only this style and this script run."""
    digests = [
        base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")
        for text in (style, script)
    ]
    return (
        f"default-src 'none'; style-src 'sha256-{digests[0]}'; script-src 'sha256-{digests[1]}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def _figures(facts: Facts) -> list[str]:
    """The numbers that are looked for first."""
    figures = []
    if facts.best is not None:
        over = f"mean over {facts.n_folds} folds" if facts.n_folds > 1 else ""
        note = over if facts.metric == "score" and over else facts.metric
        figures.append(_figure("Best score", format_score(facts.best.score), note))
    if facts.worth is not None and not facts.worth.why:
        low, high = facts.worth.interval
        between = f"95%: {format_score(low)} to {format_score(high)}" if math.isfinite(low) else ""
        figures.append(_figure("Corrected score", format_score(facts.worth.score), between))
    if facts.test is not None:
        low, high = facts.test.interval
        between = count(facts.test.n_rows, "row")
        if math.isfinite(low):
            between += f", {facts.test.level:.0%}: {format_score(low)} to {format_score(high)}"
        figures.append(_figure("Test score", format_score(facts.test.score), between))
    n_failed = facts.n_failed + facts.n_timed_out
    parts = [(facts.n_complete, "complete"), (facts.n_stopped, "stopped"), (n_failed, "failed")]
    note = ", ".join(f"{n} {what}" for n, what in parts if n)
    figures.append(_figure("Trials", str(facts.n_trials), note))
    if math.isfinite(facts.seconds):
        figures.append(_figure("Time", format_seconds(facts.seconds), "of search"))
    return figures


def _figure(label: str, value: str, note: str) -> str:
    """One number with its name."""
    return (
        f'<div><dt>{escape(label)}</dt><dd class="value">{escape(value)}</dd>'
        f'<dd class="note">{escape(note)}</dd></div>'
    )


def _candidate(facts: Facts) -> str:
    """The winner's parameters."""
    if facts.best is None or not facts.best.params:
        return ""
    items = "".join(
        f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>"
        for name, value in facts.best.params
    )
    return f'<section class="candidate"><h2>Winning candidate</h2><dl>{items}</dl></section>'


def _section(section: Section) -> str:
    """Title and paragraphs."""
    paragraphs = "".join(f"<p>{_sentence(text)}</p>" for text in section.sentences)
    return f"<section><h2>{escape(section.title)}</h2>{paragraphs}</section>"


def _sentence(text: str) -> str:
    """Sentence, its quoted parts as code."""
    parts = text.replace(CLOSE, OPEN).split(OPEN)
    return "".join(
        f"<code>{escape(part)}</code>" if number % 2 else escape(part)
        for number, part in enumerate(parts)
    )


def _pictures(pictures: Sequence[Picture] | None) -> str:
    """All pictures, or why there are none."""
    if pictures is None:
        return f"<p>{escape(_NO_MATPLOTLIB)}</p>"
    if not pictures:
        return "<p>The trials do not suffice for a picture.</p>"
    return f'<div class="pictures">\n{"".join(map(_picture, pictures))}</div>'


def _picture(picture: Picture) -> str:
    """One picture, in the colours that the reader has."""
    image = (
        f'<picture><source media="(prefers-color-scheme: dark)" srcset="{picture.dark}">'
        f'<img src="{picture.light}" alt="{escape(picture.title)}. {escape(picture.caption)}" '
        f'width="{picture.width}" height="{picture.height}"></picture>'
    )
    if picture.is_wide:
        label = escape(picture.title)
        image = f'<div class="pan" role="region" aria-label="{label}" tabindex="0">{image}</div>'
    return (
        f"<figure{' class=wide' if picture.is_wide else ''}><figcaption><h3>{escape(picture.title)}"
        f"</h3><p>{escape(picture.caption)}</p></figcaption>{image}</figure>\n"
    )
