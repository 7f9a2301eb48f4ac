"""The ledger's file: what it keeps, what it refuses, and that damage is never a record."""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import sys
import tempfile
import threading
import warnings
from contextlib import closing
from dataclasses import FrozenInstanceError
from pathlib import Path

import numpy as np
import pytest

from skhpo import Ledger, LedgerRecord, read_ledger
from skhpo._ledger import Entry, LedgerFile, hold


def entry(number=0, n_rows=20, score=0.75, use=None):
    rows = np.sort(np.random.default_rng(number).integers(2**64, size=n_rows, dtype=np.uint64))
    record = LedgerRecord(
        use or f"use {number}", "GridSearch", "SVC", "accuracy", n_rows, "2026-01-01", score
    )
    return Entry(f"key {number}", record, rows)


def write(path, *entries):
    LedgerFile(path).prepare()
    for item in entries:
        with hold(path, "GridSearch") as ledger:
            ledger.commit(item)
    return path


@pytest.fixture
def path(tmp_path):
    return tmp_path / "spent.sqlite"


def assert_same(found, expected):
    assert [(e.key, e.record) for e in found] == [(e.key, e.record) for e in expected]
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one.rows, other.rows)
        assert one.rows.dtype == np.uint64


# What it keeps ------------------------------------------------------------------------


def test_entries_come_back_in_order(path):
    entries = [entry(0), entry(1, n_rows=0), entry(2, score=-np.inf)]
    write(path, *entries)
    assert_same(LedgerFile(path).read(), entries)
    assert os.listdir(path.parent) == [path.name]


def test_a_score_that_is_no_number_comes_back(path):
    write(path, entry(score=np.nan))
    (record,) = read_ledger(path).records
    assert np.isnan(record.score)


def test_read_ledger_gives_a_table(path):
    write(path, entry(0), entry(1, score=0.123456789))
    ledger = read_ledger(str(path))
    assert ledger == Ledger(str(path), (entry(0).record, entry(1, score=0.123456789).record))
    lines = str(ledger).splitlines()
    assert lines[0].split() == ["scored_at", "search", "estimator", "metric", "n_rows", "score"]
    assert lines[2].split() == ["2026-01-01", "GridSearch", "SVC", "accuracy", "20", "0.1235"]
    with pytest.raises(FrozenInstanceError, match="score"):
        ledger.records[0].score = 1.0


def test_the_frame_has_a_row_for_each_record(path):
    pytest.importorskip("pandas")
    write(path)
    assert list(read_ledger(path).to_frame()) == list(LedgerRecord.__dataclass_fields__)
    write(path, entry(0), entry(1))
    assert list(read_ledger(path).to_frame()["use"]) == ["use 0", "use 1"]


def test_a_path_is_absolute_and_taken_as_it_is(path, monkeypatch):
    monkeypatch.chdir(path.parent)
    file = LedgerFile("#1?mode=memory%20.sqlite")
    file.prepare()
    assert os.listdir(".") == ["#1?mode=memory%20.sqlite"]
    monkeypatch.chdir("/")
    assert file.read() == []


def test_leaving_without_a_commit_changes_nothing(path):
    write(path, entry(0))
    with pytest.raises(KeyboardInterrupt, match="now"), hold(path, "GridSearch"):
        raise KeyboardInterrupt("now")
    with hold(path, "GridSearch"):
        pass
    assert_same(LedgerFile(path).read(), [entry(0)])


def test_readers_read_while_another_scores(path):
    write(path, entry(0))
    with hold(path, "GridSearch"):
        assert len(read_ledger(path).records) == 1
        LedgerFile(path).prepare()


