"""Ctrl-C by real signals: what is kept, what is discarded, and how fast it ends."""

from __future__ import annotations

import os
import signal
import threading
import time

import joblib
import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.exceptions import NotFittedError

from skhpo import GridSearch, maximize
from skhpo._interrupt import InterruptWatch
from tests.processes import AT_ONCE_SECONDS, wait_until

X = np.arange(40.0).reshape(20, 2)
y = np.tile([0, 1], 10)

pytestmark = pytest.mark.skipif(os.name == "nt", reason="sends SIGINT to its own process")


class Slow(ClassifierMixin, BaseEstimator):
    """Sleeps in fit; may send the signal itself, and may swallow the interrupt."""

    def __init__(self, number=0, signal_at=None, swallows=False, seconds=0.02):
        self.number = number
        self.signal_at = signal_at
        self.swallows = swallows
        self.seconds = seconds

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        try:
            if self.number == self.signal_at:
                os.kill(os.getpid(), signal.SIGINT)
            time.sleep(self.seconds)
        except KeyboardInterrupt:
            if not self.swallows:
                raise
        return self

    def predict(self, X):
        return np.zeros(len(X), dtype=int)


GRID = {"number": [0, 1, 2, 3]}


@pytest.mark.parametrize("swallows", [False, True])
def test_an_interrupt_raises_and_keeps_finished_trials(swallows):
    search = GridSearch(Slow(signal_at=2, swallows=swallows), GRID, cv=2)
    with pytest.raises(KeyboardInterrupt, match="`trials_` and `cv_results_` keep"):
        search.fit(X, y)
    # The fit during which the signal came is discarded, even if it returned.
    assert [trial.status for trial in search.trials_] == ["complete", "complete", "stopped"]
    assert search.stop_reason_ == "interrupted"
    assert search.best_params_ == {"number": 0}
    assert not hasattr(search, "best_estimator_")
    # As after an interrupt of scikit-learn's: nobody is fitted to ask.
    for method in (search.predict, search.score, search.score_test):
        with pytest.raises(
            NotFittedError, match="GridSearch instance is not fitted yet, because it was inter"
        ):
            method(X)
    scores = search.cv_results_["mean_test_score"]
    assert np.isfinite(scores[:2]).all()
    assert np.isnan(scores[2])
    assert search.cv_results_["rank_test_score"].tolist() == [1, 1, 3]
    assert "2 of 2 folds were not finished" in search.trials_[2].why


@pytest.mark.parametrize("swallows", [False, True])
def test_refit_ends_the_search_and_refits_the_best_complete_trial(swallows):
    estimator = Slow(signal_at=2, swallows=swallows)
    search = GridSearch(estimator, GRID, cv=2, on_interrupt="refit").fit(X, y)
    assert search.stop_reason_ == "interrupted"
    assert search.n_trials_ == 3
    assert search.predict(X).shape == (20,)


def test_refit_raises_when_no_trial_is_complete():
    search = GridSearch(Slow(signal_at=0), GRID, cv=2, on_interrupt="refit")
    with pytest.raises(KeyboardInterrupt, match="interrupted before a trial was complete; `tri"):
        search.fit(X, y)
    assert search.trials_[0].status == "stopped"


def test_an_interrupted_refit_raises_rather_than_keep_a_half_trained_model():
    class SignalsOnAllRows(Slow):
        def fit(self, X, y):
            self.signal_at = self.number if len(X) == 20 else None
            return super().fit(X, y)

    search = GridSearch(SignalsOnAllRows(swallows=True), {"number": [0]}, cv=2)
    with pytest.raises(KeyboardInterrupt, match="swallowed the interrupt"):
        search.fit(X, y)
    assert not hasattr(search, "best_estimator_")
    assert search.best_params_ == {"number": 0}


def test_a_second_interrupt_ends_the_refit_that_the_first_began():
    class SignalsInRefit(Slow):
        def fit(self, X, y):
            self.signal_at = self.number if len(X) == 20 else 2
            return super().fit(X, y)

    search = GridSearch(SignalsInRefit(), GRID, cv=2, on_interrupt="refit")
    with pytest.raises(KeyboardInterrupt):  # noqa: PT011, it has no message
        search.fit(X, y)
    assert search.stop_reason_ == "interrupted"
    assert search.best_params_ == {"number": 0}
    assert not hasattr(search, "best_estimator_")


class SaysItBegan(Slow):
    """Adds a byte to a file when its long fit begins."""

    def __init__(self, number=0, seconds=0.0, began=""):
        super().__init__(number, seconds=seconds)
        self.began = began

    def fit(self, X, y):
        if self.seconds:
            with open(self.began, "ab") as file:
                file.write(b".")
        return super().fit(X, y)


@pytest.mark.parametrize("backend", ["threading", "loky"])
def test_workers_end_soon_after_an_interrupt(backend, tmp_path):
    began = tmp_path / "began"

    def interrupt():
        # Both workers have a fold of the long candidate, so that the others have ended.
        assert wait_until(lambda: began.exists() and began.stat().st_size == 2)
        os.kill(os.getpid(), signal.SIGINT)

    # Workers are started first, so that the time is that of the interrupt.
    with joblib.parallel_config(backend, n_jobs=2):
        GridSearch(Slow(seconds=0), {"number": [0, 1]}, cv=2).fit(X, y)
        long_fit = 60.0 if backend == "loky" else 1.0
        space = [{"number": [0, 1]}, {"number": [2], "seconds": [long_fit]}]
        search = GridSearch(SaysItBegan(began=str(began)), space, cv=2)
        thread = threading.Thread(target=interrupt)
        thread.start()
        started = time.monotonic()
        with pytest.raises(KeyboardInterrupt, match="interrupted"):
            search.fit(X, y)
        thread.join()
    # Processes are killed; threads end with their running fit.
    assert time.monotonic() - started < AT_ONCE_SECONDS
    assert [trial.status for trial in search.trials_] == ["complete", "complete", "stopped"]


def test_maximize_returns_what_it_found_when_asked_to():
    def function(x):
        if x == 2:
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(1)
        return x

    space = {"x": [0, 1, 2, 3]}
    result = maximize(function, space, strategy="grid", on_interrupt="return")
    assert result.stop_reason == "interrupted"
    assert result.best_params == {"x": 1}
    with pytest.raises(KeyboardInterrupt, match="on_interrupt='return'"):
        maximize(function, space, strategy="grid")


def test_the_watch_puts_the_former_handler_back_and_passes_signals_on():
    received = []
    before = signal.signal(signal.SIGINT, lambda *_: received.append(True))
    try:
        mine = signal.getsignal(signal.SIGINT)
        with InterruptWatch() as watch:
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.01)
            assert watch.received
        assert received == [True]
        assert signal.getsignal(signal.SIGINT) is mine
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_search_in_another_thread_leaves_signals_alone():
    search = GridSearch(Slow(), {"number": [0]}, cv=2)
    thread = threading.Thread(target=search.fit, args=(X, y))
    thread.start()
    thread.join()
    assert search.best_params_ == {"number": 0}
