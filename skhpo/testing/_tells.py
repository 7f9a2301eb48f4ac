"""Claims about what `tell` takes: any score is survived, what is none is refused."""

from __future__ import annotations

import dataclasses
import math
from itertools import cycle, islice
from typing import Any

import numpy as np

from skhpo._strategy import Strategy
from skhpo._trial import Candidate, Status
from skhpo.testing._check import Make, StrategyCheck, each, require, require_refusal, single
from skhpo.testing._schedule import run, score_of
from skhpo.testing._spaces import SPACES, explain_params

NAN, INF = math.nan, math.inf

# Repeated as often as there are trials; a number n in place of a score is that of trial n.
SCORES: dict[str, list[float]] = {
    "some failed": [0.3, NAN, 0.5, NAN, NAN, 0.4],
    "all failed": [NAN],
    "first ones failed": [NAN] * 10 + [0.1, 0.2],
    "minus infinity": [0.3, -INF, 0.5],
    "infinity": [0.3, INF, 0.5],
    "only infinities": [INF, -INF],
    "all kinds": [1e100, -1e100, NAN, INF, -INF, 0.0],
    "constant": [0.5],
    "constant but one": [0.5] * 15 + [0.6],
    "tied": [0.4, 0.5, 0.5, 0.4],
    "tiny": [i * 1e-100 for i in range(7)],
    "huge": [i * 1e100 for i in range(7)],
    "largest": [1.7e308, -1.7e308, 0.0],
    "smallest": [5e-324, 0.0, -5e-324],
    "close": [1.0 + i * 2.0**-52 for i in range(5)],
    "close far away": [1e15 + i / 8 for i in range(5)],
    "an outlier": [0.4, 0.41, 0.39, 0.405, 0.42, 1e6, 0.43, 0.38],
    "an outlier below": [0.4, 0.41, 0.39, 0.405, 0.42, -1e6, 0.43, 0.38],
}
STATUSES: tuple[Status, ...] = ("complete", "stopped", "failed", "timed_out")


def scores_are_survived(make: Make, case: str) -> None:
    """Whatever is told, the next candidates are of the space."""
    for space in (SPACES["mixed"](), SPACES["conditional"]()):
        strategy = make(space, 0)
        for score in islice(cycle(SCORES[case]), 16):
            strategy.tell(strategy.ask(), score)
        _require_goes_on(strategy, space, f"after scores such as {SCORES[case][:6]}")


def noise_is_taken(make: Make) -> None:
    """`noise` may be any finite number that is not negative."""
    space = SPACES["mixed"]()
    strategy = make(space, 0)
    for noise in islice(cycle([None, 0.0, 0.1, 1e-300, 1e6, 1e300]), 16):
        candidate = strategy.ask()
        strategy.tell(candidate, score_of(candidate.params), noise=noise)
    _require_goes_on(strategy, space, "after noise from 0 to 1e300")


def status_is_taken(make: Make) -> None:
    """`status` says how a trial ended; all of the study's are known."""
    space = SPACES["mixed"]()
    strategy = make(space, 0)
    for status in islice(cycle(STATUSES), 16):
        candidate = strategy.ask()
        score = math.nan if status == "failed" else score_of(candidate.params)
        strategy.tell(candidate, score, status=status)
    _require_goes_on(strategy, space, f"after the statuses {STATUSES}")


def a_candidate_may_be_told_again(make: Make) -> None:
    """A candidate told at a budget may be told again at a larger one."""
    space = SPACES["mixed"]()
    strategy = make(space, 0)
    for budget in islice(cycle([0.1, 0.5, 1.0]), 12):
        candidate = strategy.ask()
        strategy.tell(candidate, math.nan, budget=0.05)
        strategy.tell(candidate, score_of(candidate.params), budget=budget)
    _require_goes_on(strategy, space, "after candidates were told twice")


def real_numbers_are_scores(make: Make) -> None:
    """Ints and numpy's numbers are scores."""
    strategy = make(SPACES["floats"](), 0)
    for score in (1, np.float32(0.5), np.float64(0.25), np.int64(2)):
        # Signatures say float; what people pass is any of these.
        number: Any = score
        strategy.tell(strategy.ask(), number)
    _require_goes_on(strategy, SPACES["floats"](), "after ints and numpy numbers")


def many_may_be_told_at_once(make: Make) -> None:
    """Three hundred candidates are asked, then told, then one more is asked."""
    space = SPACES["mixed"]()
    strategy = make(space, 0)
    run(strategy, 300, n_pending=300)
    _require_goes_on(strategy, space, "after 300 trials told at once", n=1)


def no_number_is_refused(make: Make) -> None:
    """What is not a number is no score; refusing it leaves the strategy as it was."""
    strategy = make(SPACES["floats"](), 0)
    candidate = strategy.ask()
    for score in ("0.5", None, [0.5], 1j):
        wrong: Any = score
        require_refusal(
            lambda: strategy.tell(candidate, wrong),  # noqa: B023 - called at once
            (TypeError, ValueError),
            f"`tell` with the score {score!r}",
        )
    strategy.tell(candidate, 0.5)
    _require_goes_on(strategy, SPACES["floats"](), "after scores that were refused")


def params_alone_are_refused(make: Make) -> None:
    """What is told is a Candidate, not its parameters."""
    strategy = make(SPACES["floats"](), 0)
    params: Any = strategy.ask().params
    require_refusal(
        lambda: strategy.tell(params, 0.5), (TypeError, ValueError), "`tell` with params"
    )


def unknown_number_is_refused(make: Make) -> None:
    """A candidate of a number that was never asked is refused."""
    strategy = make(SPACES["floats"](), 0)
    candidate = strategy.ask()
    for number in (-1, 1, 99):
        foreign = dataclasses.replace(candidate, number=number)
        _require_foreign_is_refused(strategy, foreign, f"number {number} after one ask")


def foreign_names_are_refused(make: Make) -> None:
    """A candidate of another space is refused."""
    strategy = make(SPACES["floats"](), 0)
    strategy.ask()
    _require_foreign_is_refused(strategy, Candidate(0, {"other": 1.0}), "another space's names")


def foreign_values_are_refused(make: Make) -> None:
    """A candidate of another strategy is refused, though number and names agree."""
    strategy = make(SPACES["floats"](), 0)
    candidate = strategy.ask()
    foreign = dataclasses.replace(candidate, params={"x": 0.123, "y": 4.56})
    _require_foreign_is_refused(strategy, foreign, "the same number and other values")


def _require_foreign_is_refused(strategy: Strategy, candidate: Candidate, what: str) -> None:
    """Require that telling a candidate that was not asked raises."""
    require_refusal(
        lambda: strategy.tell(candidate, 0.5),
        (TypeError, ValueError, KeyError),
        f"`tell` with a candidate that was not asked, {what},",
    )


def _require_goes_on(strategy: Strategy, space: Any, when: str, n: int = 2) -> None:
    """Require that the next candidates are of the space."""
    for _ in range(n):
        candidate = strategy.ask()
        fault = explain_params(space, candidate.params)
        require(fault is None, f"{candidate.params!r}, asked {when}, is not of the space: {fault}.")


CHECKS: tuple[StrategyCheck, ...] = (
    *each(scores_are_survived, SCORES),
    *single(
        noise_is_taken,
        status_is_taken,
        a_candidate_may_be_told_again,
        real_numbers_are_scores,
        many_may_be_told_at_once,
        no_number_is_refused,
        params_alone_are_refused,
        unknown_number_is_refused,
        foreign_names_are_refused,
        foreign_values_are_refused,
    ),
)
