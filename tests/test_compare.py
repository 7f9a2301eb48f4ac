"""Several searches on the same rows."""

from __future__ import annotations

import math
import re
import warnings
from zlib import crc32

import joblib
import numpy as np
import pytest
from scipy import stats
from sklearn.linear_model import Ridge
from sklearn.metrics import accuracy_score, make_scorer
from sklearn.model_selection import GridSearchCV, GroupKFold
from sklearn.svm import SVC

from skhpo import (
    BayesSearch,
    ExpectedRegret,
    Float,
    GridSearch,
    LeakageWarning,
    RandomSearch,
    TestSetSpentError,
    compare,
)


@pytest.fixture
def data(request):
    """Rows of its own for each test: the process remembers test sets that were scored."""
    rng = np.random.default_rng(crc32(request.node.nodeid.encode()))
    X = rng.normal(size=(150, 3))
    return X, (X[:, 0] + rng.normal(size=150) > 0).astype(int)


def searches():
    space = {"C": Float(0.01, 100, log=True)}
    return {
        "grid": GridSearch(SVC(), space, cv=3),
        "random": RandomSearch(SVC(), space, cv=3, n_iter=4),
        "bayes": BayesSearch(SVC(), space, cv=3, n_iter=4),
        "stock": GridSearchCV(SVC(), {"C": [0.1, 1]}, cv=3),
    }


@pytest.fixture(scope="module")
def compared():
    """A comparison of four searches, to look at."""
    X = np.random.default_rng(0).normal(size=(150, 3))
    y = (X[:, 0] + np.random.default_rng(1).normal(size=150) > 0).astype(int)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return compare(searches(), X, y, test_size=0.2, random_state=0)


def test_every_search_gets_the_same_rows_and_one_score(compared):
    assert compared.n_test == 30
    rows = {row.search: row for row in compared.rows}
    assert [rows[name].n_fits for name in searches()] == [15, 12, 12, 6]
    # 30 test rows: every score is a multiple of 1/30.
    scores = np.array([row.test_score for row in compared.rows]) * 30
    np.testing.assert_allclose(scores, np.round(scores))
    ours = [compared.searches[name][0] for name in ("grid", "random", "bayes")]
    reports = [search.test_report_ for search in ours]
    assert [report.score for report in reports] == [rows[n].test_score for n in list(rows)[:3]]
    with pytest.raises(TestSetSpentError, match="was spent"):
        ours[0].score_test()


def test_an_earlier_use_of_the_test_rows_is_still_warned_of(data):
    first = compare({"grid": searches()["grid"]}, *data, random_state=0)
    assert len(first.rows) == 1
    with pytest.warns(LeakageWarning, match="were scored") as caught:
        compare(searches(), *data, random_state=0)
    assert len(caught) == 1


def test_searches_without_a_seed_are_paired(data):
    twins = {"a": searches()["random"], "b": searches()["random"]}
    comparison = compare(twins, *data, random_state=0, repeats=2)
    by_repeat = [[r.best_score for r in comparison.rows if r.repeat == k] for k in (0, 1)]
    assert by_repeat[0][0] == by_repeat[0][1]
    assert by_repeat[0] != by_repeat[1]
    assert comparison.differences[0].mean == 0
    assert comparison.differences[0].interval == (0, 0)


def test_the_interval_over_repeats_is_the_corrected_resampled_t(data):
    comparison = compare(searches(), *data, repeats=3, random_state=1)
    difference = comparison.differences[0]
    scores = [[r.test_score for r in comparison.rows if r.search == n] for n in ("random", "grid")]
    paired = np.subtract(*scores)
    # Nadeau and Bengio 2003: variance times 1/J + n_test/n_train.
    half = stats.t.ppf(0.975, 2) * np.sqrt(paired.var(ddof=1) * (1 / 3 + 30 / 120))
    assert difference.mean == pytest.approx(paired.mean())
    assert difference.interval == pytest.approx((paired.mean() - half, paired.mean() + half))


def test_the_interval_of_one_repeat_is_a_paired_bootstrap(compared):
    for difference in compared.differences:
        low, high = difference.interval
        assert low <= difference.mean <= high
        assert "bootstrap" in difference.method
        assert difference.reference == "grid"


def test_groups_stay_together(data):
    X, y = data
    groups = np.repeat(np.arange(15), 10)
    search = searches()["grid"].set_params(cv=GroupKFold(3))
    comparison = compare({"grid": search}, X, y, random_state=0, groups=groups)
    development, test = comparison.searches["grid"][0].test_split[0]
    assert not set(groups[development]) & set(groups[test])


def test_the_table_and_the_frame_have_a_row_for_each_search(compared):
    pytest.importorskip("pandas")
    lines = str(compared).splitlines()
    assert [line.split()[0] for line in lines[1:5]] == list(searches())
    assert [line.split()[3] for line in lines[1:5]] == [
        f"{row.corrected_score:.4f}" for row in compared.rows
    ]
    assert lines[-1] == "30 test rows, 1 repeat"
    frame = compared.to_frame()
    assert frame.shape == (4, 8)
    assert list(frame["search"]) == list(searches())


