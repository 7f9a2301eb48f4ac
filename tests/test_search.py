"""Claims about the three estimators that scikit-learn's own tests do not make."""

from __future__ import annotations

import pickle
import time
import warnings

import joblib
import numpy as np
import pytest
from scipy.stats import loguniform
from sklearn import config_context
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.datasets import load_iris, make_classification
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import FitFailedWarning
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    KFold,
    RandomizedSearchCV,
    ShuffleSplit,
    cross_val_score,
)
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.utils import estimator_html_repr
from sklearn.utils.estimator_checks import estimator_checks_generator

from skhpo import BayesSearch, Float, GridSearch, LeakageWarning, RandomSearch

SEARCHES = [GridSearch, RandomSearch, BayesSearch]
X, y = load_iris(return_X_y=True)


def make_search(cls, estimator, space, **keywords):
    """Build a search of any class with few candidates and a seed."""
    if cls is not GridSearch:
        keywords = {"n_iter": 6} | keywords
    return cls(estimator, space, **({"random_state": 0} | keywords))


def scores_of(search):
    """Everything of cv_results_ that is not a time."""
    return {k: v for k, v in search.cv_results_.items() if not k.endswith("_time")}


class SlowClassifier(ClassifierMixin, BaseEstimator):
    """Takes a time that depends on the run, and scores by its parameter."""

    def __init__(self, C=1.0, durations=0):
        self.C = C
        self.durations = durations

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        rng = np.random.default_rng([self.durations, int(self.C * 1e6)])
        time.sleep(float(rng.exponential(0.004)))
        return self

    def predict(self, X):
        return np.where(X[:, 0] > self.C, *self.classes_[[-1, 0]])


@pytest.mark.parametrize("cls", SEARCHES)
def test_results_do_not_depend_on_which_fold_ends_first(cls):
    space = {"C": Float(0.01, 10, log=True), "durations": None}
    runs = []
    for run in range(5):
        space["durations"] = [run]
        search = make_search(cls, SlowClassifier(), space, n_jobs=2, cv=3)
        with joblib.parallel_config("threading" if run % 2 else "loky"):
            search.fit(X, y)
        results = scores_of(search)
        runs.append({k: v for k, v in results.items() if "durations" not in k and k != "params"})
    for other in runs[1:]:
        np.testing.assert_equal(other, runs[0])


@pytest.mark.parametrize("cls", SEARCHES)
def test_more_workers_give_the_same_random_and_grid_candidates(cls):
    if cls is BayesSearch:
        pytest.skip("the lag, and with it the candidates, depends on the number of workers")
    inline = make_search(cls, SVC(), {"C": Float(0.1, 10)}).fit(X, y)
    pooled = make_search(cls, SVC(), {"C": Float(0.1, 10)}, n_jobs=2).fit(X, y)
    np.testing.assert_equal(scores_of(inline), scores_of(pooled))


def test_grid_search_equals_scikit_learn_to_the_bit():
    grid = [{"C": [0.1, 1, 10], "gamma": ["scale", 0.1]}, {"kernel": ["linear"]}]
    ours = GridSearch(SVC(), grid, return_train_score=True).fit(X, y)
    stock = GridSearchCV(SVC(), grid, return_train_score=True).fit(X, y)
    assert list(ours.cv_results_) == list(stock.cv_results_)
    np.testing.assert_equal(scores_of(ours), scores_of(stock))
    assert ours.best_params_ == stock.best_params_
    assert ours.best_score_ == stock.best_score_


@pytest.mark.parametrize("cls", SEARCHES)
def test_splits_are_drawn_once(cls):
    # An unseeded shuffling splitter: candidates that are equal must score alike.
    space = {"C": [1.0, 1.0, 1.0]} if cls is not BayesSearch else {"C": Float(1, 1.0001)}
    keywords = {} if cls is GridSearch else {"n_iter": 3}
    search = cls(SVC(), space, cv=ShuffleSplit(3), **keywords).fit(X, y)
    assert np.ptp(search.cv_results_["split0_test_score"]) == 0


@pytest.mark.parametrize("cls", SEARCHES)
def test_a_float_cv_is_one_stratified_split_seeded_by_random_state(cls):
    search = make_search(cls, SVC(), {"C": Float(0.1, 10)}, cv=0.2).fit(X, y)
    again = make_search(cls, SVC(), {"C": Float(0.1, 10)}, cv=0.2).fit(X, y)
    assert search.n_splits_ == 1
    # 30 stratified rows of 150: scores are multiples of 1/30.
    scores = search.cv_results_["mean_test_score"] * 30
    np.testing.assert_allclose(scores, np.round(scores))
    np.testing.assert_equal(scores_of(search), scores_of(again))


