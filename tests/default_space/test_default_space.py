"""What `default_space` keeps, leaves out and refuses."""

import numpy as np
import pytest
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.cluster import KMeans
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.datasets import load_iris
from sklearn.decomposition import PCA
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    StackingClassifier,
    VotingClassifier,
)
from sklearn.feature_selection import SelectFromModel
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF
from sklearn.impute import SimpleImputer
from sklearn.linear_model import (
    Lasso,
    LinearRegression,
    LogisticRegression,
    Ridge,
    SGDClassifier,
)
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV
from sklearn.multiclass import OneVsRestClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from skhpo import BayesSearch, Categorical, GridSearch, RandomSearch, default_space

from .examples import IS_INSTALLED


def names(space):
    """Names of a dict, or of each dict of a list."""
    return [list(branch) for branch in space] if isinstance(space, list) else list(space)


class Nameless(TransformerMixin, BaseEstimator):
    """A transformer that no table has."""

    def fit(self, X, y=None):
        return self

    def transform(self, X):
        return X


class Mystery(BaseEstimator):
    """A model that no table has."""

    def __init__(self, depth=1):
        self.depth = depth

    def fit(self, X, y=None):
        return self

    def predict(self, X):
        return np.zeros(len(X))


class MySVC(SVC):
    """A class of a user's that inherits."""


class FewerSVC(SVC):
    """A class of a user's that takes less than what it inherits from."""

    def __init__(self, C=1.0):
        super().__init__(C=C)


# --- effort -------------------------------------------------------------------

COMPOSED = [
    (SVC(), "low", ["C", "gamma"]),
    (SVC(), "medium", ["C", "gamma", "class_weight"]),
    (MLPClassifier(), "low", ["learning_rate_init", "batch_size"]),
    (
        MLPClassifier(),
        "medium",
        ["learning_rate_init", "batch_size", "hidden_layer_sizes", "alpha"],
    ),
    (make_pipeline(StandardScaler(), PCA(), SVC()), "low", ["svc__C", "svc__gamma"]),
    (
        make_pipeline(StandardScaler(), PCA(), SVC()),
        "medium",
        ["svc__C", "svc__gamma", "pca__n_components", "svc__class_weight"],
    ),
    (
        ColumnTransformer([("a", make_pipeline(SimpleImputer(), PCA()), [0]), ("b", PCA(), [1])]),
        "low",
        ["a__simpleimputer__strategy", "a__pca__n_components", "b__n_components"],
    ),
    (
        FeatureUnion([("pca", PCA()), ("raw", "passthrough")]),
        "medium",
        ["pca__n_components"],
    ),
    (VotingClassifier([("a", SVC()), ("b", LogisticRegression())]), "low", ["a__C", "b__C"]),
    (
        BaggingClassifier(SVC()),
        "medium",
        ["estimator__C", "estimator__gamma", "max_samples", "estimator__class_weight"],
    ),
    (BaggingClassifier(), "low", ["max_samples", "max_features"]),
    (OneVsRestClassifier(SVC()), "low", ["estimator__C", "estimator__gamma"]),
    (
        TransformedTargetRegressor(Ridge(), transformer=StandardScaler()),
        "low",
        ["regressor__alpha"],
    ),
    (
        StackingClassifier([("svc", SVC())], LogisticRegression()),
        "low",
        ["final_estimator__C", "svc__C"],
    ),
    (
        make_pipeline(SelectFromModel(Lasso()), Ridge()),
        "low",
        ["ridge__alpha", "selectfrommodel__threshold", "selectfrommodel__estimator__alpha"],
    ),
    (make_pipeline(Nameless(), Ridge()), "low", ["ridge__alpha"]),
    (make_pipeline(FunctionTransformer(), OneHotEncoder(), Ridge()), "low", ["ridge__alpha"]),
    (Pipeline([("pca", "passthrough"), ("model", Ridge())]), "low", ["model__alpha"]),
    (MySVC(), "low", ["C", "gamma"]),
]


@pytest.mark.parametrize(
    ("estimator", "effort", "expected"), COMPOSED, ids=[str(i) for i in range(len(COMPOSED))]
)
def test_the_most_important_parameters_of_the_whole_come_first(estimator, effort, expected):
    found = names(default_space(estimator, effort=effort))
    # Equal ranks have no order.
    assert sorted(found) == sorted(expected)


