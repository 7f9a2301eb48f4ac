"""One candidate on one fold: what is fitted, scored, cut, caught and restored."""

import dataclasses
import math
import os
import re
import sys
import threading
import warnings

import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.sparse as sp
import sklearn
from sklearn.base import BaseEstimator
from sklearn.cluster import KMeans
from sklearn.exceptions import FitFailedWarning
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.metrics import check_scoring
from sklearn.model_selection import cross_validate
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC

from skhpo import GridSearch
from skhpo._engine.interface import HeldValue
from skhpo._fold import FoldData, Settings, evaluate_fold
from skhpo._rows import cut_params
from skhpo._trial import FoldTask

rng = np.random.default_rng(0)
X = rng.normal(size=(12, 2))
y = X @ [1.0, 2.0] + rng.normal(size=12)
LABELS = np.arange(12) % 2
SPLITS = [(np.arange(4, 12), np.arange(4)), (np.arange(8), np.arange(8, 12))]


class Spy(BaseEstimator):
    """Keeps what it is fitted with; raises, or scores, what it is told to."""

    def __init__(self, raises=None, says=0.5):
        self.raises = raises
        self.says = says

    def fit(self, X, y=None, **params):
        if self.raises is not None:
            raise self.raises
        self.X_, self.y_, self.params_ = X, y, params
        return self

    def score(self, X, y=None):
        return self.says


class Recorder:
    """A scorer that keeps what it is called with."""

    def __init__(self):
        self.calls = []

    def __call__(self, *args, **params):
        self.calls.append((args, params))
        return 0.5


def evaluate(estimator=None, X=X, y=y, *, params=None, fold=0, **changes):
    """Evaluate one fold; `changes` are fields of the data."""
    data = FoldData(
        estimator=Spy() if estimator is None else estimator,
        X=X,
        y=y,
        splits=SPLITS,
        scorer=lambda estimator, X, y=None: estimator.score(X, y),
        metrics=None,
        fit_params={},
        score_params={},
        error_score=math.nan,
        return_train_score=False,
        caller=None,
        settings=Settings.current(),
    )
    data = dataclasses.replace(data, **changes)
    return evaluate_fold(FoldTask(7, fold, params or {}), HeldValue(data))


# --- fitting and scoring --------------------------------------------------------


@pytest.mark.parametrize("fold", [0, 1])
def test_scores_are_those_of_cross_validate(fold):
    theirs = cross_validate(Ridge(alpha=0.5), X, y, cv=SPLITS, return_train_score=True)
    result = evaluate(Ridge(), params={"alpha": 0.5}, fold=fold, return_train_score=True)
    assert result.test_scores == {"score": theirs["test_score"][fold]}
    assert result.train_scores == {"score": theirs["train_score"][fold]}
    assert (result.number, result.fold) == (7, fold)
    assert not result.is_multimetric
    assert result.error is None
    assert result.score_error is None
    assert result.fit_seconds > 0
    assert result.score_seconds > 0


def test_train_scores_are_only_there_when_asked_for():
    assert evaluate().train_scores is None


def test_several_metrics_are_scored_by_name():
    scoring = ["r2", "neg_mean_squared_error"]
    theirs = cross_validate(Ridge(), X, y, cv=SPLITS, scoring=scoring)
    result = evaluate(Ridge(), scorer=check_scoring(Ridge(), scoring), metrics=tuple(scoring))
    assert result.is_multimetric
    assert result.test_scores == {name: theirs[f"test_{name}"][0] for name in scoring}


def test_every_fold_fits_its_own_clone():
    estimator, kernel = Spy(), Ridge()
    evaluate(estimator, params={"says": kernel}, scorer=Recorder())
    assert not hasattr(estimator, "X_")
    assert estimator.says == 0.5


