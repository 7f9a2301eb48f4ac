"""Variances of effects beside their closed forms."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from skhpo._anova import DEGREE, PAIR_DEGREE, decompose, make_basis, positions, spread_codes

RNG = np.random.default_rng


def bases_of(n_columns, levels=()):
    """Bases of columns of numbers, and of categories of so many levels."""
    grid = positions()
    made = [(make_basis(grid, False, DEGREE), make_basis(grid, False, PAIR_DEGREE))] * n_columns
    for n in levels:
        snapped = (np.floor(grid * n) + 0.5) / n
        made.append((make_basis(snapped, True, DEGREE), make_basis(snapped, True, PAIR_DEGREE)))
    return made


@pytest.mark.parametrize(
    ("is_categorical", "n_levels", "n_functions"),
    [(False, None, DEGREE), (False, 4, 3), (True, 5, 4), (True, 2, 1), (False, 1, 0)],
)
def test_a_basis_is_orthonormal_over_the_columns_own_distribution(
    is_categorical, n_levels, n_functions
):
    u = positions()
    u = u if n_levels is None else (np.floor(u * n_levels) + 0.5) / n_levels
    phi = make_basis(u, is_categorical, DEGREE).evaluate(u)
    assert phi.shape == (len(u), n_functions)
    np.testing.assert_allclose(phi.mean(axis=0), 0.0, atol=1e-12)
    np.testing.assert_allclose(phi.T @ phi / len(u), np.eye(n_functions), atol=1e-10)


def test_effects_of_a_polynomial_are_exact():
    # a + 2 b**2 + 3 (a - 1/2) (b - 1/2) on the unit square: variances 1/12, 4 * 4/45 and 9/144,
    # but for the thousand positions at which a column is seen.
    u = spread_codes(800, 3, RNG(0))
    a, b, _ = u.T
    F = (a + 2 * b**2 + 3 * (a - 0.5) * (b - 0.5))[np.newaxis]
    effects = decompose(F, u, bases_of(3), list(combinations(range(3), 2)))
    np.testing.assert_allclose(effects.single[:, 0], [1 / 12, 16 / 45, 0.0], 1e-5, 1e-12)
    assert effects.total[0] == pytest.approx(1 / 12 + 16 / 45 + 9 / 144, 1e-5)
    assert effects.mean[0] == pytest.approx(0.5 + 2 / 3)
    assert effects.pairs[0, 1][0] == pytest.approx(9 / 144, 1e-5)
    assert max(effects.pairs[0, 2][0], effects.pairs[1, 2][0]) < 1e-12


def test_a_category_that_turns_the_sign_is_an_interaction():
    u = spread_codes(600, 2, RNG(0))
    u[:, 1] = (np.floor(u[:, 1] * 2) + 0.5) / 2
    F = ((u[:, 0] - 0.5) * np.where(u[:, 1] < 0.5, -1.0, 1.0))[np.newaxis]
    effects = decompose(F, u, bases_of(1, levels=[2]), [(0, 1)])
    np.testing.assert_allclose(effects.single[:, 0], 0.0, atol=1e-12)
    assert effects.pairs[0, 1][0] == pytest.approx(1 / 12)


def test_pairs_beyond_what_the_codes_resolve_are_left_out_from_the_last():
    u = spread_codes(100, 4, RNG(0))
    pairs = list(combinations(range(4), 2))
    effects = decompose(u[np.newaxis, :, 0], u, bases_of(4), pairs)
    # Half of 100 codes, less four columns of eight functions, hold one pair of sixteen.
    assert list(effects.pairs) == [(0, 1)]


def test_codes_are_even_in_each_column():
    u = spread_codes(50, 3, RNG(0))
    np.testing.assert_allclose(np.sort(u, axis=0), np.tile((np.arange(50) + 0.5) / 50, (3, 1)).T)
