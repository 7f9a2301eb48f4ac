"""What stops early on validation rows, and how each library is told: a table.

model     an estimator whose ``fit`` takes validation rows and stops by their score
round     a boosting iteration, or an epoch of a network
given     keyword arguments that ``fit`` gets, by the names that the model knows
beside    those of them with an entry a row, cut to the validation rows

Models are known by the library and the name of a class of theirs: nothing is imported to
look. How each library is told stands in its own documentation of ``fit``.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from sklearn.base import is_classifier
from sklearn.preprocessing import LabelEncoder

Params = Mapping[str, Any]

# https://lightgbm.readthedocs.io/en/stable/Parameters.html lists the aliases; the first one
# counts where there are several, even if it is None.
_LIGHTGBM_PATIENCE = (
    "early_stopping_round",
    "early_stopping_rounds",
    "early_stopping",
    "n_iter_no_change",
)
_LIGHTGBM_ROUNDS = (
    "n_estimators",
    "num_iterations",
    "num_iteration",
    "n_iter",
    "num_tree",
    "num_trees",
    "num_round",
    "num_rounds",
    "nrounds",
    "num_boost_round",
    "max_iter",
)
# https://catboost.ai/docs/en/references/training-parameters/common
_CATBOOST_ROUNDS = ("n_estimators", "num_boost_round", "num_trees", "iterations")


@dataclass(frozen=True)
class Passed:
    """What a model is given besides the rows that it learns from.

    Parameters
    ----------
    X, y : array-like
        Validation rows, as the model knows rows.
    beside : dict of str to object
        What goes with them: weights and the like.
    given : dict of str to object
        Keyword arguments of its ``fit``.
    y_fitted : array-like
        Targets that it learns from.
    """

    X: Any
    y: Any
    beside: Params
    given: Params
    y_fitted: Any

    def named(self, names: Mapping[str, str]) -> dict[str, Any]:
        """What goes beside the rows, by the names for validation rows, in lists of one."""
        return {names[name]: [value] for name, value in self.beside.items() if name in names}


@dataclass(frozen=True)
class Library:
    """How the models of one library are told.

    Parameters
    ----------
    package : str
        Its top-level name.
    classes : tuple of str
        A model has one of them among its classes.
    others : tuple of str
        Classes of those that cannot stop, or need more than rows and targets.
    own_names : tuple of str
        Keyword arguments of ``fit`` that would name validation rows themselves.
    how : str
        How a user switches early stopping on.
    stops : callable
        ``stops(model, given)``: whether it is on.
    pass_rows : callable
        ``pass_rows(model, passed)``: keyword arguments for the model's ``fit``; may set
        parameters of the model.
    best_round : callable
        ``best_round(model)``: after how many rounds the validation score was best.
    finish : callable
        ``finish(model, n_rounds)``: set the number of rounds, where it is known, and switch
        early stopping off.
    by_rows : bool, default=True
        Whether more rows need more rounds; an epoch has all rows already.
    """

    package: str
    classes: tuple[str, ...]
    others: tuple[str, ...]
    own_names: tuple[str, ...]
    how: str
    stops: Callable[[Any, Params], bool]
    pass_rows: Callable[[Any, Passed], dict[str, Any]]
    best_round: Callable[[Any], int]
    finish: Callable[[Any, int | None], None]
    by_rows: bool = True

    def knows(self, model: Any) -> bool:
        """Whether a model is one of this library's."""
        kinds = type(model).__mro__
        own = {k.__name__ for k in kinds if k.__module__.partition(".")[0] == self.package}
        return not own.isdisjoint(self.classes) and own.isdisjoint(self.others)


def is_stopping_callback(callback: Any) -> bool:
    """Whether a callback of any of the libraries stops a fit: by name, or (name, callback)."""
    if isinstance(callback, tuple):
        return any(map(is_stopping_callback, callback))
    kind = callback if isinstance(callback, type) else type(callback)
    return any(
        base.__name__ in ("EarlyStopping", "_EarlyStoppingCallback") for base in kind.__mro__
    )


def _without_stopping(callbacks: Any) -> Any:
    """The other callbacks."""
    if not isinstance(callbacks, list | tuple):
        return callbacks
    return type(callbacks)(c for c in callbacks if not is_stopping_callback(c)) or None


