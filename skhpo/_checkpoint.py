"""The checkpoint of a search: is it the same search, and what is used again of it.

identity   what decides the scores, as JSON: a resumed search has the same or is refused
meta       identity, splits, test rows, seed and lag: written before the first fold
"""

from __future__ import annotations

import base64
import hashlib
import os
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import cached_property, partial
from typing import Any

import numpy as np
import sklearn

from skhpo._described import (
    NotPlainError,
    describe,
    described_items,
    from_json,
    readable,
    restore,
    text_of,
    to_json,
)
from skhpo._fingerprint import column_names, row_fingerprints
from skhpo._journal import Journal
from skhpo._journal_file import JournalFile
from skhpo._journal_rows import CandidateRow
from skhpo._rows import n_rows
from skhpo._space import Space
from skhpo.exceptions import CheckpointMismatchError

# Parameters that change no fold's result, or only how many candidates there are; and those
# that are described by what they stand for.
_MAY_DIFFER = frozenset(
    {
        "checkpoint",
        "early_stopping",
        "estimator",
        "fit_memory",
        "fit_timeout",
        "initial_trials",
        "max_time",
        "n_iter",
        "n_jobs",
        "on_interrupt",
        "param_grid",
        "points_per_dimension",
        "pre_dispatch",
        "random_state",
        "refit",
        "share_fits",
        "test_ledger",
        "verbose",
    }
)
_MAX_VALUE_LENGTH = 60


class OpenCheckpoint:
    """What one fit uses of its checkpoint; without a file, nothing.

    Parameters
    ----------
    file : JournalFile or None
        The file; None if none is wanted.
    journal : Journal or None
        It, open.
    identity : dict of str to object
        What decides the scores.

    Raises
    ------
    CheckpointMismatchError
        If the file is of another search.
    """

    def __init__(
        self,
        file: JournalFile | None = None,
        journal: Journal | None = None,
        identity: dict[str, Any] | None = None,
    ) -> None:
        # Who has no journal has nothing to say of its file.
        self._file = file or JournalFile("")
        self._journal = journal
        self._identity = identity or {}
        self._compare()

    @property
    def is_resumed(self) -> bool:
        """Whether an earlier fit has begun the file."""
        return bool(self._meta)

    @property
    def _meta(self) -> dict[str, Any]:
        """What an earlier fit wrote; empty if this is the first one."""
        return {} if self._journal is None else self._journal.meta

    @property
    def seed(self) -> int | None:
        """Seed of the earlier fit; None if this is the first one."""
        return self._meta.get("seed")

    @cached_property
    def splits(self) -> list[tuple[Any, Any]] | None:
        """Splits of the earlier fit."""
        pairs = self._meta.get("splits")
        return None if pairs is None else [(_unpack(a), _unpack(b)) for a, b in pairs]

    @property
    def division(self) -> tuple[Any, Any] | None:
        """Development and test rows of the earlier fit; None too if none were set aside."""
        pair = self._meta.get("division")
        return None if pair is None else (_unpack(pair[0]), _unpack(pair[1]))

    def begin(
        self, *, seed: int, lag: int, splits: Any, division: Any
    ) -> tuple[int, Journal | None]:
        """Write what all folds have in common; the lag that counts, and where folds go.

        Raises
        ------
        OSError
            If it cannot be written.
        CheckpointMismatchError
            If an iterator gave other splits than before.
        """
        if self._journal is None:
            return lag, None
        lag = self._meta.get("lag", lag)
        packed = [[_pack(train), _pack(test)] for train, test in splits]
        if self._meta and packed != self._meta["splits"]:
            raise self._mismatch(["cv: other splits"])
        meta = {
            "identity": self._identity,
            "seed": seed,
            "lag": lag,
            "splits": packed,
            "division": None if division is None else [_pack(rows) for rows in division],
        }
        self._journal.begin(meta)
        return lag, self._journal

    def _compare(self) -> None:
        """Compare with the earlier fit's."""
        if not self._meta:
            return
        there, identity = self._meta["identity"], self._identity
        names = [name for name in {**there, **identity} if there.get(name) != identity.get(name)]
        if "random_state" in names and None in (
            there.get("random_state"),
            identity.get("random_state"),
        ):
            # None takes the seed of the other.
            names.remove("random_state")
        if names:
            raise self._mismatch(
                [_say_difference(name, there.get(name), identity.get(name)) for name in names]
            )

    def _mismatch(self, differences: list[str]) -> CheckpointMismatchError:
        """The error of another search's file."""
        return CheckpointMismatchError(
            self._file.say(
                "be of the same search",
                f", which differs in {'; '.join(differences)}. Fit with what it was made with, or "
                "name another file",
            )
        )


