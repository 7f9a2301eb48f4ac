"""What a fitted search says of its best score: corrected, with its rivals and predictions."""

from __future__ import annotations

import math
import numbers
from typing import Any, cast

import numpy as np
from sklearn.exceptions import NotFittedError

from skhpo._frames import make_frame
from skhpo._honesty import (
    MAX_BYTES,
    Correction,
    Evidence,
    Judgement,
    OofPredictions,
    ResponseStore,
    join_folds,
    judge,
)
from skhpo._results import frame_columns
from skhpo._scoring import Scoring
from skhpo._trial import Trial

_NO_PREDICTIONS = "no predictions were recorded."


def open_store(search: Any, n_folds: int, seed: int) -> ResponseStore | None:
    """Make the store of one fit's responses; None if nothing would be made of them."""
    metric = refit_metric(search)
    if search.keep_oof:
        return ResponseStore(n_folds, metric, seed, math.inf)
    return None if metric == "" else ResponseStore(n_folds, metric, seed, MAX_BYTES)


def refit_metric(search: Any) -> str | None:
    """Name of the metric that chooses; None if there is only one, empty if none does."""
    # Of a function, what one_standard_error was told.
    named = search.refit if isinstance(search.refit, str) else getattr(search.refit, "metric", None)
    if isinstance(named, str):
        return named
    has_several = isinstance(search.scoring, list | tuple | dict)
    return "" if has_several else None


