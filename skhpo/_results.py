"""Trials to ``cv_results_`` and the best row: functions of frozen values.

The keys, their order and their dtypes are scikit-learn's.
"""

from __future__ import annotations

import numbers
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from typing import Any

import numpy as np
from numpy.ma import MaskedArray
from numpy.typing import NDArray
from scipy.stats import rankdata

from skhpo._trial import FoldResult, Trial

Array = NDArray[np.float64]

# Different errors of which a message tells; their tracebacks fill a screen.
_MAX_ERRORS = 3


def metric_names(trials: Sequence[Trial], known: tuple[str, ...] | None = None) -> tuple[str, ...]:
    """Names of the metrics: those known beforehand, else those of the first scored fold."""
    return known or next((tuple(scores) for scores, _ in _scored(trials)), ("score",))


def scored_metrics(results: dict[str, Any]) -> list[str]:
    """Names of the metrics in ``cv_results_``."""
    prefix = "mean_test_"
    return [key.removeprefix(prefix) for key in results if key.startswith(prefix)]


def is_multimetric(trials: Sequence[Trial]) -> bool:
    """Whether the scorer of the first successful fold gave a dict."""
    return next((is_multimetric for _, is_multimetric in _scored(trials)), False)


def _scored(trials: Sequence[Trial]) -> Iterable[tuple[dict[str, float], bool]]:
    """Scores of the folds whose scorer did not fail, which tell what it returns."""
    return (
        (fold.test_scores, fold.is_multimetric)
        for fold in _finished(trials)
        if fold.test_scores is not None and fold.score_error is None
    )


def _finished(trials: Sequence[Trial]) -> Iterable[FoldResult]:
    """Finished folds in order."""
    return (fold for trial in trials for fold in trial.folds if fold is not None)


def build_cv_results(
    trials: Sequence[Trial],
    *,
    metrics: tuple[str, ...],
    error_score: Any,
    return_train_score: bool,
    has_iterations: bool = False,
) -> dict[str, Any]:
    """Build ``cv_results_``.

    Parameters
    ----------
    trials : sequence of Trial
        In row order; all have the same number of folds.
    metrics : tuple of str
        Names of the metrics; ("score",) for a single one.
    error_score : "raise" or float
        The score of failed folds; stopped folds are nan whatever it is.
    return_train_score : bool
        Whether the folds have train scores.
    has_iterations : bool, default=False
        Whether fits stopped by validation rows, and have a best round.

    Returns
    -------
    results : dict of str to array of shape (n_trials,), and "params" to a list
    """
    folds = [trial.folds for trial in trials]
    results: dict[str, Any] = {}
    results |= _mean_and_std("fit_time", _table(folds, lambda fold: fold.fit_seconds))
    results |= _mean_and_std("score_time", _table(folds, lambda fold: fold.score_seconds))
    results |= _param_columns([trial.params for trial in trials])
    results["params"] = [trial.params for trial in trials]
    failed = np.nan if isinstance(error_score, str) else error_score
    has_all = np.array([None not in row for row in folds], dtype=bool)
    for metric in metrics:
        scores = _score_table(folds, "test", metric, failed)
        results |= _splits(f"test_{metric}", scores)
        results |= _mean_and_std(f"test_{metric}", scores)
        means = results[f"mean_test_{metric}"]
        results[f"rank_test_{metric}"] = _rank(means, has_all)
        if return_train_score:
            scores = _score_table(folds, "train", metric, failed)
            results |= _splits(f"train_{metric}", scores)
            results |= _mean_and_std(f"train_{metric}", scores)
    if has_iterations:
        table = _table(folds, lambda fold: fold.best_iteration or np.nan)
        results |= _mean_and_std("best_iteration", table)
    return results


def _table(
    folds: Sequence[Sequence[FoldResult | None]], value: Callable[[FoldResult], float]
) -> Array:
    """Values of shape (n_trials, n_folds), nan where a fold is missing."""
    return np.array(
        [[np.nan if fold is None else value(fold) for fold in row] for row in folds],
        dtype=np.float64,
    )


def _score_table(
    folds: Sequence[Sequence[FoldResult | None]], side: str, metric: str, failed: float
) -> Array:
    """Scores of one metric of shape (n_trials, n_folds), `failed` where there is none."""

    def score(fold: FoldResult) -> float:
        """Score of one fold."""
        scores = fold.test_scores if side == "test" else fold.train_scores
        return failed if scores is None else scores.get(metric, failed)

    return _table(folds, score)


def _splits(name: str, table: Array) -> dict[str, Array]:
    """One column for each fold."""
    return {f"split{fold}_{name}": table[:, fold] for fold in range(table.shape[1])}


def _mean_and_std(name: str, table: Array) -> dict[str, Array]:
    """Mean and standard deviation over folds (ddof=0, as scikit-learn's)."""
    # Infinite scores give nan deviations and huge ones infinite, as in scikit-learn, but quietly.
    with np.errstate(invalid="ignore", over="ignore"):
        means = np.average(table, axis=1)
        deviations = np.sqrt(np.average((table - means[:, np.newaxis]) ** 2, axis=1))
    return {f"mean_{name}": means, f"std_{name}": deviations}


