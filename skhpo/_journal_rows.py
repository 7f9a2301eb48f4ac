"""Rows of a checkpoint, their digests, and those of a damaged file that are intact."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from skhpo._sqlite_pages import find_rows

# What `meta` has in each file that a search has begun.
META_NAMES = frozenset({"identity", "seed", "lag", "splits", "division"})


@dataclass(frozen=True)
class CandidateRow:
    """A candidate; `id` is its own for good, `number` its place in the latest search."""

    id: int
    number: int
    params: str
    origin: str


@dataclass(frozen=True)
class FoldRow:
    """A finished fold of a candidate."""

    candidate: int
    fold: int
    result: str
    responses: bytes


@dataclass(frozen=True)
class Content:
    """All that is in a file."""

    meta: dict[str, Any]
    candidates: tuple[CandidateRow, ...]
    folds: tuple[FoldRow, ...]


@dataclass(frozen=True)
class IntactRows:
    """What of a damaged file is as it was written.

    Parameters
    ----------
    content : Content
        It.
    is_mixed : bool
        Whether file and log are of different searches.
    """

    content: Content
    is_mixed: bool

    @property
    def lost_names(self) -> list[str]:
        """What a search cannot go on without, and is lost."""
        return sorted(META_NAMES - set(self.content.meta))

    @property
    def is_checkpoint(self) -> bool:
        """Whether there is anything at all."""
        return bool(self.content.meta or self.content.candidates)

    def __str__(self) -> str:
        """How much that is."""
        n_folds, n_candidates = len(self.content.folds), len(self.content.candidates)
        return (
            f"{n_folds} {'fold' if n_folds == 1 else 'folds'} of "
            f"{n_candidates} {'candidate' if n_candidates == 1 else 'candidates'}"
        )


def find_intact(path: str) -> IntactRows:
    """Find the rows of a file whose digests are right, whatever else is damaged.

    Rows are told apart by their values: no digest of one kind is right for another. A
    candidate whose row is lost is made of what its folds say of it.

    A row may be there twice, on a page that is no longer used and in the log. As a fold and
    a candidate are written for good, but for the candidate's place in the latest search, any
    of them does.

    Raises
    ------
    OSError
        If the file cannot be read.
    """
    meta: dict[str, Any] = {}
    candidates: dict[int, CandidateRow] = {}
    folds: dict[tuple[int, int], FoldRow] = {}
    is_mixed = False
    for rowid, values in find_rows(path):
        match values:
            case (str(name), str(value), bytes(digest)):
                if digest == digest_of(name, value):
                    entry = json.loads(value)
                    is_mixed |= name in meta and _is_of_another(name, meta[name], entry)
                    meta[name] = entry
            case (None, int(number), str(params), str(origin), bytes(digest)):
                if digest == digest_of(rowid, number, params, origin):
                    candidates[rowid] = CandidateRow(rowid, number, params, origin)
            case (int(candidate), int(fold), str(result), bytes(responses), bytes(digest)):
                if digest == digest_of(candidate, fold, result, responses):
                    folds[candidate, fold] = FoldRow(candidate, fold, result, responses)
    for (own, _), row in folds.items():
        # Files of before 0.1 have folds that do not say it.
        said = None if own in candidates else json.loads(row.result).get("candidate")
        if said is not None:
            candidates[own] = CandidateRow(own, *said)
    in_order = Content(
        meta,
        tuple(candidates[own] for own in sorted(candidates)),
        tuple(folds[key] for key in sorted(folds) if key[0] in candidates),
    )
    return IntactRows(in_order, is_mixed)


def _is_of_another(name: str, one: Any, other: Any) -> bool:
    """Whether two versions of an entry of `meta` cannot be of one search."""
    if name != "identity":
        return bool(one != other)
    # None takes the seed of an earlier fit, which is an entry of its own.
    names = {*one, *other} - {"random_state"}
    return any(one.get(key) != other.get(key) for key in names)


def digest_of(*fields: Any) -> bytes:
    """Digest of a row but for its digest."""
    state = hashlib.blake2b(digest_size=16)
    for field in fields:
        content = field if isinstance(field, bytes) else repr(field).encode()
        # Lengths keep fields apart.
        state.update(len(content).to_bytes(8, "big"))
        state.update(content)
    return state.digest()