def test_estimators_among_the_parameters_are_cloned():
    step, scorer = Ridge(alpha=3), Recorder()
    evaluate(make_pipeline(Ridge()), params={"ridge": step}, scorer=scorer)
    [((fitted, *_), _)] = scorer.calls
    assert fitted[-1] is not step
    assert fitted[-1].alpha == 3
    assert not hasattr(step, "coef_")


def test_name_that_the_estimator_lacks_raises():
    with pytest.raises(ValueError, match=r"Invalid parameter 'alhpa' for estimator Ridge\(\)"):
        evaluate(Ridge(), params={"alhpa": 1})


def test_without_y_neither_fit_nor_scorer_gets_one():
    scorer = Recorder()
    evaluate(Spy(), y=None, scorer=scorer)
    [((fitted, *rest), _)] = scorer.calls
    assert fitted.y_ is None
    assert len(rest) == 1
    result = evaluate(KMeans(2, n_init=1, random_state=0), y=None, params={"n_clusters": 3})
    assert result.test_scores["score"] < 0


# --- containers ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("X", "y"),
    [
        (X, y),
        (pd.DataFrame(X, columns=["a", "b"], index=range(5, 17)), pd.Series(y, index=[0] * 12)),
        (pl.DataFrame(X, schema=["a", "b"]), pl.Series(y)),
        (sp.csr_matrix(X), y),
        (sp.csr_array(X), y.tolist()),
        (X.tolist(), y.tolist()),
    ],
    ids=["arrays", "pandas", "polars", "csr matrix", "csr array", "lists"],
)
def test_containers_keep_their_type_and_give_the_same_score(X, y):
    scorer = Recorder()
    evaluate(Spy(), X, y, scorer=scorer)
    [((fitted, X_test, y_test), _)] = scorer.calls
    assert type(fitted.X_) is type(X_test) is type(X)
    assert type(fitted.y_) is type(y_test) is type(y)
    expected = cross_validate(Ridge(), X, y, cv=SPLITS)["test_score"][0]
    assert evaluate(Ridge(), X, y).test_scores["score"] == expected


def test_names_of_features_reach_the_estimator():
    scorer = Recorder()
    evaluate(Ridge(), pd.DataFrame(X, columns=["a", "b"]), scorer=scorer)
    [((fitted, *_), _)] = scorer.calls
    assert fitted.feature_names_in_.tolist() == ["a", "b"]


def test_texts_are_rows():
    texts = ["ham and eggs", "spam spam spam"] * 6
    model = make_pipeline(TfidfVectorizer(), MultinomialNB())
    assert evaluate(model, texts, LABELS.tolist()).test_scores == {"score": 1.0}


@pytest.mark.parametrize("container", [np.asarray, pd.DataFrame])
def test_pairwise_rows_are_scored_against_training_columns(container):
    K = X @ X.T
    model = SVC(kernel="precomputed")
    expected = cross_validate(model, K, LABELS, cv=SPLITS)["test_score"][0]
    scorer = Recorder()
    assert evaluate(model, container(K), LABELS).test_scores["score"] == expected
    evaluate(SVC(), container(K), LABELS, params={"kernel": "precomputed"}, scorer=scorer)
    [((fitted, X_test, _), _)] = scorer.calls
    assert fitted.shape_fit_ == (8, 8)
    assert X_test.shape == (4, 8)


def test_pairwise_rows_are_an_array():
    message = "Precomputed kernels or affinity matrices have to be passed as arrays or sparse"
    with pytest.raises(ValueError, match=message):
        evaluate(SVC(kernel="precomputed"), (X @ X.T).tolist(), LABELS)


# --- parameters of fit and scorer -------------------------------------------------


