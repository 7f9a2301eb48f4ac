"""Which search is suggested, and with what budget."""

import re

import pytest
from sklearn.datasets import load_iris
from sklearn.model_selection import GroupKFold, LeaveOneOut, ShuffleSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from skhpo import (
    BayesSearch,
    Float,
    GridSearch,
    RandomSearch,
    Suggestion,
    default_space,
    suggest_strategy,
)
from skhpo._suggest import EVEN_SECONDS, N_DEFAULT, N_FEW

LISTS = {"max_depth": [2, 3, 4], "criterion": ["gini", "entropy"]}
RANGES = {"C": Float(0.1, 10.0, log=True), "gamma": Float(0.01, 1.0, log=True), "tol": [1e-3, 1e-2]}

# Estimator, space, keywords, search, number of trials (None of a grid), part of the reason.
CASES = {
    "a grid of all": (DecisionTreeClassifier(), LISTS, {}, GridSearch, None, "6 candidates"),
    "lists above the budget": (
        DecisionTreeClassifier(),
        LISTS | {"min_samples_leaf": list(range(1, 20))},
        {"n_iter": 30},
        BayesSearch,
        30,
        "30 trials of 3 hyper-parameters",
    ),
    "nothing said": (SVC(), RANGES, {}, BayesSearch, N_DEFAULT, "50 trials of 3"),
    "one range": (SVC(), {"C": RANGES["C"]}, {"n_iter": 20}, BayesSearch, 20, "of 1 hyper"),
    "many workers": (
        SVC(),
        RANGES,
        {"n_iter": 30, "n_jobs": 32},
        RandomSearch,
        30,
        "With 32 workers, 39 candidates are asked before a score is known",
    ),
    "cheap, and time is the limit": (
        SVC(),
        RANGES,
        {"max_time": 6.0, "fit_seconds": 0.0006},
        RandomSearch,
        2000,
        "2000 random candidates are as many as the time allows",
    ),
    "cheap, but trials are the limit": (
        SVC(),
        RANGES,
        {"n_iter": 40, "fit_seconds": 0.0006},
        BayesSearch,
        40,
        "learning from the scores",
    ),
    "time for a few": (
        SVC(),
        RANGES,
        {"max_time": 3600, "fit_seconds": 240.0},
        BayesSearch,
        3,
        "A budget of 3 is too few trials",
    ),
    "time for many": (
        SVC(),
        RANGES,
        {"max_time": 3600, "fit_seconds": 10.0},
        BayesSearch,
        72,
        "72 trials",
    ),
    "the smaller of both": (
        SVC(),
        RANGES,
        {"n_iter": 20, "max_time": 3600, "fit_seconds": 10.0},
        BayesSearch,
        20,
        "20 trials",
    ),
    "time for none": (
        SVC(),
        RANGES,
        {"max_time": 1.0, "fit_seconds": 1e4},
        BayesSearch,
        1,
        "A budget of 1 is",
    ),
}


@pytest.mark.parametrize(
    ("estimator", "space", "keywords", "kind", "n_trials", "reason"), CASES.values(), ids=CASES
)
def test_a_search_suits_its_budget(estimator, space, keywords, kind, n_trials, reason):
    suggestion = suggest_strategy(estimator, space, **keywords)
    assert isinstance(suggestion, Suggestion)
    assert type(suggestion.search) is kind
    assert getattr(suggestion.search, "n_iter", None) == n_trials
    assert reason in suggestion.reason
    assert repr(suggestion) == f"{kind.__name__}: {suggestion.reason}"
    assert suggestion.search.max_time == keywords.get("max_time")


def test_with_few_trials_the_own_parameters_are_tried_first():
    search = suggest_strategy(SVC(), RANGES, n_iter=N_FEW).search
    assert search.param_distributions == RANGES
    assert search.initial_params == "default"
    assert suggest_strategy(SVC(), RANGES, n_iter=N_FEW + 1).search.initial_params is None


@pytest.mark.parametrize(
    ("cv", "n_folds"),
    [(None, 5), (3, 3), (0.25, 1), (ShuffleSplit(7), 7), ([(0, 1)] * 4, 4), (LeaveOneOut(), 5),
     (GroupKFold(6), 6)],
    ids=["none", "3", "share", "shuffle", "list", "each", "groups"],
)  # fmt: skip
def test_folds_are_counted(cv, n_folds):
    search = suggest_strategy(SVC(), RANGES, max_time=1000, fit_seconds=1.0, cv=cv).search
    assert search.n_iter == 1000 // n_folds
    assert search.cv is cv


def test_workers_shorten_a_trial():
    keywords = {"max_time": 1000, "fit_seconds": 1.0, "n_jobs": 4}
    assert suggest_strategy(SVC(), RANGES, **keywords).search.n_iter == 800


@pytest.mark.parametrize(
    ("case", "first"),
    [
        ("a grid of all", None),
        ("many workers", [{"C": 2.0}]),
        ("time for a few", [{"C": 2.0}]),
    ],
)
def test_what_is_known_is_passed_to_searches_that_take_it(case, first):
    estimator, space, keywords, *_ = CASES[case]
    known = {"initial_params": [{"C": 2.0}], "initial_trials": None}
    search = suggest_strategy(estimator, space, **keywords, **known).search
    assert getattr(search, "initial_params", None) == first


def test_it_can_be_fitted():
    X, y = load_iris(return_X_y=True)
    pipeline = make_pipeline(StandardScaler(), SVC())
    keywords = {"n_iter": 6, "cv": 2, "random_state": 0}
    suggestion = suggest_strategy(pipeline, default_space(pipeline), **keywords)
    assert suggestion.search.fit(X, y).n_trials_ == 6


def test_a_trial_that_takes_as_long_as_a_model_is_worth_one():
    keywords = {"max_time": 10.0, "cv": 5}
    for seconds, kind in ((0.9 * EVEN_SECONDS, RandomSearch), (1.1 * EVEN_SECONDS, BayesSearch)):
        search = suggest_strategy(SVC(), RANGES, fit_seconds=seconds / 5, **keywords).search
        assert type(search) is kind


REFUSED = [
    ({"C": "10"}, {}, "Parameter grid for parameter 'C' needs to be a list"),
    ({"gama": [1, 2]}, {}, "Did you mean 'gamma'"),
    (RANGES, {"n_iter": 0}, "The 'n_iter' parameter of suggest_strategy must be"),
    (RANGES, {"max_time": -1}, "The 'max_time' parameter of suggest_strategy must be"),
    (RANGES, {"fit_seconds": 0}, "The 'fit_seconds' parameter .* Fix: time one fit"),
    (RANGES, {"folds": 3}, "unexpected keyword argument 'folds'"),
]


@pytest.mark.parametrize(("space", "keywords", "message"), REFUSED, ids=range(len(REFUSED)))
def test_what_cannot_be_searched_is_refused(space, keywords, message):
    with pytest.raises((TypeError, ValueError), match=message):
        suggest_strategy(SVC(), space, **keywords)


def test_a_reason_is_a_sentence():
    for estimator, space, keywords, *_ in CASES.values():
        reason = suggest_strategy(estimator, space, **keywords).reason
        assert re.fullmatch(r"[A-Z0-9].*\.", reason)
