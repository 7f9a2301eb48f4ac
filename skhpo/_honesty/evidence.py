"""What a search leaves for judging its best score: never X, and only until it is pickled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skhpo._honesty.store import FoldResponses
from skhpo._rows import cut_params, take_rows
from skhpo._trial import Trial

Indices = NDArray[np.intp]


@dataclass(frozen=True)
class Evidence:
    """Predictions of the candidates on the validation rows, and what they are scored by.

    Parameters
    ----------
    estimator : estimator
        Unfitted, without a candidate's parameters.
    scorer : callable
        Of the refit metric.
    metric : str
        Its name in the fold scores; empty where `refit` names none of several.
    uses_own_score : bool
        Whether the scorer is the estimator's own ``score``.
    y : array-like of n_development rows, or None
        Targets.
    n_development : int
        Number of development rows.
    score_params : dict of str to object
        What else the scorer was given; entries of one row each are cut.
    splits : list of (ndarray, ndarray)
        Train and validation rows by fold.
    row_numbers : ndarray of shape (n_development,)
        Place of each development row in the data that `fit` was given.
    groups : array-like of n_development rows, or None
        What the splitter was given.
    trials : tuple of Trial
        All trials.
    responses : dict of int to tuple of Responses
        By trial number and fold.
    best : int
        Number of the winner; -1 if there is none.
    refit : object
        The search's `refit`: a callable chooses.
    results : dict
        ``cv_results_``, for such a callable.
    seed : int
        Decides draws.
    stops_by_scored_rows : bool, default=False
        Whether the validation rows decided when fits stopped.
    """

    estimator: Any
    scorer: Any
    metric: str
    uses_own_score: bool
    y: Any
    n_development: int
    score_params: Mapping[str, Any]
    splits: list[tuple[Indices, Indices]]
    row_numbers: Indices
    groups: Any
    trials: tuple[Trial, ...]
    responses: Mapping[int, FoldResponses]
    best: int
    refit: Any
    results: Mapping[str, Any]
    seed: int
    stops_by_scored_rows: bool = False

    @property
    def tests(self) -> tuple[Indices, ...]:
        """Validation rows by fold."""
        return tuple(test for _, test in self.splits)

    def targets(self, fold: int) -> Any:
        """Targets of a fold's validation rows."""
        return take_rows(self.y, self.splits[fold][1])

    def params(self, fold: int) -> dict[str, Any]:
        """What the scorer was given with a fold's validation rows."""
        return cut_params(dict(self.score_params), self.n_development, self.splits[fold][1])

    def score(self, number: int, fold: int) -> float:
        """A candidate's score on a fold."""
        return self.trials[number].fold_scores(self.metric)[fold]

    def ranking(self) -> list[int]:
        """Complete candidates whose responses are there, the winner first, then by score."""
        means = {n: self.trials[n].mean_score(self.metric) for n in self.responses}
        finite = [number for number, mean in means.items() if np.isfinite(mean)]
        usable = [n for n in finite if not any(fold.problem for fold in self.responses[n])]
        return sorted(usable, key=lambda n: (n != self.best, -means[n], n))

    @property
    def n_validation_rows(self) -> int:
        """Number of rows that are validated on, each counted once."""
        return len(np.unique(np.concatenate(self.tests)))
