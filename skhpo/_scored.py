"""Scores of a fitted search: of any rows, and once of the test set."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any, cast

from sklearn.utils import indexable

from skhpo._candidate import make_candidate
from skhpo._delegate import check_has_winner, check_refit_is_set
from skhpo._eval_set import Rounds, set_rounds, without_stopping
from skhpo._fit_input import check_score_target
from skhpo._fold import fit_estimator
from skhpo._holdout import TestSet
from skhpo._measure import measure, name_test_metric
from skhpo._routing import route_fit_params, route_score_params, route_test_params
from skhpo._rows import n_rows
from skhpo._scoring import build_scoring
from skhpo._test_report import TestReport
from skhpo._worth import Worth


class Scored(Worth):
    """A search that scores rows, and a test set once."""

    estimator: Any
    refit: Any
    multimetric_: bool
    scorer_: Any
    best_estimator_: Any
    best_params_: dict[str, Any]
    best_index_: int
    eval_set: Any
    # Of the last fit.
    _test_set: TestSet
    _n_fitted: tuple[int, ...]

    def score(self, X: Any, y: Any = None, **params: Any) -> float:
        """Score the refitted estimator, as scikit-learn's searches do; this is not guarded.

        Calls on rows that `fit` set aside are counted in `test_report_`.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows to score.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs), default=None
            Targets.
        **params : dict of str to object
            Passed to the scorer; only with metadata routing enabled.

        Returns
        -------
        score : float
            By `scoring`, of several metrics the one of `refit`; without `scoring`
            what the estimator's ``score`` gives.

        Raises
        ------
        AttributeError
            If ``refit=False``.
        NotFittedError
            Before `fit`.
        ValueError
            If there are `params` and routing is off, or several metrics of which `refit`
            names none.
        """
        check_refit_is_set(self, "score")
        check_has_winner(self)
        if self.multimetric_ and not isinstance(self.refit, str):
            raise ValueError(
                "`score` must know which of several metrics is wanted, got a function as `refit`; "
                "call a scorer of `scorer_`, or score_test(metric=...)."
            )
        scorer = self.scorer_[self.refit] if isinstance(self.scorer_, dict) else self.scorer_
        score = scorer(self.best_estimator_, X, y, **route_score_params(self, params))
        self._test_set.note_score(X)
        # A callable `scoring` may give several metrics at once.
        return cast(float, score[self.refit] if isinstance(score, dict) else score)

    def score_test(
        self, X_test: Any = None, y_test: Any = None, *, metric: str | None = None, **params: Any
    ) -> float:
        """Score the refitted estimator on the test set: once for each fit.

        Parameters
        ----------
        X_test : array-like of shape (n_test, n_features), default=None
            Rows that `fit` has not seen. Not with `test_size` or `test_split`: then
            the rows set aside are scored.
        y_test : array-like of shape (n_test,) or (n_test, n_outputs), default=None
            Targets.
        metric : str or None, default=None
            Which of several metrics is returned; None is the one of `refit`.
        **params : dict of str to object
            Passed to the scorer: ``sample_weight``, or with metadata routing what it requests.
            Those of rows set aside are kept with them.

        Returns
        -------
        score : float
            Larger is better. `test_report_` has its interval, all metrics and more.

        Raises
        ------
        TestSetSpentError
            If this fit's test set was scored before, or half of these rows in an earlier fit
            or by a search that names the same `test_ledger`.
        TrainTestOverlapError
            If the search has seen half of these rows or more.
        ValueError
            If rows are passed although some were set aside, or none are known.
        AttributeError
            If ``refit=False``.
        NotFittedError
            Before `fit`.
        OSError
            If `test_ledger` cannot be written; nothing is spent then.

        Warns
        -----
        LeakageWarning
            If the search has seen some of the rows, or another search in this process or of
            the same `test_ledger` has scored them.
        UserWarning
            If it waits for a process that scores by the same `test_ledger`.
        """
        check_refit_is_set(self, "score_test")
        check_has_winner(self)
        metric = name_test_metric(self, metric)
        rows = self._test_set.choose_rows(X_test, y_test, route_test_params(self, params))
        check_score_target(self, rows.y)
        self._judge("correction_")  # for the report, before others wait for the ledger
        return self._test_set.score_once(rows.X, partial(measure, self, rows, metric)).score

    @property
    def test_report_(self) -> TestReport:
        """What `score_test` found; absent before."""
        # The guard's, so that copies of a search that was scored have it too.
        report = self._test_set.report if hasattr(self, "_test_set") else None
        if report is None:
            raise AttributeError(
                f"{type(self).__name__} object has no test_report_ attribute before score_test."
            )
        return report

    def refit_all(self, X: Any, y: Any = None, **params: Any) -> Any:
        """Fit a clone of the winner on all rows, once the test set is spent.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            All rows to learn from, the former test rows too.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs), default=None
            Targets.
        **params : dict of str to object
            Passed as `fit` passes them to the estimator's ``fit``.

        Returns
        -------
        estimator : estimator
            Fitted; the search keeps its own `best_estimator_`, which the test score is of.

        Raises
        ------
        RuntimeError
            If the test set was not scored yet.
        AttributeError
            If ``refit=False``.
        NotFittedError
            Before `fit`.
        """
        check_refit_is_set(self, "refit_all")
        check_has_winner(self)
        if not self._test_set.is_spent:
            raise RuntimeError(
                "`refit_all` must come after `score_test`, because no rows are left to test its "
                "result on; call score_test first."
            )
        X, y = indexable(X, y)
        # Nothing is scored, so that no scorer has to take the weights.
        scoring = replace(build_scoring(self), by_name={})
        routed = route_fit_params(self, scoring, params)
        winner, fit_params = self._make_winner(n_rows(X), routed.fit)
        fit_estimator(winner, X, y, fit_params)
        return winner

    def _make_winner(self, n: int, fit_params: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        """The winner to be fitted on `n` rows, and what its ``fit`` gets: nothing stops it."""
        winner = make_candidate(self.estimator, self.best_params_)
        if self.eval_set is None:
            return winner, fit_params
        best = self.trials_[self.best_index_].best_iterations
        set_rounds(winner, Rounds(best, self._n_fitted), n)
        return winner, without_stopping(fit_params)
