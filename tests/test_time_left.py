"""The time left: exact where all folds are alike, close where parameters decide."""

import math
from itertools import product

import numpy as np
import pytest

from skhpo._time_left import Work, estimate_seconds_left, model_seconds


@pytest.mark.parametrize(
    ("work", "elapsed", "n_workers", "left"),
    [
        # One worker has just been handed its fold.
        (Work(4, 1, 5, 1), 8.0, 1, 12.0),
        (Work(4, 0, 0, 0), 8.0, 1, 0.0),
        # Two workers, half of a fold each: 5 folds took 10 s, 5 are left, and half of a fold
        # more for the one that ends last.
        (Work(4, 2, 4, 2), 10.0, 2, 10.0 + 2.0),
        # The unit does not matter.
        (Work(400, 200, 400, 2), 10.0, 2, 10.0 + 2.0),
        # The last fold alone is half done.
        (Work(9, 1, 0, 1), 19.0, 2, 1.0),
    ],
)
def test_pace_so_far_goes_on(work, elapsed, n_workers, left):
    assert estimate_seconds_left(work, elapsed, n_workers) == pytest.approx(left)


@pytest.mark.parametrize(("since_last", "left"), [(0.0, 12.0), (1.5, 10.5), (5.0, 10.0)])
def test_one_workers_fold_began_when_the_last_one_finished(since_last, left):
    work = Work(4, 1, 5, 1)
    found = estimate_seconds_left(work, 8.0 + since_last, 1, since_last)
    assert found == pytest.approx(left)


def test_nothing_is_known_before_the_first_fold():
    assert math.isnan(estimate_seconds_left(Work(0, 1, 9, 1), 5.0, 1))
    assert math.isnan(estimate_seconds_left(Work(0, 0.0, 9.0, 1), math.nan, 2))


GRID = [
    {"size": size, "kind": kind, "rate": rate}
    for size, kind, rate in product([10, 100, 1000], ["a", None], [-1.0, 0.0, 1.0])
]


def seconds_of(params):
    return params["size"] * (3.0 if params["kind"] is None else 1.0) * 2.0 ** params["rate"]


def test_trend_is_carried_on_to_values_that_were_not_seen():
    done, ahead = GRID[:12], GRID[12:]
    predict = model_seconds(done, np.array([seconds_of(params) for params in done]), ahead)
    expected = [seconds_of(params) for params in ahead]
    # Sizes of 10 and 100 were seen; 1000 comes out short, as effects are shrunk.
    np.testing.assert_allclose(predict(ahead), expected, rtol=0.35)


def test_seen_values_come_out_right():
    predict = model_seconds(GRID, np.array([seconds_of(params) for params in GRID]), [])
    np.testing.assert_allclose(predict(GRID), [seconds_of(p) for p in GRID], rtol=0.1)
    assert predict(GRID).sum() == pytest.approx(sum(map(seconds_of, GRID)))


@pytest.mark.parametrize(
    "params",
    [
        [{"a": [1]}, {"a": {"b": 2}}, {"a": np.zeros(2)}, {"a": math.nan}],
        [{"a": True}, {"b": 1}, {}, {"a": "x"}],
        [{"a": math.inf}, {"a": 1}, {"a": 0}, {"a": -5}],
        [{"a": 1}, {"a": 2}, {"a": 3.5}, {"a": np.int64(4)}],
        [{"a": 10**400}, {"a": 2}, {"a": 3}, {"a": 4}],
    ],
    ids=["not hashable", "several dicts", "infinite", "positive", "huge"],
)
def test_any_values_are_taken(params):
    predict = model_seconds(params, np.array([1.0, 2.0, 0.0, 1e9]), params)
    unknown = [{"new": object()}, {"a": "y"}, {"a": -1}, {"a": 10**400}, {"a": 1e300}]
    assert np.isfinite(predict([*params, *unknown])).all()


def test_no_extrapolation_beyond_two_decades():
    done = [{"size": 1.0}, {"size": 2.0}] * 5
    predict = model_seconds(done, np.array([1.0, 100.0] * 5), [{"size": 1e9}])
    assert predict([{"size": 1e9}])[0] <= 1.5e4
