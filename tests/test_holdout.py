"""The guard: a test set is scored once, and only by a score that was handed out."""

from __future__ import annotations

import copy
import gc
import itertools
import os
import pickle
import re
import subprocess
import sys
import threading
import time
import warnings
import weakref
from concurrent.futures import ThreadPoolExecutor
from dataclasses import FrozenInstanceError
from datetime import UTC, datetime, timedelta

import joblib
import numpy as np
import pandas as pd
import pytest

from skhpo import _spent
from skhpo._fingerprint import row_fingerprints
from skhpo._holdout import HeldOut, TestReport, TestSet
from skhpo._spent import ProcessRecords, Record
from skhpo.exceptions import LeakageWarning, TestSetSpentError, TrainTestOverlapError

SEEDS = itertools.count()


def draw_rows(n):
    """Rows that no other test has: the process remembers what was spent in it."""
    return np.random.default_rng([7, next(SEEDS)]).standard_normal((n, 3))


def report(score=0.75, n_rows=20):
    return TestReport(score=score, interval=(0.7, 0.8), best_score=0.9, n_rows=n_rows)


def score(test_set, X, compute=report):
    """Stand in for the search's method, which the warnings' stack level passes over."""
    return test_set.score_once(X, compute)


@pytest.fixture
def development():
    return draw_rows(80)


@pytest.fixture(name="X_test")
def make_test_rows():
    return draw_rows(20)


@pytest.fixture(name="test_set")
def make_test_set(development):
    return TestSet.begin(None, development, by="GridSearch")


# Once ---------------------------------------------------------------------------------


def test_a_score_spends_the_test_set(test_set, X_test):
    assert not test_set.is_spent
    assert test_set.report is None
    assert score(test_set, X_test).score == 0.75
    assert test_set.is_spent
    assert test_set.report.score == 0.75


@pytest.mark.parametrize("other_rows", [False, True])
def test_a_second_score_says_when_and_what_the_first_was(test_set, X_test, other_rows):
    first = score(test_set, X_test)
    when = re.escape(first.scored_at)
    with pytest.raises(TestSetSpentError, match=f"spent on {when} .* score was 0.75"):
        score(test_set, draw_rows(20) if other_rows else X_test, pytest.fail)
    with pytest.raises(TestSetSpentError, match="by GridSearch"):
        test_set.choose_rows(X_test)
    with pytest.raises(TestSetSpentError, match=r"`test_report_` keeps .* skhpo\.compare"):
        test_set.check_unspent()


def test_the_guard_adds_time_and_overlap(test_set, X_test):
    before = datetime.now(UTC)
    given = score(test_set, X_test)
    scored_at = datetime.fromisoformat(given.scored_at)
    assert before - timedelta(seconds=1) < scored_at <= datetime.now(UTC)
    assert (given.overlap.n_seen, given.overlap.n_rows, given.overlap.n_reference) == (0, 20, 80)


class Failure(BaseException):
    """Nothing that ``except Exception`` catches."""


@pytest.mark.parametrize("failure", [ValueError, KeyboardInterrupt, SystemExit, Failure])
def test_a_score_that_raises_spends_nothing(test_set, X_test, failure):
    def compute():
        raise failure("no score")

    with pytest.raises(failure, match="no score"):
        score(test_set, X_test, compute)
    assert not test_set.is_spent
    assert score(test_set, X_test).score == 0.75


def test_rows_that_cannot_be_read_spend_nothing(test_set):
    with pytest.raises(TypeError, match="not iterable"):
        score(test_set, 3, pytest.fail)
    assert not test_set.is_spent


# Rows that were seen ------------------------------------------------------------------