def test_a_float_cv_keeps_groups_together():
    seen = []

    def scorer(estimator, X, y):
        seen.append(set(X[:, 0]))
        return 0.0

    groups = np.repeat(np.arange(15), 10)
    marked = np.column_stack([groups, X])
    for routing in (False, True):
        seen.clear()
        with config_context(enable_metadata_routing=routing):
            search = GridSearch(
                SVC(), {"C": [1]}, cv=0.2, scoring=scorer, return_train_score=True, random_state=0
            )
            search.fit(marked, y, groups=groups)
        test, train = seen
        assert len(test) == 3
        assert not test & train


@pytest.mark.parametrize("cls", SEARCHES)
def test_steps_and_estimators_are_choices(cls):
    pipeline = Pipeline([("scale", StandardScaler()), ("model", SVC())])
    space = [
        {"scale": [StandardScaler(), "passthrough"], "model": [SVC()], "model__C": [0.1, 1]},
        {"model": [LogisticRegression()], "model__C": loguniform(0.1, 10)},
    ]
    search = make_search(cls, pipeline, space, cv=3).fit(X, y)
    assert search.best_score_ > 0.9
    assert not hasattr(space[0]["model"][0], "classes_")


@pytest.mark.parametrize("cls", SEARCHES)
def test_pandas_and_polars_go_in_and_out(cls):
    pd = pytest.importorskip("pandas")
    pl = pytest.importorskip("polars")
    names = ["a", "b", "c", "d"]
    for frame in (pd.DataFrame(X, columns=names), pl.DataFrame(X, schema=names)):
        pipeline = make_pipeline(StandardScaler(), SVC())
        search = (
            make_search(cls, pipeline, {"svc__C": [0.1, 1, 10]}, cv=3, n_iter=3)
            if (cls is not GridSearch)
            else GridSearch(pipeline, {"svc__C": [0.1, 1, 10]}, cv=3)
        )
        search.fit(frame, y)
        assert list(search.feature_names_in_) == names
        assert search.predict(frame).shape == y.shape
    scaler = GridSearch(StandardScaler(), {"with_mean": [True]}, scoring=lambda *_: 1.0)
    scaled = scaler.fit(frame).transform(frame)
    assert isinstance(scaled, np.ndarray)


@pytest.mark.parametrize("cls", SEARCHES)
def test_cloning_and_pickling_keep_parameters_and_results(cls):
    search = make_search(cls, SVC(), {"C": Float(0.1, 10)})
    assert clone(search).get_params()["param_grid" if cls is GridSearch else "n_iter"] is not None
    search.fit(X, y)
    copy = pickle.loads(pickle.dumps(search))
    np.testing.assert_array_equal(copy.predict(X), search.predict(X))
    assert copy.trials_ == search.trials_


@pytest.mark.parametrize("cls", SEARCHES)
def test_cross_val_score_of_a_search_is_nested_cross_validation(cls):
    scores = cross_val_score(
        make_search(cls, SVC(), {"C": [0.1, 1]}, n_iter=2)
        if (cls is not GridSearch)
        else GridSearch(SVC(), {"C": [0.1, 1]}),
        X,
        y,
        cv=3,
    )
    assert scores.min() > 0.9


@pytest.mark.filterwarnings("ignore:One or more of the test scores are non-finite")
@pytest.mark.parametrize("cls", SEARCHES)
def test_trials_tell_what_happened(cls):
    class Fails(LogisticRegression):
        def fit(self, X, y):
            if self.C > 1:
                raise ValueError("too large")
            return super().fit(X, y)

    keywords = {} if cls is GridSearch else {"n_iter": 2}
    search = cls(Fails(), {"C": [0.5, 5.0]}, random_state=0, cv=3, **keywords)
    with pytest.warns(FitFailedWarning, match="3 fits failed out of a total of 6"):
        search.fit(X, y)
    by_c = {trial.params["C"]: trial for trial in search.trials_}
    assert [trial.number for trial in search.trials_] == [0, 1]
    assert by_c[0.5].status == "complete"
    assert by_c[5.0].status == "failed"
    assert "too large" in by_c[5.0].traceback
    assert "3 of 3 folds failed: ValueError: too large" in by_c[5.0].why
    assert search.n_trials_ == 2
    assert search.stop_reason_ == "complete"
    assert search.search_time_ > 0
    assert search.best_params_ == {"C": 0.5}


def test_all_fits_failing_keeps_the_trials():
    class Fails(LogisticRegression):
        def fit(self, X, y):
            raise ValueError("never")

    search = GridSearch(Fails(), {"C": [1.0]}, cv=2)
    with pytest.raises(ValueError, match="All the 2 fits failed"):
        search.fit(X, y)
    assert search.trials_[0].status == "failed"


