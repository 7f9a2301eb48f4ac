"""Racing: who is stopped and when, whatever order results come in, and what is told of them."""

from __future__ import annotations

import math
import random
import time

import joblib
import numpy as np
import pytest
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.datasets import load_breast_cancer
from sklearn.exceptions import FitFailedWarning
from sklearn.svm import SVC

import skhpo._racing as racing
from skhpo import BayesSearch, Float, GridSearch, RandomSearch, one_standard_error
from skhpo._engine import open_engine
from skhpo._progress import VerboseLines
from skhpo._racing import Race, best_value
from skhpo._study import Study
from skhpo._trial import Candidate, FoldResult

RNG = np.random.default_rng(0)
# A few good candidates among many that are hopeless, on folds of different ease.
SCORES = (
    RNG.choice([0.0, 0.02, 0.1, 0.5], 40)[:, None] * -1.0
    + RNG.normal(0, 0.05, 5)
    + RNG.normal(0, 0.01, (40, 5))
)


def run_race(scores, order_of_results=None, **keywords):
    """Run a race; results come in as soon as they may, or in a shuffled order."""
    n, n_folds = scores.shape
    race = Race(n_folds, **keywords)
    handed, out = [], []
    while True:
        number = race.choose(lambda: len({asked for asked, _ in handed}) < n)
        if number is not None:
            handed.append((number, race.hand_out(number)))
            out.append(handed[-1])
        elif not out:
            return race, handed
        if order_of_results is None or number is None or order_of_results.random() < 0.5:
            place = 0 if order_of_results is None else order_of_results.randrange(len(out))
            done = out.pop(place)
            race.learn(*done, scores[done])


def test_the_rule_is_that_of_the_glossary(monkeypatch):
    monkeypatch.setattr(racing, "N_BEFORE_STOPPING", 1)
    scores = np.array([[0.5, 0.5, 0.5, 0.5], [0.51, 0.49, 0.51, 0.5], [0.0, 0.1, 0.2, 0.3]])
    race = Race(4, n_open=1)
    for number in range(2):
        for fold in range(4):
            assert race.choose(lambda: True) == number
            race.hand_out(number)
            race.learn(number, fold, scores[number, fold])
    assert race.choose(lambda: True) == 2
    # s from the differences of one candidate, 3 degrees of freedom.
    incumbent, other = (1, 0) if scores[1].mean() > scores[0].mean() else (0, 1)
    s = np.std(scores[other] - scores[incumbent], ddof=1)
    error = s * math.sqrt((4 - 1) / (4 * 1))
    # Student's t that is exceeded as rarely as 3 by a normal variable, 3 degrees of freedom.
    quantile = 9.2187
    for margin in (0.99, 1.01):
        trial = Race(4, n_open=1)
        for n, fold in np.ndindex(2, 4):
            trial.choose(lambda: True)
            trial.hand_out(n)
            trial.learn(n, fold, scores[n, fold])
        trial.choose(lambda: True)
        trial.hand_out(2)
        trial.learn(2, 0, scores[incumbent, 0] - margin * quantile * error)
        trial.use_all()
        assert (2 in trial.stopped) == (margin > 1)


def test_hopeless_candidates_are_stopped_and_the_best_one_is_not():
    race, handed = run_race(SCORES)
    assert SCORES.mean(axis=1).argmax() not in race.stopped
    assert len(handed) < 0.6 * SCORES.size
    number, verdict = next(iter(race.stopped.items()))
    assert f"after {round(verdict.share * 5)} of 5 folds it is " in verdict.why
    assert verdict.why.endswith("standard errors")
    assert SCORES[number].mean() < SCORES.mean(axis=1).max() - 0.05


@pytest.mark.parametrize("lag", [1, 3, 8])
def test_decisions_do_not_depend_on_the_order_in_which_results_come(lag):
    race, handed = run_race(SCORES, lag=lag)
    for seed in range(5):
        other, others = run_race(SCORES, random.Random(seed), lag=lag)
        assert others == handed
        assert other.stopped == race.stopped


