"""Nested cross-validation: what a search is worth, by searches on parts of the rows."""

from __future__ import annotations

import math
import warnings
from collections import deque
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np
from sklearn.base import is_classifier
from sklearn.utils import get_tags, indexable

from skhpo._annotations import RandomState
from skhpo._division import split_rows
from skhpo._engine import Engine, Token, open_engine
from skhpo._fold import Settings, Split, fit_estimator
from skhpo._interrupt import InterruptWatch
from skhpo._measure import name_test_metric, score_by_metric, validation_score
from skhpo._nested_table import NestedFold, NestedScore
from skhpo._parameters import check_parameter, names_rows, show
from skhpo._random_state import clone_with_seed, draw_seed
from skhpo._routing import route_fit_params
from skhpo._rows import cut_params, has_rows, n_rows, take_block, take_rows
from skhpo._scoring import build_scoring
from skhpo._search import BaseSearch


@dataclass(frozen=True)
class _OuterData:
    """All that the outer folds have in common."""

    search: Any
    X: Any
    y: Any
    splits: list[Split]
    seeds: list[int]
    fit_params: dict[str, Any]
    score_params: dict[str, Any]
    in_workers: bool
    keep_search: bool
    settings: Settings


@dataclass(frozen=True)
class _Outcome:
    """What a worker gives back of one outer fold."""

    fold: NestedFold
    metric: str
    search: Any


def nested_score(
    search: Any,
    X: Any,
    y: Any = None,
    *,
    cv: Any = 5,
    n_jobs: int | None = None,
    verbose: int = 0,
    random_state: RandomState = None,
    return_searches: bool = False,
    **params: Any,
) -> NestedScore:
    """Score a whole search by cross-validation: each outer fold has a search of its own.

    The outer rows take no part in the search that they score, so that the outer scores
    owe nothing to chance in choosing. It costs as many searches as there are outer folds;
    `corrected_score_` estimates the same from a single one.

    Parameters
    ----------
    search : estimator
        A search of skhpo, or any estimator with ``fit`` and ``score``, such as
        scikit-learn's searches. It is cloned. One whose `random_state` is None gets a
        seed for each outer fold.
    X : array-like of shape (n_samples, n_features) or (n_samples, n_samples)
        All rows; square for precomputed kernels or distances.
    y : array-like of shape (n_samples,) or (n_samples, n_outputs), default=None
        Targets.
    cv : int, float, splitter, iterable or None, default=5
        Outer folds, as in the searches: an int is stratified for classifiers, a float in
        (0, 1) is one split of that share.
    n_jobs : int or None, default=None
        Outer folds that run at the same time; -1 is all cores. None is 1, or what
        ``joblib.parallel_config`` says. One after another, the inner search keeps its own
        `n_jobs`; in a worker it runs with ``n_jobs=1``, so that workers never multiply.
    verbose : int, default=0
        1 prints a line for each outer fold that is done.
    random_state : int, RandomState or None, default=None
        Seed of a float `cv`, and of searches without one. The same int gives the same
        scores for any `n_jobs` here (the `n_jobs` of a `BayesSearch` is another matter: it
        decides what is known when a candidate is proposed).
    return_searches : bool, default=False
        Whether the fitted searches are kept.
    **params : dict of str to object
        Passed to the search's ``fit``; entries of one row for each row of `X` are cut.
        ``groups`` go to the outer splitter too, and ``sample_weight`` to scorers that
        take it.

    Returns
    -------
    result : NestedScore

    Raises
    ------
    TypeError, ValueError
        Before the first fit, if an argument is wrong.
    Exception
        What a search raised; a note names the outer fold.
    KeyboardInterrupt
        After Ctrl-C, which ends worker processes; threads end with their running search.

    See Also
    --------
    compare : Several searches on one test set.

    Notes
    -----
    The scores are those of ``cross_val_score(search, X, y, cv=cv)``. A test set is neither
    set aside nor spent.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from skhpo import GridSearch, nested_score
    >>> X, y = load_iris(return_X_y=True)
    >>> result = nested_score(GridSearch(SVC(), {"C": [0.1, 1, 10]}, cv=3), X, y, cv=3)
    >>> 0.9 < result.mean_score < 1.0
    True
    """
    arguments = {
        "cv": cv,
        "n_jobs": n_jobs,
        "verbose": verbose,
        "random_state": random_state,
        "return_searches": return_searches,
    }
    for name, value in arguments.items():
        check_parameter("nested_score", name, value)
    _check_search(search, params)
    X, y = indexable(X, y)
    params = {
        name: indexable(value)[0] if has_rows(value, n_rows(X)) else value
        for name, value in params.items()
    }
    score_params = _route_score_params(search, params)
    seed = draw_seed(random_state)
    split_params = {"groups": params.get("groups")}
    splits = split_rows(cv, X, y, split_params, stratify=is_classifier(search), seed=seed)
    with open_engine(n_jobs) as engine:
        data = _OuterData(
            search=search,
            X=X,
            y=y,
            splits=splits,
            seeds=[int(s) for s in np.random.SeedSequence(seed).generate_state(len(splits))],
            fit_params=params,
            score_params=score_params,
            in_workers=engine.kind != "inline",
            keep_search=return_searches,
            settings=Settings.current(),
        )
        outcomes = _run(engine, engine.share(data), len(splits), verbose)
    searches = tuple(outcome.search for outcome in outcomes) if return_searches else ()
    return NestedScore(tuple(outcome.fold for outcome in outcomes), outcomes[0].metric, searches)


