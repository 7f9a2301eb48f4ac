"""One process at a time: a lock that ends with its process, however that ends.

It is held on a file beside the one that it protects: SQLite's own locks are lost when
anybody in the process closes the database file.
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import Any


class FileLock:
    """A lock on ``path + ".lock"``, which is there only while it is held.

    Parameters
    ----------
    path : str
        The file that it protects.
    """

    def __init__(self, path: str) -> None:
        self.path = f"{path}.lock"
        self._file: Any = None

    def acquire(self) -> bool:
        """Take it; False if somebody else has it.

        Raises
        ------
        OSError
            If the file cannot be made.
        """
        while True:
            file = open(self.path, "a+b")  # noqa: SIM115 (held until `release`)
            if not _try_lock(file):
                file.close()
                return False
            # Whoever held it before may have removed the file that was opened here.
            if _is_at(file, self.path):
                self._file = file
                return True
            file.close()

    def release(self) -> None:
        """Let it go, and remove its file."""
        if self._file is None:
            return
        if os.name != "nt":
            # Before it is let go: the next holder makes another.
            with suppress(OSError):
                os.unlink(self.path)
        self._file.close()
        self._file = None
        if os.name == "nt":
            with suppress(OSError):
                os.unlink(self.path)


def _is_at(file: Any, path: str) -> bool:
    """Whether an open file is the one at a path."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), os.stat(path))
    except OSError:
        return False


if os.name == "nt":
    import msvcrt

    def _try_lock(file: Any) -> bool:
        """Lock the first byte of an open file."""
        try:
            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
        except OSError:
            return False
        return True

else:
    import fcntl

    def _try_lock(file: Any) -> bool:
        """Lock an open file."""
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
