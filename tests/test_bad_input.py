"""Mistakes that can be known without fitting: found before the first fit, in one clear line.

Each row of a table is a mistake and the essential words of its error, in their order: the
parameter, the rule, the value and the fix. They stand in the first line of the message.
"""

from __future__ import annotations

import re
from pathlib import Path

import joblib
import numpy as np
import pytest
from scipy.stats import loguniform, norm, randint, uniform
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import load_iris
from sklearn.decomposition import PCA
from sklearn.exceptions import NotFittedError
from sklearn.metrics import accuracy_score
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    KFold,
    PredefinedSplit,
    ShuffleSplit,
)
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

import tests.engine.toy_backends  # noqa: F401 - registers them
from skhpo import (
    BayesSearch,
    BayesStrategy,
    Candidate,
    Categorical,
    ExpectedRegret,
    Float,
    GridSearch,
    GridStrategy,
    Int,
    RandomSearch,
    RandomStrategy,
    compare,
    maximize,
    nested_score,
    read_ledger,
)
from skhpo.exceptions import InvalidParameterError

X, y = load_iris(return_X_y=True)
SPACE = {"C": [0.1, 1.0]}
SEARCHES = [GridSearch, RandomSearch, BayesSearch]
STRATEGIES = [GridStrategy, RandomStrategy, BayesStrategy]


class Counted(ClassifierMixin, BaseEstimator):
    """A classifier that counts its fits."""

    n_fits = 0

    def __init__(self, C=1.0):
        self.C = C

    def fit(self, X, y, sample_weight=None):
        type(self).n_fits += 1
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        return np.zeros(len(X), dtype=int)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        return tags


@pytest.fixture(autouse=True)
def _nothing_is_fitted():
    """Count from nothing, and find nothing fitted afterwards."""
    Counted.n_fits = 0
    yield
    assert Counted.n_fits == 0


def refuses(*words):
    """Expect an error whose first line has these words in this order."""
    pattern = r"\A[^\n]*" + r"[^\n]*".join(map(re.escape, words))
    return pytest.raises((ValueError, TypeError, OSError), match=pattern)


def build(cls, space=SPACE, estimator=None, **keywords):
    """Make a search around what must not be fitted."""
    if cls is not GridSearch:
        keywords = {"n_iter": 2} | keywords
    return cls(Counted() if estimator is None else estimator, space, **keywords)


def ids(rows):
    """What each row of a table is about."""
    return [f"{row[0]}-{index}" if isinstance(row[0], str) else str(index)
            for index, row in enumerate(rows)]  # fmt: skip


# Keywords of the searches -----------------------------------------------------------------

# Keyword, value, rule, fix.
KEYWORDS = [
    ("scoring", "acuracy", "a str among the names", "Did you mean 'accuracy'?"),
    ("scoring", "quality", "a str among the names", "Fix: scoring='accuracy'"),
    ("scoring", 3, "a callable", "Fix: scoring='accuracy'"),
    ("scoring", {"accuracy"}, "an instance of 'list'", "None is the estimator's own score"),
    ("n_jobs", "two", "an instance of 'int' or None", "Fix: -1 uses all cores"),
    ("n_jobs", 1.5, "an instance of 'int' or None", "Fix: -1 uses all cores"),
    ("refit", 3, "an instance of 'str' or a callable", "Fix: refit=True"),
    ("refit", None, "an instance of 'bool'", "Fix: refit=True"),
    ("cv", 1, "an int in the range [2, inf)", "Fix: cv=5 is five folds"),
    ("cv", 0.0, "a float in the range (0, 1)", "cv=0.25 one validation split"),
    ("cv", 1.0, "a float in the range (0, 1)", "Fix: cv=5"),
    ("cv", float("nan"), "a float in the range (0, 1)", "Fix: cv=5"),
    ("cv", "five", "an object implementing 'split'", "Fix: cv=5"),
    ("cv", KFold, "an object implementing 'split'", "Fix: cv=5"),
    ("cv", {"train": [0], "test": [1]}, "an iterable or None", "Fix: cv=5"),
    ("cv", np.array(5), "an int in the range [2, inf)", "Fix: cv=5"),
    ("verbose", -1, "an int in the range [0, inf)", "Fix: verbose=2"),
    ("pre_dispatch", None, "an instance of 'int' or an instance of 'str'", "'2*n_jobs'"),
    ("error_score", "nan", "a str among {'raise'}", "Fix: numpy.nan"),
    ("error_score", None, "an instance of 'float'", "Fix: numpy.nan"),
    ("return_train_score", 1, "an instance of 'bool'", "Fix: return_train_score=True"),
    ("random_state", -1, "an int in the range [0, 4294967295]", "Fix: random_state=0"),
    ("random_state", 2**32, "an int in the range [0, 4294967295]", "Fix: random_state=0"),
    ("random_state", np.random.default_rng(0), "'numpy.random.RandomState'", "random_state=0"),
    ("test_size", 1.5, "a float in the range (0, 1)", "Fix: test_size=0.2"),
    ("test_size", 0, "an int in the range [1, inf)", "Fix: test_size=0.2"),
    ("test_size", True, "an int in the range [1, inf)", "Fix: test_size=0.2"),
    ("test_split", 3, "an object implementing 'split'", "Fix: test_split=[(development, test)]"),
    ("test_split", ShuffleSplit, "an object implementing 'split'", "Fix: test_split="),
    ("test_split", "last", "an iterable of one pair", "Fix: test_split="),
    ("test_ledger", 3, "a non-empty str", "Fix: test_ledger='spent.sqlite'"),
    ("test_ledger", "", "a non-empty str", "Fix: test_ledger='spent.sqlite'"),
    ("test_ledger", "spent\0.sqlite", "a non-empty str", "Fix: test_ledger='spent.sqlite'"),
    ("max_time", 0, "a number of seconds in the range (0, inf)", "Fix: max_time=600"),
    ("max_time", float("nan"), "a number of seconds", "Fix: max_time=600"),
    ("max_time", "60", "a number of seconds", "Fix: max_time=600"),
    ("fit_timeout", -1.0, "a number of seconds in the range (0, inf)", "Fix: fit_timeout=60"),
    ("fit_timeout", True, "a number of seconds", "Fix: fit_timeout=60"),
    ("early_stopping", 0, "an int in the range [1, inf)", "Fix: early_stopping=10"),
    ("early_stopping", True, "an object implementing 'should_stop'", "Fix: early_stopping=10"),
    ("early_stopping", ExpectedRegret, "an ExpectedRegret or None", "Fix: early_stopping=10"),
    ("racing", "yes", "an instance of 'bool'", "Fix: racing=True"),
    ("on_interrupt", "stop", "a str among {'raise', 'refit'}", "Fix: 'refit' keeps"),
    ("on_interrupt", np.array([1, 2]), "a str among {'raise', 'refit'}", "Fix: 'refit' keeps"),
    ("keep_oof", "probabilities", "a str among", "Fix: keep_oof='predict_proba'"),
    ("share_fits", 1, "an instance of 'bool'", "Fix: share_fits=False"),
    ("eval_set", "outer", "a str among {'inner', 'fold'}", "Fix: eval_set='inner' keeps"),
    ("eval_set", 1.0, "a float in the range (0, 1) or None", "Fix: eval_set='inner' keeps"),
    ("estimator", SVC, "an object implementing 'fit'", "Fix: pass an estimator instance"),
    ("estimator", 3, "an object implementing 'fit'", "Fix: pass an estimator instance"),
]


