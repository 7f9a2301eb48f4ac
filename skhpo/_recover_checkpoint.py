"""A new checkpoint of what is intact of a damaged one."""

from __future__ import annotations

import os
import sqlite3
from dataclasses import dataclass

from skhpo._journal_file import JournalFile, write_meta, write_rows
from skhpo._journal_rows import find_intact
from skhpo._sqlite_file import check_is_path

# What SQLite would read together with a new file.
_SIDE_FILES = ("-wal", "-journal")


@dataclass(frozen=True)
class RecoveredCheckpoint:
    """What `recover_checkpoint` has recovered; printed, it is a sentence.

    How much was lost is not known where whole pages are: the search that goes on finds out.

    Parameters
    ----------
    path : str
        The new file.
    search : str
        Class of the search, or the name of the function that is maximised.
    n_candidates : int
        Candidates in the new file.
    n_folds : int
        Finished folds in the new file, which are not fitted again.

    See Also
    --------
    recover_checkpoint : Makes it.

    Examples
    --------
    >>> from skhpo import RecoveredCheckpoint
    >>> print(RecoveredCheckpoint("new.sqlite", "GridSearch", 8, 37))
    new.sqlite: GridSearch, 37 folds of 8 candidates recovered
    """

    path: str
    search: str
    n_candidates: int
    n_folds: int

    def __repr__(self) -> str:
        """One sentence."""
        return (
            f"{self.path}: {self.search}, {self.n_folds} folds of {self.n_candidates} "
            "candidates recovered"
        )


def recover_checkpoint(
    path: str | os.PathLike[str], to: str | os.PathLike[str]
) -> RecoveredCheckpoint:
    """Make a new, sound checkpoint of what is intact of a damaged one.

    Each candidate and each finished fold has a digest; those whose digests are right are
    copied, wherever they are in the file and in the write-ahead log beside it (``path`` with
    ``-wal`` at its end). A fold says which candidate it is of, so that none is useless because
    its candidate's own record is lost. A search with ``checkpoint=to`` fits the other folds
    again, and ends with the scores of one that nothing happened to. The damaged file and its
    log are only read, and stay as they are.

    Parameters
    ----------
    path : str or path-like
        The damaged file, which no search is using.
    to : str or path-like
        Where the new file goes; nothing may be there.

    Returns
    -------
    recovered : RecoveredCheckpoint
        How much that is.

    Raises
    ------
    FileExistsError
        If there is something at `to`.
    OSError
        If `path` cannot be read, or `to` cannot be written.
    ValueError
        If `path` is no checkpoint or of a newer version, if what all folds have in common
        (splits, seed, what the search was) is lost, or if the log is another search's. No
        file is made then.
    TypeError
        If `path` or `to` is no path.

    See Also
    --------
    read_checkpoint : Shows what is in a checkpoint.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from sklearn.datasets import load_wine
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from skhpo import GridSearch, recover_checkpoint
    >>> X, y = load_wine(return_X_y=True)
    >>> tree = DecisionTreeClassifier(random_state=0)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path, new = Path(folder) / "search.sqlite", Path(folder) / "new.sqlite"
    ...     search = GridSearch(tree, {"max_depth": [1, 2, 3, 4]}, checkpoint=path).fit(X, y)
    ...     content = path.read_bytes()
    ...     _ = path.write_bytes(content[:-5000])
    ...     recovered = recover_checkpoint(path, new)
    ...     again = GridSearch(tree, {"max_depth": [1, 2, 3, 4]}, checkpoint=new).fit(X, y)
    >>> 0 < recovered.n_folds < 20, bool(again.best_score_ == search.best_score_)
    (True, True)
    """
    check_is_path(path, "checkpoint")
    check_is_path(to, "checkpoint", "to")
    source, target = JournalFile(path, "path"), JournalFile(to, "to")
    header = source.read_header()
    other_kind = source.find_other_kind(header)
    if not other_kind:
        source.check_format(header)
    _check_free(target)
    intact = find_intact(source.path)
    if not intact.is_checkpoint and other_kind:
        raise source.other_kind(other_kind)
    if intact.lost_names or intact.is_mixed:
        raise source.damaged("not all is there that a search needs")
    content = intact.content

    def fill(connection: sqlite3.Connection) -> None:
        """Write the intact rows."""
        write_meta(connection, content.meta)
        write_rows(connection, content.candidates, content.folds)

    if not target.create(fill):
        _check_free(target)
    return RecoveredCheckpoint(
        target.path,
        content.meta["identity"]["search"],
        len(content.candidates),
        len(content.folds),
    )


def _check_free(target: JournalFile) -> None:
    """Check that nothing is where a file shall be made, and that it can be.

    Raises
    ------
    OSError
        If something is there, or the place cannot be written.
    """
    for place in (target.path, *(target.path + end for end in _SIDE_FILES)):
        if os.path.lexists(place):
            rest = f", where {place!r} is there already; name another file, or move that away"
            raise FileExistsError(target.say("be a file that does not exist", rest))
    target.check_writable()
