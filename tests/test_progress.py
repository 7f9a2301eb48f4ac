"""The lines that a study prints are scikit-learn's."""

import io
import math
import re
import sys

import joblib
import numpy as np
import pytest
from joblib.logger import short_format_time
from sklearn.base import BaseEstimator
from sklearn.model_selection import GridSearchCV

from skhpo import GridSearch, maximize
from skhpo._live_status import LiveStatus
from skhpo._progress import VerboseLines
from skhpo._stopping import Limits, Patience
from skhpo._trial import FoldResult, FoldTask

X = np.arange(12.0).reshape(6, 2)
y = np.arange(6.0)


class Told(BaseEstimator):
    """Scores what it is told to."""

    def __init__(self, says=0.0, name="x"):
        self.says = says
        self.name = name

    def fit(self, X, y):
        return self

    def score(self, X, y):
        return self.says + X[0, 0] / 100


def two_metrics(estimator, X, y):
    return {"z": estimator.score(X, y), "a": -1.23456}


LONG = {"says": [0.5, -123.456], "name": ["a", "a name so long that the line has no dots left" * 2]}
CASES = {
    "score": (LONG, {}),
    "train score": (LONG, {"return_train_score": True}),
    "metrics": ({"says": [1]}, {"scoring": two_metrics, "refit": False}),
    "train metrics": (
        {"says": [1], "name": ["é"]},
        {"scoring": two_metrics, "refit": False, "return_train_score": True},
    ),
    "no parameters": ({}, {}),
    "several dicts": ([{"name": ["b"], "says": [1]}, {"says": [2]}], {}),
}


def lines_of(cls, grid, capsys, **options):
    """What fitting prints, durations masked."""
    cls(Told(), grid, cv=3, **options).fit(X, y)
    captured = capsys.readouterr()
    assert captured.err == ""
    return re.sub(r"total time= +\d+\.\ds", "total time=", captured.out).splitlines()


@pytest.mark.parametrize("verbose", [0, 1, True, 2, 3, 9, 10])
@pytest.mark.parametrize("case", CASES)
def test_lines_equal_scikit_learns(case, verbose, capsys):
    grid, options = CASES[case]
    theirs = lines_of(GridSearchCV, grid, capsys, verbose=verbose, **options)
    ours = lines_of(GridSearch, grid, capsys, verbose=verbose, **options)
    assert ours == theirs
    n_fits = 0 if not theirs else int(theirs[0].split()[-2])
    assert len(theirs) == {0: 0, 1: 1, 10: 1 + 2 * n_fits}.get(int(verbose), 1 + n_fits)


def end_line(capsys, result, verbose=3, params=None):
    """The line of one fold that has finished."""
    VerboseLines(verbose).on_result(FoldTask(4, 1, params or {}, 5, 30), result)
    [line] = capsys.readouterr().out.splitlines()
    return line


@pytest.mark.parametrize("seconds", [0.0, 0.04, 1.26, 59.96, 60.0, 60.1, 3599.0, 7200.0])
def test_durations_are_written_as_joblib_writes_them(seconds, capsys):
    result = FoldResult(4, 1, {"score": 0.5}, fit_seconds=seconds / 4, score_seconds=seconds * 0.75)
    line = end_line(capsys, result)
    assert line.endswith(f"total time={short_format_time(seconds)}")
    assert len(line) == 80


def test_counts_are_those_of_the_study(capsys):
    result = FoldResult(4, 1, {"score": 0.5})
    assert end_line(capsys, result, 2).startswith("[CV] END ...")
    assert end_line(capsys, result, 3).startswith("[CV 2/5] END ...")
    assert end_line(capsys, result, 10).startswith("[CV 2/5; 5/30] END ...")


def test_failed_fit_is_called_failed(capsys):
    result = FoldResult(4, 1, None, error="Traceback")
    line = end_line(capsys, result, params={"b": 1, "a": None})
    assert re.fullmatch(r"\[CV 2/5\] END \.+a=None, b=1; failed total time=   0\.0s", line)


def test_metric_that_a_failed_scorer_did_not_name_is_nan(capsys):
    one, two = {"score": float("nan")}, {"r": 1.0, "s": 2.0}
    failed_on_train = FoldResult(4, 1, two, one, is_multimetric=True)
    assert "r: (train=nan, test=1.000) s: (train=nan, test=2.000)" in end_line(
        capsys, failed_on_train
    )
    failed_on_test = FoldResult(4, 1, one, two, score_error="Traceback")
    assert "score=(train=nan, test=nan)" in end_line(capsys, failed_on_test)


def test_nothing_is_printed_unless_asked_for(capsys):
    lines = VerboseLines(0)
    task = FoldTask(0, 0, {"a": 1})
    lines.on_begin(3, 2)
    lines.on_submit(task)
    lines.on_result(task, FoldResult(0, 0, {"score": 1.0}))
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("verbose", [0, 1, 3])
def test_a_resumed_search_says_what_it_takes_over(verbose, capsys, tmp_path):
    path = tmp_path / "told.sqlite"
    options = {"checkpoint": path, "verbose": verbose}
    first = lines_of(GridSearch, {"says": [1, 2]}, capsys, **options)
    assert not any("Resuming" in line for line in first)
    resumed = lines_of(GridSearch, {"says": [1, 2, 3]}, capsys, **options)
    totals = ["Fitting 3 folds for each of 3 candidates, totalling 9 fits"]
    taken = [f"Resuming from {str(path)!r}, which has 6 folds of 2 candidates"]
    # Its own folds have lines, those of the file have none.
    assert resumed[:2] == (totals + taken if verbose else [])
    assert len(resumed[2:]) == (3 if verbose > 1 else 0)


