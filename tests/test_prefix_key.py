"""What two candidates must have in common: keys by value and type, and their order."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

from skhpo._prefix_key import group_by_prefix, prefix_key, step_keys

UNION = FeatureUnion([("a", PCA(2)), ("b", StandardScaler())])


def keys(step, **params):
    """Keys of a Pipeline that begins with a step."""
    return prefix_key(make_pipeline(step, LogisticRegression()), params)


@pytest.mark.parametrize(
    "step",
    [
        PCA(2),
        PCA(np.int64(2), random_state=np.int64(3)),
        UNION,
        ColumnTransformer([("s", PCA(2), make_column_selector("a")), ("p", "drop", slice(2))]),
        OneHotEncoder(categories=[np.array([1.0, np.nan])], handle_unknown="ignore"),
        FunctionTransformer(np.log1p, kw_args={"where": True}),
        FunctionTransformer(partial(np.clip, a_min=0, a_max=1)),
        FunctionTransformer(lambda X: X),
    ],
)
def test_equal_steps_have_equal_keys(step):
    assert len(keys(step)) == 1
    assert keys(step) == keys(step)
    assert hash(keys(step)) == hash(keys(step))
    assert keys(step) == keys(step, logisticregression__C=3.0)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (PCA(1), PCA(1.0)),
        (PCA(1), PCA(True)),
        (PCA(2), PCA(2).set_output(transform="pandas")),
        (PCA(2, random_state=0), PCA(2, random_state=1)),
        (PCA(2, tol=0.0), PCA(2, tol=-0.0)),
        (UNION, FeatureUnion([("a", PCA(3)), ("b", StandardScaler())])),
        (FunctionTransformer(np.log1p), FunctionTransformer(np.exp)),
        (OneHotEncoder(categories=[[1, 2]]), OneHotEncoder(categories=[np.array([1, 2])])),
        (OneHotEncoder(categories=[[1, 2]]), OneHotEncoder(categories=[(1, 2)])),
    ],
)
def test_steps_that_differ_have_keys_that_differ(one, other):
    assert keys(one)
    assert keys(other)
    assert keys(one) != keys(other)


@pytest.mark.parametrize(
    "step",
    [
        PCA(2, random_state=np.random.RandomState(0)),
        FeatureUnion([("a", PCA(2, random_state=np.random.RandomState(0)))]),
        FeatureUnion([("a", PCA(2))], n_jobs=2),
        FunctionTransformer(partial(lambda X, k: X, k=1)),
        FunctionTransformer(kw_args={"rows": (i for i in range(3))}),
    ],
)
def test_odd_parameters_have_no_key(step):
    assert step_keys(make_pipeline(step, LogisticRegression())) == []


def test_what_is_no_pipeline_or_no_candidate_has_no_key():
    assert prefix_key(PCA(), {}) == ()
    assert keys(PCA(), pca__wrong=3) == ()


def test_steps_that_do_nothing_are_no_part_of_a_key():
    full = make_pipeline("passthrough", PCA(2), None, LogisticRegression())
    assert prefix_key(full, {}) == keys(PCA(2))


def test_candidates_that_share_most_are_nearest():
    pipeline = make_pipeline(StandardScaler(), PCA(), LogisticRegression())
    sizes = [(True, 2), (False, 2), (True, 3), (True, 2), (False, 2), (True, 3)]
    own = [
        prefix_key(pipeline, {"standardscaler__with_std": std, "pca__n_components": n})
        for std, n in sizes
    ]
    assert group_by_prefix(own) == [0, 3, 2, 5, 1, 4]
    assert group_by_prefix([(), (), ()]) == [0, 1, 2]
    assert group_by_prefix([]) == []
