"""Arrays that live in files: which bytes of which file, and how a worker maps them.

From joblib: ``load(mmap_mode=...)`` for the files that ``dump`` wrote. An array that the
user mapped already travels by the name of its own file, as in ``joblib.Parallel``.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from mmap import mmap
from typing import Any, Literal

import joblib
import numpy as np


@dataclass(frozen=True)
class View:
    """Bytes of a raw file, and how an array lies in them.

    Parameters
    ----------
    dtype : numpy.dtype
        Type of the items.
    shape, strides : tuple of int
        Of the array; strides in bytes, none negative.
    offset, n_bytes : int
        First byte, and number of bytes from there to the array's last.
    """

    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    offset: int
    n_bytes: int


@dataclass(frozen=True)
class MappedFile:
    """A file that holds an array.

    Parameters
    ----------
    path : str
        Path of the file.
    mode : {"r", "c"}
        Mapped read-only, or copy-on-write.
    view : View or None, default=None
        Part of a raw file; None is a file of ``joblib.dump``.
    """

    path: str
    mode: Literal["r", "c"]
    view: View | None = None

    def open(self) -> np.ndarray[Any, Any]:
        """Map the file, as a plain ndarray: memmap is slower in each operation."""
        if self.view is None:
            mapped: np.memmap[Any, Any] = joblib.load(self.path, mmap_mode=self.mode)
            return mapped.view(np.ndarray)
        view = self.view
        raw = np.memmap(
            self.path, dtype=np.uint8, mode=self.mode, offset=view.offset, shape=(view.n_bytes,)
        )
        return np.ndarray(view.shape, view.dtype, buffer=raw, strides=view.strides)


def mapped_file(array: np.ndarray[Any, Any]) -> MappedFile | None:
    """File that a user's array is mapped from, None if it is not or not faithfully.

    A private mapping (mode "c") may differ from its file; negative strides would
    begin at the end of the buffer. Such arrays are written anew.
    """
    memmap = backing_memmap(array)
    if (
        memmap is None
        or memmap.mode == "c"
        or memmap.filename is None
        or not os.path.exists(memmap.filename)
        or min(array.strides, default=0) < 0
    ):
        return None
    first, end = np.lib.array_utils.byte_bounds(array)
    offset = memmap.offset + first - np.lib.array_utils.byte_bounds(memmap)[0]
    view = View(array.dtype, array.shape, array.strides, offset, end - first)
    return MappedFile(os.path.abspath(memmap.filename), mode="r", view=view)


def backing_memmap(array: np.ndarray[Any, Any]) -> np.memmap[Any, Any] | None:
    """Find the memmap that owns the mapping an array is a view of."""
    base: Any = array
    while base is not None:
        if isinstance(base, np.memmap) and isinstance(base.base, mmap):
            return base
        base = getattr(base, "base", None)
    return None