def test_a_refit_forgets_what_an_earlier_fit_left():
    search = GridSearch(SVC(), {"C": [1.0]}).fit(X, y)
    search.set_params(refit=False).fit(X, y)
    assert not hasattr(search, "best_estimator_")


def test_an_int_seed_proposes_what_the_strategy_of_that_seed_does():
    from skhpo import RandomStrategy

    space = {"C": Float(0.1, 10)}
    search = make_search(RandomSearch, SVC(), space, random_state=7).fit(X, y)
    strategy = RandomStrategy(space, random_state=7)
    assert [t.params for t in search.trials_] == [strategy.ask().params for _ in range(6)]


def test_random_state_instance_gives_fresh_candidates_at_each_fit():
    search = make_search(RandomSearch, SVC(), {"C": Float(0.1, 10)})
    search.set_params(random_state=np.random.RandomState(0))
    first = search.fit(X, y).cv_results_["params"]
    assert search.fit(X, y).cv_results_["params"] != first


@pytest.mark.parametrize("cls", [RandomSearch, BayesSearch])
def test_more_iterations_than_candidates_warn_and_run_each_once(cls):
    search = cls(SVC(), {"C": [0.1, 1, 10]}, n_iter=5, random_state=0)
    message = r"total space of parameters 3 is smaller than n_iter=5"
    with pytest.warns(UserWarning, match=message) as caught:
        search.fit(X, y)
    assert caught[0].filename == __file__
    assert sorted(search.cv_results_["param_C"]) == [0.1, 1, 10]


def test_a_grid_leaves_numpys_global_generator_to_the_fits():
    results = []
    for cls in (GridSearchCV, GridSearch):
        np.random.seed(0)  # noqa: NPY002 - what a user's script does
        search = cls(RandomForestClassifier(3, max_depth=2), {"max_features": [1, 2]}, cv=3)
        results.append(search.fit(X, y).cv_results_["mean_test_score"])
    np.testing.assert_array_equal(*results)


def score_without_weights(estimator, X, y):
    return estimator.score(X, y)


def test_weights_that_a_scorer_ignores_are_warned_of_at_the_users_line():
    weight = np.ones(len(y))
    search = GridSearch(SVC(), {"C": [1.0]}, cv=3, scoring=score_without_weights, test_size=0.2)
    with pytest.warns(UserWarning, match="does not support sample_weight") as caught:
        search.fit(X, y, sample_weight=weight)
    assert caught[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LeakageWarning)  # other tests score these rows too
        search.score_test()
    # Nothing is scored here, and so there is nothing to warn of: a warning is an error.
    search.refit_all(X, y, sample_weight=weight)


def test_bayes_search_with_one_worker_learns_from_every_trial():
    assert make_search(BayesSearch, SVC(), {"C": [0.1, 1]}, n_iter=2).fit(X, y).lag_ == 1


def test_bayes_search_maximises_the_metric_of_refit():
    X, y = make_classification(200, weights=[0.8], flip_y=0.1, random_state=0)
    scoring = {"flat": lambda *_: 0.0, "accuracy": "accuracy"}
    search = BayesSearch(
        SVC(),
        {"C": Float(1e-4, 1e2, log=True)},
        scoring=scoring,
        refit="accuracy",
        n_iter=8,
        random_state=0,
    ).fit(X, y)
    single = BayesSearch(
        SVC(), {"C": Float(1e-4, 1e2, log=True)}, scoring="accuracy", n_iter=8, random_state=0
    ).fit(X, y)
    assert search.cv_results_["params"] == single.cv_results_["params"]


@pytest.mark.parametrize("pre_dispatch", [1, "n_jobs", "3*n_jobs", "all"])
def test_pre_dispatch_never_changes_results(pre_dispatch):
    search = make_search(
        BayesSearch, SVC(), {"C": Float(0.1, 10)}, n_jobs=2, pre_dispatch=pre_dispatch
    ).fit(X, y)
    default = make_search(BayesSearch, SVC(), {"C": Float(0.1, 10)}, n_jobs=2).fit(X, y)
    np.testing.assert_equal(scores_of(search), scores_of(default))


def test_groups_reach_the_splitter_and_weights_the_fit():
    groups = np.repeat(np.arange(5), 30)
    weights = np.linspace(0, 1, 150)
    ours = GridSearch(LogisticRegression(), {"C": [0.1, 1]}, cv=GroupKFold(5))
    stock = GridSearchCV(LogisticRegression(), {"C": [0.1, 1]}, cv=GroupKFold(5))
    order = np.random.default_rng(0).permutation(150)
    for search in (ours, stock):
        search.fit(X[order], y[order], groups=groups, sample_weight=weights)
    np.testing.assert_equal(scores_of(ours), scores_of(stock))


