"""When a search ends before its last candidate: limits, and rules that judge the trials (pure).

K           folds of a trial
s           deviation of the incumbent's fold scores
regret      the best score of the space, less that of the incumbent
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from skhpo._trial import Trial


class StoppingRule(Protocol):
    """What `early_stopping` takes, besides a number of trials."""

    def should_stop(self, trials: tuple[Trial, ...]) -> str | None:
        """Reason to ask for no more candidates, given the first finished trials; None to go on."""


@dataclass(frozen=True)
class Limits:
    """What ends a study, or a fold, early.

    Parameters
    ----------
    max_time : float
        Seconds after which no fold starts, unless no trial is complete.
    fit_timeout : float
        Seconds that a fold may take; inf for any.
    rule : StoppingRule or None
        Asked before each candidate.
    fit_memory : float
        Bytes that a fold may take; inf for any.
    """

    max_time: float = math.inf
    fit_timeout: float = math.inf
    rule: StoppingRule | None = None
    fit_memory: float = math.inf

    @property
    def needs_workers(self) -> str | None:
        """Keyword that needs folds to run where they can be ended; None if none is set."""
        if self.fit_memory < math.inf:
            return "fit_memory"
        return "fit_timeout" if self.fit_timeout < math.inf else None


@dataclass(frozen=True)
class Patience:
    """Stop after so many trials without improvement.

    Parameters
    ----------
    n_trials : int
        At least 1; they are counted from the best trial so far, failed ones too.
    metric : callable
        Gives the name of the metric that decides, from a trial.
    """

    n_trials: int
    metric: Callable[[Trial], str]

    def should_stop(self, trials: tuple[Trial, ...]) -> str | None:
        """Reason to stop, or None; see `StoppingRule`."""
        best = find_best(trials, self.metric)
        if best is None or len(trials) - 1 - best.number < self.n_trials:
            return None
        score = best.mean_score(self.metric(best))
        return f"no trial of the last {self.n_trials} improved on trial {best.number}'s {score:.6g}"


@dataclass(frozen=True)
class ExpectedRegret:
    """Stop when what is left to gain is below the noise of the folds.

    A rule for `early_stopping` of `BayesSearch`. What is left to gain is the regret that the
    model of the scores expects: the best score in the space, less the best trial's. A gain
    below the standard error of a cross-validated score could not be seen.

    Parameters
    ----------
    factor : float, default=1.0
        The search ends when the expected regret is below so many standard errors; above 0.
    min_trials : int, default=20
        Trials before it is asked; with fewer the model knows too little.

    See Also
    --------
    BayesSearch : Takes it as `early_stopping`.

    Notes
    -----
    To compare the regret with the noise of cross-validation is the idea of [1]_, who bound
    the regret with high probability; here it is the mean over joint draws of the model.
    The standard error is ``s sqrt(1 / K + 1 / (K - 1))``, with s the deviation of the best
    trial's K fold scores; the second term is for training sets that overlap [2]_.

    References
    ----------
    .. [1] Makarova et al., "Automatic termination for hyperparameter optimization", 2022.
    .. [2] Nadeau and Bengio, "Inference for the generalization error", 2003.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.naive_bayes import GaussianNB
    >>> from skhpo import BayesSearch, ExpectedRegret, Float
    >>> X, y = load_iris(return_X_y=True)
    >>> rule = ExpectedRegret(min_trials=6)
    >>> space = {"var_smoothing": Float(1e-9, 1, log=True)}
    >>> search = BayesSearch(GaussianNB(), space, early_stopping=rule, random_state=0)
    >>> search.fit(X, y).stop_reason_
    'early_stopping'
    """

    factor: float = 1.0
    min_trials: int = 20

    def bind(
        self, strategy: Any, metric: Callable[[Trial], str], n_folds: int
    ) -> BoundExpectedRegret:
        """Make the rule of one search.

        Parameters
        ----------
        strategy : BayesStrategy
            Has a model of the scores.
        metric : callable
            Gives the name of the metric that decides, from a trial.
        n_folds : int
            Folds of a trial.

        Returns
        -------
        rule : StoppingRule

        Raises
        ------
        ValueError
            If the strategy has no model, or one fold has no noise that could be known.
        """
        self._check()
        if not hasattr(strategy, "expect_regret"):
            raise ValueError(
                "`early_stopping` must be a rule that needs no model, or a number of trials, for "
                f"a strategy without `expect_regret`, got {self!r} with {type(strategy).__name__}; "
                "use BayesSearch, or early_stopping=10."
            )
        if n_folds < 2:
            raise ValueError(
                "`early_stopping` must be no ExpectedRegret where trials have one fold, because "
                f"the noise of a fold is seen between folds, got {self!r}; use cv=5, or "
                "early_stopping=10."
            )
        return BoundExpectedRegret(self, strategy, metric)

    def _check(self) -> None:
        """Raise on values that mean nothing."""
        factor, least = self.factor, self.min_trials
        if not isinstance(factor, numbers.Real) or not 0 < factor < math.inf:
            raise ValueError(
                f"`factor` of ExpectedRegret must be a number above 0, got {factor!r}; "
                "the default is 1.0."
            )
        if not isinstance(least, numbers.Integral) or least < 1:
            raise ValueError(
                "`min_trials` of ExpectedRegret must be an integer of at least 1, got "
                f"{least!r}; the default is 20."
            )


@dataclass(frozen=True)
class BoundExpectedRegret:
    """`ExpectedRegret` of one search."""

    rule: ExpectedRegret
    strategy: Any
    metric: Callable[[Trial], str]

    def should_stop(self, trials: tuple[Trial, ...]) -> str | None:
        """Reason to stop, or None; see `StoppingRule`."""
        best = find_best(trials, self.metric)
        if best is None or len(trials) < self.rule.min_trials:
            return None
        error = standard_error(best.fold_scores(self.metric(best)))
        regret = self.strategy.expect_regret(best.params, seed=len(trials))
        if not regret < self.rule.factor * error:
            return None
        return (
            f"{regret:.3g} is expected to be left to gain, less than {self.rule.factor:g} "
            f"standard errors of trial {best.number}'s score, {error:.3g} each"
        )


def standard_error(scores: tuple[float, ...]) -> float:
    """Standard error of a cross-validated score, for training sets that overlap."""
    n = len(scores)
    return float(np.std(scores, ddof=1)) * math.sqrt(1.0 / n + 1.0 / (n - 1))


def find_best(trials: tuple[Trial, ...], metric: Callable[[Trial], str]) -> Trial | None:
    """Best complete trial, the first of equals."""
    scored = [t for t in trials if t.status == "complete"]
    numbers_only = [t for t in scored if not math.isnan(t.mean_score(metric(t)))]
    return max(numbers_only, key=lambda t: t.mean_score(metric(t)), default=None)


def make_limits(
    max_time: float | None,
    fit_timeout: float | None,
    early_stopping: Any,
    *,
    strategy: Any,
    metric: Callable[[Trial], str],
    n_folds: int,
    fit_memory: float | None = None,
) -> Limits:
    """Limits of one study, from the keywords of a search.

    Raises
    ------
    ValueError
        If the rule does not suit the strategy or the folds.
    """
    rule = early_stopping
    if isinstance(rule, numbers.Integral):
        rule = Patience(int(rule), metric)
    elif isinstance(rule, ExpectedRegret):
        rule = rule.bind(strategy, metric, n_folds)
    return Limits(
        max_time=math.inf if max_time is None else float(max_time),
        fit_timeout=math.inf if fit_timeout is None else float(fit_timeout),
        rule=rule,
        fit_memory=math.inf if fit_memory is None else float(fit_memory),
    )