def _has_stopping(callbacks: Any) -> bool:
    """Whether one of the callbacks stops a fit."""
    return isinstance(callbacks, list | tuple) and any(map(is_stopping_callback, callbacks))


# Histogram-based gradient boosting of scikit-learn ------------------------------------------


def _histogram_rows(model: Any, rows: Passed) -> dict[str, Any]:
    """Pass rows by scikit-learn's names."""
    # scikit-learn's docstring says that "auto" stops where rows are passed; 1.9 asks for more
    # than 10,000 training rows even so.
    model.set_params(early_stopping=True)
    weight = rows.beside.get("sample_weight")
    weights = {} if weight is None else {"sample_weight_val": weight}
    return {"X_val": rows.X, "y_val": rows.y, **weights}


def _histogram_best(model: Any) -> int:
    """Scores begin before the first round."""
    return int(np.argmax(model.validation_score_))


def _histogram_finish(model: Any, n_rounds: int | None) -> None:
    """Set ``max_iter``."""
    model.set_params(early_stopping=False, max_iter=n_rounds or model.max_iter)


# xgboost ------------------------------------------------------------------------------------


def _xgboost_stops(model: Any, given: Params) -> bool:
    """By its own parameter, or a callback."""
    return model.early_stopping_rounds is not None or _has_stopping(model.callbacks)


def _xgboost_rows(model: Any, rows: Passed) -> dict[str, Any]:
    """Pass rows as a list of one set."""
    names = {"sample_weight": "sample_weight_eval_set", "base_margin": "base_margin_eval_set"}
    # By default ``fit`` prints a line a round where there are validation rows.
    quiet = {} if "verbose" in rows.given else {"verbose": False}
    return {"eval_set": [(rows.X, rows.y)], **rows.named(names), **quiet}


def _xgboost_finish(model: Any, n_rounds: int | None) -> None:
    """Set ``n_estimators``."""
    model.set_params(
        early_stopping_rounds=None,
        callbacks=_without_stopping(model.callbacks),
        n_estimators=n_rounds or model.n_estimators,
    )


# lightgbm -----------------------------------------------------------------------------------


def _lightgbm_stops(model: Any, given: Params) -> bool:
    """By a parameter under one of its names, or a callback of ``fit``; "dart" never does."""
    params = model.get_params(deep=False)
    if "dart" in (params.get("boosting_type"), params.get("boosting"), params.get("boost")):
        return False
    patience = next((params[name] for name in _LIGHTGBM_PATIENCE if name in params), None)
    return (patience or 0) > 0 or _has_stopping(given.get("callbacks"))


def _lightgbm_rows(model: Any, rows: Passed) -> dict[str, Any]:
    """Pass rows; `eval_set` is deprecated since 4.7."""
    names = {"sample_weight": "eval_sample_weight", "init_score": "eval_init_score"}
    y = rows.y
    if "eval_X" not in inspect.signature(type(model).fit).parameters:
        return {"eval_set": [(rows.X, y)], **rows.named(names)}
    if is_classifier(model) and not _encodes_eval_labels():
        y = LabelEncoder().fit(np.asarray(rows.y_fitted)).transform(np.asarray(y))
    return {"eval_X": rows.X, "eval_y": y, **rows.named(names)}


@cache
def _encodes_eval_labels() -> bool:
    """Whether this release encodes `eval_y` as it does the training labels.

    4.7.0 does not: labels that are not 0, 1, ... stop at wrong rounds, without a word
    (https://github.com/lightgbm-org/LightGBM/issues/7400).
    """
    from lightgbm import LGBMClassifier

    X, y = np.zeros((4, 1)), np.array(["a", "b", "a", "b"])
    try:
        LGBMClassifier(n_estimators=1, verbosity=-1, n_jobs=1).fit(X, y, eval_X=X, eval_y=y)
    except ValueError:
        return False
    return True


def _lightgbm_best(model: Any) -> int:
    """Counted from 1."""
    return int(model.best_iteration_ or model.n_estimators_)


def _lightgbm_finish(model: Any, n_rounds: int | None) -> None:
    """Set the number of trees under whatever names it has."""
    params = model.get_params(deep=False)
    changes: dict[str, Any] = {name: None for name in _LIGHTGBM_PATIENCE if name in params}
    if n_rounds is not None:
        changes |= {name: n_rounds for name in _LIGHTGBM_ROUNDS if name in params}
    model.set_params(**changes)


