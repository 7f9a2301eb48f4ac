"""Docstring sections that searches share, written once."""

from __future__ import annotations

from textwrap import indent
from typing import TypeVar

T = TypeVar("T", bound=type)

_PARAMETERS = """\
scoring : str, callable, list, tuple, dict or None, default=None
    As in scikit-learn: a metric's name, a scorer, several of them (by name, or in a
    dict), or None for the estimator's own ``score``. Larger is better.
n_jobs : int or None, default=None
    Number of folds that run at the same time; -1 is all cores. None is 1, or what
    ``joblib.parallel_config`` says, which also chooses threads or processes.
refit : bool, str or callable, default=True
    Whether the best candidate is fitted on all development rows. With several
    metrics the name of the one that decides, or a function of ``cv_results_``
    that gives the winner's row.
cv : int, float, splitter, iterable or None, default=None
    Folds, as in scikit-learn: 5 (stratified) for None. A float in (0, 1) is one
    validation split of that share: stratified for classifiers, whole groups when
    ``groups`` are passed to `fit`. Splits are drawn once.
verbose : int, default=0
    1 prints the totals, 2 each fold's end, 3 its scores, 10 its start.
pre_dispatch : int or str, default="2*n_jobs"
    Bound on the folds that are submitted and unfinished, where tiny ones that travel to a
    worker together count as one; never changes results.
error_score : "raise" or float, default=nan
    Score of a fold whose fit or scoring fails; "raise" ends the search.
return_train_score : bool, default=False
    Whether the training rows are scored too.
random_state : int, RandomState or None, default=None
    Seed of the candidates, of a float `cv` and of the test set. The same int gives the
    same scores, whatever order workers finish in. With None, numpy's global generator
    seeds what is drawn.
test_size : float, int or None, default=None
    Share or number of rows that `fit` sets aside before anything else sees a row;
    `score_test` scores them, once. Stratified for classifiers, or whole groups when
    ``groups`` are passed to `fit`; pass a group splitter as `cv` to keep them together there.
test_split : splitter, iterable of one (train, test) pair or None, default=None
    Another way to say which rows are set aside, such as the last ones in time.
test_ledger : str, path-like or None, default=None
    A file: the record, shared by every search that names it, of which test sets have been
    spent. `fit` makes it, `score_test` writes to it, `read_ledger` reads it. It holds no
    data, and knows rows by their content.
max_time : float or None, default=None
    Seconds of search. Past it no fold starts, running folds finish, and candidates that lack
    folds are "stopped"; the search goes on until one trial is complete.
fit_timeout : float or None, default=None
    Seconds that one fold's fit and scoring may take. Past it the fold is ended, with its
    worker process, and the trial is "timed_out": the fold gets `error_score`, and with
    "raise" a ``TimeoutError`` ends the search. With one worker, folds run in a process for it;
    with threads it is an error.
fit_memory : float or None, default=None
    Bytes that one fold's fit and scoring may take: memory that its worker process has for
    itself and has touched, above what it had when the fold began. Past it the fold is ended,
    with its worker, and the trial is "failed": the fold gets `error_score`, and with "raise" a
    ``MemoryError`` ends the search. It is looked at a hundred times a second, so that a fold
    gets some megabytes further. With one worker, folds run in a process for it; with threads,
    on clusters, and where psutil would be needed and is missing, it is an error.
early_stopping : int, rule or None, default=None
    After how many trials in a row without improvement the search ends; or `ExpectedRegret`;
    or an object whose ``should_stop(trials)`` gives a reason to end the search, or None. It
    is asked in trial order, so that timing changes nothing: candidates asked by then finish.
racing : bool, default=False
    Whether a candidate's remaining folds are left out once the finished ones show that it
    cannot win: it is then "stopped", ranks below every complete candidate, and its `why` in
    `trials_` says how far behind it was. Needs a mean score that decides, not a callable
    `refit`.
on_interrupt : {"raise", "refit"}, default="raise"
    After Ctrl-C, raise ``KeyboardInterrupt`` with what was found kept, or end the search
    and refit the best complete trial. A second Ctrl-C raises at once.
keep_oof : bool or str, default=False
    Whether the out-of-fold predictions of all candidates are kept, in pickles too, and
    not the winner's alone. The name of a method, such as "predict_proba", asks for its
    response besides what the scorer asks for.
share_fits : bool, default=True
    Whether candidates whose first steps of a ``Pipeline`` have the same parameters share
    these steps, fitted once for each fold and worker, where that changes no score: steps
    with int seeds or without random numbers. ``Trial.n_shared_steps`` counts them.
eval_set : {"inner", "fold"}, float or None, default=None
    Which rows decide when the fits of boosting and networks stop. "inner" keeps a tenth of
    each fold's training rows for it, a float in (0, 1) another share: stratified for
    classifiers, whole groups when ``groups`` are passed to `fit`, the last ones where all
    folds validate on later rows. "fold" uses the validation rows themselves, which flatters
    every score, and warns. The rows go through the fitted steps of a ``Pipeline``. The winner
    is fitted without such rows, for the mean of the best rounds, scaled to its rows;
    `mean_best_iteration` in `cv_results_` has the mean itself. Early stopping must be on in
    the estimator: ``HistGradientBoostingClassifier`` and its like, or models of xgboost,
    lightgbm, catboost or skorch.
checkpoint : str, path-like or None, default=None
    A file: finished folds are written there while the search runs, and a `fit` with the
    same data, estimator, space, splitter, scoring and seed goes on from it, whatever
    ended the one before. A larger `n_iter` or grid goes on, too. `read_checkpoint`
    shows it at any time.\
"""

