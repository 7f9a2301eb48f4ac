"""Values as JSON: what identifies a value, the same in every process.

plain      None, bool, int, float, str, and tuples, lists, dicts, numpy scalars and small
           arrays of such: given again by `from_json`
described  anything else, as an estimator or a function: class, name and parameters, or a
           digest of its content; it is known again, but not made again

Nothing is ever unpickled: who reads a description gets plain values, and finds the others
among choices that he has.
"""

from __future__ import annotations

import base64
import hashlib
import json
import math
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import Any

import joblib
import numpy as np

# Larger arrays are known by their digest.
_MAX_ARRAY_BYTES = 4096
_MAX_DEPTH = 20


def to_json(value: Any) -> str:
    """Canonical text of a value: equal for what is equal, whatever order a dict has."""
    return text_of(describe(value))


def text_of(description: Any) -> str:
    """Canonical text of a description."""
    return json.dumps(description, sort_keys=True, separators=(",", ":"))


def described_items(text: str) -> list[tuple[str, Any]]:
    """Names of a dict and descriptions of its values, of the text that `to_json` gave."""
    return [(name, description) for name, description in json.loads(text)["dict"]]


def from_json(text: str) -> Any:
    """Value of a text of `to_json`.

    Raises
    ------
    NotPlainError
        If the value, or one in it, is not plain.
    """
    return restore(json.loads(text))


class NotPlainError(ValueError):
    """A description says which value it was, but the value cannot be made of it."""


def describe(value: Any, depth: int = 0) -> Any:
    """Description of a value, made of what JSON has; a dict has one key, its kind."""
    if depth > _MAX_DEPTH:
        return {"object": type(value).__name__}
    if value is None or type(value) in (bool, int, str):
        return value
    if type(value) is float:
        return value if math.isfinite(value) else {"float": repr(value)}
    if isinstance(value, np.generic):
        return _describe_scalar(value)
    if type(value) in (list, tuple):
        return {type(value).__name__: [describe(item, depth + 1) for item in value]}
    if type(value) is dict:
        pairs = [[describe(k, depth + 1), describe(v, depth + 1)] for k, v in value.items()]
        return {"dict": sorted(pairs, key=json.dumps)}
    if type(value) is np.ndarray:
        return _describe_array(value, depth)
    if type(value) is bytes:
        return {"bytes": base64.b64encode(value).decode()}
    return _describe_object(value, depth)


def _describe_scalar(value: np.generic) -> Any:
    """Description of a numpy scalar: its type and its bytes."""
    if value.dtype.kind in "OV":
        return _describe_object(value, 0)
    return {"numpy": [value.dtype.str, base64.b64encode(value.tobytes()).decode()]}


def _describe_array(array: np.ndarray[Any, Any], depth: int) -> Any:
    """Description of an array: its bytes if they are few, else their digest."""
    if array.dtype.kind in "OV":
        return {"items": [list(array.shape), describe(array.ravel().tolist(), depth + 1)]}
    head = [array.dtype.str, list(array.shape)]
    content = np.ascontiguousarray(array).tobytes()
    if len(content) <= _MAX_ARRAY_BYTES:
        return {"array": [*head, base64.b64encode(content).decode()]}
    return {"large array": [*head, hashlib.blake2b(content, digest_size=16).hexdigest()]}


def _describe_object(value: Any, depth: int) -> Any:
    """Description of what is not plain."""
    if isinstance(value, type | FunctionType | BuiltinFunctionType | np.ufunc):
        return {"name": _name(value)}
    if isinstance(value, MethodType):
        return {"method": [_name(value), describe(value.__self__, depth + 1)]}
    kind = type(value)
    own = f"{kind.__module__}.{kind.__qualname__}"
    if hasattr(value, "get_params") and not isinstance(value, type):
        try:
            params = value.get_params(deep=False)
        except Exception:
            params = {}
        return {"estimator": [own, describe(params, depth + 1)]}
    if isinstance(value, np.random.RandomState | np.random.Generator):
        # Its state moves on with each use: the same script has another one in its second run.
        return {"object": [own]}
    if all(hasattr(value, name) for name in ("dist", "args", "kwds")):
        # A frozen distribution of scipy, whose `dist` holds a generator.
        return {"distribution": [value.dist.name, describe(value.args), describe(value.kwds)]}
    state = getattr(value, "__dict__", None)
    if state:
        return {"object": [own, describe(dict(state), depth + 1)]}
    try:
        return {"object": [own, joblib.hash(value)]}
    except Exception:
        return {"object": [own]}


def _name(value: Any) -> str:
    """Qualified name; of a function that was written in place, its code too."""
    name = f"{getattr(value, '__module__', '')}.{getattr(value, '__qualname__', value.__name__)}"
    code = getattr(value, "__code__", None)
    if code is None or ("<" not in name and not name.startswith("__main__.")):
        return name
    digest = hashlib.blake2b(code.co_code, digest_size=8)
    digest.update(repr([c for c in code.co_consts if not hasattr(c, "co_code")]).encode())
    digest.update(repr(code.co_names).encode())
    return f"{name}:{digest.hexdigest()}"


def restore(description: Any) -> Any:
    """Value of a description.

    Raises
    ------
    NotPlainError
        If it is not plain.
    """
    if not isinstance(description, dict):
        return description
    ((kind, content),) = description.items()
    if kind == "float":
        return float(content)
    if kind == "list":
        return [restore(item) for item in content]
    if kind == "tuple":
        return tuple(restore(item) for item in content)
    if kind == "dict":
        return {restore(k): restore(v) for k, v in content}
    if kind == "bytes":
        return base64.b64decode(content)
    if kind == "numpy":
        dtype, text = content
        return np.frombuffer(base64.b64decode(text), dtype=_plain_dtype(dtype))[0]
    if kind == "array":
        dtype, shape, text = content
        flat = np.frombuffer(base64.b64decode(text), dtype=_plain_dtype(dtype))
        return flat.reshape(shape).copy()
    raise NotPlainError(f"This {kind} is described only, and cannot be made again: {content}")


def _plain_dtype(text: str) -> np.dtype[Any]:
    """The dtype of a text; never one whose values are pointers."""
    dtype = np.dtype(text)
    if dtype.hasobject:
        raise NotPlainError(f"This array of {text} is described only, and cannot be made again")
    return dtype


def readable(description: Any) -> Any:
    """What people read of a description: plain values, and names of others."""
    try:
        return restore(description)
    except NotPlainError:
        pass
    ((kind, content),) = description.items()
    if kind == "estimator":
        name, params = content
        inner = ", ".join(f"{k}={readable(v)!r}" for k, v in params["dict"])
        return f"{name.rpartition('.')[2]}({inner})"
    if kind in ("list", "tuple"):
        return [readable(item) for item in content]
    return str(content[0] if isinstance(content, list) else content)
