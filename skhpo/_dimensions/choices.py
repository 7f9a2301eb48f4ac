"""Choices between values: `Categorical`, and the lists of a description."""

from __future__ import annotations

import math
import numbers
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import check_random_state

from skhpo._dimensions.domain import (
    Array,
    Kind,
    check_size,
    distinct,
    is_equal,
    is_nan,
    is_same,
    key,
    snap_levels,
)


@dataclass(frozen=True, eq=False)
class Categorical:
    """A choice between values of any kind.

    Parameters
    ----------
    choices : sequence
        The values; estimators, tuples, None and functions are fine. A repeated
        value is drawn more often.
    ordered : bool, default=False
        Whether neighbours in `choices` are more alike than others.

    Raises
    ------
    TypeError
        If `choices` is not a sequence, or is a string, or `ordered` is not a bool.
    ValueError
        If `choices` is empty or has more than one dimension.

    Examples
    --------
    >>> from skhpo import Categorical
    >>> Categorical(["small", "medium", "large"], ordered=True).rvs(random_state=0)
    'small'
    """

    choices: Sequence[Any] | NDArray[Any]
    ordered: bool = field(default=False, kw_only=True)

    def __post_init__(self) -> None:
        """Check the choices."""
        if isinstance(self.choices, str | bytes) or not isinstance(
            self.choices, Sequence | np.ndarray
        ):
            raise TypeError(
                f"`choices` must be a list, tuple or one-dimensional array, got {self.choices!r}; "
                "wrap a single value in a list."
            )
        if isinstance(self.choices, np.ndarray) and self.choices.ndim != 1:
            raise ValueError(
                f"`choices` must be one-dimensional, got an array of shape {self.choices.shape}; "
                "pass a list."
            )
        if len(self.choices) == 0:
            raise ValueError("`choices` must not be empty, got []; name at least one value.")
        if not isinstance(self.ordered, bool | np.bool_):
            raise TypeError(
                f"`ordered` must be True or False, got ordered={self.ordered!r}; pass ordered=True."
            )

    def __eq__(self, other: object) -> bool:
        """Whether the choices are the same, one by one, and ordered alike."""
        return (
            isinstance(other, Categorical)
            and type(self) is type(other)
            and self.ordered == other.ordered
            and len(self.choices) == len(other.choices)
            and all(map(is_same, self.choices, other.choices))
        )

    def __hash__(self) -> int:
        """Hash of what equality always compares."""
        return hash((type(self), self.ordered, len(self.choices)))

    def __getstate__(self) -> dict[str, Any]:
        """State without the keys of choices, which may not be those of a copy, nor be pickled."""
        return {"choices": self.choices, "ordered": self.ordered}

    @property
    def kind(self) -> Kind:
        """Either "ordinal" or "categorical", as `ordered` says."""
        return "ordinal" if self.ordered else "categorical"

    @property
    def n_levels(self) -> int:
        """Number of distinct choices."""
        return len(self._levels)

    @cached_property
    def _levels(self) -> list[Any]:
        """Distinct choices in the order given."""
        return distinct(self.choices)

    @cached_property
    def _level_by_key(self) -> dict[Hashable, int]:
        """Level of each distinct choice."""
        return {key(choice): level for level, choice in enumerate(self._levels)}

    def find_level(self, value: Any) -> int | None:
        """Level of a choice, by type and value, else by value alone; None if it is none."""
        level = self._level_by_key.get(key(value))
        if level is not None:
            return level
        matches = (i for i, choice in enumerate(self._levels) if is_equal(choice, value))
        return next(matches, None)

    def contains(self, value: Any) -> bool:
        """Whether a value is one of the choices."""
        return self.find_level(value) is not None

    def encode(self, value: Any) -> float:
        """Position in [0, 1] of a choice's level.

        Raises
        ------
        ValueError
            If `value` is none of the choices.
        """
        level = self.find_level(value)
        if level is None:
            raise ValueError(f"the value must be one of {self._levels!r}, got {value!r}.")
        return (level + 0.5) / self.n_levels

    def decode(self, u: float) -> Any:
        """Choice whose share holds `u`."""
        return self._levels[min(max(math.floor(u * self.n_levels), 0), self.n_levels - 1)]

    def snap(self, u: Array) -> Array:
        """Positions of the levels whose shares hold `u`."""
        return snap_levels(u, self.n_levels)

    def quantiles(self, n: int) -> list[Any]:
        """All choices in the order given, repeats included: a grid leaves none out."""
        return list(self.choices)

    def rvs(self, size: int | None = None, random_state: Any = None) -> Any:
        """Draw one choice, each item with the same probability, or a list of `size`.

        Parameters
        ----------
        size : int or None, default=None
            Number of draws; None returns one value instead of a list.
        random_state : int, RandomState or None, default=None
            Source of the draws.

        Returns
        -------
        value : object, or list of object
        """
        check_size(size)
        rng = check_random_state(random_state)
        if size is None:
            return self.choices[int(rng.randint(len(self.choices)))]
        return [self.choices[int(i)] for i in rng.randint(len(self.choices), size=size)]


class Listed(Categorical):
    """A list or array in a description: distinct numbers only are ordered by value."""

    @cached_property
    def _is_numeric(self) -> bool:
        """Whether the choices are distinct numbers, none of them a bool or nan.

        1 and 1.0 are one number, but two choices: as `max_features`, a count and a share.
        """
        choices = list(self.choices)
        if not all(isinstance(choice, numbers.Real) for choice in choices):
            return False
        if any(isinstance(choice, bool) or is_nan(choice) for choice in choices):
            return False
        return len(set(choices)) == len(choices)

    @property
    def kind(self) -> Kind:
        """Either "ordinal" for distinct numbers, or "categorical"."""
        return "ordinal" if self._is_numeric else "categorical"

    @cached_property
    def _levels(self) -> list[Any]:
        """Distinct choices, sorted when they are numbers."""
        levels = distinct(self.choices)
        return sorted(levels) if self._is_numeric else levels
