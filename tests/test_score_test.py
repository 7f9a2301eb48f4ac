"""The test set of a search: what the search sees, what is scored, and how often."""

from __future__ import annotations

import copy
import pickle
import re
import warnings
import zlib
from typing import ClassVar

import numpy as np
import pytest
from sklearn import config_context
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import accuracy_score, make_scorer
from sklearn.model_selection import (
    GroupKFold,
    KFold,
    PredefinedSplit,
    TimeSeriesSplit,
    train_test_split,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from skhpo import (
    BayesSearch,
    GridSearch,
    LeakageWarning,
    RandomSearch,
    TestSetSpentError,
    TrainTestOverlapError,
)

SEARCHES = [GridSearch, RandomSearch, BayesSearch]


@pytest.fixture
def data(request):
    """Rows of its own for each test: the process remembers test sets that were scored."""
    rng = np.random.default_rng(zlib.crc32(request.node.nodeid.encode()))
    X = rng.normal(size=(200, 4))
    return X, (X[:, 0] + rng.normal(size=200) > 0).astype(int)


def build(cls=GridSearch, estimator=None, **keywords):
    """Build a search over two values."""
    if cls is not GridSearch:
        keywords = {"n_iter": 2} | keywords
    keywords = {"cv": 3, "random_state": 0} | keywords
    estimator = LogisticRegression() if estimator is None else estimator
    return cls(estimator, {"C": [0.1, 1]}, **keywords)


class Remembers(ClassifierMixin, BaseEstimator):
    """Keeps the rows that it was fitted on, of all its copies."""

    seen: ClassVar[set] = set()

    def __init__(self, C=1.0):
        self.C = C

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        self.seen.update(X[:, 0].tolist())
        return self

    def predict(self, X):
        return (X[:, 0] > 0).astype(int)


@pytest.mark.parametrize("cls", SEARCHES)
def test_nothing_inside_the_search_sees_a_test_row(cls, data):
    X, y = data
    Remembers.seen.clear()
    search = build(cls, Remembers(), test_size=0.25).fit(X, y)
    assert len(Remembers.seen) == 150
    held_out = ~np.isin(X[:, 0], list(Remembers.seen))
    assert held_out.sum() == 50
    assert search.score_test() == accuracy_score(y[held_out], search.predict(X[held_out]))
    # Stratified.
    assert abs(y[held_out].mean() - y.mean()) < 0.02


def test_the_test_set_is_scored_once(data):
    search = build(test_size=0.2).fit(*data)
    assert not hasattr(search, "test_report_")
    score = search.score_test()
    report = search.test_report_
    assert report.score == score
    assert report.n_rows == 40
    assert report.best_score == search.best_score_
    assert report.interval[0] <= score <= report.interval[1]
    assert report.metrics == {"score": score}
    with pytest.raises(TestSetSpentError, match=f"the score was {re.escape(str(score))}"):
        search.score_test()
    with pytest.raises(RuntimeError, match="was spent on"):
        search.score_test(*data)


def test_rows_that_were_not_set_aside_are_passed(data):
    X, X_test, y, y_test = train_test_split(*data, random_state=0)
    search = build().fit(X, y)
    with pytest.raises(ValueError, match=r"score_test\(X_test, y_test\).*test_size=0.2"):
        search.score_test()
    assert search.score_test(X_test, y_test) == search.score(X_test, y_test)


def test_rows_that_were_set_aside_are_not_passed(data):
    search = build(test_size=0.2).fit(*data)
    with pytest.raises(ValueError, match="takes no rows when fit has set rows aside"):
        search.score_test(*data)
    assert search.score_test() > 0.5


def test_seen_rows_are_counted(data):
    X, y = data
    search = build().fit(X, y)
    with pytest.raises(TrainTestOverlapError, match="200 of 200 rows"):
        search.score_test(X, y)
    fresh = np.random.default_rng(0).normal(size=(200, 4))
    mixed = np.vstack([fresh[:150], X[:50]])
    with pytest.warns(LeakageWarning, match="50 of 200 rows"):
        search.score_test(mixed, np.r_[y[:150], y[:50]])


def test_a_score_nobody_saw_spends_nothing(data):
    search = build(test_size=0.2).fit(*data)
    search.scorer_ = lambda *_: 1 / 0
    with pytest.raises(ZeroDivisionError, match="division by zero"):
        search.score_test()
    search.scorer_ = make_scorer(accuracy_score)
    assert search.score_test() > 0.5
    other = build().fit(data[0][:150], data[1][:150])
    with pytest.raises(ValueError, match="3 features"):
        other.score_test(data[0][150:, :3], data[1][150:])


def test_copies_share_the_fate_of_their_original(data):
    search = build(test_size=0.2).fit(*data)
    copies = [copy.copy(search), copy.deepcopy(search), pickle.loads(pickle.dumps(search))]
    score = copies[1].score_test()
    for other in (search, *copies):
        with pytest.raises(TestSetSpentError, match="the score was"):
            other.score_test()
        assert other.test_report_.score == score
    later = pickle.loads(pickle.dumps(search))
    with pytest.raises(TestSetSpentError, match="the score was"):
        later.score_test()


def test_fitting_again_allows_another_call_on_other_rows(data):
    X, y = data
    search = build(test_size=0.2).fit(X, y)
    search.score_test()
    search.fit(X, y)
    assert not hasattr(search, "test_report_")
    with pytest.raises(TestSetSpentError, match="40 of 40 rows"):
        search.score_test()
    search.set_params(random_state=1).fit(X, y)
    with pytest.warns(LeakageWarning, match="were scored"):
        search.score_test()


def test_another_search_on_the_same_rows_is_warned(data):
    build(test_size=0.2).fit(*data).score_test()
    other = build(RandomSearch, test_size=0.2).fit(*data)
    with pytest.warns(LeakageWarning, match=r"skhpo\.compare"):
        other.score_test()


def test_a_warning_turned_into_an_error_spends_nothing(data):
    build(test_size=0.2).fit(*data).score_test()
    other = build(RandomSearch, test_size=0.2).fit(*data)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(LeakageWarning, match="flattered"):
            other.score_test()
    with pytest.warns(LeakageWarning, match="flattered"):
        other.score_test()


def test_weights_and_groups_go_with_the_rows_set_aside(data):
    X, y = data
    weights = np.linspace(0, 1, 200)
    search = build(test_size=50, scoring="accuracy").fit(X, y, sample_weight=weights)
    rows = search._test_set.held_out
    aside = np.flatnonzero(np.isin(X[:, 0], rows.X[:, 0]))
    np.testing.assert_array_equal(rows.params["sample_weight"], weights[aside])
    expected = accuracy_score(y[aside], search.predict(X[aside]), sample_weight=weights[aside])
    assert search.score_test() == pytest.approx(expected)
    # 4 of 20 groups of 10 rows.
    groups = np.repeat(np.arange(20), 10)
    grouped = build(test_size=0.2, cv=GroupKFold(3)).fit(X + 10, y, groups=groups)
    assert np.unique(grouped._test_set.held_out.groups).size == 4
    grouped.score_test()
    assert "groups" in grouped.test_report_.interval_method


def test_metadata_routing_reaches_the_test_score(data):
    X, y = data
    weights = np.linspace(0, 1, 200)
    with config_context(enable_metadata_routing=True):
        scorer = make_scorer(accuracy_score).set_score_request(sample_weight="w")
        search = build(test_size=50, scoring=scorer).fit(X, y, w=weights)
        aside = np.flatnonzero(np.isin(X[:, 0], search._test_set.held_out.X[:, 0]))
        expected = accuracy_score(y[aside], search.predict(X[aside]), sample_weight=weights[aside])
        assert search.score_test() == pytest.approx(expected)


def test_groups_set_rows_aside_with_routing_on_whatever_the_folds_ask_for(data):
    groups = np.repeat(np.arange(20), 10)
    with config_context(enable_metadata_routing=True):
        search = build(test_size=0.2).fit(*data, groups=groups)
    assert np.unique(search._test_set.held_out.groups).size == 4


def test_the_only_metric_may_be_named(data):
    search = build(test_size=0.2, scoring="accuracy").fit(*data)
    assert search.score_test(metric="accuracy") > 0.5


def test_a_splitter_or_a_pair_chooses_the_last_rows_in_time(data):
    X, y = data
    pair = [(np.arange(150), np.arange(150, 200))]
    search = build(test_split=pair, cv=TimeSeriesSplit(3)).fit(X, y)
    np.testing.assert_array_equal(search._test_set.held_out.X, X[150:])
    with pytest.raises(ValueError, match=r"`test_split` must give one pair .* got 2 items"):
        build(test_split=TimeSeriesSplit(2, test_size=50)).fit(X, y)


@pytest.mark.parametrize("cv", [[(np.arange(9), np.arange(9, 12))], PredefinedSplit([0, 1])])
def test_numbered_rows_as_cv_are_refused_with_a_test_set(cv, data):
    with pytest.raises(ValueError, match="`cv` must not name rows when a test set is set aside"):
        build(test_size=0.2, cv=cv).fit(*data)


def test_only_one_way_of_setting_aside(data):
    with pytest.raises(ValueError, match="Only one of `test_size` and `test_split`"):
        build(test_size=0.2, test_split=KFold(2)).fit(*data)


def test_a_class_too_small_to_stratify_is_named(data):
    y = data[1].copy()
    y[:] = 0
    y[0] = 7
    with pytest.raises(ValueError, match=r"7.*1 row"):
        build(test_size=0.2).fit(data[0], y)


def test_pairwise_data_are_cut_on_both_axes(data):
    X, y = data
    kernel = X @ X.T
    search = build(estimator=SVC(kernel="precomputed"), test_size=0.2).fit(kernel, y)
    plain = build(estimator=SVC(kernel="linear"), test_size=0.2).fit(X, y)
    assert search.best_score_ == pytest.approx(plain.best_score_)
    assert search.n_features_in_ == 160
    assert search.score_test() == pytest.approx(plain.score_test())


def test_several_metrics_return_the_one_of_refit(data):
    search = build(test_size=0.2, scoring=["accuracy", "roc_auc"], refit="roc_auc").fit(*data)
    score = search.score_test()
    assert search.test_report_.metrics.keys() == {"accuracy", "roc_auc"}
    assert score == search.test_report_.metrics["roc_auc"]


def test_a_function_as_refit_needs_the_metric(data):
    scoring = ["accuracy", "roc_auc"]
    search = build(test_size=0.2, scoring=scoring, refit=lambda results: 0).fit(*data)
    with pytest.raises(ValueError, match=r"'metric' parameter of score_test .* Got None instead"):
        search.score_test()
    with pytest.raises(ValueError, match=r"Did you mean 'accuracy'\?"):
        search.score_test(metric="acuracy")
    assert search.score_test(metric="accuracy") > 0.5


def test_refit_all_comes_after_the_score_and_uses_all_rows(data):
    X, y = data
    search = build(test_size=0.2).fit(X, y)
    with pytest.raises(RuntimeError, match="call score_test first"):
        search.refit_all(X, y)
    search.score_test()
    final = search.refit_all(X, y)
    expected = LogisticRegression(C=search.best_params_["C"]).fit(X, y)
    np.testing.assert_allclose(final.coef_, expected.coef_)
    assert final is not search.best_estimator_


@pytest.mark.parametrize("method", ["score_test", "refit_all", "score"])
def test_methods_of_a_search_without_refit_say_so(method, data):
    search = build(refit=False).fit(*data)
    with pytest.raises(AttributeError, match=f"`refit=False`. {method} is available only after"):
        getattr(search, method)(*data)


def test_score_is_not_guarded(data):
    search = build(test_size=0.2).fit(*data)
    search.score_test()
    assert search.score(*data) == search.score(*data)


def test_regressors_and_frames(data):
    pd = pytest.importorskip("pandas")
    X = pd.DataFrame(data[0], columns=list("abcd"))
    search = GridSearch(
        make_pipeline(StandardScaler(), Ridge()), {"ridge__alpha": [0.1, 1]}, test_size=0.2
    ).fit(X, X["a"] * 2 + X["b"])
    assert search.score_test() > 0.99


def test_real_data_from_loading_to_the_last_model():
    X, y = load_breast_cancer(return_X_y=True)
    search = build(BayesSearch, make_pipeline(StandardScaler(), SVC()), test_size=0.2)
    search.set_params(param_distributions={"svc__C": [0.1, 1, 10]}).fit(X, y)
    assert search.score_test() > 0.9
    assert "114 test rows" in str(search.test_report_)
