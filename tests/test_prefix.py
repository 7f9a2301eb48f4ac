"""Shared first steps of a Pipeline: the same bits as without, and what is shared."""

from __future__ import annotations

import copy
import gc
import pickle
import weakref

import joblib
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.datasets import make_classification
from sklearn.decomposition import PCA, TruncatedSVD
from sklearn.exceptions import FitFailedWarning
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.feature_selection import SelectKBest
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge, SGDClassifier
from sklearn.manifold import Isomap
from sklearn.model_selection import GridSearchCV, KFold, ShuffleSplit
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler
from sklearn.random_projection import GaussianRandomProjection
from sklearn.svm import SVC

from skhpo import GridSearch, RandomSearch

X, y = make_classification(90, 8, n_informative=4, random_state=0)
FRAME = pd.DataFrame(X, columns=list("abcdefgh")).assign(kind=np.where(y > 0, "u", "v"))
TEXTS = [" ".join(f"w{int(v * 3) % 7}" for v in row) for row in X]
SPARSE = sp.csr_array(np.where(X > 0, X, 0.0))
# One fits the shared steps, one gets them, and one gets them after another did.
C = {"model__C": [0.01, 1.0, 10.0]}


def pipe(*steps, model=None):
    """A Pipeline of steps named a, b, ... and a model."""
    named = [(chr(ord("a") + i), step) for i, step in enumerate(steps)]
    return Pipeline([*named, ("model", LogisticRegression() if model is None else model)])


def same_results(first, second):
    """Whether two searches agree to the bit, times aside."""
    ours, theirs = first.cv_results_, second.cv_results_
    assert list(ours) == list(theirs)
    for key in ours:
        if "time" not in key and key != "params":
            np.testing.assert_array_equal(ours[key], theirs[key], err_msg=key)


def search_both(estimator, grid=C, X=X, y=y, **keywords):
    """Fit with sharing and compare with scikit-learn's search, which shares nothing."""
    keywords = {"return_train_score": True, "cv": 3} | keywords
    shared = GridSearch(estimator, grid, **keywords).fit(copy.deepcopy(X), y)
    theirs = GridSearchCV(estimator, grid, **keywords).fit(copy.deepcopy(X), y)
    same_results(shared, theirs)
    return [trial.n_shared_steps for trial in shared.trials_]


def scores_all_ways(estimator, X, y):
    """A scorer that asks in several ways, and looks at the steps."""
    step = estimator[0]
    asked = [estimator.decision_function(X), estimator[:-1].transform(X), step.transform(X)]
    asked += [estimator.predict_proba(X[:5]), estimator.predict_proba(X[5:])]
    return {"sum": sum(float(part.sum()) for part in asked), "type": len(type(step).__name__)}


def refits(estimator, X, y):
    """A scorer that fits the Pipeline again, on the rows it is given."""
    before = estimator.predict_proba(X)
    estimator.fit(X, y)
    return float((estimator.predict_proba(X) - before).sum())


def fits_first_step(estimator, X, y):
    """A scorer that fits the first step again."""
    estimator[0].fit(X[:20])
    return float(estimator.decision_function(X).sum())


def copies(estimator, X, y):
    """A scorer that copies, pickles and clones."""
    parts = [estimator, copy.deepcopy(estimator), pickle.loads(pickle.dumps(estimator))]
    parts.append(clone(estimator).fit(X, y))
    parts.append(copy.deepcopy(estimator).fit(X[::2], y[::2]))
    return float(sum(part.predict_proba(X)[:, 0].sum() for part in parts))


@pytest.mark.parametrize(
    ("steps", "n_steps"),
    [
        ([PCA(4, svd_solver="full")], 1),
        ([StandardScaler(), PCA(4, svd_solver="randomized", random_state=3)], 2),
        ([StandardScaler(), None, "passthrough", SelectKBest(k=3)], 2),
        ([FeatureUnion([("p", PCA(2, svd_solver="full")), ("k", SelectKBest(k=2))])], 1),
        ([FunctionTransformer(np.abs), FunctionTransformer()], 2),
        ([ColumnTransformer([("s", StandardScaler(), slice(0, 4))], remainder="passthrough")], 1),
        ([StandardScaler(), make_pipeline(PCA(5, svd_solver="full"), StandardScaler())], 2),
        ([GaussianRandomProjection(4, random_state=0), Isomap(n_components=2)], 2),
        ([FrozenEstimator(StandardScaler().fit(X))], 1),
    ],
)
def test_scores_are_the_same_to_the_bit(steps, n_steps):
    assert search_both(pipe(*steps)) == [0, 3 * n_steps, 3 * n_steps]


