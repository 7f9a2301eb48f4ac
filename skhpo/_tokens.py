"""Tokens: 64 bits that stand for the content of a cell, or of an object.

The same content are: a number of any dtype (True, 1, 1.0; a float32 is its value in
float64); 0.0 and -0.0; None, nan, NaT and pandas.NA; a string, plain or as a
category; a date or datetime of any resolution, in UTC where it has a time zone; a
list, tuple or array of the same cells. A number and its text are different.

Tokens are the same on every platform and in every process, so that files may keep them.
"""

from __future__ import annotations

import datetime
import hashlib
import numbers
import struct
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import joblib
import numpy as np
from numpy.typing import NDArray

Fingerprints = NDArray[np.uint64]

# The bits of the quiet nan, for all that is missing.
MISSING = 0x7FF8_0000_0000_0000
# Past 2^53 not every integer is a float64.
FLOAT_INTEGERS = 2.0**53
# splitmix64's step: 2^64 over the golden ratio, made odd.
_STEP = np.uint64(0x9E37_79B9_7F4A_7C15)
# Set content of the same bits apart; nothing-up-my-sleeve numbers, SHA-512's first state.
_INTEGER = np.uint64(0x1F83_D9AB_FB41_BD6B)  # integers that no float equals
_DURATION = np.uint64(0x5BE0_CD19_137E_2179)
_INSTANT = np.uint64(0x6A09_E667_F3BC_C908)


# Mixing ---------------------------------------------------------------------------------


def mix(bits: Fingerprints) -> Fingerprints:
    """Scramble every element in place: the finaliser of splitmix64, a bijection."""
    bits ^= bits >> np.uint64(30)
    bits *= np.uint64(0xBF58_476D_1CE4_E5B9)
    bits ^= bits >> np.uint64(27)
    bits *= np.uint64(0x94D0_49BB_1331_11EB)
    bits ^= bits >> np.uint64(31)
    return bits


def column_keys(n_columns: int) -> Fingerprints:
    """One key a column: the sequence of splitmix64."""
    return mix(np.arange(1, n_columns + 1, dtype=np.uint64) * _STEP)


def finish(sums: Fingerprints, n_columns: int) -> Fingerprints:
    """Fingerprints from the sums of mix(token ^ key), the number of columns mixed in."""
    # One more, so that no cells at all are not the number 0, which mix leaves as it is.
    return mix(sums + np.array([n_columns + 1], dtype=np.uint64) * _STEP)


# Arrays ---------------------------------------------------------------------------------


def tokenize(values: NDArray[Any]) -> Fingerprints:
    """Tokens of an array, in a new array of its shape."""
    kind = values.dtype.kind
    if kind in "bf" or (kind in "iu" and values.dtype.itemsize < 8):
        return _float_tokens(values)
    if kind in "iu":
        return _integer_tokens(values)
    if kind == "c":
        return _complex_tokens(values)
    if kind in "mM":
        return _time_tokens(values)
    items = values.astype(object).ravel().tolist()
    try:
        tokens = list(map(_Known().__getitem__, items))
    except TypeError:  # unhashable items: lists, arrays, mappings
        tokens = list(map(_token, items))
    return np.array(tokens, dtype=np.uint64).reshape(values.shape)


def _float_tokens(values: NDArray[Any]) -> Fingerprints:
    """Bits of the values in float64; adding zero turns -0.0 into 0.0."""
    floats = np.add(values, 0.0, dtype=np.float64)
    missing = np.isnan(floats)
    tokens: Fingerprints = floats.view(np.uint64)
    if missing.any():
        tokens[missing] = MISSING
    return tokens


def _integer_tokens(values: NDArray[Any]) -> Fingerprints:
    """Bits of the equal float64, or where there is none those of the integer, mixed."""
    floats = values.astype(np.float64)
    tokens = floats.view(np.uint64)
    if np.abs(floats).max(initial=0.0) >= FLOAT_INTEGERS:
        # Each half is exact in float64, and so are both sums.
        high = (values >> values.dtype.type(32)).astype(np.float64) * 2.0**32
        low = (values & values.dtype.type(0xFFFF_FFFF)).astype(np.float64)
        inexact = (high - floats) + low != 0
        sign = np.where(values[inexact] < 0, _STEP, np.uint64(0))
        tokens[inexact] = mix(values[inexact].astype(np.uint64) ^ _INTEGER ^ sign)
    return tokens


def _complex_tokens(values: NDArray[Any]) -> Fingerprints:
    """The real part's token where the imaginary part is zero, else both."""
    imaginary = mix(_float_tokens(values.imag))
    return _float_tokens(values.real) + np.where(values.imag == 0, np.uint64(0), imaginary)


