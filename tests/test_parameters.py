"""Bad input gives one clear error before the first fit: parameter, rule, value, fix."""

from __future__ import annotations

import re

import numpy as np
import pytest
from scipy.stats import loguniform, norm
from sklearn import config_context
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import load_iris
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score
from sklearn.pipeline import Pipeline
from sklearn.svm import SVC

from skhpo import BayesSearch, Float, GridSearch, InvalidParameterError, RandomSearch

SEARCHES = [GridSearch, RandomSearch, BayesSearch]
X, y = load_iris(return_X_y=True)


class NeverFitted(ClassifierMixin, BaseEstimator):
    """Fails the test that fits it."""

    def __init__(self, C=1.0):
        self.C = C

    def fit(self, X, y):
        pytest.fail("was fitted")

    def predict(self, X):
        pytest.fail("was asked to predict")


def build(cls, space=None, **keywords):
    """Build a search around an estimator that must not be fitted."""
    estimator = keywords.pop("estimator", NeverFitted())
    if cls is not GridSearch:
        keywords = {"n_iter": 2} | keywords
    return cls(estimator, {"C": [0.1, 1.0]} if space is None else space, **keywords)


WRONG_KEYWORDS = [
    (
        {"estimator": 3},
        "The 'estimator' parameter of {} must be an object implementing 'fit'. Got 3 instead.",
    ),
    ({"estimator": SVC}, "pass an estimator instance"),
    (
        {"n_jobs": "two"},
        "The 'n_jobs' parameter of {} must be an instance of 'int' or None. Got 'two' instead.",
    ),
    ({"n_jobs": 1.5}, "Got 1.5 instead."),
    ({"n_jobs": 0}, "n_jobs == 0 in Parallel has no meaning"),
    ({"cv": "five"}, "The 'cv' parameter of {} must be"),
    ({"cv": 1}, "Got 1 instead. Fix: cv=5 is five folds, cv=0.25 one validation split."),
    ({"cv": 1.0}, "a float in the range (0, 1)"),
    ({"cv": 0.0}, "Got 0.0 instead."),
    ({"cv": -0.2}, "Got -0.2 instead."),
    ({"cv": True}, "Got True instead."),
    ({"refit": 3}, "The 'refit' parameter of {} must be"),
    ({"verbose": -1}, "The 'verbose' parameter of {} must be an int in the range [0, inf)"),
    ({"verbose": "loud"}, "Got 'loud' instead."),
    ({"pre_dispatch": None}, "The 'pre_dispatch' parameter of {} must be"),
    ({"pre_dispatch": "2*jobs", "n_jobs": 2}, "pre_dispatch"),
    ({"pre_dispatch": "__import__('os')", "n_jobs": 2}, "pre_dispatch"),
    ({"error_score": "nan"}, "The 'error_score' parameter of {} must be a str among {{'raise'}}"),
    ({"error_score": None}, "Got None instead. Fix: numpy.nan goes on after failures."),
    ({"return_train_score": 1}, "The 'return_train_score' parameter of {} must be"),
    ({"random_state": -1}, "The 'random_state' parameter of {} must be an int in the range"),
    ({"random_state": "0"}, "Got '0' instead."),
    ({"random_state": 2**32}, "Got 4294967296 instead."),
    ({"on_interrupt": "stop"}, "a str among {{'raise', 'refit'}}. Got 'stop' instead."),
    (
        {"keep_oof": "probabilities"},
        "The 'keep_oof' parameter of {} must be",
    ),
    ({"keep_oof": None}, "Got None instead. Fix: keep_oof='predict_proba' keeps probabilities"),
    ({"keep_oof": 1}, "Got 1 instead."),
    ({"share_fits": 1}, "Got 1 instead. Fix: share_fits=False fits every step of every candidate."),
    ({"eval_set": True}, "Got True instead. Fix: eval_set='inner' keeps a tenth of each fold's"),
    ({"test_size": 1.5}, "The 'test_size' parameter of {} must be"),
    ({"test_size": 0}, "Got 0 instead. Fix: test_size=0.2 sets a fifth of the rows aside."),
    ({"test_size": "0.2"}, "Got '0.2' instead."),
    ({"test_split": 3}, "The 'test_split' parameter of {} must be an object implementing 'split'"),
    ({"test_ledger": 3}, "The 'test_ledger' parameter of {} must be a non-empty str, an instance"),
    ({"test_ledger": b"x"}, "Fix: test_ledger='spent.sqlite' is a file that searches share."),
    ({"test_ledger": ""}, "Got '' instead."),
    ({"checkpoint": 3}, "The 'checkpoint' parameter of {} must be a non-empty str, an instance"),
    (
        {"checkpoint": ""},
        "Got '' instead. Fix: checkpoint='search.sqlite' is a file of this search.",
    ),
    ({"racing": "yes"}, "Got 'yes' instead. Fix: racing=True stops candidates that cannot win."),
    ({"scoring": "acuracy"}, "Got 'acuracy' instead. Did you mean 'accuracy'?"),
    ({"scoring": 3}, "The 'scoring' parameter of {} must be a str among"),
    ({"scoring": accuracy_score}, "looks like it is a metric function rather than a scorer"),
    ({"scoring": ["accuracy", "acuracy"]}, "acuracy"),
    ({"scoring": []}, "Empty list was given"),
    (
        {"scoring": ["accuracy", "f1_macro"]},
        "For multi-metric scoring, the parameter refit must be set to a scorer key",
    ),
    (
        {"scoring": ["accuracy", "f1_macro"], "refit": "acuracy"},
        "'acuracy' was passed. Did you mean 'accuracy'?",
    ),
]


