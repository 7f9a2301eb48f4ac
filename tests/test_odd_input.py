"""Input that is odd and right: it works, and means what it says.

A case makes a search and the arguments of its `fit`; what it says of the fitted search is
asserted in the case itself, where that is more than that the search has a winner.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from scipy.stats import dirichlet, loguniform
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin, TransformerMixin, clone
from sklearn.cluster import KMeans
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor, make_column_selector
from sklearn.datasets import load_iris
from sklearn.decomposition import PCA
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import HistGradientBoostingClassifier, VotingClassifier
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.feature_selection import SelectKBest
from sklearn.frozen import FrozenEstimator
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge, SGDClassifier
from sklearn.metrics import make_scorer, mean_squared_error
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    KFold,
    LeaveOneOut,
    PredefinedSplit,
    ShuffleSplit,
    TimeSeriesSplit,
)
from sklearn.multioutput import MultiOutputRegressor
from sklearn.naive_bayes import BernoulliNB, GaussianNB, MultinomialNB
from sklearn.neighbors import KernelDensity, KNeighborsClassifier
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from skhpo import (
    BayesSearch,
    Categorical,
    Float,
    GridSearch,
    Int,
    RandomSearch,
    compare,
    maximize,
    nested_score,
    read_ledger,
)

SEARCHES = [GridSearch, RandomSearch, BayesSearch]
X, y = load_iris(return_X_y=True)
GRID = {"C": [0.1, 1.0]}
TREE = DecisionTreeClassifier(random_state=0)
DEPTHS = {"max_depth": [1, 2]}
CASES = []


def case(function):
    """Add a case, which runs with each of the three searches."""
    CASES.append(function)
    return function


def make(cls, estimator, space, **keywords):
    """Make a search of any class that tries few candidates on few folds."""
    keywords = {"cv": 3} | keywords
    if cls is not GridSearch:
        keywords = {"n_iter": 2, "random_state": 0} | keywords
    return cls(estimator, space, **keywords)


@pytest.mark.parametrize("cls", SEARCHES)
@pytest.mark.parametrize("function", CASES, ids=lambda function: function.__name__)
def test_it_works(cls, function, request):
    search = function(lambda *args, **keywords: make(cls, *args, **keywords))
    assert np.isfinite(search.best_score_)
    assert {trial.status for trial in search.trials_} == {"complete"}


# Few rows, few values ---------------------------------------------------------------------


@case
def one_row_more_than_folds(make):
    return make(KNeighborsClassifier(1), {"weights": ["uniform", "distance"]}, cv=KFold(5)).fit(
        np.arange(6.0).reshape(-1, 1), [0, 1, 0, 1, 0, 1]
    )


@case
def as_many_rows_as_folds(make):
    return make(Ridge(), {"alpha": [1.0, 2.0]}, cv=5, scoring="neg_mean_squared_error").fit(
        np.eye(5), np.arange(5.0)
    )


@case
def leave_one_out(make):
    return make(TREE, DEPTHS, cv=LeaveOneOut()).fit(X[::10], y[::10])


@case
def one_candidate(make):
    search = make(TREE, {"max_depth": [2]})
    if hasattr(search, "n_iter"):
        search.set_params(n_iter=1)
    search.fit(X, y)
    assert search.n_trials_ == 1
    return search


@case
def no_parameters(make):
    search = make(TREE, {})
    if hasattr(search, "n_iter"):
        search.set_params(n_iter=1)
    search.fit(X, y)
    assert search.best_params_ == {}
    return search


@case
def constant_target_of_a_regression(make):
    return make(Ridge(), {"alpha": [1.0, 2.0]}).fit(X, np.ones(150))


@case
def one_class_in_all_folds(make):
    return make(DummyClassifier(), {"strategy": ["prior", "most_frequent"]}).fit(X, np.zeros(150))


@case
def one_class_in_a_validation_fold(make):
    split = [(np.arange(100), np.arange(100, 150)), (np.arange(50, 150), np.arange(50))]
    return make(TREE, DEPTHS, cv=split).fit(X, np.arange(150) >= 100)


@case
def columns_of_one_value(make):
    return make(TREE, DEPTHS).fit(np.ones((150, 3)), y)


# Containers -------------------------------------------------------------------------------


@case
def sparse_matrix(make):
    return make(LogisticRegression(max_iter=1000), GRID).fit(sparse.csr_matrix(X), y)


@case
def sparse_array_by_columns(make):
    return make(LogisticRegression(max_iter=1000), GRID).fit(sparse.csc_array(X), y)


@case
def list_of_texts(make):
    texts = ["good film", "bad film", "good play", "bad play"] * 10
    return make(
        make_pipeline(CountVectorizer(), MultinomialNB()), {"multinomialnb__alpha": [0.1, 1.0]}
    ).fit(texts, [1, 0, 1, 0] * 10)


@case
def list_of_lists_and_list_of_strings(make):
    return make(TREE, DEPTHS).fit(X.tolist(), [f"class {k}" for k in y])


@case
def frame_with_categories_and_odd_names(make):
    frame = pd.DataFrame({
        "größe in cm": X[:, 0],
        "": pd.Categorical(np.where(X[:, 1] > 3, "wide", "narrow")),
        "<b>bold</b>": X[:, 2] > 2,
        "a__b": pd.array(X[:, 3].round().astype(int), dtype="Int64"),
    })  # fmt: skip
    encode = ColumnTransformer(
        [("text", OneHotEncoder(), make_column_selector(dtype_include="category"))],
        remainder="passthrough",
    )
    search = make(
        Pipeline([("encode", encode), ("model", LogisticRegression(max_iter=500))]),
        {"model__C": [0.1, 1.0]},
    ).fit(frame, y)
    assert search.predict(frame).shape == (150,)
    return search


@case
def frame_with_an_index_of_its_own(make):
    index = pd.Index([f"row {i}" for i in range(150)])[::-1]
    frame = pd.DataFrame(X, index=index, columns=list("abcd"))
    search = make(TREE, DEPTHS).fit(frame, pd.Series(y, index=index))
    assert search.feature_names_in_.tolist() == list("abcd")
    return search


@case
def frame_with_repeated_index(make):
    frame = pd.DataFrame(X, index=np.zeros(150, dtype=int), columns=list("abcd"))
    return make(TREE, DEPTHS).fit(frame, pd.Series(y, index=frame.index))


@case
def categories_without_encoding(make):
    frame = pd.DataFrame({"a": X[:, 0], "b": pd.Categorical(X[:, 1] > 3)})
    return make(
        HistGradientBoostingClassifier(max_iter=3, categorical_features="from_dtype"),
        {"learning_rate": [0.1, 0.3]},
        cv=2,
    ).fit(frame, y)


@case
def polars_frame(make):
    polars = pytest.importorskip("polars")
    return make(TREE, DEPTHS).fit(polars.DataFrame(X, schema=list("abcd")), polars.Series(y))


@case
def objects_that_are_numbers(make):
    return make(TREE, DEPTHS).fit(X.astype(object), y)


@case
def objects_that_are_texts_and_numbers(make):
    mixed = np.column_stack([X[:, 0].astype(object), np.where(y > 0, "a", "b")])
    return make(
        make_pipeline(OneHotEncoder(handle_unknown="ignore"), BernoulliNB()),
        {"bernoullinb__alpha": [0.1, 1.0]},
    ).fit(mixed, y.astype(object).astype(str))


class Flattened(ClassifierMixin, BaseEstimator):
    """A classifier of images, shape (n, height, width)."""

    def __init__(self, depth=1):
        self.depth = depth

    def fit(self, X, y):
        assert X.ndim == 3
        self.tree_ = DecisionTreeClassifier(max_depth=self.depth).fit(X.reshape(len(X), -1), y)
        self.classes_ = self.tree_.classes_
        return self

    def predict(self, X):
        return self.tree_.predict(X.reshape(len(X), -1))


@case
def three_dimensions(make):
    return make(Flattened(), {"depth": [1, 2]}).fit(X.reshape(150, 2, 2), y)


@case
def read_only_arrays(make):
    frozen_X, frozen_y = X.copy(), y.copy()
    frozen_X.flags.writeable = frozen_y.flags.writeable = False
    return make(TREE, DEPTHS).fit(frozen_X, frozen_y)


@case
def fortran_order_and_a_view_backwards(make):
    return make(TREE, DEPTHS).fit(np.asfortranarray(X)[::-1], y[::-1])


@case
def memory_map(make):
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "X.npy"
        np.save(path, X)
        mapped = np.load(path, mmap_mode="r")
        search = make(TREE, DEPTHS).fit(mapped, y)
        del mapped
    return search


@case
def small_types(make):
    return make(TREE, DEPTHS).fit(X.astype(np.float16), y.astype(np.uint8))


@case
def missing_values(make):
    holes = X.copy()
    holes[::7, 1] = np.nan
    space = {"simpleimputer__strategy": ["mean", "median"]}
    return make(make_pipeline(SimpleImputer(), GaussianNB()), space).fit(holes, y)


# Targets ----------------------------------------------------------------------------------


@case
def no_target(make):
    return make(KMeans(n_init=1, random_state=0), {"n_clusters": [2, 3]}).fit(X)


@case
def density_without_target(make):
    return make(KernelDensity(), {"bandwidth": [0.5, 1.0]}).fit(X, None)


@case
def target_of_two_columns(make):
    return make(Ridge(), {"alpha": [0.1, 1.0]}).fit(X, X[:, :2])


@case
def target_of_one_column(make):
    return make(Ridge(), {"alpha": [0.1, 1.0]}, cv=3).fit(X, X[:, :1] + 1)


@case
def booleans_as_target(make):
    search = make(TREE, DEPTHS, scoring="roc_auc").fit(X, y > 1)
    assert search.classes_.tolist() == [False, True]
    return search


@case
def several_labels(make):
    labels = np.column_stack([y == 0, y > 1]).astype(int)
    return make(KNeighborsClassifier(), {"n_neighbors": [1, 3]}, cv=3).fit(X, labels)


# Splits, groups, weights ------------------------------------------------------------------


@case
def generator_of_pairs(make):
    return make(TREE, DEPTHS, cv=(pair for pair in ShuffleSplit(2).split(X))).fit(X, y)


@case
def pairs_of_lists_masks_and_slices(make):
    half = np.arange(150) % 2 == 0
    pairs = [(half, ~half), (list(range(0, 150, 2)), range(1, 150, 2)), (slice(None), slice(None))]
    search = make(TREE, DEPTHS, cv=pairs).fit(X, y)
    assert search.n_splits_ == 3
    return search


@case
def negative_row_numbers(make):
    return make(TREE, DEPTHS, cv=[(np.arange(0, 149), [-1])]).fit(X, y)


@case
def predefined_split_of_one_fold(make):
    search = make(TREE, DEPTHS, cv=PredefinedSplit(np.where(np.arange(150) % 3, -1, 0))).fit(X, y)
    assert search.n_splits_ == 1
    return search


@case
def share_as_numpy_float(make):
    return make(TREE, DEPTHS, cv=np.float32(0.25)).fit(X, y)


@case
def splits_in_time(make):
    return make(Ridge(), {"alpha": [0.1, 1.0]}, cv=TimeSeriesSplit(3)).fit(X, X[:, 0])


@case
def groups_as_list_of_texts(make):
    groups = [f"person {i % 6}" for i in range(150)]
    return make(TREE, DEPTHS, cv=GroupKFold(3)).fit(X, y, groups=groups)


@case
def groups_as_series_for_a_share(make):
    return make(TREE, DEPTHS, cv=0.25).fit(X, y, groups=pd.Series(np.arange(150) % 10))


@case
def weights_as_list_with_zeros(make):
    return make(TREE, DEPTHS).fit(X, y, sample_weight=[0.0, 1.0, 2.0] * 50)


@case
def numpy_scalars_everywhere(make):
    keywords = {
        "n_jobs": np.int64(1), "cv": np.int32(3), "verbose": np.int8(0),
        "pre_dispatch": np.int64(4), "error_score": np.float32(0), "test_size": np.float64(0.2),
        "return_train_score": np.bool_(True), "max_time": np.float64(60),
        "early_stopping": np.int64(5), "racing": np.bool_(False), "share_fits": np.bool_(True),
        "keep_oof": np.bool_(True), "random_state": np.uint32(3), "refit": np.bool_(True),
    }  # fmt: skip
    search = make(TREE, DEPTHS, **keywords)
    if hasattr(search, "n_iter"):
        search.set_params(n_iter=np.int16(2))
    search.fit(X, y)
    search.score_test()
    return search


@case
def numpy_generator_of_old(make):
    return make(TREE, DEPTHS, random_state=np.random.RandomState(0)).fit(X, y)


# Parameters and values --------------------------------------------------------------------


class Takes(ClassifierMixin, BaseEstimator):
    """Takes anything as a parameter, under a name that is not ASCII too."""

    def __init__(self, größe=None, function=None, inner=None):
        self.größe = größe
        self.function = function
        self.inner = inner

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        return np.zeros(len(X), dtype=int)


@case
def name_that_is_not_ascii(make):
    return make(Takes(), {"größe": ["klein", "groß"]}).fit(X, y)


@case
def none_functions_classes_and_estimators_as_values(make):
    values = [None, len, print, Takes, SVC(), (1, 2), "text", float("nan"), True, 1, 1.0]
    search = make(Takes(), {"inner": values, "function": [np.sin]})
    if hasattr(search, "n_iter"):
        search.set_params(n_iter=11)
    search.fit(X, y)
    assert search.n_trials_ == 11
    return search


@case
def arrays_and_dicts_as_values(make):
    return make(Takes(), {"inner": [np.eye(2), {"a": 1}], "größe": [[1], [2, 3]]}).fit(X, y)


@case
def huge_and_tiny_numbers(make):
    values = [1e-300, 1e300]
    return make(Takes(), {"größe": values, "inner": [2**80, -(2**80)]}).fit(X, y)


@case
def grid_of_numpy_types(make):
    space = {"max_depth": np.arange(1, 3), "min_samples_leaf": np.array([1, 5], dtype=np.uint8)}
    search = make(TREE, space).fit(X, y)
    assert isinstance(search.best_params_["max_depth"], np.integer)
    return search


@case
def array_of_texts(make):
    return make(TREE, {"criterion": np.array(["gini", "entropy"])}).fit(X, y)


@case
def range_and_tuple_as_lists(make):
    return make(TREE, {"max_depth": range(1, 3), "min_samples_leaf": (1, 3, 5)}).fit(X, y)


@case
def ranges_by_numpy_numbers(make):
    space = {"C": Float(np.float32(0.5), np.int64(2)), "degree": Int(np.int8(1), np.int64(3))}
    keywords = {"points_per_dimension": 2}
    search = make(SVC(), space)
    if isinstance(search, GridSearch):
        search.set_params(**keywords)
    return search.fit(X, y)


@case
def range_of_huge_integers(make):
    space = {"größe": Int(0, 10**18), "inner": Int(1, 10**300, log=True)}
    search = make(Takes(), space)
    return (search.set_params(points_per_dimension=2) if hasattr(search, "points_per_dimension")
            else search.set_params(n_iter=8)).fit(X, y)  # fmt: skip


@case
def range_from_end_to_end_of_the_doubles(make):
    space = {"größe": Float(-1.7e308, 1.7e308), "inner": Float(1e-307, 1e307, log=True)}
    search = make(Takes(), space)
    return (search.set_params(points_per_dimension=2) if hasattr(search, "points_per_dimension")
            else search.set_params(n_iter=8)).fit(X, y)  # fmt: skip


@case
def repeated_choices(make):
    return make(TREE, {"max_depth": [1, 1, 2]}).fit(X, y)


@case
def choices_of_one(make):
    search = make(TREE, {"max_depth": Categorical([3]), "criterion": ["gini"]})
    if hasattr(search, "n_iter"):
        search.set_params(n_iter=1)
    return search.fit(X, y)


@case
def dicts_with_nothing_in_common(make):
    return make(SVC(), [{"kernel": ["linear"]}, {"gamma": [0.1, 1.0]}, {}]).fit(X, y)


@case
def distribution_frozen_by_keywords(make):
    search = make(LogisticRegression(max_iter=300), {"C": loguniform(a=0.1, b=1.0)})
    if hasattr(search, "points_per_dimension"):
        search.set_params(points_per_dimension=2)
    return search.fit(X, y)


# Estimators -------------------------------------------------------------------------------


@case
def pipelines_in_pipelines(make):
    reduce = FeatureUnion([("pca", PCA(2)), ("best", SelectKBest(k=1))])
    inner = Pipeline([("scale", StandardScaler()), ("reduce", reduce)])
    columns = ColumnTransformer([("all", inner, [0, 1, 2, 3])])
    model = Pipeline([("columns", columns), ("model", LogisticRegression(max_iter=1000))])
    return make(model, {"columns__all__reduce__best__k": [1, 2], "model__C": [0.1, 1.0]}).fit(X, y)


@case
def steps_that_are_swapped(make):
    model = Pipeline([("scale", StandardScaler()), ("model", SVC())])
    return make(
        model, {"scale": ["passthrough", StandardScaler()], "model": [SVC(), GaussianNB()]}
    ).fit(X, y)


@case
def function_as_a_step(make):
    model = make_pipeline(FunctionTransformer(), GaussianNB())
    return make(model, {"functiontransformer__func": [None, np.abs]}).fit(X, y)


@case
def estimator_within_estimators(make):
    vote = VotingClassifier([("tree", TREE), ("bayes", GaussianNB())])
    return make(vote, {"tree__max_depth": [1, 2], "bayes": ["drop", GaussianNB()]}).fit(X, y)


@case
def target_that_is_transformed(make):
    model = TransformedTargetRegressor(
        DecisionTreeRegressor(), func=np.log1p, inverse_func=np.expm1
    )
    return make(model, {"regressor__max_depth": [1, 2]}).fit(X, X[:, 0])


@case
def one_model_for_each_output(make):
    model = MultiOutputRegressor(DecisionTreeRegressor(random_state=0))
    return make(model, {"estimator__max_depth": [1, 2]}).fit(X, X[:, :2])


@case
def frozen_estimator(make):
    model = Pipeline([("scale", FrozenEstimator(StandardScaler().fit(X))), ("model", SVC())])
    return make(model, {"model__C": [0.1, 1.0]}).fit(X, y)


@case
def fitted_estimator_is_cloned(make):
    fitted = DecisionTreeClassifier(max_depth=1).fit(X[:50], y[:50])
    search = make(fitted, DEPTHS).fit(X, y)
    assert len(search.classes_) == 3
    assert fitted.n_classes_ == 1
    return search


@case
def search_of_scikit_learn_within(make):
    inner = GridSearchCV(TREE, DEPTHS, cv=2)
    return make(inner, {"estimator__criterion": ["gini", "entropy"]}, cv=2).fit(X, y)


class Remembers(BaseEstimator, ClassifierMixin):
    """Keeps a function of the outside, which no deep copy can be made of."""

    def __init__(self, generator=None, C=1.0):
        self.generator = generator
        self.C = C

    def __deepcopy__(self, memo):
        raise TypeError("cannot be copied")

    def __sklearn_clone__(self):
        return type(self)(self.generator, self.C)

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        return np.full(len(X), self.classes_[0])


@case
def estimator_that_cannot_be_copied(make):
    return make(Remembers(i for i in range(3)), {"C": [0.1, 1.0]}).fit(X, y)


class WritesToX(RegressorMixin, BaseEstimator):
    """Changes what it is given, as it should not."""

    def __init__(self, shift=0.0):
        self.shift = shift

    def fit(self, X, y):
        X += self.shift
        self.mean_ = np.mean(y)
        return self

    def predict(self, X):
        return np.full(len(X), self.mean_)


@case
def estimator_that_writes_to_its_input(make):
    before = X.copy()
    search = make(WritesToX(), {"shift": [1.0, 2.0]}).fit(before, X[:, 0])
    return search


class NoTagsOfItsOwn:
    """An estimator without scikit-learn's base: only what a search calls."""

    def __init__(self, C=1.0):
        self.C = C

    def get_params(self, deep=True):
        return {"C": self.C}

    def set_params(self, **params):
        vars(self).update(params)
        return self

    def fit(self, X, y=None):
        self.fitted_ = True
        return self

    def score(self, X, y=None):
        return self.C