def test_the_corrected_score_is_there_and_found_once(data):
    calls = []

    def counted(y_true, y_pred):
        calls.append(len(y_true))
        return accuracy_score(y_true, y_pred)

    both = {
        "ours": GridSearch(SVC(), {"C": [0.1, 1]}, cv=3, scoring=make_scorer(counted)),
        "stock": searches()["stock"],
    }
    ours, stock = compare(both, *data, random_state=0, repeats=2).rows[:2]
    assert math.isnan(stock.corrected_score)
    comparison = compare({"ours": both["ours"]}, data[0] + 1, data[1], random_state=0)
    n_calls = len(calls)
    (search,) = comparison.searches["ours"]
    assert comparison.rows[0].corrected_score == search.corrected_score_
    assert math.isfinite(ours.corrected_score)
    assert len(calls) == n_calls


def test_the_plot_has_a_line_for_each_search(compared):
    pytest.importorskip("matplotlib")
    display = compared.plot(by="seconds")
    legend = display.ax_.get_legend().get_texts()
    assert [text.get_text() for text in legend] == [*searches()]


def test_regressors_are_not_stratified():
    X = np.random.default_rng(0).normal(size=(60, 2))
    comparison = compare(
        {"ridge": GridSearch(Ridge(), {"alpha": [0.1, 1]})}, X, X[:, 0], test_size=15
    )
    assert comparison.n_test == 15


WRONG = [
    ([GridSearch(SVC(), {})], {}, "must be a dict of names to searches"),
    ({}, {}, "must be a dict of names to searches"),
    ({"a": 3}, {}, "`searches` must hold estimators with `fit` and `score`, got 'a': 3"),
    ({"a": GridSearch(SVC(), {}, test_size=0.2)}, {}, "`test_size` must be None for searches"),
    ({"a": GridSearch(SVC(), {}, refit=False)}, {}, "`refit` must not be False"),
    (
        {"a": GridSearch(SVC(), {}, scoring=["accuracy", "f1"], refit=lambda results: 0)},
        {},
        "`refit` must name the metric",
    ),
    ({"a": GridSearch(SVC(), {})}, {"test_size": None}, "'test_size' parameter of compare"),
    ({"a": GridSearch(SVC(), {})}, {"test_size": 1.5}, "'test_size' parameter of compare"),
    ({"a": GridSearch(SVC(), {})}, {"repeats": 0}, "'repeats' parameter of compare"),
    ({"a": GridSearch(SVC(), {})}, {"random_state": "x"}, "'random_state' parameter of compare"),
]


def test_weights_are_refused_where_a_test_score_would_lack_them(data):
    with pytest.raises(ValueError, match="`sample_weight` must be left out"):
        compare(searches(), *data, sample_weight=np.ones(150))


@pytest.mark.parametrize(("searches", "keywords", "message"), WRONG)
def test_wrong_arguments_are_named_before_the_first_fit(searches, keywords, message, data):
    with pytest.raises((ValueError, TypeError), match=re.escape(message)):
        compare(searches, *data, **keywords)


class NeverFitted(SVC):
    def fit(self, X, y, sample_weight=None):
        raise AssertionError("fitted")


@pytest.mark.parametrize(
    ("keywords", "message"),
    [
        ({"param_distributions": {"CC": [1]}}, r"Invalid parameter 'CC'.*Did you mean 'C'\?"),
        ({"n_jobs": 0}, "n_jobs == 0 in Parallel has no meaning"),
        ({"pre_dispatch": "2*jobs"}, r"'2\*jobs' is not a valid or supported"),
        ({"pre_dispatch": "n_jobs - 2", "n_jobs": 2}, "`pre_dispatch` must be a positive"),
        ({"fit_timeout": 5, "n_jobs": 2}, "`fit_timeout` must be None where a running fold"),
        (
            {"early_stopping": ExpectedRegret()},
            "`early_stopping` must be a rule that needs",
        ),
    ],
    ids=["name", "n_jobs", "expression", "bound", "fit_timeout", "early_stopping"],
)
def test_a_mistake_in_a_later_search_is_found_before_the_first_is_fitted(data, keywords, message):
    bad = RandomSearch(SVC(), {"C": [1]}, n_iter=1).set_params(**keywords)
    good = GridSearch(NeverFitted(), {"C": [1]}, error_score="raise")
    with (
        joblib.parallel_config("threading"),
        pytest.raises(ValueError, match=message),
    ):
        compare({"good": good, "bad": bad}, *data)


def test_a_kernel_matrix_is_compared_as_its_rows_are(data):
    X, y = data
    space = {"C": [0.01, 10]}
    kinds = {"ours": GridSearch, "others": RandomSearch, "stock": GridSearchCV}
    keywords = {"others": {"n_iter": 1}}
    expected, found = (
        compare(
            {
                name: kind(SVC(kernel=kernel), space, cv=3, **keywords.get(name, {}))
                for name, kind in kinds.items()
            },
            data,
            y,
            random_state=0,
        )
        for kernel, data in (("linear", X), ("precomputed", X @ X.T))
    )
    assert [row.test_score for row in found.rows] == [row.test_score for row in expected.rows]
    assert [d.interval for d in found.differences] == [d.interval for d in expected.differences]


def test_the_bootstrap_knows_weights_and_groups(data):
    X, y = data
    weight = np.where(np.abs(X[:, 0]) > 1, 1.0, 1e-9)
    comparison = compare(
        {
            "a": GridSearch(SVC(), {"C": [10]}, cv=GroupKFold(3)),
            "b": GridSearch(SVC(), {"C": [1e-3]}, cv=GroupKFold(3)),
        },
        X,
        y,
        sample_weight=weight,
        groups=np.arange(150) % 30,
        random_state=0,
    )
    (difference,) = comparison.differences
    low, high = difference.interval
    assert low <= difference.mean <= high
    assert difference.method.startswith("bootstrap over test groups")
