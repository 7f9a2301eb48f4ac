"""The file of a report: written at once, or not at all."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from skhpo._history import read_history
from skhpo._importance import find_importances
from skhpo._report.page import build_page
from skhpo._report.pictures import draw_pictures, has_matplotlib
from skhpo._report.reading import choose_row, read_facts
from skhpo._report.trials import trials_table


def write_report(search: Any, path: str | os.PathLike[str], metric: str | None = None) -> Path:
    """Write the report of a finished search.

    Parameters
    ----------
    search : GridSearch, RandomSearch, BayesSearch or MaximizeResult
        Fitted.
    path : str or path-like
        The file; one that is there is replaced.
    metric : str or None, default=None
        Which of several metrics; None is the one of ``refit``.

    Returns
    -------
    path : Path

    Raises
    ------
    FileNotFoundError
        If the folder is not there.
    IsADirectoryError
        If `path` is a folder.
    ValueError
        If `path` is something else that is no file; if `metric` is unknown, or needed and missing.
    TypeError
        If `path` is no path.
    NotFittedError
        If the search is not fitted.
    """
    if not isinstance(path, str | os.PathLike):
        raise TypeError(
            f"`path` must be a str or path-like, got {path!r}; name a file, such as 'report.html'."
        )
    file = Path(path)
    _check(file)
    history = read_history(search, metric)
    importances, model = find_importances(history)
    facts = read_facts(search, history, importances)
    has_pictures = has_matplotlib() and bool(history.trials)
    pictures = []
    if has_pictures:
        pictures = draw_pictures(search, history, importances, model, metric)
    trials = trials_table(history, choose_row(search, history))
    _replace(file, build_page(facts, pictures if has_matplotlib() else None, trials))
    return file


def _check(file: Path) -> None:
    """Raise on a path that cannot be written, before anything is computed."""
    if file.is_dir():
        raise IsADirectoryError(
            f"`path` must be a file, got the folder {str(file)!r}; name a file in it, such as "
            f"{str(file / 'report.html')!r}."
        )
    if file.exists() and not file.is_file():
        raise ValueError(f"`path` must be a file, got {str(file)!r}, which is none; name another.")
    if not file.parent.is_dir():
        raise FileNotFoundError(
            f"`path` must be in a folder that is there, got {str(file)!r}; make the folder "
            f"{str(file.parent)!r} first."
        )


def _replace(file: Path, page: str) -> None:
    """Write beside the file, and put it in its place when all is written."""
    # Where the path is a link, what it points to.
    target = file.resolve()
    beside = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        beside.write_text(page, encoding="utf-8")
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)
