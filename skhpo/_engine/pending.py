"""How many folds may be submitted and unfinished: the search's ``pre_dispatch``.

joblib takes a number, "all", or arithmetic over ``n_jobs`` such as "2*n_jobs". The
expression is walked, never evaluated as Python. From joblib nothing is used but the
first words of its error.
"""

from __future__ import annotations

import ast
import math
import operator
import sys
from collections.abc import Callable
from numbers import Integral
from typing import NoReturn

from skhpo.exceptions import InvalidParameterError

_OPERATORS: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}

# The longest expression that makes sense is a tenth of it; Python's parser recurses.
_MAX_LENGTH = 100


def pending_bound(pre_dispatch: int | str, n_workers: int) -> int:
    """Evaluate `pre_dispatch`.

    Parameters
    ----------
    pre_dispatch : int or str
        A number; "all"; or an expression of numbers, ``n_jobs``, ``+ - * / // %`` and
        brackets, rounded down. It may be less than `n_workers`: 1 runs one fold at a time.
    n_workers : int
        The value of ``n_jobs`` in the expression.

    Returns
    -------
    bound : int
        At least 1; ``sys.maxsize`` for "all".

    Raises
    ------
    InvalidParameterError
        If it is neither, or not positive.
    """
    if isinstance(pre_dispatch, str):
        if pre_dispatch.strip() == "all":
            return sys.maxsize
        value = _evaluate(pre_dispatch, n_workers)
    elif isinstance(pre_dispatch, Integral):
        value = int(pre_dispatch)
    else:
        _refuse(pre_dispatch)
    if not (value > 0 and math.isfinite(value)):
        _refuse(pre_dispatch)
    # "n_jobs / 2" is 0.5 for one worker, and means: as few as possible.
    return max(1, int(value))


def _evaluate(expression: str, n_jobs: int) -> float:
    """Value of an arithmetic expression over `n_jobs`."""
    try:
        if len(expression) > _MAX_LENGTH:
            raise ValueError
        return _value(ast.parse(expression.strip(), mode="eval").body, n_jobs)
    except (ValueError, TypeError, SyntaxError, ArithmeticError):
        _refuse(expression, f"{expression!r} is not a valid or supported arithmetic expression. ")


def _value(node: ast.expr, n_jobs: int) -> float:
    """Value of one node of an expression."""
    match node:
        case ast.Constant(value=int() | float() as number):
            return number
        case ast.Name(id="n_jobs"):
            return n_jobs
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_value(operand, n_jobs)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            return _OPERATORS[type(op)](_value(left, n_jobs), _value(right, n_jobs))
        case _:
            raise ValueError


def _refuse(pre_dispatch: object, first: str = "") -> NoReturn:
    """Raise for a `pre_dispatch` that bounds nothing; `first` is joblib's sentence."""
    raise InvalidParameterError(
        f"{first}`pre_dispatch` must be a positive integer, 'all', or an expression of numbers, "
        f"n_jobs and + - * / // % with a positive value, got {pre_dispatch!r}; "
        "use '2*n_jobs', the default."
    )