@pytest.mark.parametrize("cls", SEARCHES)
@pytest.mark.parametrize(("name", "value", "rule", "fix"), KEYWORDS, ids=ids(KEYWORDS))
def test_a_keyword_of_a_search(cls, name, value, rule, fix):
    search = build(cls, **{name: value})
    got = " ".join(repr(value).split())
    with refuses(f"The {name!r} parameter of {cls.__name__} must be", rule, f"Got {got}", fix):
        search.fit(X, y)


# Class, keyword, value, rule, fix: what only some searches have.
OWN_KEYWORDS = [
    (RandomSearch, "n_iter", 0, "an int in the range [1, inf)", "Fix: n_iter=50"),
    (BayesSearch, "n_iter", 2.5, "an int in the range [1, inf)", "Fix: n_iter=50"),
    (BayesSearch, "n_iter", None, "an int in the range [1, inf)", "Fix: n_iter=50"),
    (RandomSearch, "initial_params", "defaults", "the str 'default'", "Fix: initial_params={"),
    (BayesSearch, "initial_params", [3], "a dict", "Fix: initial_params={"),
    (GridSearch, "points_per_dimension", 0, "an int in the range [1, inf)", "the default is 5"),
    (GridSearch, "points_per_dimension", 2.5, "an int in the range [1, inf)", "default is 5"),
]


@pytest.mark.parametrize(("cls", "name", "value", "rule", "fix"), OWN_KEYWORDS)
def test_a_keyword_that_only_some_searches_have(cls, name, value, rule, fix):
    search = build(cls, **{name: value})
    with refuses(f"The {name!r} parameter of {cls.__name__} must be", rule, f"Got {value!r}", fix):
        search.fit(X, y)


EVERY_CASE_A_PAIR = [(np.arange(100), np.arange(100, 150))]

