"""Search without an estimator: maximise a function of keyword arguments."""

from __future__ import annotations

import inspect
import math
import os
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from time import perf_counter
from traceback import format_exc
from typing import Any

from skhpo._annotations import ErrorScore, InitialParams, OnInterrupt, RandomState, StrategyName
from skhpo._bayes_strategy import BayesStrategy
from skhpo._checkpoint import identify_function, open_checkpoint
from skhpo._engine import Token, open_engine
from skhpo._fold import Settings
from skhpo._fold_scores import raises_errors, to_number
from skhpo._grid import GridStrategy
from skhpo._initial_trials import describe_old, read_old
from skhpo._live_status import LiveStatus
from skhpo._maximize_result import MaximizeResult
from skhpo._parameters import check_parameter, suggest
from skhpo._progress import VerboseLines
from skhpo._random import RandomStrategy
from skhpo._random_state import draw_or_keep
from skhpo._record import told_metric
from skhpo._results import list_errors
from skhpo._space import Space
from skhpo._stopping import make_limits
from skhpo._strategy import Strategy
from skhpo._study import Outcome, Study, choose_lag
from skhpo._trial import FoldResult, FoldTask
from skhpo._user_warning import warn

_DEFAULT_N_ITER = 50

# What a checkpoint keeps of splits.
_NO_ROWS: list[tuple[list[int], list[int]]] = [([], [])]


@dataclass(frozen=True)
class _Objective:
    """What every call needs."""

    function: Callable[..., float]
    error_score: Any
    settings: Settings


