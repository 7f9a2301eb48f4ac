"""One fold of a search run again in the calling process, where a debugger reaches it."""

from __future__ import annotations

import numbers
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

from sklearn.exceptions import NotFittedError
from sklearn.metrics import check_scoring

from skhpo._engine import HeldValue
from skhpo._fold import FoldData, evaluate_fold
from skhpo._trial import FoldTask, Trial


class Reproducible:
    """A search that keeps the data of a fit in which a fold failed, to run its folds again."""

    # Of the last fit; None where no fold failed.
    _failed_data: FoldData | None = None

    def _keep_data_of_failures(self, trials: Sequence[Trial], data: FoldData) -> None:
        """Keep what folds are made of, if one failed: who asks will ask because of that."""
        has_failed = any(trial.traceback is not None for trial in trials)
        # A copy, without what the folds of this process left in memory.
        self._failed_data = replace(data, caller=None) if has_failed else None

    def reproduce(self, trial_number: int, fold: int) -> float | dict[str, float]:
        """Run one fold again in this process, and let every exception through.

        The fold gets the same clone, parameters, rows, fit parameters and scoring as in the
        search. Limits of time and memory do not hold: a fit that hung will hang, and one that
        ended its worker will end this process.

        Parameters
        ----------
        trial_number : int
            The trial's number, the row of `cv_results_`.
        fold : int
            The split's number, from 0.

        Returns
        -------
        scores : float or dict of str to float
            Score on the validation rows; by metric where there are several.

        Raises
        ------
        NotFittedError
            Before a fit.
        ValueError
            If there is no such trial or fold, or no data: they are kept where a fold of the
            search failed, by the search itself, not by its copies and pickles.
        Exception
            What the fit or the scorer raises.

        Notes
        -----
        Equal scores need an estimator that is deterministic: with an int `random_state`, or
        none to draw.

        Examples
        --------
        >>> from sklearn.datasets import load_iris
        >>> from sklearn.decomposition import PCA
        >>> from skhpo import GridSearch
        >>> X, _ = load_iris(return_X_y=True)
        >>> search = GridSearch(PCA(), {"n_components": [5]})
        >>> try:
        ...     search.fit(X)
        ... except ValueError as error:
        ...     print(str(error).strip().splitlines()[0])
        All the 5 fits failed.
        >>> try:
        ...     search.reproduce(0, fold=2)  # or %debug, after it has raised
        ... except ValueError as error:
        ...     print(str(error)[:14])
        n_components=5
        """
        trial = self._find_trial(trial_number, fold)
        data = self._failed_data
        if data is None:
            raise ValueError(
                "`reproduce` needs the rows, which a search keeps only where a fold failed, and "
                "not in its copies and pickles; call it on the search that failed, or fit "
                f"the estimator with trials_[{trial.number}].params."
            )
        scorer = data.scorer
        if data.metrics is not None:
            # That of the search gives a traceback in the place of a score.
            by_name = self.scorer_  # type: ignore[attr-defined]
            scorer = check_scoring(data.estimator, by_name, raise_exc=True)
        data = replace(
            data,
            scorer=scorer,
            error_score="raise",
            return_train_score=False,
            max_response_bytes=0.0,
            extra_responses=(),
        )
        task = FoldTask(trial.number, int(fold), trial.params)
        result = evaluate_fold(task, HeldValue(data))
        scores = cast(dict[str, float], result.test_scores)
        return scores if result.is_multimetric else scores["score"]

    def _find_trial(self, number: int, fold: int) -> Trial:
        """The trial of a number, if it has such a fold.

        Raises
        ------
        NotFittedError
            Before a fit.
        ValueError
            Naming the parameter, and what is there.
        """
        trials: tuple[Trial, ...] | None = getattr(self, "trials_", None)
        if trials is None:
            raise NotFittedError(
                f"This {type(self).__name__} instance is not fitted yet. Call 'fit' with "
                "appropriate arguments before using reproduce."
            )
        _check_place("trial_number", number, len(trials), "they number the rows of cv_results_")
        trial = trials[number]
        _check_place("fold", fold, len(trial.folds), "they number the splits, in order")
        return trial

    def __getstate__(self) -> dict[str, Any]:
        """What copies and pickles have: no data."""
        state = cast(dict[str, Any], super().__getstate__())
        return {name: value for name, value in state.items() if name != "_failed_data"}


def _check_place(name: str, value: Any, n: int, what: str) -> None:
    """Raise unless a value is one of `n` numbers.

    Raises
    ------
    ValueError
        Naming the parameter, the range, the value, and what the numbers are.
    """
    is_int = isinstance(value, numbers.Integral) and not isinstance(value, bool)
    if not (is_int and 0 <= value < n):
        raise ValueError(f"`{name}` must be an int in the range [0, {n}), got {value!r}; {what}.")
