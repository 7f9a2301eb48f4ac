"""What one or two parameters do to the score, the others averaged out.

place       one combination of values of the parameters that are looked at
effect      of a place: the mean of the model over the space of all other parameters, of the
            branches that have the values; in draws of the model, for its uncertainty
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skhpo._anova import spread_codes
from skhpo._members import ABSENT, find_member
from skhpo._score_model import ScoreModel
from skhpo._space import Space

Array = NDArray[np.float64]

# Codes of the other parameters at each place, in each branch; draws.
_N_OTHERS, _N_DRAWS = 48, 200


@dataclass(frozen=True)
class Effect:
    """Partial dependence of the score.

    Parameters
    ----------
    mean : ndarray of shape (n_places,)
        Of the draws; nan where no branch has the values.
    low, high : ndarray of shape (n_places,)
        Ends of 95 % intervals.
    """

    mean: Array
    low: Array
    high: Array


def find_effect(model: ScoreModel, places: Sequence[Mapping[str, Any]], seed: int) -> Effect:
    """Partial dependence at places.

    Parameters
    ----------
    model : ScoreModel
        Of the trials.
    places : sequence of dict of str to object
        Names and values.
    seed : int
        Of the other parameters' codes and of the draws.

    Returns
    -------
    effect : Effect
    """
    # The same others and normals at every place, so that places differ by their values alone.
    rng = np.random.default_rng(seed)
    others = spread_codes(_N_OTHERS, len(model.space.columns), rng)
    draws = np.full((_N_DRAWS, len(places)), np.nan)
    for i, place in enumerate(places):
        codes = _codes(model.space, place, others)
        if len(codes):
            draws[:, i] = model.draw(codes, _N_DRAWS, np.random.default_rng(seed)).mean(axis=1)
    low, high = np.quantile(draws, [0.025, 0.975], axis=0)
    return Effect(draws.mean(axis=0), low, high)


def _codes(space: Space, place: Mapping[str, Any], others: Array) -> Array:
    """Codes of a place, in all branches that have its values."""
    blocks = [np.empty((0, len(space.columns)))]
    for number, branch in enumerate(space.branches):
        if not place.keys() <= branch.keys():
            continue
        members = {name: find_member(branch, name, value) for name, value in place.items()}
        if ABSENT in members.values():
            continue
        U = others.copy()
        if len(space.branches) > 1:
            U[:, 0] = (number + 0.5) / len(space.branches)
        U = space.snap(U)
        for column in np.flatnonzero(space.active[number]):
            name = space.columns[column].name
            if name in members:
                U[:, column] = branch[name].encode(members[name])
        blocks.append(U)
    return np.vstack(blocks)