@pytest.mark.parametrize(
    "disguise",
    [
        lambda X: X,
        lambda X: X[::-1],
        lambda X: X[:30],
        lambda X: np.concatenate([X[:20], draw_rows(20)]),
        lambda X: pd.DataFrame(X, columns=list("abc")),
        lambda X: X.tolist(),
        lambda X: X.astype(np.longdouble),
    ],
    ids=["same", "reversed", "subset", "half", "frame", "list", "wider"],
)
def test_half_of_the_rows_seen_is_an_error(test_set, development, disguise):
    with pytest.raises(TrainTestOverlapError, match=r"got [2-8]0 of [3-8]0 rows .* of the 80 that"):
        score(test_set, disguise(development), pytest.fail)
    assert not test_set.is_spent


def test_fewer_rows_seen_are_a_warning_that_says_how_many(test_set, development):
    X = np.concatenate([development[:12], draw_rows(28)])
    with pytest.warns(LeakageWarning, match="12 of 40 rows .* of the 80 that the search was"):
        given = score(test_set, X)
    assert given.overlap.is_significant
    assert test_set.is_spent


def test_a_warning_points_to_the_caller_of_the_search(test_set, development):
    X = np.concatenate([development[:12], draw_rows(28)])
    with pytest.warns(LeakageWarning, match="12 of 40") as caught:
        score(test_set, X)
    assert caught[0].filename == __file__


def test_a_warning_made_an_error_spends_nothing(test_set, development):
    X = np.concatenate([development[:12], draw_rows(28)])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(LeakageWarning, match="12 of 40"):
            score(test_set, X)
    assert not test_set.is_spent


def test_no_warning_without_a_score(test_set, development):
    def compute():
        raise ValueError("wrong columns")

    X = np.concatenate([development[:12], draw_rows(28)])
    with pytest.raises(ValueError, match="wrong columns"):  # a warning would be an error here
        score(test_set, X, compute)


def test_duplicates_of_the_datas_own_are_no_overlap():
    rng = np.random.default_rng(0)
    X = rng.integers(0, 6, (400, 3))
    test_set = TestSet.begin(None, X[:300])
    given = score(test_set, X[300:])
    assert given.overlap.n_seen > 50
    assert "duplicates explain" in str(given)


def test_rows_of_few_values_are_reported_as_such():
    X = np.random.default_rng(0).integers(0, 2, (400, 1))
    test_set = TestSet.begin(None, X[:300])
    assert "too few values" in str(score(test_set, X[300:]))


# Rows set aside -----------------------------------------------------------------------


def test_rows_set_aside_are_the_test_set(development):
    held_out = HeldOut(draw_rows(20), np.arange(20), {"sample_weight": np.ones(20)})
    test_set = TestSet.begin(None, development, held_out=held_out)
    rows = test_set.choose_rows(params={"beta": 2})
    assert rows.X is held_out.X
    assert rows.y is held_out.y
    assert set(rows.params) == {"sample_weight", "beta"}
    assert set(held_out.params) == {"sample_weight"}


@pytest.mark.parametrize(
    ("passed", "names"),
    [
        ({"X": np.zeros((5, 3))}, "X_test"),
        ({"X": np.zeros((5, 3)), "y": np.zeros(5)}, "X_test, y_test"),
        ({"y": np.zeros(5)}, "y_test"),
        ({"params": {"sample_weight": np.ones(5)}}, "sample_weight"),
    ],
)
def test_other_rows_than_those_set_aside_are_an_error(development, passed, names):
    held_out = HeldOut(draw_rows(20), None, {"sample_weight": np.ones(20)})
    test_set = TestSet.begin(None, development, held_out=held_out)
    with pytest.raises(ValueError, match=f"takes no rows when .*, got {names}; call score_test"):
        test_set.choose_rows(**passed)


def test_no_rows_at_all_are_an_error_that_shows_both_ways(test_set):
    with pytest.raises(ValueError, match=r"score_test\(X_test, y_test\), or .* test_size=0\.2"):
        test_set.choose_rows()


def test_rows_passed_are_the_test_set(test_set, X_test):
    rows = test_set.choose_rows(X_test, None, {"sample_weight": 1})
    assert rows.X is X_test
    assert rows.params == {"sample_weight": 1}


