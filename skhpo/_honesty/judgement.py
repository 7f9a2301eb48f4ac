"""The judgement of a search's best score: small values, which is all that a file keeps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from skhpo._honesty.choice import N_DRAWS, Choice, Choose, draw_choice, model_variance
from skhpo._honesty.correction import Correction
from skhpo._honesty.evidence import Evidence
from skhpo._honesty.row_metrics import highest
from skhpo._honesty.values import CannotCorrectError, Values, build_values

Floats = NDArray[np.floating]

_LEVEL = 0.95
# Chosen so that intervals hold the truth in benchmarks/honesty/bias_and_coverage.py: what
# the coupling of folds adds to a variance, and the error of the optimism, by itself.
_COUPLED_ROWS = 1.25
_UNCERTAIN_OPTIMISM = 0.5
# Draws of a choice that a function makes, of up to some milliseconds each.
_N_DRAWS_OF_FUNCTION = 100


@dataclass(frozen=True)
class Judgement:
    """What the best score is worth, and which candidates may be the best.

    Parameters
    ----------
    correction : Correction
        The corrected score.
    p_values : dict of int to float
        By trial number: see `Choice`; empty where it could not be found.
    """

    correction: Correction
    p_values: Mapping[int, float]


def judge(evidence: Evidence) -> Judgement:
    """Judge a search by its evidence."""
    try:
        if evidence.stops_by_scored_rows:
            raise CannotCorrectError(
                "the validation rows decided when fits stopped (eval_set='fold'), which flatters "
                "their scores by more than the choice of the best."
            )
        values = build_values(evidence)
        if len(values.V) < 2:
            raise CannotCorrectError("there are fewer than two validation rows or groups.")
        choice, n_draws = _draw(evidence, values)
    except CannotCorrectError as reason:
        return Judgement(Correction(why=str(reason), n_rows=evidence.n_validation_rows), {})
    p_values = dict(zip(values.numbers, map(float, choice.p_values), strict=True))
    return Judgement(_correct(evidence, values, choice, n_draws), p_values)


def _draw(evidence: Evidence, values: Values) -> tuple[Choice, int]:
    """Draw the choice again, by the rule that the search chose by."""
    if not callable(evidence.refit):
        return draw_choice(values.V, seed=evidence.seed), N_DRAWS
    choose = _rule_of_function(evidence, values)
    n_draws = _N_DRAWS_OF_FUNCTION
    return draw_choice(values.V, seed=evidence.seed, choose=choose, n_draws=n_draws), n_draws


def _rule_of_function(evidence: Evidence, values: Values) -> Choose:
    """Make the rule that asks a callable `refit` for each draw."""
    numbers = np.array(values.numbers)
    columns = {number: column for column, number in enumerate(values.numbers)}
    means = values.V.mean(axis=0)

    def choose(scores: Floats) -> NDArray[np.intp]:
        """Ask for each draw."""
        chosen = []
        for drawn in scores:
            shifts = np.zeros(len(evidence.trials))
            shifts[numbers] = drawn - means
            number = _ask(evidence, shifts)
            if number not in columns:
                raise CannotCorrectError(
                    f"`refit` chooses candidate {number} in a draw, and its predictions were "
                    "not kept."
                )
            chosen.append(columns[number])
        return np.array(chosen, dtype=np.intp)

    return choose


def _ask(evidence: Evidence, shifts: Floats) -> int:
    """Ask a callable `refit` for the winner, with the scores shifted by their errors in a draw.

    Candidates that the draws do not look at keep their scores, and all keep their
    deviations over folds.
    """
    results = dict(evidence.results)
    suffix = f"test_{evidence.metric}"
    for key in results:
        if key == f"mean_{suffix}" or (key.startswith("split") and key.endswith(f"_{suffix}")):
            results[key] = results[key] + shifts
    order = np.nan_to_num(results[f"mean_{suffix}"], nan=-np.inf)
    results[f"rank_{suffix}"] = stats.rankdata(-order, method="min").astype(np.int32)
    try:
        return int(evidence.refit(results))
    except Exception as error:  # a function of the user's may raise anything
        raise CannotCorrectError(
            f"`refit` fails on the scores of a draw ({type(error).__name__}: {error})."
        ) from error


def _correct(evidence: Evidence, values: Values, choice: Choice, n_draws: int) -> Correction:
    """Make the correction of what was drawn."""
    winner = float(np.mean([evidence.score(evidence.best, f) for f in range(len(evidence.splits))]))
    optimism = winner - choice.score
    deviation = _deviation(values, choice, optimism)
    what = f"the choice drawn again on {values.units.noun}, scored on those left out"
    return Correction(
        score=choice.score,
        interval=_interval(evidence, choice.score, deviation, values),
        optimism=optimism,
        method="; ".join(filter(None, [what, values.how])),
        n_draws=n_draws,
        n_rows=evidence.n_validation_rows,
        n_units=values.units.n_units,
        n_candidates=len(values.numbers),
        n_left_out=len(evidence.trials) - len(values.numbers),
    )


def _deviation(values: Values, choice: Choice, optimism: float) -> float:
    """Standard deviation of the corrected score from what the refitted winner is worth."""
    n_folds = len(values.fold_means)
    # Rows of one fold train the models that are scored on the others, so that their errors
    # are not independent, by how much no estimate can tell (Bengio and Grandvalet 2004).
    rows = choice.variance * (_COUPLED_ROWS if n_folds > 1 else 1.0)
    # The refitted model is one of its kind, the folds' mean is that of n_folds.
    models = model_variance(values.fold_means, values.row_variances, choice.shares)
    models *= 1.0 + 1.0 / n_folds
    return float(np.sqrt(rows + models + (optimism * _UNCERTAIN_OPTIMISM) ** 2))


def _interval(
    evidence: Evidence, score: float, deviation: float, values: Values
) -> tuple[float, float]:
    """Interval of level 0.95: Student's, or for metrics in [0, 1] Wilson's.

    Wilson (1927) with as many rows as a share of this value and deviation comes from, and
    no more than there are.
    """
    t = float(stats.t.ppf((1.0 + _LEVEL) / 2.0, values.units.n_units - 1))
    if not values.is_share:
        high = min(score + t * deviation, max(highest(evidence.scorer), score))
        return score - t * deviation, high
    n = evidence.n_validation_rows
    # With all rows right there is no deviation: half a row might have been wrong.
    p = float(np.clip(score, 0.5 / n, 1.0 - 0.5 / n))
    n_rows = p * (1.0 - p) / max(deviation**2, p * (1.0 - p) / n)
    centre = (p + t**2 / (2.0 * n_rows)) / (1.0 + t**2 / n_rows)
    half = t / (1.0 + t**2 / n_rows) * np.sqrt(p * (1.0 - p) / n_rows + (t / (2.0 * n_rows)) ** 2)
    return float(max(centre - half, 0.0)), float(min(centre + half, 1.0))