def test_overlapping_splits_share_each_their_own():
    cv = ShuffleSplit(2, random_state=0)
    assert search_both(pipe(StandardScaler(), PCA(4, svd_solver="full")), cv=cv) == [0, 4, 4]


def test_nothing_is_shared_where_it_is_not_wanted():
    estimator = pipe(PCA(4, svd_solver="full"))
    alone = GridSearch(estimator, C, cv=3, share_fits=False).fit(X, y)
    same_results(alone, GridSearch(estimator, C, cv=3).fit(X, y))
    assert [trial.n_shared_steps for trial in alone.trials_] == [0, 0, 0]


@pytest.mark.parametrize(
    "scoring",
    ["roc_auc", ["accuracy", "roc_auc"], scores_all_ways, refits, copies, fits_first_step],
)
def test_any_scorer_sees_what_it_sees_without(scoring):
    several = isinstance(scoring, list) or scoring is scores_all_ways
    estimator = pipe(StandardScaler(), PCA(4))
    assert search_both(estimator, scoring=scoring, refit=not several)[1:] == [6, 6]


@pytest.mark.parametrize(
    ("data", "steps"),
    [
        (TEXTS, [TfidfVectorizer()]),
        (TEXTS, [TfidfVectorizer(), TruncatedSVD(3, random_state=0)]),
        (SPARSE, [StandardScaler(with_mean=False)]),
        (SPARSE, [FunctionTransformer(abs, accept_sparse=True), TruncatedSVD(3, random_state=0)]),
        (
            FRAME,
            [
                ColumnTransformer(
                    [
                        ("n", StandardScaler(), make_column_selector(dtype_include="number")),
                        ("k", OneHotEncoder(), ["kind"]),
                    ]
                )
            ],
        ),
    ],
    ids=["text", "text-svd", "sparse", "sparse-svd", "frame"],
)
def test_texts_sparse_matrices_and_frames_are_shared(data, steps):
    assert search_both(pipe(*steps), X=data) == [0, *[3 * len(steps)] * 2]


def test_a_step_that_gives_a_frame_is_not_shared_nor_are_those_behind_it():
    frames = StandardScaler().set_output(transform="pandas")
    assert search_both(pipe(frames, PCA(2, svd_solver="full"))) == [0] * 3
    assert search_both(pipe(PCA(2, svd_solver="full"), frames))[1:] == [3] * 2


def test_swapped_steps_are_known_by_their_own_parameters():
    grid = {"a": [PCA(3, svd_solver="full"), None, PCA(3), PCA(4, svd_solver="full")]} | C
    estimator = pipe("passthrough", StandardScaler())
    n_shared = np.reshape(search_both(estimator, grid), (4, 3))
    # PCA(3) solves by "auto", which is another parameter, though the same solver here.
    assert n_shared[:, 0].tolist() == [0] * 4
    assert n_shared[:, 1].tolist() == [6, 3, 6, 6]
    styled = {"a": [StandardScaler(), StandardScaler().set_output(transform="pandas")]} | C
    assert np.reshape(search_both(estimator, styled), (2, 3))[:, 1].tolist() == [6, 0]


def test_the_longest_prefix_is_shared():
    grid = {"b__n_components": [2, 3], **C}
    estimator = pipe(StandardScaler(), PCA(svd_solver="full"))
    assert search_both(estimator, grid) == [0, 6, 6, 3, 6, 6]