@contextmanager
def open_checkpoint(
    path: str | os.PathLike[str] | None,
    identify: Callable[[], dict[str, Any]],
    find_space: Callable[[], Space],
    *,
    is_grid: bool,
) -> Iterator[OpenCheckpoint]:
    """Open a checkpoint for one fit, if one is wanted.

    Parameters
    ----------
    path : str, path-like or None
        The file; None wants none.
    identify : callable
        ``identify()`` gives the identity of the search.
    find_space : callable
        ``find_space()`` gives the space, which has the choices that are no JSON.
    is_grid : bool
        Whether candidates are known by their parameters: a grid may grow.

    Yields
    ------
    checkpoint : OpenCheckpoint

    Raises
    ------
    OSError, ValueError
        See `Journal`.
    CheckpointMismatchError
        If the file is of another search.
    """
    if path is None:
        yield OpenCheckpoint()
        return
    file = JournalFile(path)
    journal = Journal(file, by_number=not is_grid, decode=partial(_decode, find_space))
    with closing(journal):
        yield OpenCheckpoint(file, journal, identify())


def _decode(find_space: Callable[[], Space], row: CandidateRow) -> dict[str, Any]:
    """Parameters of a stored candidate; what is no JSON is found among the choices."""
    try:
        params: dict[str, Any] = from_json(row.params)
    except NotPlainError:
        params = _find_among(
            row.params, {to_json(choice): choice for choice in _choices(find_space())}
        )
    return params


def identify_search(
    search: Any, X: Any, y: Any, params: dict[str, Any], *, old_trials: Any
) -> dict[str, Any]:
    """Describe what decides the scores of a search.

    Parameters
    ----------
    search : estimator
        The search.
    X, y : array-like
        All rows, before any are set aside.
    params : dict of str to object
        What else `fit` was given.
    old_trials : object
        Description of the trials that it learns from; None for none.
    """
    own = search.get_params(deep=False)
    identity = {
        "search": type(search).__name__,
        "X": _describe_rows(X),
        "y": None if y is None else _describe_rows(y),
        "fit parameters": {name: _describe_rows(params[name]) for name in sorted(params)},
        "estimator": describe(search.estimator),
        "scikit-learn": sklearn.__version__,
    }
    for name in sorted(set(own) - _MAY_DIFFER):
        value = own[name]
        identity[name] = "an iterator" if isinstance(value, Iterator) else describe(value)
    seed = search.random_state
    identity["initial_trials"] = old_trials
    identity["random_state"] = int(seed) if isinstance(seed, int | np.integer) else None
    return identity


