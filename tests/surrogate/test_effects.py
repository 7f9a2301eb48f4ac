"""Main effects are orthonormal over each column, vanish where inactive, and have slopes."""

from __future__ import annotations

import numpy as np
import pytest

from skhpo._surrogate import make_proposer
from skhpo._surrogate.effects import DEGREE_VARIANCES, MainEffects
from tests.surrogate.cubes import SPACES, draw


def effects_of(name, n, seed=0):
    drawn = draw(name, n, seed)
    return make_proposer(drawn.space, drawn.space.n_candidates).kernel.effects, drawn.U


def test_polynomials_are_orthogonal_and_of_their_variances():
    # Gauss-Legendre quadrature of 4 nodes is exact for products of cubics.
    nodes, weights = np.polynomial.legendre.leggauss(4)
    E = MainEffects((0,)).features((nodes[:, np.newaxis] + 1) / 2)
    gram = (E * weights[:, np.newaxis] / 2).T @ E
    np.testing.assert_allclose(gram, np.diag(DEGREE_VARIANCES), atol=1e-14)
    np.testing.assert_allclose(weights @ E, 0.0, atol=1e-14)


def test_contrasts_of_a_category_are_centred_and_of_length_one():
    E = MainEffects((4,)).features(np.array([[0.125], [0.375], [0.625], [0.875]]))
    np.testing.assert_allclose(E.sum(axis=0), 0.0, atol=1e-14)
    np.testing.assert_allclose((E**2).sum(axis=1), 1.0)
    # Any two levels are equally unlike.
    assert np.unique(np.round((E @ E.T)[~np.eye(4, dtype=bool)], 12)).size == 1


def test_inactive_columns_have_no_effect():
    effects, U = effects_of("conditional", 40)
    E, slopes = effects.features(U), effects.slopes(U)
    inactive = np.isnan(U)[:, effects.owner]
    assert inactive.any()
    assert np.all(E[inactive] == 0)
    assert np.all(slopes[inactive] == 0)


@pytest.mark.parametrize("name", SPACES)
def test_slopes_equal_finite_differences(name):
    effects, U = effects_of(name, 6)
    numeric = [c for c, n in enumerate(effects.n_levels) if not n]
    slopes = effects.slopes(U)
    for column in numeric:
        step = np.zeros_like(U)
        step[:, column] = 1e-6
        difference = (effects.features(U + step) - effects.features(U - step)) / 2e-6
        mine = effects.owner == column
        np.testing.assert_allclose(slopes[:, mine], difference[:, mine], atol=1e-7)
    others = ~np.isin(effects.owner, numeric)
    assert np.all(slopes[:, others] == 0)
