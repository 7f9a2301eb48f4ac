"""Which parameters an effort keeps, of all parts of an estimator together.

rank        place in the order of importance over all parts, 0 is first: of a model 0, 1, 3, 4,
            6, 7, ...; of a transformer 2, 5, 8, ...: two of the model, one of each step before
            it, two more of the model, and so on. Models side by side have equal ranks.
"""

from __future__ import annotations

from dataclasses import dataclass

from skhpo._default_space.parts import Part
from skhpo._default_space.table import EFFORTS, Parameter

# How many parameters are enough; ranks are kept whole, so there may be a few more.
N_ENOUGH = {"low": 2, "medium": 4}


@dataclass(frozen=True)
class Found:
    """A parameter of a part.

    Parameters
    ----------
    part : Part
        Whose it is.
    parameter : Parameter
        What is searched.
    rank : int
        Place in the order of importance.
    """

    part: Part
    parameter: Parameter
    rank: int


def choose(parts: list[Part], effort: str) -> list[Found]:
    """Choose what an effort searches, the most important first."""
    found = sorted(_find_all(parts, effort), key=lambda item: item.rank)
    if effort not in N_ENOUGH:
        return found
    ranks = [item.rank for item in found]
    # The rank of the parameter that makes them enough is kept to its end.
    last = ranks[: N_ENOUGH[effort]][-1] if ranks else 0
    return [item for item in found if item.rank <= last]


def _find_all(parts: list[Part], effort: str) -> list[Found]:
    """What may be searched with an effort, ranked."""
    found = []
    for part in parts:
        if part.entry is None:
            continue
        free = [p for p in part.entry.parameters if _is_free(part, p, effort)]
        names = {parameter.name for parameter in free}
        free = [p for p in free if _can_have_effect(part, p, names)]
        for place, parameter in enumerate(free, start=part.entry.first_rank):
            rank = 3 * place + 2 if part.is_transformer else place + place // 2
            found.append(Found(part, parameter, rank))
    return found


def _is_free(part: Part, parameter: Parameter, effort: str) -> bool:
    """Whether an effort searches a parameter, and the user has not set it."""
    is_worth_it = EFFORTS.index(parameter.effort) <= EFFORTS.index(effort)
    return (
        is_worth_it
        and part.has(parameter.name)
        and not part.is_set(parameter.name, *parameter.aliases)
    )


def _can_have_effect(part: Part, parameter: Parameter, names: set[str]) -> bool:
    """Whether what a parameter depends on has such a value, or is searched as well."""
    return all(
        name in names or part.read(name) in values for name, values in parameter.when.items()
    )
