"""Trials to `cv_results_`: scikit-learn's keys, dtypes, values, ranks and sentences."""

import math
import re
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import rankdata
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.exceptions import FitFailedWarning
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.preprocessing import StandardScaler

from skhpo import GridSearch, Trial
from skhpo._results import (
    build_cv_results,
    describe_fit_failures,
    is_multimetric,
    metric_names,
    non_finite_warnings,
    scored_metrics,
    select_best,
)
from skhpo._trial import FoldResult

rng = np.random.default_rng(0)
X = rng.normal(size=(24, 3))
y = X @ [1.0, 2.0, 3.0] + rng.normal(size=24)
# Between what the first training rows of three folds begin with: some fits fail below it.
CUT = (X[0, 0] + X[8, 0]) / 2


class Told(RegressorMixin, BaseEstimator):
    """Scores what it is told to, or fails; its other parameters are only carried."""

    def __init__(self, says=0.0, fails=None, a=None, b=None):
        self.says = says
        self.fails = fails
        self.a = a
        self.b = b

    def fit(self, X, y):
        if self.fails is not None and X[0, 0] < self.fails:
            raise ValueError(f"cannot fit below {self.fails}")
        return self

    def predict(self, X):
        return X[:, 0]

    def score(self, X, y):
        return self.says


def of_times(key):
    return key.endswith(("fit_time", "score_time"))


def assert_same_results(ours, theirs):
    """The same but for durations: keys in order, types, dtypes, masks, and values to the bit."""
    assert list(ours) == list(theirs)
    for key, expected in theirs.items():
        found = ours[key]
        assert type(found) is type(expected)
        if key == "params":
            assert repr(found) == repr(expected)
        elif of_times(key):
            assert found.dtype == expected.dtype
            assert found.shape == expected.shape
            assert (found >= 0).all()
        elif isinstance(expected, np.ma.MaskedArray):
            assert found.dtype == expected.dtype
            np.testing.assert_array_equal(found.mask, expected.mask, strict=True)
            # nan is equal to nan and an array to an array in their texts only.
            assert repr(found.tolist()) == repr(expected.tolist())
        else:
            np.testing.assert_array_equal(found, expected, strict=True)


def search_both(*args, **options):
    """The search fitted by scikit-learn's class and by ours; the same warnings, as texts."""
    fitted, texts = [], []
    for cls in (GridSearchCV, GridSearch):
        with warnings.catch_warnings(record=True) as caught, np.errstate(invalid="ignore"):
            warnings.simplefilter("always")
            fitted.append(cls(*args, cv=3, **options).fit(X, y))
        # Tracebacks name the files of either library.
        texts.append([str(w.message).partition("Traceback")[0] for w in caught])
    assert texts[0] == texts[1]
    return fitted


# --- the same as scikit-learn's ---------------------------------------------------


def two_metrics(estimator, X, y):
    return {"b": estimator.score(X, y), "a": -float(np.abs(y).sum())}


OPTIONS = {
    "score": {},
    "one metric": {"scoring": "neg_mean_squared_error", "return_train_score": True},
    "metrics": {"scoring": ["r2", "neg_mean_squared_error"], "refit": "r2"},
    "metrics by name": {
        "scoring": {"z": "r2", "a": "neg_max_error"},
        "refit": False,
        "return_train_score": True,
    },
    "callable metrics": {"scoring": two_metrics, "refit": "a", "return_train_score": True},
    "callable refit": {"refit": lambda results: 2},
}


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
def test_results_of_a_real_search_equal_scikit_learns(options):
    theirs, ours = search_both(Ridge(), {"alpha": [0.1, 1, 10.0], "tol": [1e-3, None]}, **options)
    assert_same_results(ours.cv_results_, theirs.cv_results_)
    for name in ("best_index_", "best_score_", "best_params_", "multimetric_", "n_splits_"):
        assert hasattr(ours, name) is hasattr(theirs, name)
        assert getattr(ours, name, None) == getattr(theirs, name, None)


