"""The scorer of a search, and which of its metrics decides: checked before the first fit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sklearn.metrics import check_scoring, get_scorer, get_scorer_names

from skhpo._fold_scores import raises_errors
from skhpo._parameters import suggest


@dataclass(frozen=True)
class Scoring:
    """The scorer of a search, and its parts.

    Parameters
    ----------
    scorer : callable
        ``scorer(estimator, X, y)``; a dict of numbers where there are several metrics.
    by_name : dict of str to callable
        The scorer of each metric; {"score": scorer} for a single or callable one.
    metrics : tuple of str or None
        Names, when `scoring` lists several; None otherwise.
    is_default : bool
        Whether it is the estimator's own ``score``.
    """

    scorer: Any
    by_name: dict[str, Any]
    metrics: tuple[str, ...] | None
    is_default: bool = False

    @property
    def fitted(self) -> Any:
        """The value of ``scorer_``: a dict for several metrics, else the scorer."""
        return self.scorer if self.metrics is None else dict(self.by_name)

    @property
    def asks_predictions(self) -> bool:
        """Whether a model is asked for predictions, and nobody looks at anything else of it.

        So do the scorers that ``make_scorer`` makes, those with names among them, and the
        ``score`` of classifiers and regressors.
        """
        made = type(get_scorer("accuracy"))
        return all(type(scorer) is made for scorer in self.by_name.values()) or self.is_default


def build_scoring(search: Any) -> Scoring:
    """Build the scorer of a search.

    Raises
    ------
    ValueError, TypeError
        If `scoring` or `refit` is wrong, in scikit-learn's sentences.
    """
    scoring, estimator = search.scoring, search.estimator
    if scoring is None or isinstance(scoring, str) or callable(scoring):
        scorer = check_scoring(estimator, scoring)
        return Scoring(scorer, {"score": scorer}, None, is_default=scoring is None)
    raises = raises_errors(search.error_score)
    try:
        combined = check_scoring(estimator, scoring, raise_exc=raises)
    except ValueError as error:
        hint = _suggest_metric(scoring)
        if not hint:
            raise
        raise ValueError(f"{error}{hint}") from error
    parts = scoring if isinstance(scoring, dict) else {name: name for name in scoring}
    by_name = {name: check_scoring(estimator, part) for name, part in parts.items()}
    check_refit(search.refit, by_name)
    return Scoring(combined, by_name, tuple(by_name))


def _suggest_metric(scoring: Any) -> str:
    """Nearest name of the first of several metrics that is misspelt; empty if none is."""
    parts = scoring.values() if isinstance(scoring, dict) else scoring
    valid = get_scorer_names()
    unknown = (part for part in parts if isinstance(part, str) and part not in valid)
    return next((suggest(name, valid) for name in unknown), "")


def check_refit(refit: Any, metrics: Iterable[str]) -> None:
    """Check that `refit` names one of several metrics, chooses, or is False.

    Raises
    ------
    ValueError
        In scikit-learn's sentence.
    """
    metrics = list(metrics)
    if refit is False or callable(refit) or (isinstance(refit, str) and refit in metrics):
        return
    message = (
        "For multi-metric scoring, the parameter refit must be set to a scorer key or a callable "
        "to refit an estimator with the best parameter setting on the whole data and make the "
        "best_* attributes available for that metric. If this is not needed, refit should be set "
        f"to False explicitly. {refit!r} was passed."
    )
    hint = suggest(refit, metrics) if isinstance(refit, str) else ""
    raise ValueError(message + (hint or f" The metrics are {metrics}."))


def check_racing(search: Any) -> None:
    """Check that one metric's mean decides, if candidates race.

    Raises
    ------
    ValueError
        If something else chooses the winner.
    """
    if not search.racing:
        return
    if callable(search.refit):
        raise ValueError(
            "`racing` must be False where `refit` is a function, because that may choose a "
            f"candidate which a race has stopped, got racing=True with refit={search.refit!r}; use "
            "racing=False, or refit=True."
        )
    if search.refit is False and isinstance(search.scoring, list | tuple | dict):
        raise ValueError(
            "`racing` must be False where no metric decides, got racing=True with several metrics "
            "and refit=False; name the metric that decides in `refit`, or use racing=False."
        )


def name_scorer(search: Any) -> Any:
    """What names the metric that decides; the scorer's name, if it has one."""
    scoring = search.scoring
    if isinstance(scoring, dict):
        return scoring.get(search.refit)
    return search.refit if isinstance(scoring, list | tuple) else scoring
