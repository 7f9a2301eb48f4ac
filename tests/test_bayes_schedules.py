"""The Bayesian strategy on spaces, scores and orders of asking and telling drawn at random."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from skhpo import BayesStrategy, Categorical, Float, Int, SpaceExhaustedError
from skhpo.testing._spaces import count_dicts, explain_params

domains = st.one_of(
    st.builds(lambda low, width: Float(low, low + width), st.floats(-9, 9), st.floats(1e-3, 9)),
    st.builds(lambda low: Float(low, 100 * low, log=True), st.floats(1e-6, 10)),
    st.builds(lambda low, n: Int(low, low + n), st.integers(-5, 5), st.integers(1, 40)),
    st.builds(lambda n: Int(1, n, log=True), st.integers(2, 10**6)),
    st.lists(st.sampled_from([1, 2.5, "a", None, (1,), True]), min_size=1, max_size=4, unique=True),
    st.builds(lambda n: Categorical(list("abcdef"[:n]), ordered=True), st.integers(1, 6)),
)
parts = st.dictionaries(st.sampled_from("abcdef"), domains, max_size=4)
spaces = parts | st.lists(parts, min_size=1, max_size=3)
scores = st.one_of(
    st.floats(allow_nan=True, allow_infinity=True),
    st.floats(-1, 1),
    st.sampled_from([0.0, 0.5, math.nan]),
)
# Ask (None), or tell a score to the pending trial of that place, modulo their number.
schedules = st.lists(st.none() | st.tuples(st.integers(0, 9), scores), min_size=4, max_size=24)


def play(space, seed, schedule):
    """Candidates of a schedule; what is told to nobody is left out."""
    strategy = BayesStrategy(space, random_state=seed)
    asked, pending = [], []
    for step in schedule:
        if step is not None and pending:
            strategy.tell(pending.pop(step[0] % len(pending)), step[1])
        elif step is None:
            try:
                asked.append(strategy.ask())
            except SpaceExhaustedError:
                assert len(asked) == strategy.n_candidates
                continue
            pending.append(asked[-1])
    return asked


@given(spaces, st.integers(0, 99), schedules)
def test_any_schedule_gives_candidates_of_the_space_once_each(space, seed, schedule):
    asked = play(space, seed, schedule)
    assert [candidate.number for candidate in asked] == list(range(len(asked)))
    for candidate in asked:
        assert explain_params(space, candidate.params) is None
        n_equal = sum(
            # 1, 1.0 and True are choices of their own.
            repr(sorted(other.params.items())) == repr(sorted(candidate.params.items()))
            for other in asked
        )
        assert n_equal <= max(1, count_dicts(space, candidate.params))


@given(spaces, st.integers(0, 99), schedules)
def test_any_schedule_can_be_played_again(space, seed, schedule):
    assert play(space, seed, schedule) == play(space, seed, schedule)
