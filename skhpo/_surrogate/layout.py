"""What the search for candidates knows of a space: columns, levels, and all of it.

U           codes, shape (n, n_dims), in the unit cube; nan where inactive
level       one position of a discrete column; `levels[c]` are all of column c's, sorted,
            None where it is continuous
key         identity of a candidate: its code, rounded
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

# Continuous codes that agree to this many decimals are the same candidate.
DECIMALS = 9


class Column(Protocol):
    """What is asked of a column."""

    @property
    def kind(self) -> str:
        """Either "continuous", "ordinal" or "categorical"."""


class Domain(Protocol):
    """What is asked of a space."""

    @property
    def columns(self) -> tuple[Column, ...]:
        """Columns of the codes."""

    @property
    def active(self) -> NDArray[np.bool_]:
        """Which columns each branch has."""

    def snap(self, U: Array) -> Array:
        """Move codes to representable ones."""

    def sample_encoded(self, n: int, rng: np.random.Generator) -> Array:
        """Draw codes."""


@dataclass(frozen=True)
class Layout:
    """What the search needs to know of the columns, found once.

    Parameters
    ----------
    is_continuous, is_categorical : ndarray of bool, shape (n_dims,)
        Kinds of the columns; the rest are ordinal.
    has_branches : bool
        Whether column 0 is the branch.
    levels : tuple of (ndarray or None)
        Positions of each discrete column's levels, None where continuous.
    """

    is_continuous: NDArray[np.bool_]
    is_categorical: NDArray[np.bool_]
    has_branches: bool
    levels: tuple[Array | None, ...]


def key(u: Array) -> bytes:
    """Identity of a code."""
    return np.round(np.where(np.isnan(u), -1.0, u), DECIMALS).tobytes()


def best_untaken(C: Array, values: Array, taken: Collection[bytes]) -> Array | None:
    """Row of the highest value whose key is not taken, the first of equals."""
    order = np.argsort(-values, kind="stable")
    return next((C[i] for i in order if key(C[i]) not in taken), None)


def find_layout(domain: Domain, n_positions: int = 4096) -> Layout:
    """Layout of a space; levels closer than 1 / `n_positions` may be missed.

    Missed levels can still be drawn and reached by steps.
    """
    kinds = np.array([column.kind for column in domain.columns])
    return Layout(
        kinds == "continuous",
        kinds == "categorical",
        len(domain.active) > 1,
        tuple(
            None if kind == "continuous" else _find_levels(domain, column, n_positions)
            for column, kind in enumerate(kinds)
        ),
    )


def _find_levels(domain: Domain, column: int, n_positions: int) -> Array:
    """Positions of a discrete column's levels."""
    has_column = int(np.flatnonzero(domain.active[:, column])[0])
    U = np.full((n_positions, domain.active.shape[1]), 0.5)
    if len(domain.active) > 1:
        U[:, 0] = (has_column + 0.5) / len(domain.active)
    U[:, column] = (np.arange(n_positions) + 0.5) / n_positions
    return np.unique(domain.snap(U)[:, column])


def enumerate_codes(domain: Domain, layout: Layout) -> Array:
    """All codes of a finite space, branch by branch, shape (n_candidates, n_dims)."""
    blocks = []
    n_branches = len(domain.active)
    for branch, active in enumerate(domain.active):
        axes = [
            np.array([np.nan]) if not is_active or levels is None else levels
            for is_active, levels in zip(active, layout.levels, strict=True)
        ]
        if n_branches > 1:
            axes[0] = np.array([(branch + 0.5) / n_branches])
        # A space of constants has no columns, and one code.
        grid = np.meshgrid(*axes, indexing="ij") if axes else [np.zeros(1)]
        blocks.append(np.stack(grid, axis=-1).reshape(-1, len(grid))[:, : len(axes)])
    return np.vstack(blocks)
