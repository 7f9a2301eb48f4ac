"""What a description gives for one name: a list, a distribution or a range, made a dimension.

scikit-learn's sentences on what is none of these stand first and unchanged.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from scipy.stats import rv_continuous, rv_discrete

from skhpo._dimensions.choices import Categorical, Listed
from skhpo._dimensions.distribution import Distribution
from skhpo._dimensions.domain import Dimension
from skhpo._dimensions.peers import translate
from skhpo._dimensions.ranges import Float, Int


def make_dimension(name: Any, value: Any, noun: str) -> Dimension:
    """Make a dimension of a description's value.

    Parameters
    ----------
    name : object
        The hyper-parameter's name, if it is one.
    value : object
        What the description gives for it.
    noun : {"grid", "distribution"}
        What scikit-learn's sentences call the description.

    Returns
    -------
    dimension : Dimension

    Raises
    ------
    TypeError
        If the name is no str, or the value is not a list, array, distribution or range.
    ValueError
        If the name is empty, a list is, an array is not one-dimensional, or a distribution's
        arguments have no meaning, or a domain of another library says what ours cannot.
    """
    _check_name(name)
    value = translate(name, value)
    if isinstance(value, Float | Int | Categorical):
        return value
    if hasattr(value, "rvs"):
        _check_distribution(name, value)
        return Distribution(value)
    if noun == "distribution" and not isinstance(value, Iterable):
        raise TypeError(
            f"Parameter grid for parameter {name!r} is not iterable or a distribution "
            f"(value={value}); wrap a single value in a list, or give a range, such as "
            "skhpo.Float(0, 1)."
        )
    _check_list(name, value)
    return Listed(value)


def _check_name(name: Any) -> None:
    """Raise on what is no name of a parameter."""
    if not isinstance(name, str):
        raise TypeError(
            f"Parameter names must be strings, got {name!r} of type {type(name).__name__}; "
            "write the name as a str."
        )
    if not name:
        raise ValueError("Parameter names must not be empty, got ''; name a parameter.")


def _check_list(name: str, value: Any) -> None:
    """Raise on what is no list of values, in scikit-learn's sentences."""
    if isinstance(value, np.ndarray) and value.ndim != 1:
        raise ValueError(
            f"Parameter array for {name!r} should be one-dimensional, got: {value!r} with "
            f"shape {value.shape}; pass a list of its values."
        )
    if isinstance(value, str | bytes) or not isinstance(value, np.ndarray | Sequence):
        raise TypeError(
            f"Parameter grid for parameter {name!r} needs to be a list or a numpy array, but "
            f"got {value!r} (of type {type(value).__name__}) instead. Single values need to be "
            "wrapped in a list with one element."
        )
    if len(value) == 0:
        raise ValueError(
            f"Parameter grid for parameter {name!r} need to be a non-empty sequence, got: "
            f"{value!r}; name at least one value, or leave the parameter out."
        )


def _check_distribution(name: str, source: Any) -> None:
    """Raise on a distribution that nothing can be drawn from."""
    rule = f"The distribution of parameter {name!r} must"
    if isinstance(source, type):
        raise TypeError(
            f"{rule} be an object, got the class {source.__name__}; call it, as in "
            "skhpo.Float(0, 1)."
        )
    if isinstance(source, rv_continuous | rv_discrete) and getattr(source, "numargs", 0) > 0:
        raise TypeError(
            f"{rule} be frozen, got {source.name} without its arguments ({source.shapes}); call "
            "it, as in loguniform(1e-3, 1e3)."
        )
    if not _takes_random_state(source.rvs):
        raise TypeError(
            f"{rule} have a method rvs(random_state=...), as scikit-learn calls it, got "
            f"{source!r}; add the keyword."
        )
    _check_support(rule, source)


def _takes_random_state(rvs: Any) -> bool:
    """Whether a method can be called as scikit-learn does; True where nothing says so."""
    try:
        inspect.signature(rvs).bind(random_state=None)
    except TypeError:
        return False
    except ValueError:  # compiled, without a signature
        return True
    return True


def _check_support(rule: str, source: Any) -> None:
    """Raise where scipy finds no support: the arguments have no meaning, or are several."""
    if not hasattr(source, "support"):
        return
    ends = source.support()
    if any(np.ndim(end) for end in ends):
        raise ValueError(
            f"{rule} be of one number, got {_show(source)}, which is of several; give each "
            "argument one number."
        )
    if any(np.isnan(end) for end in ends):
        raise ValueError(
            f"{rule} have arguments that mean something, got {_show(source)}, which scipy "
            "cannot draw from; loguniform(low, high) needs 0 < low < high, uniform(loc, scale) "
            "and norm(loc, scale) need scale > 0."
        )


def _show(source: Any) -> str:
    """A frozen distribution as it was written; scipy's own repr does not tell."""
    if not hasattr(source, "dist"):
        return repr(source)
    arguments = [repr(value) for value in source.args]
    arguments += [f"{name}={value!r}" for name, value in source.kwds.items()]
    return f"{source.dist.name}({', '.join(arguments)})"
