"""Values of rows, held against leaving each row out of scikit-learn's own scorer."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import make_classification, make_regression
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.linear_model import LinearRegression, LogisticRegression, PoissonRegressor
from sklearn.metrics import (
    accuracy_score,
    get_scorer,
    make_scorer,
    mean_squared_error,
    r2_score,
)

from skhpo._honesty.row_metrics import METRICS, known_metric, row_values
from skhpo._responses import recording

COUNTS = ["f1", "precision", "recall", "jaccard"]
CLASSES = ["accuracy", "neg_log_loss", "neg_brier_score", "roc_auc", "balanced_accuracy", *COUNTS]


def data_for(name, n_classes=2, n=60):
    """A fitted estimator, rows, targets."""
    if name in CLASSES:
        X, y = make_classification(
            n, n_informative=4, n_classes=n_classes, flip_y=0.2, random_state=0
        )
        return LogisticRegression().fit(X, y), X, y
    X, y = make_regression(n, 4, noise=20.0, random_state=0)
    y = np.exp(y / 100.0) if "y" not in name[:3] else y
    model = PoissonRegressor() if name.endswith(("deviance", "log_error")) else LinearRegression()
    return model.fit(X, y), X, y


def values_of(name, estimator, X, y, weights=None):
    """Values of the rows, and the score."""
    scorer = get_scorer(name)
    keywords = {} if weights is None else {"sample_weight": weights}
    with recording(estimator, X, 1e9) as recorder:
        score = scorer(estimator, X, y, **keywords)
    return row_values(METRICS[name], y, recorder.finish(estimator), weights, score), score


def leave_one_out(score, n):
    """Pseudo-values by definition."""
    rows = np.arange(n)
    left = np.array([score(np.delete(rows, row)) for row in rows])
    return n * score(rows) - (n - 1) * left


@pytest.mark.parametrize("name", [name for name in METRICS if name != "r2"])
def test_values_are_the_pseudo_values_of_the_scorer(name):
    estimator, X, y = data_for(name)
    scorer = get_scorer(name)
    values, score = values_of(name, estimator, X, y)
    expected = leave_one_out(lambda rows: scorer(estimator, X[rows], y[rows]), len(y))
    if name in COUNTS:  # without the correction of bias
        expected += score - expected.mean()
    # Differences of sixty-fold scores: some 1e-13 of each.
    np.testing.assert_allclose(values, expected, rtol=1e-8, atol=1e-8)
    if METRICS[name].is_mean:
        np.testing.assert_allclose(values.mean(), score, rtol=1e-10)


@pytest.mark.parametrize("name", ["accuracy", "neg_log_loss", "neg_brier_score"])
def test_several_classes(name):
    estimator, X, y = data_for(name, n_classes=3)
    scorer = get_scorer(name)
    values, _ = values_of(name, estimator, X, y)
    if name == "accuracy":
        right = [scorer(estimator, X[[row]], y[[row]]) for row in range(5)]
        np.testing.assert_allclose(values[:5], right)
    np.testing.assert_allclose(values.mean(), scorer(estimator, X, y), rtol=1e-10)


def test_the_auc_of_three_classes_is_left_to_the_scorer():
    estimator, X, y = data_for("roc_auc", n_classes=3)
    with recording(estimator, X, 1e9) as recorder:
        score = get_scorer("roc_auc_ovr")(estimator, X, y)
    assert row_values(METRICS["roc_auc"], y, recorder.finish(estimator), None, score) is None


@pytest.mark.parametrize("name", [name for name in METRICS if METRICS[name].is_mean])
def test_weights_are_carried(name):
    estimator, X, y = data_for(name)
    weights = np.random.default_rng(0).integers(1, 4, len(y)).astype(float)
    values, score = values_of(name, estimator, X, y, weights)
    np.testing.assert_allclose(values.mean(), score, rtol=1e-10)
    # A row that weighs nothing has no say: its value is the score itself.
    weights[:5] = 0.0
    values, score = values_of(name, estimator, X, y, weights)
    np.testing.assert_allclose(values[:5], score)


@pytest.mark.parametrize("name", ["r2", "roc_auc", "balanced_accuracy"])
def test_weights_of_other_metrics_are_left_to_the_scorer(name):
    estimator, X, y = data_for(name)
    assert values_of(name, estimator, X, y, np.arange(1.0, len(y) + 1))[0] is None


def test_a_precision_without_positive_predictions_is_zero():
    estimator, X, y = data_for("precision")
    estimator.intercept_ = estimator.intercept_ - 100.0
    with pytest.warns(UndefinedMetricWarning, match="Precision is ill-defined"):
        values, score = values_of("precision", estimator, X, y)
    assert score == 0.0
    assert (values == 0.0).all()


def test_ties_and_a_lone_positive_row_have_values():
    y = np.array([0, 0, 0, 1])
    values = METRICS["roc_auc"].values(y, np.array([0.1, 0.5, 0.5, 0.5]), np.array([0, 1]))
    assert values.mean() == pytest.approx((1 + 0.5 + 0.5) / 3)
    assert np.isfinite(values).all()


def test_several_outputs_are_averaged():
    X, y = make_regression(50, 4, n_targets=3, noise=10.0, random_state=0)
    estimator = LinearRegression().fit(X, y)
    for name in ("neg_mean_squared_error", "neg_root_mean_squared_error"):
        values, _ = values_of(name, estimator, X, y)
        scorer = get_scorer(name)

        def score(rows, scorer=scorer):
            return scorer(estimator, X[rows], y[rows])

        np.testing.assert_allclose(values, leave_one_out(score, len(y)), rtol=1e-8)


def test_a_metric_is_known_by_what_its_scorer_is_made_of():
    assert known_metric(make_scorer(accuracy_score)) is METRICS["accuracy"]
    loss = make_scorer(mean_squared_error, greater_is_better=False)
    assert known_metric(loss) is METRICS["neg_mean_squared_error"]
    assert known_metric(make_scorer(accuracy_score, normalize=False)) is None
    assert known_metric(get_scorer("f1_macro")) is None


def test_a_function_of_a_known_name_is_found_out():
    estimator, X, y = data_for("accuracy")

    def accuracy_score(y, predicted):
        return (y == predicted).mean() ** 2

    scorer = make_scorer(accuracy_score)
    assert known_metric(scorer) is METRICS["accuracy"]
    with recording(estimator, X, 1e9) as recorder:
        score = scorer(estimator, X, y)
    assert row_values(METRICS["accuracy"], y, recorder.finish(estimator), None, score) is None


@pytest.mark.parametrize("n_outputs", [1, 3])
def test_r2_is_that_of_all_folds_together(n_outputs):
    X, y = make_regression(70, 4, n_targets=n_outputs, noise=40.0, random_state=0)
    predicted = LinearRegression().fit(X[:40], y[:40]).predict(X)
    values = METRICS["r2"].together(y, predicted)
    assert values.shape == (70,)
    # The variance has n - 1 degrees of freedom, the mean of the deviations n.
    error = 1.0 - r2_score(y, predicted)
    np.testing.assert_allclose(values.mean(), 1.0 - error * (69 / 70) * (71 / 70), rtol=1e-9)
    # Its deviation is that of the score: to first order in 1 / n the jackknife's.
    rows = np.arange(70)
    left = np.array([r2_score(y[rows != row], predicted[rows != row]) for row in rows])
    jackknife = np.sqrt(69 / 70 * ((left - left.mean()) ** 2).sum())
    np.testing.assert_allclose(np.sqrt(values.var(ddof=1) / 70), jackknife, rtol=0.1)


def test_r2_of_noise_is_not_made_small_by_small_folds():
    # 2,000 folds of ten rows, predicted to be 0: a fold's own mean is nearer to its rows, so
    # that R2 by fold is -1 / 7 in the mean; of all together it is 0 within .02.
    rng = np.random.default_rng(0)
    y, predicted = rng.normal(size=(2, 2_000, 10)) * np.array([1.0, 1e-9])[:, None, None]
    by_fold = np.mean([r2_score(*fold) for fold in zip(y, predicted, strict=True)])
    assert by_fold < -0.1
    assert abs(METRICS["r2"].together(y.ravel(), predicted.ravel()).mean()) < 0.02
