"""Random search: candidates drawn from the space, as ``RandomizedSearchCV`` draws them."""

from __future__ import annotations

import os
import random
from typing import Any

import numpy as np

from skhpo._annotations import (
    ErrorScore,
    InitialParams,
    OnInterrupt,
    RandomState,
    Refit,
    ScoringChoice,
)
from skhpo._initial_params import fill_initial
from skhpo._members import find_cell
from skhpo._parameters import check_parameter
from skhpo._random_state import draw_seed, trial_rng
from skhpo._search import BaseSearch
from skhpo._search_docs import document
from skhpo._space import Space
from skhpo._strategy import FixedStrategy


class _Shuffle:
    """The numbers 0 to n - 1 in a random order, drawn as they are needed.

    A Fisher-Yates shuffle that keeps only the places it has touched, so that `n`
    may be larger than memory and item k is the same however many follow.
    """

    def __init__(self, n: int, seed: int) -> None:
        self.n = n
        # The standard library's generator draws below numbers of any size.
        self._rng = random.Random(seed)
        self._moved: dict[int, int] = {}
        self._n_drawn = 0

    def __next__(self) -> int:
        """Draw the next number."""
        here = self._n_drawn
        there = self._rng.randrange(here, self.n)
        item = self._moved.get(there, there)
        self._moved[there] = self._moved.pop(here, here)
        self._n_drawn += 1
        return item


class RandomStrategy(FixedStrategy):
    """Draw candidates at random.

    Spaces of lists only are drawn without replacement over the union of their
    grids; one distribution anywhere makes the dicts equally likely, with replacement.

    Parameters
    ----------
    space : dict or list of dict
        Parameter names to lists, objects with ``rvs`` or ranges; `RandomSearch`
        explains them.
    random_state : int, RandomState or None, default=None
        Seed of the draws. Draw k depends on the seed and k only, and without replacement
        on `initial_params`.
    initial_params : dict, list of dict or None, default=None
        Candidates to try first, in this order; draws without replacement leave them out.
        Parameters that a dict leaves out stand in the middle of their dimension, or at the
        first of choices without an order.

    Attributes
    ----------
    n_candidates : int or None
        Cells of a space of lists, repeats included; None when draws do not end.
    learns : bool
        False: scores are taken and change nothing.

    Raises
    ------
    TypeError, ValueError
        If the space is none, or `initial_params` is none of the space.

    Examples
    --------
    >>> from skhpo import Float, RandomStrategy
    >>> strategy = RandomStrategy({"x": Float(0, 1)}, random_state=0)
    >>> candidate = strategy.ask()
    >>> strategy.tell(candidate, -candidate.params["x"])
    """

    def __init__(self, space: Any, *, random_state: Any = None, initial_params: Any = None) -> None:
        self.space = Space.from_description(space)
        check_parameter(type(self).__name__, "random_state", random_state)
        check_parameter(type(self).__name__, "initial_params", initial_params)
        self.random_state = random_state
        self._seed = draw_seed(random_state)
        super().__init__(fill_initial(initial_params, self.space))
        self._shuffle = None
        if self.space.is_listed:
            self._shuffle = _Shuffle(self.space.cells.n_cells, self._seed)
            self._given_cells = {find_cell(self.space, params) for params in self._initial}

    @property
    def n_candidates(self) -> int | None:
        """Cells of a space of lists, repeats included; None when draws do not end."""
        return None if self._shuffle is None else self._shuffle.n

    def _propose(self, number: int) -> dict[str, Any]:
        """Draw one candidate."""
        if self._shuffle is None:
            return self.space.sample(trial_rng(self._seed, number))
        index = next(self._shuffle)
        while index in self._given_cells:
            index = next(self._shuffle)
        cell: dict[str, Any] = self.space.cells[index]
        return cell


@document
class RandomSearch(BaseSearch):
    """Evaluate candidates drawn at random by cross-validation, and refit the best.

    Replaces scikit-learn's ``RandomizedSearchCV`` by a change of the class name. A draw has
    the same probabilities, not the same values for the same seed.

    Parameters
    ----------
    estimator : estimator
        What is tuned: any scikit-learn estimator or Pipeline. It is cloned, never fitted.
    param_distributions : dict or list of dict
        Parameter names to lists of values, objects with ``rvs`` (such as frozen scipy
        distributions), `Float`, `Int` or `Categorical`. A list of dicts is a
        conditional space: each candidate has the parameters of one of them.
    n_iter : int, default=10
        Number of candidates. Spaces of lists only are drawn without replacement.
    {initial_params}
    {parameters}

    Attributes
    ----------
    {attributes}

    See Also
    --------
    GridSearch : Every combination of a grid.
    BayesSearch : Candidates chosen by a model of the scores so far.

    Notes
    -----
    {notes}

    Examples
    --------
    >>> from scipy.stats import loguniform
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from skhpo import RandomSearch
    >>> X, y = load_iris(return_X_y=True)
    >>> space = {"C": loguniform(1e-2, 1e2), "kernel": ["rbf", "poly"]}
    >>> search = RandomSearch(SVC(), space, n_iter=5, random_state=0).fit(X, y)
    >>> search.n_trials_
    5
    """

    def __init__(
        self,
        estimator: Any,
        param_distributions: Any,
        *,
        n_iter: int = 10,
        initial_params: InitialParams = None,
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
        self.param_distributions = param_distributions
        self.n_iter = n_iter
        self.initial_params = initial_params

    def _make_strategy(self, space: Space, seed: int) -> RandomStrategy:
        """Make the strategy of one fit."""
        initial = fill_initial(self.initial_params, space, self.estimator)
        return RandomStrategy(space, random_state=seed, initial_params=initial)
