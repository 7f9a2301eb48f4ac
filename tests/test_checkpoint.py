"""Checkpoints: a resumed search is the uninterrupted one, and damage is never a score."""

from __future__ import annotations

import os
import re
import signal
import sqlite3
import subprocess
import sys
import threading
import time
import warnings
from contextlib import closing

import numpy as np
import pytest
from scipy.stats import loguniform
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.datasets import load_iris
from sklearn.exceptions import FitFailedWarning
from sklearn.model_selection import ShuffleSplit
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from skhpo import (
    BayesSearch,
    BayesStrategy,
    CheckpointMismatchError,
    Float,
    GridSearch,
    RandomSearch,
    RandomStrategy,
    maximize,
    read_checkpoint,
)
from tests.processes import wait_until

X, y = load_iris(return_X_y=True)
N_FITS = [0]


class Counting(ClassifierMixin, BaseEstimator):
    """Counts its fits; its score depends on its parameter and on its rows."""

    def __init__(self, C=1.0, fails_at=None):
        self.C = C
        self.fails_at = fails_at

    def fit(self, X, y):
        N_FITS[0] += 1
        if self.fails_at is not None and self.fails_at < self.C:
            raise ValueError("too large")
        self.classes_ = np.unique(y)
        self.edge_ = np.quantile(X[:, 2], 1 / (1 + self.C))
        return self

    def predict(self, X):
        return np.where(X[:, 2] < self.edge_, 0, 1 + (X[:, 3] > 1.7))


def make_grid(**keywords):
    grid = {"C": [0.1, 0.5, 1.0, 2.0, 4.0]}
    return GridSearch(Counting(), grid, **({"cv": 4} | keywords))


def make_random(**keywords):
    defaults = {"cv": 4, "n_iter": 6, "random_state": 0}
    return RandomSearch(Counting(), {"C": loguniform(1e-2, 1e2)}, **(defaults | keywords))


def make_bayes(**keywords):
    defaults = {"cv": 4, "n_iter": 8, "random_state": 0}
    return BayesSearch(Counting(), {"C": Float(1e-2, 1e2, log=True)}, **(defaults | keywords))


MAKERS = {"grid": make_grid, "random": make_random, "bayes": make_bayes}
each_strategy = pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)


def fit(search):
    """Fit and say how many fits that took."""
    N_FITS[0] = 0
    search.fit(X, y)
    return search, N_FITS[0]


