"""The kernel agrees with scikit-learn's, and is positive semi-definite on every space."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.gaussian_process.kernels import Matern

from skhpo._surrogate import make_proposer
from skhpo._surrogate.kernels import column_distances, matern52
from tests.surrogate.cubes import CONDITIONAL, SPACES, central_difference, draw


def embed(name, n, seed=0):
    drawn = draw(name, n, seed)
    embedding = make_proposer(drawn.space, drawn.space.n_candidates).kernel.embedding
    return embedding, drawn.U


def distances_of(name, n, seed=0):
    embedding, U = embed(name, n, seed)
    return column_distances(embedding.features(U), embedding.owner, embedding.n_dims)


def test_correlation_equals_scikit_learns():
    X = np.random.default_rng(0).uniform(size=(20, 3))
    lengths = np.array([0.3, 1.0, 4.0])
    r2 = (((X[:, None] - X[None]) / lengths) ** 2).sum(axis=2)
    # Both evaluate one formula: rounding only.
    np.testing.assert_allclose(matern52(r2)[0], Matern(lengths, nu=2.5)(X), atol=1e-14)


def test_slope_equals_finite_differences():
    r2 = np.array([0.01, 0.3, 1.0, 7.0, 50.0])
    numeric = central_difference(lambda r2: matern52(r2)[0].sum(), r2)
    np.testing.assert_allclose(matern52(r2)[1], numeric, rtol=1e-7, atol=1e-10)


def test_correlation_is_finite_at_any_distance():
    correlation, slope = matern52(np.array([0.0, 1e-300, 1e10, 1e300]))
    np.testing.assert_array_equal(correlation, [1, 1, 0, 0])
    np.testing.assert_allclose(slope, [-5 / 6, -5 / 6, 0, 0])


def test_levels_of_a_category_are_equally_far():
    distances = distances_of("mixed", 40)
    _, U = embed("mixed", 40)
    column = next(
        i for i, c in enumerate(draw("mixed", 1).space.columns) if c.kind == "categorical"
    )
    differ = np.not_equal.outer(U[:, column], U[:, column])
    np.testing.assert_allclose(distances[column], differ.astype(float), atol=1e-15)


def test_inactive_columns_are_equally_far_from_all_values_and_not_from_each_other():
    _, U = embed("conditional", 40)
    distances = distances_of("conditional", 40)
    for column in range(U.shape[1]):
        inactive = np.isnan(U[:, column])
        np.testing.assert_allclose(distances[column][np.ix_(inactive, ~inactive)], 1.0)
        np.testing.assert_array_equal(distances[column][np.ix_(inactive, inactive)], 0.0)


def test_chords_of_a_conditional_number_are_its_differences_within_five_percent():
    drawn = draw("conditional", 200)
    names = [column.name for column in drawn.space.columns]
    u = drawn.U[:, names.index("gamma")]
    active = ~np.isnan(u)
    chords = np.sqrt(distances_of("conditional", 200)[names.index("gamma")])
    difference = np.abs(np.subtract.outer(u[active], u[active]))
    chords = chords[np.ix_(active, active)]
    assert np.all(chords <= difference + 1e-7)
    assert np.all(chords >= 0.95 * difference)


def test_a_branch_without_its_own_columns_shares_the_common_one():
    columns = [column.name for column in draw("conditional", 1).space.columns]
    # One column of C for three dicts, and one of the branch.
    assert len(columns) == len(set(columns)) == 5
    assert len(CONDITIONAL) == 3


@pytest.mark.parametrize("name", SPACES)
@given(seed=st.integers(0, 2**16), spread=st.floats(-3, 3))
def test_correlation_is_positive_semidefinite(name, seed, spread):
    distances = distances_of(name, 25, seed)
    w = np.exp(spread * np.random.default_rng(seed).standard_normal(len(distances)))
    correlation, _ = matern52(np.einsum("c,cij->ij", w, distances))
    # Rounding of eigenvalues whose sum is 25.
    assert np.linalg.eigvalsh(correlation).min() > -1e-12


@pytest.mark.parametrize("name", SPACES)
def test_feature_slopes_equal_finite_differences(name):
    embedding, U = embed(name, 6)
    numeric = ~np.array(embedding.n_levels, dtype=bool) & ~np.isnan(U[0])
    for column in np.flatnonzero(numeric):
        step = np.zeros_like(U)
        step[:, column] = 1e-6
        difference = (embedding.features(U + step) - embedding.features(U - step)) / 2e-6
        mine = embedding.owner == column
        np.testing.assert_allclose(embedding.slopes(U)[:, mine], difference[:, mine], atol=1e-8)
        assert np.all(difference[:, ~mine] == 0)