# Keywords that do not go together, or not with the data; the words.
COMBINED = [
    ({"n_jobs": 0}, ["n_jobs == 0 in Parallel has no meaning", "`n_jobs`", "got 0", "use 1"]),
    (
        {"pre_dispatch": "2*jobs", "n_jobs": 2},
        ["'2*jobs' is not a valid", "`pre_dispatch` must be", "got '2*jobs'", "use '2*n_jobs'"],
    ),
    ({"pre_dispatch": 0}, ["`pre_dispatch` must be a positive integer", "got 0", "'2*n_jobs'"]),
    ({"scoring": accuracy_score}, ["looks like it is a metric function rather than a scorer"]),
    ({"scoring": []}, ["Empty list was given"]),
    ({"scoring": {}}, ["An empty dict was passed"]),
    ({"scoring": {3: "accuracy"}}, ["Non-string types were found in the keys", "3"]),
    ({"scoring": ["accuracy", "accuracy"]}, ["Duplicate elements were found"]),
    ({"scoring": ["accuracy", "acuracy"]}, ["'acuracy' is not", "Did you mean 'accuracy'?"]),
    ({"scoring": {"a": 3}}, ["scoring", "3"]),
    (
        {"scoring": ["accuracy", "f1_macro"]},
        ["refit must be set to a scorer key", "True was passed", "The metrics are ['accuracy'"],
    ),
    (
        {"scoring": ["accuracy", "f1_macro"], "refit": "acuracy"},
        ["refit must be set to a scorer key", "'acuracy' was passed", "Did you mean 'accuracy'?"],
    ),
    (
        {"racing": True, "refit": lambda results: 0},
        ["`racing` must be False where `refit` is a function", "got racing=True", "use racing=F"],
    ),
    (
        {"racing": True, "scoring": ["accuracy"], "refit": False},
        ["`racing` must be False where no metric decides", "got racing=True", "name the metric"],
    ),
    (
        {"keep_oof": "transform"},
        ["keep_oof", "transform"],
    ),
    (
        {"keep_oof": "decision_function"},
        ["`keep_oof` must name a method", "got 'decision_function'", "use keep_oof=True"],
    ),
    (
        {"test_size": 0.2, "test_split": ShuffleSplit(1)},
        ["Only one of `test_size` and `test_split`", "got test_size=0.2", "leave one out"],
    ),
    (
        {"test_size": 150},
        ["`test_size` must leave at least one row on each side", "got test_size=150", "use a"],
    ),
    (
        {"test_size": 0.2, "cv": EVERY_CASE_A_PAIR},
        ["`cv` must not name rows when a test set is set aside", "got cv=", "pass a splitter"],
    ),
    (
        {"test_size": 0.2, "cv": PredefinedSplit(np.tile([0, 1], 75))},
        ["`cv` must not name rows", "got cv=PredefinedSplit", "pass a splitter"],
    ),
    (
        {"test_split": ShuffleSplit(2)},
        ["`test_split` must give one pair", "got 2 items from a ShuffleSplit", "n_splits=1"],
    ),
    (
        {"test_split": [([0, 1], [1, 2])]},
        ["`test_split` must put each row on one side", "got 1 row on both", "take them out"],
    ),
    (
        {"test_split": [([0, 1], [150])]},
        ["`test_split` must give row numbers from 0 to 149", "got 150 to 150", "count the rows"],
    ),
    ({"cv": []}, ["No fits were performed. Was the CV iterator empty?"]),
    ({"cv": 151}, ["Cannot have number of splits n_splits=151 greater than the number of"]),
    ({"cv": 0.999}, ["`cv` must leave at least one row on each side", "got cv=0.999", "use a"]),
    ({"cv": GroupKFold()}, ["The 'groups' parameter should not be None"]),
    (
        {"cv": [3, 4]},
        ["`cv` must give pairs of training and validation rows", "got 3 as item 0", "cv=[("],
    ),
    (
        {"cv": [(np.arange(100), np.arange(100, 150)), (np.arange(9), [150])]},
        ["`cv` must give row numbers from 0 to 149", "got 150 to 150", "fold 1", "count the rows"],
    ),
    (
        {"cv": [(np.arange(100), [])]},
        ["`cv` must give each fold validation rows", "got none in fold 0", "leave the fold out"],
    ),
    (
        {"cv": [(np.zeros(150, dtype=bool), [1])]},
        ["`cv` must give each fold training rows", "got none in fold 0", "leave the fold out"],
    ),
    (
        {"cv": [(np.ones(100, dtype=bool), [1])]},
        ["`cv` must give row numbers, or masks of all 150 rows", "got training rows", "index"],
    ),
    (
        {"cv": [(np.arange(9.0), [10])]},
        ["`cv` must give row numbers", "dtype float64", "index arrays are what splitters give"],
    ),
]


@pytest.mark.parametrize("cls", SEARCHES)
@pytest.mark.parametrize(("keywords", "words"), COMBINED, ids=ids(COMBINED))
def test_keywords_that_do_not_go_together_or_not_with_the_data(cls, keywords, words):
    with refuses(*words):
        build(cls, **keywords).fit(X, y)


class NeverFitted(SVC):
    def fit(self, X, y, sample_weight=None):
        Path(self.C).touch()
        raise AssertionError("fitted")


@pytest.mark.parametrize(
    "backend", ["sequential", "loky", "threading", "multiprocessing", "toy-old"]
)
@pytest.mark.parametrize(
    ("keywords", "message"),
    [
        ({"n_jobs": 0}, "n_jobs == 0 in Parallel has no meaning"),
        ({"n_jobs": 2, "pre_dispatch": "2*jobs"}, r"'2\*jobs' is not a valid"),
        ({"n_jobs": 1, "pre_dispatch": "n_jobs - 1"}, "`pre_dispatch` must be a positive"),
    ],
    ids=["n_jobs", "expression", "bound"],
)
def test_no_engine_runs_a_fold_before_it_knows_how_many(backend, keywords, message, tmp_path):
    mark = tmp_path / "fitted"
    search = GridSearch(NeverFitted(), {"C": [str(mark)]}, **keywords)
    with (
        joblib.parallel_config(backend),
        pytest.raises(InvalidParameterError, match=message),
    ):
        search.fit(X, y)
    assert not mark.exists()


def test_a_time_limit_where_a_running_fold_cannot_be_ended():
    words = ["`fit_timeout` must be None where a running fold cannot be ended", "got", "use"]
    with refuses(*words), joblib.parallel_config("threading", n_jobs=2):
        build(GridSearch, fit_timeout=5).fit(X, y)


@pytest.mark.parametrize("cls", [GridSearch, RandomSearch])
def test_a_stopping_rule_that_needs_a_model(cls):
    words = ["`early_stopping` must be a rule that needs no model", "got ExpectedRegret", "use"]
    with refuses(*words):
        build(cls, early_stopping=ExpectedRegret()).fit(X, y)


# Keywords of ExpectedRegret, cv; the words.
REGRETS = [
    ({"factor": 0}, 5, ["`factor` of ExpectedRegret must be a number above 0", "got 0", "1.0"]),
    ({"min_trials": 0}, 5, ["`min_trials` of ExpectedRegret must be", "got 0", "default is 20"]),
    ({}, 0.25, ["`early_stopping` must be no ExpectedRegret where trials have one fold", "use"]),
]


