"""What a test ledger says: values, their table and their frame."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from skhpo._frames import make_frame, text_table


@dataclass(frozen=True)
class LedgerRecord:
    """One score of a test set.

    Parameters
    ----------
    use : str
        Identity of the use: the same for all searches of one `compare`.
    search : str
        Class of the search.
    estimator : str
        Class of the estimator that was tuned, of a Pipeline those of its steps.
    metric : str
        Name of the metric.
    n_rows : int
        Number of test rows.
    scored_at : str
        When the test set was spent, in UTC, as ISO 8601 has it.
    score : float
        The score that was handed out.

    See Also
    --------
    read_ledger : Reads the records of a file.

    Examples
    --------
    >>> from skhpo import LedgerRecord
    >>> record = LedgerRecord("f00", "GridSearch", "SVC", "score", 30, "2026-01-01T00:00:00", 0.9)
    >>> record.score
    0.9
    """

    use: str
    search: str
    estimator: str
    metric: str
    n_rows: int
    scored_at: str
    score: float


@dataclass(frozen=True)
class Ledger:
    """What `read_ledger` found; printed, it is a table.

    Parameters
    ----------
    path : str
        The file.
    records : tuple of LedgerRecord
        One for each score, the oldest first.

    See Also
    --------
    read_ledger : Makes it.

    Examples
    --------
    >>> from skhpo import Ledger
    >>> print(Ledger("spent.sqlite", ()))
    spent.sqlite: no test set was spent
    """

    path: str
    records: tuple[LedgerRecord, ...]

    def __repr__(self) -> str:
        """Table of the records, without what identifies a use."""
        if not self.records:
            return f"{self.path}: no test set was spent"
        names = ["scored_at", "search", "estimator", "metric", "n_rows", "score"]
        lines = [names]
        for record in self.records:
            cells = {**asdict(record), "score": f"{record.score:.4g}"}
            lines.append([str(cells[name]) for name in names])
        return text_table(lines)

    def to_frame(self) -> Any:
        """Make a table of the records.

        Returns
        -------
        frame : pandas.DataFrame or polars.DataFrame
            One row for each score, one column for each field of `LedgerRecord`.

        Raises
        ------
        ImportError
            If pandas is not installed, or polars, which is used under scikit-learn's
            ``set_config(transform_output="polars")``.
        """
        columns = list(LedgerRecord.__dataclass_fields__)
        return make_frame(
            [asdict(record) for record in self.records], instead="`records`", columns=columns
        )
