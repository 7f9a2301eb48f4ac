"""Call a scorer again on stored responses: any metric, as long as it does not look at X.

A score's deviation and bias are found by leaving rows out (the jackknife). Rows that are
alike in target and predicted label are alike to the scorer: where predictions are labels,
it is called once for each such pair. Otherwise rows are left out by the handful.
"""

from __future__ import annotations

import warnings
from threading import RLock
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import get_tags

from skhpo._fold_scores import to_number
from skhpo._responses import METHODS, Responses, last_step
from skhpo._rows import cut_params, take_rows

Floats = NDArray[np.float64]

# Filters of warnings are the process's: threads that set and give them back in turns would
# leave the wrong ones.
_QUIET = RLock()


class CannotReplayError(Exception):
    """Why a scorer cannot be called on stored responses, as a sentence."""


class ScorerNeedsRowsError(Exception):
    """A scorer looked at the rows themselves, which are not stored."""


class StoredRows:
    """Stand in for X: row numbers, and nothing to look at.

    Parameters
    ----------
    indices : ndarray of int
        Which of the stored rows.
    """

    def __init__(self, indices: NDArray[np.intp]) -> None:
        self.indices = indices

    def __len__(self) -> int:
        return len(self.indices)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        raise ScorerNeedsRowsError

    def __getitem__(self, key: Any) -> Any:
        raise ScorerNeedsRowsError

    def __iter__(self) -> Any:
        raise ScorerNeedsRowsError


class StoredEstimator:
    """Stand in for a fitted estimator: it gives the responses that were recorded.

    Parameters
    ----------
    template : estimator
        The one that answered, or an unfitted one of its parameters: its tags, and its own
        ``score``.
    responses : Responses
        What it answered.
    """

    def __init__(self, template: Any, responses: Responses) -> None:
        self._template = template
        self._responses = responses
        for classes in (responses.classes, responses.classes_by_output):
            if classes is not None:
                self.classes_ = classes

    def __sklearn_tags__(self) -> Any:
        """Tags of the estimator."""
        return get_tags(self._template)

    def __sklearn_is_fitted__(self) -> bool:
        """It was, when it answered."""
        return True

    def __repr__(self) -> str:
        return f"the stored predictions of {self._template!r}"

    def fit(self, X: Any, y: Any = None, **params: Any) -> Any:
        """Make it an estimator to scikit-learn; it cannot be fitted again."""
        raise ScorerNeedsRowsError

    def __getattr__(self, name: str) -> Any:
        if name not in METHODS or name not in self._responses.by_method:
            raise AttributeError(f"{name} was not recorded")

        def respond(X: Any) -> Any:
            """Give what was recorded for these rows."""
            if not isinstance(X, StoredRows):
                raise ScorerNeedsRowsError
            return self._responses.get(name)[X.indices]

        respond.__name__ = name
        return respond

    def score(self, X: Any, y: Any = None, **params: Any) -> Any:
        """Score as the estimator's class does: scikit-learn's ask ``predict``."""
        return type(last_step(self._template)).score(self, X, y, **params)


class Replay:
    """Scores some of the rows again that one fitted estimator was scored on.

    Parameters
    ----------
    scorer : callable
        The search's scorer.
    metric : str
        Which of several scores is meant, where the scorer gives a dict.
    stored : StoredEstimator
        The responses to the rows: a fold's validation rows, or test rows.
    y : array-like of n_rows rows, or None
        Targets.
    params : dict of str to object
        What else the scorer was given with the rows.
    n_rows : int
        Number of rows.
    """

    def __init__(
        self,
        scorer: Any,
        metric: str,
        stored: StoredEstimator,
        y: Any,
        params: dict[str, Any],
        n_rows: int,
    ) -> None:
        self.n_rows = n_rows
        self._scorer = scorer
        self._metric = metric
        self._stored = stored
        self._y = y
        self._params = params

    def score(self, rows: NDArray[np.intp]) -> float:
        """Score some of the rows, with their weights."""
        arguments = [StoredRows(rows)]
        if self._y is not None:
            arguments.append(take_rows(self._y, rows))
        params = cut_params(self._params, self.n_rows, rows)
        # What is odd with all rows was said in the search; with fewer it is nobody's concern.
        with _QUIET, warnings.catch_warnings(action="ignore"):
            value = self._scorer(self._stored, *arguments, **params)
        value = value[self._metric] if isinstance(value, dict) else value
        return float(to_number(value, self._scorer))

    def adds_up(self, score: float) -> bool:
        """Whether the score grows with the rows, as a sum does: all rows twice tell."""
        twice = self._score_or(score, np.tile(np.arange(self.n_rows), 2))
        return abs(twice - score) > 0.5 * abs(score)

    def score_as_recorded(self, recorded: float) -> float:
        """Score all rows, to see that the scorer can do with stored responses.

        Parameters
        ----------
        recorded : float
            What the scorer gave while the responses were recorded.

        Returns
        -------
        score : float

        Raises
        ------
        CannotReplayError
            If it cannot, or gives another score.
        """
        try:
            score = self.score(np.arange(self.n_rows))
        except ScorerNeedsRowsError:
            raise CannotReplayError("the scorer looks at X, which is not stored.") from None
        except Exception as error:  # a scorer may raise anything
            why = f"{type(error).__name__}: {error}"
            raise CannotReplayError(f"the scorer fails on stored predictions ({why}).") from error
        if not np.isclose(score, recorded, rtol=1e-6, atol=1e-9):
            raise CannotReplayError(
                f"the scorer gives another score on stored predictions ({score:.6g}, not "
                f"{recorded:.6g})."
            )
        return score

    def pseudo_values(self, score: float, parts: NDArray[np.intp], *, are_alike: bool) -> Floats:
        """Pseudo-values of the rows, by leaving parts of them out.

        Parameters
        ----------
        score : float
            The score of all rows.
        parts : ndarray of int, shape (n_rows,)
            The part that each row belongs to, from 0.
        are_alike : bool
            Whether the rows of a part are alike, so that one of them is left out for all;
            otherwise the part is left out as a whole, as one of so many.

        Returns
        -------
        values : ndarray of float64, shape (n_rows,)
        """
        n, everything = len(parts), np.arange(len(parts))
        by_part = np.empty(parts.max() + 1)
        for part in range(len(by_part)):
            members = everything[parts == part]
            left_out = members[:1] if are_alike else members
            by_part[part] = self._score_or(score, np.delete(everything, left_out))
        count = n if are_alike else len(by_part)
        return np.asarray(count * score - (count - 1) * by_part[parts], dtype=np.float64)

    def _score_or(self, score: float, rows: NDArray[np.intp]) -> float:
        """Score of rows; that of all rows where these cannot be scored, as of one class."""
        try:
            value = self.score(rows)
        except Exception:  # a scorer may raise anything
            return score
        return value if np.isfinite(value) else score