def identify_function(
    function: Callable[..., Any],
    key: str | None,
    *,
    space: Any,
    strategy: Any,
    random_state: Any,
    initial_params: Any,
    old_trials: Any,
) -> dict[str, Any]:
    """Describe what decides the values of `maximize`; see `identify_search`.

    Raises
    ------
    ValueError
        If the function has no name of its own, and no `key` stands for it.
    """
    name = getattr(function, "__qualname__", type(function).__qualname__)
    if key is None and "<" in name:
        raise ValueError(
            "`key` must be a str when `checkpoint` is a file and the function is a lambda or made "
            f"inside of another, got key=None for {name!r}; pass a name that changes when the "
            "function does, such as key='v1'."
        )
    if not isinstance(strategy, str):
        # An object has a space and a seed of its own.
        own = getattr(strategy, "space", None)
        space = [dict(branch) for branch in own.branches] if isinstance(own, Space) else own
        random_state = getattr(strategy, "random_state", None)
    is_seed = isinstance(random_state, int | np.integer)
    return {
        "search": f"{getattr(function, '__module__', '')}.{name}",
        "key": key,
        "strategy": strategy if isinstance(strategy, str) else type(strategy).__name__,
        "space": None if strategy == "grid" else describe(space),
        "random_state": int(random_state) if is_seed else None,
        "initial_params": describe(initial_params),
        "initial_trials": old_trials,
    }


def _describe_rows(values: Any) -> Any:
    """Description of data by their content, whatever holds them."""
    if not (hasattr(values, "shape") or hasattr(values, "__len__")) or isinstance(values, str):
        return describe(values)
    shape = [int(n) for n in getattr(values, "shape", (n_rows(values),))]
    try:
        prints = row_fingerprints(values)
    except Exception:  # whatever it holds
        return describe(values)
    digest = hashlib.blake2b(prints.tobytes(), digest_size=16).hexdigest()
    names = column_names(values)
    return [shape, digest, None if names is None else [str(name) for name in names]]


def _say_difference(name: str, there: Any, here: Any) -> str:
    """Name what differs, and how where that is short."""
    if name in ("X", "y") and there is not None and here is not None:
        if there[0] != here[0]:
            return f"{name}: shape {tuple(there[0])} there, {tuple(here[0])} here"
        return f"{name}: other {'columns' if there[2] != here[2] else 'values'}"
    path, there, here = _narrow(name, there, here)
    values = [str(readable(value)) if _is_description(value) else "" for value in (there, here)]
    if all(values) and max(map(len, values)) <= _MAX_VALUE_LENGTH and values[0] != values[1]:
        return f"{path}: {values[0]} there, {values[1]} here"
    return path


def _narrow(path: str, there: Any, here: Any) -> tuple[str, Any, Any]:
    """The only parameter that differs between estimators of one class, in estimators too."""
    pairs = [_params_of(there), _params_of(here)]
    if None in pairs:
        return path, there, here
    (kind, ours), (other, theirs) = pairs  # type: ignore[misc]
    names = [name for name in {**ours, **theirs} if ours.get(name) != theirs.get(name)]
    if kind != other or len(names) != 1:
        return path, there, here
    return _narrow(f"{path}.{names[0]}", ours.get(names[0]), theirs.get(names[0]))


def _params_of(description: Any) -> tuple[str, dict[str, Any]] | None:
    """Class and parameters of a description of an estimator."""
    if not isinstance(description, dict) or list(description) != ["estimator"]:
        return None
    kind, params = description["estimator"]
    return kind, dict(params["dict"])


def _is_description(value: Any) -> bool:
    """Whether a part of an identity is a description of one value."""
    return not isinstance(value, dict) or len(value) == 1


def _choices(space: Space) -> Iterator[Any]:
    """All choices of a space."""
    for branch in space.branches:
        for dimension in branch.values():
            yield from getattr(dimension, "choices", ())


def _find_among(text: str, known: dict[str, Any]) -> dict[str, Any]:
    """Parameters of a text, of which some are found by their own text."""
    found = {}
    for name, description in described_items(text):
        own = text_of(description)
        found[name] = known[own] if own in known else restore(description)
    return found


def _pack(indices: Any) -> str:
    """Integers as text."""
    content = np.ascontiguousarray(indices, dtype="<i8").tobytes()
    return base64.b64encode(zlib.compress(content)).decode()


def _unpack(text: str) -> Any:
    """Integers of a text."""
    content = zlib.decompress(base64.b64decode(text))
    return np.frombuffer(content, dtype="<i8").astype(np.intp)
