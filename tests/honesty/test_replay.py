"""Scorers called again on what was recorded."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.cluster import KMeans
from sklearn.datasets import make_classification, make_multilabel_classification, make_regression
from sklearn.ensemble import IsolationForest, RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.metrics import (
    accuracy_score,
    average_precision_score,
    check_scoring,
    f1_score,
    fbeta_score,
    get_scorer,
    make_scorer,
    precision_score,
)
from sklearn.multioutput import MultiOutputClassifier
from sklearn.neighbors import KernelDensity
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from skhpo._honesty.replay import (
    Replay,
    ScorerNeedsRowsError,
    StoredEstimator,
    StoredRows,
)
from skhpo._responses import recording

X, Y = make_classification(60, n_informative=4, flip_y=0.2, random_state=0)
X3, Y3 = make_classification(60, n_informative=4, n_classes=3, flip_y=0.2, random_state=0)
XR, YR = make_regression(60, 4, noise=30.0, random_state=0)
XM, YM = make_multilabel_classification(60, n_classes=3, random_state=0)
NAMES = np.array(["no", "yes"], dtype=object)[Y]
LINEAR = LogisticRegression()
PIPELINE = make_pipeline(StandardScaler(), SVC())


def replay_of(estimator, scorer, X, y=None, **params):
    """The replay of a scorer, and the score that was recorded."""
    fitted = clone(estimator).fit(X) if y is None else clone(estimator).fit(X, y)
    arguments = (X,) if y is None else (X, y)
    with recording(fitted, X, 1e9) as recorder:
        score = scorer(fitted, *arguments, **params)
    responses = recorder.finish(fitted)
    assert responses.problem == ""
    stored = StoredEstimator(clone(estimator), responses)
    return Replay(scorer, "score", stored, y, params, len(X)), score


def two_responses(estimator, X, y):
    """A callable scorer that asks for two responses."""
    return f1_score(y, estimator.predict(X)) + estimator.predict_proba(X)[:, 1].mean()


def mean_of_scores(estimator, X, y=None):
    """A callable scorer without targets."""
    return estimator.score_samples(X).mean()


CASES = {
    "f1": (LINEAR, "f1", X, Y),
    "f1-macro": (LINEAR, "f1_macro", X3, Y3),
    "jaccard": (LINEAR, "jaccard", X, Y),
    "matthews": (LINEAR, "matthews_corrcoef", X, Y),
    "average-precision": (PIPELINE, "average_precision", X, Y),
    "roc-auc": (LINEAR, "roc_auc", X, Y),
    "roc-auc-ovr": (LINEAR, "roc_auc_ovr", X3, Y3),
    "roc-auc-ovo-weighted": (RandomForestClassifier(5), "roc_auc_ovo_weighted", X3, Y3),
    "top-k": (LINEAR, "top_k_accuracy", X3, Y3),
    "log-loss": (LINEAR, "neg_log_loss", X3, Y3),
    "likelihood-ratio": (LINEAR, "positive_likelihood_ratio", X, Y),
    "own-score": (LINEAR, None, X3, Y3),
    "own-score-of-pipeline": (PIPELINE, None, X, Y),
    "names-own-score": (LINEAR, None, X, NAMES),
    "names-balanced": (PIPELINE, "balanced_accuracy", X, NAMES),
    "names-pos-label": (LINEAR, make_scorer(f1_score, pos_label="yes"), X, NAMES),
    "names-proba-pos-label": (
        LINEAR,
        make_scorer(average_precision_score, response_method="predict_proba", pos_label="no"),
        X,
        NAMES,
    ),
    "f-beta": (LINEAR, make_scorer(fbeta_score, beta=2), X, Y),
    "callable": (LINEAR, two_responses, X, Y),
    "own-score-of-regressor": (LinearRegression(), None, XR, YR),
    "explained-variance": (LinearRegression(), "explained_variance", XR, YR),
    "max-error": (LinearRegression(), "neg_max_error", XR, YR),
    "median-error": (LinearRegression(), "neg_median_absolute_error", XR, YR),
    "d2": (LinearRegression(), "d2_absolute_error_score", XR, YR),
    "several-targets": (Ridge(), "explained_variance", XR, np.column_stack([YR, -YR])),
    "several-labels": (RandomForestClassifier(5), "f1_macro", XM, YM),
    "without-targets": (IsolationForest(n_estimators=10, random_state=0), mean_of_scores, X, None),
}


@pytest.mark.parametrize("case", CASES)
def test_a_scorer_gives_the_recorded_score_again(case):
    estimator, scoring, X, y = CASES[case]
    scorer = check_scoring(estimator, scoring)
    replay, score = replay_of(estimator, scorer, X, y)
    # Labels and rows are the same; sums may be taken in another order.
    assert replay.score(np.arange(len(X))) == pytest.approx(score, rel=1e-12)


@pytest.mark.parametrize(
    "case", ["f1", "average-precision", "explained-variance", "names-pos-label"]
)
def test_parts_of_the_rows_are_scored_as_the_scorer_would(case):
    estimator, scoring, X, y = CASES[case]
    scorer = check_scoring(estimator, scoring)
    replay, _ = replay_of(estimator, scorer, X, y)
    rows = np.random.default_rng(0).permutation(60)[:40]
    fitted = clone(estimator).fit(X, y)
    assert replay.score(rows) == pytest.approx(scorer(fitted, X[rows], y[rows]), rel=1e-12)


def left_out(scorer, fitted, X, y, parts):
    """Pseudo-values of parts by definition."""
    score, count = scorer(fitted, X, y), parts.max() + 1
    by_part = [scorer(fitted, X[parts != part], y[parts != part]) for part in range(count)]
    return count * score - (count - 1) * np.array(by_part)[parts]


@pytest.mark.parametrize("case", ["f1", "matthews", "roc-auc-ovr", "explained-variance", "d2"])
@pytest.mark.parametrize("n_parts", [60, 7])
def test_pseudo_values_are_those_of_leaving_parts_out(case, n_parts):
    estimator, scoring, X, y = CASES[case]
    scorer = check_scoring(estimator, scoring)
    replay, score = replay_of(estimator, scorer, X, y)
    parts = np.arange(60) % n_parts
    values = replay.pseudo_values(score, parts, are_alike=False)
    expected = left_out(scorer, clone(estimator).fit(X, y), X, y, parts)
    np.testing.assert_allclose(values, expected, rtol=1e-9)


@pytest.mark.parametrize("case", ["f1", "f1-macro", "matthews", "names-balanced"])
def test_rows_that_are_alike_are_left_out_once_for_all(case):
    estimator, scoring, X, y = CASES[case]
    scorer = check_scoring(estimator, scoring)
    replay, score = replay_of(estimator, scorer, X, y)
    fitted = clone(estimator).fit(X, y)
    pairs = np.column_stack([np.unique(v, return_inverse=True)[1] for v in (y, fitted.predict(X))])
    kinds = np.unique(pairs, axis=0, return_inverse=True)[1].ravel()
    assert kinds.max() < 9
    values = replay.pseudo_values(score, kinds, are_alike=True)
    expected = left_out(scorer, fitted, X, y, np.arange(60))
    np.testing.assert_allclose(values, expected, rtol=1e-9)


def test_a_part_without_which_there_is_no_score_has_the_score():
    replay, score = replay_of(LINEAR, get_scorer("roc_auc"), X, Y)
    values = replay.pseudo_values(score, Y, are_alike=False)
    np.testing.assert_array_equal(values, np.full(60, score))


@pytest.mark.filterwarnings("error")
def test_a_score_that_is_no_number_is_replaced():
    def scorer(estimator, X, y):
        return np.nan if len(y) < 60 else float((estimator.predict(X) == y).mean())

    replay, score = replay_of(LINEAR, scorer, X, Y)
    values = replay.pseudo_values(score, np.arange(60), are_alike=False)
    np.testing.assert_array_equal(values, np.full(60, score))


@pytest.mark.parametrize("case", CASES)
def test_scores_that_are_no_sums_are_none(case):
    estimator, scoring, X, y = CASES[case]
    replay, score = replay_of(estimator, check_scoring(estimator, scoring), X, y)
    assert not replay.adds_up(score)


def test_sums_are_told_from_means():
    scorer = make_scorer(accuracy_score, normalize=False)
    replay, score = replay_of(LINEAR, scorer, X, Y)
    assert replay.adds_up(score)
    replay, score = replay_of(KernelDensity(), lambda e, X, y=None: e.score_samples(X).sum(), X)
    assert replay.adds_up(score)


def test_weights_are_cut_and_passed():
    weights = np.random.default_rng(0).integers(1, 4, 60).astype(float)
    scorer = get_scorer("f1")
    replay, score = replay_of(LINEAR, scorer, X, Y, sample_weight=weights)
    fitted = clone(LINEAR).fit(X, Y)
    assert score == scorer(fitted, X, Y, sample_weight=weights) != scorer(fitted, X, Y)
    rows = np.arange(0, 60, 2)
    expected = scorer(fitted, X[rows], Y[rows], sample_weight=weights[rows])
    assert replay.score(rows) == pytest.approx(expected, rel=1e-12)


def test_what_is_no_row_is_passed_as_it_is():
    def scorer(estimator, X, y, power):
        return float((estimator.predict(X) == y).mean()) ** power

    replay, score = replay_of(LINEAR, scorer, X, Y, power=3)
    assert replay.score(np.arange(60)) == score


def test_one_of_several_scores_is_meant():
    def scorer(estimator, X, y):
        right = estimator.predict(X) == y
        return {"score": float(right.mean()), "other": 0.0}

    replay, score = replay_of(LINEAR, scorer, X, Y)
    assert replay.score(np.arange(60)) == score["score"]


@pytest.mark.parametrize(
    "look",
    [
        lambda X: X.shape,
        lambda X: X[0],
        lambda X: X.mean(),
        lambda X: hasattr(X, "iloc"),
        list,
        np.asarray,
        lambda X: X - 1,
        lambda X: sum(row[0] for row in X),
    ],
    ids=["shape", "item", "method", "hasattr", "list", "asarray", "operator", "loop"],
)
def test_a_scorer_that_looks_at_the_rows_is_found_out(look):
    def scorer(estimator, X, y):
        predicted = estimator.predict(X)
        look(X)
        return float((predicted == y).mean())

    replay, _ = replay_of(LINEAR, scorer, X, Y)
    with pytest.raises((ScorerNeedsRowsError, TypeError), match=r"^$|StoredRows"):
        replay.score(np.arange(60))


def test_a_scorer_that_asks_of_other_rows_is_found_out():
    replay, _ = replay_of(LINEAR, get_scorer("f1"), X, Y)
    with pytest.raises(ScorerNeedsRowsError, match=r"^$"):
        replay._stored.predict(X)


def test_the_stored_estimator_has_what_was_recorded_and_nothing_else():
    replay, _ = replay_of(LINEAR, get_scorer("f1"), X, Y)
    stored = replay._stored
    assert hasattr(stored, "predict")
    assert repr(stored) == "the stored predictions of LogisticRegression()"
    with pytest.raises(ScorerNeedsRowsError, match=r"^$"):
        stored.fit(X, Y)
    assert not hasattr(stored, "predict_proba")
    assert not hasattr(stored, "coef_")
    assert stored.predict.__name__ == "predict"
    np.testing.assert_array_equal(stored.classes_, [0, 1])
    assert len(stored.predict(StoredRows(np.arange(5)))) == 5


def test_labels_of_several_outputs_are_scored_again():
    fitted = MultiOutputClassifier(LINEAR).fit(XM, YM)
    scorer = make_scorer(precision_score, average="macro")
    replay, score = replay_of(MultiOutputClassifier(LINEAR), scorer, XM, YM)
    assert replay.score(np.arange(60)) == score == scorer(fitted, XM, YM)


def test_the_own_score_of_clusters_asks_for_no_predictions():
    fitted = KMeans(3, n_init=1, random_state=0).fit(X)
    with recording(fitted, X, 1e9) as recorder:
        fitted.score(X)
    assert (
        recorder.finish(fitted).problem == "the scorer does not ask the estimator for predictions"
    )