def test_random_search_and_processes_share_too():
    estimator, space = pipe(PCA(4, svd_solver="full")), {"model__C": [0.1, 1.0, 5.0, 20.0]}
    alone = RandomSearch(estimator, space, n_iter=4, random_state=0, share_fits=False).fit(X, y)
    shared = RandomSearch(estimator, space, n_iter=4, random_state=0, n_jobs=2).fit(X, y)
    same_results(shared, alone)
    with joblib.parallel_config("threading", n_jobs=2):
        threaded = RandomSearch(estimator, space, n_iter=4, random_state=0).fit(X, y)
    same_results(threaded, alone)
    # Each of two workers fits a fold's steps once at most.
    assert sum(trial.n_shared_steps for trial in shared.trials_) >= 10


# --- what is not shared ---------------------------------------------------------------


class Noise(TransformerMixin, BaseEstimator):
    """Adds noise from a generator of its own."""

    def __init__(self, random_state=None, tagged=False):
        self.random_state = random_state
        self.tagged = tagged

    def fit(self, X, y=None):
        self.fitted_ = True
        return self

    def transform(self, X):
        return X + np.random.default_rng(self.random_state).normal(size=X.shape)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.non_deterministic = self.tagged
        return tags


class SubPipeline(Pipeline):
    """Not a Pipeline proper."""


def n_shared(estimator, grid=C, X=X, **keywords):
    """Number of shared steps of a search, over all trials."""
    fit_params = keywords.pop("fit_params", {})
    search = GridSearch(estimator, grid, cv=3, **keywords).fit(X, y, **fit_params)
    return sum(trial.n_shared_steps for trial in search.trials_)


@pytest.mark.parametrize(
    "steps",
    [
        [PCA(3, svd_solver="randomized")],
        [GaussianRandomProjection(4)],
        [GaussianRandomProjection(4, random_state=np.random.RandomState(0))],
        [Noise()],
        [Noise(random_state=0, tagged=True)],
    ],
)
def test_steps_that_may_draw_without_a_seed_are_not_shared(steps):
    assert n_shared(pipe(*steps)) == 0
    assert n_shared(pipe(StandardScaler(), *steps, StandardScaler())) == 6


def test_seeded_draws_of_other_libraries_are_shared():
    assert search_both(pipe(Noise(random_state=0))) == [0, 3, 3]


def test_global_draws_go_on_as_without():
    def run(share_fits):
        np.random.seed(0)  # noqa: NPY002 - the generator that unseeded estimators draw from
        estimator = pipe(StandardScaler(), PCA(3, svd_solver="randomized"), model=SGDClassifier())
        grid = {"model__alpha": [1e-3, 1e-2, 0.1]}
        return GridSearch(estimator, grid, cv=3, share_fits=share_fits).fit(X, y)

    shared = run(True)
    same_results(shared, run(False))
    assert shared.trials_[1].n_shared_steps == 3


def test_only_a_pipeline_proper_without_memory_is_shared(tmp_path):
    steps = [("a", StandardScaler()), ("model", LogisticRegression())]
    assert n_shared(SubPipeline(steps)) == 0
    assert n_shared(Pipeline(steps, memory=str(tmp_path))) == 0
    assert n_shared(LogisticRegression(), {"C": [1, 2]}) == 0
    assert n_shared(Pipeline(steps)) == 6


def test_steps_that_get_fit_parameters_are_not_shared():
    estimator = pipe(StandardScaler(), StandardScaler())
    weights = np.linspace(1, 2, len(y))
    assert n_shared(estimator, fit_params={"a__sample_weight": weights}) == 0
    assert n_shared(estimator, fit_params={"b__sample_weight": weights}) == 6
    assert n_shared(estimator, fit_params={"model__sample_weight": weights}) == 12


# --- steps that write, and steps that fail --------------------------------------------


class Writer(BaseEstimator):
    """Writes to its input, when fitted or when asked."""

    def __init__(self, when="fit", C=1.0):
        self.when = when
        self.C = C

    def fit(self, X, y):
        if self.when == "fit":
            X *= self.C
        self.sum_ = X.sum()
        return self

    def predict(self, X):
        if self.when == "predict":
            X += 1.0
        return np.full(len(X), self.sum_ + X.sum())

    def score(self, X, y):
        return self.predict(X)[0]