def test_names_stand_in_the_order_of_importance():
    pipeline = make_pipeline(StandardScaler(), PCA(), SVC())
    expected = ["svc__C", "svc__gamma", "pca__n_components", "svc__class_weight"]
    assert names(default_space(pipeline)) == expected


def test_more_effort_searches_all_of_less():
    pipeline = make_pipeline(PCA(), SVC())
    low, medium = (set(default_space(pipeline, effort=e)) for e in ("low", "medium"))
    high = set().union(*default_space(pipeline, effort="high"))
    assert low < medium < high


def test_medium_is_the_default():
    assert default_space(SVC()) == default_space(SVC(), effort="medium")


# --- what is set --------------------------------------------------------------

SET = [
    (SVC(kernel="linear"), "high", ["C", "class_weight"]),
    (SVC(C=10), "medium", ["gamma", "class_weight"]),
    (HistGradientBoostingClassifier(learning_rate=0.05), "low", "max_leaf_nodes"),
    (RandomForestClassifier(bootstrap=False), "medium", "min_samples_leaf"),
    (SGDClassifier(learning_rate="adaptive"), "low", "eta0"),
    (AdaBoostClassifier(DecisionTreeClassifier(max_depth=2)), "low", "learning_rate"),
    (make_pipeline(PCA(10), Ridge()), "high", ["ridge__alpha", "pca__whiten"]),
]


@pytest.mark.parametrize(("estimator", "effort", "expected"), SET, ids=range(len(SET)))
def test_what_is_set_stays(estimator, effort, expected):
    found = names(default_space(estimator, effort=effort))
    if isinstance(expected, list):
        assert found == expected
    else:
        assert expected in found
    given = type(estimator)().get_params() if not isinstance(estimator, Pipeline) else {}
    changed = {n for n, v in estimator.get_params(deep=False).items() if given.get(n, v) != v}
    assert not changed & set(found)


def test_a_default_that_is_written_is_not_set():
    assert names(default_space(SVC(C=1.0, gamma="scale"), effort="low")) == ["C", "gamma"]


def test_a_search_within_tunes_for_itself():
    stack = StackingClassifier(
        [("search", GridSearchCV(SVC(), {"C": [1, 10]}))], LogisticRegression()
    )
    found = names(default_space(stack, effort="low"))
    assert not any(name.startswith("search") for name in found)
    assert "final_estimator__C" in found


def test_a_kernel_is_no_estimator():
    assert "kernel" in default_space(GaussianProcessRegressor())
    found = names(default_space(GaussianProcessRegressor(RBF()), effort="high"))
    assert not any(name.startswith("kernel") for name in found)


def test_a_subclass_that_takes_less_is_searched_for_less():
    assert names(default_space(FewerSVC(), effort="medium")) == ["C"]


# --- conditions ---------------------------------------------------------------


def test_each_kernel_has_its_own_parameters():
    space = default_space(SVC(), effort="high")
    by_kernel = {branch["kernel"][0]: set(branch) for branch in space}
    assert set(by_kernel) == {"rbf", "poly", "linear"}
    assert "degree" in by_kernel["poly"]
    assert "gamma" in by_kernel["rbf"]
    assert not {"gamma", "degree"} & by_kernel["linear"]


def test_dicts_of_two_parts_are_combined():
    voting = VotingClassifier([("a", SVC()), ("b", LogisticRegression())])
    space = default_space(voting, effort="high")
    assert len(space) == 3 * 2
    assert all({"a__kernel", "b__solver"} <= set(branch) for branch in space)


def test_no_bootstrap_is_tried_where_out_of_bag_scores_are_wanted():
    space = default_space(RandomForestClassifier(oob_score=True), effort="high")
    assert "bootstrap" not in space
    assert "max_samples" in space


def test_spaces_are_new_at_each_call():
    first = default_space(SVC())
    first["class_weight"].append({0: 2})
    assert default_space(SVC())["class_weight"] == [None, "balanced"]


# --- searches -----------------------------------------------------------------