def keep_first(path, n_folds):
    """Make of a checkpoint what it was after so many folds."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        rows = connection.execute("SELECT rowid FROM folds ORDER BY rowid").fetchall()
        for (rowid,) in rows[n_folds:]:
            connection.execute("DELETE FROM folds WHERE rowid = ?", (rowid,))
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def assert_equal(one, other):
    for name, values in other.cv_results_.items():
        if "time" not in name:
            np.testing.assert_array_equal(one.cv_results_[name], values, err_msg=name)
    assert [t.status for t in one.trials_] == [t.status for t in other.trials_]
    assert one.corrected_score_ == other.corrected_score_


@pytest.fixture
def path(tmp_path):
    return tmp_path / "search.sqlite"


@each_strategy
@pytest.mark.parametrize("n_kept", [0, 1, 7, 17])
def test_resume_equals_uninterrupted(make, n_kept, path):
    whole, n_fits = fit(make(refit=False))
    first, _ = fit(make(refit=False, checkpoint=path))
    assert_equal(first, whole)
    keep_first(path, n_kept)
    resumed, n_again = fit(make(refit=False, checkpoint=path))
    assert_equal(resumed, whole)
    assert n_again == n_fits - n_kept


@each_strategy
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_finished_search_is_read_again(make, n_jobs, path):
    first, _ = fit(make(checkpoint=path, n_jobs=n_jobs))
    again, n_fits = fit(make(checkpoint=path, n_jobs=3 - n_jobs))
    assert_equal(again, first)
    # The refit.
    assert n_fits == 1
    np.testing.assert_array_equal(
        again.cv_results_["mean_fit_time"], first.cv_results_["mean_fit_time"]
    )
    if isinstance(again, BayesSearch):
        assert again.lag_ == first.lag_


@pytest.mark.parametrize("make", [make_random, make_bayes], ids=["random", "bayes"])
def test_a_larger_n_iter_goes_on_and_a_smaller_one_takes_its_part(make, path):
    fit(make(checkpoint=path, n_iter=5))
    more, n_fits = fit(make(checkpoint=path, n_iter=8, refit=False))
    assert_equal(more, make(n_iter=8, refit=False).fit(X, y))
    assert n_fits == 3 * 4
    fewer, n_fits = fit(make(checkpoint=path, n_iter=3, refit=False))
    assert_equal(fewer, make(n_iter=3, refit=False).fit(X, y))
    assert n_fits == 0


def test_a_grid_that_grew_goes_on_whatever_its_order(path):
    fit(make_grid(checkpoint=path, refit=False))
    grown = make_grid(refit=False).set_params(param_grid={"C": [8.0, 4.0, 0.1, 3.0]})
    resumed, n_fits = fit(clone(grown).set_params(checkpoint=path))
    assert_equal(resumed, grown.fit(X, y))
    assert n_fits == 2 * 4


def test_random_splits_test_rows_and_seed_are_used_again(path):
    search = make_random(
        random_state=None, cv=ShuffleSplit(4), test_size=0.2, checkpoint=path, refit=False
    )
    first, _ = fit(clone(search))
    keep_first(path, 9)
    resumed, n_fits = fit(clone(search))
    assert_equal(resumed, first)
    assert n_fits == 6 * 4 - 9


@each_strategy
def test_racing_is_resumed(make, path):
    whole, _ = fit(make(refit=False, racing=True, cv=8))
    fit(make(refit=False, racing=True, cv=8, checkpoint=path))
    keep_first(path, 13)
    resumed, _ = fit(make(refit=False, racing=True, cv=8, checkpoint=path))
    assert_equal(resumed, whole)


def test_shared_steps_and_groups_are_resumed(path):
    grid = {"tree__max_depth": [1, 2, 3], "scale": [StandardScaler(), MinMaxScaler()]}
    pipeline = Pipeline([("scale", None), ("tree", DecisionTreeClassifier(random_state=0))])
    search = GridSearch(pipeline, grid, refit=False)
    whole = clone(search).fit(X, y)
    clone(search).set_params(checkpoint=path).fit(X, y)
    keep_first(path, 11)
    resumed = clone(search).set_params(checkpoint=path, n_jobs=2).fit(X, y)
    np.testing.assert_array_equal(
        resumed.cv_results_["mean_test_score"], whole.cv_results_["mean_test_score"]
    )


def test_a_group_that_one_fit_serves_is_resumed(path):
    from sklearn.ensemble import RandomForestClassifier

    search = GridSearch(
        RandomForestClassifier(random_state=0), {"n_estimators": [2, 5, 9]}, refit=False
    )
    whole = clone(search).fit(X, y)
    clone(search).set_params(checkpoint=path).fit(X, y)
    keep_first(path, 4)
    assert_equal(clone(search).set_params(checkpoint=path).fit(X, y), whole)


def test_choices_that_are_no_json_are_found_in_the_space(path):
    space = {"scale": [StandardScaler(), MinMaxScaler(), "passthrough"], "svc__C": Float(0.1, 10)}
    pipeline = Pipeline([("scale", None), ("svc", SVC())])
    search = BayesSearch(pipeline, space, n_iter=6, random_state=0, refit=False)
    whole = clone(search).fit(X, y)
    clone(search).set_params(checkpoint=path).fit(X, y)
    keep_first(path, 14)
    resumed = clone(search).set_params(checkpoint=path).fit(X, y)
    np.testing.assert_array_equal(
        resumed.cv_results_["mean_test_score"], whole.cv_results_["mean_test_score"]
    )


@pytest.mark.filterwarnings("ignore:One or more of the test scores")
def test_failures_are_kept_as_failures(path):
    search = make_grid(checkpoint=path).set_params(estimator=Counting(fails_at=1.0))
    with pytest.warns(FitFailedWarning, match="too large"):
        first, _ = fit(clone(search))
    with pytest.warns(FitFailedWarning, match="too large"):
        resumed, n_fits = fit(clone(search))
    assert n_fits == 1
    assert resumed.trials_[3].traceback == first.trials_[3].traceback
    assert resumed.trials_[3].status == "failed"


# --- another search ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "data", "said"),
    [
        ({"estimator": Counting(fails_at=9.0)}, (X, y), "estimator.fails_at: None there, 9.0 here"),
        ({"cv": 3}, (X, y), "cv: 4 there, 3 here"),
        ({"scoring": "f1_macro"}, (X, y), "scoring: None there, f1_macro here"),
        ({"random_state": 1}, (X, y), "random_state: 0 there, 1 here"),
        ({"param_distributions": {"C": [1.0, 2.0]}}, (X, y), "param_distributions"),
        ({}, (X[:140], y[:140]), r"X: shape \(150, 4\) there, \(140, 4\) here"),
        ({}, (X + 1, y), "X: other values"),
        ({}, (X, 1 - y), "y: other values"),
        ({"racing": True}, (X, y), "racing: False there, True here"),
    ],
)
def test_another_search_is_refused_and_says_what_differs(changes, data, said, path):
    make_random(checkpoint=path).fit(X, y)
    before = path.read_bytes()
    N_FITS[0] = 0
    with pytest.raises(CheckpointMismatchError, match=said):
        make_random(checkpoint=path).set_params(**changes).fit(*data)
    assert N_FITS[0] == 0
    assert path.read_bytes() == before


def test_another_strategy_is_refused(path):
    make_grid(checkpoint=path).fit(X, y)
    with pytest.raises(CheckpointMismatchError, match="search: GridSearch there, BayesSearch here"):
        make_bayes(checkpoint=path).fit(X, y)


def test_an_iterator_that_gives_other_splits_is_refused(path):
    splits = [(np.arange(100), np.arange(100, 150)), (np.arange(50, 150), np.arange(50))]
    make_grid(checkpoint=path, cv=iter(splits)).fit(X, y)
    make_grid(checkpoint=path, cv=iter(splits)).fit(X, y)
    with pytest.raises(CheckpointMismatchError, match="cv: other splits"):
        make_grid(checkpoint=path, cv=iter(splits[::-1])).fit(X, y)


# --- two at once, reading -----------------------------------------------------------------


MAY_END = threading.Event()


class Waiting(Counting):
    """Waits in the last candidate's fits."""

    def fit(self, X, y):
        time.sleep(0.01)
        assert self.C < 4.0 or MAY_END.wait(60)
        return super().fit(X, y)


