"""What a report says of a finished search, as values: no search, no words, no markup.

Texts are what users named, as they are; a score is nan where there is none.
"""

from __future__ import annotations

from dataclasses import dataclass

NAN = float("nan")
NO_INTERVAL = (NAN, NAN)


@dataclass(frozen=True)
class Best:
    """The winner.

    Parameters
    ----------
    number : int
        Of its trial.
    params : tuple of (str, str)
        Names and values.
    score, error : float
        Mean over folds and its standard error.
    """

    number: int
    params: tuple[tuple[str, str], ...]
    score: float
    error: float = NAN


@dataclass(frozen=True)
class Gain:
    """By how much the winner is above another candidate, on the same folds.

    Parameters
    ----------
    number : int
        Trial of the other candidate.
    score : float
        Its mean over folds.
    difference, error : float
        Mean over folds of the winner's score less the other's, and its standard error.
    n_own, n_names : int, default=0
        Of the estimator's defaults: how many values are the estimator's own, of how many.
    """

    number: int
    score: float
    difference: float
    error: float = NAN
    n_own: int = 0
    n_names: int = 0


@dataclass(frozen=True)
class Worth:
    """What of the best score is left when the choosing is accounted for.

    Parameters
    ----------
    score, optimism : float
        Corrected score, and what the best one is above it.
    interval : tuple of two floats
        95 % interval of `score`.
    why : str
        Why there is none, as a sentence; empty if there is one.
    n_equivalent, n_compared : int, default=0
        Candidates that may be the best, the winner with them, and those that were compared.
    """

    score: float = NAN
    interval: tuple[float, float] = NO_INTERVAL
    optimism: float = NAN
    why: str = ""
    n_equivalent: int = 0
    n_compared: int = 0


@dataclass(frozen=True)
class Test:
    """Score of the test set.

    Parameters
    ----------
    score : float
        Of the refitted winner.
    interval : tuple of two floats
        Confidence interval; nan where there is none.
    level : float
        Its level.
    n_rows : int
        Test rows.
    optimism, best_score : float
        As the test report has them.
    n_candidates : int
        Candidates that were chosen from.
    """

    # Not a test of pytest's.
    __test__ = False

    score: float
    interval: tuple[float, float] = NO_INTERVAL
    level: float = 0.95
    n_rows: int = 0
    best_score: float = NAN
    optimism: float = NAN
    n_candidates: int = 0


@dataclass(frozen=True)
class Edge:
    """The best candidates are at an end of a parameter's range.

    Parameters
    ----------
    name : str
        The parameter.
    side : {"lower", "upper"}
        Which end.
    value, end : str
        The winner's value, and the end of the range.
    n_there, n_top : int
        How many of the best trials are near this end, of how many.
    matters : bool or None
        Whether the parameter does; None if the trials do not tell.
    """

    name: str
    side: str
    value: str
    end: str
    n_there: int
    n_top: int
    matters: bool | None = None


@dataclass(frozen=True)
class Share:
    """How much of the score's variance a parameter explains, with all its interactions.

    Parameters
    ----------
    name : str
        The parameter.
    total, low, high : float
        Share, and its 95 % interval.
    matters : bool or None
        Whether it does; None if the trials do not tell.
    """

    name: str
    total: float
    low: float
    high: float
    matters: bool | None


@dataclass(frozen=True)
class Progress:
    """What the second half of the trials brought.

    Parameters
    ----------
    n_first : int
        Trials of the first half.
    gain, error : float
        Best score of all less the best of the first half, on the same folds; its standard error.
    """

    n_first: int
    gain: float
    error: float = NAN


@dataclass(frozen=True)
class Facts:
    """All that the words of a report are made of.

    Parameters
    ----------
    search, estimator : str
        Name of the search; of the estimator, empty for a function.
    metric : str
        Name of the metric for people.
    n_trials, n_complete, n_stopped, n_failed, n_timed_out, n_folds : int
        Trials by status, and folds of each.
    seconds : float
        Of the search; nan where it is not known.
    stop_reason : str
        How it ended.
    is_exhausted : bool
        Whether all candidates of the space, or of the grid, were tried.
    is_grid : bool
        Whether candidates came in the order of a grid, so that halves tell nothing.
    best : Best or None
        None where no trial is complete.
    chosen_by : str
        What chose the winner where it is not the highest score.
    default, median : Gain or None
        Against the estimator's own parameters, if they were tried, and the median candidate.
    takes_default : bool
        Whether the search takes ``initial_params="default"``.
    worth : Worth or None
        None where nothing can be said of chance.
    test : Test or None
        None before `score_test`.
    edges : tuple of Edge
        Ranges whose end the best candidates are at.
    shares : tuple of Share
        Parameters, the most important first; empty where the trials do not tell.
    why_no_shares : str
        Why the trials do not tell, without a full stop.
    failures : tuple of (str, int)
        Commonest reasons of failures, and how many trials each has.
    n_other_failures : int
        Failures for other reasons.
    n_folds_saved : int
        Folds of stopped trials that were not run.
    seconds_saved : float
        Estimate of what they would have taken.
    progress : Progress or None
        None where there are too few trials.
    """

    search: str
    estimator: str
    metric: str
    n_trials: int
    n_complete: int
    n_stopped: int = 0
    n_failed: int = 0
    n_timed_out: int = 0
    n_folds: int = 1
    seconds: float = NAN
    stop_reason: str = "complete"
    is_exhausted: bool = False
    is_grid: bool = False
    best: Best | None = None
    chosen_by: str = ""
    default: Gain | None = None
    median: Gain | None = None
    takes_default: bool = False
    worth: Worth | None = None
    test: Test | None = None
    edges: tuple[Edge, ...] = ()
    shares: tuple[Share, ...] = ()
    why_no_shares: str = ""
    failures: tuple[tuple[str, int], ...] = ()
    n_other_failures: int = 0
    n_folds_saved: int = 0
    seconds_saved: float = NAN
    progress: Progress | None = None
