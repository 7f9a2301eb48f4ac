"""Grid search: every combination of choices, in the order of ``ParameterGrid``."""

from __future__ import annotations

import numbers
import os
from typing import Any

import numpy as np

from skhpo._annotations import ErrorScore, OnInterrupt, RandomState, Refit, ScoringChoice
from skhpo._cells import Grid
from skhpo._search import BaseSearch
from skhpo._search_docs import document
from skhpo._space import Space
from skhpo._strategy import FixedStrategy
from skhpo._trial import Origin


class GridStrategy(FixedStrategy):
    """Go through every combination.

    Parameters
    ----------
    space : dict or list of dict
        Parameter names to lists, frozen distributions or ranges; `GridSearch`
        explains them.
    points_per_dimension : int, default=5
        Number of even quantiles of each range or distribution, ends included where
        they are finite.

    Attributes
    ----------
    n_candidates : int
        Number of combinations.
    learns : bool
        False: scores are taken and change nothing.

    Raises
    ------
    TypeError
        If the space is none, or a distribution lacks ``cdf`` and ``ppf``.
    ValueError
        If a list is empty or `points_per_dimension` is below 1.

    Examples
    --------
    >>> from skhpo import Float, GridStrategy
    >>> strategy = GridStrategy({"C": Float(0.01, 100, log=True)})
    >>> [strategy.ask().params["C"] for _ in range(strategy.n_candidates)]
    [0.01, 0.1, 1.0, 10.0, 100.0]
    """

    _origin: Origin = "initial"

    def __init__(self, space: Any, *, points_per_dimension: int = 5) -> None:
        self.space = Space.from_description(space, "grid")
        self.space.check_quantiles("GridStrategy")
        is_int = isinstance(points_per_dimension, numbers.Integral)
        if not is_int or isinstance(points_per_dimension, bool) or points_per_dimension < 1:
            raise ValueError(
                "`points_per_dimension` must be an integer of at least 1, got "
                f"{points_per_dimension!r}; the default is 5."
            )
        self._grid: Grid = self.space.grid(int(points_per_dimension))
        super().__init__()

    @property
    def n_candidates(self) -> int:
        """Number of combinations."""
        return self._grid.n_cells

    def _propose(self, number: int) -> dict[str, Any]:
        """Take one combination."""
        cell: dict[str, Any] = self._grid[number]
        return cell


@document
class GridSearch(BaseSearch):
    """Evaluate every combination of a grid by cross-validation, and refit the best.

    Replaces scikit-learn's ``GridSearchCV`` by a change of the class name.

    Parameters
    ----------
    estimator : estimator
        What is tuned: any scikit-learn estimator or Pipeline. It is cloned, never fitted.
    param_grid : dict or list of dict
        Parameter names to lists of values. Ranges (`Float`, `Int`, frozen scipy
        distributions) are gridded at even quantiles. A list of dicts is the union of
        their grids.
    points_per_dimension : int, default=5
        Number of quantiles of each range, ends included where they are finite.
    {parameters}

    Attributes
    ----------
    {attributes}

    See Also
    --------
    RandomSearch : Fewer candidates than a grid, drawn at random.
    BayesSearch : Candidates chosen by a model of the scores so far.

    Notes
    -----
    {notes}

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from skhpo import GridSearch
    >>> X, y = load_iris(return_X_y=True)
    >>> search = GridSearch(SVC(), {"C": [0.1, 1, 10]}, test_size=0.2, random_state=0)
    >>> search.fit(X, y).best_params_
    {'C': 10}
    >>> search.score_test()
    1.0
    """

    _space_parameter = "param_grid"
    _space_noun = "grid"
    _draws_candidates = False

    def __init__(
        self,
        estimator: Any,
        param_grid: Any,
        *,
        points_per_dimension: int = 5,
        scoring: ScoringChoice = None,
        n_jobs: int | None = None,
        refit: Refit = True,
        cv: Any = None,
        verbose: int = 0,
        pre_dispatch: int | str = "2*n_jobs",
        error_score: ErrorScore = np.nan,
        return_train_score: bool = False,
        random_state: RandomState = None,
        test_size: float | int | None = None,
        test_split: Any = None,
        test_ledger: str | os.PathLike[str] | None = None,
        max_time: float | None = None,
        fit_timeout: float | None = None,
        fit_memory: float | None = None,
        early_stopping: Any = None,
        racing: bool = False,
        on_interrupt: OnInterrupt = "raise",
        keep_oof: bool | str = False,
        share_fits: bool = True,
        eval_set: str | float | None = None,
        checkpoint: str | os.PathLike[str] | None = None,
    ) -> None:
        super().__init__(
            estimator,
            scoring=scoring,
            n_jobs=n_jobs,
            refit=refit,
            cv=cv,
            verbose=verbose,
            pre_dispatch=pre_dispatch,
            error_score=error_score,
            return_train_score=return_train_score,
            random_state=random_state,
            test_size=test_size,
            test_split=test_split,
            test_ledger=test_ledger,
            max_time=max_time,
            fit_timeout=fit_timeout,
            fit_memory=fit_memory,
            early_stopping=early_stopping,
            racing=racing,
            on_interrupt=on_interrupt,
            keep_oof=keep_oof,
            share_fits=share_fits,
            eval_set=eval_set,
            checkpoint=checkpoint,
        )
        self.param_grid = param_grid
        self.points_per_dimension = points_per_dimension

    def _make_strategy(self, space: Space, seed: int) -> GridStrategy:
        """Make the strategy of one fit."""
        return GridStrategy(space, points_per_dimension=self.points_per_dimension)
