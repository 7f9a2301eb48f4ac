"""Studies under any schedule of workers: whatever finishes first, dies or takes too long.

The engine here is one of ours, made for the purpose: its calls end in an order that
hypothesis draws, some by the death of their worker, some never, until they are killed.
"""

from __future__ import annotations

import concurrent.futures
import math
from collections import Counter
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from unittest import mock

from hypothesis import given, settings
from hypothesis import strategies as st

from skhpo import BayesStrategy, Float, GridStrategy, Int, RandomStrategy
from skhpo._engine.interface import Engine, HeldValue, cancel
from skhpo._progress import VerboseLines
from skhpo._racing import open_race
from skhpo._stopping import Limits, Patience
from skhpo._study import Study
from skhpo._trial import FoldResult
from skhpo.exceptions import WorkerDiedError

# What becomes of a call: it ends as it should, its worker dies, or it runs until it is killed.
ENDS, DIES, STUCK = "ends", "dies", "stuck"


class ScheduledEngine(Engine):
    """Runs calls when somebody waits for one: which one, and how it ends, is drawn.

    Parameters
    ----------
    order : list of int
        Which of the pending calls ends next, modulo their number.
    fates : list of {"ends", "dies", "stuck"}
        How; of each call in the order of ending.

    Attributes
    ----------
    n_killed : int
        Running calls that were killed.
    """

    kind = "processes"
    can_kill = True

    def __init__(self, n_workers, order, fates):
        super().__init__(n_workers, 2 * n_workers)
        self._order, self._fates = cycle(order), cycle(fates)
        self._calls = {}
        self._stuck = set()
        self.n_killed = 0

    def share(self, value):
        return HeldValue(value)

    def submit(self, fn, /, *args):
        future = concurrent.futures.Future()
        self._calls[future] = (fn, args)
        # As many run as there are workers: a new call may be the end of an old one.
        if len(self._calls) >= self.max_pending:
            self._end_one()
        return future

    def _end_one(self):
        """End a pending call."""
        running = list(self._calls)[: self.n_workers]
        future = running[next(self._order) % len(running)]
        fn, args = self._calls.pop(future)
        if not future.set_running_or_notify_cancel():
            return
        fate = next(self._fates)
        if fate == DIES:
            future.set_exception(WorkerDiedError("The worker process ended."))
            return
        if fate == STUCK:
            # It begins, and nobody hears of its end: its mark stays.
            with mock.patch.object(Path, "unlink", return_value=None):
                fn(*args)
            self._stuck.add(future)
            return
        try:
            future.set_result(fn(*args))
        except Exception as error:
            future.set_exception(error)

    def end_all(self):
        """End what is pending; False if nothing is."""
        if not self._calls:
            return False
        self._end_one()
        return True

    def kill(self, future):
        if future in self._stuck:
            self._stuck.remove(future)
            self.n_killed += 1
            future.set_exception(concurrent.futures.CancelledError("The worker was ended."))
        elif future.cancel():
            del self._calls[future]

    def close(self, kill=False):
        for future in self._calls:
            cancel(future)
        self._calls.clear()


class ScheduledStudy(Study):
    """A study that lets its engine end a call where it would wait for one."""

    def _wait(self):
        while self._done.empty() and self.engine.end_all():
            pass
        return super()._wait()


@dataclass(frozen=True)
class Scores:
    """Scores of candidates and folds, some of which fail; a function of both alone."""

    seed: int
    n_failing: int

    def __call__(self, task, token):
        told = sum(map(ord, repr(sorted(task.params.items())))) + self.seed
        assert token.get() == "shared"
        if (told + task.fold) % 11 < self.n_failing:
            return FoldResult(task.number, task.fold, None, error="Traceback\nValueError: no\n")
        score = math.sin(told) + 0.1 * math.cos(told * (task.fold + 1))
        return FoldResult(task.number, task.fold, {"score": score})


domains = st.one_of(
    st.builds(lambda low, width: Float(low, low + width), st.floats(-9, 9), st.floats(0.1, 9)),
    st.builds(lambda low, n: Int(low, low + n), st.integers(-5, 5), st.integers(1, 6)),
    st.lists(st.sampled_from([1, 2.5, "a", None, (1,)]), min_size=1, max_size=3, unique=True),
)
parts = st.dictionaries(st.sampled_from("abc"), domains, max_size=3)
# Dicts of other names, so that no candidate is one of two dicts.
spaces = parts | st.tuples(parts, domains).map(lambda pair: [pair[0], {"other": pair[1]}])
makers = st.sampled_from(
    [
        lambda space: GridStrategy(space, points_per_dimension=3),
        lambda space: RandomStrategy(space, random_state=0),
        lambda space: BayesStrategy(space, random_state=0),
    ]
)
scores = st.builds(Scores, st.integers(0, 999), st.integers(0, 3))
orders = st.lists(st.integers(0, 7), min_size=1, max_size=9)
some_die = st.lists(st.sampled_from([ENDS, ENDS, ENDS, DIES]), min_size=1, max_size=9)
# A study with a model takes some 20 ms for each candidate.
few = settings(max_examples=40)


class Told:
    """A strategy, and what it was told."""

    def __init__(self, strategy):
        self._strategy = strategy
        self.learns, self.n_candidates = strategy.learns, strategy.n_candidates
        self.numbers = []

    def ask(self):
        return self._strategy.ask()

    def tell(self, candidate, score, **keywords):
        self.numbers.append(candidate.number)
        self._strategy.tell(candidate, score, **keywords)


