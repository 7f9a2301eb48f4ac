"""An instance of each class that a table has, and small data that it can be fitted to."""

from importlib import import_module
from importlib.util import find_spec

import numpy as np
from sklearn.base import is_classifier
from sklearn.experimental import enable_iterative_imputer  # noqa: F401
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.utils.discovery import all_estimators

CLASSES = dict(all_estimators())

# Constructors that need arguments.
ARGUMENTS = {
    "ClassifierChain": {"estimator": LogisticRegression()},
    "ColumnTransformer": {"transformers": [("none", "passthrough", [0, 1, 2])]},
    "FeatureUnion": {"transformer_list": [("none", "passthrough")]},
    "FixedThresholdClassifier": {"estimator": LogisticRegression()},
    "MultiOutputClassifier": {"estimator": LogisticRegression()},
    "MultiOutputRegressor": {"estimator": Ridge()},
    "OneVsOneClassifier": {"estimator": LogisticRegression()},
    "OneVsRestClassifier": {"estimator": LogisticRegression()},
    "OutputCodeClassifier": {"estimator": LogisticRegression()},
    "Pipeline": {"steps": [("model", Ridge())]},
    "RegressorChain": {"estimator": Ridge()},
    "SelectFromModel": {"estimator": Ridge()},
    "SelfTrainingClassifier": {"estimator": LogisticRegression()},
    "StackingClassifier": {"estimators": [("model", LogisticRegression())]},
    "StackingRegressor": {"estimators": [("model", Ridge())]},
    "TunedThresholdClassifierCV": {"estimator": LogisticRegression()},
    "VotingClassifier": {"estimators": [("model", LogisticRegression())]},
    "VotingRegressor": {"estimators": [("model", Ridge())]},
}
# Classes of the other libraries, by the class that the table names: theirs or a base.
OF_LIBRARIES = {
    "xgboost.XGBRFClassifier": ["XGBRFClassifier"],
    "xgboost.XGBRFRegressor": ["XGBRFRegressor"],
    "xgboost.XGBModel": ["XGBClassifier", "XGBRegressor"],
    "lightgbm.LGBMModel": ["LGBMClassifier", "LGBMRegressor"],
    "catboost.CatBoost": ["CatBoostClassifier", "CatBoostRegressor"],
}
QUIET = {
    "xgboost": {"n_jobs": 1},
    "lightgbm": {"n_jobs": 1, "verbose": -1},
    "catboost": {"thread_count": 1, "verbose": False, "allow_writing_files": False},
}
IS_INSTALLED = {name: find_spec(name) is not None for name in QUIET}


def make_all(key):
    """Instances of the classes that a key of the tables is for; none if not installed."""
    library, name = key.split(".")
    if library == "sklearn":
        return [CLASSES[name](**ARGUMENTS.get(name, {}))]
    if not IS_INSTALLED.get(library, False):
        return []
    module = import_module(library)
    return [getattr(module, known)(**QUIET[library]) for known in OF_LIBRARIES[key]]


# Rounds of which any number works: a few tell whether the other parameters do.
ROUNDS = {"n_estimators": 5, "iterations": 5, "max_iter": 5}
WITH_ROUNDS = {"AdaBoost", "CatBoost", "ExtraTrees", "Gradient", "LGBM", "MLP", "Random", "XGB"}


def fit(estimator):
    """Fit an estimator to data of a kind that it takes, and let it answer."""
    X, y = make_data(estimator)
    if any(word in type(estimator).__name__ for word in WITH_ROUNDS):
        known = {"iterations"} if "CatBoost" in type(estimator).__name__ else estimator.get_params()
        estimator.set_params(**{name: n for name, n in ROUNDS.items() if name in known})
    estimator.fit(X, y)
    method = "predict" if hasattr(estimator, "predict") else "transform"
    return getattr(estimator, method)(X)


def make_data(estimator):
    """60 rows, 6 columns, standard normal, two classes or a positive target; or texts."""
    rng = np.random.default_rng(0)
    name = type(estimator).__name__
    n_columns = 300 if name == "TruncatedSVD" else 6
    X = rng.normal(size=(60, n_columns))
    signal = X[:, 0] + 0.5 * X[:, 1] + 0.3 * rng.normal(size=60)
    labels = (signal > 0).astype(int)
    y = labels if is_classifier(estimator) else np.exp(0.3 * signal)
    if name in {"TfidfVectorizer", "CountVectorizer", "HashingVectorizer"}:
        words = np.array(["red", "green", "blue", "small", "large", "round", "flat"])
        return [" ".join(rng.choice(words, size=5)) for _ in range(60)], labels
    if name in {"MultinomialNB", "ComplementNB", "BernoulliNB", "CategoricalNB"}:
        return (X > 0).astype(int), y
    if name in {"TfidfTransformer", "TargetEncoder", "OneHotEncoder"}:
        return (X > 0).astype(int), labels
    if name.startswith("Select"):
        return X, labels
    if name.startswith("MultiTask"):
        return X, np.column_stack([y, -y])
    return X, y