def test_rows_set_aside_are_dropped_once_spent(development):
    X = draw_rows(20)
    data = weakref.ref(X)
    test_set = TestSet.begin(None, development, held_out=HeldOut(X))
    twin = pickle.loads(pickle.dumps(test_set))
    score(test_set, test_set.choose_rows().X)
    assert test_set.held_out is None
    assert twin.held_out is None
    before = pickle.dumps(TestSet.begin(None, development))
    del X
    gc.collect()
    assert data() is None
    assert len(pickle.dumps(test_set)) < len(before) + 2000


# Copies -------------------------------------------------------------------------------


def _through_joblib(test_set, path):
    joblib.dump(test_set, path / "search.joblib")
    return joblib.load(path / "search.joblib")


COPIES = {
    "copy": lambda test_set, path: copy.copy(test_set),
    "deepcopy": lambda test_set, path: copy.deepcopy(test_set),
    "pickle": lambda test_set, path: pickle.loads(pickle.dumps(test_set)),
    "joblib": _through_joblib,
}


@pytest.mark.parametrize("make_copy", COPIES.values(), ids=COPIES)
@pytest.mark.parametrize("copy_is_first", [False, True])
def test_copies_share_one_score(test_set, X_test, tmp_path, make_copy, copy_is_first):
    twin = make_copy(test_set, tmp_path)
    first, second = (twin, test_set) if copy_is_first else (test_set, twin)
    given = score(first, X_test)
    with pytest.raises(TestSetSpentError, match=r"score was 0\.75"):
        score(second, draw_rows(20), pytest.fail)
    assert second.report == given


def test_a_pickle_of_a_spent_search_is_spent(test_set, X_test):
    score(test_set, X_test)
    assert pickle.loads(pickle.dumps(test_set)).is_spent


@pytest.mark.parametrize("original_lives", [False, True])
def test_a_pickle_made_before_is_spent_after(development, X_test, original_lives):
    test_set = TestSet.begin(None, development)
    before = pickle.dumps(test_set)
    score(test_set, X_test)
    if not original_lives:
        del test_set
        gc.collect()
    with pytest.raises(TestSetSpentError, match=r"score was 0\.75"):
        score(pickle.loads(before), X_test, pytest.fail)


def test_an_unspent_pickle_outlives_its_original(development, X_test):
    before = pickle.dumps(TestSet.begin(None, development, held_out=HeldOut(X_test)))
    gc.collect()
    twin = pickle.loads(before)
    np.testing.assert_array_equal(twin.choose_rows().X, X_test)
    score(twin, X_test)
    assert pickle.loads(before) is twin


SCORE_FILE = """
import pickle, sys
from skhpo._holdout import TestReport
test_set, X = pickle.load(open(sys.argv[1], "rb"))
test_set.score_once(X, lambda: TestReport(0.5, (0.4, 0.6), 0.9, 20))
pickle.dump((test_set, X), open(sys.argv[1], "wb"))
test_set, X = pickle.load(open(sys.argv[1], "rb"))
try:
    test_set.score_once(X, lambda: sys.exit("scored twice"))
except RuntimeError as error:
    print(error)
"""


