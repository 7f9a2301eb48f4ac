"""What is intact of a damaged checkpoint goes on, and is never another score."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import warnings
from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import load_iris

from skhpo import (
    BayesSearch,
    Float,
    GridSearch,
    RandomSearch,
    maximize,
    read_checkpoint,
    recover_checkpoint,
)
from skhpo._journal_file import JournalFile, write_meta, write_rows
from skhpo._journal_rows import META_NAMES, digest_of

X, y = load_iris(return_X_y=True)
PAGE = 4096
N_FITS = [0]


class Counting(ClassifierMixin, BaseEstimator):
    """Counts its fits; its score depends on its parameters and on its rows."""

    def __init__(self, C=1.0, shift=0):
        self.C = C
        self.shift = shift

    def fit(self, X, y):
        N_FITS[0] += 1
        self.classes_ = np.unique(y)
        self.edge_ = np.quantile(X[:, 2], 1 / (1 + self.C)) + self.shift
        return self

    def predict(self, X):
        return np.where(X[:, 2] < self.edge_, 0, 1 + (X[:, 3] > 1.7))


SPACE = {"C": Float(1e-2, 1e2, log=True)}
N_CANDIDATES, N_FOLDS = 12, 4


def make_grid(**keywords):
    grid = {"C": np.logspace(-2, 2, N_CANDIDATES).tolist()}
    return GridSearch(Counting(), grid, cv=N_FOLDS, refit=False, **keywords)


def make_random(**keywords):
    defaults = {"n_iter": N_CANDIDATES, "random_state": 0, "cv": N_FOLDS, "refit": False}
    return RandomSearch(Counting(), SPACE, **(defaults | keywords))


def make_bayes(**keywords):
    defaults = {"n_iter": N_CANDIDATES, "random_state": 0, "cv": N_FOLDS, "refit": False}
    return BayesSearch(Counting(), SPACE, **(defaults | keywords))


MAKERS = {"grid": make_grid, "random": make_random, "bayes": make_bayes}


def fit(search):
    """Fit and say how many fits that took."""
    N_FITS[0] = 0
    search.fit(X, y)
    return search, N_FITS[0]


def assert_equal(one, other):
    for name, values in other.cv_results_.items():
        if "time" not in name:
            np.testing.assert_array_equal(one.cv_results_[name], values, err_msg=name)
    assert [t.origin for t in one.trials_] == [t.origin for t in other.trials_]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "search.sqlite"


@pytest.fixture
def to(tmp_path):
    return tmp_path / "new.sqlite"


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """For each strategy: a finished search, and the bytes of its checkpoint."""
    folder = tmp_path_factory.mktemp("finished")
    whole = {}
    for name, make in MAKERS.items():
        search = make(checkpoint=folder / name).fit(X, y)
        whole[name] = (search, (folder / name).read_bytes())
    return whole


def rows_of(path):
    """Rows of a sound checkpoint."""
    content = JournalFile(path).read()
    return set(content.candidates), set(content.folds)


def change(path, sql, *values):
    """Change a file in a way that SQLite takes for sound."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(sql, values)


def recover_or_not(path, to):
    """What was recovered, or the text of the error."""
    try:
        return recover_checkpoint(path, to)
    except ValueError as error:
        return str(error)


def assert_refused_or_resumed(name, damaged, finished, path, to):
    """Recover and go on: the same scores, and only what is lost is fitted; folds recovered."""
    search, _ = finished[name]
    path.write_bytes(damaged)
    recovered = recover_or_not(path, to)
    assert path.read_bytes() == damaged
    if isinstance(recovered, str):
        assert str(path) in recovered
        assert os.listdir(path.parent) == [path.name]
        return 0
    assert sorted(os.listdir(path.parent)) == [to.name, path.name]
    resumed, n_fits = fit(MAKERS[name](checkpoint=to))
    assert_equal(resumed, search)
    assert n_fits == N_CANDIDATES * N_FOLDS - recovered.n_folds
    return recovered.n_folds


# --- going on -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", MAKERS)
@pytest.mark.parametrize("share", [0.55, 0.75, 0.95])
def test_a_cut_file_resumes_as_if_uninterrupted(name, share, finished, path, to):
    _, content = finished[name]
    damaged = content[: int(share * len(content))]
    n_folds = assert_refused_or_resumed(name, damaged, finished, path, to)
    assert 0 < n_folds < N_CANDIDATES * N_FOLDS


