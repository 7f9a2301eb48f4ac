"""Budgets: what ends a search early, and exactly what is kept of it then."""

from __future__ import annotations

import random
import time

import joblib
import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.exceptions import FitFailedWarning
from sklearn.linear_model import LogisticRegression

from skhpo import (
    BayesSearch,
    BayesStrategy,
    ExpectedRegret,
    Float,
    GridSearch,
    RandomSearch,
    maximize,
)
from skhpo._stopping import standard_error

X = np.arange(40.0).reshape(20, 2)
y = np.tile([0, 1], 10)


class Slow(ClassifierMixin, BaseEstimator):
    """Sleeps in fit; scores what it is told."""

    def __init__(self, score=0.0, seconds=0.0, fails=False):
        self.score_ = None
        self.score = score
        self.seconds = seconds
        self.fails = fails

    def fit(self, X, y):
        time.sleep(self.seconds)
        if self.fails:
            raise RuntimeError("fails")
        return self


def given_score(estimator, X, y):
    """Score that the candidate asks for."""
    return estimator.score


def grid(scores, n_jobs=1, **keywords):
    """Fit a grid of candidates with these scores."""
    cv = keywords.pop("cv", 2)
    seconds = keywords.pop("seconds", 0.0)
    search = GridSearch(
        Slow(seconds=seconds),
        {"score": scores},
        cv=cv,
        scoring=given_score,
        n_jobs=n_jobs,
        **keywords,
    )
    return search.fit(X, y)


# ------------------------------------------------------------- early_stopping


def test_a_number_of_trials_without_improvement_ends_the_search():
    # Equal is no improvement.
    search = grid([0.1, 0.5, 0.4, 0.5, 0.3, 0.9], early_stopping=3)
    assert search.stop_reason_ == "early_stopping"
    assert search.n_trials_ == 5
    assert search.best_params_ == {"score": 0.5}
    assert {trial.status for trial in search.trials_} == {"complete"}


def test_a_search_that_improves_goes_on_to_its_end():
    search = grid([0.1, 0.2, 0.3, 0.4], early_stopping=1)
    assert search.stop_reason_ == "complete"
    assert search.n_trials_ == 4


@pytest.mark.parametrize("racing", [False, True])
def test_early_stopping_does_not_depend_on_timing(racing):
    def score(estimator, X, y):
        time.sleep(random.uniform(0, 0.003))
        return estimator.score

    found = set()
    for _ in range(4):
        with joblib.parallel_config("threading", n_jobs=3):
            search = GridSearch(
                Slow(),
                {"score": [0.1, 0.5, *np.linspace(0.49, 0.3, 30)]},
                cv=3,
                scoring=score,
                early_stopping=4,
                racing=racing,
            ).fit(X, y)
        found.add((search.n_trials_, repr([t.fold_scores() for t in search.trials_])))
        assert search.stop_reason_ == "early_stopping"
    assert len(found) == 1


class AfterThree:
    """A rule of the user's."""

    def __init__(self):
        self.seen = []

    def should_stop(self, trials):
        self.seen.append([trial.number for trial in trials])
        return "three are enough" if len(trials) == 3 else None


def test_a_rule_is_asked_once_for_each_number_of_trials(capsys):
    rule = AfterThree()
    search = grid([0.1, 0.2, 0.3, 0.4, 0.5], early_stopping=rule, verbose=1)
    assert rule.seen == [[0], [0, 1], [0, 1, 2]]
    assert search.n_trials_ == 3
    assert "Ending the search: three are enough" in capsys.readouterr().out


def test_candidates_that_were_asked_are_finished():
    with joblib.parallel_config("threading"):
        search = grid([0.5, 0.1, 0.1, 0.1, 0.9, 0.1], n_jobs=2, early_stopping=1)
    # The lag is 3: trial 3 is asked with the results of trial 0, trial 4 with those of 0 and 1.
    assert search.n_trials_ == 4
    assert {trial.status for trial in search.trials_} == {"complete"}


# --------------------------------------------------------------------- regret


