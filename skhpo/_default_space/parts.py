"""The parts of an estimator: itself, and whatever estimators its parameters hold.

part        an estimator at some depth, with the prefix of its parameters' names
own         the values that a part has now
set         what a user has given a value other than the class's default
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from skhpo._default_space.known import find_entry
from skhpo._default_space.table import Entry
from skhpo._dimensions.domain import is_equal

# A search inside tunes what it holds: its parameters are not this search's.
_OF_SEARCHES = ("param_distributions", "param_grid", "search_spaces")


@dataclass(frozen=True)
class Part:
    """An estimator within an estimator.

    Parameters
    ----------
    prefix : str
        What its parameters' names begin with: "" or ending in two underscores.
    estimator : estimator
        The part.
    entry : Entry or None
        What is searched of its class; None where no table has it.
    is_transformer : bool
        Whether it prepares columns for a model, or is within what does.
    """

    prefix: str
    estimator: Any
    entry: Entry | None
    is_transformer: bool

    def read(self, name: str) -> Any:
        """Value of a parameter: the user's, or the class's default; None where neither is."""
        own = self.estimator.get_params(deep=False)
        return own[name] if name in own else _read_defaults(self.estimator).get(name)

    def has(self, name: str) -> bool:
        """Whether there is such a parameter; its own, in case of ``step__name``."""
        first = name.partition("__")[0]
        # Of a library whose classes pass on keywords, only what is set is told of.
        return first in self.estimator.get_params(deep=False) | _read_defaults(self.estimator) or (
            first != name
        )

    def is_set(self, *names: str) -> bool:
        """Whether the user has chosen a value of any of these: it is not the class's default."""
        own, defaults = self.estimator.get_params(deep=True), _read_defaults(self.estimator)
        return any(
            own.get(name) is not None and not is_equal(own[name], defaults.get(name))
            for name in names
        )


def find_parts(estimator: Any) -> list[Part]:
    """Find the parts of an estimator, the outermost first.

    Raises
    ------
    ValueError
        If a model is none that is known, and holds no other.
    """
    held = {"": estimator} | {
        f"{name}__": value for name, value in _own(estimator).items() if _is_estimator(value)
    }
    opaque = [prefix for prefix, value in held.items() if _is_search(value)]
    transformers = [prefix for prefix, value in held.items() if _transforms(value)]
    parts = []
    for prefix, value in held.items():
        if any(prefix.startswith(outer) for outer in opaque):
            continue
        entry = find_entry(value)
        is_transformer = any(prefix.startswith(outer) for outer in transformers)
        holds_others = any(name != prefix and name.startswith(prefix) for name in held)
        is_model = hasattr(value, "predict") and not hasattr(value, "transform")
        if entry is None and is_model and not holds_others:
            raise unknown(value)
        parts.append(Part(prefix, value, entry, is_transformer))
    return parts


def _own(estimator: Any) -> Mapping[str, Any]:
    """All parameters of an estimator by name, at every depth."""
    own: Mapping[str, Any] = estimator.get_params(deep=True)
    return own


def _is_estimator(value: Any) -> bool:
    """Whether a value can be fitted and tuned; a kernel can be tuned only, a class neither."""
    has_both = hasattr(value, "get_params") and hasattr(value, "fit")
    return has_both and not isinstance(value, type)


def _is_search(value: Any) -> bool:
    """Whether an estimator searches parameters itself."""
    own = value.get_params(deep=False)
    return any(name in own for name in _OF_SEARCHES)


def _transforms(value: Any) -> bool:
    """Whether an estimator only prepares columns."""
    return hasattr(value, "transform") and not hasattr(value, "predict")


def _read_defaults(estimator: Any) -> dict[str, Any]:
    """Defaults of a class's constructor and, where that passes on keywords, of its bases'."""
    defaults: dict[str, Any] = {}
    for cls in type(estimator).__mro__:
        if "__init__" not in vars(cls) or cls is object:
            continue
        for name, parameter in inspect.signature(vars(cls)["__init__"]).parameters.items():
            if parameter.default is not parameter.empty:
                defaults.setdefault(name, parameter.default)
        if not _passes_keywords(cls):
            break
    return defaults


def _passes_keywords(cls: type) -> bool:
    """Whether a constructor has ``**kwargs``."""
    parameters = inspect.signature(vars(cls)["__init__"]).parameters.values()
    return any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters)


def unknown(estimator: Any) -> ValueError:
    """What to do about a model that no table has."""
    return ValueError(
        f"`estimator` must be of models that skhpo has a space of, got {type(estimator).__name__}. "
        "It has one of scikit-learn's linear models, support vector machines, neighbours, naive "
        "Bayes, discriminants, trees, forests, boosting, networks and Gaussian processes, of "
        "xgboost, lightgbm, catboost and skorch, and of Pipelines and other estimators made of "
        "them, but none of clustering. Write a space: a dict of parameter names to values, such as "
        "{'alpha': skhpo.Float(1e-3, 10, log=True)}; its parameters are "
        f"{', '.join(sorted(estimator.get_params(deep=False))) or 'none'}."
    )