def test_a_second_search_on_a_file_in_use_gets_an_error_and_a_reader_does_not(path):
    MAY_END.clear()
    search = make_grid(checkpoint=path, refit=False).set_params(estimator=Waiting())
    thread = threading.Thread(target=search.fit, args=(X, y))
    thread.start()
    try:
        assert wait_until(lambda: path.exists() and read_checkpoint(path).trials)
        with pytest.raises(BlockingIOError, match="`checkpoint` must be a file that no other"):
            clone(search).fit(X, y)
        assert thread.is_alive()
        assert 0 < sum(f is not None for t in read_checkpoint(path).trials for f in t.folds) <= 16
    finally:
        MAY_END.set()
        thread.join()
    assert os.listdir(path.parent) == [path.name]
    assert len(read_checkpoint(path).trials) == 5


def test_what_is_read_is_what_was_found(path):
    search = make_random(checkpoint=path).fit(X, y)
    checkpoint = read_checkpoint(path)
    assert (checkpoint.search, checkpoint.n_folds) == ("RandomSearch", 4)
    assert [t.params for t in checkpoint.trials] == [t.params for t in search.trials_]
    assert [t.fold_scores() for t in checkpoint.trials] == [t.fold_scores() for t in search.trials_]
    lines = str(checkpoint).splitlines()
    assert lines[0].split() == ["number", "status", "folds", "score", "params"]
    assert len(lines) == 7


def test_the_frame_has_a_row_for_each_trial(path):
    pytest.importorskip("pandas")
    make_grid(checkpoint=path).fit(X, y)
    frame = read_checkpoint(path).to_frame()
    assert frame["param_C"].tolist() == [0.1, 0.5, 1.0, 2.0, 4.0]
    assert frame["n_folds"].tolist() == [4] * 5


@pytest.mark.parametrize("path", [None, 3])
def test_what_is_no_path_cannot_be_read(path):
    with pytest.raises(TypeError, match="`path` must be a str or path-like"):
        read_checkpoint(path)


# --- files that cannot be used ------------------------------------------------------------


def write_ledger(path):
    from skhpo._ledger import LedgerFile

    LedgerFile(path).prepare()


