"""The base of the three estimators: validate, run a study, refit, delegate.

A subclass stores its parameters, says what its space is called, and makes a
strategy: the one hook.
"""

from __future__ import annotations

import numbers
import os
import time
from abc import abstractmethod
from collections.abc import Callable
from copy import deepcopy
from functools import partial
from inspect import signature
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, MetaEstimatorMixin, clone
from sklearn.callback import CallbackSupportMixin, with_callbacks
from sklearn.exceptions import FitFailedWarning
from sklearn.utils import get_tags, indexable

from skhpo._annotations import ErrorScore, OnInterrupt, RandomState, Refit, ScoringChoice
from skhpo._checkpoint import OpenCheckpoint, identify_search, open_checkpoint
from skhpo._delegate import Delegate
from skhpo._division import (
    FitRows,
    Stops,
    draw_stops,
    find_division,
    find_splits,
    set_test_rows_aside,
)
from skhpo._engine import open_engine
from skhpo._fit_input import (
    check_data,
    check_eval_set,
    check_fit_params,
    check_has_rows,
    check_target,
)
from skhpo._fold import (
    FoldData,
    Settings,
    evaluate_fold,
    evaluate_group,
    fit_estimator,
)
from skhpo._fold_memory import MAX_ROWS_BYTES
from skhpo._fold_rows import fit_together
from skhpo._fold_scores import failure_score, raises_errors
from skhpo._honesty import ResponseStore
from skhpo._initial_params import fill_initial
from skhpo._initial_trials import describe_old, name_maximised, read_old
from skhpo._interrupt import InterruptWatch
from skhpo._journal import Journal
from skhpo._ledger_file import LedgerFile
from skhpo._live_status import LiveStatus
from skhpo._names import check_keep_oof, check_names
from skhpo._parameters import check_parameters, is_share
from skhpo._progress import VerboseLines
from skhpo._racing import open_race
from skhpo._random_state import draw_or_keep
from skhpo._record import told_metric
from skhpo._reported import Reported
from skhpo._reproduce import Reproducible
from skhpo._results import (
    build_cv_results,
    describe_fit_failures,
    is_multimetric,
    metric_names,
    non_finite_warnings,
    select_best,
)
from skhpo._routing import (
    CallbackTree,
    ShowsBest,
    build_router,
    route_fit_params,
)
from skhpo._rows import has_rows, n_rows
from skhpo._scored import Scored
from skhpo._scoring import Scoring, build_scoring, check_racing, check_refit, name_scorer
from skhpo._sharing_order import can_share, order_folds
from skhpo._simplest import OneStandardError
from skhpo._space import Space
from skhpo._stopping import Limits, make_limits
from skhpo._strategy import Strategy
from skhpo._study import Outcome, Study, choose_lag
from skhpo._user_warning import warn
from skhpo._worth import open_store