def test_no_cut_becomes_a_score(finished, path, to):
    _, content = finished["random"]
    recovered = []
    for n_bytes in np.linspace(0, len(content), 25, dtype=int):
        to.unlink(missing_ok=True)
        damaged = content[:n_bytes]
        recovered.append(assert_refused_or_resumed("random", damaged, finished, path, to))
    # More is there of a longer file.
    assert recovered == sorted(recovered)
    assert (recovered[0], recovered[-1]) == (0, N_CANDIDATES * N_FOLDS)


def test_no_flipped_byte_becomes_a_score(finished, path, to):
    _, content = finished["random"]
    path.write_bytes(content)
    candidates, folds = rows_of(path)
    rng = np.random.default_rng(0)
    n_recovered = []
    for place in rng.integers(len(content), size=150):
        damaged = bytearray(content)
        damaged[place] ^= int(rng.integers(1, 256))
        path.write_bytes(damaged)
        to.unlink(missing_ok=True)
        recovered = recover_or_not(path, to)
        if isinstance(recovered, str):
            assert re.search("lost|format", recovered)
            continue
        n_recovered.append(recovered.n_folds)
        found = rows_of(to)
        assert found[0] <= candidates
        assert found[1] <= folds
    assert np.median(n_recovered) >= N_CANDIDATES * N_FOLDS - 1
    assert len(n_recovered) > 100


def test_a_page_of_zeros_costs_what_was_on_it(finished, path, to):
    _, content = finished["random"]
    n_folds = []
    for start in range(0, len(content), PAGE):
        to.unlink(missing_ok=True)
        damaged = content[:start] + bytes(PAGE) + content[start + PAGE :]
        n_folds.append(assert_refused_or_resumed("random", damaged, finished, path, to))
    # The first page has the header only, and what all folds need is there twice.
    assert n_folds[0] == N_CANDIDATES * N_FOLDS
    assert min(n_folds) > 0
    assert np.median(n_folds) > 0.7 * N_CANDIDATES * N_FOLDS


def test_maximize_goes_on(path, to):
    calls = []

    def height(x):
        calls.append(x)
        return -((x - 0.3) ** 2)

    keywords = {"strategy": "random", "n_iter": 60, "random_state": 0, "key": "v1"}
    whole = maximize(height, {"x": Float(0, 1)}, checkpoint=path, **keywords)
    path.write_bytes(path.read_bytes()[:-3000])
    recovered = recover_checkpoint(path, to)
    calls.clear()
    again = maximize(height, {"x": Float(0, 1)}, checkpoint=to, **keywords)
    assert len(calls) == 60 - recovered.n_folds > 0
    assert [t.mean_score() for t in again.trials] == [t.mean_score() for t in whole.trials]


def test_a_lost_candidate_is_known_by_its_folds(finished, path, to):
    path.write_bytes(finished["bayes"][1])
    before = read_checkpoint(path).trials
    change(path, "DELETE FROM candidates WHERE number IN (0, 4, 11)")
    with pytest.raises(ValueError, match=r"12 of 48 folds have no candidate; 48 folds of 12 cand"):
        read_checkpoint(path)
    recovered = recover_checkpoint(path, to)
    assert (recovered.n_candidates, recovered.n_folds) == (12, 48)
    assert read_checkpoint(to).trials == before


def test_candidates_lost_with_their_folds_are_asked_again(finished, path, to):
    path.write_bytes(finished["bayes"][1])
    change(path, "DELETE FROM folds WHERE candidate IN (1, 5, 6)")
    change(path, "DELETE FROM candidates WHERE id IN (1, 5, 6)")
    assert recover_checkpoint(path, to).n_candidates == 9
    resumed, n_fits = fit(make_bayes(checkpoint=to))
    assert_equal(resumed, finished["bayes"][0])
    assert n_fits == 3 * N_FOLDS


def test_folds_that_do_not_say_their_candidate_are_left_out_when_it_is_lost(finished, path, to):
    path.write_bytes(finished["grid"][1])
    file = JournalFile(path)
    content = file.read()
    first = [fold for fold in content.folds if fold.candidate == 1]
    silent = [replace(fold, result=fold.result.replace('"candidate"', '"other"')) for fold in first]
    with closing(file.open()) as connection:
        write_rows(connection, [], silent)
        connection.execute("DELETE FROM candidates WHERE id = 1")
    recovered = recover_checkpoint(path, to)
    assert (recovered.n_candidates, recovered.n_folds) == (11, 44)


# --- the log beside it --------------------------------------------------------------------


def write_killed(path, content):
    """Write a checkpoint as a process does that is killed: most of it is in the log."""
    file = JournalFile(path.with_name("open"))
    with closing(file.open()) as connection:
        write_meta(connection, content.meta)
        for row in content.candidates:
            write_rows(connection, [row], [f for f in content.folds if f.candidate == row.id])
        for end in ("", "-wal"):
            shutil.copy(f"{file.path}{end}", f"{path}{end}")
    os.unlink(file.path)


