"""The simplest candidate that is as good as the best, for `refit`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skhpo._results import scored_metrics, standard_errors
from skhpo._space import Space

Floats = NDArray[np.float64]


class OneStandardError:
    """Chooses the simplest candidate within one standard error of the best one.

    `one_standard_error` makes it, and documents it.

    Parameters
    ----------
    order : tuple of str
        Parameter names, the first one decides first.
    metric : str or None
        The metric that decides, of several.
    """

    def __init__(self, order: tuple[str, ...], metric: str | None) -> None:
        self.order = order
        self.metric = metric

    def __repr__(self) -> str:
        metric = "" if self.metric is None else f", metric={self.metric!r}"
        return f"one_standard_error({', '.join(map(repr, self.order))}{metric})"

    def check(self, space: Space, metrics: Iterable[str] | None, *, has_one_fold: bool) -> None:
        """Find, before the first fit, what calling it would find after the last one.

        Parameters
        ----------
        space : Space
            The search's.
        metrics : iterable of str or None
            Names of the metrics, where they are known.
        has_one_fold : bool
            Whether there is a single validation split.

        Raises
        ------
        ValueError
            As the call raises it.
        """
        if has_one_fold:
            raise _single_fold(1)
        if metrics is not None:
            self._pick_metric(list(metrics))
        known = sorted({name for branch in space.branches for name in branch})
        for name in self.order:
            key = name.removeprefix("-")
            if key not in known:
                raise _unknown_parameter(name, known)
            for branch in space.branches:
                for value in getattr(branch.get(key), "choices", ()):
                    _number(value, name)

    def __call__(self, results: dict[str, Any]) -> int:
        """Choose a row of ``cv_results_``.

        Parameters
        ----------
        results : dict
            ``cv_results_``.

        Returns
        -------
        row : int

        Raises
        ------
        ValueError
            If a parameter or the metric is unknown, there is a single fold, or no
            candidate has a score.
        """
        metric = self._pick_metric(scored_metrics(results))
        means = np.asarray(results[f"mean_test_{metric}"], dtype=np.float64)
        n_folds = sum(
            key.startswith("split") and key.endswith(f"_test_{metric}") for key in results
        )
        if n_folds < 2:
            raise _single_fold(n_folds)
        if np.isnan(means).all():
            raise ValueError("one_standard_error needs a candidate that has a score, got none.")
        best = int(np.nanargmax(means))
        error = standard_errors(results, metric, n_folds)[best]
        good = np.flatnonzero(means >= means[best] - np.nan_to_num(error))
        keys = [self._complexity(results, name)[good] for name in self.order]
        # lexsort takes the last key first; among equals the best score decides.
        return int(good[np.lexsort([-means[good], *reversed(keys)])[0]])

    def _pick_metric(self, names: list[str]) -> str:
        """Name of the metric that decides."""
        if self.metric is None and len(names) == 1:
            return names[0]
        if self.metric in names:
            return str(self.metric)
        raise ValueError(
            f"`metric` of one_standard_error must be among {names}, got {self.metric!r}; pass "
            f"one_standard_error(..., metric={names[0]!r})."
        )

    def _complexity(self, results: dict[str, Any], name: str) -> Floats:
        """Values of a parameter, so that smaller is simpler; None and missing ones come last."""
        sign, key = (-1.0, name[1:]) if name.startswith("-") else (1.0, name)
        column = results.get(f"param_{key}")
        if column is None:
            known = [k.removeprefix("param_") for k in results if k.startswith("param_")]
            raise _unknown_parameter(name, known)
        values = np.array([_number(value, name) for value in column.tolist()])
        return np.where(np.isnan(values), np.inf, sign * values)


def _single_fold(n_folds: int) -> ValueError:
    """Error of folds that have no standard error."""
    return ValueError(
        "`cv` must have at least two folds for one_standard_error, because a standard error is "
        f"over folds, got {n_folds}; use cv=5."
    )


def _unknown_parameter(name: str, known: list[str]) -> ValueError:
    """Error of a name that no candidate has."""
    return ValueError(
        f"`order` of one_standard_error must name parameters of the space, {known}, got "
        f"{name!r}; a minus before the name means that larger is simpler."
    )


def _number(value: Any, name: str) -> float:
    """Value of a parameter as a float; nan for None, which is missing or means no limit.

    Raises
    ------
    ValueError
        If it is no number.
    """
    if value is None:
        return np.nan
    try:
        return float(value)
    except (TypeError, ValueError):
        raise ValueError(
            "`order` of one_standard_error must name parameters that are numbers, got "
            f"{name!r} with values such as {value!r}; leave it out."
        ) from None


def one_standard_error(*order: str, metric: str | None = None) -> OneStandardError:
    """Make a `refit` that takes the simplest candidate within one standard error of the best.

    The scores of the best candidates often differ by less than their error. Among those
    whose mean score is at least the best one's less its standard error over folds, the
    simplest is chosen [1]_.

    Parameters
    ----------
    *order : str
        Names of parameters, of which smaller values are simpler; with a minus before the
        name larger values are: ``one_standard_error("max_depth", "-min_samples_leaf")``.
        The first name decides, the next ones among equals. Candidates whose value is None
        (no limit), or that lack the parameter in a conditional space, come last.
    metric : str or None, default=None
        The metric that decides, where there are several.

    Returns
    -------
    refit : callable
        For the `refit` of a search; it can be pickled. `corrected_score_` draws this rule
        again. As with every callable `refit`, there is no `best_score_`.

    Raises
    ------
    TypeError
        If no name is given, or one is no string.

    References
    ----------
    .. [1] L. Breiman, J. Friedman, R. Olshen and C. Stone, "Classification and
       regression trees", section 3.4.3, 1984.

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from skhpo import GridSearch, one_standard_error
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> tree = DecisionTreeClassifier(random_state=0)
    >>> grid = {"min_samples_leaf": [1, 3, 10, 30]}
    >>> GridSearch(tree, grid).fit(X, y).best_params_
    {'min_samples_leaf': 10}
    >>> simplest = one_standard_error("-min_samples_leaf")
    >>> GridSearch(tree, grid, refit=simplest).fit(X, y).best_params_
    {'min_samples_leaf': 30}
    """
    if not order or not all(isinstance(name, str) for name in order):
        raise TypeError(
            "`order` of one_standard_error must be names of parameters, simplest first, got "
            f'{order!r}; use one_standard_error("C"), or "-alpha" where larger is simpler.'
        )
    return OneStandardError(order, metric)