class BaseSearch(
    Scored,
    Reported,
    Reproducible,
    Delegate,
    ShowsBest,
    MetaEstimatorMixin,
    CallbackSupportMixin,
    BaseEstimator,
):
    """What the three searches have in common."""

    # Name of the parameter that holds the space, and scikit-learn's noun for it.
    _space_parameter = "param_distributions"
    _space_noun = "distribution"
    # Whether candidates are drawn by the seed.
    _draws_candidates = True

    # Of a fit.
    n_trials_: int
    stop_reason_: str
    search_time_: float
    n_splits_: int
    lag_: int
    best_score_: float
    refit_time_: float
    feature_names_in_: NDArray[np.object_]

    def __init__(
        self,
        estimator: Any,
        *,
        scoring: ScoringChoice,
        n_jobs: int | None,
        refit: Refit,
        cv: Any,
        verbose: int,
        pre_dispatch: int | str,
        error_score: ErrorScore,
        return_train_score: bool,
        random_state: RandomState,
        test_size: float | int | None,
        test_split: Any,
        test_ledger: str | os.PathLike[str] | None,
        max_time: float | None,
        fit_timeout: float | None,
        fit_memory: float | None,
        early_stopping: Any,
        racing: bool,
        on_interrupt: OnInterrupt,
        keep_oof: bool | str,
        share_fits: bool,
        eval_set: str | float | None,
        checkpoint: str | os.PathLike[str] | None,
    ) -> None:
        self.estimator = estimator
        self.scoring = scoring
        self.n_jobs = n_jobs
        self.refit = refit
        self.cv = cv
        self.verbose = verbose
        self.pre_dispatch = pre_dispatch
        self.error_score = error_score
        self.return_train_score = return_train_score
        self.random_state = random_state
        self.test_size = test_size
        self.test_split = test_split
        self.test_ledger = test_ledger
        self.max_time = max_time
        self.fit_timeout = fit_timeout
        self.fit_memory = fit_memory
        self.early_stopping = early_stopping
        self.racing = racing
        self.on_interrupt = on_interrupt
        self.keep_oof = keep_oof
        self.share_fits = share_fits
        self.eval_set = eval_set
        self.checkpoint = checkpoint

    @abstractmethod
    def _make_strategy(self, space: Space, seed: int) -> Strategy:
        """Make the strategy of one fit: the hook of the subclasses."""

    # ------------------------------------------------------------------ fit

    @with_callbacks
    def fit(self, X: Any, y: Any = None, **params: Any) -> Self:
        """Search, and refit the best candidate on all development rows.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or (n_samples, n_samples)
            Training data; square for precomputed kernels or distances. Whatever
            the estimator takes: arrays, frames, sparse matrices, lists of texts.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs), default=None
            Targets; None for unsupervised learning.
        **params : dict of str to object
            Passed to the estimator's ``fit``; ``groups`` to the splitter and
            ``sample_weight`` to scorers that take it too. With metadata routing
            enabled, wherever they are requested. Entries of one row for each row of
            `X` are cut with it.

        Returns
        -------
        self : object
            The fitted search.

        Raises
        ------
        ValueError, TypeError
            Before the first fit, if a parameter or the space is wrong; after the
            last one, if every fit failed.
        OSError
            Before the first fit, if `test_ledger` cannot be read and written.
        KeyboardInterrupt
            After Ctrl-C, with `trials_`, `cv_results_` and `best_params_` set.
        WorkerDiedError
            If a cluster was closed or has had no workers for too long, with the same set;
            or a fold's worker died twice, with ``error_score="raise"``.

        Warns
        -----
        LeakageWarning
            Before the first fit, if rows set aside are spent by `test_ledger`, or with
            ``eval_set="fold"``.
        """
        scoring, space = self._check()
        check_data(X, y)
        X, y = indexable(X, y)
        check_has_rows(X)
        check_target(self, space, y)
        params = {
            name: indexable(value)[0] if has_rows(value, n_rows(X)) else value
            for name, value in params.items()
        }
        routed = route_fit_params(self, scoring, params)
        check_fit_params(self.estimator, routed.fit, n_rows(X))
        check_eval_set(self, space, routed.fit)
        everything = FitRows(X, y, routed, np.arange(n_rows(X)))
        identify = partial(self._identify, X, y, params)
        is_grid = self._space_parameter == "param_grid"
        with open_checkpoint(
            self.checkpoint, identify, lambda: space, is_grid=is_grid
        ) as checkpoint:
            seed = self._choose_seed(checkpoint)
            strategy = self._make_strategy(space, seed)
            division = find_division(self, everything, seed, checkpoint)
            rows, test_set = set_test_rows_aside(self, everything, division)
            tree = CallbackTree(self, rows.X, rows.y, rows.routed.fit.get("sample_weight"))
            splits = find_splits(self, rows, seed, checkpoint)
            stops = draw_stops(self, rows, splits, seed)
            store = open_store(self, len(splits), seed)
            begin = partial(checkpoint.begin, seed=seed, splits=splits, division=division)
            outcome = self._run_study(strategy, rows, stops, scoring, tree, store, begin)
        self._test_set, self._n_fitted = test_set, stops.n_fitted
        self._keep(outcome, scoring, strategy, len(splits))
        self._keep_evidence(store, rows, splits, scoring, seed)
        self._end_interrupted(outcome)
        if self.refit:
            self._refit_best(rows, tree)
        tree.end()
        return self

    def _check(self) -> tuple[Scoring, Space]:
        """Find every mistake that can be known without data; make the ledger's file."""
        check_parameters(self)
        scoring = build_scoring(self)
        space = Space.from_description(getattr(self, self._space_parameter), self._space_noun)
        check_names(self.estimator, space)
        check_racing(self)
        check_keep_oof(self, space)
        # A grid has none.
        fill_initial(getattr(self, "initial_params", None), space, self.estimator)
        if isinstance(self.refit, OneStandardError):
            known = None if callable(self.scoring) else scoring.metrics or ("score",)
            self.refit.check(space, known, has_one_fold=is_share(self.cv))
        if self.test_ledger is not None:
            LedgerFile(self.test_ledger).prepare()
        return scoring, space

    def _check_study(self) -> Limits:
        """Find what `fit` finds when its study begins, too: for those who fit several searches."""
        _, space = self._check()
        # What matters of the folds is whether they disagree.
        return self._make_limits(self._make_strategy(space, 0), 1 if is_share(self.cv) else 2)

    def _make_limits(self, strategy: Strategy, n_folds: int) -> Limits:
        """Say what ends a study, or a fold of it, early."""
        metric = self.refit if isinstance(self.refit, str) else None
        return make_limits(
            self.max_time,
            self.fit_timeout,
            self.early_stopping,
            strategy=strategy,
            metric=partial(told_metric, wanted=metric),
            n_folds=n_folds,
            fit_memory=self.fit_memory,
        )

    def _identify(self, X: Any, y: Any, params: dict[str, Any]) -> dict[str, Any]:
        """Describe what decides the scores, for the checkpoint."""
        initial_trials = getattr(self, "initial_trials", None)  # only one search has them
        old = read_old(initial_trials, name_maximised(self.scoring, self.refit))
        return identify_search(self, X, y, params, old_trials=describe_old(old))

    def _choose_seed(self, checkpoint: OpenCheckpoint) -> int:
        """An int stands for itself, so that a strategy of this seed proposes the same."""
        if checkpoint.seed is not None:
            return checkpoint.seed
        keeps_rows = self.eval_set not in (None, "fold")
        divides_rows = self.test_size is not None or is_share(self.cv) or keeps_rows
        is_int = isinstance(self.random_state, numbers.Integral)
        if not (is_int or self._draws_candidates or divides_rows):
            # Where nothing is drawn, numpy's global generator is left to the estimator's fits.
            return 0
        return draw_or_keep(self.random_state)

    def _count_trials(self, strategy: Strategy) -> int:
        """Number of candidates to evaluate: `n_iter`, or all there are."""
        n_candidates = strategy.n_candidates
        n_iter: int = getattr(self, "n_iter", n_candidates)  # type: ignore[assignment]
        if n_candidates is None or n_iter <= n_candidates:
            return n_iter
        warn(
            f"The total space of parameters {n_candidates} is smaller than n_iter={n_iter}. "
            f"Running {n_candidates} iterations. For exhaustive searches, use GridSearch."
        )
        return n_candidates

    def _run_study(
        self,
        strategy: Strategy,
        rows: FitRows,
        stops: Stops,
        scoring: Scoring,
        tree: CallbackTree,
        store: ResponseStore | None,
        begin: Callable[..., tuple[int, Journal | None]],
    ) -> Outcome:
        """Evaluate the strategy's candidates on the splits."""
        n_trials, splits = self._count_trials(strategy), stops.splits
        limits = self._make_limits(strategy, len(splits))
        metric = self.refit if isinstance(self.refit, str) else None
        open_task = tree.begin_search(n_trials * len(splits))
        data = FoldData(
            estimator=clone(self.estimator),
            X=rows.X,
            y=rows.y,
            splits=splits,
            scorer=scoring.scorer,
            metrics=scoring.metrics,
            fit_params=rows.routed.fit,
            score_params=rows.routed.score,
            error_score=self.error_score,
            return_train_score=self.return_train_score,
            caller=None if open_task is None else self,
            settings=Settings.current(),
            max_response_bytes=0.0 if store is None else store.max_fold_bytes,
            extra_responses=(self.keep_oof,) if isinstance(self.keep_oof, str) else (),
            share_fits=bool(self.share_fits),
            keeps_rows=fit_together(MAX_ROWS_BYTES, rows.X, rows.y, splits),
            eval_rows=stops.eval_rows,
        )
        shares = data.share_fits and can_share(data.estimator)
        with open_engine(self.n_jobs, self.pre_dispatch, needed_by=limits.needs_workers) as engine:
            lag, journal = begin(lag=choose_lag(engine.n_workers, len(splits)))
            outcome = Study(
                strategy,
                evaluate_fold,
                engine.share(data),
                engine,
                n_trials=n_trials,
                n_folds=len(splits),
                lag=lag,
                journal=journal,
                is_seeded=self.random_state is not None,
                progress=VerboseLines(
                    self.verbose, LiveStatus(strategy, engine.n_workers, limits, metric)
                ),
                metric=metric,
                raises_worker_deaths=raises_errors(self.error_score),
                open_task=open_task,
                keep_responses=None if store is None else store.add,
                limits=limits,
                race=open_race(self.racing, len(splits), engine.n_workers, name_scorer(self)),
                failure_score=failure_score(self.error_score),
                arrange=(
                    # A fit that stops is no beginning of a longer one.
                    partial(
                        order_folds,
                        data.estimator,
                        scoring.asks_predictions and stops.eval_rows is None,
                    )
                    if shares
                    else None
                ),
                evaluate_group=evaluate_group,
            ).run()
        if outcome.stop_reason != "interrupted" or self.on_interrupt == "refit":
            # A callback shows what has ended as complete.
            tree.end_search()
        self._keep_data_of_failures(outcome.trials, data)
        return outcome

    def _keep(self, outcome: Outcome, scoring: Scoring, strategy: Strategy, n_splits: int) -> None:
        """Set what the study found, before any error or warning of it.

        Raises
        ------
        ValueError
            If all fits failed.
        """
        self._forget()
        self.trials_ = outcome.trials
        self.n_trials_ = len(outcome.trials)
        self.stop_reason_ = outcome.stop_reason
        self.search_time_ = outcome.seconds
        self.n_splits_ = n_splits
        self.scorer_ = scoring.fitted
        if strategy.learns:
            self.lag_ = outcome.lag
        message, all_failed = describe_fit_failures(outcome.trials, self.error_score)
        if all_failed and outcome.stop_reason != "interrupted":
            raise ValueError(message)
        metrics = metric_names(outcome.trials, scoring.metrics)
        self.multimetric_ = scoring.metrics is not None or is_multimetric(outcome.trials)
        if outcome.trials:
            self.cv_results_ = build_cv_results(
                outcome.trials,
                metrics=metrics,
                error_score=self.error_score,
                return_train_score=self.return_train_score,
                has_iterations=self.eval_set is not None,
            )
        if self.multimetric_:
            check_refit(self.refit, metrics)
        has_all = [None not in trial.folds for trial in outcome.trials]
        if any(has_all):
            self._choose_best()
        if message:
            warn(message, FitFailedWarning)
        if outcome.stop_reason != "interrupted":
            for text in non_finite_warnings(self.cv_results_, has_all):
                warn(text)

    def _forget(self) -> None:
        """Drop what an earlier fit left."""
        self._forget_evidence()
        for name in [name for name in vars(self) if name.endswith("_") and name[0] != "_"]:
            delattr(self, name)

    def _choose_best(self) -> None:
        """Choose the winner; several metrics without `refit` have none."""
        if not self.refit and self.multimetric_:
            return
        metric = self.refit if self.multimetric_ else "score"
        self.best_index_ = select_best(self.cv_results_, self.refit, metric)
        if not callable(self.refit):
            self.best_score_ = self.cv_results_[f"mean_test_{metric}"][self.best_index_]
        self.best_params_ = self.cv_results_["params"][self.best_index_]

    def _end_interrupted(self, outcome: Outcome) -> None:
        """Raise the interrupt again, unless there is something to refit instead.

        Raises
        ------
        KeyboardInterrupt
            If `on_interrupt` is "raise", or no trial is complete.
        WorkersGoneError
            If that is what ended the study.
        """
        if outcome.error is not None:
            raise outcome.error
        if outcome.stop_reason != "interrupted":
            return
        if self.on_interrupt == "raise" or not hasattr(self, "best_params_"):
            when = "" if hasattr(self, "best_index_") else " before a trial was complete"
            raise KeyboardInterrupt(
                f"The search was interrupted{when}; `trials_` and `cv_results_` keep what had "
                "finished."
            )

    def _refit_best(self, rows: FitRows, tree: CallbackTree) -> None:
        """Fit a clone with the best parameters on all development rows."""
        best, fit_params = self._make_winner(n_rows(rows.X), rows.routed.fit)

        def fit() -> None:
            """Fit the winner and take the time."""
            started = time.perf_counter()
            # An interrupted fit that returns is half-trained: raise instead.
            with InterruptWatch() as watch:
                fit_estimator(best, rows.X, rows.y, fit_params)
                watch.raise_if_received()
            self.refit_time_ = time.perf_counter() - started

        tree.refit(best, fit)
        self.best_estimator_ = best
        if hasattr(best, "feature_names_in_"):
            self.feature_names_in_ = best.feature_names_in_

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Take the state of a pickle; keywords that came after it was written have defaults."""
        parameters = signature(type(self)).parameters.values()
        defaults = {p.name: p.default for p in parameters if p.default is not p.empty}
        super().__setstate__({**defaults, **state})

    # ------------------------------------------------------- scikit-learn's

    def __sklearn_is_fitted__(self) -> bool:
        """Whether a fit ended: an interrupted one leaves its trials, but no winner to ask."""
        return hasattr(self, "best_estimator_" if self.refit else "cv_results_")

    def __sklearn_tags__(self) -> Any:
        """Tags of the estimator, where a search takes after it."""
        tags = super().__sklearn_tags__()
        inner = get_tags(self.estimator)
        tags.estimator_type = inner.estimator_type
        tags.classifier_tags = deepcopy(inner.classifier_tags)
        tags.regressor_tags = deepcopy(inner.regressor_tags)
        tags.input_tags.pairwise = inner.input_tags.pairwise
        tags.input_tags.sparse = inner.input_tags.sparse
        tags.array_api_support = inner.array_api_support
        return tags

    def get_metadata_routing(self) -> Any:
        """Say which metadata goes where.

        Returns
        -------
        router : MetadataRouter
            For the estimator's ``fit``, the scorer and the splitter.
        """
        return build_router(self, build_scoring(self))
