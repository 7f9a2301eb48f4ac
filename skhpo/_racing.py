"""Racing: which unfinished candidates are hopeless, and whose fold is next (pure).

K           folds of a complete candidate
k           folds of a candidate whose results are used, the first k
x           a candidate's fold scores, larger is better; b those of the incumbent
d           mean of x - b over the k folds
s           deviation of such differences within a candidate, pooled over candidates
z           standard errors that a candidate must be behind, for normal differences
lag         fold n is chosen with the results of exactly the folds up to n - lag, or of
            the fewest more without which there is nothing to choose
open        asked, and neither complete nor stopped by the results in use

The mean over all K folds ends up at d, with the standard error s sqrt((K - k) / (K k)):
d itself has s / sqrt(k), and K - k of the K differences are still to come. What a strategy
is told of a stopped candidate is its mean less what its folds give to the complete ones,
with that standard error. Stopping depends on what is told only, so that a model which
goes by the likelihood needs no further correction (Rubin 1976).

Decisions are functions of numbers, never of which worker finished first: results that
come early wait until it is their turn.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, stdtrit

Array = NDArray[np.float64]

# Saves 4 folds of 10 and changes the winner of less than 1 search in 100
# (benchmarks/engine/racing.py prints both).
STANDARD_ERRORS = 3.0

# Candidates that wait with a fold or more while the most promising one is finished.
N_OPEN = 4

# Candidates of all folds whose differences are worth a deviation that others are judged by.
N_BEFORE_STOPPING = 3

# Largest values of scikit-learn's metrics that are not errors.
_BEST_VALUES = {
    "accuracy": 1.0,
    "adjusted_mutual_info_score": 1.0,
    "adjusted_rand_score": 1.0,
    "average_precision": 1.0,
    "balanced_accuracy": 1.0,
    "completeness_score": 1.0,
    "d2_absolute_error_score": 1.0,
    "d2_brier_score": 1.0,
    "d2_log_loss_score": 1.0,
    "explained_variance": 1.0,
    "fowlkes_mallows_score": 1.0,
    "homogeneity_score": 1.0,
    "matthews_corrcoef": 1.0,
    "mutual_info_score": math.inf,
    "normalized_mutual_info_score": 1.0,
    "r2": 1.0,
    "rand_score": 1.0,
    "roc_auc": 1.0,
    "top_k_accuracy": 1.0,
    "v_measure_score": 1.0,
}
_BEST_FAMILIES = ("f1", "jaccard", "precision", "recall", "roc_auc_ov")


def best_value(scoring: object) -> float:
    """Largest value of a metric, by the name of its scorer.

    Parameters
    ----------
    scoring : object
        What names the metric; only a str does.

    Returns
    -------
    value : float
        inf where it is not known.
    """
    if not isinstance(scoring, str):
        return math.inf
    if scoring.startswith("neg_"):
        return 0.0 if "likelihood" not in scoring else math.inf
    if scoring.startswith(_BEST_FAMILIES):
        return 1.0
    return _BEST_VALUES.get(scoring, math.inf)


@dataclass(frozen=True)
class Verdict:
    """Why a candidate's remaining folds are not run, and what it is worth until then.

    Parameters
    ----------
    why : str
        The reason, in a sentence.
    score : float
        Estimate of the mean over all folds: that of the finished ones, less what these
        folds give to all candidates. nan if a fold failed.
    noise : float
        Its standard error, as far as it comes from the folds that are missing.
    share : float in (0, 1)
        k / K.
    """

    why: str
    score: float
    noise: float
    share: float


class Race:
    """Order of the folds of all candidates, and the candidates that were stopped.

    Parameters
    ----------
    n_folds : int
        K, at least 1.
    lag : int, default=1
        See the module's glossary.
    n_open : int, default=4
        Candidates that may be open besides one for each fold of lag.
    best_value : float, default=inf
        What no score can exceed.
    """

    def __init__(
        self, n_folds: int, *, lag: int = 1, n_open: int = N_OPEN, best_value: float = math.inf
    ) -> None:
        self._n_folds, self._lag, self._best_value = n_folds, lag, best_value
        self._n_open = n_open + lag - 1
        self._scores: list[list[float]] = []
        self._n_handed: list[int] = []
        self._handed: list[tuple[int, int]] = []
        self._n_used = 0
        self._early: dict[tuple[int, int], float] = {}
        self._open: list[int] = []
        self._incumbent: int | None = None
        # Sum of squares about the mean, and degrees of freedom, of a candidate's differences.
        self._spreads: dict[int, tuple[float, int]] = {}
        self._n_complete, self._sums = 0, np.zeros(n_folds)
        self.stopped: dict[int, Verdict] = {}

    # ------------------------------------------------------------------ order

    def choose(self, may_ask: Callable[[], bool]) -> int | None:
        """Choose the candidate whose next fold is to run.

        Parameters
        ----------
        may_ask : callable
            Whether there may be one more candidate, given those that `is_decided`.

        Returns
        -------
        number : int or None
            The number of a candidate, or that of the next one: ask for it. None when
            results must come first, or nothing is left.
        """
        while len(self._handed) - self._n_used >= self._lag:
            if not self._use_next():
                return None
        while True:
            chosen = self._choose_now(may_ask)
            if chosen is not None or not self._use_next():
                return chosen

    def _choose_now(self, may_ask: Callable[[], bool]) -> int | None:
        """Choose by the results in use: first folds, then new candidates, then the best."""
        unfinished = [n for n in self._open if self._n_handed[n] < self._n_folds]
        if len(self._open) < self._n_open and may_ask():
            return len(self._scores)
        return max(unfinished, key=self._promise, default=None)

    @np.errstate(invalid="ignore")
    def _promise(self, number: int) -> tuple[bool, float, int]:
        """Whether all that runs is known, and the lead over the incumbent, if there is one."""
        x = self._scores[number]
        if not x:
            lead = math.inf
        elif self._incumbent is None:
            lead = sum(x) / len(x)
        else:
            lead = float(np.mean(self._differences(number)))
        # nan, of infinite scores, is below all numbers.
        return len(x) == self._n_handed[number], -math.inf if lead != lead else lead, -number

    def hand_out(self, number: int) -> int:
        """Take the next fold of a candidate.

        Parameters
        ----------
        number : int
            What `choose` gave.

        Returns
        -------
        fold : int
            Folds of a candidate run in their order.
        """
        if number == len(self._scores):
            self._scores.append([])
            self._n_handed.append(0)
            self._open.append(number)
        fold = self._n_handed[number]
        self._n_handed[number] += 1
        self._handed.append((number, fold))
        return fold

    def learn(self, number: int, fold: int, score: float) -> None:
        """Take the result of a fold, which is used when it is its turn.

        Parameters
        ----------
        number, fold : int
            The candidate and its fold.
        score : float
            Larger is better; nan is a failure.
        """
        self._early[number, fold] = float(score)

    def use_all(self) -> None:
        """Use the results that are there, when no more folds are to be chosen."""
        while self._use_next():
            pass

    def is_decided(self, number: int) -> bool:
        """Whether a candidate is complete or stopped by the results in use."""
        return number < len(self._scores) and number not in self._open

    @np.errstate(invalid="ignore")
    def _use_next(self) -> bool:
        """Use the next result in the order in which folds were handed out; False if it is out."""
        if self._n_used == len(self._handed) or self._handed[self._n_used] not in self._early:
            return False
        number, fold = self._handed[self._n_used]
        self._n_used += 1
        self._scores[number].append(self._early.pop((number, fold)))
        if len(self._scores[number]) == self._n_folds and number in self._open:
            self._open.remove(number)
            self._complete(number)
        self._measure(number)
        self._judge_all()
        return True

    def _complete(self, number: int) -> None:
        """Compare a complete candidate with the incumbent; the first of equals stays."""
        x = np.array(self._scores[number])
        if np.isfinite(x).all():
            self._n_complete += 1
            self._sums += x
        if np.isnan(x).any():
            return
        if self._incumbent is None or x.mean() > np.mean(self._scores[self._incumbent]):
            self._incumbent = number
            self._spreads = {}
            for other in range(len(self._scores)):
                self._measure(other)

    # ------------------------------------------------------------------ rules

    def _judge_all(self) -> None:
        """Stop the open candidates that are hopeless."""
        s, n_free = self._pooled_deviation()
        for number in list(self._open):
            why = self._judge(number, s, n_free)
            if why:
                self._open.remove(number)
                self.stopped[number] = self._verdict(number, why, s)

    def _judge(self, number: int, s: float, n_free: int) -> str:
        """Why a candidate is hopeless; empty if it is not."""
        x, K = self._scores[number], self._n_folds
        k = len(x)
        if k in (0, K):
            return ""
        after = f"after {k} of {K} folds"
        if np.isnan(x).any():
            return f"{after} it has no score, because a fold failed"
        if self._incumbent is None:
            return ""
        rival = f"trial {self._incumbent}"
        best_mean = float(np.mean(self._scores[self._incumbent]))
        if (sum(x) + (K - k) * self._best_value) / K < best_mean - 1e-12 * abs(best_mean):
            return (
                f"{after} it cannot reach {rival}'s mean of {best_mean:.6g}, even with the "
                f"metric's best value, {self._best_value:g}, on the others"
            )
        if math.isinf(s):
            return ""
        d, error = float(np.mean(self._differences(number))), self._error(s, k)
        # Also where d is nan, as a difference of infinities.
        if not d + _quantile(n_free) * error < 0:
            return ""
        behind = f"{-d / error:.1f}" if error > 0 else "infinitely many"
        return f"{after} it is {-d:.3g} behind {rival}, {behind} standard errors"

    def _error(self, s: float, k: int) -> float:
        """Standard error with which the mean over all folds is known after k."""
        return s * math.sqrt((self._n_folds - k) / (self._n_folds * k))

    def _differences(self, number: int) -> Array:
        """Lead over the incumbent by fold."""
        x: Array = np.array(self._scores[number])
        b: Array = np.array(self._scores[self._incumbent or 0])
        return x - b[: len(x)]

    def _measure(self, number: int) -> None:
        """Note how a candidate's differences spread, for the pooled deviation."""
        if self._incumbent in (None, number) or len(self._scores[number]) < 2:
            return
        d = self._differences(number)
        # Equals of the incumbent, as on plateaus, do not tell how others vary.
        if np.isfinite(d).all() and d.any():
            self._spreads[number] = float(((d - d.mean()) ** 2).sum()), len(d) - 1

    def _pooled_deviation(self) -> tuple[float, int]:
        """Deviation s, and its degrees of freedom; infinite while it is worth nothing."""
        n_free = sum(free for _, free in self._spreads.values())
        if n_free < N_BEFORE_STOPPING * (self._n_folds - 1):
            return math.inf, n_free
        total = sum(squares for squares, _ in self._spreads.values())
        return math.sqrt(total / n_free), n_free

    def _verdict(self, number: int, why: str, s: float) -> Verdict:
        """What is told of a candidate that is stopped."""
        x = np.array(self._scores[number])
        k = len(x)
        effects = (self._sums - self._sums.mean()) / max(self._n_complete, 1)
        noise = self._error(s, k) if math.isfinite(s) else 0.0
        return Verdict(why, float(np.mean(x - effects[:k])), noise, k / self._n_folds)


def open_race(racing: bool, n_folds: int, n_workers: int, scorer: object) -> Race | None:
    """Race of one study; None without racing, and where one fold is all there is.

    Workers have as many folds before them again as they run, so that none waits; one
    worker's folds are chosen with all results.
    """
    if not racing or n_folds == 1:
        return None
    lag = 1 if n_workers == 1 else 2 * n_workers
    return Race(n_folds, lag=lag, best_value=best_value(scorer))


def _quantile(n_free: int) -> float:
    """Standard errors that are as improbable by Student's t as z is by the normal."""
    return float(stdtrit(n_free, ndtr(STANDARD_ERRORS)))
