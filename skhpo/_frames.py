"""Tables: as data frames of an optional library, and as text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def make_frame(data: Any, *, instead: str, columns: list[str] | None = None) -> Any:
    """Make a pandas DataFrame, for a method ``to_frame``.

    Parameters
    ----------
    data : object
        What pandas makes a frame of.
    instead : str
        What to use without pandas, for the error.
    columns : list of str or None, default=None
        Names of the columns, where there may be no rows to tell.

    Returns
    -------
    frame : pandas.DataFrame

    Raises
    ------
    ImportError
        If pandas is not installed.
    """
    try:
        import pandas as pd
    except ImportError as error:
        raise ImportError(
            "`to_frame` needs pandas, which is not installed; run `pip install pandas`, or use "
            f"{instead}."
        ) from error
    return pd.DataFrame(data, columns=columns)


def text_table(lines: Sequence[Sequence[str]]) -> str:
    """Text of a table, its columns side by side; the first line has their names."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )
