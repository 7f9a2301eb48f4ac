"""`MLflowCallback`: what MLflow has of a search."""

import math
import pickle

import pytest
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skhpo import BayesSearch, Float, GridSearch, MLflowCallback, RandomSearch
from tests.scripted import Scripted

# Not in the extra for tests: MLflow brings a web server and a cloud's client.
mlflow = pytest.importorskip("mlflow")

# MLflow and its SQL library warn of each other.
pytestmark = pytest.mark.filterwarnings("default")

X, y = load_iris(return_X_y=True)
GRID = {"var_smoothing": [1e-9, 0.1]}


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    # Making the tables takes seconds.
    mlflow.set_tracking_uri(f"sqlite:///{tmp_path_factory.mktemp('mlflow') / 'runs.db'}")
    yield mlflow.MlflowClient()
    mlflow.set_tracking_uri(None)


@pytest.fixture
def experiment(request, client):
    return request.node.name


def find_runs(client, experiment):
    """The search's run, and those of its trials in their order."""
    number = client.get_experiment_by_name(experiment).experiment_id
    runs = client.search_runs([number])
    [parent] = [run for run in runs if "mlflow.parentRunId" not in run.data.tags]
    children = [r for r in runs if r.data.tags.get("mlflow.parentRunId") == parent.info.run_id]
    return parent, sorted(children, key=lambda run: int(run.info.run_name.split()[1]))


def test_each_trial_is_a_run_within_the_search(client, experiment):
    search = GridSearch(
        GaussianNB(), GRID, cv=3, scoring=["accuracy", "f1_macro"], refit="f1_macro"
    )
    search.set_callbacks(MLflowCallback("names", experiment=experiment, tags={"data": "iris"}))
    search.fit(X, y)
    parent, trials = find_runs(client, experiment)
    assert (parent.info.run_name, parent.info.status) == ("names", "FINISHED")
    assert parent.data.tags["data"] == "iris"
    assert parent.data.params["refit"] == "f1_macro"
    assert parent.data.params["best_var_smoothing"] == str(search.best_params_["var_smoothing"])
    assert parent.data.metrics["best_score"] == pytest.approx(search.best_score_)
    assert [run.data.params for run in trials] == [
        {"var_smoothing": "1e-09"},
        {"var_smoothing": "0.1"},
    ]
    for row, run in enumerate(trials):
        for column in ("mean_test_accuracy", "std_test_f1_macro"):
            assert run.data.metrics[column] == pytest.approx(search.cv_results_[column][row])
        history = client.get_metric_history(run.info.run_id, "test_accuracy")
        assert [m.value for m in sorted(history, key=lambda m: m.step)] == pytest.approx(
            [search.cv_results_[f"split{fold}_test_accuracy"][row] for fold in range(3)]
        )


def test_failed_trials_are_failed_runs(client, experiment):
    search = GridSearch(Scripted(), {"does": [0.5, "fail"]}, cv=2)
    search.set_callbacks(MLflowCallback(experiment=experiment))
    with pytest.warns(UserWarning, match="."):
        search.fit(X, y)
    _, trials = find_runs(client, experiment)
    assert [run.info.status for run in trials] == ["FINISHED", "FAILED"]
    assert "told to" in trials[1].data.tags["why"]
    assert not any(math.isnan(value) for value in trials[1].data.metrics.values())


def test_a_search_that_raises_is_a_failed_run(client, experiment):
    search = GridSearch(Scripted(), {"does": ["fail"]}, cv=2)
    search.set_callbacks(MLflowCallback(experiment=experiment))
    with pytest.raises(ValueError, match="All the 2 fits failed"):
        search.fit(X, y)
    parent, trials = find_runs(client, experiment)
    assert (parent.info.status, len(trials)) == ("FAILED", 1)


def test_a_fit_that_fails_early_does_not_log_the_fit_before(client, experiment):
    search = GridSearch(GaussianNB(), GRID, cv=2)
    search.set_callbacks(MLflowCallback(experiment=experiment)).fit(X, y)
    with pytest.raises(ValueError, match="n_splits=200"):
        search.set_params(cv=200).fit(X, y)
    _, trials = find_runs(client, experiment)
    assert len(trials) == 2


def test_runs_go_below_the_active_one(client, experiment):
    mlflow.set_experiment(experiment)
    with mlflow.start_run() as outer:
        GridSearch(GaussianNB(), GRID, cv=2).set_callbacks(MLflowCallback()).fit(X, y)
    parent = client.search_runs(
        [outer.info.experiment_id], f"tags.mlflow.parentRunId = '{outer.info.run_id}'"
    )
    assert [run.info.run_name for run in parent] == ["GridSearch"]
    assert mlflow.active_run() is None


def test_processes_and_bayes_are_logged_too(client, experiment):
    search = BayesSearch(GaussianNB(), {"var_smoothing": Float(1e-9, 1)}, n_iter=3, cv=2, n_jobs=2)
    search.set_callbacks(MLflowCallback(experiment=experiment)).fit(X, y)
    _, trials = find_runs(client, experiment)
    assert [run.data.tags["origin"] for run in trials] == [t.origin for t in search.trials_]
    assert pickle.loads(pickle.dumps(search)).best_score_ == search.best_score_


def test_fits_are_shared_as_without_a_callback(client, experiment):
    model = make_pipeline(StandardScaler(), LogisticRegression())
    search = RandomSearch(
        model, {"logisticregression__C": Float(0.1, 10)}, n_iter=3, cv=2, random_state=0
    )
    plain = search.fit(X, y).to_frame()["n_shared_steps"]
    logged = search.set_callbacks(MLflowCallback(experiment=experiment)).fit(X, y).to_frame()
    assert plain.sum() > 0
    assert logged["n_shared_steps"].tolist() == plain.tolist()


def test_autolog_of_scikit_learn_does_not_stand_in_the_way(client, experiment):
    mlflow.set_experiment(experiment)
    plain = GridSearch(GaussianNB(), GRID, cv=2).fit(X, y)
    mlflow.sklearn.autolog(log_models=False, silent=True)
    try:
        logged = GridSearch(GaussianNB(), GRID, cv=2).fit(X, y)
    finally:
        mlflow.sklearn.autolog(disable=True, silent=True)
    assert logged.best_score_ == plain.best_score_