@pytest.mark.parametrize(("keywords", "cv", "words"), REGRETS)
def test_a_stopping_rule_without_meaning(keywords, cv, words):
    with refuses(*words):
        build(BayesSearch, early_stopping=ExpectedRegret(**keywords), cv=cv).fit(X, y)


# Data -------------------------------------------------------------------------------------

NO_LABEL = np.array(["a", "b"] * 75, dtype=object)
NO_LABEL[[3, 9]] = None, np.nan

# X, y, keywords of fit; the words.
DATA = [
    (None, y, {}, ["Expected sequence or array-like, got <class 'NoneType'>", "`X` must be"]),
    ("text", None, {}, ["Expected sequence or array-like", "`X` must be", "got 'text'", "pass"]),
    ({"a": [1]}, [1], {}, ["Expected sequence or array-like", "`X` must be", "got {", "pass"]),
    (X, {"a": 1}, {}, ["Expected sequence or array-like", "`y` must be", "got {", "pass"]),
    (3, y, {}, ["Input should have at least 1 dimension"]),
    (X[:0], y[:0], {}, ["Found array with 0 sample(s)", "`X` must have rows", "got", "pass"]),
    (X[:10], y, {}, ["Found input variables with inconsistent numbers of samples: [10, 150]"]),
    (X, None, {}, ["requires y to be passed", "`y` must be given", "got None", "fit(X, y)"]),
    (X[:4], y[:4], {}, ["Cannot have number of splits n_splits=5"]),
    (X, NO_LABEL, {}, ["Input y contains NaN.", "got 2 of 150 without", "in row 3; leave"]),
    (
        X, y, {"sample_weight": np.ones(7)},
        ["inconsistent numbers of samples: [150, 7]", "`sample_weight` must", "got 7", "weigh"],
    ),
    (
        X, y, {"sample_wieght": np.ones(150)},
        ["Counted.fit() got an unexpected keyword argument 'sample_wieght'", "must be among",
         "rename", "Did you mean 'sample_weight'?"],
    ),
]  # fmt: skip


@pytest.mark.parametrize("cls", SEARCHES)
@pytest.mark.parametrize(("X", "y", "params", "words"), DATA)
def test_data_that_cannot_be_searched_on(cls, X, y, params, words):
    with refuses(*words):
        build(cls).fit(X, y, **params)


def test_a_missing_target_is_found_behind_a_pipeline():
    with refuses("requires y to be passed", "`y` must be given", "got None"):
        build(GridSearch, {}, Pipeline([("scale", StandardScaler()), ("model", Counted())])).fit(X)


@pytest.mark.parametrize("dtype", ["string", "category", "object"])
def test_missing_labels_of_pandas_are_found(dtype):
    pd = pytest.importorskip("pandas")
    labels = pd.Series(["a", "b"] * 75, dtype=dtype)
    labels[5] = pd.NA
    with refuses("Input y contains NaN.", "got 1 of 150 without", "in row 5"):
        build(GridSearch).fit(X, labels)


def test_a_class_too_small_for_a_validation_split_is_named():
    rare = np.append(y[:-1], 9)
    for keywords in ({"cv": 0.25}, {"test_size": 0.25}):
        with refuses("keeps the shares of the classes", "2 rows", "class 9 of 1 row", "drop"):
            build(GridSearch, **keywords).fit(X, rare)


def test_groups_that_do_not_divide():
    words = ["`groups` must have two groups or more", "got 1", "leave `groups` out"]
    with refuses(*words):
        build(GridSearch, cv=0.25).fit(X, y, groups=np.zeros(150))
    with refuses("inconsistent numbers of samples"):
        build(GridSearch, cv=GroupKFold(2)).fit(X, y, groups=np.zeros(3))


# Estimators -------------------------------------------------------------------------------


class Nameless:
    """It has `fit`, and nothing that scikit-learn needs."""

    def fit(self, X, y):
        pytest.fail("was fitted")


ESTIMATORS = [
    (Nameless(), {}, {}, ["estimator", "score"]),
    (Nameless(), {}, {"scoring": "accuracy"}, ["Cannot clone object", "get_params"]),
    (PCA(), {"n_component": [1]}, {"scoring": lambda e, X, y: 0}, ["'n_component'", "Did you"]),
    (StandardScaler(), {}, {}, ["score", "StandardScaler"]),
]


@pytest.mark.parametrize("cls", SEARCHES)
@pytest.mark.parametrize(("estimator", "space", "keywords", "words"), ESTIMATORS)
def test_an_estimator_that_cannot_be_searched(cls, estimator, space, keywords, words):
    with refuses(*words):
        build(cls, space, estimator, **keywords).fit(X, y)


# Spaces -----------------------------------------------------------------------------------


class DrawsByItself:
    """Has `rvs` without the keyword that scikit-learn passes."""

    def rvs(self):
        return 1.0


