"""The loop: what a strategy is told before each ask, how many folds are out, and deaths."""

from __future__ import annotations

import math
import os
import random
import signal
import threading
import time

import joblib
import numpy as np
import pytest

from skhpo._engine import open_engine
from skhpo._progress import VerboseLines
from skhpo._study import Study, choose_lag
from skhpo._trial import Candidate, FoldResult
from skhpo.exceptions import SpaceExhaustedError, WorkerDiedError


class Recorder:
    """A strategy that notes what it had been told at each ask."""

    n_candidates = None

    def __init__(self, learns=True, limit=None):
        self.learns = learns
        self.limit = limit
        self.told = []
        self.known_at_ask = []
        self.scores = {}

    def ask(self):
        if self.limit is not None and len(self.known_at_ask) >= self.limit:
            raise SpaceExhaustedError("no more")
        self.known_at_ask.append(sorted(self.told))
        number = len(self.known_at_ask) - 1
        return Candidate(number, {"number": number})

    def tell(self, candidate, score, *, noise=None, status="complete", budget=None):
        self.told.append(candidate.number)
        self.scores[candidate.number] = (score, status)


def sleep_a_while(task, token):
    """Take a time that differs from fold to fold and from run to run."""
    time.sleep(random.uniform(0, 0.004))
    return FoldResult(task.number, task.fold, {"score": float(task.number)})


def run(strategy, evaluate=sleep_a_while, *, n_jobs=1, backend="threading", **keywords):
    """Run a study of 12 trials of 3 folds."""
    settings = {"n_trials": 12, "n_folds": 3, "lag": 1, "is_seeded": True} | keywords
    with (
        joblib.parallel_config(backend, n_jobs=n_jobs),
        open_engine(None, settings.pop("pre_dispatch", "2*n_jobs")) as engine,
    ):
        token = engine.share(None)
        return Study(strategy, evaluate, token, engine, progress=VerboseLines(0), **settings).run()


@pytest.mark.parametrize("lag", [1, 2, 5])
def test_candidate_k_is_asked_with_exactly_the_trials_up_to_k_minus_lag(lag):
    strategy = Recorder()
    run(strategy, n_jobs=2, lag=lag)
    expected = [list(range(max(0, number - lag + 1))) for number in range(12)]
    assert strategy.known_at_ask == expected
    assert strategy.told == list(range(12))


def test_without_a_seed_a_strategy_is_told_whatever_has_finished():
    order = iter([0.1, 0.0, 0.0, 0.0])

    def first_is_slow(task, token):
        time.sleep(next(order, 0.0))
        return FoldResult(task.number, task.fold, {"score": 0.0})

    strategy = Recorder()
    run(strategy, first_is_slow, n_jobs=2, lag=2, is_seeded=False, n_folds=1, n_trials=4)
    assert strategy.told[0] != 0
    assert sorted(strategy.told) == [0, 1, 2, 3]


def test_a_strategy_that_does_not_learn_is_never_waited_for():
    strategy = Recorder(learns=False)
    outcome = run(strategy, n_jobs=2)
    assert strategy.known_at_ask[-1] == []
    assert len(outcome.trials) == 12


@pytest.mark.parametrize(("pre_dispatch", "bound"), [(1, 1), ("n_jobs", 2), ("3*n_jobs", 6)])
def test_pre_dispatch_bounds_the_folds_that_are_out(pre_dispatch, bound):
    lock = threading.Lock()
    running, peak = [], []

    def count(task, token):
        with lock:
            running.append(task)
            peak.append(len(running))
        time.sleep(0.002)
        with lock:
            running.remove(task)
        return FoldResult(task.number, task.fold, {"score": 0.0})

    run(Recorder(learns=False), count, n_jobs=2, pre_dispatch=pre_dispatch)
    assert max(peak) == min(bound, 2)


def test_an_exhausted_strategy_ends_the_study():
    outcome = run(Recorder(limit=4))
    assert [trial.number for trial in outcome.trials] == [0, 1, 2, 3]
    assert outcome.stop_reason == "complete"


def test_failures_are_told_as_nan_with_their_status():
    def fails_at_two(task, token):
        error = "Traceback\nValueError: no" if task.number == 2 and task.fold == 1 else None
        scores = None if error else {"score": 1.0}
        return FoldResult(task.number, task.fold, scores, error=error)

    strategy = Recorder()
    outcome = run(strategy, fails_at_two)
    assert math.isnan(strategy.scores[2][0])
    assert strategy.scores[2][1] == "failed"
    assert strategy.scores[3] == (1.0, "complete")
    assert outcome.trials[2].why == "1 of 3 folds failed: ValueError: no"


def die_at_two(task, token):
    """Kill the worker of one fold, as the system does when memory runs out."""
    if task.number == 2 and task.fold == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return FoldResult(task.number, task.fold, {"score": 1.0})


@pytest.mark.skipif(os.name == "nt", reason="sends SIGKILL")
def test_a_dead_worker_is_one_failed_fold():
    outcome = run(Recorder(learns=False), die_at_two, n_jobs=2, backend="loky", n_trials=5)
    assert [trial.status for trial in outcome.trials].count("failed") == 1
    assert "WorkerDiedError" in outcome.trials[2].traceback
    with pytest.raises(WorkerDiedError, match=r"SIGKILL.*was tried on two workers"):
        run(
            Recorder(learns=False),
            die_at_two,
            n_jobs=2,
            backend="loky",
            n_trials=5,
            raises_worker_deaths=True,
        )


def test_an_error_that_is_no_failed_fold_ends_the_study():
    def raises(task, token):
        raise KeyError("no such step")

    with pytest.raises(KeyError, match="no such step"):
        run(Recorder(), raises)


def test_the_metric_that_is_told_is_the_one_asked_for():
    def two(task, token):
        scores = {"a": 1.0, "b": float(task.number)}
        return FoldResult(task.number, task.fold, scores, is_multimetric=True)

    strategy = Recorder()
    run(strategy, two, metric="b")
    assert strategy.scores[5][0] == 5.0
    first = Recorder()
    run(first, two)
    assert first.scores[5][0] == 1.0


@pytest.mark.parametrize(
    ("n_workers", "n_folds", "lag"), [(1, 5, 1), (2, 5, 3), (8, 5, 10), (8, 1, 16)]
)
def test_the_lag_is_fixed_by_workers_and_folds(n_workers, n_folds, lag):
    assert choose_lag(n_workers, n_folds) == lag


def test_fold_scores_are_kept_in_the_order_of_folds():
    def by_fold(task, token):
        return FoldResult(task.number, task.fold, {"score": float(task.fold)})

    outcome = run(Recorder(learns=False), by_fold, n_jobs=2)
    np.testing.assert_array_equal([t.fold_scores() for t in outcome.trials], [[0, 1, 2]] * 12)
