"""Shares of a model's variance over a space, of single parameters and of pairs, draw by draw.

branch      one dict of the space; all are equally likely
share       variance of a parameter's own effect, the mean over all other parameters, over the
            variance of the score; of a pair, what the two do together beyond their own effects
column      coordinate of the codes; a parameter that branches describe differently has several

The variance over a space of several branches is that of the branches' means, which is the
share of what tells the branches apart, and the mean of the variances within branches, in
each of which the parameters that are active there are independent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skhpo._anova import (
    DEGREE,
    PAIR_DEGREE,
    Basis,
    Effects,
    decompose,
    make_basis,
    positions,
    spread_codes,
)
from skhpo._score_model import ScoreModel
from skhpo._space import Branch, Space

Array = NDArray[np.float64]
Pair = tuple[str, str]

# Draws of the model: ends of a 95 % interval are the fifth from either end.
_N_DRAWS = 200
# Codes in all branches together at which they are drawn jointly, which takes their cube.
_N_CODES, _MIN_CODES = 1024, 256
# Codes by which it is found which pairs may matter.
_N_SCREENED = 128


@dataclass(frozen=True)
class Shares:
    """Shares in each draw, shape (n_draws,), by parameter and by pair."""

    own: Mapping[str, Array]
    pairs: Mapping[Pair, Array]
    where_active: Mapping[str | Pair, float]


def find_shares(model: ScoreModel, rng: np.random.Generator) -> Shares:
    """Shares over all branches, in each draw."""
    space = model.space
    n_branches = len(space.branches)
    within = _decompose_branches(model, rng)
    own: dict[str, Array] = {}
    pairs: dict[Pair, Array] = {}
    variance: dict[str | Pair, Array] = {}
    for branch, effects in enumerate(within):
        names = [space.columns[column].name for column in _active(space, branch)]
        for column, name in enumerate(names):
            own[name] = own.get(name, 0.0) + effects.single[column] / n_branches
            variance[name] = variance.get(name, 0.0) + effects.total / n_branches
        for columns, draws in effects.pairs.items():
            a, b = sorted(names[column] for column in columns)
            pairs[a, b] = pairs.get((a, b), 0.0) + draws / n_branches
            variance[a, b] = variance.get((a, b), 0.0) + effects.total / n_branches
    total = np.mean([effects.total for effects in within], axis=0)
    if n_branches > 1:
        between = np.var([effects.mean for effects in within], axis=0)
        total = total + between
        name = _name_branch(space)
        own[name] = own.get(name, 0.0) + between
        variance[name] = total
    parts: list[tuple[str | Pair, Array]] = [*own.items(), *pairs.items()]
    return Shares(
        {name: _divide(draws, total) for name, draws in own.items()},
        {pair: _divide(draws, total) for pair, draws in pairs.items()},
        {name: float(_divide(draws, variance[name]).mean()) for name, draws in parts},
    )


def _divide(part: Array, whole: Array) -> Array:
    """Share of a whole; 0 of nothing."""
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0.0)


def _name_branch(space: Space) -> str:
    """What tells the dicts of a space apart: the parameters that are fixed in each of them."""
    names = sorted({name for branch in space.branches for name in branch})
    telling = [
        name
        for name in names
        if all(branch[name].n_levels == 1 for branch in space.branches if name in branch)
        and len({_fixed(branch, name) for branch in space.branches}) > 1
    ]
    return " & ".join(telling) or "dict of the space"


def _fixed(branch: Branch, name: str) -> Any:
    """Value that a branch has for a parameter that it fixes, as text."""
    return repr(branch[name].quantiles(1)[0]) if name in branch else None


def _decompose_branches(model: ScoreModel, rng: np.random.Generator) -> list[Effects]:
    """Split the variance of the same draws within each branch."""
    space = model.space
    branches = range(len(space.branches))
    n_codes = max(_N_CODES // len(branches), _MIN_CODES)
    C = np.vstack([_spread(space, branch, n_codes, rng) for branch in branches])
    F = model.draw(C, _N_DRAWS, rng)
    # Shares have no unit, and squares of scores beyond 1e154 overflow.
    F /= np.abs(F).max() or 1.0
    rows = [slice(branch * n_codes, (branch + 1) * n_codes) for branch in branches]
    return [
        _decompose_branch(model, branch, C[rows[branch]], F[:, rows[branch]], rng)
        for branch in branches
    ]


def _spread(space: Space, branch: int, n: int, rng: np.random.Generator) -> Array:
    """Codes of candidates evenly over a branch."""
    U = spread_codes(n, len(space.columns), rng)
    if len(space.branches) > 1:
        U[:, 0] = (branch + 0.5) / len(space.branches)
    return space.snap(U)


def _active(space: Space, branch: int) -> list[int]:
    """Columns that vary within a branch."""
    first = 1 if len(space.branches) > 1 else 0
    return [c for c in np.flatnonzero(space.active[branch]).tolist() if c >= first]


def _decompose_branch(
    model: ScoreModel, branch: int, C: Array, F: Array, rng: np.random.Generator
) -> Effects:
    """Split the variance of draws within a branch."""
    space = model.space
    columns = _active(space, branch)
    bases = _make_bases(space, branch, columns)
    worth = _screen(model, branch, columns, rng)
    pairs = sorted(combinations(range(len(columns)), 2), key=lambda p: -worth[p[0]] * worth[p[1]])
    return decompose(F, C[:, columns], bases, pairs)


def _make_bases(space: Space, branch: int, columns: list[int]) -> list[tuple[Basis, Basis]]:
    """Bases of the columns of a branch."""
    u = positions()
    U = np.full((len(u), len(space.columns)), 0.5)
    U[:, columns] = u[:, np.newaxis]
    if len(space.branches) > 1:
        U[:, 0] = (branch + 0.5) / len(space.branches)
    U = space.snap(U)
    kinds = [space.columns[column].kind == "categorical" for column in columns]
    return [
        (
            make_basis(U[:, column], is_categorical, DEGREE),
            make_basis(U[:, column], is_categorical, PAIR_DEGREE),
        )
        for column, is_categorical in zip(columns, kinds, strict=True)
    ]


def _screen(model: ScoreModel, branch: int, columns: list[int], rng: np.random.Generator) -> Array:
    """How much the model's mean changes with each column, alone or with others, squared."""
    A = _spread(model.space, branch, _N_SCREENED, rng)
    B = _spread(model.space, branch, _N_SCREENED, rng)
    codes = [A]
    for column in columns:
        changed = A.copy()
        changed[:, column] = B[:, column]
        codes.append(changed)
    values = model.predict(np.vstack(codes)).reshape(len(codes), -1)
    values /= np.abs(values).max() or 1.0
    return np.asarray(((values[1:] - values[0]) ** 2).mean(axis=1))
