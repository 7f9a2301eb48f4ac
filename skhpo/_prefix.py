"""Candidates share the fitted first steps of a Pipeline, and what these made of the rows.

link      one step of a candidate's Pipeline; it answers from memory where it can
entry     a fitted step, kept with its output for the training rows (``fit_transform``)
          and for each side of the fold (``transform``), which differ in their last bits
side      "train", "test", or "eval" for rows that decide when a fit stops: a known object, the
          rows or what the link before gave for them

The Pipeline is scikit-learn's, fitted by its own ``fit`` and asked by any scorer: only the
methods of its first steps are shadowed meanwhile. Rows are known by identity, and by their
content where somebody might have written to them, so that whatever else a scorer asks for is
computed as ever. A step that was fitted or changed by others since answers itself, too.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Hashable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import joblib
import numpy as np
from sklearn.utils import get_tags

from skhpo._fold_memory import Memory
from skhpo._kept import count_bytes, is_plain_sparse, keep, lend, sparse_arrays
from skhpo._prefix_key import step_keys
from skhpo._shadows import shadowed


@contextmanager
def sharing_prefix(
    pipeline: Any,
    memory: Memory | None,
    fold: int,
    sides: dict[str, Any],
    fit_params: dict[str, Any],
    *,
    lends_copies: bool,
) -> Iterator[list[Link]]:
    """Let the first steps of a candidate be found in memory, or kept there.

    Parameters
    ----------
    pipeline : estimator
        The candidate, unfitted; its first steps are replaced.
    memory : Memory or None
        What the worker keeps; None shares nothing.
    fold : int
        The split's number.
    sides : dict of str to array-like
        Rows by side, "train" among them: the objects that are fitted and scored.
    fit_params : dict of str to object
        Keyword arguments of ``fit``.
    lends_copies : bool
        Whether steps get arrays that they may write to.

    Yields
    ------
    links : list of Link
        One for each step that is shared; to be settled after the fit.
    """
    keys = [] if memory is None else step_keys(pipeline, tuple(fit_params))
    if memory is None or not keys:
        yield []
        return
    chain = _Chain(memory, lends_copies)
    links: list[Link] = []
    with ExitStack() as stack:
        # Last of all, when the steps have their own methods again.
        stack.callback(_release, links)
        known = dict(sides), sides["train"]
        for position, key in keys:
            if key in chain.memory.unshared:
                break
            name, step = pipeline.steps[position]
            inputs = links[-1].outputs if links else _Outputs(*known)
            link = Link(chain, (fold, key), step, inputs)
            steps = list(pipeline.steps)
            steps[position] = name, link.step
            pipeline.steps = steps
            links.append(link)
            stack.enter_context(shadowed(link.step, link.shadows))
        try:
            yield links
        finally:
            # What was fitted before another step failed is of use to others.
            for link in links:
                link.settle()


def _release(links: list[Link]) -> None:
    """Let go of rows and outputs: cycles of functions would hold them until they are found."""
    for link in links:
        link.release()


@dataclass
class _Chain:
    """What the links of one candidate have in common."""

    memory: Memory
    lends_copies: bool
    # A step whose output cannot be kept ends the sharing for those behind it.
    is_broken: bool = False


@dataclass
class _Outputs:
    """Objects that a link gave, by which the next one knows its input."""

    by_side: dict[str, Any] = field(default_factory=dict)
    fitted: Any = None


@dataclass(frozen=True)
class _Kept:
    """An output in the form in which it is kept, and the digest of its input."""

    output: Any
    digest: str | None


@dataclass(frozen=True)
class _Entry:
    """A fitted step and its outputs."""

    step: Any
    fitted: _Kept
    by_side: dict[str, _Kept] = field(default_factory=dict)


class Link:
    """One step of a candidate's Pipeline; its methods stand in for the step's own.

    Parameters
    ----------
    chain : _Chain
        What links have in common.
    key : hashable
        Of the fold, the step and those before it.
    step : estimator
        The candidate's own, unfitted.
    inputs : _Outputs
        What the link before gives.
    """

    def __init__(self, chain: _Chain, key: tuple[int, Hashable], step: Any, inputs: _Outputs):
        self._chain, self._key, self._inputs = chain, key, inputs
        self._entry: _Entry | None = chain.memory.steps.get(key)
        self.is_found = self._entry is not None
        self.outputs = _Outputs()
        self.step = _copy(step if self._entry is None else self._entry.step)
        self._own_transform = self.step.transform
        self._was_fitted = False
        self.shadows: dict[str, Callable[..., Any]] = {
            "fit_transform": self._make_fit_transform(),
            "transform": self.transform,
        }
        self._state: dict[str, Any] = {}
        self._new: _Kept | None = None

    def settle(self) -> None:
        """Keep what was fitted, and note the step's attributes; a second call does nothing.

        Not sooner: while a Pipeline fits its steps, they carry its callback context.
        """
        if self._state:
            return
        self._state = dict(vars(self.step))
        if self._new is not None:
            self._entry = _Entry(_copy(self.step, without=self.shadows), self._new)
            self._keep_entry()

    def release(self) -> None:
        """Refer to nothing any more."""
        self.shadows.clear()
        vars(self).clear()

    def _is_unchanged(self) -> bool:
        """Whether the step is as it was noted."""
        now = vars(self.step)
        same = len(now) == len(self._state)
        return same and all(now.get(name, self) is value for name, value in self._state.items())

    def _make_fit_transform(self) -> Callable[..., Any]:
        """What stands in for ``fit_transform``, as a Pipeline calls it or its absence."""
        own = getattr(self.step, "fit_transform", None)
        own_fit = self.step.fit

        def fit_transform(X: Any, y: Any = None, **params: Any) -> Any:
            """Answer the first call, which is the search's; others are as ever."""

            def compute() -> Any:
                """Fit and transform."""
                if own is not None:
                    return own(X, y, **params)
                own_fit(X, y, **params)
                return self._own_transform(X)

            is_first, self._was_fitted = not self._was_fitted, True
            is_expected = is_first and X is self._inputs.fitted and not params
            if not is_expected or self._chain.is_broken:
                return compute()
            self.outputs.fitted = self._fit(X, compute)
            return self.outputs.fitted

        return fit_transform

    def _fit(self, X: Any, compute: Callable[[], Any]) -> Any:
        """Output for the training rows: from memory, or computed and kept."""
        if self._entry is not None:
            return lend(self._entry.fitted.output, self._chain.lends_copies)
        output, kept = self._compute(X, compute)
        if kept is None or get_tags(self.step).non_deterministic:
            self._chain.memory.unshared.add(self._key[1])
            self._chain.is_broken = True
            return output
        self._new = kept
        return output if self._chain.lends_copies else lend(kept.output, is_writable=False)

    def transform(self, X: Any, **params: Any) -> Any:
        """Output for rows: of known ones from memory, or computed and kept."""
        side = self._side_of(X)
        if params or side is None or self._entry is None or not self._is_unchanged():
            return self._own_transform(X, **params)
        known = self._entry.by_side.get(side)
        if known is not None and known.digest == _digest(X):
            output = lend(known.output, self._chain.lends_copies)
        else:
            output, kept = self._compute(X, lambda: self._own_transform(X))
            if kept is None:
                return output
            self._entry.by_side[side] = kept
            self._keep_entry()
            if not self._chain.lends_copies:
                output = lend(kept.output, is_writable=False)
        self.outputs.by_side[side] = output
        return output

    def _side_of(self, X: Any) -> str | None:
        """Which known rows X is; None for others."""
        return next((side for side, rows in self._inputs.by_side.items() if rows is X), None)

    def _compute(self, X: Any, compute: Callable[[], Any]) -> tuple[Any, _Kept | None]:
        """Output, and how it can be kept: not if the step drew random numbers or wrote to X."""
        states, digest = _generator_states(), _digest(X)
        output = compute()
        if not _same_states(states, _generator_states()) or digest != _digest(X):
            return output, None
        # Who writes to such an output writes to the rows, which others would miss.
        if digest is not None and _may_alias(output, X):
            return output, None
        kept = keep(output, is_private=self._chain.lends_copies)
        return output, None if kept is None else _Kept(kept, digest)

    def _keep_entry(self) -> None:
        """Put the entry, as large as it is now, into the memory."""
        self._chain.memory.steps.put(self._key, self._entry, count_bytes(self._entry))


