"""Dicts of a conditional space: one for each combination of values that others depend on.

parent      a chosen parameter that a chosen one depends on
group       values of a parent with which the same parameters have an effect
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from typing import Any

from skhpo._default_space.effort import Found
from skhpo._default_space.parts import Part
from skhpo._default_space.table import Parameter

Branch = dict[str, Any]


def make_branches(found: list[Found]) -> list[Branch]:
    """Make the dicts of what was chosen, names in the order of importance."""
    parts = {item.part.prefix: item.part for item in found}
    by_part = [
        _branch_part(part, [item.parameter for item in found if item.part is part])
        for part in parts.values()
    ]
    order = [item.part.prefix + item.parameter.name for item in found]
    merged = [_merge(combination) for combination in itertools.product(*by_part)]
    return [
        {name: branch[name] for name in order if name in branch}
        | {name: values for name, values in branch.items() if name not in order}
        for branch in merged
    ]


def _branch_part(part: Part, chosen: list[Parameter]) -> list[Branch]:
    """Make the dicts of one part."""
    by_name = {parameter.name: parameter for parameter in chosen}
    parents = [name for name in by_name if any(name in p.when for p in chosen)]
    groups = [_group_values(by_name[name], chosen) for name in parents]
    branches = []
    for values in itertools.product(*groups):
        given = dict(zip(parents, values, strict=True))
        active = [p for p in chosen if _has_effect(part, p, given)]
        branch: Branch = {}
        for parameter in active:
            domain = given.get(parameter.name)
            branch[part.prefix + parameter.name] = domain or parameter.make_domain()
        branches.append(branch | _find_companions(part, active, set(by_name)))
    return branches


def _group_values(parent: Parameter, chosen: list[Parameter]) -> list[list[Any]]:
    """Group the values of a parent by the parameters that have an effect with them."""
    groups: dict[tuple[bool, ...], list[Any]] = {}
    children = [p for p in chosen if parent.name in p.when]
    for value in parent.make_domain():
        effects = tuple(value in child.when[parent.name] for child in children)
        groups.setdefault(effects, []).append(value)
    return list(groups.values())


def _has_effect(part: Part, parameter: Parameter, given: dict[str, list[Any]]) -> bool:
    """Whether a parameter has an effect, parents having one of the values that are given."""
    return all(
        # Values of a group are alike in this: the first tells of all.
        (given[name][0] if name in given else part.read(name)) in values
        for name, values in parameter.when.items()
    )


def _find_companions(part: Part, active: list[Parameter], chosen: set[str]) -> Branch:
    """What must be set as well, unless the user has."""
    wanted = {name: value for parameter in active for name, value in parameter.sets.items()}
    return {
        part.prefix + name: [value]
        for name, value in wanted.items()
        if name not in chosen and not part.is_set(name)
    }


def _merge(branches: Iterable[Branch]) -> Branch:
    """One dict of the dicts of several parts."""
    return {name: domain for branch in branches for name, domain in branch.items()}