def _time_tokens(values: NDArray[Any]) -> Fingerprints:
    """Tokens of instants or durations: whole seconds, and the rest in femtoseconds."""
    seconds = values.astype(f"{values.dtype.kind}8[s]")
    rest = (values - seconds).astype("m8[fs]")
    salt = _DURATION if values.dtype.kind == "m" else _INSTANT
    tokens = mix(seconds.astype(np.int64).astype(np.uint64) ^ salt)
    tokens += rest.astype(np.int64).astype(np.uint64) * _STEP
    tokens[np.isnat(values)] = MISSING
    return tokens


# Objects --------------------------------------------------------------------------------


class _Known(dict[Any, int]):
    """Tokens of hashable objects, each made once."""

    def __missing__(self, item: Any) -> int:
        token = self[item] = _token(item)
        return token


def _token(item: Any) -> int:
    """Token of one object."""
    if isinstance(item, str):
        return _digest(b"text", item.encode("utf-8", "surrogatepass"))
    if isinstance(item, float):
        return _float_token(item)
    if item is None or item is getattr(sys.modules.get("pandas"), "NA", None):
        return MISSING
    # Before numbers, because numpy's durations are integers by inheritance.
    if isinstance(item, datetime.date | datetime.timedelta | np.datetime64 | np.timedelta64):
        return int(_time_tokens(np.array([_as_numpy_time(item)]))[0])
    if isinstance(item, numbers.Number | np.bool):
        return _number_token(item)
    if isinstance(item, bytes):
        return _digest(b"bytes", item)
    if isinstance(item, list | tuple | set | frozenset | Mapping | np.ndarray):
        return _container_token(item)
    try:
        return _digest(b"object", joblib.hash(item).encode())
    except Exception:  # joblib.hash pickles, and pickling can raise anything
        return _digest(b"repr", repr(item).encode("utf-8", "surrogatepass"))


def _number_token(item: Any) -> int:
    """Token of one number, as an array of its kind would have it."""
    if isinstance(item, complex | np.complexfloating):
        return int(_complex_tokens(np.array([item], dtype=np.complex128))[0])
    value = int(item) if isinstance(item, numbers.Integral | np.bool) else item
    try:
        number = float(value)
    except OverflowError:
        return _digest(b"number", str(value).encode())
    if isinstance(value, int) and number != value:
        if not -(2**63) <= value < 2**64:
            return _digest(b"number", str(value).encode())
        dtype = np.int64 if value < 0 else np.uint64
        return int(_integer_tokens(np.array([value], dtype=dtype))[0])
    return _float_token(number)


def _float_token(number: float) -> int:
    """Bits of a float; adding zero turns -0.0 into 0.0."""
    if number != number:
        return MISSING
    return int.from_bytes(struct.pack("<d", number + 0.0), "little")


def _as_numpy_time(item: Any) -> Any:
    """Turn a date, datetime or duration of Python or pandas into numpy's, in UTC."""
    if isinstance(item, np.generic):
        return item
    for convert in ("to_datetime64", "to_timedelta64"):  # pandas', to the nanosecond
        if hasattr(item, convert):
            return getattr(item, convert)()
    if isinstance(item, datetime.datetime) and item.tzinfo is not None:
        item = item.astimezone(datetime.UTC).replace(tzinfo=None)
    return np.timedelta64(item) if isinstance(item, datetime.timedelta) else np.datetime64(item)


def _container_token(item: Any) -> int:
    """Token of a collection: for a sequence, the fingerprint of a row of its items."""
    if isinstance(item, np.ndarray):
        return _combine(tokenize(item).ravel())
    if isinstance(item, list | tuple):
        return _combine([_token(value) for value in item])
    # Without an order; led by what kind they are.
    if isinstance(item, Mapping):
        pairs = (_combine([_token(key), _token(item[key])]) for key in item)
        return _combine([_digest(b"mapping", b""), *sorted(pairs)])
    return _combine([_digest(b"set", b""), *sorted(map(_token, item))])


def _combine(tokens: Sequence[int] | Fingerprints) -> int:
    """Token of a row of cells, from theirs."""
    cells = np.array(tokens, dtype=np.uint64)
    total = mix(cells ^ column_keys(len(cells))).sum(keepdims=True, dtype=np.uint64)
    return int(finish(total, len(cells))[0])


def _digest(kind: bytes, content: bytes) -> int:
    """64 bits of BLAKE2b, apart for each kind of content."""
    return int.from_bytes(hashlib.blake2b(content, digest_size=8, person=kind).digest(), "little")