FIX = "pass a dict of names to values"
SPACES = [
    (3, ["a dict or a list, got: 3 of type int", FIX]),
    (None, ["a dict or a list, got: None of type NoneType", FIX]),
    ("C", ["a dict or a list, got: 'C' of type str", FIX]),
    ([], ["No fits were performed.", "must not be empty", "got []", "pass {}"]),
    ([SPACE, 3], ["is not a dict (3)", FIX]),
    ({"C": 3}, ["for parameter 'C'", "3", "wrap"]),
    ({"C": "abc"}, ["for parameter 'C' needs to be a list", "got 'abc'", "wrapped in a list"]),
    ({"C": b"abc"}, ["for parameter 'C' needs to be a list", "got b'abc'", "wrapped in a list"]),
    ({"C": {1, 2}}, ["for parameter 'C' needs to be a list", "{1, 2}", "wrapped in a list"]),
    ({"C": []}, ["for parameter 'C' need to be a non-empty sequence", "got: []", "at least one"]),
    ({"C": np.ones((2, 2))}, ["array for 'C' should be one-dimensional"]),
    ({"C": np.array(3)}, ["array for 'C' should be one-dimensional", "array(3)", "pass a list"]),
    ({3: [1.0]}, ["Parameter names must be strings", "got 3 of type int", "as a str"]),
    ({"": [1.0]}, ["Parameter names must not be empty", "got ''", "name a parameter"]),
    ({"C": loguniform}, ["distribution of parameter 'C' must be frozen", "got loguniform", "call"]),
    ({"C": Float}, ["distribution of parameter 'C' must be an object", "the class Float", "call"]),
    (
        {"C": DrawsByItself()},
        ["distribution of parameter 'C' must have a method rvs(random_state=...)", "got", "add"],
    ),
    (
        {"C": loguniform(10, 1)},
        ["of parameter 'C' must have arguments that mean something", "got", "loguniform", "needs"],
    ),
    (
        {"C": norm(0, scale=-1)},
        ["of parameter 'C' must have arguments that mean something", "got norm(0, scale=-1)"],
    ),
    ({"C": randint(5, 2)}, ["of parameter 'C' must have arguments", "got randint(5, 2)"]),
    (
        {"C": uniform([0, 1], 1)},
        ["of parameter 'C' must be of one number", "got uniform([0, 1], 1)", "give each argument"],
    ),
]


@pytest.mark.parametrize("make", [*SEARCHES, *STRATEGIES, maximize])
@pytest.mark.parametrize(("space", "words"), SPACES)
def test_a_space_that_is_none(make, space, words):
    def never(**params):
        pytest.fail("was called")

    with refuses(*words):
        if make in SEARCHES:
            build(make, space).fit(X, y)
        elif make is maximize:
            maximize(never, space)
        else:
            make(space)


NAMES = [
    (
        {"c": [1.0]},
        Counted(),
        ["Invalid parameter 'c'", "Valid parameters are: ['C']", "Did you mean 'C'?"],
    ),
    ([SPACE, {"D": [2]}], Counted(), ["Invalid parameter 'D'", "Valid parameters are: ['C']"]),
    (
        {"model__CC": [1]},
        Pipeline([("scale", StandardScaler()), ("model", Counted())]),
        ["Invalid parameter 'CC'", "Did you mean 'model__C'?"],
    ),
    ({"modle__C": [1]}, Pipeline([("model", Counted())]), ["'modle'", "Did you mean 'model__C'?"]),
    (
        # A step of another name, with two parameters of that name behind it.
        {"classifier__C": [1]},
        Pipeline([("other", Counted()), ("clf", Counted())]),
        ["Invalid parameter 'classifier'", "Did you mean 'clf__C'?"],
    ),
]


@pytest.mark.parametrize("cls", SEARCHES)
@pytest.mark.parametrize(("space", "estimator", "words"), NAMES)
def test_names_that_the_estimator_does_not_have(cls, space, estimator, words):
    with refuses(*words):
        build(cls, space, estimator).fit(X, y)


@pytest.mark.parametrize("make", [GridSearch, BayesSearch, GridStrategy, BayesStrategy])
def test_a_distribution_that_can_only_be_drawn_from(make):
    class Draws:
        def rvs(self, random_state=None):
            return 1.0

    with refuses("needs `cdf` and `ppf`", "'C'", "got", "use RandomSearch"):
        build(make, {"C": Draws()}).fit(X, y) if make in SEARCHES else make({"C": Draws()})


# What makes a dimension; the words.
DIMENSIONS = [
    (lambda: Float(1, 0), ["`low` must be below `high`", "low=1, high=0", "swap them"]),
    (lambda: Float(1, 1), ["`low` must be below `high`", "low=1, high=1", "a list of one value"]),
    (lambda: Float(0, 1, log=True), ["`low` must be positive when log=True", "low=0", "raise"]),
    (lambda: Float("a", 1), ["`low` must be a finite number", "low='a'", "pass a number"]),
    (lambda: Float(0, np.inf), ["`high` must be a finite number", "high=inf", "pass a number"]),
    (lambda: Float(np.nan, 1), ["`low` must be a finite number", "low=nan", "pass a number"]),
    (lambda: Float(0, 1, log=1), ["`log` must be True or False", "log=1", "pass log=True"]),
    (lambda: Float(True, 2), ["`low` must be a finite number", "low=True", "pass a number"]),
    (lambda: Float(0, 10**400), ["`high` must be a finite number", "high=1000", "pass a number"]),
    (lambda: Int(0.5, 3), ["`low` must be a finite integer", "low=0.5", "pass a number"]),
    (lambda: Int(1, 3.0), ["`high` must be a finite integer", "high=3.0", "pass a number"]),
    (lambda: Int(3, 1), ["`low` must be below `high`", "low=3, high=1", "swap them"]),
    (lambda: Int(0, 3, log=True), ["`low` must be positive when log=True", "low=0", "raise"]),
    (lambda: Categorical([]), ["`choices` must not be empty", "got []", "name at least one"]),
    (lambda: Categorical("ab"), ["`choices` must be a list", "got 'ab'", "wrap a single value"]),
    (lambda: Categorical(b"ab"), ["`choices` must be a list", "got b'ab'", "wrap"]),
    (lambda: Categorical({1, 2}), ["`choices` must be a list", "got {1, 2}", "wrap"]),
    (lambda: Categorical(np.eye(2)), ["`choices` must be one-dimensional", "(2, 2)", "pass a"]),
    (lambda: Categorical(np.array(1)), ["`choices` must be one-dimensional", "()", "pass a list"]),
    (lambda: Categorical([1], ordered=1), ["`ordered` must be True or False", "ordered=1", "pass"]),
    (lambda: Float(0, 1).rvs(size=-1), ["`size` must be an integer of at least 0", "size=-1"]),
    (lambda: Int(0, 1).rvs(size=(2, 2)), ["`size` must be an integer", "size=(2, 2)", "size=3"]),
    (lambda: Categorical([1]).rvs(size=0.5), ["`size` must be an integer", "size=0.5", "size=3"]),
    (lambda: Float(0, 1).rvs(random_state="a"), ["'a' cannot be used to seed"]),
]