def test_threads_that_begin_a_ledger_at_once_share_it(path):
    n_threads = 8
    barrier = threading.Barrier(n_threads)

    def run(number):
        barrier.wait()
        LedgerFile(path).prepare()
        with hold(path, "GridSearch") as ledger:
            ledger.commit(entry(number))

    threads = [threading.Thread(target=run, args=(number,)) for number in range(n_threads)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    entries = LedgerFile(path).read()
    assert sorted(e.key for e in entries) == [f"key {number}" for number in range(n_threads)]
    assert os.listdir(path.parent) == [path.name]


def test_a_thread_does_not_wait_for_itself(path):
    write(path)
    with (
        hold(path, "GridSearch"),
        pytest.raises(RuntimeError, match="must not score a test set of the ledger by which"),
        hold(os.path.relpath(path), "GridSearch"),
    ):
        pytest.fail("waited for itself")
    with hold(path, "GridSearch"):
        pass


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this platform")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_fork_does_not_record_for_its_parent(path):
    write(path)
    with hold(path, "GridSearch") as ledger:
        child = os.fork()
        if child == 0:
            try:
                ledger.commit(entry(1))
            except RuntimeError as error:
                os._exit("must be recorded by the process that began it" not in str(error))
            os._exit(2)
        _, status = os.waitpid(child, 0)
        assert os.waitstatus_to_exitcode(status) == 0
        ledger.commit(entry(0))
    assert_same(LedgerFile(path).read(), [entry(0)])


# Waiting ------------------------------------------------------------------------------


def test_who_waits_says_once_for_whom(path):
    write(path)
    is_held, was_told = threading.Event(), threading.Event()

    def keep():
        with hold(path, "BayesSearch"):
            is_held.set()
            was_told.wait(60)

    holder = threading.Thread(target=keep)
    holder.start()
    is_held.wait()

    def tell(*args, **keywords):
        caught.append(args[0])
        was_told.set()

    caught = []
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.showwarning = tell
        with hold(path, "GridSearch"):
            pass
    holder.join()
    (warning,) = caught
    assert re.search(
        rf"score_test waits for '{path}', which process {os.getpid()} on '.+' has held since "
        r"20.+ to score a BayesSearch; .* Ctrl-C ends the wait",
        str(warning),
    )


# Places that cannot be used -----------------------------------------------------------


@pytest.mark.parametrize("use", [LedgerFile.prepare, LedgerFile.read])
@pytest.mark.parametrize(
    ("place", "error", "match"),
    [
        ("folder", IsADirectoryError, "must be a file, got '.*folder', which is no file; name"),
        ("text", ValueError, "which is another kind of file or damaged; name another file"),
        ("empty", ValueError, "must be a test ledger, got '.*empty', which is empty or damaged"),
        ("foreign", ValueError, "an SQLite file of another program; name another file"),
        ("newer", ValueError, "of format 1, which this skhpo knows, got .* is 2; upgrade skhpo"),
    ],
)
def test_another_thing_in_its_place_is_refused_and_not_touched(tmp_path, use, place, error, match):
    path = tmp_path / place
    if place == "folder":
        path.mkdir()
    elif place in ("text", "empty"):
        path.write_text("" if place == "empty" else "a,b\n" * 100)
    else:
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("CREATE TABLE mine (x)")
        if place == "newer":
            path.unlink()
            write(path)
            with closing(sqlite3.connect(path)) as connection:
                connection.execute("PRAGMA user_version = 2")
    before = None if place == "folder" else path.read_bytes()
    with pytest.raises(error, match=match):
        use(LedgerFile(path))
    assert os.listdir(tmp_path) == [place]
    assert place == "folder" or path.read_bytes() == before


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"in a folder that exists, got '.*'; make the"):
        LedgerFile(tmp_path / "not" / "there").prepare()
    with pytest.raises(FileNotFoundError, match=r"in a folder that exists, got '.*~.x'"):
        LedgerFile("~/x").prepare()


def test_reading_does_not_make_a_file(path):
    with pytest.raises(FileNotFoundError, match=r"`path` must be a file that exists, got '.*'"):
        read_ledger(path)
    with (
        pytest.raises(FileNotFoundError, match="`test_ledger` must be a file that exists"),
        hold(path, "GridSearch"),
    ):
        pytest.fail("was held")
    assert os.listdir(path.parent) == []


def run_alone(script, path):
    """Run a script on a path in a process of its own, whose coverage is not measured."""
    # The process cannot write, and coverage would say so.
    environment = {k: v for k, v in os.environ.items() if not k.startswith("COVERAGE_")}
    return subprocess.run(
        [sys.executable, "-c", script, str(path)],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[1],
        env=environment,
    )


