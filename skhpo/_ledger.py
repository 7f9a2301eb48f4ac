"""The test ledger: which test sets were spent, shared by the processes that name a file.

use        one decision to score: a call of score_test, or a whole comparison
entry      one score: its record, the key of its test set, fingerprints of its rows
holder     the process that scores
lock       SQLite's, taken by BEGIN IMMEDIATE and held while the score is computed

Check, score and record are one transaction. The lock is the truth: SQLite frees it when
the holder dies, and nothing was recorded then. The holder's row is information for those
who wait. It has to be committed before the lock is taken for good, so that a process may
come in between: the loop of `_take_lock` looks whether the row is its own.
"""

from __future__ import annotations

import os
import platform
import random
import sqlite3
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime

from skhpo._ledger_file import Entry, LedgerFile
from skhpo._ledger_record import Ledger
from skhpo._sqlite_file import check_is_path
from skhpo._user_warning import warn

__all__ = ["Entry", "LedgerFile", "Transaction", "hold", "read_ledger"]

# A wait is worth a word when a person would notice it.
_QUIET_SECONDS = 1.0
_POLL_SECONDS = (0.01, 0.05)
# A statement of this connection waits for readers this long, and nobody can interrupt it.
_COMMIT_MILLISECONDS = 20_000

# Paths whose lock the thread holds: it would wait for itself for ever.
_HELD = threading.local()


def read_ledger(path: str | os.PathLike[str]) -> Ledger:
    """Read which test sets were spent, from the file that searches name as `test_ledger`.

    Parameters
    ----------
    path : str or path-like
        The file. It is not made, nor changed.

    Returns
    -------
    ledger : Ledger
        Its records; printed, it is a table.

    Raises
    ------
    OSError
        If the file is not there, or cannot be read.
    ValueError
        If it is no ledger, damaged, or of a newer version.
    TypeError
        If `path` is no path.

    See Also
    --------
    GridSearch.score_test : Writes a record.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from sklearn.datasets import load_wine
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from skhpo import GridSearch, read_ledger
    >>> X, y = load_wine(return_X_y=True)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "spent.sqlite"
    ...     tree = DecisionTreeClassifier(random_state=0)
    ...     search = GridSearch(tree, {"max_depth": [1, 2]}, test_size=0.2, test_ledger=path)
    ...     score = search.fit(X, y).score_test()
    ...     (record,) = read_ledger(path).records
    >>> record.search, record.estimator, record.n_rows, record.score == score
    ('GridSearch', 'DecisionTreeClassifier', 36, True)
    """
    check_is_path(path, "test_ledger")
    file = LedgerFile(path, "path")
    return Ledger(file.path, tuple(entry.record for entry in file.read()))


class Transaction:
    """The ledger while this process holds its lock.

    Parameters
    ----------
    file : LedgerFile
        The file.
    connection : sqlite3.Connection
        It, open and locked.
    """

    def __init__(self, file: LedgerFile, connection: sqlite3.Connection) -> None:
        self._file = file
        self._connection = connection
        self._pid = os.getpid()
        with file.translated_errors():
            self.entries = file.read_entries(connection)

    def commit(self, entry: Entry) -> None:
        """Record a score and release the lock; the score may be handed out then.

        Raises
        ------
        OSError
            If the file does not take it; nothing is spent.
        RuntimeError
            If a forked process tries, which does not have the lock.
        """
        if os.getpid() != self._pid:
            raise RuntimeError(
                "A score must be recorded by the process that began it, got a process forked "
                "while it was computed; let that one end by os._exit, and do not score there."
            )
        try:
            self._file.insert(self._connection, entry)
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            raise OSError(
                "`test_ledger` must take the record before a score is handed out, got "
                f"{str(error)!r} from {self._file.path!r}; nothing is spent: mend that, and "
                "call score_test again."
            ) from error


@contextmanager
def hold(path: str, search: str) -> Iterator[Transaction]:
    """Hold a ledger's lock; leaving without a commit changes nothing.

    Parameters
    ----------
    path : str
        The file, which must be there.
    search : str
        What those who wait are told of this process: the class of its search.

    Yields
    ------
    transaction : Transaction

    Raises
    ------
    OSError, ValueError
        If the file cannot be used.
    RuntimeError
        If this thread holds it.

    Warns
    -----
    UserWarning
        Once, when it waits for a second, saying for whom.
    """
    file = LedgerFile(path)
    held: set[str] = _HELD.__dict__.setdefault("paths", set())
    key = os.path.realpath(file.path)
    if key in held:
        raise RuntimeError(
            "A scorer must not score a test set of the ledger by which it is called, got "
            f"{file.path!r}; call score_test one after another."
        )
    file.check_writable()
    with file.translated_errors():
        connection = file.connect()
    with closing(connection):
        with file.translated_errors():
            _take_lock(connection, file.path, search)
        held.add(key)
        try:
            yield Transaction(file, connection)
        finally:
            held.discard(key)


def _take_lock(connection: sqlite3.Connection, path: str, search: str) -> None:
    """Take the lock, however long it takes; say for whom it waits."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    own = (uuid.uuid4().hex, os.getpid(), platform.node(), search, now)
    # EXTRA: the deletion of the journal is on the disk too when COMMIT returns.
    connection.execute("PRAGMA synchronous = EXTRA")
    # SQLite's own wait cannot be interrupted.
    connection.execute("PRAGMA busy_timeout = 0")
    started = time.monotonic()
    is_told = False
    while not _try_lock(connection, own):
        if not is_told and time.monotonic() - started > _QUIET_SECONDS:
            is_told = _tell(connection, path)
        time.sleep(random.uniform(*_POLL_SECONDS))
    connection.execute(f"PRAGMA busy_timeout = {_COMMIT_MILLISECONDS}")


def _try_lock(connection: sqlite3.Connection, own: tuple[str | int, ...]) -> bool:
    """Take the lock if it is free, with the holder's row being `own`."""
    try:
        connection.execute("BEGIN IMMEDIATE")
        while connection.execute("SELECT token FROM holder").fetchone() != own[:1]:
            connection.execute("DELETE FROM holder")
            connection.execute("INSERT INTO holder VALUES (?, ?, ?, ?, ?)", own)
            connection.execute("COMMIT")
            connection.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        if _is_busy(error):
            return False
        raise
    return True


def _is_busy(error: sqlite3.Error) -> bool:
    """Whether another connection has the lock; extended codes keep the primary one."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY


def _tell(connection: sqlite3.Connection, path: str) -> bool:
    """Warn that this process waits, and for whom; False if that cannot be read now."""
    holder = None
    with suppress(sqlite3.OperationalError):  # it commits at this moment
        holder = connection.execute("SELECT pid, host, search, since FROM holder").fetchone()
    if holder is None:
        return False
    pid, host, search, since = holder
    warn(
        f"score_test waits for {path!r}, which process {pid} on {host!r} has held since {since} "
        f"to score a {search}; it goes on when that is done, and Ctrl-C ends the wait."
    )
    return True
