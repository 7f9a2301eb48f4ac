"""A fold run again in the calling process: its score, or its exception."""

from __future__ import annotations

import copy
import os
import pickle
import traceback

import numpy as np
import pytest
import sklearn
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import load_iris
from sklearn.exceptions import FitFailedWarning, NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import ShuffleSplit
from sklearn.tree import DecisionTreeClassifier

from skhpo import BayesSearch, GridSearch, RandomSearch

X, y = load_iris(return_X_y=True)
SPACE = {"max_depth": [1, 2, 3]}

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.FitFailedWarning"),
    pytest.mark.filterwarnings("ignore:One or more of the test scores:UserWarning"),
]


class Picky(DecisionTreeClassifier):
    """A tree that cannot be of depth 3."""

    def fit(self, X, y, sample_weight=None):
        """Fit, or not."""
        if self.max_depth == 3:
            raise ArithmeticError("three is too deep")
        return super().fit(X, y, sample_weight=sample_weight)


@pytest.mark.parametrize("cls", [GridSearch, RandomSearch, BayesSearch])
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_fold_has_the_score_that_it_had_and_the_failure_that_it_had(cls, n_jobs):
    # A splitter without a seed, weights, rows set aside: nothing of it is drawn again.
    search = cls(
        Picky(max_features=1, random_state=0),
        SPACE,
        cv=ShuffleSplit(3, test_size=0.3),
        test_size=0.2,
        n_jobs=n_jobs,
        random_state=0,
        **({} if cls is GridSearch else {"n_iter": 3}),
    )
    search.fit(X, y, sample_weight=np.linspace(0.1, 1, len(X)))
    for trial in search.trials_:
        for fold in range(3):
            if trial.params["max_depth"] == 3:
                with pytest.raises(ArithmeticError, match="three is too deep") as caught:
                    search.reproduce(trial.number, fold)
                # The frames of the fit are there, for a debugger.
                assert traceback.extract_tb(caught.value.__traceback__)[-1].filename == __file__
            else:
                assert search.reproduce(trial.number, fold) == trial.fold_scores()[fold]


def test_several_metrics_are_a_dict():
    search = GridSearch(
        Picky(random_state=0), SPACE, scoring=["accuracy", "f1_macro"], refit="accuracy"
    ).fit(X, y)
    scores = search.reproduce(1, 4)
    assert scores == {name: search.trials_[1].fold_scores(name)[4] for name in scores}
    assert list(scores) == ["accuracy", "f1_macro"]


def fail_to_score(estimator, X, y):
    """Score all but deep trees."""
    if estimator.max_depth == 3:
        raise ArithmeticError("no score for three")
    return {"one": 1.0, "two": 2.0}


@pytest.mark.filterwarnings("ignore:Scoring failed:UserWarning")
@pytest.mark.parametrize("is_named", [False, True])
def test_the_exception_of_a_scorer_comes_through_too(is_named):
    scoring = {"a": lambda *args: fail_to_score(*args)["one"]} if is_named else fail_to_score
    search = GridSearch(DecisionTreeClassifier(), SPACE, scoring=scoring, refit=False).fit(X, y)
    with pytest.raises(ArithmeticError, match="no score for three"):
        search.reproduce(2, 0)
    assert search.reproduce(1, 0) == ({"a": 1.0} if is_named else {"one": 1.0, "two": 2.0})


class SeesConfiguration(ClassifierMixin, BaseEstimator):
    """Fails where scikit-learn assumes finite values, with what it saw."""

    def fit(self, X, y):
        """Fail."""
        raise RuntimeError(f"assume_finite={sklearn.get_config()['assume_finite']} {os.getpid()}")


def test_the_configuration_is_that_of_the_search_and_the_process_is_this_one():
    search = GridSearch(SeesConfiguration(), {})
    with sklearn.config_context(assume_finite=True), pytest.raises(ValueError, match="All the 5"):
        search.fit(X, y)
    with pytest.raises(RuntimeError, match=f"assume_finite=True {os.getpid()}"):
        search.reproduce(0, 0)


def test_data_are_kept_after_failures_only_and_not_in_copies():
    sound = GridSearch(LogisticRegression(max_iter=500), {"C": [1.0]}).fit(X, y)
    failed = GridSearch(Picky(), SPACE).fit(X, y)
    assert failed.reproduce(0, 0) > 0
    copies = [copy.copy(failed), copy.deepcopy(failed), pickle.loads(pickle.dumps(failed))]
    for search in [sound, *copies]:
        assert search._failed_data is None
        with pytest.raises(ValueError, match="`reproduce` needs the rows, which a search keeps"):
            search.reproduce(0, 0)
    failed.set_params(param_grid={"max_depth": [1]}).fit(X, y)
    assert failed._failed_data is None


def test_a_second_fit_is_what_is_reproduced():
    search = GridSearch(Picky(random_state=0), SPACE, cv=3).fit(X, y)
    search.fit(X[::-1] + 1.0, y[::-1])
    assert search.reproduce(1, 0) == search.trials_[1].fold_scores()[0]


@pytest.mark.parametrize(
    ("place", "match"),
    [
        (
            (3, 0),
            r"`trial_number` must be an int in the range \[0, 3\), got 3; they number the rows",
        ),
        (
            (-1, 0),
            r"`trial_number` must be an int in the range \[0, 3\), got -1; they number the rows",
        ),
        (
            ("1", 0),
            r"`trial_number` must be an int in the range \[0, 3\), got '1'; they number the rows",
        ),
        ((0, 5), r"`fold` must be an int in the range \[0, 5\), got 5; they number the splits"),
        ((0, 1.0), r"`fold` must be an int in the range \[0, 5\), got 1.0; they number the splits"),
    ],
)
def test_places_that_are_not_there_are_named(place, match):
    with pytest.warns(FitFailedWarning, match="5 fits failed"):
        search = GridSearch(Picky(), SPACE).fit(X, y)
    with pytest.raises(ValueError, match=match):
        search.reproduce(*place)


def test_before_a_fit_there_is_nothing_to_reproduce():
    with pytest.raises(NotFittedError, match="This GridSearch instance is not fitted yet"):
        GridSearch(Picky(), SPACE).reproduce(0, 0)
