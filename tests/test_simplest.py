"""The simplest candidate within one standard error of the best."""

from __future__ import annotations

import pickle
import re

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer, make_classification
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from skhpo import BayesSearch, GridSearch, RandomSearch, one_standard_error

X, Y = make_classification(90, flip_y=0.2, random_state=0)
TREE = DecisionTreeClassifier(random_state=0)


def results(scores, metrics=("score",), **params):
    """Make ``cv_results_`` of fold scores of shape (n_candidates, n_folds)."""
    scores = np.asarray(scores, dtype=float)
    made = {"params": [{}] * len(scores)}
    for name, values in params.items():
        missing = [value is None for value in values]
        made[f"param_{name}"] = np.ma.MaskedArray(np.array(values, dtype=object), mask=missing)
    for metric in metrics:
        for fold in range(scores.shape[1]):
            made[f"split{fold}_test_{metric}"] = scores[:, fold]
        made[f"mean_test_{metric}"] = scores.mean(axis=1)
        made[f"std_test_{metric}"] = scores.std(axis=1)
    return made


# Means .9, .85, .80 and .5. The first one's folds are .8 and 1: a deviation of .1414 with
# ddof=1, an error of .1 of the mean, so that all from .8 on are as good.
SCORES = [[0.8, 1.0], [0.85, 0.85], [0.8001, 0.8001], [0.5, 0.5]]


def test_the_smallest_value_within_one_error_is_chosen():
    assert one_standard_error("C")(results(SCORES, C=[4, 3, 2, 1])) == 2
    # Just below the error's reach.
    scores = [*SCORES[:2], [0.7999, 0.7999], SCORES[3]]
    assert one_standard_error("C")(results(scores, C=[4, 3, 2, 1])) == 1


def test_a_minus_makes_larger_values_simpler():
    assert one_standard_error("-alpha")(results(SCORES, alpha=[1, 2, 3, 4])) == 2
    assert one_standard_error("alpha")(results(SCORES, alpha=[1, 2, 3, 4])) == 0


def test_the_first_name_decides_and_the_next_ones_among_equals():
    found = results(SCORES, depth=[3, 2, 2, 1], leaf=[1, 5, 9, 1])
    assert one_standard_error("depth", "leaf")(found) == 1
    assert one_standard_error("depth", "-leaf")(found) == 2
    assert one_standard_error("-leaf", "depth")(found) == 2


def test_among_equals_the_best_score_decides():
    assert one_standard_error("depth")(results(SCORES, depth=[3, 2, 2, 1])) == 1


@pytest.mark.parametrize("name", ["gamma", "-gamma"])
def test_candidates_without_the_parameter_come_last(name):
    found = results(SCORES, gamma=[None, 3.0, None, 1.0])
    assert one_standard_error(name)(found) == 1
    # Where none of the good ones has it, the best score decides.
    assert one_standard_error(name)(results(SCORES, gamma=[None, None, None, 1.0])) == 0


def test_no_limit_is_the_least_simple():
    found = results(SCORES, max_depth=[2, None, 8, 1])
    found["param_max_depth"] = np.ma.MaskedArray(np.array([2, None, 8, 1]), mask=False)
    assert one_standard_error("max_depth")(found) == 0
    assert one_standard_error("-max_depth")(found) == 2


@pytest.mark.parametrize(("name", "expected"), [("C", 2), ("-C", 0)])
def test_infinite_values_are_values(name, expected):
    assert one_standard_error(name)(results(SCORES, C=[np.inf, 1.0, -np.inf, 0.0])) == expected


def test_candidates_without_a_score_are_passed_over():
    scores = [*SCORES[:3], [np.nan, 1.0]]
    assert one_standard_error("C")(results(scores, C=[4, 3, 2, 1])) == 2
    message = "one_standard_error needs a candidate that has a score, got none."
    with pytest.raises(ValueError, match=f"^{message}$"):
        one_standard_error("C")(results([[np.nan, np.nan]], C=[1]))


def test_an_error_of_zero_leaves_the_best():
    assert one_standard_error("C")(results([[0.9, 0.9], [0.8, 0.8]], C=[2, 1])) == 0


@pytest.mark.parametrize("values", [[True, False, False, True], np.array([4.0, 3.0, 2.0, 1.0])])
def test_numbers_may_be_of_any_kind(values):
    assert one_standard_error("C")(results(SCORES, C=list(values))) in (1, 2)


def test_a_named_metric_decides_among_several():
    found = results(SCORES, metrics=("first", "second"), C=[4, 3, 2, 1])
    found["mean_test_second"] = found["mean_test_second"][::-1]
    assert one_standard_error("C", metric="first")(found) == 2
    assert one_standard_error("C", metric="second")(found) == 3
    for metric in (None, "third"):
        message = (
            "`metric` of one_standard_error must be among ['first', 'second'], got "
            f"{metric!r}; pass one_standard_error(..., metric='first')."
        )
        with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
            one_standard_error("C", metric=metric)(found)