BAD_PLACES = {
    "directory": (lambda path: path.mkdir(), IsADirectoryError, "which is no file"),
    "text": (lambda path: path.write_text("x" * 500), ValueError, "another kind of file"),
    "empty": (lambda path: path.write_bytes(b""), ValueError, "which is empty"),
    "ledger": (write_ledger, ValueError, "SQLite file of another program"),
}


@pytest.mark.parametrize("name", BAD_PLACES)
def test_a_file_of_another_kind_is_refused_and_stays_as_it_is(name, path):
    make_place, error, said = BAD_PLACES[name]
    make_place(path)
    before = path.read_bytes() if path.is_file() else None
    N_FITS[0] = 0
    with pytest.raises(error, match=f"`checkpoint` must .*{said}"):
        make_grid(checkpoint=path).fit(X, y)
    assert N_FITS[0] == 0
    assert (path.read_bytes() if path.is_file() else None) == before
    assert os.listdir(path.parent) == [path.name]


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="`checkpoint` must be in a folder that exists"):
        make_grid(checkpoint=tmp_path / "none" / "search.sqlite").fit(X, y)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder_is_named(tmp_path):
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(PermissionError, match="read-only"):
            make_grid(checkpoint=tmp_path / "search.sqlite").fit(X, y)
    finally:
        tmp_path.chmod(0o700)


class Removing(Counting):
    """Removes a file in its third fit."""

    def __init__(self, C=1.0, path=None):
        super().__init__(C)
        self.path = path

    def fit(self, X, y):
        super().fit(X, y)
        if N_FITS[0] == 3:
            time.sleep(0.3)
            os.unlink(self.path)
        return self


@pytest.mark.skipif(os.name == "nt", reason="an open file cannot be removed there")
def test_a_file_that_is_removed_is_warned_of_and_nothing_is_lost_in_memory(path):
    search = make_grid(checkpoint=path).set_params(estimator=Removing(path=str(path)))
    with pytest.warns(UserWarning, match=r"cannot be written: .*The search goes on"):
        fit(search)
    assert_equal(search, make_grid().fit(X, y))


FULL_DISK = """
import resource, signal, sys, warnings
import numpy as np
from sklearn.datasets import load_iris
from sklearn.naive_bayes import GaussianNB
from skhpo import RandomSearch
from scipy.stats import loguniform
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
X, y = load_iris(return_X_y=True)
# Room for many commits, however many folds each has, and not for 750 folds.
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, resource.RLIM_INFINITY))
search = RandomSearch(
    GaussianNB(), {"var_smoothing": loguniform(1e-9, 1e3)}, n_iter=150, random_state=0,
    checkpoint=sys.argv[1], refit=False
)
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    search.fit(X, y)
said = [str(w.message) for w in caught if "`checkpoint`" in str(w.message)]
assert len(said) == 1 and "cannot be written" in said[0], said
assert search.n_trials_ == 150
"""


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="limits of file sizes are Linux'")
def test_a_full_disk_is_a_warning_and_the_search_goes_on(path):
    subprocess.run([sys.executable, "-c", FULL_DISK, str(path)], check=True, timeout=100)
    # What was written is intact.
    assert len(read_checkpoint(path).trials) > 3


# --- damage -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A finished checkpoint's bytes, and its scores."""
    path = tmp_path_factory.mktemp("finished") / "search.sqlite"
    search = make_random(checkpoint=path, n_iter=4).fit(X, y)
    return path.read_bytes(), search.cv_results_["mean_test_score"]


def outcome(path):
    """Scores of a search on a file, or the text of the error."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            search = make_random(checkpoint=path, n_iter=4, refit=False).fit(X, y)
        except (ValueError, OSError) as error:
            return str(error)
    return search.cv_results_["mean_test_score"]


def test_no_flipped_byte_becomes_a_score(finished, path):
    content, scores = finished
    rng = np.random.default_rng(0)
    n_refused = 0
    for place in rng.integers(len(content), size=60):
        damaged = bytearray(content)
        damaged[place] ^= int(rng.integers(1, 256))
        path.write_bytes(damaged)
        found = outcome(path)
        if isinstance(found, str):
            n_refused += 1
            assert str(path) in found
            assert path.read_bytes() == bytes(damaged)
        else:
            np.testing.assert_array_equal(found, scores)
    assert n_refused > 10


def test_no_cut_becomes_a_score(finished, path):
    content, scores = finished
    for n in np.random.default_rng(1).integers(len(content), size=25):
        path.write_bytes(content[:n])
        found = outcome(path)
        if isinstance(found, str):
            assert str(path) in found
        else:
            np.testing.assert_array_equal(found, scores)


# --- a killed process ---------------------------------------------------------------------

VICTIM = """
import sys, time
import numpy as np
from sklearn.datasets import load_iris
from sklearn.tree import DecisionTreeClassifier
from skhpo import GridSearch
class Slow(DecisionTreeClassifier):
    def fit(self, X, y):
        time.sleep(0.03)
        print("fit", flush=True)
        return super().fit(X, y)
