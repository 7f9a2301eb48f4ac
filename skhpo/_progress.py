"""What a person sees while a study runs: scikit-learn's lines for its `verbose`.

With 1, the state of the study follows its first line. The calling process prints all, so
that it appears in a notebook too when the folds run in other processes.
"""

from __future__ import annotations

import math
from typing import Protocol

from skhpo._live_status import LiveStatus
from skhpo._status_line import write
from skhpo._trial import FoldResult, FoldTask

_WIDTH = 80


class Progress(Protocol):
    """What the study tells of itself."""

    def on_begin(self, n_folds: int, n_trials: int) -> None:
        """The study begins."""

    def on_resume(self, path: str, n_folds: int, n_candidates: int) -> None:
        """Folds of so many candidates are in a checkpoint, and are not run again."""

    def on_submit(self, task: FoldTask) -> None:
        """A fold is handed to a worker."""

    def on_result(self, task: FoldTask, result: FoldResult) -> None:
        """A fold has finished."""

    def on_take_over(self, task: FoldTask, result: FoldResult) -> None:
        """A fold of the checkpoint belongs to a candidate that has been asked for."""

    def on_stop(self, why: str) -> None:
        """The study asks for no more candidates."""

    def on_count(self, n_trials: int) -> None:
        """There are fewer candidates than was said."""

    def on_wait(self) -> float:
        """The study has nothing to do; seconds after which it is to say so again."""

    def on_end(self) -> None:
        """The study has ended, or an error ends it."""

    def on_trial_stop(self, number: int, n_trials: int, why: str) -> None:
        """The remaining folds of a trial are not run."""


class VerboseLines:
    """Print as much as `verbose` asks: totals (1), folds (2), scores (3), starts (10).

    Parameters
    ----------
    verbose : int
        How much.
    status : LiveStatus or None, default=None
        What shows the state of the study, for `verbose` 1: above it, the folds' lines do.
    of_function : bool, default=False
        Whether a fold is the call of a function, and nothing is fitted.
    """

    def __init__(
        self, verbose: int, status: LiveStatus | None = None, *, of_function: bool = False
    ) -> None:
        self.verbose, self.of_function = verbose, of_function
        self.status = status if verbose == 1 else None

    def on_begin(self, n_folds: int, n_trials: int) -> None:
        """Print the totals."""
        if self.verbose > 0:
            if self.of_function:
                write(f"Calling the function for each of {n_trials} candidates")
            else:
                write(
                    f"Fitting {n_folds} folds for each of {n_trials} candidates, "
                    f"totalling {n_folds * n_trials} fits"
                )
        if self.status is not None:
            self.status.begin(n_folds, n_trials)

    def on_resume(self, path: str, n_folds: int, n_candidates: int) -> None:
        """Print what an earlier fit has finished; its folds have no lines."""
        if self.verbose > 0:
            known = f"{n_folds} folds of {n_candidates} candidates"
            known = f"{n_candidates} candidates" if self.of_function else known
            write(f"Resuming from {path!r}, which has {known}")
        if self.status is not None:
            self.status.tally.expect_from_checkpoint(n_folds)

    def on_submit(self, task: FoldTask) -> None:
        """Print the start of a fold."""
        if self.status is not None:
            self.status.note(self.status.tally.submit, task)
            self.status.show()
        if self.verbose > 9:
            message = f"[CV{self._counts(task)}] START {_describe(task)}"
            write(message.ljust(_WIDTH, "."))

    def on_result(self, task: FoldTask, result: FoldResult) -> None:
        """Print the end of a fold, right-aligned."""
        if self.status is not None:
            self.status.finish(task, result)
        if self.verbose < 2:
            return
        params = _describe(task)
        text = params + (";" if params else "")
        if self.verbose > 2:
            text += _describe_scores(result)
        seconds = result.fit_seconds + result.score_seconds
        text += f" total time={_short_time(seconds)}"
        head = f"[CV{self._counts(task)}] END "
        write(head + "." * (_WIDTH - len(head) - len(text)) + text)

    def on_take_over(self, task: FoldTask, result: FoldResult) -> None:
        """Count the fold; it has no line."""
        if self.status is not None:
            self.status.note(self.status.tally.take_over, task, result)

    def on_stop(self, why: str) -> None:
        """Print why the search ends."""
        if self.verbose > 0:
            write(f"Ending the search: {why}")

    def on_count(self, n_trials: int) -> None:
        """Count to fewer candidates from now on."""
        if self.status is not None:
            self.status.tally.n_trials = n_trials

    def on_wait(self) -> float:
        """Show the state, if it is its time; seconds until it is again."""
        return math.inf if self.status is None else self.status.show()

    def on_end(self) -> None:
        """Show the last state."""
        if self.status is not None:
            self.status.end()

    def on_trial_stop(self, number: int, n_trials: int, why: str) -> None:
        """Print why a candidate is given up."""
        if self.status is not None:
            self.status.note(self.status.tally.stop, number)
        if self.verbose > 1:
            write(f"[CV {number + 1}/{n_trials}] STOPPED {why}")

    def _counts(self, task: FoldTask) -> str:
        """Number of the fold, and from verbose=10 of the candidate."""
        if self.verbose < 3:
            return ""
        counts = f" {task.fold + 1}/{task.n_folds}"
        if self.verbose > 9:
            counts += f"; {task.number + 1}/{task.n_trials}"
        return counts


def _describe(task: FoldTask) -> str:
    """Parameters in the order of their names."""
    return ", ".join(f"{name}={task.params[name]}" for name in sorted(task.params))


def _describe_scores(result: FoldResult) -> str:
    """Scores of a fold, by metric where there are several."""
    if result.test_scores is None:
        return " failed"
    train = result.train_scores
    if not result.is_multimetric:
        test = f"{result.test_scores['score']:.3f}"
        if train is None:
            return f", score={test}"
        return f", score=(train={_score_of(train, 'score')}, test={test})"
    return "".join(
        f" {name}: ("
        + ("" if train is None else f"train={_score_of(train, name)}, ")
        + f"test={result.test_scores[name]:.3f})"
        for name in sorted(result.test_scores)
    )


def _score_of(scores: dict[str, float], metric: str) -> str:
    """Score to three digits; nan where a callable scorer failed before it named the metric."""
    return f"{scores.get(metric, math.nan):.3f}"


def _short_time(seconds: float) -> str:
    """Seconds, or minutes from one minute on."""
    return f"{seconds / 60:4.1f}min" if seconds > 60 else f" {seconds:5.1f}s"
