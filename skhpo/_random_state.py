"""Seeds: one integer for a study, and a generator for each trial of it."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.utils import check_random_state


def draw_seed(random_state: Any) -> int:
    """Draw a study's seed; an int always gives the same, None a fresh one."""
    return int(check_random_state(random_state).randint(np.iinfo(np.int32).max))


def trial_rng(seed: int, number: int) -> np.random.RandomState:
    """Make the generator of one trial, so that draws do not depend on who asked first.

    A ``RandomState``, because objects with ``rvs`` are promised one.
    """
    sequence = np.random.SeedSequence((seed, number))
    return np.random.RandomState(np.random.MT19937(sequence))
