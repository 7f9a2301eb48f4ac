"""Constructor parameters of a search, checked before the first fit.

scikit-learn's sentences stand first and unchanged; what helps stands behind them.
"""

from __future__ import annotations

import difflib
import numbers
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn import get_config
from sklearn.metrics import get_scorer_names
from sklearn.model_selection import PredefinedSplit

from skhpo._responses import METHODS
from skhpo._stopping import ExpectedRegret
from skhpo._trial import Trial
from skhpo.exceptions import InvalidParameterError

# Characters of a value that stand in an error.
_MAX_SHOWN = 300


def is_share(value: Any) -> bool:
    """Whether a value is a float, as opposed to a count; bools are neither."""
    return isinstance(value, numbers.Real) and not isinstance(value, numbers.Integral | np.bool_)


def _is_bool(value: Any) -> bool:
    """Whether a value is a bool, of numpy too."""
    return isinstance(value, bool | np.bool_)


def _is_int(value: Any, least: int | None = None) -> bool:
    """Whether a value is an integer of at least `least`."""
    is_int = isinstance(value, numbers.Integral) and not _is_bool(value)
    return is_int and (least is None or int(value) >= least)


def _is_iterable(value: Any) -> bool:
    """Whether a value may be a list of pairs of index arrays."""
    is_text_or_dict = isinstance(value, str | bytes | Mapping | type)
    is_scalar = getattr(value, "shape", None) == ()
    return isinstance(value, Iterable) and not (is_text_or_dict or is_scalar)


def _is_cv(value: Any) -> bool:
    """Whether a value says how to split."""
    if is_share(value):
        return bool(0 < value < 1)
    has_methods = hasattr(value, "split") and hasattr(value, "get_n_splits")
    is_splitter = has_methods and not isinstance(value, type)
    return value is None or _is_int(value, 2) or is_splitter or _is_iterable(value)


def _is_random_state(value: Any) -> bool:
    """Whether a value is a seed, a generator or None."""
    is_seed = _is_int(value, 0) and int(value) < 2**32
    return value is None or is_seed or isinstance(value, np.random.RandomState)


def _is_limit(value: Any) -> bool:
    """Whether a value may be a number of seconds or bytes."""
    is_number = isinstance(value, numbers.Real) and not _is_bool(value)
    return value is None or (is_number and 0 < value < np.inf)


def _is_stopping(value: Any) -> bool:
    """Whether a value may say when a search ends."""
    is_rule = hasattr(value, "should_stop") and not isinstance(value, type)
    return value is None or _is_int(value, 1) or is_rule or isinstance(value, ExpectedRegret)


def _is_scoring(value: Any) -> bool:
    """Whether a value may say what is scored."""
    if isinstance(value, str):
        return value in get_scorer_names()
    return value is None or callable(value) or isinstance(value, list | tuple | dict)


def _is_path(value: Any) -> bool:
    """Whether a value is a path, or None."""
    is_text = isinstance(value, str) and value != "" and "\0" not in value
    return value is None or is_text or isinstance(value, os.PathLike)


def _is_initial_params(value: Any) -> bool:
    """Whether a value may say which candidates are tried first."""
    items = value if isinstance(value, list | tuple) else [value]
    is_each = (isinstance(item, dict) or _is_default(item) for item in items)
    return value is None or all(is_each)


def _is_initial_trials(value: Any) -> bool:
    """Whether a value may be finished trials, or a table of them."""
    if value is None or isinstance(value, Mapping) or _is_path(value):
        return True
    trials = getattr(value, "trials", value)
    is_sequence = isinstance(trials, list | tuple)
    return is_sequence and all(isinstance(trial, Trial) for trial in trials)


def _is_default(item: Any) -> bool:
    """Whether an item names the estimator's own parameters."""
    return isinstance(item, str) and item == "default"


@dataclass(frozen=True)
class Rule:
    """What a parameter must be."""

    holds: Callable[[Any], bool]
    text: str
    fix: str