def _check_search(search: Any, params: dict[str, Any]) -> None:
    """Find what can be known to be wrong without data."""
    if isinstance(search, type) or not all(
        hasattr(search, name) for name in ("fit", "score", "get_params")
    ):
        raise TypeError(
            "The 'search' parameter of nested_score must be an object implementing 'fit', 'score' "
            f"and 'get_params'. Got {show(search)} instead. Fix: pass a search, such as "
            "GridSearch(SVC(), {'C': [1, 10]})."
        )
    _check_keywords(search)
    if isinstance(search, BaseSearch):
        search._check_study()
    elif params.get("sample_weight") is not None:
        raise ValueError(
            "`sample_weight` must be left out for a search that is not one of skhpo's, because "
            f"its outer score would not be weighted, got {search!r}; use one of skhpo's."
        )


def _check_keywords(search: Any) -> None:
    """Raise where a keyword of the search leaves the outer score without its meaning."""
    for parameter in ("test_size", "test_split", "test_ledger"):
        value = getattr(search, parameter, None)
        if value is not None:
            raise ValueError(
                f"`{parameter}` must be None in a search that is scored by nested_score, because "
                "the outer folds are its test rows and no test set is spent, got "
                f"{parameter}={value!r}; leave it out there."
            )
    if not getattr(search, "refit", True):
        raise ValueError(
            "`refit` must not be False in a search that is scored by nested_score, because the "
            "outer score is that of the refitted winner, got refit=False; leave it out there."
        )
    if names_rows(getattr(search, "cv", None)):
        raise ValueError(
            "`cv` must not name rows in a search that is scored by nested_score, because the rows "
            f"of an outer fold have other numbers, got cv={show(search.cv)}; use a splitter, an "
            "int or a float there."
        )
    several = isinstance(getattr(search, "scoring", None), list | tuple | set | dict)
    if several and callable(search.refit):
        raise ValueError(
            "`refit` must name the metric of a search that is scored by nested_score when "
            f"`scoring` lists several, got refit={search.refit!r}; pass one of the metrics."
        )


