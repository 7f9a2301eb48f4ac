"""Chance of success and the belief in interior optima: values, gradients, invariances."""

from __future__ import annotations

import numpy as np
import pytest

from skhpo._surrogate import make_proposer
from skhpo._surrogate.feasibility import Feasibility
from skhpo._surrogate.interior import EDGE, STRENGTH, make_interior
from tests.surrogate.cubes import SPACES, draw


def make_beliefs(name):
    """Both beliefs of a space, after 20 trials of which a third failed."""
    drawn = draw(name, 20)
    embedding = make_proposer(drawn.space, drawn.space.n_candidates).kernel.embedding
    succeeded = np.arange(20) % 3 > 0
    n_active = int(drawn.space.active.sum(axis=1).max())
    return (
        Feasibility(embedding, n_active, drawn.U, succeeded),
        make_interior(embedding.n_levels, 20),
    )


@pytest.mark.parametrize("name", SPACES)
@pytest.mark.parametrize("which", [0, 1], ids=["feasibility", "interior"])
def test_slopes_equal_finite_differences(name, which):
    belief = make_beliefs(name)[which]
    drawn = draw(name, 8, seed=2)
    value, by_U = belief.slopes(drawn.U)
    np.testing.assert_allclose(value, belief.log_belief(drawn.U), atol=1e-12)
    for column, described in enumerate(drawn.space.columns):
        if described.kind == "categorical":
            assert np.all(by_U[:, column] == 0)
            continue
        step = np.zeros_like(drawn.U)
        step[:, column] = 1e-6
        up, down = belief.log_belief(drawn.U + step), belief.log_belief(drawn.U - step)
        np.testing.assert_allclose(by_U[:, column], (up - down) / 2e-6, rtol=1e-4, atol=1e-6)


def test_chance_is_low_among_failures_and_the_overall_share_far_from_all():
    floats = draw("floats", 1)
    embedding = make_proposer(floats.space, None).kernel.embedding
    failures, successes = np.full((6, 3), 0.1), np.full((6, 3), 0.9)
    V, succeeded = np.vstack([failures, successes]), np.repeat([False, True], 6)
    feasibility = Feasibility(embedding, 1, V, succeeded)
    at_failures, at_successes, far = np.exp(
        feasibility.log_belief(np.array([[0.1] * 3, [0.9] * 3, [0.1, 0.9, 30.0]]))
    )
    assert at_failures < 0.15
    assert at_successes > 0.85
    assert far == pytest.approx(0.5)


def test_a_failure_is_doubted_by_its_neighbours():
    floats = draw("floats", 1)
    embedding = make_proposer(floats.space, None).kernel.embedding
    V = np.vstack([np.full((4, 3), 0.1), np.full((4, 3), 0.9), np.full((1, 3), 0.9)])
    succeeded = np.array([False] * 4 + [True] * 4 + [False])
    doubts = Feasibility(embedding, 1, V, succeeded).doubts(V[~succeeded])
    np.testing.assert_allclose(doubts[:4], 1.0)
    assert doubts[4] < 0.2


def test_belief_is_least_at_the_ends_and_fades_with_trials():
    U = np.array([[0.0, 0.5], [0.5, 0.5], [0.5, 1.0], [1.0, 1.0]])
    early, late = make_interior((0, 0), 10), make_interior((0, 0), 1000)
    ends = STRENGTH / 10 * np.log(EDGE / (1 + EDGE))
    relative = early.log_belief(U) - early.log_belief(U[1:2])
    np.testing.assert_allclose(relative, [ends, 0.0, ends, 2 * ends])
    relative = late.log_belief(U) - late.log_belief(U[1:2])
    np.testing.assert_allclose(relative, np.array([ends, 0.0, ends, 2 * ends]) / 100)


def test_categories_and_inactive_columns_neither_gain_nor_lose():
    interior = make_interior((0, 3), 10)
    middle = interior.log_belief(np.array([[0.5, 0.1], [0.5, 0.9], [np.nan, 0.5]]))
    np.testing.assert_allclose(middle, middle[0])
