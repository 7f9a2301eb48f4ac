"""The lines that a study prints are scikit-learn's."""

import re

import numpy as np
import pytest
from joblib.logger import short_format_time
from sklearn.base import BaseEstimator
from sklearn.model_selection import GridSearchCV

from skhpo import GridSearch
from skhpo._progress import VerboseLines
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
