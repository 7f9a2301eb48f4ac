"""The file of a test ledger: made, checked, opened and read.

It is one SQLite file with a rollback journal. `spent` has a row for each score: what
`LedgerRecord` has, the key of the test set, the sorted fingerprints of its rows, and a
digest of all of it, so that damage is never read as a record. `holder` has one row, about
the process that scores.

The header is read before SQLite opens the file: SQLite would mend another program's file
that was left in the middle of a transaction.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from skhpo._ledger_record import LedgerRecord
from skhpo._tokens import Fingerprints

_FORMAT = 1
_APPLICATION = int.from_bytes(b"skhp", "big")
# Where SQLite's header of 100 bytes keeps them (https://sqlite.org/fileformat.html, 1.3).
_MAGIC = b"SQLite format 3\0"
_FORMAT_AT = slice(60, 64)
_APPLICATION_AT = slice(68, 72)

_SCHEMA = f"""
PRAGMA application_id = {_APPLICATION};
PRAGMA user_version = {_FORMAT};
CREATE TABLE spent (
    number INTEGER PRIMARY KEY, key TEXT, use TEXT, search TEXT, estimator TEXT, metric TEXT,
    n_rows INTEGER, scored_at TEXT, score TEXT, rows BLOB, digest BLOB
);
CREATE TABLE holder (token TEXT, pid INTEGER, host TEXT, search TEXT, since TEXT);
"""
# Readers share the file, and keep a commit waiting for as long as they read.
_BUSY_SECONDS = 20.0
# What is wrong around a file, not in it.
_OUTSIDE = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_READONLY,
}


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


class LedgerFile:
    """A ledger's file.

    Parameters
    ----------
    path : str or path-like
        Where it is; made absolute, so that another working directory changes nothing.
    parameter : str, default="test_ledger"
        What errors call it.
    """

    def __init__(self, path: str | os.PathLike[str], parameter: str = "test_ledger") -> None:
        self.path = os.path.abspath(os.fsdecode(path))
        self._parameter = parameter

    def prepare(self) -> None:
        """Make the file if it is not there, and check that it can be read and written.

        Raises
        ------
        OSError
            If the place cannot be used.
        ValueError
            If the file is no ledger, or damaged.
        """
        self.check_writable()
        if not os.path.exists(self.path):
            self._create()
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

    def check_writable(self) -> None:
        """Check that the file, and beside it a journal, can be written.

        Raises
        ------
        OSError
            If not.
        """
        folder = os.path.dirname(self.path)
        if not os.path.isdir(folder):
            raise FileNotFoundError(
                self._say("be in a folder that exists", "; make the folder first")
            )
        for place in (self.path, folder):
            if os.path.exists(place) and not os.access(place, os.R_OK | os.W_OK):
                raise PermissionError(
                    self._say(
                        "be a file that can be written, in a folder that can",
                        f", where {place!r} is read-only; change its permissions or name another",
                    )
                )

    def connect(self) -> sqlite3.Connection:
        """Open the file, which must be a ledger; it is never made here.

        Returns
        -------
        connection : sqlite3.Connection
            In autocommit mode.

        Raises
        ------
        OSError
            If it is not there, or no file.
        ValueError
            If it is no ledger, or that of a newer version.
        """
        self._check_header()
        uri = Path(self.path).as_uri() + "?mode=rw"
        return sqlite3.connect(uri, uri=True, timeout=_BUSY_SECONDS, isolation_level=None)

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
        if connection.execute("PRAGMA integrity_check(1)").fetchall() != [("ok",)]:
            raise self._damaged("SQLite finds its pages damaged")
        rows = connection.execute("SELECT * FROM spent ORDER BY number").fetchall()
        for number, row in enumerate(rows, start=1):
            if row[0] != number or row[-1] != _digest(*row[:-1]):
                raise self._damaged(f"record {number} of {len(rows)} is damaged")
        return [_decode(*row[1:-1]) for row in rows]

    def insert(self, connection: sqlite3.Connection, entry: Entry) -> None:
        """Insert an entry, without a commit."""
        (last,) = connection.execute("SELECT count(*) FROM spent").fetchone()
        *texts, score = astuple(entry.record)
        blob = entry.rows.astype("<u8").tobytes()
        row = (last + 1, entry.key, *texts, repr(score), blob)
        marks = ", ".join("?" * (len(row) + 1))
        connection.execute(f"INSERT INTO spent VALUES ({marks})", (*row, _digest(*row)))

    @contextmanager
    def translated_errors(self) -> Iterator[None]:
        """Turn SQLite's errors into ones that name the file and what to do."""
        try:
            yield
        except sqlite3.Error as error:
            # Extended codes keep the primary one in the last byte.
            if getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF in _OUTSIDE:
                rest = f", where SQLite says: {error}; mend that and try again"
                raise OSError(self._say("be a file that can be read and written", rest)) from error
            raise self._damaged(f"SQLite says: {error}") from error

    def _create(self) -> None:
        """Make an empty ledger, complete from the first moment, unless another is faster."""
        with closing(sqlite3.connect(":memory:")) as connection:
            connection.executescript(_SCHEMA)
            image = connection.serialize()
        draft = f"{self.path}.{uuid.uuid4().hex}"
        try:
            with open(draft, "xb") as file:
                file.write(image)
                file.flush()
                os.fsync(file.fileno())
            try:
                os.link(draft, self.path)
            except FileExistsError:
                pass
            except OSError:  # a file system without hard links
                if not os.path.exists(self.path):
                    os.rename(draft, self.path)
        except OSError as error:
            rest = f", where it cannot be made: {error}; mend that or name another place"
            raise type(error)(self._say("be a file that can be written", rest)) from error
        finally:
            if os.path.exists(draft):
                os.unlink(draft)

    def _check_header(self) -> None:
        """Check that the file is there, and a ledger of a format that is known."""
        if not os.path.exists(self.path):
            rest = ", which is not there; give it back, or fit with `test_ledger` to begin one"
            raise FileNotFoundError(self._say("be a file that exists", rest))
        if not os.path.isfile(self.path):
            rest = ", which is no file; name a file in it, such as 'spent.sqlite'"
            raise IsADirectoryError(self._say("be a file", rest))
        try:
            with open(self.path, "rb") as file:
                header = file.read(100)
        except OSError as error:
            rest = f", where Python says: {error}; change its permissions"
            raise type(error)(self._say("be a file that can be read", rest)) from error
        other = "; name another file, and leave this one as it is"
        if len(header) < 100 or not header.startswith(_MAGIC):
            what = ", which is empty" if not header else ", which is another kind of file"
            raise ValueError(self._say("be a test ledger", f"{what} or damaged{other}"))
        if int.from_bytes(header[_APPLICATION_AT], "big") != _APPLICATION:
            raise ValueError(
                self._say("be a test ledger", f", an SQLite file of another program{other}")
            )
        written = int.from_bytes(header[_FORMAT_AT], "big")
        if written != _FORMAT:
            rest = f", whose format is {written}; upgrade skhpo"
            raise ValueError(self._say(f"be of format {_FORMAT}, which this skhpo knows", rest))

    def _say(self, rule: str, rest: str) -> str:
        """Word an error: parameter, rule, value, fix."""
        return f"`{self._parameter}` must {rule}, got {self.path!r}{rest}."

    def _damaged(self, what: str) -> ValueError:
        """The error of a damaged file."""
        return ValueError(
            self._say(
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
