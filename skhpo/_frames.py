"""Data frames of an optional library."""

from __future__ import annotations

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
