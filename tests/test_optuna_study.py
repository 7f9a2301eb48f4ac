"""A search's trials as an Optuna study."""

import math

import numpy as np
import pytest
from scipy.stats import loguniform, norm, randint
from sklearn.datasets import load_iris
from sklearn.decomposition import PCA
from sklearn.exceptions import FitFailedWarning, NotFittedError
from sklearn.pipeline import Pipeline
from sklearn.svm import SVC

from skhpo import BayesSearch, Float, GridSearch, Int, RandomSearch, to_optuna_study
from tests.scripted import Scripted

optuna = pytest.importorskip("optuna")
from optuna.distributions import (  # noqa: E402
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.trial import TrialState  # noqa: E402

X, y = load_iris(return_X_y=True)


@pytest.fixture(scope="module")
def bayes():
    space = {"C": Float(0.1, 10, log=True), "kernel": ["rbf", "poly"]}
    return BayesSearch(SVC(), space, n_iter=6, cv=3, random_state=0).fit(X, y)


def test_the_study_has_the_trials_in_their_order(bayes):
    study = to_optuna_study(bayes)
    assert [t.number for t in study.trials] == list(range(6))
    assert [t.params for t in study.trials] == bayes.cv_results_["params"]
    assert [t.value for t in study.trials] == pytest.approx(bayes.cv_results_["mean_test_score"])
    assert [t.user_attrs["origin"] for t in study.trials] == [t.origin for t in bayes.trials_]
    assert study.direction.name == "MAXIMIZE"
    assert (study.best_params, study.best_value) == (bayes.best_params_, bayes.best_score_)


def test_intermediate_values_are_the_folds(bayes):
    for theirs, ours in zip(to_optuna_study(bayes).trials, bayes.trials_, strict=True):
        assert theirs.intermediate_values == dict(enumerate(ours.fold_scores()))
        assert theirs.duration.total_seconds() >= sum(ours.fit_seconds) - 1e-5


def test_failed_trials_fail():
    search = GridSearch(Scripted(), {"does": [0.3, "fail", math.nan]}, cv=2, refit=False)
    with (
        pytest.warns(FitFailedWarning, match="2 fits failed"),
        pytest.warns(UserWarning, match="non-finite"),
    ):
        search.fit(X, y)
    states = [t.state for t in to_optuna_study(search).trials]
    assert states == [TrialState.COMPLETE, TrialState.FAIL, TrialState.FAIL]


def test_stopped_trials_are_pruned():
    space = {"C": Float(1e-4, 1e2, log=True), "gamma": Float(1e-4, 1e2, log=True)}
    search = RandomSearch(SVC(), space, n_iter=16, cv=10, random_state=0, racing=True).fit(X, y)
    statuses = [t.status for t in search.trials_]
    assert "stopped" in statuses
    study = to_optuna_study(search)
    names = {"complete": TrialState.COMPLETE, "stopped": TrialState.PRUNED}
    assert [t.state for t in study.trials] == [names[status] for status in statuses]
    pruned = study.trials[statuses.index("stopped")]
    assert 0 < len(pruned.intermediate_values) < 10
    assert pruned.user_attrs["why"]


@pytest.mark.parametrize(
    ("domain", "expected"),
    [
        (Float(0.5, 2), FloatDistribution(0.5, 2)),
        (Float(0.5, 2, log=True), FloatDistribution(0.5, 2, log=True)),
        (Int(1, 9, log=True), IntDistribution(1, 9, log=True)),
        (loguniform(0.5, 2), FloatDistribution(0.5, 2, log=True)),
        (randint(1, 9), IntDistribution(1, 8)),
        ([1, 2], CategoricalDistribution([1, 2])),
        (np.array([0.5, 1.0]), CategoricalDistribution([0.5, 1.0])),
    ],
    ids=["float", "float log", "int log", "loguniform", "randint", "list", "array"],
)
def test_distributions_are_those_of_the_space(domain, expected):
    search = RandomSearch(Scripted(), {"does": domain}, n_iter=2, cv=2, random_state=0).fit(X, y)
    assert to_optuna_study(search).trials[0].distributions == {"does": expected}


def test_an_unbounded_distribution_is_the_range_of_what_was_tried():
    search = RandomSearch(Scripted(), {"does": norm()}, n_iter=3, cv=2, random_state=0).fit(X, y)
    tried = search.cv_results_["param_does"]
    expected = FloatDistribution(min(tried), max(tried))
    assert to_optuna_study(search).trials[0].distributions == {"does": expected}


def test_conditional_spaces_have_one_distribution_a_name():
    space = [
        {"kernel": ["rbf"], "C": Float(1, 2), "gamma": ["scale", 0.1]},
        {"kernel": ["poly"], "C": Float(2, 4), "degree": [2, 3]},
    ]
    search = GridSearch(SVC(), space, points_per_dimension=2, cv=2).fit(X, y)
    trials = to_optuna_study(search).trials
    assert trials[0].distributions == {
        "kernel": CategoricalDistribution(["rbf", "poly"]),
        "C": FloatDistribution(1, 4),
        "gamma": CategoricalDistribution(["scale", 0.1]),
    }
    assert set(trials[-1].params) == {"kernel", "C", "degree"}


def test_estimators_and_tuples_are_their_text():
    model = Pipeline([("reduce", PCA(2)), ("svc", SVC())])
    space = {"reduce": [PCA(1), "passthrough", None]}
    search = GridSearch(model, space, cv=2).fit(X, y)
    values = [t.params["reduce"] for t in to_optuna_study(search).trials]
    assert values == ["PCA(n_components=1)", "passthrough", None]


@pytest.fixture(scope="module")
def multimetric():
    scoring = ["accuracy", "f1_macro"]
    return GridSearch(SVC(), {"C": [0.01, 1]}, cv=3, scoring=scoring, refit="f1_macro").fit(X, y)


def test_several_metrics_are_several_objectives(multimetric):
    study = to_optuna_study(multimetric)
    assert study.metric_names == ["accuracy", "f1_macro"]
    results = multimetric.cv_results_
    for trial in study.trials:
        assert trial.values == pytest.approx(
            [results[f"mean_test_{name}"][trial.number] for name in study.metric_names]
        )


def test_one_of_several_metrics_can_be_chosen(multimetric):
    study = to_optuna_study(multimetric, metric="f1_macro")
    assert study.best_value == multimetric.best_score_
    assert len(study.best_trial.intermediate_values) == 3


def test_a_metric_that_is_none_is_an_error(multimetric):
    with pytest.raises(ValueError, match=r"`metric` must be one of .*, got 'r2'"):
        to_optuna_study(multimetric, metric="r2")


def test_what_is_no_search_has_no_study():
    with pytest.raises(TypeError, match=r"`search` must be a fitted .*, got an object of type int"):
        to_optuna_study(3)


def test_before_a_fit_there_is_no_study():
    with pytest.raises(NotFittedError, match="before using to_optuna_study"):
        to_optuna_study(GridSearch(SVC(), {"C": [1]}))


@pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning")
@pytest.mark.parametrize(
    "plot",
    [
        "plot_contour", "plot_edf", "plot_intermediate_values", "plot_optimization_history",
        "plot_parallel_coordinate", "plot_param_importances", "plot_rank", "plot_slice",
        "plot_timeline",
    ],
)  # fmt: skip
def test_plots_of_optuna_work(bayes, plot):
    pytest.importorskip("matplotlib").use("agg")
    import matplotlib.pyplot as plt

    drawn = getattr(optuna.visualization.matplotlib, plot)(to_optuna_study(bayes))
    assert np.ravel(drawn)[0].has_data()
    plt.close("all")


def test_a_study_goes_on_where_the_search_ended(bayes):
    study = to_optuna_study(bayes)
    study.optimize(lambda trial: trial.suggest_float("C", 0.1, 10, log=True), n_trials=1)
    assert len(study.trials) == 7
