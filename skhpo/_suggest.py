"""Which search suits a space and a budget, by what was measured and not by what is said.

trial           one candidate, all its folds
suggestion      what the Bayesian strategy takes to propose one
even            seconds that a trial takes when Bayesian search and random search need equally long
                for the same score: below it, random search is faster

`benchmarks/surrogate/which_strategy.py` prints the figures behind the constants.
"""

from __future__ import annotations

import math
import numbers
from dataclasses import dataclass
from typing import Any

from joblib import effective_n_jobs
from sklearn.model_selection import check_cv

from skhpo._bayes import BayesSearch
from skhpo._grid import GridSearch
from skhpo._names import check_names
from skhpo._parameters import check_parameter, is_share
from skhpo._random import RandomSearch, RandomStrategy
from skhpo._space import Space
from skhpo._study import choose_lag
from skhpo.exceptions import InvalidParameterError

Params = dict[str, Any]

# What BayesSearch does where nothing is said.
N_DEFAULT = 50
# At 30 trials random search needs 7 to 11 times as many for the same score, and a suggestion
# takes 27 ms: both are equally fast where a trial takes 3 to 5 ms, of one or two parameters 5 to
# 12 ms, and with 60 trials less than 3 ms.
EVEN_SECONDS = 0.005
# As many trials as the first design of a space of four has. To search only the parameters that
# matter most with as few brings nothing: `benchmarks/few_trials.py`.
N_FEW = 5


@dataclass(frozen=True)
class Suggestion:
    """A search that suits a space and a budget, and why.

    Parameters
    ----------
    search : GridSearch, RandomSearch or BayesSearch
        Not fitted, with the space and the budget.
    reason : str
        Why this one, in a sentence.

    See Also
    --------
    suggest_strategy : Makes it.

    Examples
    --------
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from skhpo import suggest_strategy
    >>> space = {"criterion": ["gini", "entropy"], "max_depth": [2, 3, 5]}
    >>> suggestion = suggest_strategy(DecisionTreeClassifier(), space)
    >>> suggestion.reason
    'The space has 6 candidates, which a grid tries one by one.'
    """

    search: Any
    reason: str

    def __repr__(self) -> str:
        """The class and the reason: the search, with all of a Pipeline, would hide them."""
        return f"{type(self.search).__name__}: {self.reason}"


@dataclass(frozen=True)
class Budget:
    """What a search may take.

    Parameters
    ----------
    n_trials : int
        Candidates.
    n_workers : int
        Folds that run at once.
    n_folds : int
        Folds of a candidate.
    trial_seconds : float or None
        Seconds between the ends of two trials, with all workers busy; None if not known.
    is_time : bool
        Whether time is what limits it.
    """

    n_trials: int
    n_workers: int
    n_folds: int
    trial_seconds: float | None
    is_time: bool


def suggest_strategy(
    estimator: Any,
    space: Any,
    *,
    n_iter: int | None = None,
    max_time: float | None = None,
    fit_seconds: float | None = None,
    **search_params: Any,
) -> Suggestion:
    """Make the search that suits a space and a budget, and say why.

    Parameters
    ----------
    estimator : estimator
        What is tuned.
    space : dict or list of dict
        As the searches take it; `default_space` has one.
    n_iter : int or None, default=None
        Number of candidates that you can afford. If None, what fits into `max_time`, or 50.
    max_time : float or None, default=None
        Seconds that the search may take.
    fit_seconds : float or None, default=None
        Seconds that one fit of one fold takes, as measured once by hand.
    **search_params : dict of str to object
        Passed to the search: `cv`, `n_jobs`, `scoring`, `random_state` and so on.

    Returns
    -------
    suggestion : Suggestion
        Its `search` is not fitted, its `reason` is a sentence.

    Raises
    ------
    TypeError, ValueError
        If the space is none or not of the estimator, or a number is not positive.

    See Also
    --------
    compare : Several searches on the same rows, where measuring is wanted.

    Examples
    --------
    >>> from sklearn.svm import SVC
    >>> from skhpo import default_space, suggest_strategy
    >>> suggestion = suggest_strategy(SVC(), default_space(SVC()), n_iter=30, random_state=0)
    >>> type(suggestion.search).__name__, suggestion.search.n_iter
    ('BayesSearch', 30)
    """
    checked = Space.from_description(space)
    check_names(estimator, checked)
    budget = _find_budget(n_iter, max_time, fit_seconds, search_params)
    keywords = search_params if max_time is None else search_params | {"max_time": max_time}
    for find in (_try_all, _begin_with_own, _ask_all_at_once, _draw_many):
        suggestion = find(estimator, space, budget, keywords)
        if suggestion is not None:
            return suggestion
    return _learn(estimator, space, budget, keywords)