GRIDS = {
    "ints": [{"a": [1, 2], "b": [1, 2.5]}],
    "conditional": [{"a": [1, 2]}, {"b": ["x", "yy"], "a": [3]}, {}],
    "order of names": [{"b": [1]}, {"a": [1]}],
    "nothing": [{"a": [None, 1.0], "b": [None]}],
    "bools": [{"a": [True, False], "b": [True, 2]}],
    "texts": [{"a": ["x", "yy"], "b": [b"x", b"yy"]}],
    "sequences": [{"a": [(1, 2), (3, 4)], "b": [[1], [2, 3]]}],
    "arrays": [{"a": [np.arange(2), np.arange(2)], "b": [np.arange(2), np.arange(3)]}],
    "estimators": [{"a": ["passthrough"], "b": [str, len]}],
    "large ints": [{"a": [10**30, 1], "b": [2**63, -1]}],
    "complex": [{"a": [1j, 2], "b": [np.float32(1.5), 2]}],
    "mixed": [{"a": [1, "x", None, (1,)], "b": [{"k": 1}, {"k": 2}]}],
}


@pytest.mark.parametrize("grid", GRIDS.values(), ids=GRIDS)
def test_parameter_columns_have_scikit_learns_dtypes_and_masks(grid):
    theirs, ours = search_both(Told(), grid, refit=False)
    assert_same_results(ours.cv_results_, theirs.cv_results_)


def test_estimators_in_a_column_are_the_ones_given():
    scalers = [StandardScaler(), StandardScaler(with_mean=False)]
    theirs, ours = search_both(Told(), {"a": scalers}, refit=False)
    for search in (theirs, ours):
        column = search.cv_results_["param_a"]
        assert column.dtype == object
        assert all(found is given for found, given in zip(column, scalers, strict=True))


NAN, INF = math.nan, math.inf


@pytest.mark.parametrize(
    "scores",
    [
        [1, 2, 2, 0],
        [1, NAN, 2, NAN],
        [NAN, NAN],
        [NAN, -INF, 1],
        [-INF, -INF, 3],
        [INF, 1, NAN],
        [5],
        [NAN],
    ],
    ids=str,
)
def test_ranks_and_warnings_of_scores_that_are_not_finite_equal_scikit_learns(scores):
    theirs, ours = search_both(Told(), {"says": scores}, refit=False)
    assert_same_results(ours.cv_results_, theirs.cv_results_)
    assert ours.best_index_ == theirs.best_index_


@pytest.mark.parametrize("error_score", [NAN, -7, 0.5])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"return_train_score": True},
        {"scoring": ["r2", "neg_max_error"], "return_train_score": True},
        {"scoring": two_metrics},
    ],
    ids=["score", "train score", "metrics", "callable metrics"],
)
def test_failed_fits_get_the_error_score_as_in_scikit_learn(error_score, options):
    theirs, ours = search_both(
        Told(),
        {"fails": [None, CUT], "says": [0.25, 0.5]},
        error_score=error_score,
        refit=False,
        **options,
    )
    assert_same_results(ours.cv_results_, theirs.cv_results_)


# --- built by hand ------------------------------------------------------------


def fold(score, number=0, train=None):
    """Result of a fold; a score of None is a failed fit."""
    if score is None:
        return FoldResult(0, number, None, fit_seconds=1.0, error="Traceback: boom\n")
    return FoldResult(
        0,
        number,
        {"score": score},
        None if train is None else {"score": train},
        fit_seconds=2.0,
        score_seconds=0.5,
    )


MISSING = object()


def trials_of(rows, params=None):
    """Trials whose folds have these scores; None is a failed fit, MISSING a stopped fold."""
    params = params or [{"a": number} for number in range(len(rows))]
    return [
        Trial(
            number, params[number], "random",
            tuple(None if s is MISSING else fold(s, k) for k, s in enumerate(scores)),
        )
        for number, scores in enumerate(rows)
    ]  # fmt: skip


