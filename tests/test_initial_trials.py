"""Trials of earlier searches: read from what people have of them, learnt, and never counted."""

from __future__ import annotations

import math
import pickle
import re
from functools import cache

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.svm import SVC

from skhpo import (
    BayesSearch,
    BayesStrategy,
    Float,
    GridSearch,
    RandomSearch,
    RandomStrategy,
    maximize,
)
from skhpo._initial_trials import OldTrials, name_maximised, read_old
from skhpo._trial import FoldResult, Trial
from skhpo.exceptions import InvalidParameterError
from tests.surrogate.strategies import CONDITIONAL, FLOATS, MIXED, run, score_of
from tests.test_parameters import NeverFitted

X, y = load_iris(return_X_y=True)
SPACE = {"C": Float(1e-2, 1e2, log=True), "kernel": ["rbf", "poly"]}


def bowl(x, y):
    """Best at x = .8, y = .7."""
    return -((x - 0.8) ** 2) - (y - 0.7) ** 2


SQUARE = {"x": Float(0, 1), "y": Float(0, 1)}


def make_trials(space, score, n=20, seed=9, **folds):
    """Trials of random candidates, a fold each."""
    strategy = RandomStrategy(space, random_state=seed)
    asked = [strategy.ask() for _ in range(n)]
    return tuple(
        Trial(c.number, c.params, c.origin, (FoldResult(c.number, 0, {"score": score(c.params)}),))
        for c in asked
    )


def bowl_trials(scale=1.0, offset=0.0, n=20):
    return make_trials(SQUARE, lambda p: scale * bowl(**p) + offset, n)


# --------------------------------------------------------------------------- reading


def fold(number, scores, error=None):
    return FoldResult(number, 0, scores, error=error)


def test_stopped_trials_say_nothing_and_failed_ones_that_they_failed():
    good = fold(0, {"score": 0.5})
    trials = [
        Trial(0, {"x": 0}, "model", (good, good)),
        Trial(1, {"x": 1}, "model", (good, None), "stopped"),
        Trial(2, {"x": 2}, "model", (good, fold(2, {"score": 0.0}, "boom")), "failed"),
        Trial(3, {"x": 3}, "model", (good, fold(3, None, "late")), "timed_out"),
        Trial(4, {"x": 4}, "model", (good, fold(4, {"score": math.nan}))),
    ]
    old = read_old(trials)
    assert old.params == ({"x": 0}, {"x": 2}, {"x": 3}, {"x": 4})
    np.testing.assert_array_equal(old.scores, [0.5, math.nan, math.nan, math.nan])


def test_trials_results_and_tables_of_one_search_are_read_alike():
    search = RandomSearch(SVC(), SPACE, n_iter=6, random_state=0, cv=3).fit(X, y)
    old = read_old(search.trials_)
    assert read_old(list(search.trials_)) == read_old(search.cv_results_) == old
    assert old.scores == tuple(search.cv_results_["mean_test_score"])
    assert old.noise > 0


def test_a_result_of_maximize_is_read():
    result = maximize(bowl, SQUARE, n_iter=4, random_state=0)
    assert read_old(result) == read_old(result.trials)
    assert len(read_old(result).params) == 4


def test_scikit_learns_table_is_read():
    search = GridSearchCV(SVC(), {"C": np.array([0.1, 1.0]), "kernel": ["rbf"]}).fit(X, y)
    old = read_old(search.cv_results_)
    assert old.params == tuple(search.cv_results_["params"])
    assert old.scores == tuple(search.cv_results_["mean_test_score"])


def test_rows_of_a_table_that_lack_some_folds_are_left_out():
    table = {
        "params": [{"x": i} for i in range(3)],
        "split0_test_score": [0.5, np.nan, 0.4],
        "split1_test_score": [0.7, np.nan, np.nan],
        "mean_test_score": [0.6, np.nan, np.nan],
    }
    old = read_old(table)
    assert old.params == ({"x": 0}, {"x": 1})
    np.testing.assert_array_equal(old.scores, [0.6, np.nan])


