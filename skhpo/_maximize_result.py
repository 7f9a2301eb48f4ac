"""What `maximize` found."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from skhpo._frames import make_trial_frame
from skhpo._record import told_metric
from skhpo._report import write_report
from skhpo._trial import Trial


@dataclass(frozen=True)
class MaximizeResult:
    """What `maximize` found.

    Parameters
    ----------
    best_params : dict of str to object or None
        Arguments of the best call; None when no call succeeded.
    best_score : float
        What it returned; nan when no call succeeded.
    trials : tuple of Trial
        All calls, in the order of their numbers.
    stop_reason : {"complete", "max_time", "early_stopping", "interrupted"}
        How the search ended.
    search_time : float
        Seconds it took.
    space : Space or None
        The space as the strategy read it; pictures of the result have their axes from it.

    See Also
    --------
    maximize : Makes it.

    Examples
    --------
    >>> from skhpo import Float, maximize
    >>> result = maximize(lambda x: -x**2, {"x": Float(-1, 1)}, n_iter=5, random_state=0)
    >>> len(result.trials)
    5
    """

    best_params: dict[str, Any] | None
    best_score: float
    trials: tuple[Trial, ...] = field(repr=False)
    stop_reason: str = "complete"
    search_time: float = 0.0
    space: Any = field(default=None, repr=False, compare=False)

    def report(self, path: str | os.PathLike[str]) -> Path:
        """Write one page that tells what was found: words, pictures and all trials.

        Parameters
        ----------
        path : str or path-like
            The file, such as "report.html"; one that is there is replaced.

        Returns
        -------
        path : Path
            Of the page, which needs no other file and no network.

        Raises
        ------
        FileNotFoundError
            If the folder is not there.
        IsADirectoryError
            If `path` is a folder.
        TypeError
            If `path` is no path.
        ValueError
            If the result has no space, as the strategy had none.
        """
        return write_report(self, path)

    def to_frame(self) -> Any:
        """Make a table of the calls.

        Returns
        -------
        frame : pandas.DataFrame or polars.DataFrame
            One row for each call: number, status, score (nan if it failed), seconds it took,
            where its arguments came from, why it failed, and a column ``param_...`` for each
            argument.

        Raises
        ------
        ImportError
            If pandas is not installed, or polars, which is used under scikit-learn's
            ``set_config(transform_output="polars")``.
        """
        rows = [
            {
                "number": trial.number,
                "status": trial.status,
                "score": trial.mean_score(told_metric(trial)),
                "seconds": sum(fold.fit_seconds for fold in trial.folds if fold is not None),
                "origin": trial.origin,
                "why": trial.why,
            }
            for trial in self.trials
        ]
        columns = ["number", "status", "score", "seconds", "origin", "why"]
        params = [trial.params for trial in self.trials]
        return make_trial_frame(rows, params, columns, instead="`trials`")