def test_an_unknown_name_and_values_that_are_no_numbers_are_named():
    found = results(SCORES, kernel=["rbf", "linear", None, "poly"])
    message = (
        "`order` of one_standard_error must name parameters of the space, ['kernel'], got 'C';"
    )
    with pytest.raises(ValueError, match=re.escape(message)):
        one_standard_error("C")(found)
    message = "must name parameters that are numbers, got 'kernel' with values such as 'rbf'"
    with pytest.raises(ValueError, match=message):
        one_standard_error("kernel")(found)


def test_a_single_fold_has_no_error():
    message = "`cv` must have at least two folds for one_standard_error.*got 1; use cv=5"
    with pytest.raises(ValueError, match=message):
        one_standard_error("C")(results([[0.9], [0.8]], C=[1, 2]))


@pytest.mark.parametrize("order", [(), (3,), ("C", None)])
def test_names_must_be_strings(order):
    message = f"must be names of parameters, simplest first, got {order!r};"
    with pytest.raises(TypeError, match=re.escape(message)):
        one_standard_error(*order)


def test_it_shows_how_it_was_made_and_can_be_pickled():
    rule = one_standard_error("depth", "-leaf", metric="f1")
    assert repr(rule) == "one_standard_error('depth', '-leaf', metric='f1')"
    again = pickle.loads(pickle.dumps(rule))
    assert (again.order, again.metric) == (rule.order, rule.metric)
    assert repr(one_standard_error("C")) == "one_standard_error('C')"


# In a search ------------------------------------------------------------------------------


@pytest.mark.parametrize("cls", [GridSearch, RandomSearch, BayesSearch])
def test_a_search_refits_the_simplest(cls):
    keywords = {} if cls is GridSearch else {"n_iter": 6}
    rule = one_standard_error("max_depth")
    space = {"max_depth": [1, 2, 3, 4, 6, 8]}
    search = cls(TREE, space, refit=rule, random_state=0, **keywords).fit(X, Y)
    found = search.cv_results_
    best = found["mean_test_score"].argmax()
    least = found["mean_test_score"][best] - found["std_test_score"][best] / np.sqrt(4)
    good = [n for n in range(6) if found["mean_test_score"][n] >= least]
    expected = min(found["params"][n]["max_depth"] for n in good)
    assert search.best_params_ == {"max_depth": expected}
    assert search.best_estimator_.max_depth == expected
    assert np.isfinite(search.corrected_score_)
    again = clone(search)
    assert repr(again.refit) == repr(rule)
    assert again.fit(X, Y).best_params_ == search.best_params_
    assert pickle.loads(pickle.dumps(search)).refit.order == ("max_depth",)


def test_conditional_spaces_and_several_metrics():
    space = [{"kernel": ["linear"], "C": [0.1, 1]}, {"gamma": [0.01, 0.1]}]
    rule = one_standard_error("C", metric="f1")
    search = GridSearch(SVC(), space, refit=rule, scoring=["accuracy", "f1"]).fit(X, Y)
    assert search.best_index_ in range(4)
    with pytest.raises(ValueError, match=r"got None; pass one_standard_error\(\.\.\., metric="):
        search.set_params(refit=one_standard_error("C")).fit(X, Y)


def test_the_correction_draws_the_rule_again():
    # A rule that gives points away for simplicity is worth less than the best score.
    search = GridSearch(
        TREE, {"max_depth": [1, 2, 3, 4, 6, 8]}, refit=one_standard_error("max_depth")
    )
    search.fit(X, Y)
    chosen = search.cv_results_["mean_test_score"][search.best_index_]
    assert search.optimism_ == pytest.approx(chosen - search.corrected_score_)
    assert search.corrected_score_ <= search.cv_results_["mean_test_score"].max()


@pytest.mark.parametrize(
    ("keywords", "message"),
    [
        ({"refit": one_standard_error("max_depht")}, "must name parameters of the space"),
        (
            {"refit": one_standard_error("max_depth"), "scoring": ["accuracy", "f1"]},
            r"`metric` of one_standard_error must be among \['accuracy', 'f1'\], got None",
        ),
        ({"refit": one_standard_error("max_depth"), "cv": 0.25}, "at least two folds"),
        ({"refit": one_standard_error("criterion")}, "parameters that are numbers"),
    ],
)
def test_mistakes_are_found_before_the_first_fit(keywords, message):
    class Counted(DecisionTreeClassifier):
        def fit(self, *args, **params):
            pytest.fail("was fitted")

    space = {"max_depth": [1, None], "criterion": ["gini", "entropy"]}
    with pytest.raises(ValueError, match=message):
        GridSearch(Counted(), space, **keywords).fit(*load_breast_cancer(return_X_y=True))
