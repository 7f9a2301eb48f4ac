"""Responses of the folds as they come in, kept under a budget of bytes.

Within the budget all candidates' are kept. Beyond it half of the budget is for the
candidates with the best scores, who decide what the best score is worth, and half for a
random sample of the rest. What is kept at the end is a function of the trials, whatever
order their folds finished in: a candidate among the best of all was among the best of
those before it, and the sample takes the trials of the smallest hashes. The largest
candidate so far says how many fit, and that number only falls.
"""

from __future__ import annotations

import math

import numpy as np

from skhpo._responses import Responses
from skhpo._trial import FoldResult

FoldResponses = tuple[Responses, ...]

# The contract's default, for each search.
MAX_BYTES = 256 * 2**20

# What Python needs for a fold's responses besides their numbers (tracemalloc: 930 to 1,040
# bytes): uncounted, leave-one-out's folds of a byte would take hundreds of times the budget.
_FOLD_BYTES = 1_000


class ResponseStore:
    """Keeps the responses of complete candidates.

    Parameters
    ----------
    n_folds : int
        Folds of a complete candidate.
    metric : str or None
        The metric that tells which candidates are best; None is the only one.
    seed : int
        Decides the sample.
    max_bytes : float
        The budget.
    """

    def __init__(self, n_folds: int, metric: str | None, seed: int, max_bytes: float) -> None:
        self._n_folds = n_folds
        self._metric = metric
        self._seed = seed
        self._max_bytes = max_bytes
        self._largest = 1
        self._n_complete = 0
        self._partial: dict[int, dict[int, FoldResult]] = {}
        self._kept: dict[int, FoldResponses] = {}
        self._scores: dict[int, float] = {}

    @property
    def max_fold_bytes(self) -> float:
        """What one fold may take: a tenth of the budget, so that some candidates fit."""
        return self._max_bytes / (10 * self._n_folds)

    def add(self, result: FoldResult) -> None:
        """Take a finished fold; once all of its candidate's are there, see what is kept."""
        folds = self._partial.setdefault(result.number, {})
        folds[result.fold] = result
        if len(folds) < self._n_folds:
            return
        del self._partial[result.number]
        results = [folds[fold] for fold in range(self._n_folds)]
        responses = tuple(r.responses for r in results if r.responses is not None)
        if len(responses) < self._n_folds:
            return  # a failed fold
        self._kept[result.number] = responses
        self._scores[result.number] = self._mean_score(results)
        self._largest = max(self._largest, sum(map(_n_bytes, responses)))
        self._n_complete += 1
        if len(self._kept) > 2 * self._n_half:
            self._drop()

    def end(self) -> dict[int, FoldResponses]:
        """What was kept, by trial number; the folds of incomplete candidates go."""
        self._partial.clear()
        if self._n_complete > 2 * self._n_half:
            self._drop()  # what came since depends on the order
        return dict(sorted(self._kept.items()))

    def _mean_score(self, results: list[FoldResult]) -> float:
        """Mean score by the metric; minus infinity where there is none."""
        scores = [r.test_scores or {} for r in results]
        # A single metric is called "score", whatever a str `refit` calls it.
        name = self._metric if self._metric in scores[0] else next(iter(scores[0]), "score")
        mean = sum(by_name.get(name, math.nan) for by_name in scores) / len(scores)
        return -math.inf if math.isnan(mean) else mean

    @property
    def _n_half(self) -> float:
        """How many candidates fit into half of the budget."""
        return self._max_bytes / 2 // self._largest if self._max_bytes < math.inf else math.inf

    def _drop(self) -> None:
        """Drop candidates that are neither among the best nor in the sample."""
        n_half = int(self._n_half)
        ranking = sorted(self._kept, key=lambda number: (-self._scores[number], number))
        sample = sorted(self._kept, key=self._hash)
        kept = {*ranking[:n_half], *sample[:n_half]}
        self._kept = {number: self._kept[number] for number in self._kept if number in kept}

    def _hash(self, number: int) -> int:
        """A trial's place in the sample's order."""
        return int(np.random.SeedSequence([self._seed, number]).generate_state(1, np.uint64)[0])


def _n_bytes(responses: Responses) -> int:
    """Bytes that a fold's responses take in memory."""
    classes = responses.classes
    return _FOLD_BYTES + responses.n_bytes + (0 if classes is None else int(classes.nbytes))