def test_parameters_with_one_entry_a_row_are_cut():
    weight = np.arange(12.0)
    fit_params = {
        "sample_weight": weight,
        "names": [f"row {i}" for i in range(12)],
        "series": pd.Series(weight),
        "shorter": np.arange(5),
        "text": "twelve chars",
        "flag": True,
        "nothing": None,
        "mapping": dict.fromkeys(range(12)),
    }
    scorer = Recorder()
    evaluate(
        fit_params=fit_params,
        score_params={"sample_weight": weight},
        scorer=scorer,
        return_train_score=True,
    )
    (on_test, test_params), (_, train_params) = scorer.calls
    fitted = on_test[0].params_
    np.testing.assert_array_equal(fitted["sample_weight"], weight[4:])
    assert fitted["names"] == fit_params["names"][4:]
    assert fitted["series"].tolist() == weight[4:].tolist()
    for name in ("shorter", "text", "flag", "nothing", "mapping"):
        assert fitted[name] is fit_params[name]
    np.testing.assert_array_equal(test_params["sample_weight"], weight[:4])
    np.testing.assert_array_equal(train_params["sample_weight"], weight[4:])


def test_weights_count_in_the_fit():
    weight = rng.uniform(size=12)
    expected = cross_validate(
        LinearRegression(), X, y, cv=SPLITS, params={"sample_weight": weight}
    )["test_score"]
    result = evaluate(LinearRegression(), fit_params={"sample_weight": weight})
    assert result.test_scores["score"] == expected[0]


def test_cut_params_leaves_its_argument_as_it_is():
    params = {"w": [1, 2, 3], "k": 2}
    assert cut_params(params, 3, np.array([2, 0])) == {"w": [3, 1], "k": 2}
    assert params == {"w": [1, 2, 3], "k": 2}


# --- fits that fail -------------------------------------------------------------


@pytest.mark.parametrize("error_score", [math.nan, 0, -1.5])
@pytest.mark.parametrize(
    "problem", [ValueError("boom"), MemoryError("boom"), RecursionError("boom")]
)
def test_fit_that_fails_is_a_result_with_its_traceback(problem, error_score):
    result = evaluate(Spy(raises=problem), error_score=error_score, return_train_score=True)
    assert result.test_scores is None
    assert result.train_scores is None
    assert result.fit_seconds > 0
    assert result.score_seconds == 0
    assert result.error.startswith("Traceback (most recent call last):\n")
    assert result.error.endswith(f"{type(problem).__name__}: boom\n")
    assert "raise self.raises" in result.error


@pytest.mark.parametrize("code", [0, 1, "bye"])
def test_fit_that_exits_is_a_failed_fold(code):
    class Exits(Spy):
        def fit(self, X, y):
            sys.exit(code)

    result = evaluate(Exits())
    assert result.test_scores is None
    assert "SystemExit" in result.error
    with pytest.raises(SystemExit, match=f"^{code}$"):
        evaluate(Exits(), error_score="raise")


def test_fit_that_is_interrupted_interrupts():
    with pytest.raises(KeyboardInterrupt, match="Ctrl-C"):
        evaluate(Spy(raises=KeyboardInterrupt("Ctrl-C")))


def test_error_score_raise_raises_what_the_fit_raised():
    problem = ValueError("boom")
    with pytest.raises(ValueError, match=r"^boom$") as caught:
        evaluate(Spy(raises=problem), error_score="raise")
    assert caught.type is ValueError


# --- scorers that fail ------------------------------------------------------------


def failing(estimator, X, y):
    raise ValueError("no score")


@pytest.mark.parametrize("error_score", [math.nan, -3.0])
def test_scorer_that_fails_warns_and_gives_the_error_score(error_score):
    sentence = (
        r"^Scoring failed\. The score on this train-test partition for these parameters will be "
        rf"set to {error_score}\. Details: \nTraceback [\s\S]*ValueError: no score\n$"
    )
    with pytest.warns(UserWarning, match=sentence) as caught:
        result = evaluate(scorer=failing, error_score=error_score)
    assert len(caught) == 1
    assert result.test_scores["score"] == pytest.approx(error_score, nan_ok=True)
    assert not result.is_multimetric
    assert result.error is None
    assert result.score_error.endswith("ValueError: no score\n")