def test_the_noise_is_nadeaus_and_bengios():
    # Deviation 1 of 5 folds, a validation part of a quarter of the training part.
    scores = tuple(np.array([-2, -1, 0, 1, 2]) / np.sqrt(2.5))
    assert standard_error(scores) == pytest.approx(np.sqrt(1 / 5 + 1 / 4))


def test_a_search_ends_when_nothing_is_left_to_gain():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(120, 3))
    y = (X[:, 0] + rng.normal(size=120) > 0).astype(int)
    search = BayesSearch(
        LogisticRegression(),
        {"C": Float(0.1, 10, log=True)},
        n_iter=40,
        early_stopping=ExpectedRegret(min_trials=8),
        random_state=0,
    ).fit(X, y)
    assert search.stop_reason_ == "early_stopping"
    assert 8 <= search.n_trials_ < 40


def test_the_regret_of_a_poor_candidate_is_what_it_is_below_the_best():
    strategy = BayesStrategy({"x": Float(0, 1)}, random_state=0)
    with pytest.raises(ValueError, match="`expect_regret` must come after a finite score"):
        strategy.expect_regret({"x": 0.5})
    first = strategy.ask()
    strategy.tell(first, -0.04)
    assert strategy.expect_regret(first.params) == np.inf
    for _ in range(15):
        candidate = strategy.ask()
        strategy.tell(candidate, -((candidate.params["x"] - 0.3) ** 2))
    # The parabola is known by now: 0 at its top, 0.36 at 0.9.
    assert strategy.expect_regret({"x": 0.3}) < 0.01
    assert strategy.expect_regret({"x": 0.9}) == pytest.approx(0.36, abs=0.1)


def test_functions_take_a_number_of_calls_without_improvement():
    result = maximize(
        lambda x: -abs(x - 2), {"x": [0, 2, 3, 4, 5, 6]}, strategy="grid", early_stopping=3
    )
    assert result.stop_reason == "early_stopping"
    assert len(result.trials) == 5
    assert result.best_params == {"x": 2}


def test_what_the_rule_cannot_judge_is_named_before_the_first_fit():
    space = {"score": Float(0, 1)}
    rule = ExpectedRegret()
    with pytest.raises(ValueError, match="a strategy without `expect_regret`"):
        RandomSearch(Slow(fails=True), space, scoring=given_score, early_stopping=rule).fit(X, y)
    with pytest.raises(ValueError, match="where trials have one fold"):
        BayesSearch(Slow(), space, cv=0.5, scoring=given_score, early_stopping=rule).fit(X, y)
    for wrong, match in [
        (ExpectedRegret(factor=0), "`factor` of ExpectedRegret must be a number above 0"),
        (ExpectedRegret(min_trials=0), "`min_trials` of ExpectedRegret must be an integer"),
    ]:
        with pytest.raises(ValueError, match=match):
            BayesSearch(Slow(), space, scoring=given_score, early_stopping=wrong).fit(X, y)


# ------------------------------------------------------------------- max_time


@pytest.mark.parametrize("racing", [False, True])
def test_past_the_time_no_fold_starts(racing):
    search = grid(
        list(np.linspace(0, 1, 30)), seconds=0.05, max_time=0.38, racing=racing, refit=False
    )
    assert search.stop_reason_ == "max_time"
    assert search.search_time_ > 0.35
    n_run = sum(fold is not None for trial in search.trials_ for fold in trial.folds)
    # One trial at least; no more than sleeps have room for.
    assert 2 <= n_run <= 8
    complete = [trial for trial in search.trials_ if trial.status == "complete"]
    assert search.best_params_ == complete[-1].params
    for trial in search.trials_:
        assert trial.status == ("stopped" if None in trial.folds else "complete")


@pytest.mark.parametrize("racing", [False, True])
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_the_search_goes_on_until_one_trial_is_complete(n_jobs, racing):
    with joblib.parallel_config("threading"):
        search = grid([0.1, 0.2, 0.3], n_jobs, cv=4, max_time=1e-9, racing=racing)
    assert search.stop_reason_ == "max_time"
    assert [trial.status for trial in search.trials_] == ["complete"]
    assert search.best_score_ == 0.1


