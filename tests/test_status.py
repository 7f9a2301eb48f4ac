"""The state of a study fits its line, and says the most important first."""

import math
from dataclasses import replace

import pytest
from sklearn.svm import SVC

from skhpo._status import (
    Status,
    count_cells,
    describe_clock,
    describe_duration,
    describe_params,
    describe_status,
    shorten,
)

RUNNING = Status(
    n_done=12,
    n_trials=40,
    n_running=4,
    n_failed=1,
    n_stopped=2,
    elapsed=42.0,
    left=80.0,
    best_score=0.966666,
    best_params={"svc__gamma": 0.012345, "svc__C": 10},
)


@pytest.mark.parametrize(
    ("width", "text"),
    [
        (
            math.inf,
            "12/40 candidates | 0:42 gone | 1 min left | 4 folds running | 1 failed | 2 stopped"
            " | best 0.9667 svc__C=10, svc__gamma=0.01235",
        ),
        (
            110,
            "12/40 | 0:42 gone | 1 min left | 4 running | 1 failed | 2 stopped"
            " | best 0.9667 svc__C=10, svc__gamma=0.01235",
        ),
        (
            100,
            "12/40 | 0:42 gone | 1 min left | 4 running | 1 failed | 2 stopped"
            " | best 0.9667 C=10, gamma=0.01235",
        ),
        (
            79,
            "12/40 | 1 min left | 1 failed | 2 stopped | best 0.9667 C=10, gamma=0.01235",
        ),
        (39, "12/40 | 1 min left | best 0.9667 C=1..."),
        (10, "12/40 |..."),
        (2, ".."),
    ],
)
def test_the_most_that_fits(width, text):
    assert describe_status(RUNNING, width) == text


def test_an_estimator_has_its_class_where_there_is_little_room():
    best = replace(RUNNING, best_params={"m": SVC(C=3.0, kernel="poly"), "m__gamma": 0.5})
    assert describe_status(best, math.inf).endswith("m=SVC(C=3.0, kernel='poly'), m__gamma=0.5")
    assert describe_status(best, 96).endswith("best 0.9667 m=SVC, gamma=0.5")


LONG = {"estimator": "漢字 " * 40, "b": "\x1b[31mred\n", "c": [1] * 99, "d": None, "e": "e\u0301"}


@pytest.mark.parametrize("width", [1, 2, 3, 5, 20, 39, 79, 200])
@pytest.mark.parametrize("params", [{}, None, {"a": 1}, LONG], ids=["no", "none", "one", "long"])
@pytest.mark.parametrize("score", [math.nan, -1e300, 0.5])
def test_no_text_is_wider_or_moves_the_cursor(width, params, score):
    status = replace(RUNNING, best_params=params, best_score=score)
    text = describe_status(status, width, " · ", "…")
    assert count_cells(text) <= width
    assert text.replace("\u0301", "").isprintable()


def test_what_is_not_known_is_not_said():
    begun = Status(0, 5, 0, 0, 0, 0.0)
    assert describe_status(begun, 80) == "0/5 candidates | 0:00 gone"
    over = replace(RUNNING, is_over=True, n_running=0, n_stopped=0, n_failed=0, best_metric="f1")
    assert describe_status(over, 80) == (
        "12/40 candidates | 0:42 | best f1 0.9667 svc__C=10, svc__gamma=0.01235"
    )


def test_an_end_that_may_come_early_is_called_so():
    assert "at most 1 min left" in describe_status(replace(RUNNING, is_at_most=True), 120)


@pytest.mark.parametrize(
    ("params", "text"),
    [
        ({"a__x": 1, "b__x": 2}, "a__x=1, b__x=2"),
        ({"a__x": 1, "b__y": 2}, "x=1, y=2"),
        ({"z": 1.0, "a": 1 / 3, "m": "s"}, "a=0.3333, m=s, z=1"),
    ],
)
def test_short_names_are_not_mistaken(params, text):
    assert describe_params(params, is_short=True) == text


class Broken:
    def __repr__(self):
        raise RuntimeError("broken")


def test_a_value_that_cannot_be_written_has_its_class():
    assert describe_params({"a": Broken()}) == "a=Broken"


@pytest.mark.parametrize(
    ("seconds", "clock", "about"),
    [
        (0.0, "0:00", "5 s"),
        (13.0, "0:13", "15 s"),
        (57.0, "0:57", "55 s"),
        (59.9, "0:59", "1 min"),
        (600.0, "10:00", "10 min"),
        (3600.0, "1:00:00", "1 h 00 min"),
        (5400.0, "1:30:00", "1 h 30 min"),
        (36e3, "10:00:00", "10 h"),
        (864e3, "240:00:00", "10 days"),
    ],
)
def test_durations(seconds, clock, about):
    assert describe_clock(seconds) == clock
    assert describe_duration(seconds) == about


def test_cut_between_wide_characters():
    assert shorten("漢字漢字", 6, "…") == "漢字…"
    assert shorten("漢字漢字", 8, "…") == "漢字漢字"