def test_the_log_counts_and_stays_as_it_is(finished, path, to):
    path.write_bytes(finished["random"][1])
    write_killed(path, JournalFile(path).read())
    log = path.with_name(f"{path.name}-wal")
    whole = bytearray(log.read_bytes())
    # SQLite ends at the first frame that is damaged.
    whole[len(whole) // 3] ^= 1
    log.write_bytes(whole)
    for n_bytes in (len(path.read_bytes()), 3000, 0):
        path.write_bytes(path.read_bytes()[:n_bytes])
        before = path.read_bytes()
        to.unlink(missing_ok=True)
        recovered = recover_checkpoint(path, to)
        assert recovered.n_folds >= N_CANDIDATES * N_FOLDS - 1
        assert (path.read_bytes(), log.read_bytes()) == (before, bytes(whole))
        assert sorted(os.listdir(path.parent)) == [to.name, path.name, log.name]
    resumed, n_fits = fit(make_random(checkpoint=to))
    assert_equal(resumed, finished["random"][0])
    assert n_fits == N_CANDIDATES * N_FOLDS - recovered.n_folds


@pytest.mark.parametrize("other", [{"random_state": 1}, {"cv": 3}], ids=["seed", "folds"])
def test_a_log_of_another_search_is_refused(other, finished, path, to):
    make_random(checkpoint=path, n_iter=2, **other).fit(X, y)
    write_killed(path, JournalFile(path).read())
    path.write_bytes(finished["random"][1])
    with pytest.raises(ValueError, match=r"-wal beside it is of another search: move that"):
        recover_checkpoint(path, to)
    assert not to.exists()
    os.unlink(f"{path}-wal")
    assert recover_checkpoint(path, to).n_folds == N_CANDIDATES * N_FOLDS


# --- what the errors say ------------------------------------------------------------------

SAYS = {
    "page": (lambda c: c[: 9 * PAGE] + bytes(PAGE) + c[10 * PAGE :], "pages damaged|malformed"),
    "cut": (lambda c: c[:-PAGE], "malformed|pages damaged"),
    "header": (lambda c: b"x" * 100 + c[100:], "its header is damaged"),
}


@pytest.mark.parametrize("name", SAYS)
def test_an_error_says_how_much_is_intact_and_what_to_do(name, finished, path, to):
    damage, said = SAYS[name]
    damaged = damage(finished["grid"][1])
    path.write_bytes(damaged)
    N_FITS[0] = 0
    for use in (lambda: make_grid(checkpoint=path).fit(X, y), lambda: read_checkpoint(path)):
        with pytest.raises(ValueError, match=said) as caught:
            use()
        fix = f"skhpo.recover_checkpoint({str(path)!r}, to) makes a new file of them"
        n_folds, n_candidates = re.search(
            r"; (\d+) folds of (\d+) candidates are intact: " + re.escape(fix), str(caught.value)
        ).groups()
    assert N_FITS[0] == 0
    assert path.read_bytes() == damaged
    recovered = recover_checkpoint(path, to)
    assert (recovered.n_folds, recovered.n_candidates) == (int(n_folds), int(n_candidates))
    assert str(recovered) == (
        f"{to}: GridSearch, {n_folds} folds of {n_candidates} candidates recovered"
    )


@pytest.mark.parametrize("result", ["{}", b"\xff\xfe"], ids=["text", "bytes"])
def test_a_wrong_digest_costs_its_fold(result, finished, path, to):
    path.write_bytes(finished["grid"][1])
    change(path, "UPDATE folds SET result = CAST(? AS TEXT) WHERE rowid = 7", result)
    with pytest.raises(ValueError, match="1 of 48 folds are damaged; 47 folds of 12 candidates"):
        read_checkpoint(path)
    assert recover_checkpoint(path, to).n_folds == 47
    resumed, n_fits = fit(make_grid(checkpoint=to))
    assert_equal(resumed, finished["grid"][0])
    assert n_fits == 1


@pytest.mark.parametrize("name", ["identity", "seed", "lag", "splits", "division"])
def test_without_what_all_folds_need_nothing_is_made(name, finished, path, to):
    path.write_bytes(finished["random"][1])
    for table in ("meta", "meta_copy"):
        change(path, f"UPDATE {table} SET value = '7' WHERE name = ?", name)
    said = rf"48 folds of 12 candidates are intact, but of no use without what is lost \({name}\)"
    with pytest.raises(ValueError, match=f"1 of 5 entries are damaged; {said}"):
        read_checkpoint(path)
    with pytest.raises(ValueError, match=f"`path` must be an intact checkpoint, got .*{said}"):
        recover_checkpoint(path, to)
    assert not to.exists()


@pytest.mark.parametrize("name", ["identity", "seed", "lag", "splits", "division"])
@pytest.mark.parametrize("table", ["meta", "meta_copy"])
def test_what_all_folds_need_is_there_twice(table, name, finished, path, to):
    path.write_bytes(finished["random"][1])
    change(path, f"UPDATE {table} SET value = '7' WHERE name = ?", name)
    if table == "meta":
        with pytest.raises(ValueError, match=r"48 folds of 12 candidates are intact: skhpo\.rec"):
            read_checkpoint(path)
    assert recover_checkpoint(path, to).n_folds == N_CANDIDATES * N_FOLDS
    for table in ("meta", "meta_copy"):
        assert_digests_are_right(to, table)


def assert_digests_are_right(path, table):
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute(f"SELECT * FROM {table}").fetchall()
    assert {name for name, _, _ in rows} == META_NAMES
    assert all(digest == digest_of(name, value) for name, value, digest in rows)


def test_a_file_without_the_copy_gets_one(finished, path):
    path.write_bytes(finished["grid"][1])
    change(path, "DROP TABLE meta_copy")
    resumed, n_fits = fit(make_grid(checkpoint=path))
    assert_equal(resumed, finished["grid"][0])
    assert n_fits == 0
    assert_digests_are_right(path, "meta_copy")


# --- places -------------------------------------------------------------------------------


@pytest.mark.parametrize("there", ["new.sqlite", "new.sqlite-wal", "new.sqlite-journal"])
@pytest.mark.parametrize("kind", ["file", "folder"])
def test_what_is_there_is_never_replaced(there, kind, finished, path, to):
    path.write_bytes(finished["grid"][1])
    place = path.parent / there
    if kind == "folder":
        place.mkdir()
    else:
        place.write_text("mine")
    said = f"`to` must be a file that does not exist, got .* where '.*{there}' is there already"
    with pytest.raises(FileExistsError, match=said):
        recover_checkpoint(path, to)
    assert kind == "folder" or place.read_text() == "mine"
    assert sorted(os.listdir(path.parent)) == sorted([there, path.name])


def test_a_file_is_not_recovered_into_itself(finished, path):
    path.write_bytes(finished["grid"][1][:-PAGE])
    with pytest.raises(FileExistsError, match="`to` must be a file that does not exist"):
        recover_checkpoint(path, path)


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_a_link_to_nowhere_is_something(finished, path, to):
    path.write_bytes(finished["grid"][1])
    to.symlink_to(path.with_name("nowhere"))
    with pytest.raises(FileExistsError, match="is there already"):
        recover_checkpoint(path, to)


BAD_SOURCES = {
    "none": (lambda path: None, FileNotFoundError, "`path` must be a file that exists"),
    "folder": (lambda path: path.mkdir(), IsADirectoryError, "which is no file"),
    "empty": (lambda path: path.write_bytes(b""), ValueError, "which is empty"),
    "text": (lambda path: path.write_text("x" * 9000), ValueError, "another kind of file"),
}


@pytest.mark.parametrize("name", BAD_SOURCES)
def test_a_source_of_another_kind_is_refused(name, path, to):
    make, error, said = BAD_SOURCES[name]
    make(path)
    with pytest.raises(error, match=said):
        recover_checkpoint(path, to)
    assert not to.exists()


def test_a_checkpoint_of_a_later_format_is_refused(finished, path, to):
    path.write_bytes(finished["grid"][1])
    change(path, "PRAGMA user_version = 2")
    with pytest.raises(ValueError, match="whose format is 2; upgrade skhpo"):
        recover_checkpoint(path, to)


def test_a_folder_that_is_not_there_is_named(finished, path):
    path.write_bytes(finished["grid"][1])
    with pytest.raises(FileNotFoundError, match="`to` must be in a folder that exists"):
        recover_checkpoint(path, path.parent / "none" / "new.sqlite")


@pytest.mark.parametrize("parameter", ["path", "to"])
def test_what_is_no_path_is_refused(parameter, path):
    arguments = {"path": path, "to": path} | {parameter: 3}
    with pytest.raises(TypeError, match=f"`{parameter}` must be a str or path-like, got 3"):
        recover_checkpoint(**arguments)


def test_a_sound_file_is_copied_whole(finished, path, to):
    path.write_bytes(finished["bayes"][1])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        recover_checkpoint(path, to)
    assert rows_of(to) == rows_of(path)
    assert JournalFile(to).read().meta == JournalFile(path).read().meta
