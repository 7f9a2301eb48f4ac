"""The matrix of values that the draws work on, from the evidence of a search."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.base import ClassifierMixin, RegressorMixin

from skhpo._candidate import make_candidate
from skhpo._honesty.columns import Columns
from skhpo._honesty.evidence import Evidence
from skhpo._honesty.replay import CannotReplayError, Replay, StoredEstimator
from skhpo._honesty.row_metrics import METRICS, RowMetric, is_share, known_metric, row_values
from skhpo._honesty.units import MAX_UNITS, Units, is_time_ordered, make_units
from skhpo._responses import last_step

Floats = NDArray[np.float64]

# Calls of the scorer, of some .5 ms each: a number, so that the same search is judged alike
# everywhere. The CPU seconds are for scorers that take much longer.
MAX_CALLS = 2_000
MAX_SECONDS = 10.0
# Parts left out one by one, in all folds together.
_N_PARTS = 50
# Cells of the matrix, 64 MB; rows of all candidates, some seconds; units that are enough.
_MAX_CELLS = 16_000_000
_MAX_ENTRIES = 50_000_000
_ENOUGH_UNITS = 500


class CannotCorrectError(Exception):
    """Why there is no corrected score, as a sentence."""


@dataclass(frozen=True)
class Values:
    """The matrix, and what it is made of.

    Parameters
    ----------
    V : ndarray of float32, shape (n_units, n_candidates)
        See `choice`; the winner's column is the first.
    numbers : list of int
        Trial numbers of the columns.
    fold_means, row_variances : ndarray of shape (n_folds, n_candidates)
        Scores by fold, and their variances by the rows alone.
    units : Units
        What the rows of the matrix are.
    is_share : bool
        Whether the metric lies in [0, 1] and is as uncertain as a share is.
    how : str
        How the values were found.
    """

    V: NDArray[np.float32]
    numbers: list[int]
    fold_means: Floats
    row_variances: Floats
    units: Units
    is_share: bool
    how: str


def build_values(evidence: Evidence) -> Values:
    """Build the matrix.

    Raises
    ------
    CannotCorrectError
        Saying why there is none.
    """
    if not evidence.metric:
        raise CannotCorrectError("there are several metrics, and `refit` names none of them.")
    numbers = evidence.ranking()
    _check_winner(evidence, numbers)
    metric = _row_metric(evidence)
    if metric is not None:
        values = _from_rows(evidence, numbers, metric)
        if values is not None:
            return values
    return _from_replay(evidence, numbers)


def _check_winner(evidence: Evidence, numbers: list[int]) -> None:
    """Raise if there is nothing of the winner to judge."""
    if evidence.best < 0:
        raise CannotCorrectError("no candidate is complete.")
    if numbers[:1] == [evidence.best]:
        return
    responses = evidence.responses.get(evidence.best, ())
    problems = [fold.problem for fold in responses if fold.problem]
    if problems:
        raise CannotCorrectError(f"{problems[0]}.")
    if not np.isfinite(evidence.trials[evidence.best].mean_score(evidence.metric)):
        raise CannotCorrectError("the winner's score is not a finite number.")
    raise CannotCorrectError("the winner's predictions on its validation rows were not kept.")


def _row_metric(evidence: Evidence) -> RowMetric | None:
    """Find the metric, if its values are known row by row."""
    if set(evidence.score_params) - {"sample_weight"} or evidence.y is None:
        return None
    known = known_metric(evidence.scorer)
    if known is not None:
        return known
    if not evidence.uses_own_score:
        return None
    template = make_candidate(evidence.estimator, evidence.trials[evidence.best].params)
    own = type(last_step(template)).score
    if own is ClassifierMixin.score:
        return METRICS["accuracy"]
    return METRICS["r2"] if own is RegressorMixin.score else None


# Row by row -------------------------------------------------------------------------------


def _from_rows(evidence: Evidence, numbers: list[int], metric: RowMetric) -> Values | None:
    """Build the matrix from values known row by row; None if they do not give the scores."""
    n_entries = sum(map(len, evidence.tests))
    numbers = numbers[: max(min(_MAX_ENTRIES // n_entries, _MAX_CELLS // _ENOUGH_UNITS), 20)]
    units = _make_units(evidence, max(_MAX_CELLS // len(numbers), _ENOUGH_UNITS))
    targets = [np.asarray(evidence.targets(fold)) for fold in range(len(evidence.splits))]
    weights = [evidence.params(fold).get("sample_weight") for fold in range(len(evidence.splits))]

    def fold_values(number: int, fold: int) -> Floats | None:
        """Values of one candidate's rows in one fold."""
        responses = evidence.responses[number][fold]
        score = evidence.score(number, fold)
        return row_values(metric, targets[fold], responses, weights[fold], score)

    columns = Columns(units)
    for number in numbers:
        by_fold = [fold_values(number, fold) for fold in range(len(evidence.splits))]
        found = [values for values in by_fold if values is not None]
        if len(found) < len(by_fold):
            return None
        if metric.together is not None:
            predicted = [fold.get(metric.methods[0]) for fold in evidence.responses[number]]
            values = metric.together(np.concatenate(targets), np.concatenate(predicted))
            found = np.split(values, np.cumsum([len(of_fold) for of_fold in found])[:-1])
        columns.add(number, found)
    return _finish(columns, metric.is_share, "")


