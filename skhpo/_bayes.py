"""Bayesian search: the estimator that evaluates what `BayesStrategy` proposes."""

from __future__ import annotations

import os
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
from skhpo._bayes_strategy import BayesStrategy
from skhpo._initial_params import fill_initial
from skhpo._initial_trials import name_maximised, read_old
from skhpo._search import BaseSearch
from skhpo._search_docs import document
from skhpo._space import Space


@document
class BayesSearch(BaseSearch):
    """Evaluate candidates chosen by a model of the scores so far, and refit the best.

    Takes the arguments of scikit-learn's ``RandomizedSearchCV`` and needs fewer candidates.
    A Gaussian process predicts the mean validation score; the next candidate is the one
    whose improvement on the best is expected to be largest. With several metrics it is
    the one of `refit`, or else the first of `scoring`, that is modelled.

    Parameters
    ----------
    estimator : estimator
        What is tuned: any scikit-learn estimator or Pipeline. It is cloned, never fitted.
    param_distributions : dict or list of dict
        Parameter names to lists of values, objects with ``rvs`` (such as frozen scipy
        distributions), `Float`, `Int` or `Categorical`. A list of dicts is a
        conditional space: each candidate has the parameters of one of them.
    n_iter : int, default=50
        Number of candidates. A finite space runs each candidate once.
    {initial_params}
    {initial_trials}
    {parameters}

    Attributes
    ----------
    {attributes}
    lag_ : int
        Candidate k was chosen with the results of exactly the trials up to ``k - lag_``; 1 with
        one worker.

    See Also
    --------
    RandomSearch : Candidates drawn at random.
    GridSearch : Every combination of a grid.

    Notes
    -----
    {notes}

    Examples
    --------
    >>> from scipy.stats import loguniform
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from skhpo import BayesSearch
    >>> X, y = load_iris(return_X_y=True)
    >>> space = {"C": loguniform(1e-2, 1e2), "kernel": ["rbf", "poly"]}
    >>> search = BayesSearch(SVC(), space, n_iter=5, random_state=0).fit(X, y)
    >>> search.n_trials_
    5
    """

    def __init__(
        self,
        estimator: Any,
        param_distributions: Any,
        *,
        n_iter: int = 50,
        initial_params: InitialParams = None,
        initial_trials: Any = None,
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
        self.initial_trials = initial_trials

    def _make_strategy(self, space: Space, seed: int) -> BayesStrategy:
        """Make the strategy of this search."""
        initial = fill_initial(self.initial_params, space, self.estimator)
        old = read_old(self.initial_trials, name_maximised(self.scoring, self.refit))
        return BayesStrategy(space, random_state=seed, initial_params=initial, initial_trials=old)