_INT_OR_STR = "an instance of 'int' or an instance of 'str'"
RULES: dict[str, Rule] = {
    "estimator": Rule(
        lambda value: hasattr(value, "fit") and not isinstance(value, type),
        "an object implementing 'fit'",
        "pass an estimator instance, such as LogisticRegression()",
    ),
    "scoring": Rule(
        _is_scoring,
        "a str among the names that sklearn.metrics.get_scorer_names() gives, a callable, an "
        "instance of 'list', an instance of 'tuple', an instance of 'dict' or None",
        "scoring='accuracy' names a metric, None is the estimator's own score",
    ),
    "n_jobs": Rule(
        lambda value: value is None or _is_int(value),
        "an instance of 'int' or None",
        "-1 uses all cores",
    ),
    "refit": Rule(
        lambda value: _is_bool(value) or isinstance(value, str) or callable(value),
        "an instance of 'bool', an instance of 'str' or a callable",
        "refit=True fits the winner again, refit='accuracy' names the metric that decides",
    ),
    "cv": Rule(
        _is_cv,
        "an int in the range [2, inf), a float in the range (0, 1), an object implementing "
        "'split' and 'get_n_splits', an iterable or None",
        "cv=5 is five folds, cv=0.25 one validation split",
    ),
    "verbose": Rule(
        lambda value: _is_bool(value) or _is_int(value, 0),
        "an int in the range [0, inf) or an instance of 'bool'",
        "verbose=2 prints a line for each fold",
    ),
    "pre_dispatch": Rule(
        lambda value: _is_int(value) or isinstance(value, str),
        _INT_OR_STR,
        "the default is '2*n_jobs'",
    ),
    "error_score": Rule(
        lambda value: (
            value == "raise" if isinstance(value, str) else isinstance(value, numbers.Real)
        ),
        "a str among {'raise'} or an instance of 'float'",
        "numpy.nan goes on after failures",
    ),
    "return_train_score": Rule(
        _is_bool,
        "an instance of 'bool'",
        "return_train_score=True scores the training rows too",
    ),
    "return_searches": Rule(
        _is_bool, "an instance of 'bool'", "return_searches=True keeps the fitted searches"
    ),
    "random_state": Rule(
        _is_random_state,
        "an int in the range [0, 4294967295], an instance of 'numpy.random.RandomState' or None",
        "random_state=0 gives the same candidates each time",
    ),
    "n_iter": Rule(
        lambda value: _is_int(value, 1),
        "an int in the range [1, inf)",
        "n_iter=50 is fifty candidates",
    ),
    "initial_params": Rule(
        _is_initial_params,
        "a dict, the str 'default' (in searches), a list of those or None",
        "initial_params={'C': 1.0} is tried first",
    ),
    "initial_trials": Rule(
        _is_initial_trials,
        "a list or tuple of Trial, a MaximizeResult, a dict such as `cv_results_`, a path or None",
        "initial_trials=search.trials_ learns from an earlier search",
    ),
    "repeats": Rule(
        lambda value: _is_int(value, 1), "an int in the range [1, inf)", "repeats=1 is one division"
    ),
    "points_per_dimension": Rule(
        lambda value: _is_int(value, 1), "an int in the range [1, inf)", "the default is 5"
    ),
    "max_time": Rule(
        _is_limit,
        "a number of seconds in the range (0, inf) or None",
        "max_time=600 is ten minutes",
    ),
    "fit_timeout": Rule(
        _is_limit,
        "a number of seconds in the range (0, inf) or None",
        "fit_timeout=60 is a minute",
    ),
    "fit_memory": Rule(
        _is_limit,
        "a number of bytes in the range (0, inf) or None",
        "fit_memory=2e9 is two gigabytes",
    ),
    "early_stopping": Rule(
        _is_stopping,
        "an int in the range [1, inf), an object implementing 'should_stop', an ExpectedRegret "
        "or None",
        "early_stopping=10 ends a search after ten trials without improvement",
    ),
    "racing": Rule(
        _is_bool, "an instance of 'bool'", "racing=True stops candidates that cannot win"
    ),
    "on_interrupt": Rule(
        lambda value: isinstance(value, str) and value in ("raise", "refit"),
        "a str among {'raise', 'refit'}",
        "'refit' keeps the best complete trial after Ctrl-C",
    ),
    "keep_oof": Rule(
        lambda value: value in METHODS if isinstance(value, str) else _is_bool(value),
        f"an instance of 'bool' or a str among {METHODS}",
        "keep_oof='predict_proba' keeps probabilities, whatever is scored",
    ),
    "share_fits": Rule(
        _is_bool, "an instance of 'bool'", "share_fits=False fits every step of every candidate"
    ),
    "eval_set": Rule(
        lambda value: (
            value in ("inner", "fold")
            if isinstance(value, str)
            else value is None or (is_share(value) and 0 < value < 1)
        ),
        "a str among {'inner', 'fold'}, a float in the range (0, 1) or None",
        "eval_set='inner' keeps a tenth of each fold's training rows to stop boosting by",
    ),
    "test_size": Rule(
        lambda value: value is None or _is_int(value, 1) or (is_share(value) and 0 < value < 1),
        "an int in the range [1, inf), a float in the range (0, 1) or None",
        "test_size=0.2 sets a fifth of the rows aside",
    ),
    "test_split": Rule(
        lambda value: (
            value is None
            or (hasattr(value, "split") and not isinstance(value, str | bytes | type))
            or (_is_iterable(value) and not hasattr(value, "split"))
        ),
        "an object implementing 'split', an iterable of one pair of index arrays or None",
        "test_split=[(development, test)] gives the rows of both parts",
    ),
    "checkpoint": Rule(
        _is_path,
        "a non-empty str, an instance of 'os.PathLike' or None",
        "checkpoint='search.sqlite' is a file of this search",
    ),
    "key": Rule(
        lambda value: value is None or (isinstance(value, str) and value != ""),
        "a non-empty str or None",
        "key='v1' stands for the function in the checkpoint",
    ),
    "test_ledger": Rule(
        _is_path,
        "a non-empty str, an instance of 'os.PathLike' or None",
        "test_ledger='spent.sqlite' is a file that searches share",
    ),
}