def test_scorer_that_fails_on_training_rows_only_is_not_a_failed_fold():
    def scorer(estimator, X, y):
        return failing(estimator, X, y) if len(X) > 4 else 0.5

    with pytest.warns(UserWarning, match="Scoring failed"):
        result = evaluate(scorer=scorer, return_train_score=True, error_score=0.0)
    assert result.test_scores == {"score": 0.5}
    assert result.train_scores == {"score": 0.0}
    assert result.score_error is None


def test_scorer_that_is_interrupted_interrupts():
    def scorer(estimator, X, y):
        raise KeyboardInterrupt("Ctrl-C")

    with pytest.raises(KeyboardInterrupt, match="Ctrl-C"):
        evaluate(scorer=scorer)


def test_error_score_raise_raises_what_the_scorer_raised():
    with pytest.raises(ValueError, match=r"^no score$"):
        evaluate(scorer=failing, error_score="raise")


METRICS = {"good": lambda estimator, X, y: 0.25, "bad": failing}


def test_metrics_that_fail_are_the_error_score_and_others_their_own():
    with pytest.warns(UserWarning, match="will be set to -1. Details: \nTraceback") as caught:
        result = evaluate(
            scorer=check_scoring(Spy(), METRICS, raise_exc=False),
            metrics=("good", "bad"),
            error_score=-1,
        )
    assert len(caught) == 1
    assert result.is_multimetric
    assert result.test_scores == {"good": 0.25, "bad": -1}
    assert "ValueError: no score" in result.score_error


def test_metrics_that_fail_raise_under_error_score_raise():
    with pytest.raises(ValueError, match=r"^no score$"):
        evaluate(
            scorer=check_scoring(Spy(), METRICS, raise_exc=True),
            metrics=("good", "bad"),
            error_score="raise",
        )


@pytest.mark.parametrize(
    "score",
    [0.5, np.float32(0.5), np.array(0.5), np.array([0.5]), np.array([[0.5]])],
    ids=repr,
)
def test_scalar_arrays_are_unwrapped(score):
    found = evaluate(Spy(says=score)).test_scores["score"]
    assert found == 0.5
    assert type(found) is float
    by_name = evaluate(scorer=lambda estimator, X, y: {"a": score, "b": 1})
    assert by_name.test_scores == {"a": 0.5, "b": 1}
    assert by_name.is_multimetric


def test_memory_mapped_scores_are_unwrapped(tmp_path):
    np.save(tmp_path / "score.npy", np.array([0.5]))
    score = np.load(tmp_path / "score.npy", mmap_mode="r")
    found = evaluate(scorer=lambda estimator, X, y: score).test_scores["score"]
    assert (type(found), found) == (float, 0.5)


@pytest.mark.parametrize("score", ["0.5", None, [0.5], np.array([1.0, 2.0]), (1,)], ids=repr)
def test_score_that_is_no_number_is_refused_in_scikit_learns_words(score):
    def scorer(estimator, X, y):
        return score

    def scorer_of_two(estimator, X, y):
        return {"a": 1.0, "b": score}

    for function, name in ((scorer, r"<function .*scorer at .*>"), (scorer_of_two, "b")):
        message = (
            rf"^scoring must return a number, got {re.escape(str(score))} "
            rf"\({re.escape(str(type(score)))}\) instead\. \(scorer={name}\)$"
        )
        with pytest.raises(ValueError, match=message):
            evaluate(scorer=function)
        with pytest.raises(ValueError, match=message):
            GridSearch(Ridge(), {"alpha": [1]}, scoring=function, refit="a", cv=2).fit(X, y)


def test_scores_of_a_scorer_are_not_changed_in_its_own_dict():
    scores = {"a": np.array(0.5), "b": "Traceback"}
    with pytest.warns(UserWarning, match="Scoring failed"):
        evaluate(scorer=lambda estimator, X, y: scores, metrics=("a", "b"), error_score=0.0)
    assert scores == {"a": np.array(0.5), "b": "Traceback"}
    assert isinstance(scores["a"], np.ndarray)


