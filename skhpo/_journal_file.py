"""The file of a checkpoint: candidates and finished folds, each with a digest.

It is one SQLite file with a write-ahead log. `meta` has what all folds have in common, and
`meta_copy` has it once more: with a byte of the one damaged, folds are of use by the other.
`candidates` a row for each candidate, with its parameters as JSON; `folds` a row for each
finished fold: its scores and its candidate as JSON, and what the estimator answered as bytes. A
digest of each row is kept in it, so that damage is never read as a score. Nothing is unpickled.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from typing import Any

from skhpo._journal_rows import CandidateRow, Content, FoldRow, digest_of, find_intact
from skhpo._sqlite_file import FileKind, SqliteFile

_KIND = FileKind(
    noun="checkpoint",
    parameter="checkpoint",
    example="search.sqlite",
    begin="fit with `checkpoint` to begin one",
    application=b"skcp",
    format=1,
    schema="""
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT, digest BLOB);
CREATE TABLE candidates (
    id INTEGER PRIMARY KEY, number INTEGER, params TEXT, origin TEXT, digest BLOB
);
CREATE TABLE folds (
    candidate INTEGER, fold INTEGER, result TEXT, responses BLOB, digest BLOB,
    PRIMARY KEY (candidate, fold)
);
""",
)


class JournalFile(SqliteFile):
    """A checkpoint's file."""

    kind = _KIND

    def open(self) -> sqlite3.Connection:
        """Open it for writing, from any thread; it is made if it is not there.

        Raises
        ------
        OSError
            If the place cannot be used.
        ValueError
            If the file is no checkpoint, or damaged.
        """
        self.make()
        with self.translated_errors():
            connection = self.connect(any_thread=True)
            try:
                # Where a file system has no log of this kind, the journal of before stays.
                connection.execute("PRAGMA journal_mode = WAL").fetchone()
            except sqlite3.OperationalError:
                connection.execute("PRAGMA journal_mode = DELETE").fetchone()
            connection.execute("PRAGMA synchronous = FULL")
            return connection

    def read(self) -> Content:
        """Read it all, while another process may be writing.

        Raises
        ------
        OSError, ValueError
            As `open` raises them.
        """
        with self.translated_errors(), closing(self.connect()) as connection:
            return self.read_content(connection)

    def read_content(self, connection: sqlite3.Connection) -> Content:
        """Read it all by an open connection.

        Raises
        ------
        ValueError
            If anything is damaged; it says how much is intact.
        """
        # Text that is damaged is read, so that its digest tells.
        connection.text_factory = lambda content: content.decode(errors="replace")
        connection.execute("BEGIN")
        try:
            self.check_pages(connection)
            meta = connection.execute("SELECT * FROM meta").fetchall()
            candidates = connection.execute("SELECT * FROM candidates ORDER BY id").fetchall()
            folds = connection.execute("SELECT * FROM folds ORDER BY candidate, fold").fetchall()
        finally:
            connection.execute("ROLLBACK")
        self._check("entries", meta)
        self._check("candidates", candidates)
        self._check("folds", folds)
        known = {row[0] for row in candidates}
        lost = sum(row[0] not in known for row in folds)
        if lost:
            raise self.damaged(f"{lost} of {len(folds)} folds have no candidate")
        return Content(
            {name: json.loads(value) for name, value, _ in meta},
            tuple(CandidateRow(*row[:-1]) for row in candidates),
            tuple(FoldRow(*row[:-1]) for row in folds),
        )

    def _check(self, what: str, rows: list[tuple[Any, ...]]) -> None:
        """Compare digests."""
        wrong = sum(row[-1] != digest_of(*row[:-1]) for row in rows)
        if wrong:
            raise self.damaged(f"{wrong} of {len(rows)} {what} are damaged")

    def damaged(self, what: str) -> ValueError:
        """The error of a damaged file; it says what is intact, and what to do with it."""
        return ValueError(
            self.say("be an intact checkpoint", f", where {what}; {self._say_intact()}")
        )

    def other_kind(self, what: str) -> ValueError:
        """The error of a file whose header is not a checkpoint's, or no longer."""
        if find_intact(self.path).is_checkpoint:
            return self.damaged("its header is damaged")
        return super().other_kind(what)

    def _say_intact(self) -> str:
        """Say what is intact, and what to do with it."""
        intact = find_intact(self.path)
        begin_again = "restore a copy of it, or name another file to begin again"
        if intact.is_mixed:
            return (
                f"{self.path}-wal beside it is of another search: move that away and try again, "
                f"{begin_again}"
            )
        if not intact.content.folds:
            return f"no fold is intact: {begin_again}"
        if intact.lost_names:
            return (
                f"{intact} are intact, but of no use without what is lost "
                f"({', '.join(intact.lost_names)}): {begin_again}"
            )
        return (
            f"{intact} are intact: skhpo.recover_checkpoint({self.path!r}, to) makes a new "
            f"file of them; or {begin_again}"
        )


def write_meta(connection: sqlite3.Connection, meta: dict[str, Any]) -> None:
    """Write what all folds have in common, twice, in one transaction."""
    rows = [(name, json.dumps(value)) for name, value in meta.items()]
    with_digests = [(*row, digest_of(*row)) for row in rows]
    connection.execute("BEGIN IMMEDIATE")
    # Files of before have no copy yet.
    connection.execute(
        "CREATE TABLE IF NOT EXISTS meta_copy (name TEXT PRIMARY KEY, value TEXT, digest BLOB)"
    )
    for table in ("meta", "meta_copy"):
        connection.executemany(f"INSERT OR REPLACE INTO {table} VALUES (?, ?, ?)", with_digests)
    connection.execute("COMMIT")


def write_rows(
    connection: sqlite3.Connection, candidates: Iterable[CandidateRow], folds: Iterable[FoldRow]
) -> None:
    """Write candidates and folds, in one transaction; nothing of it remains after an error."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        for row in candidates:
            values = (row.id, row.number, row.params, row.origin)
            connection.execute(
                "INSERT OR REPLACE INTO candidates VALUES (?, ?, ?, ?, ?)",
                (*values, digest_of(*values)),
            )
        for fold in folds:
            parts = (fold.candidate, fold.fold, fold.result, fold.responses)
            connection.execute(
                "INSERT OR REPLACE INTO folds VALUES (?, ?, ?, ?, ?)", (*parts, digest_of(*parts))
            )
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