def test_a_table_without_folds_is_read():
    table = {"params": [{"x": 0}, {"x": 1}], "mean_test_score": [0.6, np.nan]}
    np.testing.assert_array_equal(read_old(table).scores, [0.6, np.nan])
    assert read_old(table).noise == 0.0


def test_none_and_no_trials_are_nothing():
    assert read_old(None) == read_old([]) == read_old(()) == OldTrials()


@pytest.mark.parametrize(
    ("scoring", "refit", "name"),
    [
        (None, True, None),
        ("f1", True, "f1"),
        (["f1", "recall"], "recall", "recall"),
        ({"a": "f1", "b": "recall"}, False, "a"),
        (max, "b", "b"),
        (max, True, None),
    ],
)
def test_the_metric_that_is_maximised_has_a_name(scoring, refit, name):
    assert name_maximised(scoring, refit) == name


def test_of_several_metrics_the_maximised_one_is_read():
    metrics = ["accuracy", "balanced_accuracy"]
    search = RandomSearch(
        SVC(), SPACE, n_iter=4, cv=3, scoring=metrics, refit="accuracy", random_state=0
    ).fit(X[20:], y[20:])
    for given in (search.trials_, search.cv_results_):
        for name in metrics:
            expected = search.cv_results_[f"mean_test_{name}"]
            np.testing.assert_allclose(read_old(given, name).scores, expected)
        message = r"must have the metric 'recall', which is maximised, got trials of \['accuracy', "
        with pytest.raises(ValueError, match=message):
            read_old(given, "recall")
        with pytest.raises(ValueError, match=r"`initial_trials` must have one metric, got trials"):
            read_old(given)


WRONG = [
    (3, "must be a list or tuple of Trial, .* Got 3 instead. Fix: initial_trials=search.trials_"),
    ("", "Got '' instead"),
    (b"trials", "Got b'trials' instead"),
    ([{"x": 1}], r"Got \[{'x': 1}\] instead"),
    (
        {"x": 1},
        r"must have 'params' and 'mean_test_score' where it is a dict, got the keys \['x'\]",
    ),
    ({"params": [1], "mean_test_score": [0.5]}, "must have 'params' and 'mean_test_score'"),
    ({"params": [{}], "mean_test_score": [0.5, 0.6]}, r"for each of 'params', got 1 and scores of"),
    (
        [Trial(0, {"x": 1}, "model", (None,), "stopped")],
        "must have a trial with all its folds, got 1 that were stopped; pass",
    ),
    (
        [Trial(0, {"x": 1}, "model", (FoldResult(0, 0, {"score": 1.0}),))],
        r"must have a trial of the space, got 1 that are not. The first one's reason: .*'x'",
    ),
]


@pytest.mark.parametrize(("given", "message"), WRONG)
def test_what_cannot_be_read_is_named_before_the_first_fit(given, message):
    with pytest.raises(ValueError, match=message):
        BayesStrategy(SPACE, initial_trials=given)
    with pytest.raises(ValueError, match=message):
        BayesSearch(NeverFitted(), {"C": Float(0, 1)}, initial_trials=given).fit(X, y)
    with pytest.raises(ValueError, match=message):
        maximize(bowl, SPACE, initial_trials=given)


def test_a_file_that_is_not_there_is_named_before_the_first_fit():
    message = r"`initial_trials` must be a file that exists, got '.*trials', which is not there"
    with pytest.raises(FileNotFoundError, match=message):
        BayesStrategy(SPACE, initial_trials="trials")
    with pytest.raises(FileNotFoundError, match=message):
        BayesSearch(NeverFitted(), {"C": Float(0, 1)}, initial_trials="trials").fit(X, y)
    with pytest.raises(FileNotFoundError, match=message):
        maximize(bowl, SPACE, initial_trials="trials")


def test_a_wrong_kind_is_scikit_learns_kind_of_error():
    with pytest.raises(InvalidParameterError, match="The 'initial_trials' parameter of maximize"):
        maximize(bowl, SQUARE, initial_trials=3)


