"""The gap between validation and test score in words: every sign and size."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest

from skhpo._verdict import count, explain_gap, format_part, format_score, judge_size

GAPS = [
    # best, score, optimism, candidates, sentence
    (0.943, 0.912, 0.024, 60, "Of the 0.031 by which validation led the test score, an estimated "
     "0.024 was chance in choosing."),
    (0.943, 0.912, 0.0311, 60, "Of the 0.031 by which validation led the test score, an estimated "
     "0.031 was chance in choosing."),
    (0.943, 0.912, 0.05, 60, "Validation led the test score by 0.031, less than the 0.050 that "
     "chance in choosing was estimated to give."),
    (0.943, 0.912, -0.001, 60, "Validation led the test score by 0.031; chance in choosing was "
     "estimated to have no part in it."),
    (0.943, 0.912, 1e-9, 60, "Validation led the test score by 0.031; chance in choosing was "
     "estimated to have no part in it."),
    (0.90, 0.912, 0.02, 60, "The test score is 0.012 above validation, although chance in choosing "
     "was estimated to give validation a lead of 0.020."),
    (0.90, 0.912, -0.02, 60, "The test score is 0.012 above validation."),
    (0.912, 0.912, 0.02, 60, "Validation and test score are as good as equal, although chance in "
     "choosing was estimated to give validation a lead of 0.020."),
    (0.9120001, 0.912, 0.02, 60, "Validation and test score are as good as equal, although chance "
     "in choosing was estimated to give validation a lead of 0.020."),
    (0.912, 0.912, -0.02, 60, "Validation and test score are as good as equal."),
    (1.0, 1.0, 0.0, 60, "Validation and test score are equal."),
    (0.0, 0.0, 0.0, 60, "Validation and test score are equal."),
    (0.1 + 0.2, 0.3, math.nan, 60, "Validation and test score are equal."),
    (0.1 + 0.2, 0.3, 1e-17, 60, "Validation and test score are equal."),
    (0.943, 0.912, math.nan, 60, "Validation led the test score by 0.031."),
    (0.90, 0.912, math.nan, 60, "The test score is 0.012 above validation."),
    (0.943, 0.912, 0.0, 1, "Validation led the test score by 0.031. There was one candidate: "
     "nothing was chosen."),
    (-0.30, -0.35, 0.012, 60, "Of the 0.050 by which validation led the test score, an estimated "
     "0.012 was chance in choosing."),
    (-121000.0, -123500.0, 1294.0, 60, "Of the 2500 by which validation led the test score, an "
     "estimated 1300 was chance in choosing."),
    (4e-7, 3.1e-7, 2e-8, 60, "Of the 9e-08 by which validation led the test score, an estimated "
     "2e-08 was chance in choosing."),
    (math.nan, 0.9, 0.1, 60, ""),
    (math.inf, 0.9, 0.1, 60, ""),
    (0.9, -math.inf, 0.1, 60, ""),
]  # fmt: skip


@pytest.mark.parametrize(("best", "score", "optimism", "n", "sentence"), GAPS)
def test_the_gap_in_words(best, score, optimism, n, sentence):
    assert explain_gap(best, score, optimism, n) == sentence


def test_no_sentence_contradicts_its_numbers():
    rng = np.random.default_rng(0)
    for _ in range(3000):
        scale = 10.0 ** rng.uniform(-9, 9)
        best, score = rng.normal(size=2) * scale
        optimism = rng.normal() * scale * 10.0 ** rng.uniform(-4, 1)
        text = explain_gap(best, score, optimism, 9)
        numbers = [float(n) for n in re.findall(r"\d+(?:\.\d+)?(?:e[-+]\d+)?(?=[ ;,.]|$)", text)]
        if text.startswith("Of the"):
            assert numbers[0] >= numbers[1] > 0
        if "less than the" in text:
            assert 0 < numbers[0] < numbers[1]
        if "led" in text:
            assert best > score
        if "above validation" in text:
            assert score > best
        assert text.endswith(".")


def test_a_small_test_set_is_named_in_words():
    assert judge_size(0.943, 0.912, (0.85, 0.96), 0.95, 114) == (
        "114 test rows cannot tell the two apart: the interval, 0.11 wide, holds the validation "
        "score too."
    )


@pytest.mark.parametrize(("best", "side"), [(0.99, "above"), (0.8, "below")])
def test_a_gap_beyond_the_interval_is_named_too(best, side):
    assert judge_size(best, 0.912, (0.85, 0.96), 0.9, 114) == (
        f"The validation score is {side} the 90% interval: chance in the test rows "
        "alone hardly explains the gap, but the validation score has an error of its own."
    )


@pytest.mark.parametrize(
    ("best", "interval"),
    [
        (0.912, (0.85, 0.96)),
        (math.nan, (0.85, 0.96)),
        (0.943, (math.nan, math.nan)),
        # Equal draws: the interval is known to be too narrow.
        (0.943, (0.912, 0.912)),
    ],
)
def test_what_cannot_be_judged_is_not(best, interval):
    assert judge_size(best, 0.912, interval, 0.95, 114) == ""


@pytest.mark.parametrize(
    ("score", "text"),
    [(0.91234, "0.9123"), (1.0, "1"), (-123456.7, "-123457"), (1e12, "1e+12"), (3e-7, "3e-07"),
     (math.nan, "nan"), (-math.inf, "-inf")],
)  # fmt: skip
def test_scores_are_short(score, text):
    assert format_score(score) == text


def test_parts_have_the_decimals_of_the_whole():
    assert format_part(0.0042, 0.031) == "0.004"
    assert format_part(-7.0, 1234.0) == "0"
    assert [count(1, "row"), count(2, "row")] == ["1 row", "2 rows"]
