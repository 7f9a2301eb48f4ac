"""What a search is measured on: a space, and the score of each of its candidates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Params = dict[str, Any]
Branch = dict[str, Any]


@dataclass(frozen=True)
class Task:
    """An objective with its space.

    Parameters
    ----------
    name : str
        What tables call it.
    space : dict or list of dict
        Parameter names to `Float`, `Int`, `Categorical` or plain lists.
    evaluate : callable
        Parameters to the score, larger is better; nan is a failed trial. The same
        parameters have the same score, always.
    is_kept : bool, default=False
        Whether the task is of the third that no decision about a search may look at.
    defaults : dict or None, default=None
        The estimator's own parameters, all names of one branch, where they lie in the space.
    """

    name: str
    space: Branch | list[Branch]
    evaluate: Callable[[Params], float]
    is_kept: bool = False
    defaults: Params | None = None

    @property
    def branches(self) -> list[Branch]:
        """The dicts of the space: one, or several of a conditional space."""
        return self.space if isinstance(self.space, list) else [self.space]

    @property
    def is_conditional(self) -> bool:
        """Whether the space has two dicts or more."""
        return len(self.branches) > 1
