"""The searches that the suite compares: skhpo's strategies and those of other libraries.

    search = make_search("optuna-tpe", task.space, seed=0)
    for _ in range(60):
        params = search.ask()
        search.tell(params, task.evaluate(params))

All maximise, are seeded by `seed`, and have one thread when ``OMP_NUM_THREADS=1`` is set.
`requirements.txt` has the versions of the other libraries.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

from peer import Peer, Search

from skhpo import BayesStrategy, RandomStrategy

# Name of a search: module that wraps the library, its function, the library's name to install.
PEERS = {
    "optuna-tpe": ("peer_optuna", "make_tpe", "optuna"),
    "optuna-tpe-univariate": ("peer_optuna", "make_univariate_tpe", "optuna"),
    "optuna-gp": ("peer_optuna", "make_gp", "optuna"),
    "hebo": ("peer_hebo", "HeboSearch", "HEBO"),
    "skopt": ("peer_skopt", "SkoptSearch", "scikit-optimize"),
    "smac": ("peer_smac", "SmacSearch", "smac"),
    "hyperopt": ("peer_hyperopt", "HyperoptSearch", "hyperopt"),
}


class StrategySearch:
    """A strategy of skhpo.

    Parameters
    ----------
    strategy : Strategy
        What is asked.
    """

    def __init__(self, strategy: Any) -> None:
        self._strategy = strategy
        self._candidate: Any = None

    def ask(self) -> dict[str, Any]:
        """Parameters of the next candidate."""
        self._candidate = self._strategy.ask()
        return self._candidate.params

    def tell(self, params: dict[str, Any], score: float) -> None:
        """Learn the score of what was asked last."""
        if self._candidate is None or self._candidate.params != params:
            raise ValueError(f"Candidates are told one by one, as they were asked, got {params!r}.")
        self._strategy.tell(self._candidate, score)
        self._candidate = None


class DefaultsFirst:
    """A search that does not learn, after the estimator's own parameters.

    Parameters
    ----------
    search : Search
        What is asked from the second candidate on.
    defaults : dict
        The first candidate.
    """

    def __init__(self, search: Search, defaults: dict[str, Any]) -> None:
        self._search = search
        self._first: dict[str, Any] | None = dict(defaults)

    def ask(self) -> dict[str, Any]:
        """Parameters of the next candidate."""
        params, self._first = self._first, None
        return self._search.ask() if params is None else params

    def tell(self, params: dict[str, Any], score: float) -> None:
        """Take a score; later candidates do not depend on it."""


def make_bayes(space: Any, seed: int, defaults: dict[str, Any] | None, **keywords: Any) -> Search:
    """The Bayesian strategy of skhpo; `keywords` make variants of it."""
    if defaults is not None:
        keywords["initial_params"] = [defaults]
    return StrategySearch(BayesStrategy(space, random_state=seed, **keywords))


def make_random(space: Any, seed: int, defaults: dict[str, Any] | None) -> Search:
    """The random strategy of skhpo."""
    search = StrategySearch(RandomStrategy(space, random_state=seed))
    return search if defaults is None else DefaultsFirst(search, defaults)


OURS: dict[str, Callable[[Any, int, dict[str, Any] | None], Search]] = {
    "bayes": make_bayes,
    "random": make_random,
}
NAMES = (*OURS, *PEERS)


def make_search(name: str, space: Any, seed: int, defaults: dict[str, Any] | None = None) -> Search:
    """Make a search by its name.

    Parameters
    ----------
    name : str
        One of `NAMES`.
    space : dict or list of dict
        The task's space: lists, `Float`, `Int` and `Categorical`.
    seed : int
        Seed of all draws.
    defaults : dict or None, default=None
        Parameters of the first candidate; None leaves the first to the search.

    Returns
    -------
    search : Search

    Raises
    ------
    ValueError
        If there is no search of this name, or `defaults` is not in the space.
    ImportError
        If the library behind it is not installed.
    """
    if name in OURS:
        return OURS[name](space, seed, defaults)
    if name not in PEERS:
        raise ValueError(f"`name` must be one of {', '.join(NAMES)}, got {name!r}.")
    module, function, library = PEERS[name]
    try:
        make = getattr(import_module(module), function)
    except ImportError as error:
        raise ImportError(
            f"The search {name!r} needs {library}: {error}. "
            "Install benchmarks/surrogate/requirements.txt."
        ) from error
    return Peer(make, space, seed, defaults)
