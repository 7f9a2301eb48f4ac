"""In which order folds go out, and which travel together, so that fits are shared.

group    candidates that one fit serves; its first candidate stands for all of them
prefix   the first steps of a Pipeline that candidates have in common, by number

Each worker keeps the prefixes that it has fitted. The folds of one prefix follow each
other, as many folds side by side as there are workers: a worker that stays with its fold
fits each prefix once. Where there are more folds than workers, a few candidates at a time have
all of theirs, so that trials end, and are told of, while the study goes on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import Any

from sklearn.pipeline import Pipeline

from skhpo._prefix_key import group_by_prefix, prefix_key
from skhpo._staged import find_groups, may_have_stages
from skhpo._trial import FoldTask

# Candidates of a prefix that are finished before others begin. A prefix too large to be kept for
# several folds is fitted again for each block: an eighth of what sharing saves.
_BLOCK = 8


@dataclass(frozen=True)
class SharingOrder:
    """The folds of a study whose candidates are known ahead.

    Parameters
    ----------
    folds : tuple of (int, int)
        Numbers of trials and folds, in the order in which they go out; of a group its
        first trial's only.
    groups : dict of int to tuple of int
        By the first trial of a group, all of its trials; those alone are left out.
    prefixes : dict of int to int
        By trial, which prefix it has; trials without one are left out.
    """

    folds: tuple[tuple[int, int], ...]
    groups: dict[int, tuple[int, ...]]
    prefixes: dict[int, int]

    @cached_property
    def members(self) -> frozenset[int]:
        """All trials that are in a group."""
        return frozenset(number for group in self.groups.values() for number in group)

    def near(self, task: FoldTask) -> tuple[int, int] | None:
        """Prefix and fold that a worker may have fitted; None where there is no prefix."""
        prefix = self.prefixes.get(task.number)
        return None if prefix is None else (prefix, task.fold)


def can_share(estimator: Any) -> bool:
    """Whether candidates of an estimator may have fits in common."""
    return type(estimator) is Pipeline or may_have_stages(estimator, {})


def order_folds(
    estimator: Any,
    asks_predictions: bool,
    candidates: Sequence[dict[str, Any]],
    n_folds: int,
    n_workers: int,
) -> SharingOrder:
    """Find the groups and prefixes of candidates, and put their folds in order.

    Parameters
    ----------
    estimator : estimator
        What the search tunes.
    asks_predictions : bool
        Whether its scorers ask for predictions and look at nothing else.
    candidates : sequence of dict of str to object
        Their parameters, by number.
    n_folds, n_workers : int
        Folds of each candidate, and workers that they are for. A single worker gets the
        candidates in their own order: it has all prefixes, and estimators that draw from a
        global generator draw as ever.

    Returns
    -------
    order : SharingOrder
    """
    found = find_groups(estimator, candidates, asks_predictions=asks_predictions)
    groups = {group[0]: tuple(group) for group in found}
    several = {first: group for first, group in groups.items() if len(group) > 1}
    if n_workers == 1:
        folds = tuple((first, fold) for first in groups for fold in range(n_folds))
        return SharingOrder(folds, several, {})
    firsts = list(groups)
    keys = [prefix_key(estimator, candidates[first]) for first in firsts]
    ranks: dict[Any, int] = {}
    prefixes = {
        first: ranks.setdefault(key[-1], len(ranks))
        for first, key in zip(firsts, keys, strict=True)
        if key
    }
    nearest = [firsts[place] for place in group_by_prefix(keys)]
    # Without a prefix, each is by itself.
    runs = groupby(nearest, key=lambda first: prefixes.get(first, -1 - first))
    ordered: list[tuple[int, int]] = []
    for _, run in runs:
        same = list(run)
        for begin in range(0, len(same), _BLOCK):
            block = same[begin : begin + _BLOCK]
            for start in range(0, n_folds, n_workers):
                side_by_side = range(start, min(start + n_workers, n_folds))
                ordered += [(first, fold) for first in block for fold in side_by_side]
    return SharingOrder(tuple(ordered), several, prefixes)
