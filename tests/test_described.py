"""Values as JSON: equal for equal values, given again to the bit, never unpickled."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import loguniform, randint
from sklearn.decomposition import PCA
from sklearn.model_selection import ShuffleSplit
from sklearn.svm import SVC

from skhpo import Categorical, Float
from skhpo._described import NotPlainError, describe, from_json, readable, to_json

plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.binary(max_size=20)
    | st.floats(width=32).map(np.float32)
    | st.integers(-(2**31), 2**31 - 1).map(np.int32),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)


def same(one, other):
    """Whether values are alike to the bit and in their types."""
    if type(one) is not type(other):
        return False
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[k], other[k]) for k in one)
    if isinstance(one, np.generic | np.ndarray):
        return one.dtype == other.dtype and one.tobytes() == other.tobytes()
    if isinstance(one, float):
        return (one == other and math.copysign(1, one) == math.copysign(1, other)) or one != one
    return one == other


@settings(max_examples=300, deadline=None, derandomize=True)
@given(plain)
def test_plain_values_are_given_again_to_the_bit(value):
    assert same(from_json(to_json(value)), value)


@pytest.mark.parametrize(
    "array",
    [
        np.arange(6.0).reshape(2, 3),
        np.array(["a", "bc"]),
        np.array([], dtype=bool),
        np.array([1, 2], dtype=">i4"),
        np.array(["2026-01-01"], dtype="datetime64[D]"),
    ],
)
def test_small_arrays_are_given_again(array):
    found = from_json(to_json(array))
    assert (found.dtype, found.shape) == (array.dtype, array.shape)
    assert found.tobytes() == array.tobytes()


def test_the_order_of_a_dict_does_not_count_and_types_do():
    assert to_json({"a": 1, "b": 2}) == to_json({"b": 2, "a": 1})
    texts = {to_json(v) for v in (1, 1.0, True, np.int64(1), np.float64(1), "1", [1], (1,))}
    assert len(texts) == 8


def own_function(x):
    return x


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (SVC(C=1), SVC(C=2)),
        (SVC(), PCA()),
        (loguniform(1, 2), loguniform(1, 3)),
        (randint(0, 3), randint(0, 4)),
        (Float(0, 1), Float(0, 2)),
        (Categorical([SVC()]), Categorical([PCA()])),
        (ShuffleSplit(3), ShuffleSplit(4)),
        (np.zeros(1000), np.ones(1000)),
        (own_function, same),
        (lambda x: x + 1, lambda x: x + 2),
        (np.array([SVC()], dtype=object), np.array([PCA()], dtype=object)),
    ],
    ids=lambda value: type(value).__name__,
)
def test_other_values_are_known_again_and_told_apart(one, other):
    assert to_json(one) != to_json(other)
    assert to_json(one) == to_json(one)
    with pytest.raises(NotPlainError, match="is described only"):
        from_json(to_json(one))
    assert isinstance(str(readable(describe(one))), str)


def test_equal_estimators_of_two_processes_have_one_description():
    assert to_json(SVC(C=np.float64(2))) == to_json(SVC(C=np.float64(2)))
    assert to_json(ShuffleSplit(3, random_state=np.random.RandomState(0))) == to_json(
        ShuffleSplit(3, random_state=np.random.RandomState(1))
    )


def test_a_text_that_asks_for_objects_is_refused():
    text = json.dumps({"array": ["|O", [1], "AAAAAAAAAAA="]})
    with pytest.raises(NotPlainError, match="is described only"):
        from_json(text)


def test_values_that_contain_themselves_end():
    value = []
    value.append(value)
    assert to_json(value) == to_json(value)
