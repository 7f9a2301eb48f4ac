"""Images as matplotlib writes them, without what nobody sees.

A mark takes a hundred bytes in them and a line two hundred, of which most is said of every
other one too, or is a thousandth of a pixel. A report has each image twice.
"""

from __future__ import annotations

import re

# Of a point, 1/72 inch: a mark's place is less exact than its outline.
_PLACE_DECIMALS, _OUTLINE_DECIMALS = 1, 2
# Of a strength, and of a line's width in points.
_STYLE_DECIMALS = 3
_MARK = r'<use xlink:href="#{}" x="[^"]*" y="[^"]*" style="{}"/>'
# Marks of one kind that follow each other.
_RUN = re.compile(
    _MARK.format(r"(?P<name>\w+)", r"(?P<style>[^\"]*)")
    + rf"(?:\s*{_MARK.format(r'(?P=name)', r'(?P=style)')})+"
)
_PLACE = re.compile(r' x="([^"]*)" y="([^"]*)"')
_COMMENT = re.compile(r"<!--.*?-->|<metadata>.*?</metadata>", re.DOTALL)
_PATH = re.compile(r' d="([^"]*)"')
_STYLE = re.compile(r' style="([^"]*)"')
_NUMBER = re.compile(r"-?\d+\.\d+")


def compact(image: str) -> str:
    """Image that looks the same, an SVG of matplotlib's that has its text as paths."""
    image = _COMMENT.sub("", image)
    image = _RUN.sub(_join, image)
    image = _PATH.sub(lambda found: f' d="{_shorten(found[1])}"', image)
    image = _STYLE.sub(lambda found: f' style="{_tighten(found[1])}"', image)
    return re.sub(r">\s+<", "><", image)


def _join(run: re.Match[str]) -> str:
    """Marks as the corners of one line, which itself is not drawn."""
    places = _PLACE.findall(run[0])
    points = " ".join(
        f"{_round(x, _PLACE_DECIMALS)},{_round(y, _PLACE_DECIMALS)}" for x, y in places
    )
    # A name of its own: the same mark may be there in another style.
    name = f"{run['name']}-{run.start()}"
    uses = "".join(f' marker-{where}="url(#{name})"' for where in ("start", "mid", "end"))
    return (
        f'<marker id="{name}" overflow="visible" markerUnits="userSpaceOnUse">'
        f'<use xlink:href="#{run["name"]}" style="{run["style"]}"/></marker>'
        f'<polyline points="{points}" fill="none"{uses}/>'
    )


def _shorten(path: str) -> str:
    """Path with its numbers rounded, on one line."""
    path = _NUMBER.sub(lambda found: _round(found[0], _OUTLINE_DECIMALS), path)
    return re.sub(r"\s*([A-Za-z])\s*", r"\1", path).strip()


def _tighten(style: str) -> str:
    """Style without spaces, its numbers rounded."""
    style = _NUMBER.sub(lambda found: _round(found[0], _STYLE_DECIMALS), style)
    return style.replace(": ", ":").replace("; ", ";")


def _round(number: str, decimals: int) -> str:
    """Number, rounded, as short as it can be written."""
    return f"{float(number):.{decimals}f}".rstrip("0").rstrip(".")