def maximize(
    function: Callable[..., float],
    space: Any,
    *,
    strategy: StrategyName | Strategy = "bayes",
    n_iter: int | None = None,
    initial_params: InitialParams = None,
    initial_trials: Any = None,
    n_jobs: int | None = None,
    pre_dispatch: int | str = "2*n_jobs",
    random_state: RandomState = None,
    error_score: ErrorScore = float("nan"),
    verbose: int = 0,
    max_time: float | None = None,
    fit_timeout: float | None = None,
    fit_memory: float | None = None,
    early_stopping: Any = None,
    on_interrupt: OnInterrupt = "raise",
    checkpoint: str | os.PathLike[str] | None = None,
    key: str | None = None,
) -> MaximizeResult:
    """Find the arguments for which a function is largest.

    A loss is negated: ``maximize(lambda **params: -loss(**params), space)``.

    Parameters
    ----------
    function : callable
        Called as ``function(**params)``; returns a number, larger is better. nan, or an
        exception, is a failed call.
    space : dict or list of dict
        Argument names to lists, objects with ``rvs``, `Float`, `Int` or `Categorical`; a
        list of dicts is a conditional space.
    strategy : {"bayes", "random", "grid"} or Strategy, default="bayes"
        Who proposes. A strategy of your own has the space and the seed already:
        `space` must then be its own space or None.
    n_iter : int or None, default=None
        Number of calls. None is 50, or all of a smaller finite space; for a grid, all of it.
    initial_params : dict, list of dict or None, default=None
        Arguments to try first, in this order; these calls count within `n_iter`. Arguments
        that a dict leaves out stand in the middle of their dimension, or at the first of
        choices without an order. For "bayes" and "random".
    initial_trials : sequence of Trial, MaximizeResult, dict, path or None, default=None
        Finished trials to learn from, such as an earlier result. They are not counted and may
        be proposed again: the best of them is, after `initial_params`. How much their scores say
        of the present ones is learnt. For "bayes".
    n_jobs : int or None, default=None
        Number of calls at the same time, as in the searches.
    pre_dispatch : int or str, default="2*n_jobs"
        Bound on the calls that are submitted and unfinished, where short ones that travel to
        a worker together count as one.
    random_state : int, RandomState or None, default=None
        Seed of the candidates; the same int gives the same trials.
    error_score : "raise" or float, default=nan
        "raise" ends the search at the first exception; any number goes on.
    verbose : int, default=0
        1 prints the total and shows how far the search is, its best value and the time left; 2
        prints each call's end, 3 its value.
    max_time : float or None, default=None
        Seconds after which no call starts, once one has succeeded; running calls finish.
    fit_timeout : float or None, default=None
        Seconds that one call may take. Past it the call is ended, with its worker process, and
        the trial is "timed_out". One worker is a process then; with threads it is an error.
    fit_memory : float or None, default=None
        Bytes that one call may take, above what its worker process had before. Past it the call is
        ended, with its worker, and the trial is "failed". One worker is a process then; with
        threads, and on clusters, it is an error.
    early_stopping : int, rule or None, default=None
        After how many calls in a row without improvement the search ends; or an object whose
        ``should_stop(trials)`` gives a reason to end it, or None.
    on_interrupt : {"raise", "return"}, default="raise"
        After Ctrl-C, raise ``KeyboardInterrupt`` or return what was found.
    checkpoint : str, path-like or None, default=None
        A file: finished calls are written there while the search runs, and a call of
        `maximize` with the same function, space, strategy and seed goes on from it.
    key : str or None, default=None
        Stands for the function in the checkpoint, beside its qualified name: change it
        when the function changes. A lambda, and a function made inside of another, need one.

    Returns
    -------
    result : MaximizeResult

    Raises
    ------
    TypeError, ValueError
        Before the first call, if an argument or the space is wrong, or the checkpoint is
        damaged or of another search; if every call failed.
    OSError
        If the checkpoint cannot be written, or another process uses it.
    KeyboardInterrupt
        After Ctrl-C.
    WorkerDiedError
        If a cluster was closed or has had no workers for too long; or a call's worker died
        twice, with ``error_score="raise"``.

    See Also
    --------
    BayesSearch : The same search around an estimator, with cross-validation.

    Examples
    --------
    >>> from skhpo import Float, maximize
    >>> def height(x, y):
    ...     return -((x - 0.3) ** 2) - (y + 0.2) ** 2
    >>> space = {"x": Float(-1, 1), "y": Float(-1, 1)}
    >>> result = maximize(height, space, n_iter=15, random_state=0)
    >>> result.best_score > -0.05
    True
    """
    _check_arguments(
        function,
        n_iter=n_iter,
        initial_params=initial_params,
        initial_trials=initial_trials,
        n_jobs=n_jobs,
        pre_dispatch=pre_dispatch,
        random_state=random_state,
        error_score=error_score,
        verbose=verbose,
        max_time=max_time,
        fit_timeout=fit_timeout,
        fit_memory=fit_memory,
        early_stopping=early_stopping,
        checkpoint=checkpoint,
        key=key,
    )
    if str(on_interrupt) not in ("raise", "return"):
        raise ValueError(
            "The 'on_interrupt' parameter of maximize must be a str among {'raise', 'return'}. "
            f"Got {on_interrupt!r} instead. Fix: 'return' gives what was found."
        )

    def identify() -> dict[str, Any]:
        """Describe this call, for the checkpoint."""
        # An object has read its own.
        old = getattr(strategy, "_old_trials", describe_old(read_old(initial_trials)))
        return identify_function(
            function,
            key,
            space=space,
            strategy=strategy,
            random_state=random_state,
            initial_params=initial_params,
            old_trials=old,
        )

    find_space = partial(_find_space, strategy, space)
    with open_checkpoint(checkpoint, identify, find_space, is_grid=strategy == "grid") as opened:
        seed: Any = random_state
        if checkpoint is not None:
            seed = draw_or_keep(random_state) if opened.seed is None else opened.seed
        chosen = _make_strategy(strategy, space, seed, initial_params, initial_trials)
        _check_takes(function, getattr(chosen, "space", None))
        limits = make_limits(
            max_time,
            fit_timeout,
            early_stopping,
            strategy=chosen,
            metric=told_metric,
            n_folds=1,
            fit_memory=fit_memory,
        )
        with open_engine(n_jobs, pre_dispatch, needed_by=limits.needs_workers) as engine:
            lag, journal = opened.begin(
                seed=seed, lag=choose_lag(engine.n_workers, 1), splits=_NO_ROWS, division=None
            )
            outcome = Study(
                chosen,
                evaluate_call,
                engine.share(_Objective(function, error_score, Settings.current())),
                engine,
                n_trials=_count_calls(chosen, n_iter),
                n_folds=1,
                lag=lag,
                is_seeded=random_state is not None,
                progress=VerboseLines(
                    verbose, LiveStatus(chosen, engine.n_workers, limits), of_function=True
                ),
                raises_worker_deaths=raises_errors(error_score),
                limits=limits,
                journal=journal,
            ).run()
    if outcome.error is not None:
        raise outcome.error
    if outcome.stop_reason == "interrupted" and on_interrupt == "raise":
        raise KeyboardInterrupt(
            "The search was interrupted; on_interrupt='return' gives what had finished."
        )
    return _summarise(outcome, getattr(chosen, "space", None))


def _check_arguments(function: Any, **arguments: Any) -> None:
    """Raise on wrong arguments, in the sentences of the searches."""
    if not callable(function):
        raise TypeError(
            f"The 'function' parameter of maximize must be a callable. Got {function!r} instead. "
            "Fix: pass the function itself, which is called as function(**params)."
        )
    for name, value in arguments.items():
        # Without `n_iter` there is a number by default.
        if name != "n_iter" or value is not None:
            check_parameter("maximize", name, value)


