"""The candidates that cannot be told from the best."""

from __future__ import annotations

import numbers
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student

from skhpo._display.display import Display
from skhpo._display.drawing import BLUE, clean, escape, inches, ink, show_value
from skhpo._display.scales import varying
from skhpo._history import History, read_history

Array = NDArray[np.float64]

_LABEL_WIDTH = 26


@dataclass(repr=False)
class EquivalentCandidatesDisplay(Display):
    """Candidates that may be the best, by how far their folds are behind the winner's.

    Make it with `from_estimator`.

    Parameters
    ----------
    numbers : tuple of int
        Trials, the winner first, then by score.
    params : tuple of dict of str to object
        Their parameters, those that all have alike left out.
    differences : ndarray of shape (n_candidates,)
        Mean over folds of a candidate's score less the winner's on the same fold.
    intervals : ndarray of shape (n_candidates, 2)
        Student intervals of the differences over folds; nan for a single fold.
    level : float
        Probability with which the truly best candidate is among them.
    label : str
        Name of the metric.
    n_tried : int
        Complete trials that they were among.

    Attributes
    ----------
    ax_ : matplotlib.axes.Axes
        Where it was drawn.
    figure_ : matplotlib.figure.Figure
        The figure of `ax_`.

    See Also
    --------
    BayesSearch.equivalent_candidates : Finds them.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from skhpo import EquivalentCandidatesDisplay, GridSearch
    >>> search = GridSearch(SVC(), {"C": [0.01, 1, 10]}).fit(*load_iris(return_X_y=True))
    >>> EquivalentCandidatesDisplay.from_estimator(search).params
    ({'C': 10}, {'C': 1})
    """

    numbers: tuple[int, ...]
    params: tuple[dict[str, Any], ...]
    differences: Array
    intervals: Array
    level: float
    label: str
    n_tried: int

    @classmethod
    def from_estimator(
        cls, search: Any, *, level: float = 0.95, max_candidates: int = 12, ax: Any = None
    ) -> EquivalentCandidatesDisplay:
        """Find and draw them.

        Parameters
        ----------
        search : GridSearch, RandomSearch or BayesSearch
            Fitted.
        level : float in (0, 1), default=0.95
            Probability with which the truly best candidate is among them.
        max_candidates : int, default=12
            How many are drawn.
        ax : matplotlib.axes.Axes or None, default=None
            Where to draw; None makes a figure.

        Returns
        -------
        display : EquivalentCandidatesDisplay

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        NotFittedError
            If the search is not fitted.
        TypeError
            If it has no `equivalent_candidates`, as a result of `maximize` has none.
        ValueError
            If `level` is not in (0, 1), or the candidates cannot be told apart.
        """
        if not hasattr(search, "equivalent_candidates"):
            raise TypeError(
                "`search` must be a fitted GridSearch, RandomSearch or BayesSearch, got "
                f"{type(search).__name__}; without folds nothing tells candidates apart."
            )
        history = read_history(search)
        numbers = search.equivalent_candidates(level)
        differences, intervals = _compare(history, numbers, level)
        names = _differing(history, numbers)
        params = [history.trials[number].params for number in numbers]
        display = cls(
            numbers=tuple(numbers),
            params=tuple({n: p[n] for n in names if n in p} for p in params),
            differences=differences,
            intervals=intervals,
            level=level,
            label=history.label,
            n_tried=int(history.is_complete.sum()),
        )
        return display.plot(ax=ax, max_candidates=max_candidates)

    def plot(self, ax: Any = None, *, max_candidates: int = 12) -> EquivalentCandidatesDisplay:
        """Draw it.

        Parameters
        ----------
        ax : matplotlib.axes.Axes or None, default=None
            Where to draw; None makes a figure.
        max_candidates : int, default=12
            How many are drawn.

        Returns
        -------
        display : EquivalentCandidatesDisplay
            Itself.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        """
        ax = self._open(ax)
        _, height = inches(ax)
        # Of two lines each, unless that leaves room for a few only.
        n_lines = 2 if height / 0.32 >= 8 else 1
        n = min(len(self.numbers), max_candidates, int(height / (0.03 + 0.145 * n_lines)))
        places = np.arange(n)
        shown, ends = self.differences[:n], self.intervals[:n]
        ax.axvline(0.0, color=ink(0.6), linewidth=1.0, linestyle=":")
        if np.isfinite(ends[1:]).all():
            ax.hlines(places[1:], ends[1:, 0], ends[1:, 1], color=BLUE, linewidth=2.0, alpha=0.65)
        ax.scatter(shown[1:], places[1:], color=BLUE, s=28, zorder=3)
        ax.scatter(shown[:1], places[:1], color=ink(), marker="*", s=90, zorder=4)
        described = zip(self.numbers, self.params, strict=True)
        labels = [_describe(*pair, n_lines) for pair in described]
        ax.set_yticks(places, labels[:n], fontsize="small")
        ax.set_ylim(n - 0.4, -0.6)
        ax.set_xlabel(f"{escape(self.label)} less the best's,\non the same folds")
        ax.set_title(self._headline(n), loc="right", fontsize="small")
        clean(ax, "x")
        ax.tick_params(axis="y", length=0)
        ax.locator_params(axis="x", nbins=5)
        return self

    def _headline(self, n_shown: int) -> str:
        """How many there are."""
        n = len(self.numbers)
        if n == 1:
            return f"The best is told from the other {self.n_tried - 1}"
        more = f", {n_shown} shown" if n_shown < n else ""
        return f"{n} of {self.n_tried} candidates may be the best{more}"


def _compare(history: History, numbers: list[int], level: float) -> tuple[Array, Array]:
    """Mean differences of fold scores to the first candidate's, and their intervals."""
    S = np.array([history.trials[number].fold_scores(history.metric) for number in numbers])
    D = S - S[0]
    means = D.mean(axis=1)
    n_folds = D.shape[1]
    if n_folds < 2:
        return means, np.full((len(D), 2), np.nan)
    half = student.ppf((1.0 + level) / 2.0, n_folds - 1) * D.std(axis=1, ddof=1) / np.sqrt(n_folds)
    return means, np.column_stack([means - half, means + half])


def _differing(history: History, numbers: list[int]) -> list[str]:
    """Parameters in which some of the candidates differ; all that vary, if there is one."""
    names = varying(history)
    params = [history.trials[number].params for number in numbers]
    if len(params) < 2:
        return names
    return [name for name in names if len({repr(p.get(name, "absent")) for p in params}) > 1]


def _describe(number: int, params: dict[str, Any], n_lines: int) -> str:
    """Label of a candidate: its number and what it differs by, in so many lines at most.

    Numbers have names, text and estimators tell by themselves what they are.
    """
    # Of a name the last part, where that is enough to know it.
    ends = [name.rsplit("__", 1)[-1] for name in params]
    names = [end if ends.count(end) == 1 else name for name, end in zip(params, ends, strict=True)]
    lines = [f"#{number}"]
    for name, value in zip(names, params.values(), strict=True):
        is_named = value is None or isinstance(value, numbers.Number | np.bool_)
        part = f" {name}={show_value(value, 10)}" if is_named else f" {show_value(value, 12)}"
        if len(lines[-1]) + len(part) > _LABEL_WIDTH:
            if len(lines) == n_lines:
                lines[-1] += " …"
                break
            lines.append(part.lstrip())
        else:
            lines[-1] += part
    return "\n".join(escape(line) for line in lines)
