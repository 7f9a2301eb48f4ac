"""Whole searches on every engine, and what only clusters have."""

import os
import threading
import time

import engine_tasks as tasks
import joblib
import numpy as np
import pytest
from engine_estimators import Deadly, Killer, Sleeper
from sklearn.datasets import load_iris
from sklearn.exceptions import FitFailedWarning
from sklearn.model_selection import cross_val_score
from sklearn.naive_bayes import GaussianNB

from skhpo import BayesSearch, Float, GridSearch, read_checkpoint
from skhpo._engine import absence, open_engine
from skhpo.exceptions import WorkerDiedError
from tests.processes import wait_until

# Clusters that are started, searched on and ended; what every engine does is in the
# conformance tests, whose cluster of dask every test run starts.
pytestmark = pytest.mark.slow

X, y = load_iris(return_X_y=True)


def grid():
    return GridSearch(GaussianNB(), {"var_smoothing": np.logspace(-9, 0, 5)}, cv=3)


def bayes():
    space = {"var_smoothing": Float(1e-9, 1.0, log=True)}
    return BayesSearch(GaussianNB(), space, n_iter=6, cv=3, random_state=0)


def scores_of(search):
    return {
        name: values
        for name, values in search.cv_results_.items()
        if "score" in name and "time" not in name
    }


@pytest.mark.parametrize("make", [grid, bayes])
def test_scores_are_equal_on_each_engine(make, backend, kind):
    # The lag of two workers where there are two.
    expected = make().set_params(n_jobs=1 if kind == "inline" else 2).fit(X, y)
    with joblib.parallel_config(backend, n_jobs=2):
        found = make().fit(X, y)
    np.testing.assert_equal(scores_of(found), scores_of(expected))
    assert found.best_params_ == expected.best_params_


@pytest.mark.parametrize("kind", ["processes", "dask", "ray"], indirect=True)
def test_folds_of_a_worker_that_died_are_run_again(backend, tmp_path):
    values = [None, str(tmp_path / "died"), None, None]
    with joblib.parallel_config(backend, n_jobs=2):
        search = GridSearch(Killer(), {"marker": values}, cv=3, refit=False).fit(X, y)
    assert (tmp_path / "died").exists()
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    assert {trial.status for trial in search.trials_} == {"complete"}


@pytest.mark.filterwarnings("ignore:One or more of the test scores are non-finite:UserWarning")
@pytest.mark.parametrize("kind", ["processes", "ray"], indirect=True)
def test_a_fold_that_ends_two_workers_has_failed(backend, tmp_path):
    tries = tmp_path / "tries"
    with joblib.parallel_config(backend, n_jobs=2), pytest.warns(FitFailedWarning, match="1 fits"):
        search = GridSearch(Deadly(tries=str(tries)), {"dies": [False, True]}, cv=3).fit(X, y)
    assert tries.stat().st_size == 2
    assert [trial.status for trial in search.trials_] == ["complete", "failed"]
    [error] = [fold.error for fold in search.trials_[1].folds if fold.error]
    assert error.startswith("WorkerDiedError: The worker")
    assert error.endswith("The fold was tried on two workers.\n")


@pytest.mark.parametrize("kind", ["dask", "ray"], indirect=True)
def test_a_cluster_is_used_without_n_jobs(backend, kind):
    with joblib.parallel_config(backend), open_engine() as engine:
        assert (engine.kind, engine.n_workers) == (kind, 2)
    with joblib.parallel_config(backend, n_jobs=1), open_engine() as engine:
        assert engine.kind == "inline"


# --- dask ---------------------------------------------------------------------


def test_nothing_of_a_search_stays_on_the_dask_cluster(dask_cluster):
    def keys():
        return [key for held in dask_cluster.has_what().values() for key in held]

    with joblib.parallel_config("dask"):
        search = grid().fit(X, y)
    assert search.best_score_ > 0.9
    assert wait_until(lambda: not keys() and not dask_cluster.futures)


def test_a_search_inside_of_a_dask_task_does_not_hold_up_its_worker(dask_cluster):
    expected = cross_val_score(grid(), X, y, cv=3)
    with joblib.parallel_config("dask"):
        found = cross_val_score(grid(), X, y, cv=3)
    np.testing.assert_array_equal(found, expected)


def test_a_dask_cluster_in_this_process_runs_folds_and_ends_none():
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(
            n_workers=1, threads_per_worker=1, processes=False, dashboard_address=":0"
        ) as cluster,
        distributed.Client(cluster),
        joblib.parallel_config("dask"),
        open_engine() as engine,
    ):
        # One worker of a cluster is not this thread.
        assert (engine.kind, engine.n_workers, engine.can_kill) == ("dask", 1, False)
        token = engine.share(X)
        future = engine.submit(tasks.identity_of, token)
        assert future.result(timeout=30) == (os.getpid(), id(X))