def run_on_file(code, path, test_set, X):
    path.write_bytes(pickle.dumps((test_set, X)))
    command = [sys.executable, "-c", code, str(path)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_files_carry_the_fate_between_processes(test_set, X_test, tmp_path):
    path = tmp_path / "search.pickle"
    done = run_on_file(SCORE_FILE, path, test_set, X_test)
    assert (done.returncode, done.stderr) == (0, "")
    assert "score was 0.5" in done.stdout
    # Read back, it spends the original, which this process did not score.
    assert not test_set.is_spent
    twin, _ = pickle.loads(path.read_bytes())
    assert twin is test_set
    with pytest.raises(TestSetSpentError, match=r"score was 0\.5"):
        score(test_set, X_test, pytest.fail)
    # Other searches learn of it too.
    with pytest.warns(LeakageWarning, match="20 of 20 rows"):
        score(TestSet.begin(None, draw_rows(80)), X_test)


@pytest.mark.slow
def test_a_killed_process_spends_nothing(test_set, X_test, tmp_path):
    path = tmp_path / "search.pickle"
    kill = "__import__('os').kill(__import__('os').getpid(), 9)"
    done = run_on_file(
        SCORE_FILE.replace("lambda: Test", f"lambda: {kill} or Test"), path, test_set, X_test
    )
    assert done.returncode not in (0, 1)
    twin, _ = pickle.loads(path.read_bytes())
    assert score(twin, X_test).score == 0.75


def test_a_copy_scored_while_scoring_leaves_one_score(test_set, X_test):
    twin = pickle.loads(pickle.dumps(test_set))

    def compute():
        score(twin, X_test)
        return report(0.99)

    with pytest.raises(TestSetSpentError, match=r"score was 0\.75"):
        score(test_set, X_test, compute)
    assert test_set.report.score == 0.75


# Threads and forks --------------------------------------------------------------------


def test_of_many_threads_one_wins(test_set, X_test):
    n_threads = 8
    barrier = threading.Barrier(n_threads)
    copies = [pickle.loads(pickle.dumps(test_set)) for _ in range(n_threads)]

    def compute():
        time.sleep(0.02)
        return report()

    def run(twin):
        barrier.wait()
        try:
            return score(twin, X_test, compute).score
        except TestSetSpentError as error:
            return str(error)

    with ThreadPoolExecutor(n_threads) as pool:
        outcomes = list(pool.map(run, copies))
    assert outcomes.count(0.75) == 1
    assert sum("score was 0.75" in str(outcome) for outcome in outcomes) == n_threads - 1


def test_of_two_searches_in_threads_the_later_is_warned(X_test):
    barrier = threading.Barrier(2)

    def compute():
        barrier.wait()  # both have been checked when either is recorded
        return report()

    test_sets = [TestSet.begin(None, draw_rows(80)) for _ in range(2)]
    with (
        pytest.warns(LeakageWarning, match="20 of 20 rows") as caught,
        ThreadPoolExecutor(2) as pool,
    ):
        list(pool.map(lambda test_set: score(test_set, X_test, compute), test_sets))
    assert len(caught) == 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this platform")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_fork_in_the_middle_of_a_score_can_score(test_set, X_test):
    is_scoring, go_on = threading.Event(), threading.Event()

    def compute():
        is_scoring.set()
        go_on.wait()
        return report()

    thread = threading.Thread(target=score, args=(test_set, X_test, compute))
    thread.start()
    is_scoring.wait()
    child = os.fork()
    if child == 0:  # the lock is held by a thread that is not here
        os._exit(score(test_set, X_test).score != 0.75)
    _, status = os.waitpid(child, 0)
    go_on.set()
    thread.join()
    assert os.waitstatus_to_exitcode(status) == 0


# Fitted again -------------------------------------------------------------------------


def test_a_new_fit_may_score_new_rows(test_set, development, X_test):
    score(test_set, X_test)
    again = TestSet.begin(test_set, development)
    assert not again.is_spent
    assert score(again, draw_rows(20), lambda: report(0.5)).score == 0.5
    assert test_set.report.score == 0.75


@pytest.mark.parametrize("n_fits", [1, 3])
@pytest.mark.parametrize("is_pickled", [False, True])
def test_rows_spent_before_a_fit_stay_spent(test_set, development, X_test, n_fits, is_pickled):
    score(test_set, X_test)
    for _ in range(n_fits):
        test_set = TestSet.begin(test_set, development)
        test_set = pickle.loads(pickle.dumps(test_set)) if is_pickled else test_set
    with pytest.raises(TestSetSpentError, match=r"got 20 of 20 rows .* scored on .* 0\.75"):
        score(test_set, X_test[::-1], pytest.fail)
    assert not test_set.is_spent
    score(test_set, draw_rows(20))


def test_some_rows_spent_before_a_fit_are_a_warning(test_set, development, X_test):
    score(test_set, X_test)
    again = TestSet.begin(test_set, development)
    with pytest.warns(LeakageWarning, match="6 of 20 rows .* that were scored on") as caught:
        score(again, np.concatenate([X_test[:6], draw_rows(14)]))
    assert len(caught) == 1


def test_rows_of_several_fits_are_counted_together(development):
    spent = [draw_rows(20) for _ in range(3)]
    test_set = None
    for X in spent:
        test_set = TestSet.begin(test_set, development)
        score(test_set, X)
    again = TestSet.begin(test_set, development)
    with pytest.raises(TestSetSpentError, match="got 18 of 20 rows"):
        score(again, np.concatenate([*(X[:6] for X in spent), draw_rows(2)]), pytest.fail)


def test_a_copy_of_the_last_fit_spends_for_the_new_one(test_set, development, X_test):
    twin = copy.deepcopy(test_set)
    again = TestSet.begin(test_set, development)
    score(twin, X_test)
    with pytest.raises(TestSetSpentError, match="got 20 of 20 rows"):
        score(again, X_test, pytest.fail)


def test_unspent_fits_leave_nothing_behind(development):
    test_set = None
    sizes = []
    for _ in range(5):
        test_set = TestSet.begin(test_set, development)
        sizes.append(len(pickle.dumps(test_set)))
    assert sizes[4] == sizes[1]


# Other searches -----------------------------------------------------------------------


def test_another_search_on_the_same_rows_is_warned_of_compare(X_test):
    score(TestSet.begin(None, draw_rows(80), by="GridSearch"), X_test)
    other = TestSet.begin(None, draw_rows(80))
    with pytest.warns(LeakageWarning, match=r"20 of 20 .* by GridSearch: .* skhpo\.compare"):
        assert score(other, X_test).score == 0.75


def test_another_search_on_other_rows_is_not_warned(X_test):
    score(TestSet.begin(None, draw_rows(80)), X_test)
    score(TestSet.begin(None, draw_rows(80)), draw_rows(20))


def test_a_duplicate_of_the_datas_own_is_no_warning():
    X = np.random.default_rng(1).integers(0, 6, (500, 3))
    score(TestSet.begin(None, X[:300]), X[300:400])
    other = score(TestSet.begin(None, X[:300]), X[400:])
    assert np.isin(row_fingerprints(X[300:400]), row_fingerprints(X[400:])).any()
    assert not other.overlap.is_significant


def test_a_process_gives_up_the_oldest_fingerprints_and_keeps_the_score(monkeypatch):
    monkeypatch.setattr(_spent, "_MAX_ROWS_KEPT", 50)
    records = ProcessRecords()
    for number in range(4):
        rows = np.arange(20, dtype=np.uint64)
        records.keep(str(number), Record(rows, "GridSearch", "now", number, report(number)))
    assert [len(records.get(str(number)).rows) for number in range(4)] == [0, 0, 20, 20]
    assert [records.get(str(number)).report.score for number in range(4)] == [0, 1, 2, 3]
    monkeypatch.setattr(_spent, "_MAX_SETS_KEPT", 1)
    records.keep("4", Record(np.arange(1, dtype=np.uint64), "GridSearch", "now", 0.5))
    assert [len(record.rows) for record in records.others([])] == [0, 0, 0, 0, 1]


def test_reports_and_rows_are_frozen(test_set, X_test):
    given = score(test_set, X_test)
    with pytest.raises(FrozenInstanceError, match="score"):
        given.score = 1.0
    with pytest.raises(FrozenInstanceError, match="X"):
        HeldOut(X_test).X = None


@pytest.mark.parametrize("kind", [TestSet, TestReport, TestSetSpentError])
def test_pytest_does_not_collect(kind):
    assert kind.__test__ is False
