"""Images of matplotlib's without what nobody sees."""

import io
import re

import numpy as np
import pytest

pytest.importorskip("matplotlib")

from matplotlib import rc_context
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from skhpo._report.compact import compact

N = 400


def draw(make):
    """An image of what `make` draws, as matplotlib writes it."""
    figure = Figure(figsize=(4.8, 3.5))
    make(figure.add_subplot())
    buffer = io.BytesIO()
    with rc_context({"svg.hashsalt": "test"}):
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    return buffer.getvalue().decode("utf-8")


def marks(ax, n=N):
    """Two kinds of marks, and one alone."""
    x, y = np.random.default_rng(0).uniform(size=(2, n))
    ax.scatter(x, y, color="#123456", alpha=0.5)
    ax.scatter(y, x, color="#654321")
    ax.scatter([0.5], [0.5], color="#abcdef", marker="*")


def test_every_mark_is_there_in_its_place_and_colour():
    plain = draw(marks)
    image = compact(plain)
    assert len(image) < 0.4 * len(plain)
    for colour in ("#123456", "#654321"):
        places = re.findall(rf'x="(.*?)" y="(.*?)" style="fill: {colour}', plain)
        name = re.search(rf'<marker id="([^"]*)"[^>]*><use [^>]*fill:{colour}', image)[1]
        points = re.search(rf'points="([^"]*)" fill="none" marker-start="url.#{name}.', image)[1]
        found = np.array([point.split(",") for point in points.split()], dtype=float)
        assert len(found) == N
        assert np.abs(found - np.array(places, dtype=float)).max() <= 0.05
    assert image.count("fill:#abcdef") == 1


def test_lines_are_shorter_and_where_they_were():
    lines = np.random.default_rng(0).uniform(size=(N, 4, 2))
    plain = draw(lambda ax: ax.add_collection(LineCollection(list(lines), alpha=0.123456)))
    image = compact(plain)
    assert len(image) < 0.75 * len(plain)
    before, after = (
        [
            np.array(re.findall(r"-?[\d.]+", path), dtype=float)
            for path in re.findall(r'd="([^"]*)"[^>]*clip-path[^>]*opacity: ?0.123', text)
        ]
        for text in (plain, image)
    )
    assert len(after) == len(before) == N
    assert np.abs(np.array(after) - before).max() <= 0.005 + 1e-9


def test_names_are_not_in_an_image():
    plain = draw(lambda ax: ax.set_xlabel('a name <use x="1">'))
    assert "a name" in plain
    image = compact(plain)
    assert "a name" not in image
    assert "<!--" not in image


def test_numbers_that_scale_stay_exact():
    image = compact(draw(lambda ax: ax.set_xlabel("name")))
    assert 'transform="scale(0.015625)"' in image