def _route_score_params(search: Any, params: dict[str, Any]) -> dict[str, Any]:
    """Say which of the parameters the scorer gets; what there is to warn of, `fit` says."""
    if not isinstance(search, BaseSearch):
        return {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return route_fit_params(search, build_scoring(search), params).score


# Running ------------------------------------------------------------------------------


def _run(engine: Engine, token: Token, n_folds: int, verbose: int) -> list[_Outcome]:
    """Run the outer folds and collect them in order."""
    # Inline, a second fold handed over would only delay the first one's line.
    room = 1 if engine.kind == "inline" else n_folds
    waiting = deque(range(n_folds))
    pending: dict[Future[_Outcome], int] = {}
    outcomes: dict[int, _Outcome] = {}
    started = perf_counter()
    with InterruptWatch() as watch:
        while waiting or pending:
            while waiting and len(pending) < room:
                number = waiting.popleft()
                pending[engine.submit(_evaluate_outer_fold, number, token)] = number
                # An inner search with on_interrupt="refit" returns after the signal.
                watch.raise_if_received()
            done, _ = wait(pending, return_when=FIRST_COMPLETED)
            watch.raise_if_received()
            for future in sorted(done, key=pending.__getitem__):
                number = pending.pop(future)
                outcomes[number] = _take_result(future, number, n_folds)
                if verbose:
                    seconds = perf_counter() - started
                    print(_describe_progress(outcomes[number], len(outcomes), n_folds, seconds))
    return [outcomes[number] for number in range(n_folds)]


def _take_result(future: Future[_Outcome], number: int, n_folds: int) -> _Outcome:
    """Give the outcome of a fold; what it raised gets a note that names the fold."""
    error = future.exception()
    if error is not None:
        error.add_note(f"This was outer fold {number + 1} of {n_folds} of nested_score.")
        raise error
    return future.result()


def _describe_progress(outcome: _Outcome, n_done: int, n_folds: int, seconds: float) -> str:
    """One line of a fold that is done."""
    left = seconds / n_done * (n_folds - n_done)
    return (
        f"outer fold {outcome.fold.fold + 1}: {outcome.metric} {outcome.fold.score:.4g}; {n_done} "
        f"of {n_folds} done in {seconds:.1f} s" + (f", some {left:.1f} s left" if left else "")
    )


def _evaluate_outer_fold(number: int, token: Token) -> _Outcome:
    """Search on the outer training rows and score the others; runs in a worker."""
    data: _OuterData = token.get()
    with data.settings.restored():
        started = perf_counter()
        train, test = data.splits[number]
        search = _fit_search(data, train, data.seeds[number])
        X, y = _take(data, test, train)
        params = cut_params(data.score_params, n_rows(data.X), test)
        scores, metric = _score(search, X, y, params)
        fold = NestedFold(
            fold=number,
            score=scores[metric],
            best_score=_find_best_score(search, metric),
            corrected_score=float(getattr(search, "corrected_score_", math.nan)),
            best_params=dict(getattr(search, "best_params_", {})),
            n_train=len(train),
            n_test=len(test),
            seconds=perf_counter() - started,
            scores=scores,
        )
        return _Outcome(fold, metric, search if data.keep_search else None)


def _fit_search(data: _OuterData, train: Any, seed: int) -> Any:
    """Fit a clone of the search on some rows; in a worker without workers of its own."""
    search = clone_with_seed(data.search, seed)
    jobs = {k: v for k, v in search.get_params(deep=False).items() if k == "n_jobs"}
    if data.in_workers and jobs:
        search.set_params(n_jobs=1)
    X, y = _take(data, train, train)
    fit_estimator(search, X, y, cut_params(data.fit_params, n_rows(data.X), train))
    return search.set_params(**jobs)


def _take(data: _OuterData, rows: Any, columns: Any) -> tuple[Any, Any]:
    """Cut X and y; of a pairwise X, only the columns of the training rows."""
    pairwise = get_tags(data.search).input_tags.pairwise
    X = take_block(data.X, rows, columns) if pairwise else take_rows(data.X, rows)
    return X, take_rows(data.y, rows)


def _score(search: Any, X: Any, y: Any, params: dict[str, Any]) -> tuple[dict[str, float], str]:
    """Scores by metric, and the name of the one that counts."""
    if isinstance(search, BaseSearch):
        return score_by_metric(search, X, y, params), name_test_metric(search, None)
    score = float(search.score(X) if y is None else search.score(X, y))
    metric = search.refit if isinstance(getattr(search, "refit", None), str) else "score"
    return {metric: score}, metric


def _find_best_score(search: Any, metric: str) -> float:
    """Mean validation score of the winner; nan where the search has none."""
    if isinstance(search, BaseSearch):
        return validation_score(search, metric)
    return float(getattr(search, "best_score_", math.nan))
