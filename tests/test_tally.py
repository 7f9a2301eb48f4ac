"""Counts of a study, and the work that is left of it."""

import math

import pytest

from skhpo._tally import Tally
from skhpo._time_left import Work
from skhpo._trial import FoldResult, FoldTask


def task(number, fold, n_folds=2, params=None):
    return FoldTask(number, fold, {"a": number} if params is None else params, n_folds, 9)


def told(number, fold, score=0.5, seconds=1.0, **more):
    return FoldResult(number, fold, {"score": score}, fit_seconds=seconds, **more)


def finish(tally, number, fold, *args, **kwargs):
    tally.submit(task(number, fold))
    tally.finish(task(number, fold), told(number, fold, *args, **kwargs))


def test_best_is_the_largest_mean_of_a_complete_trial():
    tally = Tally(2, 9)
    finish(tally, 0, 0, 0.2)
    assert math.isnan(tally.best_score)
    finish(tally, 0, 1, 0.4)
    finish(tally, 1, 0, 0.9)
    assert (tally.best_score, tally.best_params) == (pytest.approx(0.3), {"a": 0})
    finish(tally, 1, 1, 0.9)
    finish(tally, 2, 0, math.nan)
    finish(tally, 2, 1, 5.0)
    assert (tally.best_score, tally.best_params) == (0.9, {"a": 1})
    assert (tally.n_done, tally.n_failed) == (3, 0)


@pytest.mark.parametrize("order", [[0, 1, 2], [2, 1, 0], [1, 2, 0]])
def test_of_equals_the_first_trial_is_best_whichever_ends_first(order):
    tally = Tally(3, 3)
    for fold in order:
        for number in order:
            finish(tally, number, fold, 0.1 * (1 + (fold + number) % 3))
    assert tally.best_params == {"a": 0}


def test_failed_trial_counts_once_and_is_never_best():
    tally = Tally(2, 9)
    finish(tally, 0, 0, 9.0, error="Traceback")
    assert (tally.n_done, tally.n_failed) == (0, 1)
    finish(tally, 0, 1, 9.0, score_error="Traceback")
    assert (tally.n_done, tally.n_failed) == (1, 1)
    assert math.isnan(tally.best_score)


@pytest.mark.parametrize(("metric", "best"), [("b", 2.0), (None, 1.0), ("unknown", 1.0)])
def test_metric_that_decides(metric, best):
    tally = Tally(1, 9, metric=metric)
    tally.finish(task(0, 0), FoldResult(0, 0, {"a": 1.0, "b": 2.0}, is_multimetric=True))
    assert tally.best_score == best
    assert tally.best_metric == ("b" if metric == "b" else "a")


def test_running_folds_are_no_more_than_workers():
    tally = Tally(2, 9, n_workers=3)
    for fold in (0, 1, 0):
        tally.submit(task(0, fold))
    assert tally.n_running == 2
    for number in (1, 2):
        tally.submit(task(number, 0))
    assert tally.n_running == 3
    assert tally.work() == Work(0, 3, 2 * 9 - 3, 3)
    finish(tally, 0, 0)
    assert tally.work() == Work(1, 3, 2 * 9 - 4, 3)


def test_folds_of_an_earlier_run_are_neither_pace_nor_to_come():
    tally = Tally(2, 9)
    tally.expect_from_checkpoint(7)
    assert tally.work() == Work(0, 0, 11, 0)
    tally.take_over(task(0, 0), told(0, 0))
    tally.take_over(task(0, 1), told(0, 1))
    assert tally.work() == Work(0, 0, 11, 0)
    assert (tally.n_done, tally.best_score) == (1, 0.5)
    finish(tally, 1, 0)
    assert tally.work() == Work(1, 0, 10, 0)


def test_stopped_trials_run_fewer_folds_and_so_will_others():
    tally = Tally(4, 10)
    for number in range(3):
        finish(tally, number, 0)
        tally.submit(task(number, 1))
        tally.stop(number)
        # A fold that ran then changes nothing.
        tally.finish(task(number, 1), told(number, 1, 99.0))
    assert (tally.n_done, tally.n_stopped) == (3, 3)
    assert math.isnan(tally.best_score)
    # One fold of three trials each, and four of one that is imagined.
    assert tally.work() == Work(6, 0, 7 * (3 * 1 + 4) / 4, 0)


def test_known_candidates_are_weighed_by_their_expected_seconds():
    grid = [{"size": size} for size in (1, 1, 2, 2, 4, 4)]
    tally = Tally(1, 6, look_ahead=grid.__getitem__)
    for number in range(4):
        one = task(number, 0, 1, grid[number])
        tally.submit(one)
        tally.finish(one, told(number, 0, seconds=float(grid[number]["size"])))
    tally.submit(task(4, 0, 1, grid[4]))
    work = tally.work()
    assert work.done == 6.0
    assert work.running == pytest.approx(4.0, rel=0.3)
    assert work.to_come == pytest.approx(4.0, rel=0.3)


def test_fewer_candidates_than_was_said():
    tally = Tally(2, 9)
    finish(tally, 0, 0)
    finish(tally, 0, 1)
    tally.n_trials = 1
    assert tally.work() == Work(2, 0, 0, 0)