@pytest.mark.parametrize("strategy", ["random", "grid", RandomStrategy(SQUARE)])
def test_strategies_that_do_not_learn_refuse_trials(strategy):
    space = SQUARE if isinstance(strategy, str) else None
    with pytest.raises(ValueError, match=r"`initial_trials` must be None where `strategy` is not"):
        maximize(bowl, space, strategy=strategy, initial_trials=bowl_trials())


def test_trials_outside_of_the_space_are_left_out_with_one_warning():
    trials = bowl_trials(n=10)
    inside = [t for t in trials if t.params["x"] <= 0.5]
    narrow = {"x": Float(0, 0.5), "y": Float(0, 1)}
    message = (
        f"{10 - len(inside)} of the 10 trials of `initial_trials` are left out, because they are "
        "not of the space. The first one's reason: `initial_trials` must give 'x' a number from 0 "
    )
    with pytest.warns(UserWarning, match=re.escape(message)) as caught:
        strategy = BayesStrategy(narrow, random_state=0, initial_trials=trials)
    assert len(caught) == 1
    assert caught[0].filename == __file__
    assert run(strategy, 6) == run(BayesStrategy(narrow, random_state=0, initial_trials=inside), 6)


# -------------------------------------------------------------------------- learning


def test_the_best_old_candidate_is_tried_after_the_given_ones():
    trials = bowl_trials()
    best = max(trials, key=Trial.mean_score).params
    given = {"x": 0.5, "y": 0.5}
    first = run(BayesStrategy(SQUARE, random_state=0, initial_trials=trials), 1)
    assert first == [best]
    both = run(BayesStrategy(SQUARE, initial_params=given, initial_trials=trials), 2)
    assert both == [given, best]
    once = run(BayesStrategy(SQUARE, initial_params=best, initial_trials=trials), 6)
    assert once.count(best) == 1


def best_of_six(seed, old):
    asked = run(
        BayesStrategy(SQUARE, random_state=seed, initial_trials=old), 6, lambda p: bowl(**p)
    )
    return max(bowl(**params) for params in asked)


@cache
def bests_without_old_trials():
    return [best_of_six(seed, None) for seed in range(5)]


@pytest.mark.parametrize(
    ("scale", "offset"), [(1.0, 0.0), (0.01, -5.0), (100.0, -5.0), (0.01, 1e4), (100.0, 1e4)]
)
def test_alike_trials_help_whatever_their_level_and_unit(scale, offset):
    trials = bowl_trials(scale, offset)
    told = [best_of_six(seed, trials) for seed in range(5)]
    assert sum(a > b for a, b in zip(told, bests_without_old_trials(), strict=True)) >= 4


def test_misleading_trials_are_found_out():
    def best(seed, old):
        asked = run(
            BayesStrategy(SQUARE, random_state=seed, initial_trials=old), 20, lambda p: bowl(**p)
        )
        return max(bowl(**params) for params in asked)

    negated = bowl_trials(scale=-1.0, n=30)
    assert np.mean([best(seed, negated) for seed in range(3)]) > -0.01


def test_old_candidates_may_be_proposed_again():
    space = {"a": [1, 2, 3], "b": ["x", "y"]}
    trials = make_trials(space, lambda p: float(p["a"]), n=6)
    asked = run(BayesStrategy(space, random_state=0, initial_trials=trials), 6, lambda p: p["a"])
    assert len({tuple(params.items()) for params in asked}) == 6
    assert asked[0]["a"] == 3


def test_old_failures_are_kept_away_from():
    def score(params):
        return math.nan if params["x"] > 0.5 else -((params["y"] - 0.3) ** 2)

    strategy = BayesStrategy(SQUARE, random_state=0, initial_trials=make_trials(SQUARE, score, 40))
    asked = [strategy.ask() for _ in range(12)]
    modelled = [candidate.params["x"] for candidate in asked if candidate.origin == "model"]
    assert np.mean(np.array(modelled) < 0.6) > 0.7


