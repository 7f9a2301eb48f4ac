"""Several searches on the same rows: one use of one test set, decided beforehand."""

from __future__ import annotations

import math
import uuid
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import is_classifier
from sklearn.utils import get_tags, indexable

from skhpo._annotations import RandomState
from skhpo._comparison import Comparison, ComparisonRow
from skhpo._engine import open_engine
from skhpo._holdout import HeldOut, TestSet
from skhpo._measure import scorer_of_draws
from skhpo._paired import ScoreDrawn, measure_differences
from skhpo._parameters import check_cv_fits_test_set, check_parameter, show
from skhpo._random_state import clone_with_seed, draw_seed
from skhpo._rows import cut_params, n_rows, take_block, take_rows
from skhpo._search import BaseSearch
from skhpo._spent import check_past
from skhpo._split import divide_rows
from skhpo.exceptions import LeakageWarning


def compare(
    searches: Mapping[str, Any],
    X: Any,
    y: Any = None,
    *,
    test_size: Any = 0.2,
    repeats: int = 1,
    random_state: RandomState = None,
    **params: Any,
) -> Comparison:
    """Give several searches the same rows, and score each once on the same test rows.

    This is one use of the test set, decided beforehand: choosing a search by its test
    score afterwards is a choice that the score does not know of. In a `test_ledger` that
    searches name, all scores of a comparison are one use. Nothing is scored before
    everything is fitted.

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
    TestSetSpentError
        Before the first fit, if a search's `test_ledger` knows half of the test rows or more.

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
    runs: list[_Run] = []
    tests: list[NDArray[np.intp]] = []
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
            search = clone_with_seed(search, seed)
            runs.append(_Run(name, repeat, search, X, y, development, test, params))
    for run in runs:
        run.check_ledger()
    for run in runs:
        run.fit()
    rows, first = _score(runs)
    fitted = {name: [run.search for run in runs if run.name == name] for name in searches}
    groups = take_rows(params.get("groups"), tests[0])
    differences = measure_differences(rows, first, n_rows(X), tests, groups, int(seeds[0]))
    return Comparison(tuple(rows), differences, fitted, len(tests[0]))


def _check_searches(searches: Any, params: dict[str, Any]) -> None:
    """Raise on anything but a dict of searches without test sets of their own."""
    if not isinstance(searches, Mapping) or not searches:
        raise TypeError(
            "The 'searches' parameter of compare must be a dict of names to searches, with at "
            f"least one. Got {show(searches)} instead. Fix: pass "
            "{'grid': GridSearch(...), 'bayes': BayesSearch(...)}."
        )
    for name, search in searches.items():
        if not isinstance(name, str):
            raise TypeError(
                f"`searches` must have names that are str, got {name!r} of type "
                f"{type(name).__name__}; name the search, as in {{'grid': search}}."
            )
        methods = ("fit", "score", "get_params")
        if isinstance(search, type) or not all(hasattr(search, method) for method in methods):
            raise TypeError(
                f"`searches` must hold estimators with `fit` and `score`, got {name!r}: "
                f"{show(search)}; pass a search, such as GridSearch(SVC(), {{'C': [1, 10]}})."
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
                f"`refit` must not be False for searches that are compared, got {name!r} with "
                "refit=False; leave it out there: the test score is that of the refitted winner."
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
                f"compared, because its test score would not be weighted, got {name!r}: "
                f"{show(search)}; leave the weights out, or use one of skhpo's searches."
            )


def _check_search(search: BaseSearch) -> None:
    """Find what would end this search before its first fit, before another has used the rows."""
    limits = search._check_study()
    # What an engine can do, and how many workers it has, is known of one that is open.
    open_engine(search.n_jobs, search.pre_dispatch, needed_by=limits.needs_workers).close()
    check_cv_fits_test_set(search.cv)


def _score(runs: list[_Run]) -> tuple[list[ComparisonRow], dict[str, ScoreDrawn]]:
    """Score every search, in one use of the test rows; keep how the first repeat's are scored."""
    use = uuid.uuid4().hex
    rows: list[ComparisonRow] = []
    first: dict[str, ScoreDrawn] = {}
    for run in runs:
        with warnings.catch_warnings():
            # Only the first warns that its rows were scored before this comparison.
            if rows:
                warnings.simplefilter("ignore", LeakageWarning)
            row, score_drawn = run.score(use)
        rows.append(row)
        first.setdefault(run.name, score_drawn)
    return rows, first


@dataclass
class _Run:
    """One search on one division of the rows."""

    name: str
    repeat: int
    search: Any
    X: Any
    y: Any
    development: NDArray[np.intp]
    test: NDArray[np.intp]
    params: dict[str, Any]
    seconds: float = math.nan

    def check_ledger(self) -> None:
        """Raise if the search's ledger will refuse the test rows."""
        if getattr(self.search, "test_ledger", None) is None:
            return
        (X, _), (X_test, _) = (self._take(self.search, i) for i in (self.development, self.test))
        ledger = self.search.test_ledger
        test_set = TestSet.begin(None, X, held_out=HeldOut(X_test), ledger=ledger)
        check_past(test_set.find_early())

    def fit(self) -> None:
        """Fit on the development rows."""
        search = self.search
        started = perf_counter()
        if isinstance(search, BaseSearch):
            search.set_params(test_split=[(self.development, self.test)])
            search.fit(self.X, self.y, **self.params)
        else:
            X, y = self._take(search, self.development)
            search.fit(X, y, **cut_params(self.params, n_rows(self.X), self.development))
        self.seconds = perf_counter() - started

    def score(self, use: str) -> tuple[ComparisonRow, ScoreDrawn]:
        """Score the test rows once."""
        search = self.search
        if isinstance(search, BaseSearch):
            search._test_set.share_use(use)
            aside = search._test_set.choose_rows()
            score = search.score_test()
            score_drawn = scorer_of_draws(search, aside, search.test_report_.metric)
        else:
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
        scores = (float(score), best, corrected)
        row = ComparisonRow(self.name, self.repeat, *scores, n_trials, n_fits, self.seconds)
        return row, score_drawn

    def _take(self, search: Any, rows: NDArray[np.intp]) -> tuple[Any, Any]:
        """Cut X and y; of a pairwise X, only the development columns."""
        y = take_rows(self.y, rows)
        if get_tags(search).input_tags.pairwise:
            return take_block(self.X, rows, self.development), y
        return take_rows(self.X, rows), y