def test_an_estimator_without_tags_fails_as_in_scikit_learn():
    # scikit-learn asks every estimator for tags, and says how to have them.
    kinds = []
    for cls in (GridSearchCV, GridSearch):
        with pytest.raises(Exception, match="__sklearn_tags__") as caught:
            cls(NoTagsOfItsOwn(), GRID).fit(X, y)
        kinds.append(caught.type)
    assert kinds[0] is kinds[1]


class Bare(BaseEstimator):
    """Only `fit` and `score`: neither classifier nor regressor."""

    def __init__(self, C=1.0):
        self.C = C

    def fit(self, X, y=None):
        return self

    def score(self, X, y=None):
        return self.C


@case
def estimator_of_no_kind(make):
    return make(Bare(), GRID).fit(X)


@case
def score_of_a_function(make):
    def quality(estimator, X, y):
        return np.array(estimator.score(X, y))

    return make(TREE, DEPTHS, scoring=quality).fit(X, y)


@case
def scores_by_names_of_ones_own(make):
    scoring = {"größe": "accuracy", "<i>": make_scorer(mean_squared_error, greater_is_better=False)}
    return make(TREE, DEPTHS, scoring=scoring, refit="<i>").fit(X, y)


@case
def one_metric_in_a_tuple(make):
    return make(TREE, DEPTHS, scoring=("accuracy",), refit="accuracy").fit(X, y)