@pytest.mark.parametrize(
    "make",
    [
        lambda est, space: GridSearch(est, space, points_per_dimension=2, cv=2),
        lambda est, space: RandomSearch(est, space, n_iter=4, cv=2, random_state=0),
        lambda est, space: BayesSearch(est, space, n_iter=4, cv=2, random_state=0),
        lambda est, space: RandomizedSearchCV(est, space, n_iter=4, cv=2, random_state=0),
    ],
    ids=["grid", "random", "bayes", "scikit-learn"],
)
@pytest.mark.parametrize("effort", ["low", "high"])
def test_every_search_takes_it(make, effort):
    X, y = load_iris(return_X_y=True)
    pipeline = make_pipeline(StandardScaler(), PCA(), DecisionTreeClassifier(random_state=0))
    pipeline.set_params(decisiontreeclassifier__criterion="entropy", pca__whiten=True)
    if effort == "high":
        pipeline.set_params(decisiontreeclassifier__class_weight="balanced")
    search = make(pipeline, default_space(pipeline, effort=effort)).fit(X, y)
    assert search.best_score_ > 0.8


# --- other libraries ----------------------------------------------------------


def fake(place, name, **defaults):
    """A class that a library might have, without the library."""
    parameters = ", ".join(f"{key}={value!r}" for key, value in defaults.items())
    body = "; ".join(f"self.{key} = {key}" for key in defaults)
    scope = {}
    exec(f"def __init__(self, {parameters}): {body}", scope)
    methods = {"__init__": scope["__init__"], "fit": Mystery.fit, "predict": Mystery.predict}
    return type(name, (BaseEstimator,), methods | {"__module__": place})


def test_skorch_is_known_by_its_name():
    base = fake("skorch.net", "NeuralNet", module=None, lr=0.01, batch_size=128, max_epochs=10)
    net = type("NeuralNetClassifier", (base,), {"__module__": "skorch.classifier"})()
    assert names(default_space(net, effort="low")) == ["lr", "batch_size"]
    assert "optimizer__weight_decay" in default_space(net)


def test_a_class_of_the_same_name_elsewhere_is_another():
    stranger = fake("elsewhere.models", "SVC", C=1.0)()
    with pytest.raises(ValueError, match="models that skhpo has a space of, got SVC"):
        default_space(stranger)


@pytest.mark.skipif(not IS_INSTALLED["lightgbm"], reason="lightgbm is not installed")
def test_rows_are_drawn_anew_where_a_share_of_them_is_searched():
    from lightgbm import LGBMClassifier

    assert default_space(LGBMClassifier())["subsample_freq"] == [1]
    assert "subsample_freq" not in default_space(LGBMClassifier(subsample_freq=5))


@pytest.mark.skipif(not IS_INSTALLED["catboost"], reason="catboost is not installed")
def test_what_is_set_under_another_name_stays():
    from catboost import CatBoostClassifier

    found = default_space(CatBoostClassifier(max_depth=3, eta=0.1), effort="high")
    assert not {"depth", "learning_rate"} & set(found)


# --- errors -------------------------------------------------------------------

REFUSED = [
    (SVC, {}, TypeError, "`estimator` must be an estimator with get_params, got <class"),
    (len, {}, TypeError, "`estimator` must be an estimator with get_params"),
    (SVC(), {"effort": "most"}, ValueError, "`effort` must be 'low', 'medium' or 'high'"),
    (Mystery(), {}, ValueError, "got Mystery.*Write a space: .* its parameters are depth"),
    (make_pipeline(PCA(), Mystery()), {}, ValueError, "got Mystery"),
    (KMeans(), {}, ValueError, "got KMeans.*none of clustering"),
    (Nameless(), {}, ValueError, "got Nameless.*its parameters are none"),
    (LinearRegression(), {}, ValueError, "worth a search with effort='medium' and are not set"),
    (Ridge(alpha=2.0), {}, ValueError, "What you set stays as it is"),
]


@pytest.mark.parametrize(
    ("estimator", "keywords", "error", "message"), REFUSED, ids=range(len(REFUSED))
)
def test_what_cannot_be_searched_is_refused(estimator, keywords, error, message):
    with pytest.raises(error, match=message):
        default_space(estimator, **keywords)


def test_a_choice_of_trees_is_ordered_by_depth():
    trees = default_space(AdaBoostClassifier())["estimator"]
    assert isinstance(trees, Categorical)
    assert trees.ordered
    depths = [tree.max_depth for tree in trees.choices]
    assert depths == sorted(depths)