def build(rows, error_score=NAN, **changes):
    options = {"metrics": ("score",), "return_train_score": False, **changes}
    return build_cv_results(trials_of(rows), error_score=error_score, **options)


def test_means_and_deviations_are_over_folds():
    results = build([[0.5, 0.7, 0.9], [1.0, 1.0, 4.0]])
    np.testing.assert_array_equal(results["split1_test_score"], [0.7, 1.0])
    np.testing.assert_allclose(results["mean_test_score"], [0.7, 2.0])
    # ddof=0: sqrt(.08 / 3), sqrt(6 / 3)
    np.testing.assert_allclose(results["std_test_score"], [0.16329931618554522, math.sqrt(2)])
    np.testing.assert_array_equal(results["rank_test_score"], np.array([2, 1], np.int32))
    np.testing.assert_array_equal(results["mean_fit_time"], [2.0, 2.0])
    np.testing.assert_array_equal(results["std_score_time"], [0.0, 0.0])


@pytest.mark.parametrize("error_score", [NAN, -1.0, 3.0, "raise"])
def test_stopped_folds_are_nan_whatever_the_error_score(error_score):
    results = build([[0.5, MISSING], [0.5, None]], error_score=error_score)
    failed = NAN if error_score == "raise" else error_score
    np.testing.assert_array_equal(results["split1_test_score"], [NAN, failed])
    np.testing.assert_array_equal(results["mean_fit_time"], [NAN, 1.5])


def test_trials_that_lack_folds_rank_below_all_that_have_them():
    rows = [[9, MISSING], [-INF, 0], [None, 1], [0.5, 0.5], [MISSING, MISSING], [0.5, 0.5]]
    results = build(rows)
    np.testing.assert_array_equal(results["rank_test_score"], [5, 3, 4, 1, 5, 1])
    # A numeric error score is a score like others.
    np.testing.assert_array_equal(build(rows, -1.0)["rank_test_score"], [5, 4, 3, 1, 5, 1])


scores = st.floats(-1e300, 1e300) | st.just(NAN)


@given(st.lists(scores, min_size=1, max_size=8))
def test_ranks_are_scikit_learns_rule_on_any_scores(means):
    ranks = build([[mean] for mean in means])["rank_test_score"]
    means = np.array(means)
    # scikit-learn: nan counts as less than the least.
    filled = np.where(np.isnan(means), -INF, means)
    np.testing.assert_array_equal(ranks, rankdata(-filled, method="min"))
    assert ranks.dtype == np.int32


@given(
    st.lists(st.lists(scores | st.none() | st.just(MISSING), min_size=2, max_size=2), min_size=1)
)
def test_ranks_agree_with_the_order_of_means(rows):
    results = build(rows)
    ranks, means = results["rank_test_score"], results["mean_test_score"]
    assert ranks.min() == 1
    is_complete = np.array([MISSING not in row for row in rows])
    for i in range(len(rows)):
        better = (is_complete & ~is_complete[i]) | (
            (is_complete == is_complete[i])
            & is_complete
            & ((means > means[i]) | (np.isnan(means[i]) & ~np.isnan(means)))
        )
        assert ranks[i] == better.sum() + 1


def test_train_scores_stand_behind_the_ranks():
    folds = (fold(0.5, 0, train=0.75), fold(None, 1))
    trial = Trial(0, {}, "random", folds)
    results = build_cv_results(
        [trial], metrics=("score",), error_score=0.0, return_train_score=True
    )
    assert list(results)[5:] == [
        "split0_test_score", "split1_test_score", "mean_test_score", "std_test_score",
        "rank_test_score",
        "split0_train_score", "split1_train_score", "mean_train_score", "std_train_score",
    ]  # fmt: skip
    assert results["split1_train_score"] == 0.0
    assert results["mean_train_score"] == 0.375