@pytest.mark.parametrize(("make", "words"), DIMENSIONS)
def test_a_dimension_is_refused_where_it_is_written(make, words):
    with refuses(*words):
        make()


# Strategies -------------------------------------------------------------------------------

RANGES = {"x": Float(0, 1), "n": Int(1, 3)}

CONSTRUCTORS = [
    (lambda: RandomStrategy(RANGES, random_state="a"), ["'random_state'", "Got 'a'", "Fix:"]),
    (lambda: BayesStrategy(RANGES, random_state=-1), ["'random_state'", "Got -1", "Fix:"]),
    (lambda: BayesStrategy(RANGES, random_state=1.5), ["'random_state'", "Got 1.5", "Fix:"]),
    (lambda: BayesStrategy(RANGES, initial_params=3), ["'initial_params'", "Got 3", "Fix:"]),
    (
        lambda: BayesStrategy(RANGES, initial_params="default"),
        ["`initial_params` must be dicts where there is no estimator", "got 'default'", "name"],
    ),
    (
        lambda: RandomStrategy(RANGES, initial_params={"z": 1}),
        ["`initial_params` must have names of the space", "got 'z'", "rename it"],
    ),
    (
        lambda: RandomStrategy(RANGES, initial_params={"x": 2.0}),
        ["`initial_params` must give 'x' a number from 0 to 1", "got 2.0", "change the value"],
    ),
    (
        lambda: BayesStrategy(RANGES, initial_params=[{"x": 0.1}, {"x": 0.1}]),
        ["`initial_params` must be different candidates", "as items 0 and 1", "drop one"],
    ),
    (
        lambda: GridStrategy(RANGES, points_per_dimension=0),
        ["`points_per_dimension` must be an integer of at least 1", "got 0", "the default is 5"],
    ),
    (
        lambda: GridStrategy(RANGES, points_per_dimension=True),
        ["`points_per_dimension` must be", "got True", "the default is 5"],
    ),
]


@pytest.mark.parametrize(("make", "words"), CONSTRUCTORS)
def test_a_strategy_that_cannot_be_made(make, words):
    with refuses(*words):
        make()


# Arguments of tell in the place of the right ones; the words.
TELLS = [
    ({"candidate": {"x": 0.5}}, ["`candidate` must be what `ask` gave", "got {", "pass the Cand"]),
    ({"candidate": Candidate(7, {})}, ["`candidate` must be one that", "number 7", "tell the"]),
    ({"candidate": Candidate("0", {})}, ["`candidate` must be one that", "number 0", "tell the"]),
    ({"candidate": Candidate(0, None)}, ["`candidate` must be one that", "None", "tell the"]),
    ({"score": "0.5"}, ["`score` must be a number", "got '0.5'", "pass a float"]),
    ({"score": None}, ["`score` must be a number", "got None", "nan for a failure"]),
    ({"score": True}, ["`score` must be a number", "got True", "pass a float"]),
    ({"score": 1j}, ["`score` must be a number", "got 1j", "pass a float"]),
    ({"noise": -0.1}, ["`noise` must be finite and not negative", "got -0.1", "standard error"]),
    ({"noise": np.inf}, ["`noise` must be finite", "got inf", "standard error"]),
    ({"budget": 0.0}, ["`budget` must be in (0, 1]", "got 0.0", "share of a full evaluation"]),
    ({"budget": 1.5}, ["`budget` must be in (0, 1]", "got 1.5", "share of a full evaluation"]),
    ({"status": "done"}, ["`status` must be one of", "'complete'", "got 'done'", "leave it out"]),
    ({"status": None}, ["`status` must be one of", "got None", "leave it out"]),
]


@pytest.mark.parametrize("cls", STRATEGIES)
@pytest.mark.parametrize(("arguments", "words"), TELLS)
def test_what_a_strategy_is_told(cls, arguments, words):
    strategy = cls(RANGES)
    arguments = {"candidate": strategy.ask(), "score": 0.5} | arguments
    with refuses(*words):
        strategy.tell(**arguments)


# maximize ---------------------------------------------------------------------------------


class Half:
    """Asks and tells, and lacks the rest of a strategy."""

    ask = tell = None