class Clock:
    """A clock that is set."""

    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


def shown_lines(capsys, n_trials=30, max_time=math.inf, rule=None):
    """Lines of a log while one worker takes ten seconds for each of its folds."""
    clock = Clock()
    limits = Limits(max_time=max_time, rule=rule)
    lines = VerboseLines(1, LiveStatus(None, 1, limits, clock=clock))
    lines.on_begin(1, n_trials)
    for number in range(n_trials):
        task = FoldTask(number, 0, {"a": number}, 1, n_trials)
        lines.on_submit(task)
        clock.now += 10.0
        assert 0 < lines.on_wait() <= 600
        lines.on_result(task, FoldResult(number, 0, {"score": number / 10}, fit_seconds=10.0))
    lines.on_end()
    return capsys.readouterr().out.splitlines()


def test_a_log_has_few_lines_with_the_time_left(capsys):
    lines = shown_lines(capsys)
    assert lines[0] == "Fitting 1 folds for each of 30 candidates, totalling 30 fits"
    assert lines[2] == "1/30 candidates, 0:20 gone, 5 min left, best 0 a=0"
    assert lines[-1] == "30/30 candidates, 5:00, best 2.9 a=29"
    assert len(lines) == 7


def test_max_time_bounds_the_time_left(capsys):
    assert "1/30 candidates, 0:20 gone, 40 s left" in shown_lines(capsys, max_time=60.0)[2]


def test_a_rule_makes_the_time_left_a_bound(capsys):
    lines = shown_lines(capsys, rule=Patience(3, lambda trial: "score"))
    assert "at most 5 min left" in lines[2]


def test_other_verbosities_show_no_state():
    for verbose in (0, 2, 3):
        lines = VerboseLines(verbose, LiveStatus(None, 1, Limits()))
        assert lines.on_wait() == math.inf


def test_time_left_counts_what_is_still_to_run(capsys):
    clock = Clock()
    lines = VerboseLines(1, LiveStatus(None, 1, Limits(), clock=clock))
    lines.on_begin(1, 30)
    lines.on_resume("told.sqlite", 20, 20)
    for number in range(30):
        task = FoldTask(number, 0, {"a": number}, 1, 30)
        result = FoldResult(number, 0, {"score": 1.0}, fit_seconds=60.0)
        if number < 20:
            lines.on_take_over(task, result)
            continue
        lines.on_submit(task)
        clock.now += 60.0
        lines.on_result(task, result)
    lines.on_end()
    shown = capsys.readouterr().out.splitlines()
    assert shown[1] == "Resuming from 'told.sqlite', which has 20 folds of 20 candidates"
    assert shown[2] == "21/30 candidates, 1:00 gone, 9 min left, best 1 a=0"


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self):
        return True


def last_line(monkeypatch, run):
    """What a terminal shows at last of a search that runs here."""
    stream = Terminal()
    monkeypatch.setattr(sys, "stdout", stream)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    # As where rich is not installed.
    monkeypatch.setitem(sys.modules, "skhpo._status_rich", None)
    run()
    return stream.getvalue().rstrip("\n").rpartition("\r")[2].rstrip()


class Falls(Told):
    """Fails for one name."""

    def fit(self, X, y):
        if self.name == "fails":
            raise RuntimeError("as told")
        return self


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.FitFailedWarning")
@pytest.mark.filterwarnings("ignore:One or more of the test scores:UserWarning")
@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize(
    ("options", "tail"),
    [
        ({}, "1 failed | best 3.04 name=x, says=3"),
        ({"racing": True}, "1 failed | best 3.04 name=x, says=3"),
        ({"scoring": two_metrics, "refit": "a"}, "1 failed | best a -1.235 name=x, says=1"),
        ({"scoring": two_metrics, "refit": False}, "1 failed | best z 3.04 name=x, says=3"),
    ],
    ids=["plain", "racing", "refit metric", "no refit"],
)
def test_last_state_of_a_search(n_jobs, options, tail, monkeypatch):
    grid = [{"name": ["x"], "says": [1, 2, 3]}, {"name": ["fails"], "says": [4]}]
    options = {"n_jobs": n_jobs, "verbose": 1, "cv": 3} | options
    search = GridSearch(Falls(), grid, **options)
    with joblib.parallel_config("threading"):
        line = last_line(monkeypatch, lambda: search.fit(X, y))
    assert re.fullmatch(r"4/4 candidates \| 0:0\d \| " + re.escape(tail), line), line


def test_maximize_shows_the_same(monkeypatch):
    line = last_line(
        monkeypatch, lambda: maximize(lambda a: a, {"a": [1, 3]}, strategy="grid", verbose=1)
    )
    assert re.fullmatch(r"2/2 candidates \| 0:0\d \| best 3 a=3", line)


def test_an_early_end_is_the_whole(monkeypatch):
    line = last_line(
        monkeypatch,
        lambda: maximize(
            lambda a: -a, {"a": range(50)}, strategy="grid", verbose=1, early_stopping=3
        ),
    )
    assert line.startswith("4/4 candidates")


def test_an_error_ends_the_line(monkeypatch):
    stream = Terminal()

    def run():
        monkeypatch.setattr(sys, "stdout", stream)
        with pytest.raises(RuntimeError, match="as told"):
            GridSearch(Falls(), {"name": ["fails"]}, verbose=1, error_score="raise").fit(X, y)

    last_line(monkeypatch, run)
    assert stream.getvalue().endswith("\n")
    assert "0/1 candidates" in stream.getvalue()