def test_params_are_the_dicts_of_the_trials():
    params = [{"a": 1}, {"b": [2]}]
    results = build_cv_results(
        trials_of([[1.0], [2.0]], params),
        metrics=("score",),
        error_score=NAN,
        return_train_score=False,
    )
    assert all(found is given for found, given in zip(results["params"], params, strict=True))
    assert results["param_a"].mask.tolist() == [False, True]


# --- metrics ------------------------------------------------------------------


def metric_trial(number, scores, score_error=None):
    result = FoldResult(number, 0, scores, is_multimetric=len(scores) > 1, score_error=score_error)
    return Trial(number, {}, "random", (None, result))


def test_metrics_are_those_known_or_those_of_the_first_scored_fold():
    failed = Trial(0, {}, "random", (fold(None),))
    scored = metric_trial(1, {"b": 1.0, "a": 2.0})
    assert metric_names([failed, scored]) == ("b", "a")
    assert is_multimetric([failed, scored])
    assert metric_names([scored], ("x", "y")) == ("x", "y")
    assert metric_names([failed]) == metric_names([]) == ("score",)
    assert not is_multimetric([failed])
    assert not is_multimetric(trials_of([[1.0]]))


def test_scorer_that_fails_on_the_first_fold_does_not_hide_the_metrics():
    def scorer(estimator, X, y):
        if estimator.says == 0:
            raise ValueError("no scores")
        return {"r": estimator.says, "s": 1.0}

    failed = metric_trial(0, {"score": NAN}, score_error="Traceback: no scores")
    assert metric_names([failed, metric_trial(1, {"r": 1.0, "s": 2.0})]) == ("r", "s")
    search = GridSearch(Told(), {"says": [0, 1, 2]}, scoring=scorer, refit="r", cv=2)
    with pytest.warns(UserWarning, match="Scoring failed|are non-finite"):
        search.fit(X, y)
    assert search.multimetric_
    assert search.best_params_ == {"says": 2}
    np.testing.assert_array_equal(search.cv_results_["mean_test_r"], [NAN, 1, 2])


def test_metrics_of_results_are_read_from_their_keys():
    assert scored_metrics(build([[1.0]])) == ["score"]
    scored = metric_trial(0, {"mean_test_b": 1.0, "a": 2.0})
    results = build_cv_results(
        [scored], metrics=("mean_test_b", "a"), error_score=NAN, return_train_score=False
    )
    assert scored_metrics(results) == ["mean_test_b", "a"]


# --- the best row -------------------------------------------------------------


def test_best_row_is_the_first_of_rank_one():
    results = build([[0.5], [0.7], [0.7]])
    assert select_best(results, True, "score") == 1
    assert select_best(results, "score", "score") == 1
    assert select_best(build([[NAN], [NAN]]), True, "score") == 0


@pytest.mark.parametrize("index", [0, 2, np.int64(1), True])
def test_callable_refit_chooses_the_row(index):
    results = build([[0.5], [0.7], [0.7]])
    seen = []
    assert select_best(results, lambda given: seen.append(given) or index, "score") == index
    assert seen == [results]


@pytest.mark.parametrize(
    ("index", "error", "message"),
    [
        (1.0, TypeError, "best_index_ returned is not an integer"),
        ("1", TypeError, "best_index_ returned is not an integer"),
        (None, TypeError, "best_index_ returned is not an integer"),
        (3, IndexError, "best_index_ index out of range"),
        (-1, IndexError, "best_index_ index out of range"),
    ],
)
def test_row_that_a_callable_cannot_mean_is_refused(index, error, message):
    with pytest.raises(error, match=f"^{message}$"):
        select_best(build([[0.5], [0.7], [0.7]]), lambda results: index, "score")


# --- sentences ----------------------------------------------------------------


