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
    """A checkpoint is of another search: other data, estimator, space or settings.

    Examples
    --------
    >>> import tempfile
    >>> from skhpo import CheckpointMismatchError, Float, maximize
    >>> def height(x):
    ...     return -(x**2)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = f"{folder}/search.sqlite"
    ...     options = {"n_iter": 2, "random_state": 0, "checkpoint": file}
    ...     result = maximize(height, {"x": Float(-1, 1)}, **options)
    ...     try:
    ...         result = maximize(height, {"x": Float(-9, 9)}, **options)
    ...     except CheckpointMismatchError as error:
    ...         print(error)
    `checkpoint` must be of the same search, got ... which differs in space...
    """


class InvalidParameterError(ValueError, TypeError):
    """A parameter of a search has the wrong type or value.

    Both a ``ValueError`` and a ``TypeError``, as scikit-learn's error of this
    name is, so that code which catches either goes on working.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from skhpo import GridSearch, InvalidParameterError
    >>> X, y = load_iris(return_X_y=True)
    >>> try:
    ...     search = GridSearch(SVC(), {"C": [1, 10]}, racing="yes").fit(X, y)
    ... except InvalidParameterError as error:
    ...     print(error)
    The 'racing' parameter of GridSearch must be an instance of 'bool'. Got 'yes' instead...
    """


class SpaceExhaustedError(RuntimeError):
    """A strategy was asked for more candidates than its finite space has.

    Examples
    --------
    >>> from skhpo import GridStrategy, SpaceExhaustedError
    >>> strategy = GridStrategy({"x": [1, 2]})
    >>> try:
    ...     while True:
    ...         print(strategy.ask().params)
    ... except SpaceExhaustedError as error:
    ...     print(error)
    {'x': 1}
    {'x': 2}
    All 2 candidates of the space were asked; ask at most `n_candidates` times.
    """


class TestSetSpentError(RuntimeError):
    """The test set has been scored before; a second score would be a choice.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from skhpo import GridSearch, TestSetSpentError
    >>> X, y = load_iris(return_X_y=True)
    >>> search = GridSearch(SVC(), {"C": [1, 10]}, test_size=0.2, random_state=0).fit(X, y)
    >>> score = search.score_test()
    >>> try:
    ...     score = search.score_test()
    ... except TestSetSpentError as error:
    ...     print(error)
    This search's test set was spent on 2... by GridSearch: the score was 1.0...
    """

    # pytest collects classes whose name begins with "Test".
    __test__ = False


class TrainTestOverlapError(ValueError):
    """Half of the test rows or more were seen by the search.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from skhpo import GridSearch, TrainTestOverlapError
    >>> X, y = load_iris(return_X_y=True)
    >>> search = GridSearch(SVC(), {"C": [1, 10]}).fit(X, y)
    >>> try:
    ...     score = search.score_test(X[::2], y[::2])
    ... except TrainTestOverlapError as error:
    ...     print(error)
    Test rows must be rows that the search has not seen, got 75 of 75 rows...
    """


class WorkerDiedError(RuntimeError):
    """A worker process ended while it ran a fold.

    It leaves `fit` with ``error_score="raise"``, or where no worker is left. Otherwise the fold
    gets `error_score`, and the trial's `why` says what is known of the end.

    See Also
    --------
    Trial : What is kept of each candidate.
    """


class LeakageWarning(UserWarning):
    """A score may be flattered, because its rows were seen or used before.

    Examples
    --------
    >>> import warnings
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from skhpo import GridSearch, LeakageWarning
    >>> X, y = load_iris(return_X_y=True)
    >>> for C in [1, 10]:
    ...     search = GridSearch(SVC(), {"C": [C]}, test_size=0.2, random_state=0).fit(X, y)
    ...     with warnings.catch_warnings(record=True) as caught:
    ...         warnings.simplefilter("always", LeakageWarning)
    ...         score = search.score_test()
    ...     print(C, [str(warning.message) for warning in caught])
    1 []
    10 ["The test score may be flattered: among the test rows are 30 of 30 rows..."]
    """
