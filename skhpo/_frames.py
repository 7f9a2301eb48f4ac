"""Tables: as data frames of an optional library, and as text."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Any

import numpy as np
from sklearn import get_config


def make_frame(data: Any, *, instead: str, columns: list[str] | None = None) -> Any:
    """Make a data frame, for a method ``to_frame``.

    Parameters
    ----------
    data : dict of str to sequence, or list of dict
        Columns, or rows.
    instead : str
        What to use without the library, for the error.
    columns : list of str or None, default=None
        Names of the columns, where there may be no rows to tell.

    Returns
    -------
    frame : pandas.DataFrame or polars.DataFrame
        The one of scikit-learn's `transform_output`; without that, pandas'.

    Raises
    ------
    ImportError
        If the library is not installed.
    """
    library = "polars" if get_config()["transform_output"] == "polars" else "pandas"
    try:
        frames: Any = import_module(library)
    except ImportError as error:
        raise ImportError(
            f"`to_frame` needs {library}, which is not installed; run `pip install {library}`, or "
            f"use {instead}."
        ) from error
    if library == "pandas":
        return frames.DataFrame(data, columns=columns)
    if not isinstance(data, dict):
        names = columns or list(dict.fromkeys(name for row in data for name in row))
        data = {name: [row.get(name) for row in data] for name in names}
    return frames.DataFrame([_make_series(frames, *column) for column in data.items()])


def make_trial_frame(
    rows: list[dict[str, Any]],
    params: Sequence[dict[str, Any]],
    columns: list[str],
    *,
    instead: str,
) -> Any:
    """Make a data frame of trials: their rows, and a column ``param_...`` for each parameter.

    Parameters
    ----------
    rows : list of dict
        What is told of each trial, by the names in `columns`.
    params : sequence of dict
        Parameters of each.
    columns : list of str
        Names of the columns before those of parameters.
    instead : str
        What to use without the library, for the error.

    Returns
    -------
    frame : pandas.DataFrame or polars.DataFrame
        As of `make_frame`.

    Raises
    ------
    ImportError
        If the library is not installed.
    """
    names = sorted({name for each in params for name in each})
    wide = [
        row | {f"param_{name}": each.get(name) for name in names}
        for row, each in zip(rows, params, strict=True)
    ]
    return make_frame(wide, instead=instead, columns=columns + [f"param_{name}" for name in names])


def _make_series(polars: Any, name: str, values: Any) -> Any:
    """Column of one type, or of Python objects where values are of several kinds."""
    values = values if isinstance(values, list) else np.asarray(values).tolist()
    if any(not isinstance(value, bool | int | float | str | None) for value in values):
        return polars.Series(name, values, dtype=polars.Object)
    try:
        return polars.Series(name, values)
    except TypeError:
        return polars.Series(name, values, dtype=polars.Object)


def text_table(lines: Sequence[Sequence[str]]) -> str:
    """Text of a table, its columns side by side; the first line has their names."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )
