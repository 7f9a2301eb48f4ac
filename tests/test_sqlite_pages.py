"""Pages read one by one give the rows that SQLite gives."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing

import numpy as np
import pytest

from skhpo._sqlite_pages import find_rows

# Integers of each serial type, and lengths around what fits on a page of each size.
INTEGERS = [0, 1, -1, 127, -128, 2**15, -(2**15), 2**23, 2**31, -(2**31), 2**47, 2**63 - 1]
LENGTHS = [0, 1, 400, 470, 480, 1000, 3900, 4050, 4060, 4070, 5000, 30_000, 65_500, 200_000]


def write_table(path, page_size):
    """A table, and what SQLite reads of it."""
    rng = np.random.default_rng(0)
    rows = [(None, value, "ä" * 3, b"x") for value in INTEGERS]
    rows += [(None, 7, "t" * (n // 3), rng.bytes(n)) for n in LENGTHS]
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA page_size = {page_size}")
        connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER, b TEXT, c BLOB)")
        connection.executemany("INSERT INTO t VALUES (?, ?, ?, ?)", rows)
        connection.commit()
        return connection.execute("SELECT * FROM t").fetchall()


def found(path):
    """Rows of the table, not of the schema."""
    return {rowid: values[1:] for rowid, values in find_rows(str(path)) if len(values) == 4}


@pytest.mark.parametrize("page_size", [512, 1024, 4096, 65536])
def test_all_rows_are_found(page_size, tmp_path):
    expected = write_table(tmp_path / "t", page_size)
    assert found(tmp_path / "t") == {row[0]: row[1:] for row in expected}


def test_a_lost_first_page_hides_no_other(tmp_path):
    path = tmp_path / "t"
    expected = write_table(path, 4096)
    path.write_bytes(bytes(4096) + path.read_bytes()[4096:])
    assert found(path) == {row[0]: row[1:] for row in expected}


def test_the_newest_version_in_the_log_comes_last(tmp_path):
    first, copy = tmp_path / "first", tmp_path / "copy"
    with closing(sqlite3.connect(first, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER, b TEXT, c BLOB)")
        for version in range(3):
            connection.execute(
                "INSERT OR REPLACE INTO t VALUES (1, ?, 'b', ?)", (version, bytes(9000))
            )
        for end in ("", "-wal"):
            shutil.copy(f"{first}{end}", f"{copy}{end}")
    assert found(copy) == {1: (2, "b", bytes(9000))}
    # Frames of before a log was begun again are older than the file.
    log = (tmp_path / "copy-wal").read_bytes()
    (tmp_path / "copy-wal").write_bytes(log[:16] + b"other" + log[21:])
    assert found(copy) == {}


def test_bytes_at_random_are_no_rows_and_no_errors(tmp_path):
    path = tmp_path / "t"
    write_table(path, 1024)
    content = path.read_bytes()
    rng = np.random.default_rng(0)
    for _ in range(10):
        damaged = bytearray(content)
        for place in rng.integers(len(content), size=300):
            damaged[place] = rng.integers(256)
        path.write_bytes(damaged)
        assert all(isinstance(rowid, int) for rowid, _ in find_rows(str(path)))