def _check_takes(function: Any, space: Any) -> None:
    """Raise on a function that cannot be called with the names of the space."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # compiled, without a signature
        return
    for branch in space.branches if isinstance(space, Space) else []:
        try:
            signature.bind(**branch)
        except TypeError as error:
            raise TypeError(
                "The 'function' parameter of maximize must take the names of the space as "
                f"keyword arguments, {list(branch)}. Got {function!r} with {signature}: {error}. "
                "Fix: give function and space the same names."
            ) from None


def _make_strategy(
    strategy: Any, space: Any, random_state: Any, initial_params: Any, initial_trials: Any
) -> Strategy:
    """Make the strategy of a name, or take one."""
    if initial_trials is not None and strategy != "bayes":
        raise ValueError(
            "`initial_trials` must be None where `strategy` is not 'bayes', because no other "
            f"learns from trials, got strategy={strategy!r}; an object takes them where it is made."
        )
    if initial_params is not None and strategy not in ("bayes", "random"):
        raise ValueError(
            "`initial_params` must be None when `strategy` is 'grid' or an object, got "
            f"{initial_params!r} with strategy={strategy!r}; a grid has an order of its own, an "
            "object takes them where it is made."
        )
    if isinstance(strategy, str):
        seed_and_first = {"random_state": random_state, "initial_params": initial_params}
        makers: dict[str, Callable[[], Strategy]] = {
            "bayes": lambda: BayesStrategy(space, **seed_and_first, initial_trials=initial_trials),
            "random": lambda: RandomStrategy(space, **seed_and_first),
            "grid": lambda: GridStrategy(space),
        }
        if strategy not in makers:
            raise ValueError(
                "The 'strategy' parameter of maximize must be a str among "
                f"{sorted(makers)} or an object with ask and tell. Got {strategy!r} instead."
                + (suggest(strategy, makers) or " Fix: strategy='bayes' is the default.")
            )
        return makers[strategy]()
    names = ("ask", "tell", "learns", "n_candidates")
    missing = [name for name in names if not hasattr(strategy, name)]
    if isinstance(strategy, type) or missing:
        raise TypeError(
            "The 'strategy' parameter of maximize must be a str among ['bayes', 'grid', 'random'] "
            f"or an object with ask and tell. Got {strategy!r} instead. Fix: "
            + (f"give it {missing}" if missing else "make an object of the class")
            + ", as BayesStrategy(space) has them."
        )
    if space is not None and space is not getattr(strategy, "space", None):
        raise ValueError(
            "`space` must be None when `strategy` is an object, because that has a space of its "
            f"own, got {space!r}; pass None."
        )
    made: Strategy = strategy
    return made


def _find_space(strategy: Any, space: Any) -> Space:
    """The space: that of an object is its own."""
    own = space if isinstance(strategy, str) else getattr(strategy, "space", {})
    return Space.from_description(own)


def _count_calls(strategy: Strategy, n_iter: int | None) -> int:
    """Number of calls: `n_iter`, or all there are."""
    n_candidates = strategy.n_candidates
    if n_candidates is None:
        return n_iter or _DEFAULT_N_ITER
    if n_iter is None:
        is_grid = isinstance(strategy, GridStrategy)
        return n_candidates if is_grid else min(_DEFAULT_N_ITER, n_candidates)
    if n_iter > n_candidates:
        warn(
            f"The total space of parameters {n_candidates} is smaller than n_iter={n_iter}. "
            f"Running {n_candidates} iterations."
        )
    return min(n_iter, n_candidates)


def evaluate_call(task: FoldTask, token: Token) -> FoldResult:
    """Call the function with a task's parameters; runs in a worker."""
    objective: _Objective = token.get()
    started = perf_counter()
    with objective.settings.restored():
        try:
            score = to_number(objective.function(**task.params), objective.function, "function")
        except (Exception, SystemExit):
            if raises_errors(objective.error_score):
                raise
            seconds = perf_counter() - started
            return FoldResult(task.number, 0, None, fit_seconds=seconds, error=format_exc())
    seconds = perf_counter() - started
    return FoldResult(task.number, 0, {"score": score}, fit_seconds=seconds)


def _summarise(outcome: Outcome, space: Any) -> MaximizeResult:
    """Choose the best call.

    Raises
    ------
    ValueError
        If every call failed.
    """
    failed = [trial for trial in outcome.trials if trial.status in ("failed", "timed_out")]
    if failed and len(failed) == len(outcome.trials):
        errors = Counter(str(trial.traceback) for trial in failed)
        raise ValueError(f"All {len(failed)} calls failed.\n{list_errors(errors, 'calls')}")
    if failed:
        warn(
            f"{len(failed)} of {len(outcome.trials)} calls failed; `trials` has "
            f"their tracebacks. The first: {failed[0].why}"
        )
    complete = [trial for trial in outcome.trials if trial.status == "complete"]
    scored = [trial for trial in complete if not math.isnan(trial.mean_score())]
    best = max(scored, key=lambda trial: trial.mean_score(), default=None)
    return MaximizeResult(
        best_params=None if best is None else best.params,
        best_score=float("nan") if best is None else best.mean_score(),
        trials=outcome.trials,
        stop_reason=outcome.stop_reason,
        search_time=outcome.seconds,
        space=space,
    )
