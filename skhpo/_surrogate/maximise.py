"""The untried candidate of the highest acquisition, on mixed and conditional spaces.

U, C        codes, shape (n, n_dims), in the unit cube; nan where inactive
acquire     log acquisition of codes, shape (n,)
taken       keys of candidates that were proposed before

1. Score draws from the whole space and mutants of the best told candidates.
2. Mutate the best of them in shrinking steps.
3. Climb from the best few: L-BFGS-B on continuous columns, then each single change of a
   discrete one, in turns.
4. Return the best that was not proposed before. Where the space is small and finite,
   all of it takes the place of 1 to 3.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from skhpo._surrogate.layout import Domain, Layout, best_untaken

Array = NDArray[np.float64]

N_DRAWS = 500
N_MUTANTS = 500
N_PARENTS = 5
# Survivors of each round of mutation, mutants of each, and the rounds' steps.
N_SURVIVORS = 8
N_CHILDREN = 20
STEPS = (0.1, 0.04, 0.016)
# Climbs, their turns between continuous and discrete columns, and L-BFGS-B's iterations.
N_CLIMBS = 4
N_TURNS = 2
MAX_ITERATIONS = 12
# Deviations of a mutant's step, as shares of the range: from fine tuning to half of it.
MIN_STEP, MAX_STEP = 0.005, 0.4
P_SWITCH = 0.15
# Larger ordinal columns are searched near the current level only.
N_NEIGHBOURS = 50


class Objective(Protocol):
    """Log acquisition, alone and with its gradient."""

    def __call__(self, U: Array) -> Array:
        """Value of each row, shape (n,)."""

    def slopes(self, U: Array) -> tuple[Array, Array]:
        """Values, and derivatives by U of shape (n, n_dims)."""


def maximise(
    acquire: Objective,
    domain: Domain,
    layout: Layout,
    told: Array,
    taken: Collection[bytes],
    rng: np.random.Generator,
) -> Array | None:
    """Code of the best untried candidate found, shape (n_dims,); None if all were tried.

    `told` are the candidates to begin near, best first.
    """
    C = np.vstack(
        [
            domain.sample_encoded(N_DRAWS, rng),
            mutate(domain, layout, told[:N_PARENTS], N_MUTANTS, rng),
        ]
    )
    values = acquire(C)
    for step in STEPS:
        parents = C[_best(values, N_SURVIVORS)]
        children = _vary(domain, layout, np.repeat(parents, N_CHILDREN, axis=0), step, rng)
        C, values = np.vstack([C, children]), np.append(values, acquire(children))
    climbed = climb(acquire, domain, layout, C[_best(values, N_CLIMBS)])
    C, values = np.vstack([C, climbed]), np.append(values, acquire(climbed))
    return best_untaken(C, values, taken)


def _best(values: Array, n: int) -> NDArray[np.intp]:
    """Rows of the `n` highest values."""
    return np.argsort(-values, kind="stable")[:n]


def mutate(
    domain: Domain, layout: Layout, parents: Array, n: int, rng: np.random.Generator
) -> Array:
    """`n` mutants: one, two, half or all columns moved, by steps of all sizes."""
    n_dims = parents.shape[1]
    rows = parents[rng.integers(len(parents), size=n)]
    share = rng.choice([1.0 / n_dims, 2.0 / n_dims, 0.5, 1.0], size=(n, 1))
    step = np.exp(rng.uniform(math.log(MIN_STEP), math.log(MAX_STEP), size=(n, 1)))
    moved = _choose_columns(n, n_dims, share, rng)
    if layout.has_branches:
        moved[:, 0] = rng.uniform(size=n) < P_SWITCH
    return _step(domain, layout, rows, moved, step, rng)


def _vary(
    domain: Domain, layout: Layout, rows: Array, step: float, rng: np.random.Generator
) -> Array:
    """Mutants of every row within its branch, by steps of one size."""
    n, n_dims = rows.shape
    share = rng.choice([1.0 / n_dims, 0.5, 1.0], size=(n, 1))
    moved = _choose_columns(n, n_dims, share, rng)
    if layout.has_branches:
        moved[:, 0] = False
    return _step(domain, layout, rows, moved, step, rng)


def _choose_columns(
    n: int, n_dims: int, share: Array, rng: np.random.Generator
) -> NDArray[np.bool_]:
    """Mask of columns to move, one in each row at least."""
    moved = rng.uniform(size=(n, n_dims)) < share
    moved[np.arange(n), rng.integers(n_dims, size=n)] = True
    return moved


def _step(
    domain: Domain,
    layout: Layout,
    rows: Array,
    moved: NDArray[np.bool_],
    step: Array | float,
    rng: np.random.Generator,
) -> Array:
    """Move columns: numbers by a normal step reflected at the ends, categories anywhere."""
    stepped = np.abs(rows + step * rng.standard_normal(rows.shape))
    stepped = np.where(stepped > 1.0, 2.0 - stepped, stepped)
    anywhere = rng.uniform(size=rows.shape)
    changed = np.where(moved, np.where(layout.is_categorical, anywhere, stepped), rows)
    # A column that a switch of branches makes active starts anywhere.
    return domain.snap(np.clip(np.where(np.isnan(changed), anywhere, changed), 0.0, 1.0))


def climb(acquire: Objective, domain: Domain, layout: Layout, C: Array) -> Array:
    """Local maxima near each row."""
    for _ in range(N_TURNS):
        if layout.is_continuous.any():
            C = _climb_continuous(acquire, domain, layout, C)
        if layout.is_continuous.all():
            break
        C = _climb_discrete(acquire, domain, layout, C)
    return C


def _climb_continuous(acquire: Objective, domain: Domain, layout: Layout, C: Array) -> Array:
    """Rows at local maxima of their active continuous columns.

    One run of L-BFGS-B climbs all rows, on the sum of their values: a gradient of all
    rows costs little more than one row's.
    """
    free = layout.is_continuous & ~np.isnan(C)
    if not free.any():
        return C

    def descend(x: Array) -> tuple[float, Array]:
        """Minus the sum of all values, and its gradient."""
        moved = C.copy()
        moved[free] = x
        values, slopes = acquire.slopes(moved)
        return -float(values.sum()), -slopes[free]

    result = minimize(
        descend,
        C[free],
        jac=True,
        method="L-BFGS-B",
        bounds=[(0.0, 1.0)] * int(free.sum()),
        options={"maxiter": MAX_ITERATIONS},
    )
    moved = C.copy()
    moved[free] = result.x
    moved = domain.snap(moved)
    # The sum may rise while a row falls.
    is_better = acquire(moved) > acquire(C)
    return np.where(is_better[:, np.newaxis], moved, C)


def _climb_discrete(acquire: Objective, domain: Domain, layout: Layout, C: Array) -> Array:
    """Best of each row and all its changes in one discrete column."""
    changed, owner = [C], [np.arange(len(C))]
    for row, u in enumerate(C):
        for column, levels in enumerate(layout.levels):
            # A switch of branches is no single change: its columns come and go.
            is_branch = layout.has_branches and column == 0
            if levels is None or np.isnan(u[column]) or is_branch:
                continue
            near = _near(levels, u[column])
            block = np.repeat(u[np.newaxis], len(near), axis=0)
            block[:, column] = near
            changed.append(block)
            owner.append(np.full(len(near), row))
    # Levels are snapped codes already.
    candidates, rows = np.vstack(changed), np.concatenate(owner)
    values = acquire(candidates)
    # The row itself comes first, so that it stays where a change is only as good.
    order = np.lexsort((np.arange(len(rows)), -values, rows))
    first = order[np.searchsorted(rows[order], np.arange(len(C)))]
    return candidates[first]


def _near(levels: Array, position: float) -> Array:
    """Levels about a position, all of them where there are few."""
    middle = int(np.searchsorted(levels, position))
    first = max(0, min(middle - N_NEIGHBOURS // 2, len(levels) - N_NEIGHBOURS))
    return levels[first : first + N_NEIGHBOURS]
