"""All checks of a strategy, as a list and as a class that pytest collects."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from skhpo._strategy import Strategy
from skhpo.testing import _learning, _proposals, _repeatability, _tells
from skhpo.testing._check import StrategyCheck


def strategy_checks(*, is_seeded: bool = True) -> tuple[StrategyCheck, ...]:
    """List the checks of a strategy, to be run without pytest or one by one.

    Parameters
    ----------
    is_seeded : bool, default=True
        Whether proposals depend on the seed; False leaves out the checks of that.

    Returns
    -------
    checks : tuple of StrategyCheck
        Each is called with a function that makes a strategy of a space and a seed.

    See Also
    --------
    StrategySuite : Runs all of them in pytest.

    Examples
    --------
    >>> from skhpo import GridStrategy
    >>> from skhpo.testing import strategy_checks
    >>> checks = {check.name: check for check in strategy_checks(is_seeded=False)}
    >>> checks["numbers_count_up"](lambda space, seed: GridStrategy(space))
    """
    seeded = _repeatability.SEEDED if is_seeded else ()
    return (
        *_proposals.CHECKS,
        *_repeatability.CHECKS,
        *seeded,
        *_tells.CHECKS,
        *_learning.CHECKS,
    )


class StrategySuite(ABC):
    """Run all checks of a strategy in pytest, by a subclass whose name begins with Test.

    Each check is a test of its own, named after its claim.

    Attributes
    ----------
    is_seeded : bool, default=True
        Whether proposals depend on the seed; False for a grid.
    expected_failures : dict of str to str
        Names of checks that are known to fail, and why: they are expected to (strictly:
        one that passes is an error). Empty by default.

    See Also
    --------
    strategy_checks : The same checks as a list, which needs no pytest.

    Examples
    --------
    >>> from skhpo import RandomStrategy
    >>> from skhpo.testing import StrategySuite
    >>> class TestRandomStrategy(StrategySuite):
    ...     def make(self, space, seed):
    ...         return RandomStrategy(space, random_state=seed)
    """

    is_seeded: ClassVar[bool] = True
    expected_failures: ClassVar[Mapping[str, str]] = {}

    @abstractmethod
    def make(self, space: Any, seed: int) -> Strategy:
        """Make a new strategy.

        Parameters
        ----------
        space : dict or list of dict
            Description of the space.
        seed : int
            Seed of its draws.

        Returns
        -------
        strategy : Strategy
            With `ask`, `tell`, `learns` and `n_candidates`.
        """

    def test_strategy(self, check: StrategyCheck) -> None:
        """Try one check.

        Parameters
        ----------
        check : StrategyCheck
            What pytest runs this with, one after the other.
        """
        check(self.make)

    def pytest_generate_tests(self, metafunc: Any) -> None:
        """Give pytest the checks.

        Parameters
        ----------
        metafunc : pytest.Metafunc
            A test of the class.

        Raises
        ------
        ValueError
            If `expected_failures` names a check that does not exist.
        """
        if "check" not in metafunc.fixturenames:
            return
        # pytest is there, because it is what calls.
        import pytest

        checks = strategy_checks(is_seeded=self.is_seeded)
        unknown = self.expected_failures.keys() - {check.name for check in checks}
        if unknown:
            raise ValueError(
                f"`expected_failures` must name checks, got {sorted(unknown)}; "
                "`strategy_checks()` lists them."
            )
        metafunc.parametrize(
            "check",
            [
                pytest.param(check, id=check.name, marks=self._marks(pytest.mark, check.name))
                for check in checks
            ],
        )

    def _marks(self, mark: Any, name: str) -> list[Any]:
        """Marks of a check."""
        reason = self.expected_failures.get(name)
        return [] if reason is None else [mark.xfail(reason=reason, strict=True)]