@pytest.mark.parametrize("cls", SEARCHES)
@pytest.mark.parametrize(("keywords", "message"), WRONG_KEYWORDS)
def test_a_wrong_keyword_is_named_before_the_first_fit(cls, keywords, message):
    search = build(cls, **dict(keywords))
    with pytest.raises((ValueError, TypeError), match=re.escape(message.format(cls.__name__))):
        search.fit(X, y)


@pytest.mark.parametrize("cls", [RandomSearch, BayesSearch])
@pytest.mark.parametrize("n_iter", [0, -3, 2.5, "10", None, True])
def test_n_iter_must_be_a_positive_int(cls, n_iter):
    message = f"The 'n_iter' parameter of {cls.__name__} must be an int in the range [1, inf). Got"
    with pytest.raises(InvalidParameterError, match=re.escape(message)):
        build(cls, n_iter=n_iter).fit(X, y)


@pytest.mark.parametrize("points", [0, 2.5, None])
def test_points_per_dimension_must_be_a_positive_int(points):
    message = "The 'points_per_dimension' parameter of GridSearch must be an int in the range"
    with pytest.raises(InvalidParameterError, match=re.escape(message)):
        build(GridSearch, points_per_dimension=points).fit(X, y)


WRONG_SPACES = [
    (3, "a dict or a list, got: 3 of type int"),
    ("C", "a dict or a list, got: 'C' of type str"),
    ([], "No fits were performed. Was the CV iterator empty?"),
    ([{"C": [1.0]}, 3], "is not a dict (3)"),
    ({"C": 3}, "for parameter 'C'"),
    ({"C": "abc"}, "Single values need to be wrapped in a list with one element."),
    ({"C": {1, 2}}, "needs to be a list or a numpy array"),
    ({"C": []}, "Parameter grid for parameter 'C' need to be a non-empty sequence, got: []"),
    ({"C": np.ones((2, 2))}, "Parameter array for 'C' should be one-dimensional"),
    ({3: [1.0]}, "Parameter names must be strings, got 3 of type int"),
    ({"C": loguniform}, "The distribution of parameter 'C' must be frozen, got loguniform"),
    ({"c": [1.0]}, "Invalid parameter 'c' for estimator NeverFitted()"),
    ({"CC": [1.0]}, "Did you mean 'C'?"),
    ([{"C": [1.0]}, {"D": [2]}], "Invalid parameter 'D' for estimator NeverFitted()"),
]


