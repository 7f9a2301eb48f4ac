"""The space: one description for all strategies, drawn from, gridded and encoded.

branch      one dict of the description; several make a conditional space
column      what the surrogate sees of one dimension; constants have none, and a
            dimension that several branches describe alike has one for all
u, U        a candidate's code, shape (n_columns,), and codes, shape (n, n_columns),
            in the unit cube; nan where the branch lacks the column
cell        one combination of choices of a finite space, in `ParameterGrid`'s order

The column "" holds the branch. A list is a choice, anything with ``rvs`` a distribution.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skhpo._cells import Grid
from skhpo._dimensions import (
    Categorical,
    Dimension,
    Distribution,
    Kind,
    Listed,
    make_dimension,
)

Array = NDArray[np.float64]
Branch = dict[str, Dimension]

_FIX = "pass a dict of names to values, such as {'C': [0.1, 1]}, or a list of such dicts"


@dataclass(frozen=True)
class Column:
    """One coordinate of the unit cube.

    Parameters
    ----------
    name : str
        The hyper-parameter; "" for the column of branches.
    kind : {"continuous", "ordinal", "categorical"}
        Whether positions, the order of levels, or only their identity mean something.
    n_levels : int or None
        Number of levels; None for a continuous one.
    """

    name: str
    kind: Kind
    n_levels: int | None


class Space:
    """A description of hyper-parameters, checked.

    Parameters
    ----------
    branches : sequence of dict of str to Dimension
        One dict for each dict of the description.
    """

    def __init__(self, branches: Sequence[Branch]) -> None:
        self.branches = [dict(sorted(branch.items())) for branch in branches]

    @classmethod
    def from_description(cls, description: Any, noun: str = "distribution") -> Space:
        """Check a dict or a list of dicts and wrap its values.

        Parameters
        ----------
        description : dict or iterable of dict, or Space
            Parameter names to lists, arrays, objects with ``rvs``, or ranges; dimensions of
            scikit-optimize and distributions of Optuna, too.
        noun : {"grid", "distribution"}, default="distribution"
            What scikit-learn's sentences call the description.

        Raises
        ------
        TypeError
            If the description is neither, or a value is not a list, array or distribution.
        ValueError
            If there is no dict, a list is empty or an array has two dimensions.
        """
        if isinstance(description, Space):
            return description
        if not isinstance(description, Mapping | Iterable) or isinstance(description, str):
            rule = "should be a dict or a list" if noun == "grid" else "is not a dict or a list"
            raise TypeError(
                f"Parameter {noun} {rule}, got: {description!r} of type "
                f"{type(description).__name__}; {_FIX}."
            )
        dicts = [description] if isinstance(description, Mapping) else list(description)
        if not dicts:
            raise ValueError(
                "No fits were performed. Was the CV iterator empty? Were there no candidates? "
                f"The list of parameter {noun}s must not be empty, got []; "
                "pass {} to evaluate the estimator as it is."
            )
        for branch in dicts:
            if not isinstance(branch, dict):
                raise TypeError(
                    f"Parameter {noun} is not a dict ({branch!r}); {_find_fix(branch)}."
                )
        return cls([{n: make_dimension(n, v, noun) for n, v in branch.items()} for branch in dicts])

    @cached_property
    def is_listed(self) -> bool:
        """Whether every value is a list, so that cells are drawn without replacement."""
        return all(isinstance(d, Listed) for branch in self.branches for d in branch.values())

    @cached_property
    def cells(self) -> Grid:
        """All combinations of choices, repeats included.

        Only spaces of finitely many values have them (`n_candidates` is not None).
        """
        return self.grid(None)

    @cached_property
    def n_candidates(self) -> int | None:
        """Sum over the dicts of their distinct candidates; None when there are infinitely many."""
        levels = [[d.n_levels for d in branch.values()] for branch in self.branches]
        if any(n is None for branch in levels for n in branch):
            return None
        return sum(math.prod(n for n in branch if n is not None) for branch in levels)

    def grid(self, points_per_dimension: int | None) -> Grid:
        """Lists as they are, ranges at even quantiles (None: at every value)."""
        return Grid(
            [
                {
                    name: dimension.quantiles(points_per_dimension or dimension.n_levels or 1)
                    for name, dimension in branch.items()
                }
                for branch in self.branches
            ]
        )

    def check_quantiles(self, owner: str) -> None:
        """Raise where a distribution cannot be encoded.

        Raises
        ------
        TypeError
            If a value has ``rvs`` but not ``cdf`` and ``ppf``.
        """
        for branch in self.branches:
            for name, dimension in branch.items():
                if isinstance(dimension, Distribution) and not dimension.has_quantiles:
                    raise TypeError(
                        f"{owner} needs `cdf` and `ppf` of the distribution of parameter "
                        f"{name!r}, got {dimension.source!r}, which has `rvs` only; pass a frozen "
                        "scipy.stats distribution, skhpo.Float or skhpo.Int, or use RandomSearch."
                    )

    def sample(self, rng: np.random.Generator | np.random.RandomState) -> dict[str, Any]:
        """Draw a candidate with the probabilities of ``RandomizedSearchCV``.

        The dicts are equally likely, then each dimension draws for itself.
        """
        # Objects with rvs are promised a RandomState.
        state = rng if isinstance(rng, np.random.RandomState) else _random_state(rng)
        branch = self.branches[int(state.randint(len(self.branches)))]
        return {name: dimension.rvs(random_state=state) for name, dimension in branch.items()}

    # ------------------------------------------------------------- unit cube

    @cached_property
    def _layout(self) -> tuple[list[tuple[str, Dimension]], list[dict[str, int]]]:
        """Distinct dimensions that vary, and each branch's column of each name."""
        found: list[tuple[str, Dimension]] = []
        columns: list[dict[str, int]] = []
        offset = 1 if len(self.branches) > 1 else 0
        for branch in self.branches:
            active: dict[str, int] = {}
            for name, dimension in branch.items():
                if dimension.n_levels == 1:
                    continue
                if (name, dimension) not in found:
                    found.append((name, dimension))
                active[name] = found.index((name, dimension)) + offset
            columns.append(active)
        return found, columns

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """Coordinates of the unit cube; the branch first where there are several."""
        found, _ = self._layout
        columns = [Column(name, d.kind, d.n_levels) for name, d in found]
        if len(self.branches) > 1:
            columns.insert(0, Column("", "categorical", len(self.branches)))
        return tuple(columns)

    @cached_property
    def active(self) -> NDArray[np.bool_]:
        """Which columns each branch has, shape (n_branches, n_columns)."""
        _, layout = self._layout
        mask = np.zeros((len(self.branches), len(self.columns)), dtype=bool)
        for row, names in zip(mask, layout, strict=True):
            row[list(names.values())] = True
        if len(self.branches) > 1:
            mask[:, 0] = True
        return mask

    def encode(self, params: Mapping[str, Any], branch: int | None = None) -> Array:
        """Code of a candidate, shape (n_columns,); None is the branch of `find_branch`.

        Raises
        ------
        ValueError
            If no branch has just these names, or a value is none of the choices.
        """
        number = self.find_branch(params) if branch is None else branch
        u = np.full(len(self.columns), np.nan)
        if len(self.branches) > 1:
            u[0] = (number + 0.5) / len(self.branches)
        for name, column in self._layout[1][number].items():
            try:
                u[column] = self.branches[number][name].encode(params[name])
            except ValueError as error:
                raise ValueError(f"Parameter {name!r}: {error}") from None
        return u

    def decode(self, u: Array) -> dict[str, Any]:
        """Candidate of a code."""
        number = int(self._branch_numbers(np.asarray(u)[np.newaxis])[0])
        columns = self._layout[1][number]
        # Constants have no column; a column left nan stands in the middle, as in `snap`.
        positions = {name: float(np.nan_to_num(u[i], nan=0.5)) for name, i in columns.items()}
        return {
            name: dimension.decode(positions.get(name, 0.5))
            for name, dimension in self.branches[number].items()
        }

    def snap(self, U: Array) -> Array:
        """Codes of the candidates that codes decode to; nan where a branch lacks a column."""
        snapped = np.array(U, dtype=np.float64)
        numbers = self._branch_numbers(snapped)
        offset = len(self.columns) - len(self._layout[0])
        for column, (_, dimension) in enumerate(self._layout[0], start=offset):
            # A column that its branch has and the caller left nan stands in the middle.
            filled = np.where(np.isnan(snapped[:, column]), 0.5, snapped[:, column])
            snapped[:, column] = dimension.snap(filled)
        if offset:
            snapped[:, 0] = (numbers + 0.5) / len(self.branches)
        snapped[~self.active[numbers]] = np.nan
        return snapped

    def sample_encoded(self, n: int, rng: np.random.Generator) -> Array:
        """Draw `n` codes: branches equally likely, then uniform in the cube."""
        return self.snap(rng.uniform(size=(n, len(self.columns))))

    def _branch_numbers(self, U: Array) -> NDArray[np.intp]:
        """Branch of each code."""
        n = len(self.branches)
        if n == 1:
            return np.zeros(len(U), dtype=np.intp)
        return np.clip(np.floor(U[:, 0] * n), 0, n - 1).astype(np.intp)

    def find_branch(self, params: Mapping[str, Any]) -> int:
        """Find the branch of these names and values; the first, if several or none has them.

        Raises
        ------
        ValueError
            If no branch has just these names.
        """
        named = [i for i, branch in enumerate(self.branches) if branch.keys() == params.keys()]
        if not named:
            raise ValueError(
                f"A candidate must have the parameters of one dict of the space, got "
                f"{sorted(params)}; the space has {[sorted(b) for b in self.branches]}."
            )
        return max(named, key=lambda i: _count_fits(self.branches[i], params))


def _count_fits(branch: Branch, params: Mapping[str, Any]) -> tuple[int, int]:
    """How many choices of the branch have the candidate's values, then how many ranges.

    Choices first: a value beyond a range can be encoded, one that is no choice cannot.
    """
    fits = [(isinstance(d, Categorical), d.contains(params[n])) for n, d in branch.items()]
    return fits.count((True, True)), fits.count((False, True))


def _find_fix(branch: Any) -> str:
    """What to do about a branch that is no dict; ``BayesSearchCV`` takes pairs."""
    if isinstance(branch, tuple) and len(branch) == 2 and isinstance(branch[0], dict):
        return "pass the dict without the number beside it: `n_iter` is of all dicts together"
    return _FIX


def _random_state(rng: np.random.Generator) -> np.random.RandomState:
    """Legacy view of a generator's own bits, so that draws advance it."""
    return np.random.RandomState(rng.bit_generator)