MAXIMIZE = [
    (
        {"function": 3},
        ["The 'function' parameter", "a callable", "Got 3", "Fix: pass the function"],
    ),
    (
        {"function": lambda x: x},
        ["The 'function' parameter", "must take the names of the space", "['n', 'x']", "Fix:"],
    ),
    (
        {"space": [RANGES, {"z": [1]}]},
        ["The 'function' parameter", "must take the names of the space", "['z']", "Fix:"],
    ),
    ({"strategy": "bayse"}, ["The 'strategy' parameter", "Got 'bayse'", "Did you mean 'bayes'?"]),
    ({"strategy": "tpe"}, ["The 'strategy' parameter", "Got 'tpe'", "Fix: strategy='bayes'"]),
    ({"strategy": 3}, ["The 'strategy' parameter", "ask and tell", "Got 3", "Fix:"]),
    ({"strategy": BayesStrategy}, ["The 'strategy' parameter", "Got <class", "Fix: make an obj"]),
    ({"strategy": Half(), "space": None}, ["'strategy'", "Got", "['learns', 'n_candidates']"]),
    (
        {"strategy": RandomStrategy(RANGES)},
        ["`space` must be None when `strategy` is an object", "got {", "pass None"],
    ),
    ({"space": None}, ["a dict or a list, got: None", FIX]),
    ({"n_iter": 0}, ["The 'n_iter' parameter of maximize must be an int", "Got 0", "Fix:"]),
    ({"n_jobs": "2"}, ["The 'n_jobs' parameter of maximize must be", "Got '2'", "Fix: -1"]),
    ({"n_jobs": 0}, ["n_jobs == 0 in Parallel has no meaning", "got 0", "use 1"]),
    ({"pre_dispatch": "x"}, ["`pre_dispatch` must be", "got 'x'", "use '2*n_jobs'"]),
    ({"random_state": "a"}, ["The 'random_state' parameter of maximize", "Got 'a'", "Fix:"]),
    ({"error_score": "nan"}, ["The 'error_score' parameter of maximize", "Got 'nan'", "Fix:"]),
    ({"verbose": -1}, ["The 'verbose' parameter of maximize", "Got -1", "Fix:"]),
    ({"max_time": -1}, ["The 'max_time' parameter of maximize", "Got -1", "Fix:"]),
    ({"fit_timeout": "1"}, ["The 'fit_timeout' parameter of maximize", "Got '1'", "Fix:"]),
    ({"early_stopping": 0}, ["The 'early_stopping' parameter of maximize", "Got 0", "Fix:"]),
    ({"on_interrupt": "refit"}, ["'on_interrupt'", "{'raise', 'return'}", "'refit'", "Fix:"]),
    (
        {"initial_params": {"x": 0.1}, "strategy": "grid"},
        ["`initial_params` must be None when `strategy` is 'grid'", "got {'x': 0.1}", "a grid"],
    ),
    ({"initial_params": {"z": 1}}, ["`initial_params` must have names", "got 'z'", "rename it"]),
]


@pytest.mark.parametrize(("arguments", "words"), MAXIMIZE)
def test_arguments_of_maximize(arguments, words):
    def never(x, n):
        pytest.fail("was called")

    with refuses(*words):
        maximize(**({"function": never, "space": RANGES} | arguments))


# compare and nested_score -----------------------------------------------------------------


def several(**searches):
    """A right search first, so that a wrong one must be found before it is fitted."""
    return {"right": build(GridSearch)} | searches


COMPARED = [
    ([build(GridSearch)], {}, ["'searches' parameter of compare must be a dict", "Got [", "Fix:"]),
    ({}, {}, ["'searches' parameter of compare must be a dict", "Got {}", "Fix: pass"]),
    ({1: build(GridSearch)}, {}, ["`searches` must have names that are str", "got 1", "name the"]),
    (several(a=3), {}, ["`searches` must hold estimators", "got 'a': 3", "pass a search"]),
    (several(a=GridSearch), {}, ["`searches` must hold estimators", "got 'a': <class", "pass a"]),
    (several(a=StandardScaler()), {}, ["`searches` must hold", "'a': StandardScaler()", "pass a"]),
    (
        several(a=build(GridSearch, test_size=0.2)), {},
        ["`test_size` must be None for searches that are compared", "got 'a'", "leave it out"],
    ),
    (
        several(a=build(GridSearch, refit=False)), {},
        ["`refit` must not be False", "got 'a' with refit=False", "leave it out"],
    ),
    (
        several(a=build(GridSearch, scoring=["accuracy"], refit=lambda results: 0)), {},
        ["`refit` must name the metric", "got 'a' with refit=", "pass one of the metrics"],
    ),
    (several(a=build(RandomSearch, {"CC": [1]})), {}, ["Invalid parameter 'CC'", "Did you mean"]),
    (several(a=build(RandomSearch, cv=-1)), {}, ["The 'cv' parameter of RandomSearch", "Got -1"]),
    (
        several(a=build(RandomSearch, cv=EVERY_CASE_A_PAIR)), {},
        ["`cv` must not name rows when a test set is set aside", "got cv=", "pass a splitter"],
    ),
    (
        several(a=build(RandomSearch, early_stopping=ExpectedRegret())), {},
        ["`early_stopping` must be a rule that needs no model", "got ExpectedRegret", "use"],
    ),
    (
        several(a=GridSearchCV(Counted(), SPACE)), {"sample_weight": np.ones(150)},
        ["`sample_weight` must be left out", "got 'a'", "leave the weights out"],
    ),
    (several(), {"test_size": None}, ["The 'test_size' parameter of compare must be"]),
    (several(), {"test_size": 1.5}, ["The 'test_size' parameter of compare", "Got 1.5", "Fix:"]),
    (several(), {"repeats": 0}, ["The 'repeats' parameter of compare", "Got 0", "Fix:"]),
    (several(), {"random_state": "x"}, ["The 'random_state' parameter of compare", "Got 'x'"]),
    (several(), {"groups": [1]}, ["`groups` must have one entry a row", "got 1 entr", "pass the"]),
]  # fmt: skip


