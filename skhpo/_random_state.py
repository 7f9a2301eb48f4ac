"""Seeds: one integer for a study, a generator for each trial of it, a seed for a search."""

from __future__ import annotations

import numbers
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.utils import check_random_state


def draw_seed(random_state: Any) -> int:
    """Draw a study's seed; an int always gives the same, None a fresh one."""
    return int(check_random_state(random_state).randint(np.iinfo(np.int32).max))


def draw_or_keep(random_state: Any) -> int:
    """An int stands for itself, so that a strategy of this seed proposes the same."""
    if isinstance(random_state, numbers.Integral):
        return int(random_state)
    return draw_seed(random_state)


def trial_rng(seed: int, number: int) -> np.random.RandomState:
    """Make the generator of one trial, so that draws do not depend on who asked first.

    A ``RandomState``, because objects with ``rvs`` are promised one.
    """
    sequence = np.random.SeedSequence((seed, number))
    return np.random.RandomState(np.random.MT19937(sequence))


def clone_with_seed(search: Any, seed: int) -> Any:
    """Clone a search; one whose `random_state` is None gets the seed."""
    search = clone(search)
    if "random_state" in search.get_params(deep=False) and search.random_state is None:
        search.set_params(random_state=seed)
    return search
