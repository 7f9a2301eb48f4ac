"""A space as numbers and named choices, which is how other libraries describe theirs.

domain      one parameter's values; a range, or levels that are known by their number
code        what stands for a value: the number itself in a range, else the level's number
label       name of a column; a parameter that branches describe differently has several
branch      one dict of the space, known by its number; the column `BRANCH` where there are several
constant    a parameter with one value in a branch: no column
"""

from __future__ import annotations

import numbers
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from skhpo import Categorical, Float, Int

BRANCH = "branch"

Code = float | int
Codes = dict[str, Code]


@dataclass(frozen=True)
class Domain:
    """Values of one parameter.

    Parameters
    ----------
    kind : {"float", "int", "ordered", "unordered"}
        A range of floats or integers, or levels with or without an order.
    low, high : float or int
        Ends of the range of codes, both included.
    log : bool, default=False
        Whether the logarithm is uniform.
    levels : tuple, default=()
        Values by their number; none for ranges.
    """

    kind: Literal["float", "int", "ordered", "unordered"]
    low: Code
    high: Code
    log: bool = False
    levels: tuple[Any, ...] = ()

    def decode(self, code: Any) -> Any:
        """Value of a code; rounding beyond an end is undone."""
        clipped = min(max(code, self.low), self.high)
        if self.kind == "float":
            return float(clipped)
        number = round(float(clipped))
        return self.levels[number] if self.levels else number

    def encode(self, value: Any) -> Code:
        """Code of a value.

        Raises
        ------
        ValueError
            If the value is not in the domain.
        """
        if self.levels:
            for number, level in enumerate(self.levels):
                if _is_same(level, value):
                    return number
        elif isinstance(value, numbers.Real) and self.low <= value <= self.high:
            return float(value) if self.kind == "float" else int(value)
        raise ValueError(f"A default must be in the space, got {value!r}; leave it out.")

    def is_same(self, other: Domain) -> bool:
        """Whether another domain has the same values, by type too."""
        mine = (self.kind, self.low, self.high, self.log, len(self.levels))
        theirs = (other.kind, other.low, other.high, other.log, len(other.levels))
        return mine == theirs and all(map(_is_same, self.levels, other.levels))


@dataclass(frozen=True)
class Column:
    """A label, its domain, and the numbers of the branches that have it."""

    label: str
    domain: Domain
    branches: tuple[int, ...]


class CodedSpace:
    """The columns of a space, and the way from codes to parameters and back.

    Parameters
    ----------
    space : dict or list of dict
        Values are lists, `Float`, `Int` or `Categorical`. Lists of distinct numbers are ordered.

    Attributes
    ----------
    columns : tuple of Column
        What varies, without the branch. A parameter that branches describe alike is one column.
    n_branches : int
        Number of dicts.
    """

    def __init__(self, space: Any) -> None:
        branches = [space] if isinstance(space, Mapping) else list(space)
        domains = [{name: _make_domain(d) for name, d in branch.items()} for branch in branches]
        self.n_branches = len(branches)
        self._names = [list(branch) for branch in branches]
        self._constants = [
            {name: domain.levels[0] for name, domain in branch.items() if len(domain.levels) == 1}
            for branch in domains
        ]
        self._labels: list[dict[str, str]] = [{} for _ in branches]
        self.columns = self._lay_out(domains)
        self._domains = {column.label: column.domain for column in self.columns}

    def _lay_out(self, domains: Sequence[Mapping[str, Domain]]) -> tuple[Column, ...]:
        """Columns of the branches; those that describe a parameter alike share one."""
        found: dict[str, list[Domain]] = {}
        members: dict[str, list[int]] = {}
        by_label: dict[str, Domain] = {}
        for number, branch in enumerate(domains):
            for name in branch.keys() - self._constants[number].keys():
                known = found.setdefault(name, [])
                same = (i for i, domain in enumerate(known) if domain.is_same(branch[name]))
                variant = next(same, len(known))
                if variant == len(known):
                    known.append(branch[name])
                label = name if variant == 0 else f"{name} ({variant + 1})"
                by_label[label] = branch[name]
                self._labels[number][name] = label
                members.setdefault(label, []).append(number)
        # Sets have no order that a seed could repeat.
        return tuple(
            Column(label, by_label[label], tuple(members[label])) for label in sorted(members)
        )

    def labels_of(self, branch: int) -> list[str]:
        """Labels of the columns that a branch has, sorted."""
        return sorted(self._labels[branch].values())

    def decode(self, codes: Mapping[str, Any]) -> dict[str, Any]:
        """Parameters of the branch that the codes name; columns that it lacks are ignored."""
        number = int(codes.get(BRANCH, 0))
        labels, constants = self._labels[number], self._constants[number]
        return {
            name: constants[name]
            if name in constants
            else self._domains[labels[name]].decode(codes[labels[name]])
            for name in self._names[number]
        }

    def encode(self, params: Mapping[str, Any]) -> Codes:
        """Codes of parameters that lie in the space, of the first branch that has them.

        Raises
        ------
        ValueError
            If no branch has them.
        """
        for number, constants in enumerate(self._constants):
            if params.keys() != set(self._names[number]):
                continue
            if not all(_is_same(params[name], value) for name, value in constants.items()):
                continue
            try:
                codes = {
                    label: self._domains[label].encode(params[name])
                    for name, label in self._labels[number].items()
                }
            except ValueError:
                continue
            return {BRANCH: number, **codes} if self.n_branches > 1 else codes
        raise ValueError(f"`defaults` must lie in the space, got {params!r}; pass None.")

    def fill(self, codes: Mapping[str, Any]) -> Codes:
        """Codes of all columns: those that are missing stand in the middle."""
        middles = {column.label: _middle(column.domain) for column in self.columns}
        return {**middles, **codes}


def _make_domain(description: Any) -> Domain:
    """Domain of a range, a `Categorical` or a list."""
    if isinstance(description, Float | Int):
        kind: Any = "float" if isinstance(description, Float) else "int"
        return Domain(kind, description.low, description.high, bool(description.log))
    listed = not isinstance(description, Categorical)
    levels: list[Any] = []
    for choice in description if listed else description.choices:
        if not any(_is_same(choice, level) for level in levels):
            levels.append(choice)
    if listed and _is_numeric(levels):
        return Domain("ordered", 0, len(levels) - 1, levels=tuple(sorted(levels)))
    ordered = not listed and description.ordered
    kind = "ordered" if ordered else "unordered"
    return Domain(kind, 0, len(levels) - 1, levels=tuple(levels))


def _is_numeric(levels: Sequence[Any]) -> bool:
    """Whether all are distinct numbers, bools and nan aside."""
    are_numbers = all(
        isinstance(level, numbers.Real) and not isinstance(level, bool) and level == level
        for level in levels
    )
    return are_numbers and len(set(levels)) == len(levels)


def _is_same(a: Any, b: Any) -> bool:
    """Whether two values are of one type and equal."""
    return a is b or (type(a) is type(b) and bool(a == b))


def _middle(domain: Domain) -> Code:
    """Code in the middle of a domain, by logarithm where that is uniform."""
    middle = (domain.low * domain.high) ** 0.5 if domain.log else (domain.low + domain.high) / 2
    return middle if domain.kind == "float" else round(middle)
