"""What a study has finished, written down while it runs and found again.

stored    a candidate that the file had when it was opened
known     a stored fold, which is not run again

One thread writes what has come in every tenth of a second, in one transaction: workers and
the study do not wait for the disk.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections import defaultdict
from collections.abc import Callable
from contextlib import ExitStack, closing
from typing import Any

from skhpo._described import to_json
from skhpo._file_lock import FileLock
from skhpo._journal_codec import pack_result, unpack_result
from skhpo._journal_file import JournalFile, write_meta, write_rows
from skhpo._journal_rows import CandidateRow, Content, FoldRow
from skhpo._trial import Candidate, FoldResult
from skhpo._user_warning import warn
from skhpo.exceptions import CheckpointMismatchError

# How long a finished fold may be in memory only.
_WRITE_SECONDS = 0.1


class Journal:
    """A checkpoint that is open for one study.

    Parameters
    ----------
    file : JournalFile
        The file; it is made if it is not there.
    by_number : bool
        Whether a candidate is known by its number and must have the stored parameters, or
        by its parameters alone, as the cells of a grid are.
    decode : callable
        ``decode(row)`` gives the parameters of a stored candidate.

    Raises
    ------
    OSError
        If the place cannot be used, or another process uses the file.
    ValueError
        If the file is no checkpoint, or damaged.
    """

    def __init__(
        self,
        file: JournalFile,
        *,
        by_number: bool,
        decode: Callable[[CandidateRow], dict[str, Any]],
    ) -> None:
        self._file = file
        self._decode = decode
        self._by_number = by_number
        file.check_writable()
        self._lock = FileLock(file.path)
        self._take_lock()
        with ExitStack() as on_error:
            on_error.callback(self._lock.release)
            self._connection = on_error.enter_context(closing(file.open()))
            with file.translated_errors():
                self._content = file.read_content(self._connection)
                self._inode = os.stat(file.path).st_ino
            on_error.pop_all()
        self._rows: dict[int, CandidateRow] = {}
        self._last_id = max((row.id for row in self._content.candidates), default=0)
        self._folds = _by_candidate(self._content)
        self._stored = self._index()
        # What waits for the thread; guarded by the condition.
        self._changed = threading.Condition()
        self._new_candidates: list[CandidateRow] = []
        self._new_folds: list[tuple[CandidateRow, FoldResult]] = []
        self._closed = False
        self._problem = ""
        self._has_warned = False
        self._thread: threading.Thread | None = None

    def _take_lock(self) -> None:
        """Take the lock of the file."""
        if not self._lock.acquire():
            raise BlockingIOError(
                self._file.say(
                    "be a file that no other search uses",
                    ", which one is using now, in this process or another; wait for it or name "
                    "another file",
                )
            )

    @property
    def path(self) -> str:
        """Path of the file."""
        return self._file.path

    @property
    def n_folds(self) -> int:
        """Number of folds that the file had when it was opened."""
        return len(self._content.folds)

    @property
    def n_candidates(self) -> int:
        """Number of candidates that they are of."""
        return len({row.candidate for row in self._content.folds})

    @property
    def meta(self) -> dict[str, Any]:
        """What the file says of all folds; empty for a new one."""
        return self._content.meta

    def begin(self, meta: dict[str, Any]) -> None:
        """Write what all folds have in common, and begin to take folds.

        Raises
        ------
        OSError
            If it cannot be written.
        """
        with self._file.translated_errors():
            write_meta(self._connection, meta)
        self._thread = threading.Thread(target=self._write_on, name="skhpo-checkpoint", daemon=True)
        self._thread.start()

    def _index(self) -> dict[Any, list[CandidateRow]]:
        """Stored candidates by what they are known by."""
        stored: dict[Any, list[CandidateRow]] = defaultdict(list)
        for row in self._content.candidates:
            stored[row.number if self._by_number else row.params].append(row)
        return stored

    def stored(self, number: int) -> tuple[dict[str, Any], str] | None:
        """Parameters and origin of the stored candidate of a number; None if there is none."""
        if not self._by_number or number not in self._stored:
            return None
        row = self._stored[number][0]
        return self._decode(row), row.origin

    def enter(self, number: int, candidate: Candidate) -> dict[int, FoldResult]:
        """Take a candidate that was asked; its known folds.

        Parameters
        ----------
        number : int
            Its place in the study.
        candidate : Candidate
            What was asked.

        Returns
        -------
        known : dict of int to FoldResult
            By fold.

        Raises
        ------
        CheckpointMismatchError
            If another one has its number.
        """
        params = to_json(candidate.params)
        row = self._find(number, params)
        if row is None:
            self._last_id += 1
        own = self._last_id if row is None else row.id
        new = self._rows[number] = CandidateRow(own, number, params, candidate.origin)
        if new != row:
            with self._changed:
                self._new_candidates.append(new)
        return {
            fold.fold: unpack_result(number, fold.fold, fold.result, fold.responses)
            for fold in self._folds.pop(own, [])
        }

    def _find(self, number: int, params: str) -> CandidateRow | None:
        """The stored candidate."""
        if not self._by_number:
            same = self._stored.get(params)
            # Of a cell that is there twice, each time another one.
            return same.pop(0) if same else None
        row = next(iter(self._stored.get(number, [])), None)
        if row is not None and row.params != params:
            raise CheckpointMismatchError(
                self._file.say(
                    "be of the same search",
                    f", where candidate {number} is {row.params} and here {params}; "
                    "name another file",
                )
            )
        return row

    def add(self, result: FoldResult) -> None:
        """Take a finished fold; it is on the disk a tenth of a second later."""
        with self._changed:
            self._new_folds.append((self._rows[result.number], result))
        self._warn_once()

    def close(self) -> None:
        """Write what is left, and close the file."""
        with self._changed:
            if self._closed:
                return
            self._closed = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join()
        try:
            self._connection.close()
        except sqlite3.Error as error:
            self._problem = self._problem or str(error)
        finally:
            self._lock.release()
        self._warn_once()

    def _write_on(self) -> None:
        """Write now and then until told to end; in the thread."""
        is_last = False
        while not is_last:
            with self._changed:
                is_last = self._closed or self._changed.wait(_WRITE_SECONDS)
                candidates, self._new_candidates = self._new_candidates, []
                folds, self._new_folds = self._new_folds, []
            if candidates or folds:
                self._write(candidates, folds)

    def _write(
        self, candidates: list[CandidateRow], folds: list[tuple[CandidateRow, FoldResult]]
    ) -> None:
        """Write rows; what cannot be written waits for the next time, and is warned of."""
        try:
            if os.stat(self._file.path).st_ino != self._inode:
                raise FileNotFoundError("another file is in its place")
            packed = [FoldRow(row.id, r.fold, *pack_result(r, row)) for row, r in folds]
            write_rows(self._connection, candidates, packed)
        except (sqlite3.Error, OSError) as error:
            with self._changed:
                self._new_candidates[:0] = candidates
                self._new_folds[:0] = folds
            self._problem = self._problem or str(error)

    def _warn_once(self) -> None:
        """Warn of a problem, in the thread of the study; the search goes on."""
        if self._problem and not self._has_warned:
            self._has_warned = True
            warn(
                f"`checkpoint` {self._file.path!r} cannot be written: {self._problem}. The search "
                "goes on and its results are kept in memory; folds that finish now are not in the "
                "file unless it can be written again."
            )


def _by_candidate(content: Content) -> dict[int, list[FoldRow]]:
    """Folds by candidate."""
    folds: dict[int, list[FoldRow]] = defaultdict(list)
    for row in content.folds:
        folds[row.candidate].append(row)
    return folds
