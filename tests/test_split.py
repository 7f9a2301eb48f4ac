"""Rows divided in two: shares, classes, groups, seeds, and what cannot be divided."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
from sklearn.model_selection import (
    GroupShuffleSplit,
    KFold,
    PredefinedSplit,
    ShuffleSplit,
    train_test_split,
)

from skhpo._split import divide_rows

X = np.zeros((60, 2))
Y = np.repeat(["a", "b", "c"], [30, 20, 10])


def assert_divides(pair, n):
    development, test = pair
    assert len(development)
    assert len(test)
    assert_array_equal(np.sort(np.concatenate(pair)), np.arange(n))
    assert_array_equal(development, np.sort(development))
    assert_array_equal(test, np.sort(test))


# Without groups -----------------------------------------------------------------------


@pytest.mark.parametrize("size", [0.2, 0.33, 3, 13, np.float32(0.25), np.int64(7)])
@pytest.mark.parametrize("stratify", [False, True])
def test_rows_are_those_of_train_test_split(size, stratify):
    pair = divide_rows(X, Y, test_size=size, stratify=stratify, random_state=3)
    expected = train_test_split(
        np.arange(60),
        test_size=np.asarray(size).item(),
        stratify=Y if stratify else None,
        random_state=3,
    )
    assert_divides(pair, 60)
    for got, want in zip(pair, expected, strict=True):
        assert_array_equal(got, np.sort(want))


@pytest.mark.parametrize(
    "y",
    [
        pd.Series(Y),
        pd.Series(Y, dtype="category"),
        pl.Series(Y),
        Y.tolist(),
        Y.astype(object),
        Y.reshape(-1, 1),
        np.unique(Y, return_inverse=True)[1],
    ],
    ids=str,
)
def test_shares_of_classes_are_kept_in_every_container(y):
    _, test = divide_rows(X, y, test_size=0.2, stratify=True, random_state=0)
    assert [np.sum(Y[test] == label) for label in "abc"] == [6, 4, 2]


@pytest.mark.parametrize("y", [None, np.linspace(0, 1, 60), np.eye(3, dtype=int)[[0, 1, 2] * 20]])
def test_targets_without_classes_are_not_stratified(y):
    pair = divide_rows(X, y, test_size=0.2, stratify=True, random_state=0)
    assert_array_equal(pair[1], divide_rows(X, test_size=0.2, random_state=0)[1])


@given(st.integers(2, 50), st.data())
def test_every_size_leaves_rows_on_both_sides(n, data):
    size = data.draw(
        st.one_of(st.integers(1, n - 1), st.floats(1e-9, (n - 1) / n, exclude_min=True))
    )
    pair = divide_rows(np.zeros(n), test_size=size, random_state=0)
    assert_divides(pair, n)
    expected = size if isinstance(size, int) else int(np.ceil(size * n))
    assert len(pair[1]) == expected


def test_the_seed_decides_the_rows():
    first = divide_rows(X, test_size=0.5, random_state=0)[1]
    assert_array_equal(divide_rows(X, test_size=0.5, random_state=0)[1], first)
    rng = np.random.RandomState(0)
    assert_array_equal(divide_rows(X, test_size=0.5, random_state=rng)[1], first)
    assert not np.array_equal(divide_rows(X, test_size=0.5, random_state=rng)[1], first)
    assert not np.array_equal(divide_rows(X, test_size=0.5, random_state=1)[1], first)


# By group -----------------------------------------------------------------------------


@given(
    st.lists(st.integers(0, 8), min_size=2, max_size=60).filter(lambda g: len(set(g)) > 1),
    st.floats(0.05, 0.95),
    st.integers(0, 99),
)
def test_groups_stay_together_and_the_size_is_met_as_they_allow(groups, size, seed):
    groups = np.array(groups)
    n = len(groups)
    if not np.ceil(size * n) < n:
        return
    pair = divide_rows(np.zeros(n), test_size=size, groups=groups, random_state=seed)
    assert_divides(pair, n)
    assert not set(groups[pair[0]]) & set(groups[pair[1]])
    # No group more would have brought the number of rows nearer.
    missing = np.ceil(size * n) - len(pair[1])
    left = np.unique(groups[pair[0]], return_counts=True)[1]
    if len(left) > 1:
        assert left.min() > 2 * missing


def test_groups_of_unequal_size_meet_the_share_nearer_than_by_counting_groups():
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(30), rng.geometric(0.1, 30))
    n = len(groups)
    ours, theirs = [], []
    for seed in range(20):
        ours.append(len(divide_rows(groups, test_size=0.2, groups=groups, random_state=seed)[1]))
        splitter = GroupShuffleSplit(n_splits=1, test_size=0.2, random_state=seed)
        theirs.append(len(next(splitter.split(groups, groups=groups))[1]))
    assert np.abs(np.array(ours) - 0.2 * n).max() <= 2
    assert np.abs(np.array(theirs) - 0.2 * n).max() > 10


@pytest.mark.parametrize(
    "groups",
    [
        [f"g{number // 3}" for number in range(60)],
        pd.Series([number // 3 for number in range(60)]),
        pl.Series([number // 3 for number in range(60)]),
        [
            None if number < 3 else number // 3 if number < 30 else str(number)
            for number in range(60)
        ],
    ],
    ids=["texts", "pandas", "polars", "mixed"],
)
def test_groups_of_any_kind(groups):
    development, test = divide_rows(X, test_size=0.2, groups=groups, random_state=0)
    groups = list(groups)
    assert not {groups[row] for row in development} & {groups[row] for row in test}
    assert len(test) == 12


def test_classes_are_as_even_as_groups_allow():
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(40), 5)
    y = np.repeat(rng.permutation(np.repeat([0, 1], [32, 8])), 5)  # one class a group
    for seed in range(10):
        _, test = divide_rows(y, y, test_size=0.25, groups=groups, stratify=True, random_state=seed)
        assert len(test) == 50
        assert y[test].sum() == 10


def test_one_group_larger_than_the_rest_can_be_divided_off():
    groups = [0] * 50 + [1] * 10
    assert len(divide_rows(X, test_size=1, groups=groups, random_state=0)[1]) == 10
    assert len(divide_rows(X, test_size=0.9, groups=groups, random_state=0)[1]) in (10, 50)


def test_many_groups_take_one_draw():
    groups = np.arange(5000) // 2
    test = divide_rows(groups, test_size=0.2, groups=groups, random_state=0)[1]
    assert len(test) == 1000


# By a split of the user's -------------------------------------------------------------

HALVES = (np.arange(40), np.arange(40, 60))


@pytest.mark.parametrize(
    "test_split",
    [
        [HALVES],
        [(HALVES[0].tolist(), HALVES[1][::-1])],
        iter([HALVES]),
        [(np.arange(60) < 40, np.arange(60) >= 40)],
        PredefinedSplit(np.repeat([-1, 0], [40, 20])),
    ],
    ids=["pair", "lists", "iterator", "masks", "splitter"],
)
def test_split_of_the_users_own(test_split):
    development, test = divide_rows(X, test_split=test_split)
    assert_array_equal(development, HALVES[0])
    assert_array_equal(test, HALVES[1])


def test_rows_of_neither_part_are_left_out():
    development, test = divide_rows(X, test_split=[(np.arange(30), np.arange(35, 60))])
    assert len(development) + len(test) == 55


def test_a_splitter_gets_target_and_groups():
    groups = np.arange(60) // 3
    splitter = GroupShuffleSplit(n_splits=1, test_size=0.2, random_state=0)
    development, test = divide_rows(X, Y, test_split=splitter, groups=groups)
    assert not set(groups[development]) & set(groups[test])


# Messages -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"test_size": 0.0},
            r"`test_size` must be in \(0, 1\) if it is a float, got test_size=0.0",
        ),
        ({"test_size": 1.0}, r"must be in \(0, 1\) if it is a float, got test_size=1.0"),
        ({"test_size": float("nan")}, "got test_size=nan"),
        ({"test_size": 0}, "`test_size` must leave at least one row on each side, got test_size=0"),
        ({"test_size": 60}, r"got test_size=60, which is 60 of 60 rows; use .* from 1 to 59"),
        ({"test_size": 0.99}, "got test_size=0.99, which is 60 of 60 rows"),
        ({"test_size": 0.99, "parameter": "cv"}, "`cv` must leave .*, got cv=0.99"),
        ({"test_size": "0.2"}, r"`test_size` must be a float in \(0, 1\) or an int, got '0.2'"),
        ({"test_size": True}, "must be a float .* or an int, got True"),
        ({"test_size": 0.2, "test_split": [HALVES]}, "Only one of `test_size` and `test_split`"),
        ({"test_split": KFold(3)}, "`test_split` must give one pair .*, got 3 items from a KFold"),
        ({"test_split": ShuffleSplit(2)}, "must give one pair .*, got 2 items"),
        ({"test_split": HALVES}, r"got 2 items .*; use .* one pair: \[\(development, test\)\]"),
        ({"test_split": [1]}, "must give one pair .*, got 1 item from a list"),
        ({"test_split": []}, "must give one pair .*, got 0 items"),
        ({"test_split": [([0], [1], [2])]}, "must give one pair"),
        ({"test_split": [([0, 1], [1, 2])]}, "each row on one side, got 1 row on both"),
        ({"test_split": [([], [1, 2])]}, "each side, got 0 development and 2 test rows"),
        ({"test_split": [([0], [60])]}, "row numbers from 0 to 59, got 60 to 60"),
        ({"test_split": [([0], [-1])]}, "row numbers from 0 to 59, got -1 to -1"),
        ({"test_split": [([0, 0], [1])]}, "each row once, got 1 row more than once"),
        ({"test_split": [([0.5], [1])]}, "must give row numbers or masks .* dtype float64"),
        ({"test_split": [([[0]], [1])]}, r"must give row numbers or masks .* shape \(1, 1\)"),
        ({"test_size": 0.2, "groups": [1] * 60}, "`groups` must have two groups or more .*, got 1"),
        ({"test_size": 0.2, "groups": [1, 2]}, "one entry a row, got 2 entries for 60 rows"),
    ],
)
def test_what_cannot_be_divided_is_named(options, message):
    with pytest.raises(ValueError, match=message):
        divide_rows(X, Y, **options)


def test_a_wrong_kind_is_a_type_error_too():
    with pytest.raises(TypeError, match="`test_size` must be a float"):
        divide_rows(X, test_size=None)


@pytest.mark.parametrize(
    ("y", "size", "message"),
    [
        (["a"] * 59 + ["b"], 0.2, "test_size=0.2 keeps .* 2 rows or more, got class 'b' of 1 row;"),
        ([0] * 57 + [1, 2, 3], 0.2, "got class 1 of 1 row, class 2 of 1 row, class 3 of 1 row;"),
        (list(range(5)) + [5] * 55, 0.2, "class 2 of 1 row and 2 more; drop such a class"),
        (Y, 2, "each of the 3 classes, got 2 test rows; use from 3 to 57"),
        (Y, 58, "each of the 3 classes, got 2 development rows; use from 3 to 57"),
        ([0] * 56 + [1, 1, 2, 2], 0.93, "leaves no development row of class"),
    ],
)
def test_a_class_too_small_to_stratify_is_named(y, size, message):
    with pytest.raises(ValueError, match=message):
        divide_rows(X, y, test_size=size, stratify=True, random_state=0)
