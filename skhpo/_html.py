"""Small pieces of HTML for notebooks, with their own style, every text escaped.

Colours come from the page, so that they read in light and dark.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from typing import Any

_BOX = (
    "font-family:system-ui,sans-serif;line-height:1.45;max-width:46em;margin:0 0 .6em;"
    "padding:.6em .9em;"
    "border:1px solid rgba(128,128,128,.45);border-radius:6px"
)
_LIST = "margin:.4em 0 0;padding:0"
# A label that leaves its value less than 16 em stands above it.
_ROW = (
    "display:flex;flex-wrap:wrap;column-gap:1em;padding:.25em 0;"
    "border-top:1px solid rgba(128,128,128,.25)"
)
_LABEL = "flex:0 0 9em;margin:0;font-weight:normal;opacity:.75"
_VALUE = "flex:1 1 16em;margin:0;overflow-wrap:anywhere"

_TABLE = (
    "border-collapse:collapse;font-family:system-ui,sans-serif;font-variant-numeric:tabular-nums"
)
_CELL = "padding:.25em 1em .25em 0;border-bottom:1px solid rgba(128,128,128,.25)"


def escape(text: Any) -> str:
    """Text of a page: no markup, no control characters, nothing that UTF-8 cannot write."""
    plain = re.sub(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]", "\ufffd", str(text))
    return html.escape(plain, quote=True)


def box(name: str, headline: str, rows: Sequence[tuple[str, str]]) -> str:
    """Box with a name, a headline and labelled values.

    Parameters
    ----------
    name, headline : str
        In its first line; the headline is strong.
    rows : sequence of (str, str)
        Labels and values.
    """
    lines = "".join(
        f'<div style="{_ROW}"><dt style="{_LABEL}">{escape(label)}</dt>'
        f'<dd style="{_VALUE}">{escape(value)}</dd></div>'
        for label, value in rows
    )
    return (
        f'<div style="{_BOX}"><div style="overflow-wrap:anywhere">{escape(name)} '
        f"<strong>{escape(headline)}</strong></div>"
        f'<dl style="{_LIST}">{lines}</dl></div>'
    )


def table(rows: Sequence[Sequence[str]], below: str = "", *, is_text: Sequence[bool]) -> str:
    """Small table.

    Parameters
    ----------
    rows : sequence of sequence of str
        Texts; the first row has the names of the columns.
    below : str, default=""
        A line under it.
    is_text : sequence of bool
        Which columns are text; the others are numbers, and stand at the right.
    """
    head, *body = (_line(row, "td" if number else "th", is_text) for number, row in enumerate(rows))
    under = f'<div style="margin-top:.3em;opacity:.75">{escape(below)}</div>' if below else ""
    return (
        f'<div style="overflow-x:auto"><table style="{_TABLE}"><thead>{head}</thead>'
        f"<tbody>{''.join(body)}</tbody></table>{under}</div>"
    )


def _line(cells: Sequence[str], tag: str, is_text: Sequence[bool]) -> str:
    """One row."""
    each = (
        f'<{tag} style="{_CELL};text-align:{"left" if left else "right"}">{escape(cell)}</{tag}>'
        for cell, left in zip(cells, is_text, strict=True)
    )
    return f"<tr>{''.join(each)}</tr>"
