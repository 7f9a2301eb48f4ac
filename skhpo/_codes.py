"""Codes of the candidates that a strategy has asked.

code        place in the unit cube, shape (n_columns,); nan where a branch lacks the column
given       candidates that the user wants tried first
taken       keys of all candidates that were asked or given: none is proposed twice

What is proposed is a code, and what a checkpoint keeps is parameters. So the code of a candidate
is what its parameters say, not what they were decoded from, which differs by a rounding: a
strategy that has its candidates from a checkpoint is the same to the last bit.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

import skhpo._surrogate as _surrogate
from skhpo._members import encode_each
from skhpo._space import Space

Array = NDArray[np.float64]


class Codes:
    """Codes by number, and what is not to be proposed again.

    Parameters
    ----------
    space : Space
        What candidates are of.
    given : sequence of dict of str to object
        The first candidates.

    Attributes
    ----------
    taken : set of bytes
        See the module's glossary.
    """

    def __init__(self, space: Space, given: Sequence[dict[str, Any]]) -> None:
        self._space = space
        # A candidate has a code in each dict that has it: none of them is proposed again.
        self._given = [encode_each(space, params, "initial_params") for params in given]
        self.taken = {_surrogate.key(code) for codes in self._given for code in codes}
        self._codes: list[Array] = []

    def add(self, params: dict[str, Any]) -> None:
        """Encode the next candidate: in the first dict where it was not asked yet.

        Raises
        ------
        ValueError
            If no dict has these names, or a value is none of the choices.
        """
        number = len(self._codes)
        codes = self._given[number] if number < len(self._given) else self._encode(params)
        free = (code for code in codes if _surrogate.key(code) not in self.taken)
        code = next(free, codes[0])
        self._codes.append(code)
        self.taken.add(_surrogate.key(code))

    def stack(self, numbers: Sequence[int]) -> Array:
        """Codes of candidates, shape (n, n_columns)."""
        codes = np.array([self._codes[n] for n in numbers])
        return codes.reshape(len(numbers), len(self._space.columns))

    def _encode(self, params: dict[str, Any]) -> list[Array]:
        """Codes in the dicts that have the candidate; snapped, as proposals are."""
        branches = self._space.branches
        numbers = [self._space.find_branch(params)]
        if len(branches) > 1:
            fits = [i for i, branch in enumerate(branches) if _has(branch, params)]
            # Rounding may put a value beyond the end of its range.
            numbers = fits or numbers
        return list(self._space.snap(np.array([self._space.encode(params, i) for i in numbers])))


def _has(branch: dict[str, Any], params: dict[str, Any]) -> bool:
    """Whether a branch has a candidate."""
    return branch.keys() == params.keys() and all(
        branch[name].contains(value) for name, value in params.items()
    )