READ_ONLY = """
import os, sys
from skhpo import read_ledger
from skhpo._ledger import LedgerFile
if os.getuid() == 0:  # who may write everything
    os.setuid(65534)
print(len(read_ledger(sys.argv[1]).records))
try:
    LedgerFile(sys.argv[1]).prepare()
except PermissionError as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="permissions are others on Windows")
@pytest.mark.parametrize("place", ["file", "folder"])
def test_what_is_read_only_can_be_read_and_not_named(place):
    # Not in pytest's folders, which let nobody but their owner pass.
    with tempfile.TemporaryDirectory() as folder:
        path = write(Path(folder) / "spent.sqlite", entry())
        path.chmod(0o444 if place == "file" else 0o666)
        path.parent.chmod(0o555 if place == "folder" else 0o777)
        done = run_alone(READ_ONLY, path)
        path.parent.chmod(0o755)
    assert done.stderr == ""
    first, second = done.stdout.splitlines()
    assert first == "1"
    culprit = path if place == "file" else path.parent
    assert re.search(f"must be a file that can be written, .* where '{culprit}' is read", second)


FULL = """
import resource, signal, sys
import numpy as np
from skhpo._ledger import Entry, LedgerFile, hold
from tests.test_ledger import entry
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
with hold(sys.argv[1], "GridSearch") as ledger:
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
    try:
        ledger.commit(entry(1, n_rows=100_000))
    except OSError as error:
        print(error)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="no limit on the size of files")
def test_a_full_disk_hands_out_no_score(path):
    write(path, entry(0))
    done = run_alone(FULL, path)
    assert done.stderr == ""
    assert re.search(
        f"must take the record before a score is handed out, got '.+' from '{path}'; nothing is "
        "spent",
        done.stdout,
    )
    assert_same(LedgerFile(path).read(), [entry(0)])
    write(path, entry(1))
    assert_same(LedgerFile(path).read(), [entry(0), entry(1)])


# Damage -------------------------------------------------------------------------------


def read_or_refuse(path):
    """The entries; None where the error says that the file is damaged or no ledger."""
    try:
        return LedgerFile(path).read()
    except (ValueError, OSError) as error:
        return None if str(path) in str(error) else str(error)


def test_a_flipped_bit_is_never_a_wrong_record(path):
    entries = [entry(0), entry(1), entry(2, n_rows=1000)]
    image = bytearray(write(path, *entries).read_bytes())
    rng = np.random.default_rng(0)
    # The headers of the file and of its pages in full, and bytes from everywhere.
    places = {*range(120), *rng.integers(len(image), size=400).tolist()}
    places |= {page + k for page in range(0, len(image), 4096) for k in range(12)}
    n_refused = 0
    for place in sorted(places):
        damaged = bytearray(image)
        damaged[place] ^= 1 << int(rng.integers(8))
        path.write_bytes(damaged)
        found = read_or_refuse(path)
        n_refused += found is None
        if found is not None:
            assert_same(found, entries)
        for leftover in set(path.parent.iterdir()) - {path}:
            leftover.unlink()
    assert n_refused > len(places) / 4


def test_a_truncated_file_is_refused(path):
    image = write(path, entry(0), entry(1, n_rows=3000)).read_bytes()
    for size in [*range(0, len(image), 1024), len(image) - 1]:
        path.write_bytes(image[:size])
        with pytest.raises(ValueError, match=r"damaged|malformed"):
            LedgerFile(path).read()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE spent SET score = '0.9' WHERE number = 1",
        "UPDATE spent SET score = x'00' WHERE number = 1",
        "UPDATE spent SET rows = NULL WHERE number = 1",
        "DELETE FROM spent WHERE number = 1",
        "UPDATE spent SET number = 7 WHERE number = 1",
    ],
)
def test_a_record_changed_by_hand_is_refused(path, statement):
    write(path, entry(0), entry(1))
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement)
    with pytest.raises(ValueError, match=r"intact ledger, got '.*', where record 1 of"):
        read_ledger(path)


def test_a_ledger_without_its_tables_is_refused(path):
    write(path, entry(0))
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DROP TABLE spent")
    with pytest.raises(ValueError, match="where SQLite says: no such table: spent; restore"):
        read_ledger(path)
    with pytest.raises(ValueError, match="no such table"), hold(path, "GridSearch"):
        pytest.fail("was held")


def test_what_is_no_path_is_named():
    with pytest.raises(
        TypeError, match="`path` must be a str or path-like, got None; pass the file"
    ):
        read_ledger(None)