@pytest.mark.parametrize("when", ["fit", "predict"])
@pytest.mark.parametrize("scoring", [None, ["r2", "neg_mean_squared_error"]])
@pytest.mark.parametrize("error_score", [np.nan, "raise"])
def test_a_last_step_that_writes_gets_copies_and_shares(when, scoring, error_score):
    keywords = {"scoring": scoring, "refit": not scoring, "error_score": error_score}
    estimator = pipe(FunctionTransformer(np.abs), model=Writer(when))
    assert search_both(estimator, C, return_train_score=False, **keywords)[1:] == [3] * 2


def scale_in_place(X):
    """A function that changes its input."""
    X *= 0.5
    return X


@pytest.mark.parametrize("scoring", [None, ["r2", "neg_mean_squared_error"]])
@pytest.mark.parametrize(
    ("step", "is_shared"),
    [
        (StandardScaler(copy=False), False),
        (FunctionTransformer(scale_in_place), False),
        (FunctionTransformer(), False),  # its output is its input, which the model writes to
        (SelectKBest(k=5), True),
    ],
)
@pytest.mark.parametrize("data", [X, SPARSE], ids=["dense", "sparse"])
def test_what_is_written_to_rows_is_seen_as_without(step, is_shared, scoring, data):
    if data is SPARSE and isinstance(step, StandardScaler):
        step = StandardScaler(copy=False, with_mean=False)
    estimator = pipe(step, model=LinearRegression(copy_X=False))
    grid = {"model__fit_intercept": [True, False]}
    n_shared = search_both(estimator, grid, X=data, scoring=scoring, refit=not scoring)
    assert n_shared == [0, 3 * is_shared]


def changes_rows_first(estimator, X, y):
    """A scorer that changes the rows before it asks a second time."""
    first = estimator.predict_proba(X)
    if hasattr(X, "iloc"):
        X["a"] = 0.0
    else:
        X *= 0.5
    return float((first - estimator.predict_proba(X)).sum())


@pytest.mark.parametrize("data", [X, SPARSE, FRAME.drop(columns="kind")])
def test_a_scorer_that_changes_rows_sees_the_change(data):
    step = StandardScaler(with_mean=False)
    assert search_both(pipe(step), X=data, scoring=changes_rows_first)[1:] == [3] * 2


def test_a_failing_step_fails_each_time():
    grid = {"a__n_components": [3, 50], "model__alpha": [1.0, 2.0]}
    estimator = pipe(PCA(svd_solver="full"), model=Ridge())
    with (
        pytest.warns(FitFailedWarning, match="fits failed"),
        pytest.warns(UserWarning, match="non-finite"),
    ):
        search = GridSearch(estimator, grid, cv=KFold(3)).fit(X, y)
    assert [trial.status for trial in search.trials_] == ["complete"] * 2 + ["failed"] * 2
    assert [trial.n_shared_steps for trial in search.trials_] == [0, 3, 0, 0]


def test_steps_fitted_before_the_last_one_failed_are_shared():
    with (
        pytest.warns(FitFailedWarning, match="fits failed"),
        pytest.warns(UserWarning, match="non-finite"),
    ):
        assert n_shared(pipe(StandardScaler(), model=SVC()), {"model__C": [-1.0, 1.0]}) == 3


def test_shared_steps_are_a_column_of_the_frame():
    search = GridSearch(pipe(StandardScaler(), model=KNeighborsClassifier()), {}, cv=3).fit(X, y)
    assert search.to_frame()["n_shared_steps"].tolist() == [0]
    assert not any("shared" in key for key in search.cv_results_)


def test_no_fold_is_held_when_it_is_over():
    # Cycles would hold rows until the garbage collector finds them.
    held = []

    class Holds(StandardScaler):
        def fit(self, X, y=None):
            held.append(weakref.ref(X))
            return super().fit(X, y)

    search = GridSearch(
        make_pipeline(Holds(), Ridge()), {"ridge__alpha": [1.0, 2.0]}, cv=3, refit=False
    )
    gc.collect()
    gc.disable()
    try:
        search.fit(X.copy(), y)
        assert [ref() for ref in held] == [None] * len(held)
        assert len(held) == 3
    finally:
        gc.enable()
