"""The report and the HTML of a fitted search: what people look at first."""

from __future__ import annotations

import os
from pathlib import Path

from skhpo._report import essentials_html, write_report


class Reported:
    """A search that writes a report of itself."""

    def report(self, path: str | os.PathLike[str], *, metric: str | None = None) -> Path:
        """Write one page that tells what the search found: words, pictures and all trials.

        Parameters
        ----------
        path : str or path-like
            The file, such as "report.html"; one that is there is replaced.
        metric : str or None, default=None
            Which of several metrics; None is the one of `refit`.

        Returns
        -------
        path : Path
            Of the page, which needs no other file and no network.

        Raises
        ------
        NotFittedError
            Before `fit`.
        FileNotFoundError
            If the folder is not there.
        IsADirectoryError
            If `path` is a folder.
        TypeError
            If `path` is no path.
        ValueError
            If `metric` is unknown, or there are several metrics of which `refit` names none.

        Notes
        -----
        Nothing is fitted for it, and no test set is scored: the page has the test score if
        `score_test` was called before. Without matplotlib it has no pictures.
        """
        return write_report(self, path, metric)

    def _show_essentials(self) -> str:
        """What a notebook shows above the diagram."""
        return essentials_html(self)
