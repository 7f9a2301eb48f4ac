"""An SQLite file of ours: made complete, known by its header, errors that name it.

The header is read before SQLite opens the file: SQLite would mend another program's file
that was left in the middle of a transaction.
"""

from __future__ import annotations

import os
import sqlite3
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# Where SQLite's header of 100 bytes keeps them (https://sqlite.org/fileformat.html, 1.3).
_MAGIC = b"SQLite format 3\0"
_FORMAT_AT = slice(60, 64)
_APPLICATION_AT = slice(68, 72)

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
class FileKind:
    """What a kind of file is called and made of.

    Parameters
    ----------
    noun : str
        As in "must be a ...".
    parameter : str
        What searches call it.
    example : str
        A name that such a file may have.
    begin : str
        How one is begun, as the end of a sentence.
    application : bytes of length 4
        What its header says.
    format : int
        Version of the schema.
    schema : str
        SQL that makes the tables.
    """

    noun: str
    parameter: str
    example: str
    begin: str
    application: bytes
    format: int
    schema: str


class SqliteFile:
    """A file of one kind.

    Parameters
    ----------
    path : str or path-like
        Where it is; made absolute, so that another working directory changes nothing.
    parameter : str or None, default=None
        What errors call it; None is what searches call it.
    """

    kind: FileKind

    def __init__(self, path: str | os.PathLike[str], parameter: str | None = None) -> None:
        self.path = os.path.abspath(os.fsdecode(path))
        self._parameter = parameter or self.kind.parameter

    def make(self) -> None:
        """Make the file if it is not there, and check that it can be written.

        Raises
        ------
        OSError
            If the place cannot be used.
        """
        self.check_writable()
        if not os.path.exists(self.path):
            self.check_alone()
            self.create(lambda connection: None)

    def check_alone(self) -> None:
        """Check that no log of a file that is gone is there: SQLite would write it into a new one.

        Raises
        ------
        FileExistsError
            If one is.
        """
        for log in (f"{self.path}-wal", f"{self.path}-journal"):
            is_there = os.path.exists(log) and os.path.getsize(log) > 0
            # Another process may have made both at this moment, the file first.
            if is_there and not os.path.exists(self.path):
                rest = f", beside which is {log!r} of a file that is gone; give back that file"
                rest += ", or delete the log"
                raise FileExistsError(self.say("be a file, or have nothing beside it", rest))

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
                self.say("be in a folder that exists", "; make the folder first")
            )
        for place in (self.path, folder):
            if os.path.exists(place) and not os.access(place, os.R_OK | os.W_OK):
                raise PermissionError(
                    self.say(
                        "be a file that can be written, in a folder that can",
                        f", where {place!r} is read-only; change its permissions or name another",
                    )
                )

    def create(self, fill: Callable[[sqlite3.Connection], None]) -> bool:
        """Make a file, complete from the first moment, unless another is faster.

        Parameters
        ----------
        fill : callable
            ``fill(connection)`` writes what it has from the first moment.

        Returns
        -------
        is_made : bool
            False if there is a file already, which stays as it is.

        Raises
        ------
        OSError
            If it cannot be made.
        """
        with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
            application = int.from_bytes(self.kind.application, "big")
            connection.executescript(
                f"PRAGMA application_id = {application};"
                f"PRAGMA user_version = {self.kind.format};{self.kind.schema}"
            )
            fill(connection)
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
                return False
            except OSError:  # a file system without hard links
                if os.path.exists(self.path):
                    return False
                os.rename(draft, self.path)
        except OSError as error:
            rest = f", where it cannot be made: {error}; mend that or name another place"
            raise type(error)(self.say("be a file that can be written", rest)) from error
        finally:
            if os.path.exists(draft):
                os.unlink(draft)
        return True

    def connect(self, mode: str = "rw", *, any_thread: bool = False) -> sqlite3.Connection:
        """Open the file, which must be of this kind; it is never made here.

        Parameters
        ----------
        mode : {"rw", "ro"}, default="rw"
            Whether it may be written.
        any_thread : bool, default=False
            Whether another thread than this one will use the connection.

        Returns
        -------
        connection : sqlite3.Connection
            In autocommit mode.

        Raises
        ------
        OSError
            If it is not there, or no file.
        ValueError
            If it is of another kind, or of a newer version.
        """
        header = self.read_header()
        what = self.find_other_kind(header)
        if what:
            raise self.other_kind(what)
        self.check_format(header)
        return sqlite3.connect(
            f"{Path(self.path).as_uri()}?mode={mode}",
            uri=True,
            timeout=_BUSY_SECONDS,
            isolation_level=None,
            check_same_thread=not any_thread,
        )

    @contextmanager
    def translated_errors(self) -> Iterator[None]:
        """Turn SQLite's errors into ones that name the file and what to do."""
        try:
            yield
        except sqlite3.Error as error:
            if is_outside(error):
                rest = f", where SQLite says: {error}; mend that and try again"
                raise OSError(self.say("be a file that can be read and written", rest)) from error
            raise self.damaged(f"SQLite says: {error}") from error

    def check_pages(self, connection: sqlite3.Connection) -> None:
        """Let SQLite check its pages.

        Raises
        ------
        ValueError
            If they are damaged.
        """
        if connection.execute("PRAGMA integrity_check(1)").fetchall() != [("ok",)]:
            raise self.damaged("SQLite finds its pages damaged")

    def say(self, rule: str, rest: str) -> str:
        """Word an error: parameter, rule, value, fix."""
        return f"`{self._parameter}` must {rule}, got {self.path!r}{rest}."

    def damaged(self, what: str) -> ValueError:
        """The error of a damaged file."""
        raise NotImplementedError

    def other_kind(self, what: str) -> ValueError:
        """The error of a file whose header says that it is of another kind."""
        rest = f"{what}; name another file, and leave this one as it is"
        return ValueError(self.say(f"be a {self.kind.noun}", rest))

    def read_header(self) -> bytes:
        """Read the first 100 bytes, or what there is of them.

        Raises
        ------
        OSError
            If the file is not there, or no file.
        """
        if not os.path.exists(self.path):
            rest = f", which is not there; give it back, or {self.kind.begin}"
            raise FileNotFoundError(self.say("be a file that exists", rest))
        if not os.path.isfile(self.path):
            rest = f", which is no file; name a file in it, such as {self.kind.example!r}"
            raise IsADirectoryError(self.say("be a file", rest))
        try:
            with open(self.path, "rb") as file:
                return file.read(100)
        except OSError as error:
            rest = f", where Python says: {error}; change its permissions"
            raise type(error)(self.say("be a file that can be read", rest)) from error

    def find_other_kind(self, header: bytes) -> str:
        """What a header says against its being of this kind; empty if nothing."""
        if len(header) < 100 or not header.startswith(_MAGIC):
            return f", which is {'another kind of file' if header else 'empty'} or damaged"
        if header[_APPLICATION_AT] != self.kind.application:
            return ", an SQLite file of another program"
        return ""

    def check_format(self, header: bytes) -> None:
        """Check that a header of this kind has a format that is known.

        Raises
        ------
        ValueError
            If not.
        """
        written = int.from_bytes(header[_FORMAT_AT], "big")
        if written != self.kind.format:
            rest = f", whose format is {written}; upgrade skhpo"
            raise ValueError(
                self.say(f"be of format {self.kind.format}, which this skhpo knows", rest)
            )


def is_outside(error: sqlite3.Error) -> bool:
    """Whether an error is about the place of a file: full, read-only, locked, not there."""
    # Extended codes keep the primary one in the last byte.
    return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF in _OUTSIDE


def check_is_path(path: Any, keyword: str, parameter: str = "path") -> None:
    """Raise if what should be a file that searches name is no path.

    Raises
    ------
    TypeError
        Naming the keyword by which searches name it.
    """
    if not isinstance(path, str | os.PathLike):
        raise TypeError(
            f"`{parameter}` must be a str or path-like, got {path!r}; pass the file that searches "
            f"name as `{keyword}`."
        )
