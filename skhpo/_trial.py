"""The values that travel between a strategy, the study and the workers.

All are frozen; none holds data. ``params`` is a plain dict because a mapping
proxy cannot be pickled to a worker: treat it as read-only.

candidate   proposed parameters, with the number that the strategy gave them
fold        a split's number
task        one candidate on one fold: what a worker is sent
trial       a numbered candidate with what its folds returned
score       larger is better, everywhere in this package
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from skhpo._responses import Responses

Origin = Literal["initial", "model", "random"]
Status = Literal["complete", "stopped", "failed", "timed_out"]


@dataclass(frozen=True)
class Candidate:
    """Parameters that a strategy proposes.

    Parameters
    ----------
    number : int
        Position in the strategy's sequence of proposals, from 0.
    params : dict of str to object
        Parameter names and values, ready for ``set_params`` or ``function(**params)``.
    budget : float or None, default=None
        The share of a full evaluation that is asked for, in (0, 1]; None is all of it.
    origin : {"initial", "model", "random"}, default="random"
        "initial" candidates were fixed before the first score: those of
        `initial_params`, the first ones of a model, a grid's cells. "model" ones maximise
        an acquisition, "random" ones are drawn from the space.

    See Also
    --------
    Trial : A candidate and what its folds returned.

    Examples
    --------
    >>> from skhpo import GridStrategy
    >>> GridStrategy({"C": [1, 10]}).ask()
    Candidate(number=0, params={'C': 1}, budget=None, origin='initial')
    """

    number: int
    params: dict[str, Any]
    budget: float | None = None
    origin: Origin = "random"


@dataclass(frozen=True)
class FoldTask:
    """One candidate on one fold: all that a worker is sent besides the shared data.

    Parameters
    ----------
    number : int
        The trial's number.
    fold : int
        The split's number.
    params : dict of str to object
        The candidate's parameters.
    n_folds, n_trials : int
        Totals, for the lines that ``verbose`` prints.
    callback_context : CallbackContext or None
        scikit-learn's context of this task, when callbacks listen.
    """

    number: int
    fold: int
    params: dict[str, Any]
    n_folds: int = 1
    n_trials: int = 1
    callback_context: Any = None


@dataclass(frozen=True)
class FoldResult:
    """What one task returned.

    Parameters
    ----------
    test_scores, train_scores : dict of str to float, or None
        Scores by metric; a single metric is called "score". None where the fit
        failed before the metrics' names were known, or train scores were not asked for.
    is_multimetric : bool
        Whether the scorer returned a dict.
    fit_seconds, score_seconds : float
        Durations of fitting and of scoring the validation rows.
    error : str or None
        The traceback of a failed fit.
    score_error : str or None
        The traceback of a scorer that failed.
    timed_out : bool
        Whether it was ended because it took too long; `error` says so.
    responses : Responses or None
        What the estimator answered to the scorer; the study hands it on and drops it.
    n_shared_steps : int, default=0
        Steps of a Pipeline that were fitted for another candidate of this fold, and a model
        that is the beginning of another's.
    best_iteration : int or None, default=None
        With `eval_set`, after how many rounds the score of the rows that decide when to stop
        was best.
    """

    number: int
    fold: int
    test_scores: dict[str, float] | None
    train_scores: dict[str, float] | None = None
    is_multimetric: bool = False
    fit_seconds: float = 0.0
    score_seconds: float = 0.0
    error: str | None = None
    score_error: str | None = None
    timed_out: bool = False
    responses: Responses | None = None
    n_shared_steps: int = 0
    best_iteration: int | None = None

    def without_responses(self) -> FoldResult:
        """Copy of a result for the trial."""
        kept = object.__new__(FoldResult)
        # `dataclasses.replace` takes five times as long, for each fold of a search.
        vars(kept).update(vars(self), responses=None)
        return kept


@dataclass(frozen=True)
class Trial:
    """A numbered candidate and what its folds returned.

    Parameters
    ----------
    number : int
        Position in the study, from 0; the row of ``cv_results_``.
    params : dict of str to object
        The candidate's parameters.
    origin : {"initial", "model", "random"}
        Where the candidate came from.
    folds : tuple of FoldResult or None
        Results by fold, None where one was not finished: `test_scores` and `train_scores` by
        metric, `fit_seconds`, `score_seconds`, the traceback of a failed fit as `error`, of a
        failed scorer as `score_error`.
    status : {"complete", "stopped", "failed", "timed_out"}
        "failed" when a fit or the scorer failed on any fold, "timed_out" when one took too
        long, "stopped" when folds are missing.
    why : str
        The reason of a status other than "complete", in one sentence.

    See Also
    --------
    Candidate : What a strategy proposes.

    Examples
    --------
    >>> from skhpo import maximize
    >>> trial = maximize(lambda x: -x, {"x": [3, 4]}, strategy="grid").trials[1]
    >>> trial.params, trial.status, trial.mean_score()
    ({'x': 4}, 'complete', -4.0)
    """

    number: int
    params: dict[str, Any]
    origin: Origin
    folds: tuple[FoldResult | None, ...]
    status: Status = "complete"
    why: str = ""

    def __repr__(self) -> str:
        """One line, with the mean scores in the place of the folds."""
        told = next((f.test_scores for f in self.folds if f is not None and f.test_scores), {})
        means = {name: float(f"{self.mean_score(name):.6g}") for name in told}
        score = means if means and "score" not in means else means.get("score", math.nan)
        why = f", why={self.why!r}" * bool(self.why)
        return (
            f"Trial(number={self.number}, mean_score={score!r}, params={self.params!r}, "
            f"status={self.status!r}, origin={self.origin!r}{why})"
        )

    def fold_scores(self, metric: str = "score") -> tuple[float, ...]:
        """Scores by fold.

        Parameters
        ----------
        metric : str, default="score"
            Name of the metric; "score" for a single one.

        Returns
        -------
        scores : tuple of float
            nan where a fold is missing or failed.
        """
        return tuple(
            math.nan
            if fold is None or fold.test_scores is None
            else fold.test_scores.get(metric, math.nan)
            for fold in self.folds
        )

    def mean_score(self, metric: str = "score") -> float:
        """Mean of the fold scores.

        Parameters
        ----------
        metric : str, default="score"
            Name of the metric; "score" for a single one.

        Returns
        -------
        score : float
            nan when any fold's is.
        """
        scores = self.fold_scores(metric)
        return sum(scores) / len(scores) if scores else math.nan

    @property
    def fit_seconds(self) -> tuple[float, ...]:
        """Duration of each fold's fit, nan where it is missing."""
        return tuple(math.nan if f is None else f.fit_seconds for f in self.folds)

    @property
    def n_shared_steps(self) -> int:
        """Steps of a Pipeline that were not fitted again, over all folds."""
        return sum(fold.n_shared_steps for fold in self.folds if fold is not None)

    @property
    def best_iterations(self) -> tuple[int | None, ...]:
        """With `eval_set`, by fold, the rounds that were best; None where nothing tells."""
        return tuple(None if fold is None else fold.best_iteration for fold in self.folds)

    @property
    def traceback(self) -> str | None:
        """The traceback of the first fold that failed, or None."""
        problems = (f.error or f.score_error for f in self.folds if f is not None)
        return next(filter(None, problems), None)