def test_the_first_candidates_run_all_folds():
    race, handed = run_race(SCORES[:4])
    assert race.stopped == {}
    assert len(handed) == 20


def test_what_cannot_be_reached_with_the_best_value_stops_a_candidate():
    scores = np.array([[0.9, 0.9, 0.9], [0.6, 1.0, 1.0]])
    race, handed = run_race(scores, best_value=1.0, n_open=1)
    assert handed == [(0, 0), (0, 1), (0, 2), (1, 0)]
    assert race.stopped[1].why == (
        "after 1 of 3 folds it cannot reach trial 0's mean of 0.9, even with the metric's best "
        "value, 1, on the others"
    )
    # One that can still tie is not stopped: 0.7 + 1 + 1 is 3 times 0.9.
    race, _ = run_race(np.array([[0.9, 0.9, 0.9], [0.7, 1.0, 1.0]]), best_value=1.0, n_open=1)
    assert race.stopped == {}


def test_a_failed_fold_is_enough_and_infinite_scores_do_no_harm():
    scores = SCORES[:12].copy()
    scores[3, 0], scores[5], scores[6, 1] = np.nan, -np.inf, np.inf
    race, handed = run_race(scores)
    assert race.stopped[3].why == "after 1 of 5 folds it has no score, because a fold failed"
    assert (3, 1) not in handed
    assert len([number for number, _ in handed if number == 6]) == 5


def test_equal_candidates_do_not_make_small_differences_hopeless():
    scores = np.full((12, 5), 0.5)
    scores[11, 0] = 0.49
    race, _ = run_race(scores)
    assert race.stopped == {}


@pytest.mark.parametrize(
    ("scoring", "value"),
    [
        ("accuracy", 1.0),
        ("f1_macro", 1.0),
        ("roc_auc_ovr_weighted", 1.0),
        ("neg_log_loss", 0.0),
        ("neg_negative_likelihood_ratio", math.inf),
        ("positive_likelihood_ratio", math.inf),
        ("max_error", math.inf),
        (None, math.inf),
    ],
)
def test_largest_values_are_known_by_name(scoring, value):
    assert best_value(scoring) == value


def test_what_is_told_of_a_stopped_candidate_has_no_bias_from_its_folds():
    # The first fold is much easier than the others: a mean of it alone would flatter.
    rng = np.random.default_rng(1)
    errors = []
    for _ in range(60):
        level = rng.choice([0.0, -0.3], 30)
        scores = level[:, None] + rng.normal(0, 0.02, (30, 5))
        scores[:, 0] += 0.2
        race, _ = run_race(scores, n_open=1)
        stopped = [(number, verdict) for number, verdict in race.stopped.items() if level[number]]
        errors += [verdict.score - scores[number].mean() for number, verdict in stopped]
        assert all(0 < verdict.noise < 0.05 for _, verdict in stopped)
    # 0.003 is 4 standard errors of this mean; without the correction it is 0.16.
    assert abs(np.mean(errors)) < 0.003


# ------------------------------------------------------------------ in a study


class Recorder:
    """A strategy that notes what it is told."""

    n_candidates = None

    def __init__(self, learns):
        self.learns, self.told, self.n_asked = learns, [], 0

    def ask(self):
        self.n_asked += 1
        return Candidate(self.n_asked - 1, {"number": self.n_asked - 1})

    def tell(self, candidate, score, *, noise=None, status="complete", budget=None):
        self.told.append((candidate.number, score, noise, status, budget))


def look_up(task, token):
    """Score of a table, after a time that differs from run to run."""
    time.sleep(random.uniform(0, 0.002))
    return FoldResult(task.number, task.fold, {"score": SCORES[task.number, task.fold]})


