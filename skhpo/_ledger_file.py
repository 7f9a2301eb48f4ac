"""The file of a test ledger: made, checked, opened and read.

It is one SQLite file with a rollback journal. `spent` has a row for each score: what
`LedgerRecord` has, the key of the test set, the sorted fingerprints of its rows, and a
digest of all of it, so that damage is never read as a record. `holder` has one row, about
the process that scores.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from contextlib import closing
from dataclasses import astuple, dataclass
from typing import Any

import numpy as np

from skhpo._ledger_record import LedgerRecord
from skhpo._sqlite_file import FileKind, SqliteFile
from skhpo._tokens import Fingerprints

_KIND = FileKind(
    noun="test ledger",
    parameter="test_ledger",
    example="spent.sqlite",
    begin="fit with `test_ledger` to begin one",
    application=b"skhp",
    format=1,
    schema="""
CREATE TABLE spent (
    number INTEGER PRIMARY KEY, key TEXT, use TEXT, search TEXT, estimator TEXT, metric TEXT,
    n_rows INTEGER, scored_at TEXT, score TEXT, rows BLOB, digest BLOB
);
CREATE TABLE holder (token TEXT, pid INTEGER, host TEXT, search TEXT, since TEXT);
""",
)


@dataclass(frozen=True)
class Entry:
    """A record, and what only the guard needs.

    Parameters
    ----------
    key : str
        Identity of the test set.
    record : LedgerRecord
        What people read.
    rows : ndarray of uint64, shape (n_rows,)
        Sorted fingerprints.
    """

    key: str
    record: LedgerRecord
    rows: Fingerprints


class LedgerFile(SqliteFile):
    """A ledger's file."""

    kind = _KIND

    def prepare(self) -> None:
        """Make the file if it is not there, and check that it can be read and written.

        Raises
        ------
        OSError
            If the place cannot be used.
        ValueError
            If the file is no ledger, or damaged.
        """
        self.make()
        self.read()

    def read(self) -> list[Entry]:
        """Read all entries, the oldest first.

        Returns
        -------
        entries : list of Entry

        Raises
        ------
        OSError, ValueError
            As `prepare` raises them.
        """
        with self.translated_errors(), closing(self.connect()) as connection:
            return self.read_entries(connection)

    def read_entries(self, connection: sqlite3.Connection) -> list[Entry]:
        """Read all entries by an open connection.

        Returns
        -------
        entries : list of Entry

        Raises
        ------
        ValueError
            If anything is damaged.
        """
        self.check_pages(connection)
        rows = connection.execute("SELECT * FROM spent ORDER BY number").fetchall()
        for number, row in enumerate(rows, start=1):
            if row[0] != number or row[-1] != _digest(*row[:-1]):
                raise self.damaged(f"record {number} of {len(rows)} is damaged")
        return [_decode(*row[1:-1]) for row in rows]

    def insert(self, connection: sqlite3.Connection, entry: Entry) -> None:
        """Insert an entry, without a commit."""
        (last,) = connection.execute("SELECT count(*) FROM spent").fetchone()
        *texts, score = astuple(entry.record)
        blob = entry.rows.astype("<u8").tobytes()
        row = (last + 1, entry.key, *texts, repr(score), blob)
        marks = ", ".join("?" * (len(row) + 1))
        connection.execute(f"INSERT INTO spent VALUES ({marks})", (*row, _digest(*row)))

    def damaged(self, what: str) -> ValueError:
        """The error of a damaged file."""
        return ValueError(
            self.say(
                "be an intact ledger",
                f", where {what}; restore a copy of it, or name another file, which does not "
                "know what was spent",
            )
        )


def _digest(*fields: Any) -> bytes | None:
    """Digest of a row but for its digest; None for values that were never written."""
    *plain, blob = fields
    try:
        state = hashlib.blake2b(json.dumps(plain).encode(), digest_size=16)
        state.update(blob)
    except TypeError:
        return None
    return state.digest()


def _decode(key: str, *fields: Any) -> Entry:
    """Make an entry of a row whose digest is right."""
    use, search, estimator, metric, n_rows, scored_at, score, blob = fields
    record = LedgerRecord(use, search, estimator, metric, n_rows, scored_at, float(score))
    return Entry(key, record, np.frombuffer(blob, dtype="<u8").astype(np.uint64))
