"""Score a fitted candidate: one number or several, in scikit-learn's ways of failing."""

from __future__ import annotations

import math
import numbers
import warnings
from contextlib import suppress
from traceback import format_exc
from typing import Any, Protocol

from skhpo._fold_rows import Rows, WriteError, says_read_only


class Scoring(Protocol):
    """How candidates are scored, see `FoldData`."""

    @property
    def scorer(self) -> Any:
        """The scorer."""

    @property
    def metrics(self) -> tuple[str, ...] | None:
        """Names of its metrics."""

    @property
    def error_score(self) -> Any:
        """What a failure does."""


def score_rows(
    scoring: Scoring, estimator: Any, rows: Rows, *, shares_rows: bool
) -> tuple[dict[str, float], bool, str | None]:
    """Score by metric, whether there were several, and the traceback of a scorer that failed.

    Parameters
    ----------
    scoring : Scoring
        How to score.
    estimator : estimator
        Fitted.
    rows : Rows
        What the scorer is given.
    shares_rows : bool
        Whether the rows are read-only because other folds use them too.

    Raises
    ------
    WriteError
        If `shares_rows`, and the scorer or the estimator tried to write to them.
    """
    problem = None
    arguments = (rows.X,) if rows.y is None else (rows.X, rows.y)
    try:
        scores = scoring.scorer(estimator, *arguments, **rows.score_params)
    except Exception as error:
        if shares_rows and says_read_only(str(error)):
            raise WriteError from error
        # A multimetric scorer raises only when `error_score` is "raise".
        if raises_errors(scoring.error_score) or scoring.metrics is not None:
            raise
        problem = format_exc()
        scores = scoring.error_score
        _warn_of_failed_scoring(scoring.error_score, problem)
    if not isinstance(scores, dict):
        return {"score": to_number(scores, scoring.scorer)}, False, problem
    scores = dict(scores)
    for name, value in scores.items():
        # scikit-learn's multimetric scorer gives the traceback in the place of the score.
        if scoring.metrics is not None and isinstance(value, str):
            if shares_rows and says_read_only(value.strip().splitlines()[-1]):
                raise WriteError
            problem = value
            scores[name] = scoring.error_score
            _warn_of_failed_scoring(scoring.error_score, value)
    return {name: to_number(value, name) for name, value in scores.items()}, True, problem


def raises_errors(error_score: Any) -> bool:
    """Whether failures are raised."""
    return isinstance(error_score, str) and error_score == "raise"


def failure_score(error_score: Any) -> float:
    """Score of a fold that failed; nan where that raises."""
    return math.nan if raises_errors(error_score) else float(error_score)


def _warn_of_failed_scoring(error_score: Any, details: str) -> None:
    """Warn in scikit-learn's words."""
    # In a worker no line is the user's.
    warnings.warn(
        "Scoring failed. The score on this train-test partition for these parameters will be "
        f"set to {error_score}. Details: \n{details}",
        UserWarning,
        stacklevel=2,
    )


def to_number(score: Any, scorer: Any, parameter: str = "scoring") -> float:
    """Unwrap a scalar array (memory-mapped, or of another library).

    Parameters
    ----------
    score : object
        What was returned.
    scorer : object
        By what.
    parameter : str, default="scoring"
        What users call that.

    Raises
    ------
    ValueError
        If the scorer gave no number.
    """
    if type(score) is float:
        return score
    if hasattr(score, "item"):
        with suppress(ValueError):
            score = score.item()
    if not isinstance(score, numbers.Number):
        raise ValueError(
            f"{parameter} must return a number, got {score} ({type(score)}) instead. "
            f"({'scorer' if parameter == 'scoring' else parameter}={scorer})"
        )
    return score  # type: ignore[return-value]
