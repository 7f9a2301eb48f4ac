"""Claims about what proposals depend on: the space, the seed, what was told and is pending."""

from __future__ import annotations

import copy
import pickle
import random
from collections.abc import Callable, Iterable

import numpy as np

from skhpo._strategy import Strategy
from skhpo._trial import Candidate
from skhpo.testing._check import Make, StrategyCheck, each, require, single
from skhpo.testing._schedule import Score, at_most, run, score_of, show
from skhpo.testing._spaces import SPACES

KINDS = ("floats", "mixed", "conditional", "integers", "distributions", "lists", "forty")


def same_seed_gives_same_proposals(make: Make, case: str) -> None:
    """Two strategies of one space, seed and sequence of scores propose the same."""
    first, second = (show(run(make(SPACES[case](), 7), 14, n_pending=2)) for _ in range(2))
    _require_same(first, second, "one seed", "the same seed")


def other_seed_gives_other_proposals(make: Make, case: str) -> None:
    """Another seed gives other proposals."""
    found = {tuple(show(run(make(SPACES[case](), seed), 12))) for seed in range(3)}
    require(len(found) == 3, f"Seeds 0, 1 and 2 gave {len(found)} different sequences, not 3.")


def order_of_tells_does_not_matter(make: Make, case: str) -> None:
    """Trials told in any order give the same proposals, others pending or none."""
    for n_told in (10, 7):
        in_order = list(range(n_told))
        # 3 divides neither 10 nor 7, so that each is told once.
        orders = (in_order, in_order[::-1], [(3 * i + 2) % n_told for i in in_order])
        found = [_ask_after(make(SPACES[case](), 0), order) for order in orders]
        _require_same(found[0], found[1], "tells in order", f"the reverse, {n_told} told")
        _require_same(found[0], found[2], "tells in order", f"a mixed order, {n_told} told")


def _ask_after(strategy: Strategy, order: Iterable[int]) -> list[str]:
    """Ask ten candidates, tell those of `order`, and show what comes next."""
    candidates = [strategy.ask() for _ in range(at_most(strategy, 10))]
    for i in order:
        if i < len(candidates):
            strategy.tell(candidates[i], score_of(candidates[i].params))
    n_left = at_most(strategy, 13) - len(candidates)
    return show([strategy.ask() for _ in range(n_left)])


def global_random_state_is_left_alone(make: Make) -> None:
    """Neither numpy's nor Python's global generator is drawn from or seeded."""
    before = random.getstate(), repr(np.random.get_state())  # noqa: NPY002 - it is looked at
    run(make(SPACES["mixed"](), 0), 14)
    run(make(SPACES["lists"](), 0), 8)
    after = random.getstate(), repr(np.random.get_state())  # noqa: NPY002 - as above
    require(before[0] == after[0], "The global state of `random` was changed.")
    require(before[1] == after[1], "The global state of `numpy.random` was changed.")


def global_random_state_does_not_matter(make: Make) -> None:
    """Proposals are the same whatever the global generators' state."""
    kept = random.getstate(), np.random.get_state()  # noqa: NPY002 - it is put back
    try:
        found = []
        for seed in (1, 2):
            random.seed(seed)
            np.random.seed(seed)  # noqa: NPY002 - a strategy that draws from it is found out
            found.append(show(run(make(SPACES["mixed"](), 0), 14)))
    finally:
        random.setstate(kept[0])
        np.random.set_state(kept[1])  # noqa: NPY002 - as above
    _require_same(found[0], found[1], "one global seed", "another global seed")


def pickled_copy_goes_on_alike(make: Make, case: str) -> None:
    """A strategy pickled with trials pending goes on as the original does."""
    _require_copy_goes_on(make(SPACES[case](), 0), lambda s: pickle.loads(pickle.dumps(s)))


def deep_copy_goes_on_alike(make: Make, case: str) -> None:
    """A deep copy made with trials pending goes on as the original does."""
    _require_copy_goes_on(make(SPACES[case](), 0), copy.deepcopy)


def _require_copy_goes_on(strategy: Strategy, duplicate: Callable[[Strategy], Strategy]) -> None:
    """Require that a copy, made in the middle, and its original propose the same."""
    candidates = [strategy.ask() for _ in range(at_most(strategy, 10))]
    for candidate in candidates[:7]:
        strategy.tell(candidate, score_of(candidate.params))
    copied = duplicate(strategy)
    found = [_go_on(each_one, candidates[7:]) for each_one in (strategy, copied)]
    _require_same(found[0], found[1], "the original", "its copy")


def _go_on(strategy: Strategy, pending: list[Candidate]) -> list[str]:
    """Tell what is pending, and show what comes next."""
    for candidate in pending:
        strategy.tell(candidate, score_of(candidate.params))
    # A finite space has less left than its number says.
    n_left = at_most(strategy, 14) - at_most(strategy, 10)
    asked = []
    for _ in range(n_left):
        asked.append(strategy.ask())
        strategy.tell(asked[-1], score_of(asked[-1].params))
    return show(asked)


def replayed_strategy_goes_on_alike(make: Make, case: str) -> None:
    """One that was given its candidates by `replay` goes on as the one that proposed them.

    A strategy without `replay` passes: a search of it cannot be resumed.
    """
    space = SPACES[case]()
    first, second = make(space, 0), make(space, 0)
    if not hasattr(second, "replay"):
        return
    candidates = []
    for i in range(at_most(first, 10)):
        candidates.append(first.ask())
        found = second.replay(dict(candidates[i].params), candidates[i].origin)
        require(
            found.number == i and show([found]) == show([candidates[i]]),
            f"`replay` must return the candidate that it is given, number {i}, got {found!r}.",
        )
        if i >= 2:
            for strategy in (first, second):
                strategy.tell(candidates[i - 2], score_of(candidates[i - 2].params))
    found_both = [_go_on(strategy, candidates[-2:]) for strategy in (first, second)]
    _require_same(found_both[0], found_both[1], "the original", "the replayed one")


def learns_is_true_to_fact(make: Make) -> None:
    """Proposals depend on scores if, and only if, `learns` is true: the study relies on it."""
    strategy = make(SPACES["floats"](), 0)
    scores: tuple[Score, ...] = (lambda p: p["x"], lambda p: -p["x"], lambda p: float("nan"))
    found = {tuple(show(run(make(SPACES["floats"](), 0), 20, score=score))) for score in scores}
    if strategy.learns:
        require(len(found) > 1, "`learns` is True, yet opposite scores gave equal proposals.")
    else:
        require(len(found) == 1, "`learns` is False, yet proposals depend on the scores told.")


def _require_same(first: list[str], second: list[str], this: str, that: str) -> None:
    """Require equal proposals; say where they part."""
    for i, (a, b) in enumerate(zip(first, second, strict=True)):
        require(a == b, f"Proposals of {this} and of {that} differ first at number {i}: {a}, {b}.")


SEEDED: tuple[StrategyCheck, ...] = each(
    other_seed_gives_other_proposals, ("floats", "mixed", "conditional", "distributions")
)
CHECKS: tuple[StrategyCheck, ...] = (
    *each(same_seed_gives_same_proposals, KINDS),
    *each(order_of_tells_does_not_matter, KINDS),
    *each(pickled_copy_goes_on_alike, (*KINDS, "objects")),
    *each(deep_copy_goes_on_alike, (*KINDS, "objects")),
    *each(replayed_strategy_goes_on_alike, (*KINDS, "objects")),
    *single(
        global_random_state_is_left_alone,
        global_random_state_does_not_matter,
        learns_is_true_to_fact,
    ),
)