Slow.__module__ = "victim"
search = GridSearch(Slow(random_state=0), {"max_depth": list(range(1, 12))}, refit=False,
                    checkpoint=sys.argv[1])
search.fit(*load_iris(return_X_y=True))
print("scores", search.cv_results_["mean_test_score"].tolist())
"""


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="no SIGKILL there")
@pytest.mark.parametrize("seconds", [0.4, 0.8, 1.2])
def test_sigkill_loses_no_more_than_a_tenth_of_a_second(seconds, path):
    command = [sys.executable, "-c", VICTIM, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "fit\n"
        time.sleep(seconds)
        process.send_signal(signal.SIGKILL)
        n_before = 1 + process.stdout.read().count("fit")
    again = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    # A tenth of a second of folds of .03 s, and the one that ran.
    assert n_before + again.stdout.count("fit") <= 55 + 6
    whole = GridSearch(
        DecisionTreeClassifier(random_state=0), {"max_depth": list(range(1, 12))}, refit=False
    ).fit(X, y)
    scores = whole.cv_results_["mean_test_score"].tolist()
    assert again.stdout.splitlines()[-1] == f"scores {scores}"


def test_the_ledger_and_the_checkpoint_are_different_files(tmp_path):
    both = tmp_path / "one.sqlite"
    with pytest.raises(ValueError, match="another program"):
        make_grid(checkpoint=both, test_ledger=both, test_size=0.2).fit(X, y)


# --- without an estimator -----------------------------------------------------------------

CALLS = []


def height(x, shape="flat"):
    CALLS.append(x)
    if x > 0.9:
        raise ValueError("too high")
    return -((x - 0.3) ** 2) + (shape == "round")


@pytest.mark.filterwarnings("ignore:.*calls failed")
@pytest.mark.parametrize("strategy", ["grid", "random", "bayes"])
def test_maximize_goes_on_where_it_was(strategy, path):
    space = {"x": Float(0, 1), "shape": ["flat", "round"]}
    keywords = {"strategy": strategy, "n_iter": 9, "random_state": 0}
    whole = maximize(height, space, **keywords)
    maximize(height, space, checkpoint=path, **keywords)
    keep_first(path, 4)
    CALLS.clear()
    resumed = maximize(height, space, checkpoint=path, **keywords)
    assert len(CALLS) == 5
    assert [(t.params, t.mean_score()) for t in resumed.trials if t.status == "complete"] == [
        (t.params, t.mean_score()) for t in whole.trials if t.status == "complete"
    ]


def test_maximize_takes_the_stored_seed(path):
    first = maximize(height, {"x": Float(0, 0.8)}, n_iter=5, checkpoint=path)
    again = maximize(height, {"x": Float(0, 0.8)}, n_iter=5, checkpoint=path)
    assert [t.params for t in first.trials] == [t.params for t in again.trials]


@pytest.mark.parametrize("kind", [BayesStrategy, RandomStrategy])
def test_maximize_knows_the_space_and_the_seed_of_an_object(kind, path):
    def call(high=0.8, seed=0):
        space = {"x": Float(0, high), "shape": ["flat", "round"]}
        strategy = kind(space, random_state=seed)
        return maximize(height, None, strategy=strategy, n_iter=4, checkpoint=path)

    first = call()
    CALLS.clear()
    assert call().trials == first.trials
    assert not CALLS
    with pytest.raises(CheckpointMismatchError, match="differs in space"):
        call(high=0.7)
    with pytest.raises(CheckpointMismatchError, match="random_state: 0 there, 1 here"):
        call(seed=1)


def test_a_log_of_a_file_that_is_gone_is_not_read_into_a_new_one(path):
    log = path.with_name(path.name + "-wal")
    log.write_bytes(b"of another search")
    with pytest.raises(FileExistsError, match="of a file that is gone; give back that file"):
        make_grid(checkpoint=path).fit(X, y)
    assert not path.exists()
    assert log.read_bytes() == b"of another search"


def test_a_function_without_a_name_needs_a_key(path):
    with pytest.raises(ValueError, match="`key` must be a str when `checkpoint` is a file"):
        maximize(lambda x: x, {"x": [1, 2]}, checkpoint=path)
    assert not path.with_suffix(".sqlite.lock").exists()
    result = maximize(lambda x: x, {"x": [1, 2]}, checkpoint=path, key="v1")
    assert result.best_score == 2
    with pytest.raises(CheckpointMismatchError, match="key: v1 there, v2 here"):
        maximize(lambda x: x, {"x": [1, 2]}, checkpoint=path, key="v2")


def test_a_resumed_search_optimises_no_candidate_again(path, monkeypatch):
    make_bayes(checkpoint=path, n_iter=12).fit(X, y)
    keep_first(path, 12 * 4 - 2)
    asked = []
    ask = BayesStrategy.ask
    monkeypatch.setattr(BayesStrategy, "ask", lambda self: asked.append(1) or ask(self))
    resumed = make_bayes(checkpoint=path, n_iter=13, refit=False).fit(X, y)
    assert len(asked) == 1
    monkeypatch.undo()
    assert_equal(resumed, make_bayes(n_iter=13, refit=False).fit(X, y))


@pytest.mark.parametrize("key", [3, "", b"v1"])
def test_a_key_is_a_text(key, path):
    said = f"The 'key' parameter of maximize must be a non-empty str or None. Got {key!r} instead."
    with pytest.raises(ValueError, match=re.escape(f"{said} Fix: key='v1' stands for")):
        maximize(height, {"x": [0.1]}, checkpoint=path, key=key)
    assert not path.exists()


def test_another_search_learns_from_a_checkpoint(path):
    old = make_random(checkpoint=path, n_iter=12).fit(X, y)
    by_path = make_bayes(initial_trials=path).fit(X[::2], y[::2])
    by_trials = make_bayes(initial_trials=old.trials_).fit(X[::2], y[::2])
    assert [t.params for t in by_path.trials_] == [t.params for t in by_trials.trials_]
    assert [t.params for t in by_path.trials_] != [
        t.params for t in make_bayes().fit(X[::2], y[::2]).trials_
    ]


def test_initial_trials_are_known_by_what_they_say(path, tmp_path):
    old = tmp_path / "old.sqlite"
    first = make_random(checkpoint=old, n_iter=6).fit(X, y)
    whole, n_fits = fit(make_bayes(checkpoint=path, initial_trials=old, refit=False))
    assert n_fits == 8 * 4
    elsewhere = tmp_path / "elsewhere.sqlite"
    old.rename(elsewhere)
    for same in (elsewhere, str(elsewhere), first.trials_, first.cv_results_):
        again, n_fits = fit(make_bayes(checkpoint=path, initial_trials=same, refit=False))
        assert n_fits == 0
        assert_equal(again, whole)
    make_random(checkpoint=old, n_iter=8).fit(X, y)
    said = "initial_trials: 6 trials there, 8 trials here"
    with pytest.raises(CheckpointMismatchError, match=said):
        make_bayes(checkpoint=path, initial_trials=old).fit(X, y)
    with pytest.raises(CheckpointMismatchError, match="initial_trials: 6 trials there, None here"):
        make_bayes(checkpoint=path).fit(X, y)


@pytest.mark.parametrize("is_object", [False, True])
def test_maximize_knows_initial_trials_too(is_object, path):
    space = {"x": Float(0, 0.9)}

    def call(old):
        own = {"random_state": 0, "initial_trials": old}
        if is_object:
            own = {"space": None, "strategy": BayesStrategy(space, **own)}
        else:
            own["space"] = space
        return maximize(height, n_iter=3, checkpoint=path, **own)

    old = maximize(height, space, n_iter=4, random_state=1).trials
    first = call(old)
    CALLS.clear()
    assert [t.params for t in call(list(old)).trials] == [t.params for t in first.trials]
    assert not CALLS
    with pytest.raises(CheckpointMismatchError, match="initial_trials: 4 trials there, 3 trials"):
        call(old[:3])
    others = maximize(height, space, n_iter=4, random_state=2).trials
    with pytest.raises(CheckpointMismatchError, match=r"differs in initial_trials\. Fit with"):
        call(others)