def _make_units(evidence: Evidence, max_units: int = MAX_UNITS) -> Units:
    """What is drawn, where each row has values of its own."""
    return make_units(
        evidence.tests,
        groups=evidence.groups,
        is_ordered=is_time_ordered(evidence.splits),
        max_units=min(max_units, MAX_UNITS),
        seed=evidence.seed,
    )


def _finish(columns: Columns, is_share: bool, how: str) -> Values:
    """Build the matrix of the columns."""
    means, variances = columns.fold_means, columns.row_variances
    if np.isnan(variances).any():
        # Folds of a single unit: rows and models cannot be told apart, and it is the rows.
        variances = np.broadcast_to(means.var(axis=0, ddof=min(len(means) - 1, 1)), means.shape)
    return Values(
        columns.matrix, columns.numbers, means, variances, columns.units, is_share=is_share, how=how
    )


# By the scorer ----------------------------------------------------------------------------


def _from_replay(evidence: Evidence, numbers: list[int]) -> Values:
    """Build the matrix by calling the scorer on stored predictions, for the leading candidates."""
    are_alike = _are_alike(evidence, numbers)
    units, parts_of = (_make_units(evidence), None) if are_alike else _parts_left_out(evidence)
    columns, n_calls, began = Columns(units), 0, time.thread_time()
    for position, number in enumerate(numbers):
        if position > 1 and (n_calls > MAX_CALLS or time.thread_time() - began > MAX_SECONDS):
            numbers = numbers[:position]
            break
        by_fold = []
        for fold in range(len(evidence.splits)):
            replay = _fold_replay(evidence, number, fold)
            try:
                score = replay.score_as_recorded(evidence.score(number, fold))
            except CannotReplayError as reason:
                raise CannotCorrectError(str(reason)) from reason
            if position == 0 and replay.adds_up(score):
                raise CannotCorrectError(
                    "the score grows with the number of rows, as a sum does; score by a mean."
                )
            parts = parts_of[fold] if parts_of else _alike_rows(evidence, number, fold)
            n_calls += int(parts.max()) + 2
            values = replay.pseudo_values(score, parts, are_alike=parts_of is None)
            # Without the jackknife's correction of bias, which is wild where a metric is not
            # smooth, as a precision of few positive predictions is not.
            by_fold.append(values - values.mean() + score)
            _check_patience(position, n_calls, time.thread_time() - began)
        columns.add(number, by_fold)
    how = f"the scorer was called {n_calls} times on stored predictions"
    return _finish(columns, is_share(evidence.scorer), how)


def _fold_replay(evidence: Evidence, number: int, fold: int) -> Replay:
    """Make the replay of one candidate's fold."""
    template = make_candidate(evidence.estimator, evidence.trials[number].params)
    stored = StoredEstimator(template, evidence.responses[number][fold])
    return Replay(
        evidence.scorer,
        evidence.metric,
        stored,
        evidence.targets(fold),
        evidence.params(fold),
        len(evidence.splits[fold][1]),
    )


def _check_patience(position: int, n_calls: int, seconds: float) -> None:
    """Raise if a slow scorer has not come to a third candidate in the seconds."""
    if position < 2 and seconds > MAX_SECONDS:
        raise CannotCorrectError(
            f"the scorer is too slow to be called often: {n_calls} calls took {seconds:.0f} s."
        )


def _are_alike(evidence: Evidence, numbers: list[int]) -> bool:
    """Whether all that the scorer asked for are labels, with few kinds of rows to a fold."""
    folds = [fold for number in numbers for fold in evidence.responses[number]]
    if evidence.y is None or not all(fold.has_only_labels for fold in folds):
        return False
    try:
        kinds = [_alike_rows(evidence, numbers[0], fold) for fold in range(len(evidence.splits))]
    except TypeError:  # targets or the like that have no order
        return False
    return max(int(of_rows.max()) for of_rows in kinds) < _N_PARTS


def _alike_rows(evidence: Evidence, number: int, fold: int) -> NDArray[np.intp]:
    """Number rows by target, label and weight: alike in these, they are alike to the scorer."""
    keys = [response.codes for response in evidence.responses[number][fold].by_method.values()]
    for value in (evidence.targets(fold), *evidence.params(fold).values()):
        array = np.asarray(value)
        if array.shape[:1] == keys[0].shape:
            axis = None if array.ndim == 1 else 0
            keys.append(np.unique(array, axis=axis, return_inverse=True)[1].reshape(-1))
    table = np.column_stack(keys)
    return np.unique(table, axis=0, return_inverse=True)[1].reshape(len(table))


def _parts_left_out(evidence: Evidence) -> tuple[Units, tuple[NDArray[np.intp], ...]]:
    """Divide each fold's rows in parts, of which each is one unit or several."""
    tests, n_folds = evidence.tests, len(evidence.splits)
    n_parts = int(np.clip(_N_PARTS // n_folds, 2, 20))
    is_ordered = is_time_ordered(evidence.splits)
    rows = np.concatenate(tests)
    if evidence.groups is None and not is_ordered and len(np.unique(rows)) == len(rows):
        units = make_units(tests, n_blocks=n_parts, seed=evidence.seed)
    else:
        units = make_units(
            tests,
            groups=evidence.groups,
            is_ordered=is_ordered,
            max_units=n_parts if evidence.groups is None and not is_ordered else n_parts * n_folds,
            seed=evidence.seed,
        )
    parts = tuple(np.unique(of, return_inverse=True)[1].reshape(len(of)) for of in units.of_entries)
    return units, parts
