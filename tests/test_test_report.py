"""The report of a test set and the interval of its score."""

from __future__ import annotations

import math
import pickle
import time
import warnings
from html.parser import HTMLParser

import numpy as np
import pytest
from scipy import stats

from skhpo._overlap import Overlap
from skhpo._test_report import MAX_DRAWS, TestReport, bootstrap_interval


def mean_of(values):
    return lambda rows: values[rows].mean()


# Interval -----------------------------------------------------------------------------


def test_interval_of_a_mean_is_the_normal_one():
    values = np.random.default_rng(0).standard_normal(400)
    interval = bootstrap_interval(mean_of(values), 400)
    error = values.std() / 20
    # Ends by 200 draws have a standard error of about 0.19 of the mean's: four of them.
    for end, quantile in ((interval.low, 0.025), (interval.high, 0.975)):
        assert end == pytest.approx(
            values.mean() + stats.norm.ppf(quantile) * error, abs=0.8 * error
        )
    assert interval.n_draws == MAX_DRAWS
    assert interval.method == "bootstrap over test rows, 200 draws"


def test_interval_covers_the_mean_of_fresh_rows():
    rng = np.random.default_rng(1)
    n_covered = 0
    for seed in range(100):
        interval = bootstrap_interval(mean_of(rng.standard_normal(60)), 60, seed=seed)
        n_covered += interval.low <= 0.0 <= interval.high
    # 94 % at 60 rows; below 84 once in 10^4.
    assert n_covered >= 84


def test_draws_depend_on_the_seed_and_their_number_alone():
    drawn = []
    bootstrap_interval(lambda rows: drawn.append(rows) or 1.0, 30, seed=5, max_draws=60)
    again = []
    bootstrap_interval(lambda rows: again.append(rows) or 1.0, 30, seed=5, max_draws=100)
    np.testing.assert_array_equal(drawn, again[:60])
    values = np.arange(30.0)
    assert bootstrap_interval(mean_of(values), 30, seed=0) == bootstrap_interval(
        mean_of(values), 30, seed=0
    )
    assert bootstrap_interval(mean_of(values), 30, seed=0) != bootstrap_interval(
        mean_of(values), 30, seed=1
    )


def test_groups_are_drawn_whole():
    groups = np.array(["b", "a", "a", "c", "b", "a"])

    def score(rows):
        counts = np.bincount(rows, minlength=6)
        for label in "abc":
            assert len(set(counts[groups == label])) == 1
        return float(len(rows))

    interval = bootstrap_interval(score, 6, groups=groups)
    assert interval.method.startswith("bootstrap over test groups, 200 draws")
    assert interval.low < 6 < interval.high


def test_rows_that_depend_on_each_other_widen_the_interval_by_group():
    values = np.repeat(np.random.default_rng(0).standard_normal(40), 10)
    groups = np.arange(400) // 10
    by_row = bootstrap_interval(mean_of(values), 400)
    by_group = bootstrap_interval(mean_of(values), 400, groups=groups)
    ratio = (by_group.high - by_group.low) / (by_row.high - by_row.low)
    assert ratio == pytest.approx(math.sqrt(10), rel=0.25)


def test_draws_that_cannot_be_scored_are_left_out_and_counted():
    y = np.array([0] * 18 + [1, 1])

    def score(rows):
        if y[rows].min() == y[rows].max():
            raise ValueError("only one class")
        return y[rows].mean()

    interval = bootstrap_interval(score, 20)
    n_left_out = MAX_DRAWS - interval.n_draws
    # Both classes are in a draw with probability 1 - 0.9^20 = 0.88.
    assert 5 < n_left_out < 50
    assert interval.method.endswith(f"{n_left_out} left out that could not be scored")
    assert interval.low > 0.0


def test_scores_that_are_not_finite_are_left_out():
    interval = bootstrap_interval(lambda rows: np.nan if rows[0] else 0.5, 2)
    assert 60 < interval.n_draws < 140
    assert (interval.low, interval.high) == (0.5, 0.5)


def test_warnings_of_a_draw_are_not_the_users():
    def score(rows):
        warnings.warn("no positive rows", UserWarning, stacklevel=1)
        return float(rows.mean())

    assert bootstrap_interval(score, 10).n_draws == MAX_DRAWS


def test_an_interrupt_ends_the_draws():
    def score(rows):
        raise KeyboardInterrupt("now")

    with pytest.raises(KeyboardInterrupt, match="now"):
        bootstrap_interval(score, 10)


def test_equal_draws_say_that_the_interval_is_too_narrow():
    interval = bootstrap_interval(lambda rows: 1.0, 10)
    assert (interval.low, interval.high) == (1.0, 1.0)
    assert interval.method.endswith("all equal, so that it is too narrow")


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"n_rows": 1}, "fewer than two test rows"),
        ({"n_rows": 5, "groups": [1] * 5}, "fewer than two test groups"),
        ({"n_rows": 5, "max_draws": 49}, "only 49 draws were scored in 2 s, of 50 needed"),
    ],
)
def test_no_interval_says_why(options, why):
    interval = bootstrap_interval(lambda rows: 1.0, **options)
    assert math.isnan(interval.low)
    assert math.isnan(interval.high)
    assert interval.n_draws == 0
    assert interval.method.startswith(f"none: {why}") or why in interval.method


