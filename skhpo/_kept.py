"""Values that a worker keeps in memory under a byte budget.

Folds are asked for in rounds: of five that do not fit, the least recently used is always the
next one to be asked for. So where there is no room, the newest value goes, and the others
are found in each round; the oldest goes when nobody has asked for it in many rounds.

kept     a value in the store, shared by all who ask for it: nobody may write to it
lent     what is handed out: the read-only array itself, or a copy that may be written to
"""

from __future__ import annotations

import copy
import threading
from collections import OrderedDict
from collections.abc import Hashable
from typing import Any

import numpy as np
import scipy.sparse as sp

# How many times as many values must have been asked for since, until a value is of no more use.
_ROUNDS = 10

# What an entry of a dict or list takes besides what it refers to: two pointers and an object.
_ENTRY_BYTES = 80


class Kept:
    """A store of values by key, of `max_bytes` at most; pickles and copies of it are empty.

    Parameters
    ----------
    max_bytes : int
        The budget; values that alone take more are not kept.
    """

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self._n_bytes = 0
        # By key, the least recently used first.
        self._values: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._n_asked = 0
        self._asked_at: dict[Hashable, int] = {}
        # Threads of one process share a store.
        self._lock = threading.Lock()

    def __reduce__(self) -> tuple[type[Kept], tuple[int]]:
        return Kept, (self.max_bytes,)

    @property
    def n_bytes(self) -> int:
        """Bytes of all that is kept."""
        return self._n_bytes

    def get(self, key: Hashable) -> Any:
        """Value of a key; None if there is none."""
        with self._lock:
            self._n_asked += 1
            if key not in self._values:
                return None
            self._values.move_to_end(key)
            self._asked_at[key] = self._n_asked
            return self._values[key][0]

    def put(self, key: Hashable, value: Any, n_bytes: int) -> None:
        """Keep a value of `n_bytes`, in the place of an older one of the key."""
        with self._lock:
            self._n_bytes -= self._values.pop(key, (None, 0))[1]
            self._asked_at.pop(key, None)
            if n_bytes > self.max_bytes:
                return
            while self._values and self._n_bytes + n_bytes > self.max_bytes:
                self._let_go()
            self._values[key] = value, n_bytes
            self._asked_at[key] = self._n_asked
            self._n_bytes += n_bytes

    def _let_go(self) -> None:
        """Let one value go, under the lock."""
        oldest = next(iter(self._values))
        is_of_use = self._n_asked - self._asked_at[oldest] <= _ROUNDS * len(self._values)
        key, (_, freed) = self._values.popitem(last=is_of_use)
        del self._asked_at[key]
        self._n_bytes -= freed


def read_only(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """View of an array that cannot be written to."""
    view = array.view()
    view.flags.writeable = False
    return view


def keep(value: Any, is_private: bool) -> Any:
    """Form in which a value can be kept, of the same memory layout; None if there is none.

    A data frame has none: scikit-learn may make its arrays writable again, and a copy has
    another layout, on which the last bits of matrix products depend.

    Parameters
    ----------
    value : object
        An array or a sparse matrix; it stays as it is.
    is_private : bool
        Whether others may write to `value` later, so that it has to be copied.
    """
    if type(value) is np.ndarray:
        if not is_private:
            return read_only(value)
        return read_only(value.copy(order="K")) if _is_contiguous(value) else None
    return _copy_sparse(value) if is_plain_sparse(value) else None


def lend(kept: Any, is_writable: bool) -> Any:
    """Hand out what `keep` gave: read-only itself, or a copy that may be written to.

    Of a sparse matrix always a copy, whose three arrays are small beside any use of them.
    """
    if type(kept) is not np.ndarray:
        return _copy_sparse(kept)
    return kept.copy(order="K") if is_writable else kept


def _is_contiguous(array: np.ndarray[Any, Any]) -> bool:
    """Whether a copy of an array has its layout."""
    return array.flags.c_contiguous or array.flags.f_contiguous


def is_plain_sparse(value: Any) -> bool:
    """Whether a value is a sparse matrix or array made of three arrays."""
    return bool(sp.issparse(value)) and getattr(value, "format", "") in ("csr", "csc")


def sparse_arrays(matrix: Any) -> tuple[Any, Any, Any]:
    """The three arrays: values, and where they stand."""
    return matrix.data, matrix.indices, matrix.indptr


def _copy_sparse(matrix: Any) -> Any:
    """Copy with the index types and flags of the matrix, which its own ``copy`` may change."""
    copied = copy.copy(matrix)
    arrays = (array.copy() for array in sparse_arrays(matrix))
    copied.data, copied.indices, copied.indptr = arrays
    return copied


def count_bytes(value: Any) -> int:
    """Bytes that a value takes, with all that it refers to; an estimate."""
    return _count(value, set())


def _count(value: Any, seen: set[int]) -> int:
    """Count what was not seen yet."""
    if id(value) in seen or isinstance(value, type):
        return 0
    seen.add(id(value))
    if isinstance(value, np.ndarray):
        # A view keeps all of the array that it is taken from.
        if isinstance(value.base, np.ndarray):
            return _count(value.base, seen)
        return int(value.nbytes)
    if isinstance(value, dict | list | tuple | set):
        items = value.values() if isinstance(value, dict) else value
        return _ENTRY_BYTES * len(value) + sum(_count(item, seen) for item in items)
    return _ENTRY_BYTES + (_count(vars(value), seen) if hasattr(value, "__dict__") else 0)
