"""A fold's result as text and bytes, and back."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from skhpo._described import describe, restore
from skhpo._journal_rows import CandidateRow
from skhpo._responses import Coded, Responses
from skhpo._trial import FoldResult

_PLAIN = (
    "is_multimetric",
    "fit_seconds",
    "score_seconds",
    "error",
    "score_error",
    "timed_out",
    "n_shared_steps",
    "best_iteration",
)
_NO_OBJECTS = "predictions that are objects are not kept in a checkpoint"


def pack_result(result: FoldResult, candidate: CandidateRow) -> tuple[str, bytes]:
    """Text of a result, and bytes of its responses."""
    fields = {name: getattr(result, name) for name in _PLAIN}
    fields["test_scores"] = describe(result.test_scores)
    fields["train_scores"] = describe(result.train_scores)
    header, content = _pack_responses(result.responses)
    fields["responses"] = header
    # A candidate whose own row is lost is known by its folds.
    fields["candidate"] = [candidate.number, candidate.params, candidate.origin]
    return json.dumps(fields), content


def unpack_result(number: int, fold: int, text: str, content: bytes) -> FoldResult:
    """Result of a fold, of the candidate that has this number now."""
    fields = json.loads(text)
    return FoldResult(
        number,
        fold,
        restore(fields["test_scores"]),
        restore(fields["train_scores"]),
        responses=_unpack_responses(fields["responses"], content),
        # What was written before a field was there has its default.
        **{name: fields[name] for name in _PLAIN if name in fields},
    )


def _pack_responses(responses: Responses | None) -> tuple[Any, bytes]:
    """Header of responses, and all their arrays one after the other."""
    if responses is None:
        return None, b""
    arrays = {"classes": responses.classes}
    for position, classes in enumerate(responses.classes_by_output or ()):
        arrays[f"classes {position}"] = classes
    for name, response in responses.by_method.items():
        is_coded = isinstance(response, Coded)
        arrays[f"{'codes' if is_coded else 'method'} {name}"] = (
            response.codes if is_coded else response
        )
    arrays = {name: np.ascontiguousarray(a) for name, a in arrays.items() if a is not None}
    if any(array.dtype.hasobject for array in arrays.values()):
        texts = arrays.pop("classes", np.empty(0)).tolist()
        is_text = bool(texts) and all(isinstance(item, str) for item in texts)
        if not is_text or any(array.dtype.hasobject for array in arrays.values()):
            return {"problem": _NO_OBJECTS, "arrays": []}, b""
        return _header(responses, arrays, texts)
    return _header(responses, arrays, None)


def _header(responses: Responses, arrays: dict[str, Any], texts: Any) -> tuple[Any, bytes]:
    """Header and bytes; classes that are objects stand in the header as texts."""
    heads = [[name, array.dtype.str, list(array.shape)] for name, array in arrays.items()]
    header = {"problem": responses.problem, "arrays": heads, "texts": texts}
    return header, b"".join(array.tobytes() for array in arrays.values())


def _unpack_responses(header: Any, content: bytes) -> Responses | None:
    """Responses of a header and bytes."""
    if header is None:
        return None
    if header["problem"]:
        return Responses(problem=header["problem"])
    texts = header["texts"]
    classes = None if texts is None else np.array(texts, dtype=object)
    by_method: dict[str, Any] = {}
    by_output: list[Any] = []
    place = 0
    for name, dtype, shape in header["arrays"]:
        kind = np.dtype(dtype)
        n_items = int(np.prod(shape, dtype=int))
        flat = np.frombuffer(content, dtype=kind, count=n_items, offset=place)
        array = flat.reshape(shape).copy()
        place += array.nbytes
        role, _, rest = name.partition(" ")
        if name == "classes":
            classes = array
        elif role == "classes":
            by_output.append(array)
        else:
            by_method[rest] = Coded(array) if role == "codes" else array
    return Responses(by_method, classes, by_output or None)
