"""What a worker keeps between the folds of one study."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field

from skhpo._built import Built
from skhpo._kept import Kept

# Five folds of 100,000 x 20 numbers, or one of 200,000 x 50, which is what a search without
# any memory of folds holds as well.
MAX_ROWS_BYTES = 96 * 2**20

# Per worker, for the fitted first steps of a Pipeline and what they made of the rows.
_MAX_STEPS_BYTES = 256 * 2**20


@dataclass(frozen=True)
class Memory:
    """What one worker keeps between the folds of one study.

    Parameters
    ----------
    rows, steps : Kept
        Cut rows by fold; fitted steps by fold and parameters.
    writers : set
        Kinds of estimators that write to their input.
    unshared : set
        Keys of steps that draw random numbers without a seed, or cannot be kept.
    built : dict
        Candidates by the number of their trial.
    """

    rows: Kept = field(default_factory=lambda: Kept(MAX_ROWS_BYTES))
    steps: Kept = field(default_factory=lambda: Kept(_MAX_STEPS_BYTES))
    writers: set[Hashable] = field(default_factory=set)
    unshared: set[Hashable] = field(default_factory=set)
    built: dict[int, Built] = field(default_factory=dict)

    def __reduce__(self) -> tuple[type[Memory], tuple[()]]:
        # Each worker begins with an empty one.
        return Memory, ()
