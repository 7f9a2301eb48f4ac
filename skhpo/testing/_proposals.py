"""Claims about what `ask` gives."""

from __future__ import annotations

import math
import typing
from collections import Counter
from typing import Any

from joblib import parallel_config

from skhpo._maximize import maximize
from skhpo._strategy import Strategy
from skhpo._trial import Candidate, Origin
from skhpo.exceptions import SpaceExhaustedError
from skhpo.testing._check import Make, StrategyCheck, each, require, require_refusal, single
from skhpo.testing._schedule import at_most, identify, run, score_of
from skhpo.testing._spaces import (
    ENDLESS,
    FINITE,
    SPACES,
    count_dicts,
    dicts_of,
    explain_params,
    is_listed,
)

ORIGINS = typing.get_args(Origin)


def params_are_of_the_space(make: Make, case: str) -> None:
    """Parameters are of one dict of the space, choices the very objects given."""
    space = SPACES[case]()
    for n_pending in (1, 3):
        for candidate in run(make(space, 0), 14, n_pending=n_pending):
            fault = explain_params(space, candidate.params)
            require(
                fault is None,
                f"Candidate {candidate.number} is not of the space, {candidate.params!r}: {fault}.",
            )


def description_is_left_alone(make: Make, case: str) -> None:
    """A strategy does not change the description that it is given."""
    space = SPACES[case]()
    before = [dict(part) for part in dicts_of(space)]
    items = [_items(part) for part in before]
    run(make(space, 0), 8)
    after = dicts_of(space)
    is_same = [part.keys() for part in before] == [part.keys() for part in after] and all(
        len(mine) == len(theirs) and all(a is b for a, b in zip(mine, theirs, strict=True))
        for mine, theirs in zip(items, map(_items, after), strict=True)
    )
    require(is_same, f"The description of the space was changed, to {space!r}.")


def _items(part: Any) -> list[Any]:
    """Domains of a dict, and the items of those that are lists."""
    found = list(part.values())
    return found + [item for domain in found if isinstance(domain, list) for item in domain]


def candidates_are_values(make: Make) -> None:
    """`ask` gives a Candidate with an origin and a budget that the study knows."""
    for candidate in run(make(SPACES["mixed"](), 0), 14):
        require(
            isinstance(candidate, Candidate),
            f"`ask` must return a skhpo.Candidate, got {candidate!r}.",
        )
        require(
            candidate.origin in ORIGINS,
            f"`origin` must be among {ORIGINS}, got {candidate.origin!r}.",
        )
        budget = candidate.budget
        require(
            budget is None or 0 < budget <= 1,
            f"`budget` must be None or a share in (0, 1], got {budget!r}.",
        )


def numbers_count_up(make: Make) -> None:
    """Candidates are numbered from 0 in the order of asking, whatever is pending."""
    for n_pending in (1, 4, 14):
        candidates = run(make(SPACES["mixed"](), 0), 14, n_pending=n_pending)
        found = [candidate.number for candidate in candidates]
        require(
            found == list(range(14)),
            f"With {n_pending} pending, numbers must count up from 0, got {found}.",
        )


def candidates_do_not_repeat(make: Make, case: str) -> None:
    """No candidate is proposed twice while others remain, with 32 pending too."""
    strategy = make(SPACES[case](), 0)
    candidates = run(strategy, 10)
    candidates += [strategy.ask() for _ in range(at_most(strategy, 42) - len(candidates))]
    _require_few_repeats(SPACES[case](), candidates)


def _require_few_repeats(space: Any, candidates: list[Candidate]) -> None:
    """Require that each candidate came at most once for each dict that has it."""
    counts = Counter(identify(candidate.params) for candidate in candidates)
    params = {identify(candidate.params): candidate.params for candidate in candidates}
    for which, count in counts.items():
        allowed = count_dicts(space, params[which]) if count > 1 else 1
        require(
            count <= allowed,
            f"{params[which]!r} was proposed {count} times in {len(candidates)} candidates; "
            f"{allowed} dicts of the space have it.",
        )


def finite_space_is_exhausted(make: Make, case: str) -> None:
    """`n_candidates` asks succeed without repeats; then SpaceExhaustedError."""
    space = SPACES[case]()
    strategy = make(space, 0)
    if strategy.n_candidates is None:
        # It draws with replacement, and may do so for ever.
        run(strategy, 150)
        return
    n = strategy.n_candidates
    if is_listed(space):
        cells = sum(math.prod(map(len, part.values())) for part in dicts_of(space))
        require(n == cells, f"`n_candidates` must be {cells} for {space!r}, got {n}.")
    candidates = run(strategy, n, n_pending=3)
    _require_few_repeats(space, candidates)
    for _ in range(2):
        require_refusal(strategy.ask, (SpaceExhaustedError,), f"`ask` after all {n} candidates")
    # A search ends so with trials still running.
    strategy.tell(candidates[-1], 0.5)


def attributes_are_those_of_a_strategy(make: Make) -> None:
    """`learns` is a bool; `n_candidates` None or a count; it does not change with asks."""
    for case in ("floats", "lists"):
        strategy: Strategy = make(SPACES[case](), 0)
        learns: Any = strategy.learns
        require(isinstance(learns, bool), f"`learns` must be True or False, got {learns!r}.")
        n: Any = strategy.n_candidates
        require(
            n is None or (isinstance(n, int) and n > 0),
            f"`n_candidates` must be None or a positive int, got {n!r}.",
        )
        run(strategy, 3)
        require(
            strategy.n_candidates == n,
            f"`n_candidates` must not change with asks, got {n!r}, then {strategy.n_candidates!r}.",
        )


def maximize_runs_it(make: Make) -> None:
    """`skhpo.maximize` takes the strategy, with one worker and with two."""
    for n_jobs in (1, 2):
        # Threads, because processes would take a second to start.
        with parallel_config(backend="threading"):
            result = maximize(
                _call,
                None,
                strategy=make(SPACES["floats"](), 0),
                n_iter=6,
                n_jobs=n_jobs,
                random_state=0,
            )
        require(len(result.trials) == 6, f"6 trials were wanted, got {len(result.trials)}.")


def _call(**params: Any) -> float:
    """Score of keyword arguments."""
    return score_of(params)


CHECKS: tuple[StrategyCheck, ...] = (
    *each(params_are_of_the_space, SPACES),
    *each(candidates_do_not_repeat, ENDLESS),
    *each(finite_space_is_exhausted, FINITE),
    *each(description_is_left_alone, ("mixed", "objects", "conditional")),
    *single(
        candidates_are_values,
        numbers_count_up,
        attributes_are_those_of_a_strategy,
        maximize_runs_it,
    ),
)