@pytest.mark.parametrize("learns", [False, True])
def test_timing_does_not_change_trials_nor_what_is_told(learns):
    outcomes = []
    for _ in range(3):
        strategy = Recorder(learns)
        with joblib.parallel_config("threading", n_jobs=3), open_engine() as engine:
            outcome = Study(
                strategy,
                look_up,
                engine.share(None),
                engine,
                n_trials=40,
                n_folds=5,
                lag=3,
                is_seeded=True,
                progress=VerboseLines(0),
                race=Race(5, lag=6),
            ).run()
        outcomes.append(
            ([(t.status, t.why, repr(t.fold_scores())) for t in outcome.trials], strategy.told)
        )
    assert outcomes[1:] == outcomes[:1] * 2
    trials, told = outcomes[0]
    assert [number for number, *_ in told] == list(range(40))
    assert {status for status, *_ in trials} == {"complete", "stopped"}
    stopped = [line for line in told if line[3] == "stopped"]
    assert all(noise > 0 and 0 < budget < 1 for _, _, noise, _, budget in stopped)


X, y = load_breast_cancer(return_X_y=True)
SPACE = {"C": Float(1e-3, 1e3, log=True), "gamma": Float(1e-8, 1e-1, log=True)}


@pytest.mark.parametrize("cls", [RandomSearch, BayesSearch])
def test_a_search_saves_fits_and_keeps_its_complete_rows(cls):
    search = cls(SVC(), SPACE, n_iter=16, cv=3, random_state=0, racing=True).fit(X, y)
    stopped = [trial for trial in search.trials_ if trial.status == "stopped"]
    assert stopped
    assert all("behind trial" in trial.why for trial in stopped)
    ranks = search.cv_results_["rank_test_score"]
    rows = [trial.number for trial in stopped]
    assert (ranks[rows] == 16 - len(stopped) + 1).all()
    assert np.isnan(search.cv_results_["mean_test_score"][rows]).all()
    assert search.best_index_ not in rows
    assert search.stop_reason_ == "complete"
    # Judged among the complete candidates.
    assert 0 < search.corrected_score_ <= search.best_score_
    assert not set(rows) & set(search.equivalent_candidates())


def test_a_search_of_the_same_draws_has_the_same_winner_and_scores():
    plain = RandomSearch(SVC(), SPACE, n_iter=16, cv=3, random_state=0).fit(X, y)
    raced = RandomSearch(SVC(), SPACE, n_iter=16, cv=3, random_state=0, racing=True).fit(X, y)
    assert raced.best_params_ == plain.best_params_
    assert raced.best_score_ == plain.best_score_
    for fold in range(3):
        ours = raced.cv_results_[f"split{fold}_test_score"]
        run = ~np.isnan(ours)
        np.testing.assert_array_equal(ours[run], plain.cv_results_[f"split{fold}_test_score"][run])
    assert raced.cv_results_.keys() == plain.cv_results_.keys()


class Fails(RegressorMixin, BaseEstimator):
    """Fails to fit for some values."""

    def __init__(self, value=0):
        self.value = value

    def fit(self, X, y):
        if self.value == 1:
            raise RuntimeError("not this one")
        return self

    def predict(self, X):
        return np.full(len(X), float(self.value))


def test_folds_after_a_failed_one_are_left_out():
    search = GridSearch(Fails(), {"value": [0, 1, 2]}, cv=4, racing=True, refit=False)
    with pytest.warns(FitFailedWarning, match="1 fits failed out of a total of 9"):
        search.fit(X, y)
    assert [trial.status for trial in search.trials_] == ["complete", "failed", "complete"]
    assert search.trials_[1].why == "1 of 4 folds failed: RuntimeError: not this one"


def test_verbose_says_who_was_stopped(capsys):
    RandomSearch(SVC(), SPACE, n_iter=12, cv=3, random_state=0, racing=True, verbose=2).fit(X, y)
    assert "/12] STOPPED after 1 of 3 folds it is " in capsys.readouterr().out


def test_racing_needs_a_mean_that_decides():
    rule = one_standard_error("C")
    with pytest.raises(ValueError, match="`racing` must be False where `refit` is a function"):
        GridSearch(SVC(), {"C": [1]}, racing=True, refit=rule).fit(X, y)
    several = GridSearch(SVC(), {"C": [1]}, racing=True, scoring=["accuracy", "f1"], refit=False)
    with pytest.raises(ValueError, match="`racing` must be False where no metric decides"):
        several.fit(X, y)