@pytest.mark.parametrize("goes", ["client", "cluster"])
def test_a_dask_cluster_that_goes_is_an_error_and_no_hang(goes):
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(
            n_workers=1, threads_per_worker=1, processes=False, dashboard_address=":0"
        ) as cluster,
        distributed.Client(cluster) as client,
        joblib.parallel_config("dask"),
        open_engine() as engine,
    ):
        future = engine.submit(tasks.sleep_then, 2, None)
        assert wait_until(future.running)
        {"client": client, "cluster": cluster}[goes].close()
        with pytest.raises(WorkerDiedError, match="cluster"):
            future.result(timeout=30)


@pytest.fixture
def shrinking_cluster(monkeypatch):
    """A dask cluster of one worker in this process, which is missed for three seconds."""
    distributed = pytest.importorskip("distributed")
    monkeypatch.setattr(absence, "PATIENCE_SECONDS", 3.0)
    with (
        distributed.LocalCluster(
            n_workers=1, threads_per_worker=1, processes=False, dashboard_address=":0"
        ) as cluster,
        distributed.Client(cluster),
        joblib.parallel_config("dask", wait_for_workers_timeout=1),
    ):
        yield cluster


def test_a_dask_cluster_that_lost_its_workers_ends_the_search(shrinking_cluster, tmp_path):
    began = tmp_path / "began"

    def scale_down():
        wait_until(began.exists, 30)
        shrinking_cluster.scale(0)

    thread = threading.Thread(target=scale_down)
    thread.start()
    search = GridSearch(Sleeper(began=str(began)), {"seconds": [0, 0, 1, 1, 1, 1]}, cv=2)
    search.set_params(checkpoint=tmp_path / "search.sqlite")
    message = r"no workers for 3 seconds; start some, or .*wait_for_workers_timeout=30\)"
    with pytest.raises(WorkerDiedError, match=message):
        search.fit(X, y)
    thread.join()
    statuses = [trial.status for trial in search.trials_]
    assert statuses[:2] == ["complete", "complete"]
    assert statuses[-1] == "stopped"
    assert (search.best_index_, search.stop_reason_) == (0, "interrupted")
    assert not hasattr(search, "best_estimator_")
    stored = read_checkpoint(tmp_path / "search.sqlite")
    assert [trial.status for trial in stored.trials][:2] == ["complete", "complete"]


def test_an_adaptive_dask_cluster_may_begin_without_workers():
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(
            n_workers=0, threads_per_worker=1, processes=False, dashboard_address=":0"
        ) as cluster,
        distributed.Client(cluster),
        joblib.parallel_config("dask"),
    ):
        cluster.adapt(minimum=0, maximum=1)
        assert np.isfinite(grid().fit(X, y).best_score_)


def test_a_dask_cluster_may_be_without_workers_for_a_while(shrinking_cluster, tmp_path):
    with open_engine() as engine:
        shrinking_cluster.scale(0)
        assert wait_until(lambda: not shrinking_cluster.workers)
        future = engine.submit(tasks.double, 2)
        time.sleep(2.2)
        assert not future.done()
        shrinking_cluster.scale(1)
        assert future.result(timeout=30) == 4
        # The next while begins anew.
        shrinking_cluster.scale(0)
        assert wait_until(lambda: not shrinking_cluster.workers)
        future = engine.submit(tasks.double, 3)
        time.sleep(2.2)
        assert not future.done()
        shrinking_cluster.scale(1)
        assert future.result(timeout=30) == 6


# --- ray ----------------------------------------------------------------------


def test_ray_counts_workers_from_its_cpus(ray_cluster):
    from skhpo._engine.ray import count_workers

    assert [count_workers(n) for n in (-1, -2, -9, 3)] == [2, 1, 1, 3]


@pytest.mark.filterwarnings("ignore:One or more of the test scores are non-finite:UserWarning")
def test_a_fold_gets_two_dask_workers_however_many_the_cluster_would_give(tmp_path):
    dask, distributed = pytest.importorskip("dask"), pytest.importorskip("distributed")
    tries = tmp_path / "tries"
    # Allowed failures as they are by default.
    config = {"distributed.scheduler.allowed-failures": 3, "logging.distributed": "critical"}
    with (
        dask.config.set(config),
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=":0", silence_logs=60
        ) as cluster,
        distributed.Client(cluster),
        joblib.parallel_config("dask"),
    ):
        search = GridSearch(Deadly(tries=str(tries)), {"dies": [False, True]}, cv=3)
        with pytest.warns(FitFailedWarning, match=r"(?s)1 fits failed.*tried on two workers"):
            search.fit(X, y)
    # The third may have begun by the time that this process hears of it.
    assert 2 <= tries.stat().st_size <= 3
    assert [trial.status for trial in search.trials_] == ["complete", "failed"]