@pytest.mark.parametrize(
    "score",
    [lambda p: math.nan, lambda p: 0.5, lambda p: -math.inf, lambda p: math.inf, lambda p: 1e300],
    ids=["failures", "equal", "-inf", "inf", "huge"],
)
@pytest.mark.parametrize("n", [1, 20])
def test_trials_that_say_little_are_survived(score, n):
    trials = make_trials(MIXED, score, n)
    asked = run(BayesStrategy(MIXED, random_state=0, initial_trials=trials), 10)
    assert len(asked) == 10


@pytest.mark.parametrize("space", [FLOATS, MIXED, CONDITIONAL], ids=["floats", "mixed", "dicts"])
def test_the_same_trials_give_the_same_candidates_pickled_too(space):
    trials = make_trials(space, score_of)
    first = BayesStrategy(space, random_state=1, initial_trials=trials)
    second = BayesStrategy(space, random_state=1, initial_trials=trials)
    assert run(first, 8) == run(second, 8)
    copied = pickle.loads(pickle.dumps(first))
    assert run(copied, 3) == run(first, 3)


def test_none_changes_nothing():
    plain = run(BayesStrategy(MIXED, random_state=0), 10)
    assert run(BayesStrategy(MIXED, random_state=0, initial_trials=None), 10) == plain
    assert run(BayesStrategy(MIXED, random_state=0, initial_trials=[]), 10) == plain


def test_many_old_trials_are_learnt_from_and_many_pending_do_not_crowd():
    trials = make_trials(MIXED, score_of, 400)
    strategy = BayesStrategy(MIXED, random_state=0, initial_trials=trials)
    asked = [strategy.ask() for _ in range(8)]
    assert {candidate.origin for candidate in asked[3:]} == {"model"}
    assert len({repr(candidate.params) for candidate in asked}) == 8


def test_predictions_are_in_the_units_of_what_was_told():
    strategy = BayesStrategy(SQUARE, random_state=0, initial_trials=bowl_trials(100.0, -7.0))
    run(strategy, 12, lambda p: bowl(**p))
    places = [{"x": 0.8, "y": 0.7}, {"x": 0.7, "y": 0.6}, {"x": 0.8, "y": 0.55}]
    mean, deviation = strategy.predict(places)
    truth = np.array([bowl(**params) for params in places])
    assert np.all(np.abs(mean - truth) < 0.05)
    assert np.all(deviation < 0.2)
    assert 0 <= strategy.expect_regret(places[0]) < 0.1


# -------------------------------------------------------------------------- searches


def test_a_search_learns_from_another_and_counts_its_own_trials_only():
    old = GridSearch(SVC(), {"C": [0.01, 1.0, 100.0], "kernel": ["rbf", "poly"]}, cv=3).fit(X, y)
    for given in (old.trials_, old.cv_results_):
        search = BayesSearch(SVC(), SPACE, n_iter=4, cv=3, random_state=0, initial_trials=given)
        search.fit(X, y)
        assert search.n_trials_ == len(search.cv_results_["params"]) == 4
        assert search.trials_[0].params == old.best_params_
        assert search.trials_[3].origin == "model"
        assert search.get_params()["initial_trials"] is given


def test_copied_estimators_are_known_again():
    space = {"scale": [StandardScaler(), MinMaxScaler()], "alpha": Float(0, 1)}
    old = make_trials(space, lambda p: p["alpha"], 5)
    copied = pickle.loads(pickle.dumps(old))
    strategy = BayesStrategy(space, random_state=0, initial_trials=copied)
    assert any(strategy.ask().params["scale"] is choice for choice in space["scale"])


def test_a_search_with_trials_is_cloned_and_pickled():
    from sklearn.base import clone

    old = bowl_trials(n=3)
    search = BayesSearch(Ridge(), {"alpha": Float(0, 1)}, initial_trials=old)
    assert clone(search).initial_trials == old
    assert pickle.loads(pickle.dumps(search)).initial_trials == old


def test_maximize_goes_on_from_an_earlier_result():
    first = maximize(bowl, SQUARE, n_iter=12, random_state=0)
    second = maximize(bowl, SQUARE, n_iter=5, random_state=1, initial_trials=first)
    assert len(second.trials) == 5
    assert second.trials[0].params == first.best_params
    assert second.best_score >= first.best_score