# --- settings -----------------------------------------------------------------


def test_fits_in_other_threads_see_the_callers_configuration():
    seen = []

    class Looks(Spy):
        def fit(self, X, y):
            seen.append(sklearn.get_config()["assume_finite"])
            return self

    with sklearn.config_context(assume_finite=True):
        settings = Settings.current()
    thread = threading.Thread(target=lambda: evaluate(Looks(), settings=settings))
    thread.start()
    thread.join()
    evaluate(Looks(), settings=settings)
    evaluate(Looks())
    assert seen == [True, True, False]
    assert sklearn.get_config()["assume_finite"] is False


class Warns(Spy):
    """An estimator that warns."""

    def fit(self, X, y):
        warnings.warn("careful", DeprecationWarning, stacklevel=2)
        return self


def test_fits_in_other_processes_see_the_callers_warning_filters():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        quiet = Settings.current()
    # The number of another process: what a worker finds in the settings it is sent.
    elsewhere = dataclasses.replace(quiet, process_id=os.getpid() + 1)
    before = list(warnings.filters)
    assert evaluate(Warns(), settings=elsewhere).error is None
    assert warnings.filters == before
    # In the caller's own process filters are everyone's, and stay as they are.
    assert "DeprecationWarning: careful" in evaluate(Warns(), settings=quiet).error


def test_settings_are_put_back_after_an_error():
    elsewhere = dataclasses.replace(Settings.current(), process_id=os.getpid() + 1)
    elsewhere = dataclasses.replace(elsewhere, config={**elsewhere.config, "assume_finite": True})
    before = list(warnings.filters)
    with pytest.raises(ValueError, match="boom"):
        evaluate(Spy(raises=ValueError("boom")), error_score="raise", settings=elsewhere)
    assert warnings.filters == before
    assert sklearn.get_config()["assume_finite"] is False


# --- callbacks ----------------------------------------------------------------


class Listener:
    """A callback that keeps what it is told of the folds' fits."""

    def __init__(self):
        self.heard = []

    def setup(self, estimator, context):
        pass

    def teardown(self, estimator, context):
        pass

    def note(self, moment, context, X, metadata):
        if context.task_name == "candidate-split-evaluation":
            weight = None if metadata is None else metadata["sample_weight"].sum()
            self.heard.append((moment, context.task_id, len(X), weight))

    def on_fit_task_begin(self, estimator, context, *, X=None, y=None, metadata=None):
        self.note("begin", context, X, metadata)

    def on_fit_task_end(self, estimator, context, *, X=None, y=None, metadata=None):
        self.note("end", context, X, metadata)


def listen(estimator, grid, **params):
    listener = Listener()
    search = GridSearch(estimator, grid, cv=SPLITS, refit=False, error_score=0.0)
    search.set_callbacks(listener)
    search.fit(X, LABELS, **params)
    return listener.heard


def test_callbacks_hear_of_each_fold_with_its_training_rows():
    assert listen(LogisticRegression(), {"C": [1, 2]}) == [
        (moment, task, 8, None) for task in range(4) for moment in ("begin", "end")
    ]


def test_callbacks_hear_of_the_training_rows_weights():
    weight = np.arange(12.0)
    heard = listen(LogisticRegression(), {"C": [1]}, sample_weight=weight)
    assert heard == [
        (moment, task, 8, weight[SPLITS[task][0]].sum())
        for task in range(2)
        for moment in ("begin", "end")
    ]


def test_callbacks_hear_of_the_end_of_a_fit_that_failed():
    with pytest.warns(FitFailedWarning, match="2 fits failed out of a total of 4"):
        heard = listen(Spy(), {"raises": [None, ValueError("boom")]})
    assert [(moment, task) for moment, task, *_ in heard] == [
        (moment, task) for task in range(4) for moment in ("begin", "end")
    ]