@pytest.mark.parametrize(("searches", "keywords", "words"), COMPARED)
def test_arguments_of_compare(searches, keywords, words):
    with refuses(*words):
        compare(searches, X, y, **keywords)


NESTED = [
    (3, {}, ["The 'search' parameter of nested_score must be", "Got 3", "Fix: pass a search"]),
    (GridSearch, {}, ["The 'search' parameter of nested_score", "Got <class", "Fix: pass a"]),
    (
        build(GridSearch, test_size=0.2), {},
        ["`test_size` must be None in a search", "got test_size=0.2", "leave it out"],
    ),
    (
        build(GridSearch, test_split=ShuffleSplit(1)), {},
        ["`test_split` must be None in a search", "got test_split=", "leave it out"],
    ),
    (build(GridSearch, refit=False), {}, ["`refit` must not be False", "refit=False", "leave it"]),
    (
        build(GridSearch, cv=EVERY_CASE_A_PAIR), {},
        ["`cv` must not name rows in a search", "outer fold", "got cv=", "use a splitter"],
    ),
    (
        GridSearchCV(Counted(), SPACE, cv=PredefinedSplit(np.tile([0, 1], 75))), {},
        ["`cv` must not name rows in a search", "got cv=PredefinedSplit", "use a splitter"],
    ),
    (
        build(RandomSearch, early_stopping=ExpectedRegret()), {},
        ["`early_stopping` must be a rule that needs no model", "got ExpectedRegret", "use"],
    ),
    (build(GridSearch, {"CC": [1]}), {}, ["Invalid parameter 'CC'", "Did you mean 'C'?"]),
    (build(GridSearch), {"cv": 1}, ["The 'cv' parameter of nested_score", "Got 1", "Fix:"]),
    (build(GridSearch), {"n_jobs": "2"}, ["The 'n_jobs' parameter of nested_score", "Got '2'"]),
    (build(GridSearch), {"verbose": -1}, ["The 'verbose' parameter of nested_score", "Got -1"]),
    (build(GridSearch), {"random_state": "x"}, ["'random_state' parameter of nested", "Got 'x'"]),
    (build(GridSearch), {"return_searches": 1}, ["'return_searches' parameter", "Got 1", "Fix:"]),
    (build(GridSearch), {"cv": [3]}, ["`cv` must give pairs", "got 3 as item 0", "cv=[("]),
]  # fmt: skip


@pytest.mark.parametrize(("search", "keywords", "words"), NESTED)
def test_arguments_of_nested_score(search, keywords, words):
    with refuses(*words):
        nested_score(search, X, y, **keywords)


# The test set -----------------------------------------------------------------------------


@pytest.fixture
def fitted():
    """A search that has set no rows aside."""
    search = build(GridSearch).fit(X, y)
    Counted.n_fits = 0
    return search


# Arguments of score_test; the words.
SCORED = [
    ((), {}, ["`score_test` needs test rows", "got score_test() without rows", "pass them"]),
    ((X,), {}, ["requires y to be passed", "`y_test` must be given", "got None", "score_test(X"]),
    ((X, y), {"metric": "acuracy"}, ["The 'metric' parameter of score_test", "Got 'acuracy'"]),
    ((X, y), {"weight": 3}, ["Passing extra keyword arguments to GridSearch.score", "weight"]),
]


@pytest.mark.parametrize(("rows", "keywords", "words"), SCORED)
def test_arguments_of_score_test(fitted, rows, keywords, words):
    with refuses(*words):
        fitted.score_test(*rows, **keywords)


def test_rows_for_score_test_where_some_were_set_aside(fitted):
    fitted.set_params(test_size=0.2).fit(X, y)
    Counted.n_fits = 0
    words = ["`score_test` takes no rows when fit has set rows aside", "got X_test", "call"]
    with refuses(*words):
        fitted.score_test(X, y)


def test_score_test_before_fit_and_without_a_winner():
    with pytest.raises(NotFittedError, match="GridSearch instance is not fitted yet"):
        build(GridSearch).score_test(X, y)
    with pytest.raises(AttributeError, match=r"initialized with `refit=False`\. score_test is"):
        build(GridSearch, refit=False).score_test(X, y)


def test_ledgers_that_are_none(tmp_path):
    other = tmp_path / "notes.txt"
    other.write_text("no ledger")
    empty = tmp_path / "empty"
    empty.touch()
    wrong = [
        (tmp_path, ["must be a file", "which is no file", "name a file in it"]),
        (other, ["must be a test ledger", "another kind of file", "name another file"]),
        (empty, ["must be a test ledger", "which is empty", "name another file"]),
        (tmp_path / "no" / "spent", ["must be", "got", "spent"]),
    ]
    for path, words in wrong:
        with refuses("`path`", *words):
            read_ledger(path)
        with refuses("`test_ledger`", *words):
            build(GridSearch, test_size=0.2, test_ledger=path).fit(X, y)
    with refuses("`path` must be a file that exists", "which is not there", "give it back"):
        read_ledger(tmp_path / "spent")
    with refuses("`path` must be a str or path-like", "got 3", "pass the file"):
        read_ledger(3)
    assert other.read_text() == "no ledger"