def _find_budget(
    n_iter: int | None, max_time: float | None, fit_seconds: float | None, search_params: Params
) -> Budget:
    """Check the numbers, and find how many trials they allow."""
    if n_iter is not None:
        check_parameter("suggest_strategy", "n_iter", n_iter)
    check_parameter("suggest_strategy", "max_time", max_time)
    is_positive = isinstance(fit_seconds, numbers.Real) and 0 < fit_seconds < math.inf
    if fit_seconds is not None and not is_positive:
        raise InvalidParameterError(
            f"The 'fit_seconds' parameter of suggest_strategy must be a positive number or None. "
            f"Got {fit_seconds!r} instead. Fix: time one fit, and give its seconds."
        )
    n_folds = _count_folds(search_params.get("cv"))
    n_workers = effective_n_jobs(search_params.get("n_jobs"))
    trial_seconds = None if fit_seconds is None else fit_seconds * n_folds / n_workers
    n_trials, is_time = n_iter or N_DEFAULT, False
    if max_time is not None and trial_seconds is not None:
        n_in_time = max(1, math.floor(max_time / trial_seconds))
        is_time = n_iter is None or n_in_time < n_iter
        n_trials = n_in_time if is_time else n_trials
    return Budget(n_trials, n_workers, n_folds, trial_seconds, is_time)


def _count_folds(cv: Any) -> int:
    """Folds of a `cv`; 5 where only the data can tell."""
    if is_share(cv):
        return 1
    if isinstance(cv, list | tuple):
        return len(cv)
    try:
        return int(check_cv(5 if cv is None else cv).get_n_splits())
    except (TypeError, ValueError):  # one fold for each group or row
        return 5


def _try_all(estimator: Any, space: Any, budget: Budget, keywords: Params) -> Suggestion | None:
    """Choose a grid where all candidates are affordable."""
    n_candidates = RandomStrategy(space, random_state=0).n_candidates
    if n_candidates is None or n_candidates > budget.n_trials:
        return None
    # All candidates are tried, whichever would have been first.
    keywords = _leave_out(keywords, "initial_params", "initial_trials")
    search = GridSearch(estimator, space, **keywords)
    return Suggestion(
        search, f"The space has {n_candidates} candidates, which a grid tries one by one."
    )


def _ask_all_at_once(
    estimator: Any, space: Any, budget: Budget, keywords: Params
) -> Suggestion | None:
    """Choose random search where all candidates are asked before the first score is known."""
    lag = choose_lag(budget.n_workers, budget.n_folds)
    if lag < budget.n_trials:
        return None
    keywords = _leave_out(keywords, "initial_trials")
    search = RandomSearch(estimator, space, n_iter=budget.n_trials, **keywords)
    return Suggestion(
        search,
        f"With {budget.n_workers} workers, {lag} candidates are asked before a score is known: "
        f"of {budget.n_trials} there is nothing to learn from, and a random draw is as good.",
    )


def _draw_many(estimator: Any, space: Any, budget: Budget, keywords: Params) -> Suggestion | None:
    """Choose random search where time is the limit, and a trial costs nearly none."""
    if not budget.is_time or budget.trial_seconds is None or budget.trial_seconds >= EVEN_SECONDS:
        return None
    keywords = _leave_out(keywords, "initial_trials")
    search = RandomSearch(estimator, space, n_iter=budget.n_trials, **keywords)
    return Suggestion(
        search,
        f"A trial takes {1e3 * budget.trial_seconds:.2g} ms, less than the "
        f"{1e3 * EVEN_SECONDS:g} ms from which a model of the scores is worth its time: "
        f"{budget.n_trials} random candidates are as many as the time allows.",
    )


def _begin_with_own(
    estimator: Any, space: Any, budget: Budget, keywords: Params
) -> Suggestion | None:
    """Choose to try the estimator's own parameters first, where trials are few."""
    if budget.n_trials > N_FEW:
        return None
    keywords = Params(initial_params="default") | keywords
    search = BayesSearch(estimator, space, n_iter=budget.n_trials, **keywords)
    return Suggestion(
        search,
        f"A budget of {budget.n_trials} is too few trials to learn much from: the estimator's own "
        "parameters come first, so that the winner is not worse in validation, then places spread "
        "over the space.",
    )


def _leave_out(keywords: Params, *names: str) -> Params:
    """Keywords without those that a search has no use for."""
    return {name: value for name, value in keywords.items() if name not in names}


def _learn(estimator: Any, space: Any, budget: Budget, keywords: Params) -> Suggestion:
    """Choose Bayesian search, which is best at everything else that was measured."""
    search = BayesSearch(estimator, space, n_iter=budget.n_trials, **keywords)
    n_names = len({name for b in Space.from_description(space).branches for name in b})
    return Suggestion(
        search,
        f"{budget.n_trials} trials of {n_names} hyper-parameters: learning from the scores finds "
        "in them what takes random search several times as many.",
    )