def _copy(step: Any, without: Any = ()) -> Any:
    """Shallow copy of an estimator, by attributes: `copy.copy` may leave fitted ones out."""
    kind: Any = type(step)
    copied = kind.__new__(kind)
    shadows = {*without, "__getstate__"} if without else set()
    vars(copied).update({k: v for k, v in vars(step).items() if k not in shadows})
    return copied


def _generator_states() -> tuple[Any, Any]:
    """States of the global generators of numpy and of Python."""
    # The generator that scikit-learn's estimators draw from without a seed.
    return np.random.get_state(), random.getstate()  # noqa: NPY002


def _same_states(before: tuple[Any, Any], after: tuple[Any, Any]) -> bool:
    """Whether nothing was drawn between two looks."""
    same_numpy = all(np.array_equal(a, b) for a, b in zip(before[0], after[0], strict=True))
    return same_numpy and before[1] == after[1]


def _digest(X: Any) -> str | None:
    """Digest of rows that somebody may write to; None for read-only ones."""
    if type(X) is np.ndarray and not X.flags.writeable:
        return None
    # Flags that scipy sets when it has looked at the indices are no part of it.
    content = [X.shape, *sparse_arrays(X)] if is_plain_sparse(X) else X
    try:
        return str(joblib.hash(content))
    except Exception:  # rows that cannot be pickled are never the same
        return object.__repr__(object())


def _may_alias(output: Any, X: Any) -> bool:
    """Whether an output may be a view of the rows."""
    if output is X:
        return True
    first, second = (part.data if is_plain_sparse(part) else part for part in (output, X))
    if not isinstance(first, np.ndarray):
        return True
    if isinstance(second, np.ndarray):
        return bool(np.may_share_memory(first, second))
    return not isinstance(X, list | tuple) and first.base is not None
