"""What a checkpoint says, while its search runs or after it: values, a table, a frame."""

from __future__ import annotations

import os
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from skhpo._described import described_items, readable
from skhpo._frames import make_trial_frame, text_table
from skhpo._journal_codec import unpack_result
from skhpo._journal_file import JournalFile
from skhpo._journal_rows import CandidateRow
from skhpo._record import judge, told_metric
from skhpo._sqlite_file import check_is_path
from skhpo._status import describe_params
from skhpo._trial import FoldResult, Trial


@dataclass(frozen=True)
class Checkpoint:
    """What `read_checkpoint` found; printed, it is a table.

    Parameters
    ----------
    path : str
        The file.
    search : str
        Class of the search, or the name of the function that is maximised.
    n_folds : int
        Folds of a complete trial.
    trials : tuple of Trial
        In order of number; "stopped" ones lack folds. Parameters that are neither numbers,
        texts nor arrays, such as estimators, stand as texts.

    See Also
    --------
    read_checkpoint : Makes it.

    Examples
    --------
    >>> from skhpo import Checkpoint
    >>> print(Checkpoint("search.sqlite", "GridSearch", 5, ()))
    search.sqlite: GridSearch, no trial yet
    """

    path: str
    search: str
    n_folds: int
    trials: tuple[Trial, ...]

    def __repr__(self) -> str:
        """Table of the trials."""
        if not self.trials:
            return f"{self.path}: {self.search}, no trial yet"
        names = ["number", "status", "folds", "score", "params"]
        lines = [names]
        for row in self._rows():
            lines.append(
                [
                    str(row["number"]),
                    row["status"],
                    f"{row['n_folds']}/{self.n_folds}",
                    f"{row['mean_score']:.4g}",
                    describe_params(self.trials[len(lines) - 1].params),
                ]
            )
        return text_table(lines)

    def _rows(self) -> list[dict[str, Any]]:
        """What the table and the frame say of each trial."""
        return [
            {
                "number": trial.number,
                "status": trial.status,
                "n_folds": sum(fold is not None for fold in trial.folds),
                "mean_score": trial.mean_score(told_metric(trial)),
                "fit_seconds": sum(f.fit_seconds for f in trial.folds if f is not None),
                "why": trial.why,
            }
            for trial in self.trials
        ]

    def to_frame(self) -> Any:
        """Make a table of the trials.

        Returns
        -------
        frame : pandas.DataFrame or polars.DataFrame
            One row for each trial: number, status, finished folds, mean score (nan until
            all folds are there; of the first of several metrics), seconds of its fits,
            reason, and a column ``param_...`` for each parameter.

        Raises
        ------
        ImportError
            If pandas is not installed, or polars, which is used under scikit-learn's
            ``set_config(transform_output="polars")``.
        """
        columns = ["number", "status", "n_folds", "mean_score", "fit_seconds", "why"]
        params = [trial.params for trial in self.trials]
        return make_trial_frame(self._rows(), params, columns, instead="`trials`")


def read_checkpoint(path: str | os.PathLike[str]) -> Checkpoint:
    """Read the file of a search, while it runs elsewhere or after it.

    Parameters
    ----------
    path : str or path-like
        What a search names as `checkpoint`.

    Returns
    -------
    checkpoint : Checkpoint
        Its trials, a tenth of a second behind at most.

    Raises
    ------
    OSError
        If the file is not there, or cannot be read.
    ValueError
        If it is no checkpoint, damaged, or of a newer version.
    TypeError
        If `path` is no path.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from sklearn.datasets import load_wine
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from skhpo import GridSearch, read_checkpoint
    >>> X, y = load_wine(return_X_y=True)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "search.sqlite"
    ...     tree = DecisionTreeClassifier(random_state=0)
    ...     search = GridSearch(tree, {"max_depth": [1, 2]}, checkpoint=path).fit(X, y)
    ...     trials = read_checkpoint(path).trials
    >>> trials[0].params, trials[1].mean_score() == search.trials_[1].mean_score()
    ({'max_depth': 1}, True)
    """
    check_is_path(path, "checkpoint")
    return load_checkpoint(path, "path")


def load_checkpoint(path: str | os.PathLike[str], parameter: str) -> Checkpoint:
    """Read a file whose errors call it `parameter`, see `read_checkpoint`."""
    file = JournalFile(path, parameter)
    content = file.read()
    n_folds = len(content.meta.get("splits") or [None])
    folds: dict[int, dict[int, FoldResult]] = defaultdict(dict)
    numbers = {row.id: row.number for row in content.candidates}
    for row in content.folds:
        number = numbers[row.candidate]
        result = unpack_result(number, row.fold, row.result, row.responses)
        folds[row.candidate][row.fold] = result.without_responses()
    in_order = sorted(content.candidates, key=lambda row: (row.number, row.id))
    trials = tuple(_make_trial(row, folds[row.id], n_folds) for row in in_order)
    search = content.meta.get("identity", {}).get("search", "a search")
    return Checkpoint(file.path, search, n_folds, trials)


def _make_trial(row: CandidateRow, by_fold: dict[int, FoldResult], n_folds: int) -> Trial:
    """Make a trial of its rows."""
    folds = tuple(by_fold.get(fold) for fold in range(n_folds))
    status, why = judge(folds, "")
    params = {name: readable(value) for name, value in described_items(row.params)}
    return Trial(row.number, params, row.origin, folds, status, why)  # type: ignore[arg-type]