# catboost -----------------------------------------------------------------------------------


def _catboost_stops(model: Any, given: Params) -> bool:
    """By the parameters of its overfitting detector."""
    params = {**model.get_params(), **given}
    names = ("early_stopping_rounds", "od_wait", "od_pval")
    return params.get("od_type") == "Iter" or any(params.get(name) for name in names)


def _catboost_rows(model: Any, rows: Passed) -> dict[str, Any]:
    """Pass rows, in a ``Pool`` where weights go with them."""
    names = {"sample_weight": "weight", "baseline": "baseline"}
    extra = {names[name]: value for name, value in rows.beside.items() if name in names}
    if not extra:
        return {"eval_set": (rows.X, rows.y)}
    from catboost import Pool

    params = {**model.get_params(), **{k: v for k, v in rows.given.items() if v is not None}}
    kinds = ("cat_features", "text_features", "embedding_features")
    columns = {kind: params[kind] for kind in kinds if kind in params}
    return {"eval_set": Pool(rows.X, rows.y, **extra, **columns)}


def _catboost_finish(model: Any, n_rounds: int | None) -> None:
    """Set the number of trees by the name it has; the detector sleeps without rows."""
    params = model.get_params()
    if params.get("use_best_model"):
        model.set_params(use_best_model=False)
    if n_rounds is not None:
        name = next((name for name in _CATBOOST_ROUNDS if name in params), "iterations")
        model.set_params(**{name: n_rounds})


# skorch -------------------------------------------------------------------------------------


def _skorch_rows(model: Any, rows: Passed) -> dict[str, Any]:
    """Set a split that gives these rows."""
    from skorch.helper import predefined_split

    model.set_params(train_split=predefined_split(model.get_dataset(rows.X, rows.y)))
    return {}


def _skorch_best(model: Any) -> int:
    """Of the column that the callback watches."""
    parts = [part for item in model.callbacks for part in (item if type(item) is tuple else [item])]
    watching = next(part for part in parts if is_stopping_callback(part))
    scores = np.array(model.history[:, getattr(watching, "monitor", "valid_loss")])
    is_loss = getattr(watching, "lower_is_better", True)
    return int(np.argmin(scores) if is_loss else np.argmax(scores)) + 1


def _skorch_finish(model: Any, n_rounds: int | None) -> None:
    """Set ``max_epochs``."""
    model.set_params(
        callbacks=_without_stopping(model.callbacks),
        train_split=None,
        max_epochs=n_rounds or model.max_epochs,
    )


LIBRARIES = (
    Library(
        "sklearn",
        ("HistGradientBoostingClassifier", "HistGradientBoostingRegressor"),
        (),
        ("X_val", "y_val", "sample_weight_val"),
        "early_stopping=True, or 'auto'",
        lambda model, given: model.early_stopping is not False,
        _histogram_rows,
        _histogram_best,
        _histogram_finish,
    ),
    Library(
        "xgboost",
        ("XGBModel",),
        ("XGBRFClassifier", "XGBRFRegressor", "XGBRankerMixIn"),
        ("eval_set", "sample_weight_eval_set", "base_margin_eval_set"),
        "early_stopping_rounds=50",
        _xgboost_stops,
        _xgboost_rows,
        lambda model: int(model.best_iteration) + 1,
        _xgboost_finish,
    ),
    Library(
        "lightgbm",
        ("LGBMModel",),
        ("LGBMRanker",),
        ("eval_set", "eval_X", "eval_y", "eval_sample_weight", "eval_init_score"),
        "early_stopping_round=50, with another boosting_type than 'dart'",
        _lightgbm_stops,
        _lightgbm_rows,
        _lightgbm_best,
        _lightgbm_finish,
    ),
    Library(
        "catboost",
        ("CatBoost",),
        ("CatBoostRanker",),
        ("eval_set",),
        "early_stopping_rounds=50, or od_type='Iter'",
        _catboost_stops,
        _catboost_rows,
        lambda model: int(model.get_best_iteration()) + 1,
        _catboost_finish,
    ),
    Library(
        "skorch",
        ("NeuralNet",),
        (),
        (),
        "callbacks=[skorch.callbacks.EarlyStopping()]",
        lambda model, given: _has_stopping(model.callbacks),
        _skorch_rows,
        _skorch_best,
        _skorch_finish,
        by_rows=False,
    ),
)