def run(strategy, evaluate, order=(0,), fates=(ENDS,), n_workers=2, **keywords):
    """Run a study of nine trials of three folds: outcome, folds in their order, engine."""
    kept = []
    given = {"n_trials": 9, "n_folds": 3, "lag": 3, "is_seeded": True} | keywords
    with ScheduledEngine(n_workers, list(order), list(fates)) as engine:
        study = ScheduledStudy(
            strategy,
            evaluate,
            engine.share("shared"),
            engine,
            progress=VerboseLines(0),
            keep_responses=kept.append,
            **given,
        )
        outcome = study.run()
    return outcome, kept, engine


def folds_of(outcome):
    """All that does not depend on time."""
    return [
        (trial.number, repr(trial.params), trial.status, trial.why, repr(trial.fold_scores()))
        for trial in outcome.trials
    ]


@few
@given(spaces, makers, scores, orders, some_die, st.integers(1, 4))
def test_every_fold_is_kept_once_and_every_trial_told_once(
    space, make, evaluate, order, fates, n_workers
):
    strategy = Told(make(space))
    outcome, kept, _ = run(strategy, evaluate, order, fates, n_workers)
    n_trials = len(outcome.trials)
    assert n_trials == min(9, strategy.n_candidates or 9)
    places = Counter((result.number, result.fold) for result in kept)
    assert places == Counter((n, fold) for n in range(n_trials) for fold in range(3))
    assert strategy.numbers == list(range(n_trials))
    for number, trial in enumerate(outcome.trials):
        assert trial.number == number
        n_failed = sum(fold.error is not None for fold in trial.folds)
        assert trial.status == ("failed" if n_failed else "complete")
        assert trial.why.startswith(f"{n_failed} of 3 folds failed") == bool(n_failed)


@few
@given(spaces, makers, scores, orders, st.integers(1, 4))
def test_results_are_the_same_whatever_the_schedule(space, make, evaluate, order, n_workers):
    expected, _, _ = run(make(space), evaluate)
    found, _, _ = run(make(space), evaluate, order, n_workers=n_workers)
    assert folds_of(found) == folds_of(expected)


@few
@given(makers, scores, orders, st.integers(1, 4))
def test_a_race_stops_the_same_candidates_whatever_the_schedule(make, evaluate, order, n_workers):
    runs = [
        run(
            make({"x": Float(0, 1)}),
            evaluate,
            o,
            n_workers=n_workers,
            n_folds=5,
            race=open_race(True, 5, n_workers, None),
        )[0]
        for o in ((0,), order)
    ]
    # Folds of a stopped candidate that were running still are kept, and count for nothing.
    decided = [
        [(t.number, repr(t.params), t.status, t.why) for t in outcome.trials] for outcome in runs
    ]
    assert decided[0] == decided[1]


@settings(max_examples=15)
@given(makers, scores, orders, st.lists(st.sampled_from([ENDS, ENDS, STUCK, DIES]), min_size=3))
def test_folds_that_take_too_long_are_ended_and_no_others(make, evaluate, order, fates):
    limits = Limits(fit_timeout=0.02)
    outcome, kept, engine = run(
        make({"x": Float(0, 1)}), evaluate, order, fates, n_trials=3, limits=limits
    )
    places = Counter((result.number, result.fold) for result in kept)
    assert places == Counter((n, fold) for n in range(3) for fold in range(3))
    assert sum(result.timed_out for result in kept) == engine.n_killed
    for trial in outcome.trials:
        is_late = any(fold.timed_out for fold in trial.folds)
        assert (trial.status == "timed_out") == is_late


@few
@given(spaces, scores, orders, st.integers(1, 4))
def test_a_stopping_rule_ends_after_the_same_trials_whatever_the_schedule(
    space, evaluate, order, n_workers
):
    limits = Limits(rule=Patience(2, lambda trial: "score"))
    runs = [
        run(RandomStrategy(space, random_state=0), evaluate, o, n_workers=n, limits=limits)[0]
        for o, n in (((0,), 2), (order, n_workers))
    ]
    assert folds_of(runs[0]) == folds_of(runs[1])
    assert runs[0].stop_reason == runs[1].stop_reason


@few
@given(
    st.dictionaries(
        st.sampled_from("ab"), st.lists(st.integers(0, 9), min_size=1, max_size=4, unique=True),
        min_size=1,
    ),
    st.sampled_from([RandomStrategy, BayesStrategy]),
    scores,
    orders,
)  # fmt: skip
def test_no_candidate_is_repeated_while_others_remain(space, cls, evaluate, order):
    strategy = cls(space, random_state=0)
    n_trials = min(strategy.n_candidates, 12)
    outcome, _, _ = run(strategy, evaluate, order, n_trials=n_trials)
    assert len({repr(sorted(trial.params.items())) for trial in outcome.trials}) == n_trials


@few
@given(makers, scores, orders, st.integers(0, 26))
def test_an_interrupt_keeps_what_had_finished(make, evaluate, order, at):
    """The signal comes as fold number `at` is run, in the calling thread."""
    n_run = 0

    def interrupted(task, token):
        nonlocal n_run
        n_run += 1
        if n_run == at + 1:
            raise KeyboardInterrupt
        return evaluate(task, token)

    strategy = Told(make({"x": Float(0, 1)}))
    outcome, kept, _ = run(strategy, interrupted, order, n_trials=3)
    assert outcome.stop_reason == ("interrupted" if n_run == at + 1 else "complete")
    n_finished = sum(fold is not None for trial in outcome.trials for fold in trial.folds)
    assert n_finished == len(kept) == len({(result.number, result.fold) for result in kept})
    assert {trial.status for trial in outcome.trials} <= {"complete", "failed", "stopped"}
