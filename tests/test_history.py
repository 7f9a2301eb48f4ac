"""The trials of a finished search as arrays."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import loguniform
from sklearn.datasets import load_iris
from sklearn.exceptions import FitFailedWarning, NotFittedError
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils import check_random_state

from skhpo import Float, GridSearch, MaximizeResult, RandomSearch, Trial, maximize
from skhpo._history import read_history
from skhpo._space import Space
from skhpo._trial import FoldResult

X, y = load_iris(return_X_y=True)
SPACE = {"max_depth": [1, 2, 3], "min_samples_leaf": [1, 10]}
TREE = DecisionTreeClassifier(random_state=0)


def make_result(S, statuses=None):
    """Result of one parameter whose trials have these fold scores; None is a fold not finished."""
    trials = []
    for number, row in enumerate(S):
        folds = tuple(
            None if score is None else FoldResult(number, fold, {"score": score})
            for fold, score in enumerate(row)
        )
        status = "complete" if None not in folds else "stopped"
        status = statuses[number] if statuses else status
        trials.append(Trial(number, {"x": number / 100}, "random", folds, status))
    return MaximizeResult({}, 0.0, tuple(trials), space=Space.from_description({"x": Float(0, 1)}))


@pytest.mark.parametrize("make", [GridSearch, GridSearchCV])
def test_scores_are_those_of_cv_results(make):
    search = make(TREE, SPACE, cv=3).fit(X, y)
    history = read_history(search)
    np.testing.assert_array_equal(history.scores, search.cv_results_["mean_test_score"])
    np.testing.assert_allclose(
        history.errors, search.cv_results_["std_test_score"] / np.sqrt(2), atol=1e-15
    )
    assert history.best == search.best_index_
    assert history.is_complete.all()


def test_a_result_of_maximize_has_its_space():
    result = maximize(lambda x: x, {"x": Float(1, 10, log=True)}, n_iter=6, random_state=0)
    history = read_history(result)
    assert history.space.branches[0]["x"] == Float(1, 10, log=True)
    assert history.scores.max() == result.best_score
    assert np.isnan(history.errors).all()


def test_a_stopped_trial_is_not_flattered_by_its_easy_folds():
    easy_first = [[0.9, 0.7], [0.8, 0.6], [0.85, None]]
    history = read_history(make_result(easy_first))
    assert history.scores == pytest.approx([0.8, 0.7, 0.75])
    assert history.is_complete.tolist() == [True, True, False]
    assert history.best == 0


def test_a_failed_trial_has_no_score_and_does_not_win():
    history = read_history(make_result([[0.1], [9.0]], ["complete", "failed"]))
    assert np.isnan(history.scores).tolist() == [False, True]
    assert history.best == 0


def test_trials_that_all_failed_have_no_best():
    assert read_history(make_result([[0.1]], ["failed"])).best is None


@pytest.mark.parametrize("scoring", [["accuracy", "neg_log_loss"], {"accuracy": "accuracy"}])
def test_several_metrics_are_looked_at_one_by_one(scoring):
    search = RandomSearch(TREE, SPACE, scoring=scoring, refit="accuracy", n_iter=3, cv=3)
    search.fit(X, y)
    for metric in scoring:
        expected = search.cv_results_[f"mean_test_{metric}"]
        np.testing.assert_array_equal(read_history(search, metric).scores, expected)
    assert read_history(search).metric == "accuracy"
    with pytest.raises(ValueError, match=r"`metric` must be one of \['accuracy'"):
        read_history(search, "auc")


def test_several_metrics_without_a_winner_need_a_name():
    search = GridSearch(TREE, SPACE, scoring=["accuracy", "neg_log_loss"], refit=False, cv=2)
    with pytest.raises(ValueError, match="name the one to look at"):
        read_history(search.fit(X, y))


@pytest.mark.parametrize(
    ("scoring", "label"),
    [(None, "score"), ("neg_log_loss", "neg log loss"), ("accuracy", "accuracy")],
)
def test_the_label_names_the_metric_with_its_sign(scoring, label):
    search = GridSearch(TREE, {"max_depth": [1, 2]}, scoring=scoring, cv=2).fit(X, y)
    assert read_history(search).label == label
    assert read_history(search, scoring).label == label


class OnlyDrawn:
    """Numbers that can be drawn, of a distribution that nobody knows."""

    def rvs(self, random_state=None):
        return float(check_random_state(random_state).uniform(0.1, 0.5))


def test_what_can_only_be_drawn_is_a_range_of_what_was_drawn():
    search = RandomSearch(TREE, {"max_features": OnlyDrawn()}, n_iter=4, cv=2, random_state=0)
    search.fit(X, y)
    values = [trial.params["max_features"] for trial in search.trials_]
    expected = Float(min(values), max(values))
    assert read_history(search).space.branches[0]["max_features"] == expected


def test_stock_searches_tell_failures():
    search = RandomizedSearchCV(
        TREE, {"ccp_alpha": loguniform(1e-3, 1), "max_depth": [1, -1]}, n_iter=6, cv=2,
        random_state=0,
    )  # fmt: skip
    with pytest.warns(FitFailedWarning, match="fits failed"), pytest.warns(match="non-finite"):
        search.fit(X, y)
    history = read_history(search)
    is_bad = [trial.params["max_depth"] == -1 for trial in history.trials]
    assert any(is_bad)
    np.testing.assert_array_equal(np.isnan(history.scores), is_bad)


def test_what_is_no_search_is_named():
    with pytest.raises(TypeError, match=r"`search` must be a fitted GridSearch.*Decision"):
        read_history(TREE)
    with pytest.raises(NotFittedError, match="GridSearch instance is not fitted"):
        read_history(GridSearch(TREE, SPACE))
    with pytest.raises(ValueError, match="whose strategy has none"):
        read_history(MaximizeResult({}, 0.0, ()))