def test_a_trial_that_fails_does_not_count_as_complete():
    space = [{"fails": [True]}, {"score": [0.4, 0.5]}]
    search = GridSearch(Slow(), space, cv=3, scoring=given_score, max_time=1e-9)
    with pytest.warns(FitFailedWarning, match="1 fits failed out of a total of 4"):
        search.fit(X, y)
    assert [trial.status for trial in search.trials_] == ["stopped", "complete"]
    assert search.best_params_ == {"score": 0.4}


def test_folds_that_no_worker_has_taken_are_taken_back():
    with joblib.parallel_config("threading"):
        search = grid(
            list(np.linspace(0, 1, 20)), 2, seconds=0.1, max_time=0.25, pre_dispatch="all"
        )
    n_run = sum(fold is not None for trial in search.trials_ for fold in trial.folds)
    assert n_run <= 6
    # What two workers take for all of them.
    assert search.search_time_ < 2.0


def test_a_search_that_ends_in_time_is_complete():
    assert grid([0.1, 0.2], max_time=60.0).stop_reason_ == "complete"


# ---------------------------------------------------------------- fit_timeout


def sleep_if_long(seconds):
    """Take so long."""
    time.sleep(seconds)
    return -seconds


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:One or more of the test scores:UserWarning")
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_fold_that_takes_too_long_is_ended_with_its_worker(n_jobs):
    space = [{"score": [0.5]}, {"seconds": [600.0]}, {"score": [0.6]}]
    search = GridSearch(Slow(), space, cv=2, scoring=given_score, fit_timeout=1.0, n_jobs=n_jobs)
    started = time.monotonic()
    with pytest.warns(FitFailedWarning, match="TimeoutError: A fold's fit and scoring took more"):
        search.fit(X, y)
    # Workers are started anew, which takes its time on a loaded machine.
    assert time.monotonic() - started < 300
    assert [trial.status for trial in search.trials_] == ["complete", "timed_out", "complete"]
    assert "fit_timeout=1 seconds" in search.trials_[1].why
    assert np.isnan(search.cv_results_["mean_test_score"][1])
    assert search.cv_results_["rank_test_score"].tolist() == [2, 3, 1]
    assert search.best_params_ == {"score": 0.6}


def test_a_fold_that_takes_too_long_raises_where_failures_do():
    search = GridSearch(
        Slow(), {"seconds": [60.0]}, scoring=given_score, fit_timeout=0.2, error_score="raise"
    )
    with pytest.raises(TimeoutError, match=r"took more than fit_timeout=0.2 seconds"):
        search.fit(X, y)


@pytest.mark.slow
def test_a_call_that_takes_too_long_is_ended():
    with pytest.warns(UserWarning, match="1 of 2 calls failed"):
        result = maximize(sleep_if_long, {"seconds": [0.0, 60.0]}, strategy="grid", fit_timeout=1.0)
    assert [trial.status for trial in result.trials] == ["complete", "timed_out"]


def test_threads_cannot_be_ended_and_say_so_before_the_first_fit():
    search = GridSearch(Slow(fails=True), {"score": [1]}, fit_timeout=1.0)
    with (
        joblib.parallel_config("threading", n_jobs=2),
        pytest.raises(ValueError, match="`fit_timeout` must be None where a running fold cannot"),
    ):
        search.fit(X, y)


# ------------------------------------------------------------------ bad input


@pytest.mark.parametrize(
    ("keywords", "match"),
    [
        ({"max_time": 0}, "'max_time' parameter of GridSearch must be a number of seconds"),
        ({"fit_timeout": "1"}, "'fit_timeout' parameter of GridSearch must be a number of seconds"),
        ({"early_stopping": 0}, "'early_stopping' parameter of GridSearch must be an int"),
        ({"racing": 1}, "'racing' parameter of GridSearch must be an instance of 'bool'"),
    ],
)
def test_wrong_values_are_named(keywords, match):
    with pytest.raises(ValueError, match=match):
        grid([0.1], **keywords)
