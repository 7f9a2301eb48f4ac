"""Workers that die: each fold gets two of them, and nothing else is touched."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from sklearn.exceptions import FitFailedWarning

from skhpo import BayesSearch, GridSearch, maximize
from skhpo._fold_guard import FoldGuard
from skhpo._stopping import Limits
from skhpo._trial import FoldTask
from skhpo.exceptions import WorkerDiedError
from tests.deadly import Deadly

pytestmark = [
    pytest.mark.skipif(os.name == "nt", reason="sends signals"),
    pytest.mark.slow,
]

X, y = np.arange(30.0).reshape(-1, 1), np.arange(30) % 2
SPLITS = [(np.r_[0 : 10 * k, 10 * k + 10 : 30], np.arange(10 * k, 10 * k + 10)) for k in range(3)]
ends_differ = pytest.mark.filterwarnings("ignore:One or more of the test scores:UserWarning")


def n_tries(journal):
    """Tries by way of dying."""
    return {path.name.partition("-")[2]: path.stat().st_size for path in journal.parent.iterdir()}


@ends_differ
def test_a_fold_whose_worker_dies_gets_one_more_and_has_then_failed(tmp_path):
    # Folds of a millisecond: some travel alone, others in batches.
    journal = tmp_path / "tries"
    space = [{"fold": [0, 1] * 20}, {"end": ["kill", "exit", "crash"]}, {"fold": [2] * 20}]
    search = GridSearch(Deadly(journal=str(journal)), space, cv=SPLITS, n_jobs=2)
    with pytest.warns(FitFailedWarning, match=r"(?s)3 fits failed out of a total of 189.*Worker"):
        search.fit(X, y)
    by_end = {t.params["end"]: t for t in search.trials_ if "end" in t.params}
    assert n_tries(journal) == {"kill": 2, "exit": 2, "crash": 2}
    ways = {"kill": r"SIGKILL (-9)", "exit": "exit code 3", "crash": "SIGSEGV (-11)"}
    for end, way in ways.items():
        error = by_end[end].folds[0].error
        assert error.startswith("WorkerDiedError: The worker process ")
        assert way in error
        assert error.endswith("The fold was tried on two workers.\n")
        assert by_end[end].status == "failed"
        assert by_end[end].folds[1].test_scores == by_end[end].folds[2].test_scores
    assert Counter(t.status for t in search.trials_) == {"complete": 60, "failed": 3}
    whole = [t for t in search.trials_ if t.status == "complete"]
    assert {t.mean_score() for t in whole} == {0.5}


@pytest.mark.parametrize("strategy", ["grid", "bayes"])
def test_a_fold_whose_worker_dies_once_is_complete(strategy, tmp_path):
    estimator = Deadly(journal=str(tmp_path / "tries"), tries=1)
    space = {"end": [None, "kill", "exit"]}
    common = {"cv": SPLITS, "n_jobs": 2, "refit": False}
    if strategy == "grid":
        search = GridSearch(estimator, space, **common)
    else:
        search = BayesSearch(estimator, space, n_iter=3, random_state=0, **common)
    search.fit(X, y)
    assert {trial.status for trial in search.trials_} == {"complete"}
    assert n_tries(tmp_path / "tries") == {"kill": 2, "exit": 2}


def test_the_second_death_is_raised_where_failures_are(tmp_path):
    journal = tmp_path / "tries"
    search = GridSearch(
        Deadly(journal=str(journal)), {"end": ["exit"]}, cv=SPLITS, n_jobs=2, error_score="raise"
    )
    with pytest.raises(WorkerDiedError, match=r"exit code 3\. The fold was tried on two workers"):
        search.fit(X, y)
    assert n_tries(journal) == {"exit": 2}


@ends_differ
def test_candidates_that_end_workers_are_told_as_failures(tmp_path):
    space = {"end": ["exit", None]}
    search = BayesSearch(
        Deadly(journal=str(tmp_path / "tries")),
        space,
        n_iter=2,
        cv=SPLITS,
        n_jobs=2,
        random_state=0,
        early_stopping=AllKnown(),
    )
    with pytest.warns(FitFailedWarning, match="1 fits failed out of a total of 6"):
        search.fit(X, y)
    assert search.best_params_["end"] is None


class AllKnown:
    """Sees that a rule is shown failures."""

    def should_stop(self, trials):
        """Go on, where each trial is what it should be."""
        for trial in trials:
            assert (trial.status == "failed") == (trial.params["end"] is not None)


def test_a_search_of_which_every_fold_ends_its_worker_says_so_once(tmp_path):
    search = GridSearch(
        Deadly(journal=str(tmp_path / "tries")), {"end": ["exit", "kill"]}, cv=SPLITS[:1], n_jobs=2
    )
    message = r"(?s)All the 2 fits failed.*exit code 3.*tried on two workers.*SIGKILL"
    with pytest.raises(ValueError, match=message):
        search.fit(X, y)
    assert [trial.status for trial in search.trials_] == ["failed", "failed"]


def die_at_one(x):
    """End the process for one argument."""
    if x == 1:
        os._exit(3)
    return -x


def test_calls_of_a_function_get_two_workers_too():
    with pytest.warns(UserWarning, match="1 of 3 calls failed.*two workers"):
        result = maximize(die_at_one, {"x": [0, 1, 2]}, strategy="grid", n_jobs=2)
    assert [trial.status for trial in result.trials] == ["complete", "failed", "complete"]


# ------------------------------------------------------------------- the rule


def task(number=0):
    """Fold 0 of a trial."""
    return FoldTask(number, 0, {})


def test_of_a_batch_the_fold_that_ran_is_counted():
    guard = FoldGuard(Limits(), n_starts=1)
    batch = [task(number) for number in range(4)]
    with guard:
        guard.trail(batch).write_bytes(b"..")
        guard.count_death(batch)
        died = WorkerDiedError("Gone.")
        assert guard.judge_death(task(0), died) is None
        assert "two workers" in str(guard.judge_death(task(1), died))
        assert guard.judge_death(task(2), died) is None
        assert "two workers" in str(guard.judge_death(task(2), died))
        # One that ended before it had begun a fold is nobody's.
        guard.count_death(batch[3:])
        assert guard.judge_death(task(3), died) is None


def test_an_engine_that_tries_again_itself_is_believed():
    died = WorkerDiedError("Gone.")
    assert FoldGuard(Limits(), n_starts=2).judge_death(task(), died) is died


def test_a_guard_leaves_no_files():
    with FoldGuard(Limits(fit_timeout=1.0), n_starts=1) as guard:
        folder = Path(guard.trail([task(0), task(1)])).parent
        guard.watch(len)
        assert folder.is_dir()
    assert not folder.exists()