def check_parameters(search: Any) -> None:
    """Check what the constructor was given.

    Raises
    ------
    InvalidParameterError
        Naming parameter, rule, value and fix.
    """
    if get_config()["skip_parameter_validation"]:
        return
    for name, value in search.get_params(deep=False).items():
        if name in RULES:
            check_parameter(type(search).__name__, name, value)


def check_parameter(owner: str, name: str, value: Any) -> None:
    """Check one parameter against its rule.

    Raises
    ------
    InvalidParameterError
        Naming parameter, rule, value and fix.
    """
    rule = RULES[name]
    if rule.holds(value):
        return
    is_name = name == "scoring" and isinstance(value, str)
    hint = suggest(value, get_scorer_names()) if is_name else ""
    raise InvalidParameterError(
        f"The {name!r} parameter of {owner} must be {rule.text}. Got {show(value)} instead."
        + (hint or f" Fix: {rule.fix}.")
    )


def show(value: Any) -> str:
    """A value in one line, of a length that can be read."""
    text = " ".join(repr(value).split())
    return text if len(text) <= _MAX_SHOWN else f"{text[:_MAX_SHOWN]}..."


def names_rows(cv: Any) -> bool:
    """Whether a `cv` counts the rows of the data that it was made for."""
    is_plain = cv is None or isinstance(cv, numbers.Real)
    is_splitter = hasattr(cv, "split") and not isinstance(cv, PredefinedSplit)
    return not (is_plain or is_splitter)


def check_cv_fits_test_set(cv: Any) -> None:
    """Check that `cv` does not name rows of data that a test set was cut from.

    Raises
    ------
    ValueError
        If it is index pairs or a ``PredefinedSplit``.
    """
    if not names_rows(cv):
        return
    raise ValueError(
        "`cv` must not name rows when a test set is set aside, because the rows that are left have "
        f"other numbers, got cv={show(cv)}; pass a splitter, an int or a float, or divide the rows "
        "beforehand and call score_test(X_test, y_test)."
    )


def suggest(name: str, valid: Iterable[str]) -> str:
    """Ask whether the nearest valid name was meant; empty if none is near."""
    near = difflib.get_close_matches(name, list(valid), n=1)
    return f" Did you mean {near[0]!r}?" if near else ""