def test_means_that_are_not_finite_are_told_by_side():
    assert non_finite_warnings(build([[0.5], [0.7]]), [True, True]) == []
    assert non_finite_warnings(build([[0.5], [NAN]]), [True, True]) == [
        "One or more of the test scores are non-finite: [0.5 nan]"
    ]
    # One that was stopped is no surprise.
    assert non_finite_warnings(build([[0.5], [NAN]]), [True, False]) == []


def tracebacks_of(message):
    """Errors, each of which ends its line, and their counts in a text of failed fits."""
    parts = re.split(r"-{80}\n(\d+) fits failed with the following error:\n", message)[1:]
    return dict(
        zip((part.rstrip("\n") + "\n" for part in parts[1::2]), map(int, parts[::2]), strict=True)
    )


def failing_trials(errors, n_folds):
    """One trial of failed folds, and one that is fitted and stopped."""
    failed = [FoldResult(0, k, None, error=error) for k, error in enumerate(errors)]
    fitted = tuple(fold(1.0, k) for k in range(n_folds - len(errors)))
    return [Trial(0, {}, "random", tuple(failed)), Trial(1, {}, "random", (*fitted, None))]


def test_message_of_some_failed_fits_is_scikit_learns():
    grid = {"fails": [None, CUT, INF]}
    with pytest.warns(FitFailedWarning, match="fits failed out of") as caught:
        GridSearchCV(Told(), grid, cv=3, error_score=-2, refit=False).fit(X, y)
    theirs = str(caught[0].message)
    counts = tracebacks_of(theirs)
    errors = [error for error, n in counts.items() for _ in range(n)]
    assert len(counts) == 2
    message, all_failed = describe_fit_failures(failing_trials(errors, 9), -2)
    assert message == theirs
    assert not all_failed


def test_message_of_all_failed_fits_is_scikit_learns():
    with pytest.raises(ValueError, match="All the 3 fits failed") as caught:
        GridSearchCV(Told(), {"fails": [INF]}, cv=3).fit(X, y)
    theirs = str(caught.value)
    errors = [error for error, n in tracebacks_of(theirs).items() for _ in range(n)]
    message, all_failed = describe_fit_failures(failing_trials(errors, 3), NAN)
    assert message == theirs
    assert all_failed


def test_of_many_different_errors_three_are_shown_and_the_others_counted():
    errors = ["a\n", "b\n", "b\n", "c\n", "d\n", "d\n"]
    some, _ = describe_fit_failures(failing_trials(errors, 9), NAN)
    assert some.startswith("\n6 fits failed out of a total of 9.\n")
    # The commonest, in the order in which they came.
    assert list(tracebacks_of(some).items())[:2] == [("a\n", 1), ("b\n", 2)]
    assert "\n2 fits failed with the following error:\nd\n" in some
    assert some.endswith("-\n1 fits failed with other errors, see the trials.\n")
    # The first, where all failed.
    every, all_failed = describe_fit_failures(failing_trials(errors, 6), NAN)
    assert all_failed
    assert "failed with the following error:\nc\n" in every
    assert every.endswith("-\n2 fits failed with other errors, see the trials.\n")


def test_message_of_a_search_has_the_traceback_of_its_own_fit():
    with pytest.warns(FitFailedWarning, match="3 fits failed out of a total of 6") as caught:
        GridSearch(Told(), {"fails": [None, INF]}, cv=3, error_score=0).fit(X, y)
    message = str(caught[0].message)
    [traceback] = tracebacks_of(message)
    assert traceback.startswith("Traceback (most recent call last):\n")
    assert traceback.endswith("ValueError: cannot fit below inf\n")
    assert "in fit" in traceback


def test_without_failures_there_is_nothing_to_say():
    assert describe_fit_failures(trials_of([[1.0, MISSING]]), NAN) == ("", False)
    assert describe_fit_failures([], NAN) == ("", False)


def test_failed_scorer_is_not_a_failed_fit():
    failed = metric_trial(0, {"score": NAN}, score_error="Traceback: no scores")
    assert describe_fit_failures([failed], NAN) == ("", False)
