"""The space that most people would search of an estimator, made of the tables beside this file."""

from __future__ import annotations

from typing import Any

from skhpo._default_space.branches import make_branches
from skhpo._default_space.effort import choose
from skhpo._default_space.parts import Part, find_parts, unknown
from skhpo._default_space.table import EFFORTS


def default_space(
    estimator: Any, *, effort: str = "medium"
) -> dict[str, Any] | list[dict[str, Any]]:
    """Make a space of an estimator: parameters worth a search, with ranges from the literature.

    Parameters
    ----------
    estimator : estimator
        A model that scikit-learn users tune: scikit-learn's, xgboost's, lightgbm's, catboost's
        or skorch's, or anything made of them: a Pipeline, a ColumnTransformer, bagging, stacking.
    effort : {"low", "medium", "high"}, default="medium"
        How much is searched: the 2 parameters that matter most, about 4, or all that may.

    Returns
    -------
    space : dict or list of dict
        Parameter names to `Float`, `Int`, `Categorical` or lists, the most important first. A
        list where some have an effect with some values of others only, as the degree of a
        kernel. It is new at each call, and meant to be changed where you know better.

    Raises
    ------
    TypeError
        If `estimator` has no parameters to read, such as a class or a function.
    ValueError
        If a model is unknown, nothing is left to search, or `effort` is none of the three.

    See Also
    --------
    suggest_strategy : A search that suits the space.

    Notes
    -----
    - **What you have set, stays.** A parameter that has another value than its class's default is
      not searched. ``SVC(kernel="linear")`` stays linear, and has no gamma.
    - **The effort is of the whole.** In a Pipeline the model's first two parameters come first,
      then the first of each step before it, then two more of the model, and so on. Models that
      stand side by side are treated alike, so there may be a few parameters more.
    - **The ranges do not depend on the data.** Numbers of columns and of components are shares
      wherever scikit-learn takes them. `TruncatedSVD` and `SelectKBest` take counts only: of
      columns that are fewer, the one fails and the other takes all.
    - **Columns are taken to be scaled** for linear models, support vector machines, neighbours,
      networks: put a `StandardScaler` before them.
    - Unknown transformers stay as they are. So do searches within, which tune for themselves.

    Each range's source stands beside it, in the modules of ``skhpo._default_space``.

    Examples
    --------
    >>> from sklearn.ensemble import HistGradientBoostingClassifier
    >>> from skhpo import default_space
    >>> space = default_space(HistGradientBoostingClassifier(), effort="low")
    >>> space["learning_rate"]
    Float(low=0.01, high=1.0, log=True)
    >>> list(space)
    ['learning_rate', 'max_leaf_nodes']
    """
    if effort not in EFFORTS:
        raise ValueError(
            f"`effort` must be 'low', 'medium' or 'high', got {effort!r}; "
            "'medium' searches about four parameters."
        )
    if isinstance(estimator, type) or not hasattr(estimator, "get_params"):
        raise TypeError(
            f"`estimator` must be an estimator with get_params, got {estimator!r}; "
            "call a class, as in SVC()."
        )
    parts = find_parts(estimator)
    found = choose(parts, effort)
    if not found:
        raise _nothing_found(estimator, parts, effort)
    branches = make_branches(found)
    return branches[0] if len(branches) == 1 else branches


def _nothing_found(estimator: Any, parts: list[Part], effort: str) -> ValueError:
    """What to do where nothing is left to search."""
    strangers = [part.estimator for part in parts if part.entry is None]
    if strangers:
        return unknown(strangers[0])
    return ValueError(
        f"`estimator` must have parameters that are worth a search with effort={effort!r} and "
        f"are not set, got {estimator!r}. What you set stays as it is: leave parameters at "
        "their defaults, try effort='high', or write a space, a dict of names to values."
    )