@pytest.mark.parametrize("cls", SEARCHES)
@pytest.mark.parametrize(("space", "message"), WRONG_SPACES)
def test_a_wrong_space_is_named_before_the_first_fit(cls, space, message):
    with pytest.raises((ValueError, TypeError), match=re.escape(message)):
        build(cls, space=space).fit(X, y)


def test_a_misspelt_name_deep_in_a_pipeline_gets_the_full_name():
    pipeline = Pipeline([("reduce", PCA()), ("classify", SVC())])
    search = GridSearch(pipeline, {"classify__gama": [0.1]})
    with pytest.raises(ValueError, match=r"Did you mean 'classify__gamma'\?"):
        search.fit(X, y)


def test_a_name_that_no_choice_of_a_step_has_is_found_before_the_first_fit():
    pipeline = Pipeline([("classify", NeverFitted())])
    space = {"classify": [NeverFitted(), LogisticRegression()], "classify__penalti": ["l2"]}
    with pytest.raises(ValueError, match="Invalid parameter 'penalti'"):
        GridSearch(pipeline, space).fit(X, y)


@pytest.mark.parametrize("cls", [GridSearch, BayesSearch])
def test_a_distribution_without_quantiles_names_what_to_pass(cls):
    class Draws:
        def rvs(self, random_state=None):
            return 1.0

    with pytest.raises(TypeError, match=r"needs `cdf` and `ppf` .* 'C'.*use RandomSearch"):
        build(cls, space={"C": Draws()}).fit(X, y)


RANGES = [
    ((1, 0), {}, ValueError, "`low` must be below `high`, got low=1, high=0; swap them."),
    ((1, 1), {}, ValueError, "a list of one value keeps a parameter fixed"),
    ((0, 1), {"log": True}, ValueError, "`low` must be positive when log=True, got low=0"),
    (("a", 1), {}, TypeError, "`low` must be a finite number, got low='a'"),
    ((0, float("inf")), {}, TypeError, "`high` must be a finite number, got high=inf"),
    ((0, float("nan")), {}, TypeError, "`high` must be a finite number, got high=nan"),
    ((True, 2), {}, TypeError, "`low` must be a finite number, got low=True"),
    ((0, 1), {"log": "yes"}, TypeError, "`log` must be True or False, got log='yes'"),
]


@pytest.mark.parametrize(("ends", "keywords", "kind", "message"), RANGES)
def test_a_wrong_range_is_an_error_where_it_is_written(ends, keywords, kind, message):
    with pytest.raises(kind, match=re.escape(message)):
        Float(*ends, **keywords)


def test_quantiles_of_an_unbounded_distribution_are_finite():
    search = GridSearch(SVC(), {"C": norm(10, 1)}, cv=2).fit(X, y)
    assert np.isfinite(search.cv_results_["param_C"].astype(float)).all()


def test_validation_can_be_skipped_as_scikit_learn_says():
    search = GridSearch(SVC(), {"C": [1.0]}, verbose=-1)
    with config_context(skip_parameter_validation=True):
        search.fit(X, y)
    assert search.best_params_ == {"C": 1.0}


@pytest.mark.parametrize("cls", SEARCHES)
def test_an_error_before_the_first_fit_keeps_what_an_earlier_fit_found(cls):
    keywords = {} if cls is GridSearch else {"n_iter": 2}
    search = cls(SVC(), {"C": [0.1, 1.0]}, **keywords).fit(X, y)
    search.set_params(cv=-1)
    with pytest.raises(InvalidParameterError, match="'cv'"):
        search.fit(X, y)
    assert search.best_params_["C"] in (0.1, 1.0)


@pytest.mark.parametrize("cls", SEARCHES)
def test_rows_that_do_not_match_are_an_error_before_the_first_fit(cls):
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        build(cls).fit(X[:10], y)


@pytest.mark.parametrize("scoring", [["f1", "acuracy"], {"a": "acuracy"}])
def test_a_misspelt_metric_among_several_gets_the_nearest_name(scoring):
    search = GridSearch(SVC(), {"C": [1]}, scoring=scoring, refit=False)
    with pytest.raises(ValueError, match=r"^'acuracy' is not a valid scoring.*mean 'accuracy'\?"):
        search.fit(X, y)
