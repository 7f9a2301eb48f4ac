"""What a table of curated spaces is made of: parameters in the order of their importance.

parameter   one hyper-parameter of a class: its domain, and where the domain comes from
entry       all of one class, the one that matters most first
source      a key of `sources.SOURCES`, and after a colon what of it, or what was changed
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

EFFORTS = ("low", "medium", "high")


@dataclass(frozen=True)
class Parameter:
    """A hyper-parameter that is worth a search.

    Parameters
    ----------
    name : str
        As the estimator's `set_params` takes it.
    domain : Float, Int, Categorical, list or callable
        Its values. A function without arguments makes those that need imports.
    source : str
        Where the domain comes from.
    when : dict of str to tuple, default={}
        Values of other parameters with which this one has an effect.
    sets : dict of str to object, default={}
        What must be set as well, or this one has no effect.
    effort : {"low", "medium", "high"}, default="low"
        The least effort that searches it, however few there are.
    aliases : tuple of str, default=()
        Other names under which a user may have set it.
    """

    name: str
    domain: Any
    source: str
    when: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    sets: Mapping[str, Any] = field(default_factory=dict)
    effort: str = "low"
    aliases: tuple[str, ...] = ()

    def make_domain(self) -> Any:
        """The domain, made if it must be."""
        # A list, so that no two spaces share one that a user may change.
        if isinstance(self.domain, list):
            return list(self.domain)
        return self.domain() if callable(self.domain) else self.domain


@dataclass(frozen=True)
class Entry:
    """What is searched of one class.

    Parameters
    ----------
    parameters : tuple of Parameter, default=()
        The most important first; none where there is nothing to tune.
    first_rank : int, default=0
        Place of the first one among those of other parts of an estimator: a wrapper's own
        parameters come after two of what it wraps.
    """

    parameters: tuple[Parameter, ...] = ()
    first_rank: int = 0


Table = Mapping[str, Entry]

NOTHING = Entry()
