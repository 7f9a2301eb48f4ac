"""What a check is: a claim about a strategy, and the function that tries it.

make        makes a strategy of a space and a seed
check       one claim, on one space where it is about many
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from skhpo._strategy import Strategy

Make = Callable[[Any, int], Strategy]


@dataclass(frozen=True)
class StrategyCheck:
    """One claim about a strategy, to be tried by calling it.

    Parameters
    ----------
    name : str
        The claim as an identifier; the space or the kind of scores in brackets.
    function : callable
        Called with `make`; raises AssertionError where the claim does not hold.

    See Also
    --------
    strategy_checks : All of them.
    StrategySuite : Runs all of them in pytest.

    Examples
    --------
    >>> from skhpo import RandomStrategy
    >>> from skhpo.testing import strategy_checks
    >>> check = strategy_checks()[0]
    >>> check.name
    'params_are_of_the_space[one]'
    >>> check(lambda space, seed: RandomStrategy(space, random_state=seed))
    """

    name: str
    function: Callable[[Make], None]

    def __call__(self, make: Make) -> None:
        """Try the claim.

        Parameters
        ----------
        make : callable
            Called as ``make(space, seed)``; returns a new strategy.

        Raises
        ------
        AssertionError
            If the claim does not hold; the message says what was found.
        """
        self.function(make)


def single(*functions: Callable[[Make], None]) -> tuple[StrategyCheck, ...]:
    """Checks of functions that take `make` only, named as they are."""
    return tuple(StrategyCheck(function.__name__, function) for function in functions)


def each(function: Callable[..., None], cases: Iterable[str]) -> tuple[StrategyCheck, ...]:
    """Check a function on each case, which is its second argument."""
    return tuple(
        StrategyCheck(f"{function.__name__}[{case}]", functools.partial(function, case=case))
        for case in cases
    )


def require(holds: bool, message: str) -> None:
    """Raise what a failed check raises; unlike ``assert``, under ``python -O`` too."""
    if not holds:
        raise AssertionError(message)


def require_refusal(
    call: Callable[[], object], kinds: tuple[type[Exception], ...], what: str
) -> None:
    """Require that a call raises one of `kinds` with a message."""
    names = " or ".join(kind.__name__ for kind in kinds)
    try:
        call()
    except kinds as error:
        require(bool(str(error)), f"{what} raised {type(error).__name__} without a message.")
        return
    raise AssertionError(f"{what} must raise {names}, and was accepted.")
