"""Errors and warnings that callers catch; all are at the top level too."""

from __future__ import annotations

__all__ = [
    "CheckpointMismatchError",
    "InvalidParameterError",
    "LeakageWarning",
    "SpaceExhaustedError",
    "TestSetSpentError",
    "TrainTestOverlapError",
    "WorkerDiedError",
]


class CheckpointMismatchError(ValueError):
    """A checkpoint is of another search: other data, estimator, space or settings."""


class InvalidParameterError(ValueError, TypeError):
    """A parameter of a search has the wrong type or value.

    Both a ``ValueError`` and a ``TypeError``, as scikit-learn's error of this
    name is, so that code which catches either goes on working.
    """


class SpaceExhaustedError(RuntimeError):
    """A strategy was asked for more candidates than its finite space has."""


class TestSetSpentError(RuntimeError):
    """The test set has been scored before; a second score would be a choice."""

    # pytest collects classes whose name begins with "Test".
    __test__ = False


class TrainTestOverlapError(ValueError):
    """Half of the test rows or more were seen by the search."""


class WorkerDiedError(RuntimeError):
    """A worker process ended while it ran a fold."""


class LeakageWarning(UserWarning):
    """A score may be flattered, because its rows were seen or used before."""