CLASSIFIER = LogisticRegression(), {"C": [0.1, 1.0]}
REGRESSOR = Ridge(), {"alpha": [0.1, 1.0]}
PIPELINE = (
    make_pipeline(StandardScaler(), LogisticRegression()),
    {"logisticregression__C": [0.1, 1.0]},
)


def checks_of(search):
    """Each check that scikit-learn has for a search, and what it checks, by name."""
    return {
        (check.func.__name__, str(check.keywords)): (searched, check)
        for searched, check in estimator_checks_generator(search)
    }


def outcome_of(searched, check):
    """Run a check; "passed", or how it ended."""
    try:
        check(searched)
    except BaseException as error:
        return type(error).__name__
    return "passed"


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("cls", "checked"),
    [
        # The searches differ in what they try, and not in how rows go through them.
        (GridSearch, CLASSIFIER),
        (GridSearch, REGRESSOR),
        (GridSearch, PIPELINE),
        (RandomSearch, REGRESSOR),
        (BayesSearch, REGRESSOR),
        (BayesSearch, PIPELINE),
    ],
)
def test_no_check_fails_that_the_stock_search_passes(cls, checked):
    estimator, grid = checked
    # Two folds, as where scikit-learn checks its own searches.
    keywords = {"cv": 2} if cls is GridSearch else {"cv": 2, "n_iter": 2, "random_state": 0}
    ours = checks_of(cls(estimator, grid, **keywords))
    stock = checks_of(
        (GridSearchCV if cls is GridSearch else RandomizedSearchCV)(estimator, grid, **keywords)
    )
    assert ours.keys() == stock.keys()
    ends = {name: outcome_of(*check) for name, check in ours.items()}
    assert list(ends.values()).count("passed") >= 49
    failed = {name: end for name, end in ends.items() if end != "passed"}
    assert failed == {name: outcome_of(*stock[name]) for name in failed}


def test_n_splits_and_indices_may_be_masks():
    masks = [(fold != 0, fold == 0) for fold in [np.arange(150) % 3]]
    indices = [(np.flatnonzero(a), np.flatnonzero(b)) for a, b in masks]
    by_mask = GridSearch(SVC(), {"C": [1]}, cv=masks).fit(X, y)
    by_index = GridSearch(SVC(), {"C": [1]}, cv=indices).fit(X, y)
    np.testing.assert_equal(scores_of(by_mask), scores_of(by_index))


def test_n_jobs_of_a_thread_backend_and_of_a_context_are_used():
    with joblib.parallel_config("threading", n_jobs=2):
        search = make_search(BayesSearch, SVC(), {"C": Float(0.1, 10)}).fit(X, y)
    assert search.lag_ == 3


def test_kfold_default_is_five_stratified_folds():
    ours = GridSearch(SVC(), {"C": [1]}).fit(X, y)
    stock = GridSearchCV(SVC(), {"C": [1]}).fit(X, y)
    np.testing.assert_equal(scores_of(ours), scores_of(stock))
    explicit = GridSearch(SVC(), {"C": [1]}, cv=KFold(5)).fit(X, y)
    assert explicit.best_score_ != ours.best_score_


@pytest.mark.parametrize("is_fitted", [False, True], ids=["unfitted", "fitted"])
def test_completion_has_the_methods_that_the_best_estimator_has(is_fitted):
    X, y = load_iris(return_X_y=True)
    search = GridSearch(SVC(), {"C": [1]}, cv=2)
    names = set(dir(search.fit(X, y) if is_fitted else search))
    assert names >= {"fit", "predict", "decision_function", "score_test"}
    assert not {"transform", "score_samples"} & names
    assert ("best_score_" in names) is is_fitted


@pytest.mark.parametrize("display", ["diagram", "text"])
@pytest.mark.parametrize("is_fitted", [False, True], ids=["unfitted", "fitted"])
def test_searches_show_themselves_as_scikit_learns_do(display, is_fitted):
    X, y = load_iris(return_X_y=True)
    search = BayesSearch(make_pipeline(StandardScaler(), SVC()), {"svc__C": Float(1, 2)}, n_iter=2)
    outer = make_pipeline(StandardScaler(), search)
    if is_fitted:
        outer.fit(X, y)
    page = estimator_html_repr(outer)
    inner = "best_estimator_: Pipeline" if is_fitted else "estimator: Pipeline"
    for name in ("BayesSearch", "StandardScaler", "SVC", inner):
        assert name in page
    with config_context(display=display):
        bundle = outer._repr_mimebundle_()
    assert bundle["text/plain"] == repr(outer)
    assert ("text/html" in bundle) is (display == "diagram")