class Worth:
    """Attributes of a fitted search that say what its best score is worth."""

    refit: Any
    keep_oof: Any
    eval_set: str | float | None
    trials_: tuple[Trial, ...]
    cv_results_: dict[str, Any]
    best_index_: int
    # Of the last fit.
    _evidence: Evidence | None = None
    _judgement: Judgement | None = None
    _oof: OofPredictions | str = _NO_PREDICTIONS

    def _keep_evidence(
        self, store: ResponseStore | None, rows: Any, splits: Any, scoring: Scoring, seed: int
    ) -> None:
        """Keep what the corrected score is computed from, at first access."""
        if store is None or not hasattr(self, "cv_results_"):
            return
        metric = refit_metric(self) or "" if self.multimetric_ else "score"  # type: ignore[attr-defined]
        self._evidence = Evidence(
            estimator=self.estimator,  # type: ignore[attr-defined]
            scorer=scoring.by_name.get(metric, scoring.scorer),
            metric=metric,
            uses_own_score=self.scoring is None,  # type: ignore[attr-defined]
            y=rows.y,
            n_development=len(rows.numbers),
            score_params=rows.routed.score,
            splits=splits,
            row_numbers=rows.numbers,
            groups=rows.routed.split.get("groups"),
            trials=self.trials_,
            responses=store.end(),
            best=int(getattr(self, "best_index_", -1)),
            refit=self.refit,
            results=self.cv_results_,
            seed=seed,
            stops_by_scored_rows=self.eval_set == "fold",
        )

    def _forget_evidence(self) -> None:
        """Drop what an earlier fit left."""
        self._judgement, self._evidence, self._oof = None, None, _NO_PREDICTIONS

    def _check_has_results(self, name: str) -> None:
        """Raise before a fit, which `name` is wanted of.

        Raises
        ------
        NotFittedError
            It is an `AttributeError`, as ``hasattr`` expects of properties.
        """
        if not hasattr(self, "cv_results_"):
            raise NotFittedError(
                f"This {type(self).__name__} instance is not fitted yet. Call 'fit' with "
                f"appropriate arguments before using {name}."
            )

    def _judge(self, name: str) -> Judgement:
        """Judge the best score, once.

        Raises
        ------
        NotFittedError
            Before a fit, which `name` is wanted of.
        """
        self._check_has_results(name)
        # Read once, and first: another thread may end its judgement meanwhile.
        evidence = self._evidence
        if self._judgement is not None:
            return self._judgement
        if evidence is None:
            why = "there are several metrics, and `refit` names none of them."
            return Judgement(Correction(why=why), {})
        self._oof = _join_best(evidence)
        self._judgement = judgement = judge(evidence)
        if not self.keep_oof:
            self._evidence = None  # with the predictions of all other candidates
        return judgement

    def _corrected(self, name: str) -> Correction:
        """The correction, if there is a corrected score.

        Raises
        ------
        AttributeError
            Saying why there is none.
        """
        correction = self._judge(name).correction
        if correction.why:
            raise AttributeError(f"{type(self).__name__} object has no {name}: {correction.why}")
        return correction

    @property
    def correction_(self) -> Correction:
        """How the corrected score was found, or why there is none."""
        return self._judge("correction_").correction

    @property
    def corrected_score_(self) -> float:
        """What the winner is expected to score on fresh rows, the choosing accounted for."""
        return self._corrected("corrected_score_").score

    @property
    def corrected_interval_(self) -> tuple[float, float]:
        """95 % confidence interval of `corrected_score_`."""
        return self._corrected("corrected_interval_").interval

    @property
    def optimism_(self) -> float:
        """The best validation score less `corrected_score_`."""
        return self._corrected("optimism_").optimism

    @property
    def oof_predictions_(self) -> OofPredictions:
        """Out-of-fold predictions of the winner."""
        self._judge("oof_predictions_")
        if isinstance(self._oof, OofPredictions):
            return self._oof
        raise AttributeError(f"{type(self).__name__} object has no oof_predictions_: {self._oof}")

    def oof_predictions(self, trial: int) -> OofPredictions:
        """Out-of-fold predictions of any candidate; needs ``keep_oof``.

        Parameters
        ----------
        trial : int
            Its number, the row of `cv_results_`.

        Returns
        -------
        predictions : OofPredictions

        Raises
        ------
        ValueError
            If they were not kept: ``keep_oof`` is False, or a fold of the candidate failed.
        """
        self._judge("oof_predictions")
        if self._evidence is None:
            raise ValueError(
                f"`keep_oof` must be set to have the predictions of any candidate, got "
                f"keep_oof={self.keep_oof!r}; fit with keep_oof=True, or use oof_predictions_, "
                "which the winner has always."
            )
        if trial not in self._evidence.responses:
            raise ValueError(
                f"`trial` must be the number of a candidate whose folds all ended, got {trial!r}; "
                "the rows of cv_results_ are these numbers."
            )
        return join_folds(self._evidence, trial)

    def equivalent_candidates(self, level: float = 0.95) -> list[int]:
        """Candidates that may be the best: those not worse than the winner beyond chance.

        Parameters
        ----------
        level : float in (0, 1), default=0.95
            Probability with which the truly best candidate is among them.

        Returns
        -------
        numbers : list of int
            Rows of `cv_results_`: the winner, and then by score.

        Raises
        ------
        ValueError
            If `level` is not in (0, 1), or the candidates cannot be told apart for the reason
            that `correction_` names.

        Notes
        -----
        A candidate is left out when the largest lead that errors alone would give any
        candidate over it is smaller than the winner's lead, in `level` of the draws: a
        comparison with the best of many, that knows it is the best of many [1]_. Errors
        are drawn over rows, for all candidates together.

        References
        ----------
        .. [1] Hsu, "Multiple comparisons: theory and methods", chapter 4, 1996.
        """
        if not (isinstance(level, numbers.Real) and 0 < level < 1):
            raise ValueError(f"`level` must be a float in (0, 1), got {level!r}; 0.95 is usual.")
        judgement = self._judge("equivalent_candidates")
        if judgement.correction.why:
            raise ValueError(f"Candidates cannot be told apart: {judgement.correction.why}")
        p_values = judgement.p_values
        return [number for number in p_values if p_values[number] > 1 - level]

    def to_frame(self) -> Any:
        """Make a table of the trials.

        Returns
        -------
        frame : pandas.DataFrame or polars.DataFrame
            One row a trial: number, origin, status, why, parameters, and for each metric mean,
            rank and standard error over folds; `n_shared_steps` counts the Pipeline steps that
            were not fitted again; `p_value` is the probability that chance gives
            the winner its lead over this candidate (large: it may be the best too), nan where
            it is not known.

        Raises
        ------
        ImportError
            If pandas is not installed, or polars, which is used under scikit-learn's
            ``set_config(transform_output="polars")``.
        """
        p_values = self._judge("to_frame").p_values
        columns = frame_columns(self.trials_, self.cv_results_)
        columns["p_value"] = np.array([p_values.get(t.number, np.nan) for t in self.trials_])
        return make_frame(columns, instead="`trials_` and `cv_results_`")

    def __getstate__(self) -> dict[str, Any]:
        """What a file has: the judgement and the winner's predictions, not the evidence."""
        if self._evidence is not None:
            self._judge("correction_")
        return cast(dict[str, Any], super().__getstate__())


def _join_best(evidence: Evidence) -> OofPredictions | str:
    """The winner's predictions, or why there are none."""
    if evidence.best not in evidence.responses:
        return "the predictions of all folds of the winner were not kept."
    try:
        return join_folds(evidence, evidence.best)
    except ValueError as error:
        return str(error)
