"""Values of rows summed up to units."""

from __future__ import annotations

import numpy as np
import pytest

from skhpo._honesty.choice import draw_choice
from skhpo._honesty.columns import Columns
from skhpo._honesty.units import make_units


def add(tests, by_row, **keywords):
    """Columns of candidates with values of shape (n_rows, n_candidates)."""
    columns = Columns(make_units(tests, **keywords))
    for number, values in enumerate(by_row.T):
        columns.add(number, [values[test] for test in tests])
    return columns


def folds(n, k):
    """Validation rows of k folds."""
    return tuple(np.array_split(np.arange(n), k))


@pytest.mark.parametrize("k", [1, 3, 7, 20])
def test_the_mean_over_units_is_the_mean_of_fold_scores(k):
    tests, values = folds(20, k), np.random.default_rng(0).normal(size=(20, 4))
    columns = add(tests, values)
    expected = [np.mean([column[test].mean() for test in tests]) for column in values.T]
    # float32 values of about 1.
    np.testing.assert_allclose(columns.matrix.mean(axis=0), expected, atol=1e-6)


def test_rows_of_equal_folds_are_themselves():
    values = np.random.default_rng(0).normal(size=(20, 2))
    np.testing.assert_allclose(add(folds(20, 4), values).matrix, values, atol=1e-6)


def test_a_group_counts_by_its_rows():
    # Folds of 3 and 3 rows; groups of 1, 2 and 3 rows.
    groups = np.array([0, 1, 1, 2, 2, 2])
    values = np.array([[1.0, 0.0, 0.0, 1.0, 1.0, 0.0]]).T
    matrix = add(folds(6, 2), values, groups=groups).matrix[:, 0]
    # The mean is 1/2; of 3 units each deviates by its rows' sum of deviations, halved.
    np.testing.assert_allclose(matrix, [0.5 + 0.25, 0.5 - 0.5, 0.5 + 0.25], atol=1e-6)


@pytest.mark.parametrize("k", [5, 50])
@pytest.mark.parametrize("is_grouped", [False, True])
def test_folds_of_single_units_are_corrected_as_others_are(k, is_grouped):
    # 100 searches of 15 equal candidates worth .7, on 50 rows or groups of 3 of them, in
    # folds of ten or of one (leave-one-out). What is left of the optimism is the mean of
    # 100 corrected scores: 4 of its standard errors are allowed, a false failure in 1e-4.
    rng = np.random.default_rng(0)
    n = 150 if is_grouped else 50
    groups = np.arange(n) // 3 if is_grouped else None
    naive, corrected = [], []
    for seed in range(100):
        right = rng.random(size=(50, 15)) < 0.7
        values = (right[groups] if is_grouped else right).astype(float)
        matrix = add(folds(n, k), values, groups=groups).matrix
        naive.append(matrix.mean(axis=0).max() - 0.7)
        corrected.append(draw_choice(matrix, seed=seed, n_draws=100).score - 0.7)
    assert np.mean(naive) > 0.09
    assert abs(np.mean(corrected)) < 4 * np.std(corrected) / 10 < 0.03


def test_variances_of_folds_are_those_of_means_of_units():
    values = np.random.default_rng(0).normal(size=(40, 1))
    columns = add(folds(40, 2), values)
    expected = [values[test, 0].var(ddof=1) / 20 for test in folds(40, 2)]
    np.testing.assert_allclose(columns.row_variances[:, 0], expected)
    # Rows that are the same four times: groups of four are a fourth of the units.
    repeated = np.repeat(values[:10], 4, axis=0)
    grouped = add(folds(40, 2), repeated, groups=np.arange(40) // 4)
    expected = [repeated[test, 0].reshape(5, 4)[:, 0].var(ddof=1) / 5 for test in folds(40, 2)]
    np.testing.assert_allclose(grouped.row_variances[:, 0], expected)


def test_a_fold_of_one_unit_has_no_variance_of_its_own():
    assert np.isnan(add(folds(5, 5), np.ones((5, 1))).row_variances).all()