def _rank(means: Array, has_all_folds: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Rank means from 1, ties alike; nan below all numbers, missing folds below all else."""
    order = np.where(np.isnan(means), -np.inf, means)
    # Two passes: a complete candidate of -inf still precedes an incomplete one.
    ranks = np.empty(len(means), dtype=np.int32)
    is_nan = np.isnan(means) & has_all_folds
    scored = has_all_folds & ~is_nan
    ranks[scored] = rankdata(-order[scored], method="min").astype(np.int32)
    ranks[is_nan] = scored.sum() + 1
    ranks[~has_all_folds] = has_all_folds.sum() + 1
    return ranks


def _param_columns(candidates: Sequence[dict[str, Any]]) -> dict[str, MaskedArray[Any, Any]]:
    """One masked array for each parameter, masked where a candidate lacks it."""
    values: dict[str, dict[int, Any]] = {}
    for row, params in enumerate(candidates):
        for name, value in params.items():
            values.setdefault(name, {})[row] = value
    columns = {}
    for name, by_row in values.items():
        dtype = _column_dtype(list(by_row.values()))
        column = MaskedArray(np.empty(len(candidates), dtype=dtype), mask=True)
        for row, value in by_row.items():
            column[row] = value
        columns[f"param_{name}"] = column
    return columns


def _column_dtype(values: list[Any]) -> np.dtype[Any]:
    """Dtype that numpy infers; object for strings, sequences and ragged values."""
    try:
        inferred = np.array(values)
    except ValueError:
        return np.dtype(object)
    if inferred.dtype.kind == "U" or inferred.ndim != 1:
        return np.dtype(object)
    return inferred.dtype


def frame_columns(trials: Sequence[Trial], results: dict[str, Any]) -> dict[str, Any]:
    """Columns of the table of trials; standard errors are those of means over folds."""
    columns: dict[str, Any] = {
        "number": [trial.number for trial in trials],
        "origin": [trial.origin for trial in trials],
        "status": [trial.status for trial in trials],
        "why": [trial.why for trial in trials],
    }
    columns |= {
        key: values.filled(np.nan)
        if values.dtype.kind == "f"
        else (values.astype(object).filled(np.nan) if values.mask.any() else values.data)
        for key, values in results.items()
        if key.startswith("param_")
    }
    n_folds = len(trials[0].folds)
    for metric in scored_metrics(results):
        columns[f"mean_test_{metric}"] = results[f"mean_test_{metric}"]
        columns[f"standard_error_{metric}"] = standard_errors(results, metric, n_folds)
        columns[f"rank_test_{metric}"] = results[f"rank_test_{metric}"]
    columns["mean_fit_time"] = results["mean_fit_time"]
    if "mean_best_iteration" in results:
        columns["mean_best_iteration"] = results["mean_best_iteration"]
    columns["n_shared_steps"] = [trial.n_shared_steps for trial in trials]
    return columns


def standard_errors(results: dict[str, Any], metric: str, n_folds: int) -> Array:
    """Standard error of each mean over folds; nan for a single fold."""
    if n_folds < 2:
        return np.full(len(results["params"]), np.nan)
    # cv_results_ has ddof=0.
    return np.asarray(results[f"std_test_{metric}"] / np.sqrt(n_folds - 1))


def select_best(results: dict[str, Any], refit: Any, metric: str) -> int:
    """Row of the winner: what a callable `refit` says, else the first of rank 1.

    Raises
    ------
    TypeError
        If the callable gives no integer.
    IndexError
        If it gives an integer that is no row.
    """
    if not callable(refit):
        return int(results[f"rank_test_{metric}"].argmin())
    index = refit(results)
    if not isinstance(index, numbers.Integral):
        raise TypeError("best_index_ returned is not an integer")
    if int(index) not in range(len(results["params"])):
        raise IndexError("best_index_ index out of range")
    return int(index)


def non_finite_warnings(results: dict[str, Any], has_all_folds: list[bool]) -> list[str]:
    """What to warn of means that are not finite, in scikit-learn's words; stopped ones are not."""
    return [
        f"One or more of the {side} scores are non-finite: {values}"
        for key, values in results.items()
        for side in ("test", "train")
        if key.startswith(f"mean_{side}_") and not np.isfinite(values[has_all_folds]).all()
    ]


def describe_fit_failures(trials: Sequence[Trial], error_score: Any) -> tuple[str, bool]:
    """What to say of failed fits, in scikit-learn's words, and whether all failed.

    Of many different errors three are shown: the first ones if all fits failed, else the
    commonest.

    Returns
    -------
    message : str
        Empty when no fit failed.
    all_failed : bool
    """
    folds = list(_finished(trials))
    errors = Counter(fold.error for fold in folds if fold.error is not None)
    if not errors:
        return "", False
    n_failed = errors.total()
    if n_failed == len(folds):
        return (
            f"\nAll the {len(folds)} fits failed.\n"
            "It is very likely that your model is misconfigured.\n"
            "You can try to debug the error by setting error_score='raise'.\n\n"
            f"Below are more details about the failures:\n{list_errors(errors)}"
        ), True
    commonest = dict(errors.most_common(_MAX_ERRORS))
    # In the order in which they came, as scikit-learn lists them.
    ordered = sorted(errors, key=lambda error: error not in commonest)
    return (
        f"\n{n_failed} fits failed out of a total of {len(folds)}.\n"
        "The score on these train-test partitions for these parameters"
        f" will be set to {error_score}.\n"
        "If these failures are not expected, you can try to debug them "
        "by setting error_score='raise'.\n\n"
        "Below are more details about the failures:\n"
        f"{list_errors({error: errors[error] for error in ordered})}"
    ), False


def list_errors(errors: Mapping[str, int], noun: str = "fits") -> str:
    """List the first errors with their counts, in scikit-learn's words, and count the others."""
    delimiter = "-" * 80 + "\n"
    parts = [
        f"{delimiter}{n} {noun} failed with the following error:\n{error}"
        for error, n in islice(errors.items(), _MAX_ERRORS)
    ]
    n_left = sum(islice(errors.values(), _MAX_ERRORS, None))
    if n_left:
        parts.append(f"{delimiter}{n_left} {noun} failed with other errors, see the trials.\n")
    return "\n".join(parts)