def test_a_slow_scorer_ends_with_the_time():
    calls = []

    def score(rows):
        calls.append(rows)
        time.sleep(0.02)
        return 1.0

    interval = bootstrap_interval(score, 10, max_seconds=0.2)
    # The one that passes the limit is the last.
    assert len(calls) <= 11
    assert math.isnan(interval.low)
    assert "of 50 needed" in interval.method


def test_a_scorer_that_always_fails_gives_no_interval():
    def score(rows):
        raise ValueError("no")

    interval = bootstrap_interval(score, 10)
    assert "only 0 draws" in interval.method
    assert "200 left out" in interval.method


# Report -------------------------------------------------------------------------------


def report(**fields):
    return TestReport(
        **{
            "score": 0.91234,
            "interval": (0.85, 0.96),
            "best_score": 0.95,
            "n_rows": 114,
            "metric": "accuracy",
            "metrics": {"accuracy": 0.91234, "roc_auc": 0.98},
            "interval_method": "bootstrap over test rows, 200 draws",
            "n_draws": 200,
            "score_seconds": 0.0123,
            "scored_at": "2026-01-02T03:04:05+00:00",
            "overlap": Overlap(114, 0, 455, 0.0, 0, 1.0, True),
            "n_candidates": 60,
            "corrected_score": 0.926,
            "corrected_interval": (0.89, 0.951),
            "optimism": 0.024,
            "correction_method": "bootstrap over rows, 500 draws",
        }
        | fields
    )


def test_a_report_reads_in_a_few_lines():
    assert str(report()).splitlines() == [
        "accuracy 0.9123 on 114 test rows",
        "  95% interval: 0.85 to 0.96 (bootstrap over test rows, 200 draws)",
        "  validation: 0.95, the best of 60 candidates",
        "  corrected: 0.926, 95% interval 0.89 to 0.951 (bootstrap over rows, 500 draws)",
        "  gap: Of the 0.038 by which validation led the test score, an estimated 0.024 was "
        "chance in choosing. 114 test rows cannot tell the two apart: the interval, 0.11 wide, "
        "holds the validation score too.",
        "  other metrics: roc_auc 0.98",
        "  seen before: 0 of 114 rows",
        "  scored: 2026-01-02T03:04:05+00:00, in 0.0123 s",
    ]
    assert repr(report()) == str(report())
    assert pickle.loads(pickle.dumps(report())) == report()


def test_a_report_leaves_out_what_is_not_known():
    nothing = TestReport(score=1.0, interval=(0.2, 1.0), best_score=math.nan, n_rows=1)
    assert str(nothing).splitlines() == ["score 1 on 1 test row", "  95% interval: 0.2 to 1 ()"]


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        ({"n_candidates": 0}, "validation: 0.95, the best of the search"),
        ({"n_candidates": 1}, "validation: 0.95, of 1 candidate"),
        ({"chosen_by": "f1"}, "validation: 0.95, of the winner of 60 candidates, chosen by f1"),
        ({"interval": (math.nan, math.nan), "interval_method": "none: slow"}, "none: slow"),
        (
            {"corrected_score": math.nan, "correction_method": "the scorer needs X"},
            "corrected: none: the scorer needs X",
        ),
        ({"score": -123456.7}, "accuracy -123457 on"),
    ],
)
def test_a_report_says_what_its_numbers_are(fields, line):
    assert line in str(report(**fields))


class Cells(HTMLParser):
    """Texts of an HTML element, and its tags."""

    def __init__(self, html):
        super().__init__()
        self.texts, self.tags = [], []
        self.feed(html)

    def handle_data(self, data):
        self.texts.append(data)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)


def test_html_says_what_the_text_says():
    cells = Cells(report()._repr_html_())
    assert " ".join(cells.texts[:2]).split() == str(report()).splitlines()[0].split()
    pairs = zip(cells.texts[2::2], cells.texts[3::2], strict=True)
    assert [f"  {label}: {value}" for label, value in pairs] == str(report()).splitlines()[1:]


def test_html_escapes_what_users_name():
    evil = "<script>alert('&')</script>"
    html = report(
        metric=evil,
        metrics={evil + "2": 1.0},
        chosen_by=evil,
        interval_method=evil,
        correction_method=evil,
        scored_at=evil,
    )._repr_html_()
    cells = Cells(html)
    assert set(cells.tags) <= {"div", "dl", "dt", "dd", "strong"}
    assert "".join(cells.texts).count(evil) == 6


def test_html_needs_nothing_from_elsewhere_and_sets_no_colours_of_text():
    html = report()._repr_html_()
    assert "http" not in html
    assert "<style" not in html
    assert ";color:" not in html
    assert "background" not in html
