"""Names, values and limits on pictures."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.svm import SVC

pytest.importorskip("matplotlib")

import matplotlib.pyplot as plt

from skhpo._display.drawing import (
    COLOURS,
    escape,
    is_dark,
    legend_above,
    low_limit,
    score_colours,
    shorten_names,
    show_value,
    show_values,
)


@pytest.mark.parametrize(
    ("text", "expected"), [("C", "C"), ("$a$_$b", r"\$a\$_\$b"), ("_hidden", " _hidden")]
)
def test_names_are_no_formulas(text, expected):
    assert escape(text) == expected


def test_an_escaped_name_is_drawn_as_it_is():
    figure, ax = plt.subplots()
    ax.set_title(escape("cost_$_and_$x^{"))
    figure.canvas.draw()  # mathtext would raise


@pytest.mark.parametrize(
    ("names", "short"),
    [
        (["C", "clf__C"], ["C", "clf__C"]),
        (["preprocess__numeric__imputer__strategy"], ["…imputer__strategy"]),
        (["first_pipeline__step__C", "second_pipeline__step__C"],
         ["first_pipeline__step__C", "second_pipeline__step__C"]),
        (["a_pipeline__first_step__C", "a_pipeline__other_step__C"],
         ["…first_step__C", "…other_step__C"]),
        (["a_single_name_that_is_longer"], ["a_single_name_that_is_longer"]),
    ],
)  # fmt: skip
def test_of_long_names_the_last_steps_are_shown_that_tell_them_apart(names, short):
    assert list(shorten_names(names).values()) == short


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.000123456, "0.000123"),
        (np.float64(2.0), "2"),
        (10, "10"),
        (None, "None"),
        ("gini", "gini"),
        ((5, 5), "(5, 5)"),
        (SVC(), "SVC()"),
        (LogisticRegression(C=2.0, solver="saga"), "LogisticRegre…"),
        (LogisticRegression, "LogisticRegre…"),
        (np.log, "log"),
    ],
    ids=str,
)
def test_values_are_short(value, text):
    assert show_value(value) == text


def test_values_that_look_alike_are_numbered():
    assert show_values([SVC(C=10, gamma=20), SVC(C=30, gamma=40), "a"]) == ["SVC 1", "SVC 2", "a"]


@pytest.mark.parametrize(
    ("scores", "limit"),
    [
        ([0.9, 0.8, 0.7], -np.inf),
        ([0.9, 0.9, 0.8, 0.8, -30.0], 0.5),
        ([0.5, 0.5], -np.inf),
        ([np.nan], -np.inf),
    ],
)
def test_the_limit_leaves_out_what_would_hide_the_others(scores, limit):
    assert low_limit(np.array(scores)) == pytest.approx(limit)


@pytest.mark.parametrize("style", ["default", "dark_background"])
def test_the_best_scores_stand_out_from_the_background(style):
    with plt.style.context(style):
        ax = plt.subplots()[1]
    assert is_dark(ax) == (style == "dark_background")
    background = np.array(ax.get_facecolor()[:3])
    contrast = [np.abs(np.array(score_colours(ax)(x)[:3]) - background).sum() for x in (0.0, 1.0)]
    assert contrast[1] > contrast[0]


# Brettel and others' matrices for full dichromacy, in linear RGB, as Machado, Oliveira and
# Fernandes (2009) give them, table 1, severity 1.0.
DICHROMATS = {
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
                   [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
                     [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602],
                   [0.004733, 0.691367, 0.303900]],
}  # fmt: skip


def linear(colour):
    """Linear RGB of a colour, by the sRGB standard."""
    from matplotlib.colors import to_rgb

    c = np.array(to_rgb(colour))
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def lab(rgb):
    """CIE L*a*b* of linear sRGB, D65."""
    M = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    t = M @ np.clip(rgb, 0, 1) / [0.9505, 1.0, 1.089]
    f = np.where(t > 216 / 24389, np.cbrt(t), (24389 / 27 * t + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("vision", DICHROMATS)
def test_everybody_tells_the_colours_apart(vision):
    seen = [lab(np.array(DICHROMATS[vision]) @ linear(colour)) for colour in COLOURS[:4]]
    nearest = min(np.linalg.norm(seen[i] - seen[j]) for i in range(len(seen)) for j in range(i))
    # A difference of 2.3 is just noticed by who looks closely; ten is seen at a glance.
    assert nearest > 10.0


@pytest.mark.parametrize("background", ["white", "black"])
def test_lines_are_seen_on_light_and_dark(background):
    def luminance(colour):
        return float(linear(colour) @ [0.2126, 0.7152, 0.0722]) + 0.05

    for colour in COLOURS[:4]:
        ratio = luminance(colour) / luminance(background)
        # WCAG 2.1, 1.4.11 asks for 3 of what is not text; the purple is a mark beside others.
        assert max(ratio, 1 / ratio) > 2.9


@pytest.mark.parametrize(("width", "n_columns"), [(3.5, 2), (9.0, 4)])
def test_a_legend_has_as_many_columns_as_fit(width, n_columns):
    ax = plt.subplots(figsize=(width, 3.0))[1]
    for label in ["best so far, 0.871", "corrected, 0.849", "by the model", "failed"]:
        ax.plot([0], [0], label=label)
    legend_above(ax)
    assert ax.get_legend()._ncols == n_columns


def test_nothing_to_explain_has_no_legend():
    ax = plt.subplots()[1]
    legend_above(ax)
    assert ax.get_legend() is None
