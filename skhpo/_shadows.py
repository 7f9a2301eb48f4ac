"""Methods of one estimator shadowed by attributes of the instance for a while.

shadow   a function in the instance's ``__dict__``, which Python finds before the method

Copies and pickles that are made meanwhile are those of the estimator itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

_MISSING = object()


class shadowed:  # noqa: N801 (a context manager, as `contextlib.suppress`)
    """Shadow methods while the context lasts; all are given back at its end.

    An instance that cannot be given attributes (slots, a class that guards them) keeps its
    methods: nothing is shadowed then.

    Parameters
    ----------
    estimator : object
        Whose methods are shadowed.
    shadows : dict of str to callable
        What stands in for each method.
    """

    __slots__ = ("_estimator", "_hidden", "_shadows")

    def __init__(self, estimator: Any, shadows: dict[str, Callable[..., Any]]) -> None:
        self._estimator = estimator
        self._shadows = shadows
        self._hidden: dict[str, Any] = {}

    def __enter__(self) -> None:
        estimator, hidden = self._estimator, self._hidden
        try:
            for name, shadow in self._shadows.items():
                before = vars(estimator).get(name, _MISSING)
                setattr(estimator, name, shadow)
                hidden[name] = before
            if hidden:
                _hide_from_copies(estimator, hidden)
        except Exception:
            _give_back(estimator, hidden)
            hidden.clear()

    def __exit__(self, *error: object) -> None:
        _give_back(self._estimator, self._hidden)


def _hide_from_copies(estimator: Any, hidden: dict[str, Any]) -> None:
    """Let copies and pickles be those of the estimator without shadows."""
    get_state = estimator.__getstate__
    shadows = {"__getstate__": vars(estimator).get("__getstate__", _MISSING), **hidden}

    def state_without_shadows() -> Any:
        """State of the estimator as it was."""
        state = get_state()
        if not isinstance(state, dict):
            return state
        kept = {name: value for name, value in state.items() if name not in shadows}
        return kept | {name: was for name, was in shadows.items() if was is not _MISSING}

    # pickle and copy look it up on the instance.
    estimator.__getstate__ = state_without_shadows
    hidden["__getstate__"] = shadows["__getstate__"]


def _give_back(estimator: Any, hidden: dict[str, Any]) -> None:
    """Remove what shadows methods."""
    for name, before in hidden.items():
        if before is _MISSING:
            delattr(estimator, name)
        else:
            setattr(estimator, name, before)
