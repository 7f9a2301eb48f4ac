"""What is drawn: rows, groups, stretches of time, handfuls."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.model_selection import (
    GroupKFold,
    KFold,
    RepeatedKFold,
    ShuffleSplit,
    TimeSeriesSplit,
)

from skhpo._honesty.units import MAX_UNITS, is_time_ordered, make_units

ROWS = np.zeros((60, 1))


def validation_rows(splitter, groups=None, X=ROWS):
    """Validation rows by fold."""
    return tuple(test for _, test in splitter.split(X, groups=groups))


def row_units(units, tests):
    """The unit of each row that is validated on; fails if a row has two."""
    of_rows = {}
    for of, test in zip(units.of_entries, tests, strict=True):
        assert of.shape == test.shape
        for row, unit in zip(test.tolist(), of.tolist(), strict=True):
            assert of_rows.setdefault(row, unit) == unit
    return of_rows


@pytest.mark.parametrize("shuffle", [False, True])
def test_rows_are_units_of_their_own(shuffle):
    tests = validation_rows(KFold(5, shuffle=shuffle, random_state=0 if shuffle else None))
    units = make_units(tests)
    assert (units.n_units, units.noun) == (60, "rows")
    assert sorted(row_units(units, tests).values()) == list(range(60))


def test_a_row_of_several_folds_is_one_unit():
    tests = validation_rows(RepeatedKFold(n_splits=4, n_repeats=3, random_state=0))
    units = make_units(tests)
    assert units.n_units == 60
    assert sum(map(len, units.of_entries)) == 180
    assert len(set(row_units(units, tests).values())) == 60


def test_rows_that_no_fold_validates_on_are_none():
    tests = validation_rows(ShuffleSplit(2, test_size=6, random_state=0))
    units = make_units(tests)
    assert units.n_units == len(np.unique(np.concatenate(tests)))


@pytest.mark.parametrize("kind", [np.int64, str, object])
def test_a_group_is_a_unit(kind):
    groups = (np.arange(60) // 4).astype(kind)
    tests = validation_rows(GroupKFold(5), groups)
    units = make_units(tests, groups=groups)
    assert (units.n_units, units.noun) == (15, "groups")
    of_rows = row_units(units, tests)
    assert all((of_rows[a] == of_rows[b]) == (a // 4 == b // 4) for a in of_rows for b in of_rows)


def test_groups_may_be_a_list_and_span_folds():
    groups = (np.arange(60) % 7).tolist()
    tests = validation_rows(KFold(5))
    units = make_units(tests, groups=groups)
    assert units.n_units == 7
    of_rows = row_units(units, tests)
    assert all(of_rows[row] == of_rows[row % 7] for row in range(60))


def test_rows_in_the_order_of_time_are_drawn_in_stretches():
    tests = validation_rows(TimeSeriesSplit(5))
    units = make_units(tests, is_ordered=True)
    # 50 rows are validated on: stretches of the cube root, 4.
    assert units.noun == "stretches of 4 rows"
    assert units.n_units == 13
    of_rows = row_units(units, tests)
    assert [of_rows[row] for row in range(10, 60)] == [place // 4 for place in range(50)]


def test_groups_go_before_the_order_of_time():
    groups = np.arange(60) // 6
    units = make_units(validation_rows(TimeSeriesSplit(5)), groups=groups, is_ordered=True)
    assert units.noun == "groups"


def test_past_the_maximum_rows_are_put_together_evenly():
    n = 2 * MAX_UNITS + 100
    tests = validation_rows(KFold(3), X=np.zeros((n, 1)))
    units = make_units(tests, seed=1)
    assert (units.n_units, units.noun) == (MAX_UNITS, "handfuls of rows")
    sizes = np.bincount(np.concatenate(units.of_entries))
    assert set(sizes.tolist()) == {2, 3}
    again, other = make_units(tests, seed=1), make_units(tests, seed=2)
    assert all(map(np.array_equal, units.of_entries, again.of_entries))
    assert not all(map(np.array_equal, units.of_entries, other.of_entries))


def test_past_the_maximum_groups_stay_whole_and_time_stays_in_order():
    tests = validation_rows(KFold(5))
    groups = np.arange(60) // 2
    units = make_units(tests, groups=groups, max_units=10)
    assert (units.n_units, units.noun) == (10, "handfuls of groups")
    of_rows = row_units(units, tests)
    assert all(of_rows[row] == of_rows[row + 1] for row in range(0, 60, 2))
    ordered = make_units(tests, is_ordered=True, max_units=10)
    assert (ordered.n_units, ordered.noun) == (10, "stretches of 6 rows")


def test_blocks_are_of_one_fold_each():
    tests = validation_rows(KFold(5))
    units = make_units(tests, n_blocks=4)
    assert units.n_units == 20
    assert [sorted(set(of.tolist())) for of in units.of_entries] == [
        list(range(start, start + 4)) for start in range(0, 20, 4)
    ]
    # A fold of fewer rows has fewer.
    assert make_units((np.arange(3), np.arange(3, 20)), n_blocks=4).n_units == 7


def test_time_order_is_told_by_the_splits():
    assert is_time_ordered(list(TimeSeriesSplit(4).split(ROWS)))
    assert is_time_ordered(list(TimeSeriesSplit(4, gap=2, max_train_size=5).split(ROWS)))
    assert not is_time_ordered(list(KFold(4).split(ROWS)))
    # A single split at the end may be of any data.
    assert not is_time_ordered([(np.arange(40), np.arange(40, 60))])
    assert not is_time_ordered([(np.arange(0), np.arange(5))] * 2)