_INITIAL_PARAMS = """\
initial_params : dict, "default", list of those or None, default=None
    Candidates to try first, in this order; they count within `n_iter`. "default" is the
    estimator as it is: its own values of one dict's parameters, the dict that has most of
    them. Parameters that a dict leaves out, likewise. Where the estimator's own value is
    none of the space, the middle of the dimension takes its place, or the first of choices
    without an order.\
"""

_INITIAL_TRIALS = """\
initial_trials : sequence of Trial, MaximizeResult, dict, path or None, default=None
    Finished trials to learn from: `trials_` or `cv_results_` of a search, scikit-learn's too, or
    what `maximize` returned. They are not counted, do not appear among the results, and may be
    proposed again: the best of them is, after `initial_params`, then two candidates that are
    spread over the space, in the place of a longer design. Their scores may be of other data or
    folds: how much they say of the present ones is learnt. Trials that are not of the space
    are left out with a warning.\
"""

_ATTRIBUTES = """\
cv_results_ : dict of str to array of shape (n_trials,)
    scikit-learn's table: parameters, scores, times and ranks, row by trial.
best_params_ : dict
    Parameters of the winner.
best_score_ : float
    Mean validation score of the winner: the best of many, and so optimistic.
corrected_score_ : float
    What the winner is expected to score on fresh rows, when the choosing is accounted
    for. This and the next three are computed at first access.
corrected_interval_ : tuple of two floats
    Its 95 % confidence interval.
optimism_ : float
    `best_score_` less `corrected_score_`.
correction_ : Correction
    How it was computed, or in `why` the reason why it cannot be.
oof_predictions_ : OofPredictions
    Out-of-fold predictions of the winner, as the scorer asked for them.
best_index_ : int
    Row of the winner.
best_estimator_ : estimator
    The winner, fitted on all development rows; needs ``refit``.
refit_time_ : float
    Seconds of that fit.
scorer_ : callable or dict of str to callable
    The scorer, or the scorer of each metric.
multimetric_ : bool
    Whether there are several metrics.
n_splits_ : int
    Number of folds.
trials_ : tuple of Trial
    What happened, in row order: parameters, origin, folds, status and why.
n_trials_ : int
    Number of trials.
stop_reason_ : {"complete", "max_time", "early_stopping", "interrupted"}
    How the search ended.
search_time_ : float
    Seconds of the search, without the refit.
test_report_ : TestReport
    What `score_test` found; absent before.
classes_ : ndarray of shape (n_classes,)
    Class labels; needs ``refit`` and a classifier.
n_features_in_ : int
    Number of features; needs ``refit``.
feature_names_in_ : ndarray of shape (n_features,)
    Names of features; needs ``refit`` and an estimator that has them.\
"""

_NOTES = """\
A search that is a step of an outer ``Pipeline`` cannot protect the steps before it: they
have seen its test rows. Put the ``Pipeline`` inside the search.\
"""


_SECTIONS = {
    "{parameters}": _PARAMETERS,
    "{initial_params}": _INITIAL_PARAMS,
    "{initial_trials}": _INITIAL_TRIALS,
    "{attributes}": _ATTRIBUTES,
    "{notes}": _NOTES,
}


def document(cls: T) -> T:
    """Fill the shared sections into a class's docstring."""
    # Docstrings are stripped under ``python -OO``; Python 3.13 takes their indentation away.
    if cls.__doc__ is not None:
        cls.__doc__ = "\n".join(map(_fill, cls.__doc__.splitlines()))
    return cls


def _fill(line: str) -> str:
    """Put a section in the place of its name, as far in as that."""
    section = _SECTIONS.get(line.strip())
    return line if section is None else indent(section, line[: line.index("{")])
