"""Search without an estimator."""

from __future__ import annotations

import math
import re

import joblib
import pytest

from skhpo import BayesStrategy, Float, GridStrategy, Int, RandomStrategy, maximize

SPACE = {"x": Float(-2, 2), "n": Int(1, 3)}


def height(x, n):
    return -((x - 0.5) ** 2) - n


@pytest.mark.parametrize("strategy", ["bayes", "random", "grid"])
def test_the_best_of_all_calls_is_found(strategy):
    result = maximize(height, SPACE, strategy=strategy, n_iter=12, random_state=0)
    assert len(result.trials) == 12
    scores = [trial.mean_score() for trial in result.trials]
    assert result.best_score == max(scores)
    assert result.best_params == result.trials[scores.index(max(scores))].params
    assert result.stop_reason == "complete"
    assert [trial.number for trial in result.trials] == list(range(12))


@pytest.mark.parametrize("backend", ["threading", "loky"])
def test_workers_give_the_same_trials_at_each_run(backend):
    runs = []
    for _ in range(2):
        with joblib.parallel_config(backend):
            runs.append(maximize(height, SPACE, n_iter=8, n_jobs=2, random_state=0))
    assert [t.params for t in runs[0].trials] == [t.params for t in runs[1].trials]
    assert runs[0].best_score == runs[1].best_score


def test_a_lambda_reaches_workers():
    result = maximize(lambda x: -x, {"x": [3, 1, 2]}, strategy="grid", n_jobs=2)
    assert result.best_params == {"x": 1}


def test_a_strategy_of_ones_own_brings_its_space():
    strategy = RandomStrategy(SPACE, random_state=3)
    result = maximize(height, None, strategy=strategy, n_iter=4)
    twin = RandomStrategy(SPACE, random_state=3)
    assert [trial.params for trial in result.trials] == [twin.ask().params for _ in range(4)]
    with pytest.raises(ValueError, match="`space` must be None when `strategy` is an object"):
        maximize(height, SPACE, strategy=strategy)


def test_without_n_iter_a_grid_is_walked_whole_and_others_stop_at_fifty():
    assert len(maximize(height, SPACE, strategy="grid").trials) == 15
    assert len(maximize(height, SPACE, strategy="random").trials) == 50
    small = {"x": [0.0, 1.0], "n": [1, 2]}
    assert len(maximize(height, small, random_state=0).trials) == 4


def test_more_calls_than_candidates_warn():
    with pytest.warns(UserWarning, match="total space of parameters 2 is smaller than n_iter=5"):
        result = maximize(lambda x: x, {"x": [1, 2]}, strategy="random", n_iter=5)
    assert len(result.trials) == 2


def fails_above_one(x):
    if x > 1:
        raise ValueError("too large")
    return math.nan if x < -1 else x


def test_failed_calls_are_reported_and_the_rest_goes_on():
    space = {"x": [-2.0, 0.0, 1.0, 2.0]}
    with pytest.warns(UserWarning, match="1 of 4 calls failed.*too large"):
        result = maximize(fails_above_one, space, strategy="grid")
    assert [trial.status for trial in result.trials] == ["complete"] * 3 + ["failed"]
    assert "too large" in result.trials[3].traceback
    assert result.best_params == {"x": 1.0}
    with pytest.raises(ValueError, match="too large"):
        maximize(fails_above_one, space, strategy="grid", error_score="raise")


def test_all_calls_failing_is_an_error_with_the_traceback():
    with pytest.raises(ValueError, match=r"(?s)All 2 calls failed.*ZeroDivisionError"):
        maximize(lambda x: 1 / 0, {"x": [1, 2]}, strategy="grid")


def test_only_nan_has_no_best():
    result = maximize(lambda x: math.nan, {"x": [1, 2]}, strategy="grid")
    assert result.best_params is None
    assert math.isnan(result.best_score)


def test_sys_exit_is_a_failed_call():
    def exits(x):
        if x:
            raise SystemExit(3)
        return 0.0

    with pytest.warns(UserWarning, match="1 of . calls failed"):
        result = maximize(exits, {"x": [0, 1]}, strategy="grid")
    assert result.best_params == {"x": 0}


WRONG = [
    ({"function": 3}, "The 'function' parameter of maximize must be a callable. Got 3 instead."),
    ({"strategy": "bayse"}, "Got 'bayse' instead. Did you mean 'bayes'?"),
    ({"strategy": 3}, "or an object with ask and tell. Got 3 instead."),
    ({"n_iter": 0}, "The 'n_iter' parameter of maximize must be an int in the range [1, inf)"),
    ({"n_jobs": "2"}, "The 'n_jobs' parameter of maximize must be"),
    ({"random_state": -1}, "The 'random_state' parameter of maximize must be"),
    ({"error_score": "nan"}, "The 'error_score' parameter of maximize must be"),
    ({"verbose": -1}, "The 'verbose' parameter of maximize must be"),
    ({"on_interrupt": "refit"}, "a str among {'raise', 'return'}. Got 'refit' instead."),
    ({"space": 3}, "is not a dict or a list, got: 3"),
]


@pytest.mark.parametrize(("arguments", "message"), WRONG)
def test_wrong_arguments_are_named_before_the_first_call(arguments, message):
    def never(**params):
        pytest.fail("was called")

    arguments = {"function": never, "space": SPACE} | arguments
    with pytest.raises((ValueError, TypeError), match=re.escape(message)):
        maximize(**arguments)


def test_a_function_that_returns_no_number_fails_and_says_what_it_returned():
    with pytest.raises(ValueError, match=r"^function must return a number, got text"):
        maximize(lambda x: "text", {"x": [1]}, strategy="grid", error_score="raise")


@pytest.mark.parametrize("cls", [BayesStrategy, RandomStrategy, GridStrategy])
def test_ask_and_tell_by_hand(cls):
    strategy = cls(SPACE) if cls is GridStrategy else cls(SPACE, random_state=0)
    candidates = [strategy.ask() for _ in range(3)]
    assert [candidate.number for candidate in candidates] == [0, 1, 2]
    for candidate in candidates:
        strategy.tell(candidate, height(**candidate.params))
    assert strategy.ask().number == 3


def test_verbose_speaks_of_calls_and_not_of_folds(tmp_path, capsys):
    keywords = {"strategy": "grid", "verbose": 1, "checkpoint": tmp_path / "x.sqlite", "key": "1"}
    for _ in range(2):
        maximize(lambda x: x, {"x": [1, 2, 3]}, **keywords)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == lines[1] == "Calling the function for each of 3 candidates"
    assert lines[2].startswith("Resuming from '")
    assert lines[2].endswith("x.sqlite', which has 3 candidates")
