"""Several searches on the same rows: one use of one test set, decided beforehand."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from sklearn.base import is_classifier
from sklearn.utils import get_tags, indexable

from skhpo._comparison import Comparison, ComparisonRow, Difference
from skhpo._fold import cut_params
from skhpo._measure import scorer_of_draws
from skhpo._parameters import check_parameter
from skhpo._random_state import clone_with_seed, draw_seed
from skhpo._rows import n_rows, take_block, take_rows
from skhpo._search import BaseSearch
from skhpo._split import divide_rows
from skhpo._test_report import bootstrap_interval
from skhpo.exceptions import LeakageWarning

_LEVEL = 0.95

# Scores a fitted search on test rows of these numbers.
_ScoreDrawn = Callable[[NDArray[np.intp]], float]


def compare(
    searches: Mapping[str, Any],
    X: Any,
    y: Any = None,
    *,
    test_size: Any = 0.2,
    repeats: int = 1,
    random_state: Any = None,
    **params: Any,
) -> Comparison:
    """Give several searches the same rows, and score each once on the same test rows.

    This is one use of the test set, decided beforehand: choosing a search by its test
    score afterwards is a choice that the score does not know of.

    Parameters
    ----------
    searches : dict of str to estimator
        Names and searches: of skhpo, or any estimator with ``fit`` and ``score``. They are
        cloned. A search whose `random_state` is None gets the repeat's seed, so that
        searches are paired.
    X : array-like of shape (n_samples, n_features)
        All rows.
    y : array-like of shape (n_samples,) or (n_samples, n_outputs), default=None
        Targets.
    test_size : float or int, default=0.2
        Share or number of test rows; stratified when all searches are of classifiers, whole
        groups when ``groups`` are passed.
    repeats : int, default=1
        Number of divisions of the rows, each with its own seed.
    random_state : int, RandomState or None, default=None
        Seed of the divisions, and of searches without one.
    **params : dict of str to object
        Passed to ``fit``, as the searches take them.

    Returns
    -------
    comparison : Comparison

    Raises
    ------
    TypeError, ValueError
        Before the first fit, if an argument is wrong.

    See Also
    --------
    GridSearch.score_test : The test score of one search.

    Notes
    -----
    Differences are paired. The interval of a single repeat is a bootstrap over test
    rows, which holds the fitted models fixed; that of several is the corrected
    resampled t-test of [1]_, whose variance knows that the repeats share rows.

    References
    ----------
    .. [1] C. Nadeau and Y. Bengio, "Inference for the generalization error", Machine
       Learning 52, 2003.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from skhpo import BayesSearch, GridSearch, compare
    >>> X, y = load_iris(return_X_y=True)
    >>> searches = {
    ...     "grid": GridSearch(SVC(), {"C": [0.1, 1, 10]}),
    ...     "bayes": BayesSearch(SVC(), {"C": [0.1, 1, 10]}, n_iter=2),
    ... }
    >>> comparison = compare(searches, X, y, test_size=0.3, random_state=0)
    >>> len(comparison.differences)
    1
    """
    _check_searches(searches, params)
    # None is a value of the searches' parameter, and none of this one.
    check_parameter("compare", "test_size", 0 if test_size is None else test_size)
    check_parameter("compare", "repeats", repeats)
    check_parameter("compare", "random_state", random_state)
    X, y = indexable(X, y)
    stratify = all(map(is_classifier, searches.values()))
    seeds = np.random.SeedSequence(draw_seed(random_state)).generate_state(repeats)
    rows: list[ComparisonRow] = []
    fitted: dict[str, list[Any]] = {name: [] for name in searches}
    tests: list[NDArray[np.intp]] = []
    first: dict[str, _ScoreDrawn] = {}
    for repeat, seed in enumerate(int(seed) for seed in seeds):
        development, test = divide_rows(
            X,
            y,
            test_size=test_size,
            groups=params.get("groups"),
            stratify=stratify,
            random_state=seed,
        )
        tests.append(test)
        for name, search in searches.items():
            run = _Run(X, y, development, test, params, is_first=not fitted[name] and not rows)
            row, search, score_drawn = run.evaluate(name, repeat, clone_with_seed(search, seed))
            first.setdefault(name, score_drawn)
            rows.append(row)
            fitted[name].append(search)
    groups = take_rows(params.get("groups"), tests[0])
    differences = _measure_differences(rows, first, n_rows(X), tests, groups, int(seeds[0]))
    return Comparison(tuple(rows), differences, fitted, len(tests[0]))


def _check_searches(searches: Any, params: dict[str, Any]) -> None:
    """Raise on anything but a dict of searches without test sets of their own."""
    if not isinstance(searches, Mapping) or not searches:
        raise TypeError(
            "The 'searches' parameter of compare must be a dict of names to searches, with at "
            f"least one. Got {searches!r} instead."
        )
    for name, search in searches.items():
        if not (hasattr(search, "fit") and hasattr(search, "get_params")):
            raise TypeError(
                f"`searches` must hold estimators with `fit` and `score`, got {name!r}: {search!r}."
            )
        for parameter in ("test_size", "test_split"):
            if getattr(search, parameter, None) is not None:
                raise ValueError(
                    f"`{parameter}` must be None for searches that are compared, because compare "
                    f"sets the same test rows aside for all, got {name!r} with "
                    f"{parameter}={getattr(search, parameter)!r}; leave it out there."
                )
        if not getattr(search, "refit", True):
            raise ValueError(
                f"`refit` must not be False for searches that are compared, got {name!r}; the "
                "test score is that of the refitted winner."
            )
        several = isinstance(getattr(search, "scoring", None), list | tuple | dict)
        if several and callable(search.refit):
            raise ValueError(
                "`refit` must name the metric of searches that are compared when `scoring` lists "
                f"several, got {name!r} with refit={search.refit!r}; pass one of the metrics."
            )
        if isinstance(search, BaseSearch):
            _check_search(search)
        elif params.get("sample_weight") is not None:
            raise ValueError(
                "`sample_weight` must be left out when a search that has no `score_test` is "
                f"compared, because its test score would not be weighted, got {name!r}: {search!r}."
            )


def _check_search(search: BaseSearch) -> None:
    """Find what would end this search before its first fit, before another has used the rows."""
    _, space = search._check()
    search._make_strategy(space, 0)


@dataclass(frozen=True)
class _Run:
    """One search on one division of the rows."""

    X: Any
    y: Any
    development: NDArray[np.intp]
    test: NDArray[np.intp]
    params: dict[str, Any]
    is_first: bool

    def evaluate(
        self, name: str, repeat: int, search: Any
    ) -> tuple[ComparisonRow, Any, _ScoreDrawn]:
        """Fit on the development rows, score the test rows once."""
        started = perf_counter()
        if isinstance(search, BaseSearch):
            search.set_params(test_split=[(self.development, self.test)])
            search.fit(self.X, self.y, **self.params)
            seconds = perf_counter() - started
            aside = search._test_set.choose_rows()
            with self._one_use():
                score = search.score_test()
            score_drawn = scorer_of_draws(search, aside, search.test_report_.metric)
        else:
            X, y = self._take(search, self.development)
            search.fit(X, y, **cut_params(self.params, n_rows(self.X), self.development))
            seconds = perf_counter() - started
            X_test, y_test = self._take(search, self.test)
            score = search.score(X_test, y_test)

            def score_drawn(drawn: NDArray[np.intp]) -> float:
                """Score drawn rows."""
                return float(search.score(take_rows(X_test, drawn), take_rows(y_test, drawn)))

        n_trials = len(search.cv_results_["params"]) if hasattr(search, "cv_results_") else 0
        n_fits = n_trials * getattr(search, "n_splits_", 1)
        best = float(getattr(search, "best_score_", math.nan))
        # `score_test` found it already, for the report.
        corrected = float(getattr(search, "corrected_score_", math.nan))
        row = ComparisonRow(name, repeat, float(score), best, corrected, n_trials, n_fits, seconds)
        return row, search, score_drawn

    def _take(self, search: Any, rows: NDArray[np.intp]) -> tuple[Any, Any]:
        """Cut X and y; of a pairwise X, only the development columns."""
        y = take_rows(self.y, rows)
        if get_tags(search).input_tags.pairwise:
            return take_block(self.X, rows, self.development), y
        return take_rows(self.X, rows), y

    @contextmanager
    def _one_use(self) -> Iterator[None]:
        """Let only the first search warn that its rows were scored before this comparison."""
        with warnings.catch_warnings():
            if not self.is_first:
                warnings.simplefilter("ignore", LeakageWarning)
            yield


def _measure_differences(
    rows: list[ComparisonRow],
    first: dict[str, _ScoreDrawn],
    n: int,
    tests: list[NDArray[np.intp]],
    groups: Any,
    seed: int,
) -> tuple[Difference, ...]:
    """Paired differences of each search to the first, with intervals."""
    reference, *others = first
    scores = {name: [r.test_score for r in rows if r.search == name] for name in first}
    differences = []
    for name in others:
        paired = np.subtract(scores[name], scores[reference])
        if len(tests) > 1:
            interval, method = _resampled_t(paired, len(tests[0]), n)
        else:
            pair = first[name], first[reference]
            interval, method = _bootstrap(*pair, len(tests[0]), groups, seed)
        differences.append(Difference(name, reference, float(paired.mean()), interval, method))
    return tuple(differences)


def _resampled_t(
    differences: NDArray[np.float64], n_test: int, n: int
) -> tuple[tuple[float, float], str]:
    """Interval of the corrected resampled t-test (Nadeau and Bengio 2003, section 3.2)."""
    repeats = len(differences)
    # 1/J + n_2/n_1 in the place of 1/J: training sets of different repeats overlap.
    variance = differences.var(ddof=1) * (1 / repeats + n_test / (n - n_test))
    half = stats.t.ppf((1 + _LEVEL) / 2, repeats - 1) * math.sqrt(variance)
    mean = float(differences.mean())
    return (mean - half, mean + half), f"corrected resampled t-test over {repeats} repeats"


def _bootstrap(
    score: _ScoreDrawn, score_reference: _ScoreDrawn, n_test: int, groups: Any, seed: int
) -> tuple[tuple[float, float], str]:
    """Interval by scoring both searches on the same drawn test rows."""

    def difference(drawn: NDArray[np.intp]) -> float:
        """Difference of the two scores."""
        return float(score(drawn) - score_reference(drawn))

    interval = bootstrap_interval(difference, n_test, groups=groups, seed=seed, level=_LEVEL)
    return (interval.low, interval.high), interval.method
