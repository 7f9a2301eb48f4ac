"""The cells of a grid: combinations of lists, numbered."""

from __future__ import annotations

import math
import operator
from collections.abc import Iterator, Mapping, Sequence
from typing import Any


class Grid(Sequence[dict[str, Any]]):
    """The union of products of lists, cell by cell, in `ParameterGrid`'s order.

    Unlike `ParameterGrid` it may have more cells than fit in 64 bits; `n_cells`
    counts them where ``len`` cannot.
    """

    def __init__(self, branches: Sequence[Mapping[str, Sequence[Any]]]) -> None:
        self._branches = [dict(sorted(branch.items())) for branch in branches]
        self._sizes = [math.prod(map(len, branch.values())) for branch in self._branches]
        self.n_cells = sum(self._sizes)

    def __len__(self) -> int:
        """Count the cells."""
        return self.n_cells

    def __getitem__(self, index: Any) -> Any:
        """Cell at an index: the last name, in sorted order, changes fastest."""
        index = operator.index(index)
        if not 0 <= index < self.n_cells:
            raise IndexError(f"cell {index} is outside a grid of {self.n_cells}")
        for branch, size in zip(self._branches, self._sizes, strict=True):
            if index < size:
                return _cell(branch, index)
            index -= size
        raise AssertionError("unreachable: sizes add up to n_cells")

    def find(self, branch: int, positions: Mapping[str, int]) -> int:
        """Find the index of a cell from the positions of its values in their lists."""
        index = 0
        for name, values in self._branches[branch].items():
            index = index * len(values) + positions[name]
        return sum(self._sizes[:branch]) + index

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Cells in order."""
        return (self[index] for index in range(self.n_cells))


def _cell(branch: dict[str, Sequence[Any]], index: int) -> dict[str, Any]:
    """Cell of one branch, by mixed-radix digits of its index."""
    params: dict[str, Any] = {}
    for name, values in reversed(branch.items()):
        index, digit = divmod(index, len(values))
        params[name] = values[digit]
    return dict(reversed(params.items()))