class Columns(TransformerMixin, BaseEstimator):
    """Gives a frame, which the next step takes by name."""

    def fit(self, X, y=None):
        return self

    def transform(self, X):
        return pd.DataFrame(X, columns=list("abcd"))


@case
def steps_that_give_frames(make):
    select = ColumnTransformer([("two", "passthrough", ["a", "c"])])
    return make(make_pipeline(Columns(), select, SVC()), {"svc__C": [0.1, 1.0]}).fit(X, y)


@case
def seed_that_is_a_generator(make):
    model = SGDClassifier(random_state=np.random.RandomState(0), max_iter=500, tol=None)
    return make(make_pipeline(StandardScaler(), model), {"sgdclassifier__alpha": [0.1, 1.0]}).fit(
        X, y
    )


# Elsewhere --------------------------------------------------------------------------------


def test_paths_of_any_kind(tmp_path):
    class Own(os.PathLike):
        def __fspath__(self):
            return str(tmp_path / "spent ü.sqlite")

    for path in (Own(), tmp_path / "spent ü.sqlite", str(tmp_path / "spent ü.sqlite")):
        search = GridSearch(TREE, DEPTHS, test_size=0.2, test_ledger=path).fit(X, y)
    search.score_test()
    assert len(read_ledger(Own()).records) == 1


