"""Domains of scikit-optimize and Optuna, in a description of ours.

They are told by the name of their class and of the package that defines it, so that neither
library is imported. What has a step becomes the list of its values, what has one value a list
of one; choices become lists, whose rules are those of a list in a description.
"""

from __future__ import annotations

import numbers
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np

from skhpo._dimensions.ranges import Float, Int

# A list is held, sorted and gridded as a whole; with more values a step says nothing.
_MAX_STEPS = 100_000

_PRIORS = ("uniform", "log-uniform")


def translate(name: str, value: Any) -> Any:
    """Say a domain of a peer in our words; anything else is returned as it is.

    Parameters
    ----------
    name : str
        The hyper-parameter.
    value : object
        What a description gives for it.

    Returns
    -------
    domain : Float, Int, list or object

    Raises
    ------
    ValueError
        If the domain says what ours cannot: choices of unequal probability, a step of too many
        values.
    """
    if _has_prior(value):
        return _read_tuple(*value)
    read = _find_reader(value)
    return value if read is None else read(name, value)


def is_of_optuna(value: Any) -> bool:
    """Whether a value is one of Optuna's distributions."""
    return _find_reader(value) in (_read_optuna_number, _read_optuna_choice)


def is_pair_of_numbers(value: Any) -> bool:
    """Whether a value is a range to ``BayesSearchCV`` and a choice of two to scikit-learn."""
    return isinstance(value, tuple) and len(value) == 2 and all(map(_is_number, value))


def _find_reader(value: Any) -> Callable[[str, Any], Any] | None:
    """What reads a value of this class, or of one that it derives from."""
    paths = ((cls.__module__.partition(".")[0], cls.__name__) for cls in type(value).__mro__)
    return next((_READERS[path] for path in paths if path in _READERS), None)


def _is_number(value: Any) -> bool:
    """Whether a value is a real number and no bool."""
    return isinstance(value, numbers.Real) and not isinstance(value, bool | np.bool_)


def _has_prior(value: Any) -> bool:
    """Whether a value is ``(low, high, prior)`` or ``(low, high, prior, base)``."""
    return (
        isinstance(value, tuple)
        and len(value) in (3, 4)
        and isinstance(value[2], str)
        and value[2] in _PRIORS
        and all(map(_is_number, value[:2]))
    )


def _read_tuple(low: Any, high: Any, prior: str, base: Any = None) -> Float | Int:
    """Range of two numbers and a prior; the base of a logarithm does not change it."""
    are_ints = isinstance(low, numbers.Integral) and isinstance(high, numbers.Integral)
    return (Int if are_ints else Float)(low, high, log=prior == "log-uniform")


def _read_skopt_range(kind: type[Float | Int]) -> Callable[[str, Any], Any]:
    """Make the reader of skopt's ``Real`` or ``Integer``."""

    def read(name: str, value: Any) -> Float | Int:
        """Range of the same ends and prior."""
        return kind(value.low, value.high, log=value.prior == "log-uniform")

    return read


def _read_skopt_choice(name: str, value: Any) -> list[Any]:
    """Choices of skopt's ``Categorical``."""
    prior = value.prior
    if prior is not None and not isinstance(prior, str) and len(set(prior)) > 1:
        raise ValueError(
            f"The choices of parameter {name!r} must be equally likely, got prior={prior!r}; leave "
            "`prior` out, or repeat a choice in a list to draw it more often."
        )
    return list(value.categories)


def _read_optuna_number(name: str, value: Any) -> Any:
    """Range of an Optuna ``FloatDistribution`` or ``IntDistribution``, or its values."""
    kind = Int if isinstance(value.low, int) else Float
    if value.low == value.high:
        return [value.low]
    if value.step is None or (kind is Int and value.step == 1):
        return kind(value.low, value.high, log=value.log)
    # In decimals 0.1 + 2 * 0.1 is 0.3, as it was meant.
    low, high, step = (Decimal(str(x)) for x in (value.low, value.high, value.step))
    n_steps = int((high - low) / step)
    if n_steps >= _MAX_STEPS:
        raise ValueError(
            f"The step of parameter {name!r} must leave at most {_MAX_STEPS} values, got "
            f"step={value.step!r} from {value.low!r} to {value.high!r}; leave `step` out."
        )
    return [type(value.low)(low + k * step) for k in range(n_steps + 1)]


def _read_optuna_choice(name: str, value: Any) -> list[Any]:
    """Choices of an Optuna ``CategoricalDistribution``."""
    return list(value.choices)


_READERS: dict[tuple[str, str], Callable[[str, Any], Any]] = {
    ("skopt", "Real"): _read_skopt_range(Float),
    ("skopt", "Integer"): _read_skopt_range(Int),
    ("skopt", "Categorical"): _read_skopt_choice,
    ("optuna", "FloatDistribution"): _read_optuna_number,
    ("optuna", "IntDistribution"): _read_optuna_number,
    ("optuna", "CategoricalDistribution"): _read_optuna_choice,
}