def test_a_distribution_of_vectors_can_be_drawn():
    search = RandomSearch(Takes(), {"inner": dirichlet([1, 2, 3])}, n_iter=3).fit(X, y)
    assert search.best_params_["inner"].shape == (1, 3)


def test_a_mask_that_names_no_training_row_is_no_valid_split_but_one_row_is():
    mask = np.zeros(150, dtype=bool)
    mask[[0, 60]] = True
    search = GridSearch(TREE, DEPTHS, cv=[(mask, ~mask)]).fit(X, y)
    assert search.n_splits_ == 1


def test_functions_of_many_kinds_are_maximised():
    from functools import partial

    class Height:
        def __call__(self, x):
            return -x

    def defaults(x, y=2):
        return -x * y

    for function in (Height(), partial(defaults, y=3), defaults, lambda **params: -params["x"]):
        assert maximize(function, {"x": [1, 2]}, strategy="grid").best_params == {"x": 1}


def test_numbers_of_many_kinds_are_scores():
    for make_score in (int, np.float32, np.int64, np.array, bool):
        result = maximize(lambda x, kind=make_score: kind(x), {"x": [0, 1]}, strategy="grid")
        assert result.best_params == {"x": 1}


def test_searches_of_scikit_learn_are_compared_and_nested():
    stock = GridSearchCV(TREE, DEPTHS, cv=2)
    comparison = compare({"stock": stock, "tree": TREE}, X, y, test_size=np.float64(0.3))
    assert [row.search for row in comparison.rows] == ["stock", "tree"]
    assert (
        len(nested_score(stock, X, y, cv=iter([(np.arange(100), np.arange(100, 150))])).folds) == 1
    )


def test_a_search_can_be_cloned_with_all_that_is_odd():
    search = GridSearch(Takes(), {"größe": [None, SVC()]}, cv=[(slice(0, 9), [20])])
    assert clone(search).get_params()["param_grid"].keys() == {"größe"}
