"""scikit-learn's metadata routing, callbacks and HTML: the one room for half-public names.

They have no public way, and are used nowhere else:

``_init_callback_context``   documented for authors of estimators
``_skl_callbacks``           whether anyone listens; without it each task would carry the tree
``_sk_visual_block_``        what an estimator's HTML shows (defined, not called)
``_html_repr``               the HTML that a notebook asks for (defined, not called)
``_accept_sample_weight``    whether a scorer takes weights, asked by ``getattr``
"""

from __future__ import annotations

from collections.abc import Callable
from inspect import signature
from types import SimpleNamespace
from typing import Any

from sklearn import get_config
from sklearn.model_selection import GroupShuffleSplit
from sklearn.utils import estimator_html_repr
from sklearn.utils.metadata_routing import MetadataRouter, MethodMapping, process_routing

from skhpo._parameters import is_share
from skhpo._scoring import Scoring
from skhpo._user_warning import warn


class Routed(SimpleNamespace):
    """Where the keyword arguments of ``fit`` go: dicts `fit`, `score`, `split` and `divide`.

    `split` is for the folds, `divide` for setting test rows aside.
    """

    fit: dict[str, Any]
    score: dict[str, Any]
    split: dict[str, Any]
    divide: dict[str, Any]


def is_routing_enabled() -> bool:
    """Whether the user switched metadata routing on."""
    return bool(get_config().get("enable_metadata_routing", False))


def build_router(search: Any, scoring: Scoring) -> MetadataRouter:
    """Build the router of a search: estimator, scorer and splitter."""
    # A float `cv` splits by group when groups are passed, as this splitter asks for them.
    splitter = GroupShuffleSplit() if is_share(search.cv) else search.cv
    router = (
        MetadataRouter(owner=search)
        .add(
            estimator=search.estimator,
            method_mapping=MethodMapping().add(caller="fit", callee="fit"),
        )
        .add(
            scorer=scoring.scorer,
            method_mapping=MethodMapping()
            .add(caller="score", callee="score")
            .add(caller="fit", callee="score"),
        )
        .add(splitter=splitter, method_mapping=MethodMapping().add(caller="fit", callee="split"))
    )
    if search.test_size is not None or search.test_split is not None:
        # Groups keep test rows apart too, whatever `cv` asks for.
        router.add(
            test_splitter=GroupShuffleSplit(),
            method_mapping=MethodMapping().add(caller="fit", callee="split"),
        )
    return router


def route_fit_params(search: Any, scoring: Scoring, params: dict[str, Any]) -> Routed:
    """Say which of ``fit``'s keyword arguments the estimator, scorer and splitter get.

    Without routing, scikit-learn's older rules hold: `groups` go to the splitter,
    all else to ``fit``, and `sample_weight` to scorers that take it too.
    """
    if is_routing_enabled():
        routed = process_routing(search, "fit", **params)
        return Routed(
            fit=dict(routed["estimator"]["fit"]),
            score=dict(routed["scorer"]["score"]),
            split=dict(routed["splitter"]["split"]),
            divide=dict(routed.get("test_splitter", {}).get("split", {})),
        )
    params = dict(params)
    split = {"groups": params.pop("groups", None)}
    score = {}
    weight = params.get("sample_weight")
    if weight is not None and _takes_sample_weight(search, scoring):
        score["sample_weight"] = weight
    return Routed(fit=params, score=score, split=split, divide=split)


def route_score_params(search: Any, params: dict[str, Any]) -> dict[str, Any]:
    """Say which of ``score``'s keyword arguments the scorer gets.

    Raises
    ------
    ValueError
        If there are any while routing is off (scikit-learn's sentence).
    """
    if is_routing_enabled():
        return dict(process_routing(search, "score", **params)["scorer"]["score"])
    if params:
        raise ValueError(
            f"Passing extra keyword arguments to {type(search).__name__}.score is only supported "
            "if enable_metadata_routing=True, which you can set using `sklearn.set_config`. See "
            "the User Guide <https://scikit-learn.org/stable/metadata_routing.html> for more "
            f"details. Extra parameters passed are: {set(params)}"
        )
    return {}


def route_test_params(search: Any, params: dict[str, Any]) -> dict[str, Any]:
    """Say which of ``score_test``'s keyword arguments the scorer gets.

    Raises
    ------
    ValueError
        If routing is off and there are others than `sample_weight`.
    """
    if not is_routing_enabled() and set(params) == {"sample_weight"}:
        return params
    return route_score_params(search, params)


def _takes_sample_weight(search: Any, scoring: Scoring) -> bool:
    """Whether any scorer takes weights; a warning for each that does not."""
    accepting = {name: _accepts_weight(scorer) for name, scorer in scoring.by_name.items()}
    for name, accepts in accepting.items():
        if not accepts:
            scorer = scoring.by_name[name]
            label = f"{name}={scorer}" if scoring.metrics is not None else f"{scorer}"
            warn(
                f"The scoring {label} does not support sample_weight, which may lead to "
                f"statistically incorrect results when fitting {search} with sample_weight. "
            )
    return any(accepting.values())


def _accepts_weight(scorer: Any) -> bool:
    """Ask a scorer, or read a function's signature."""
    accepts = getattr(scorer, "_accept_sample_weight", None)
    if accepts is not None:
        return bool(accepts())
    return "sample_weight" in signature(scorer).parameters


def has_listeners(search: Any) -> bool:
    """Whether callbacks that hear folds are set on the search, its estimator or a part of it."""
    parts = [search, search.estimator]
    if hasattr(search.estimator, "get_params"):
        parts += search.estimator.get_params(deep=True).values()
    callbacks = (callback for part in parts for callback in getattr(part, "_skl_callbacks", ()))
    # Ours may say that it needs no fold's task: those that carry one share no fits.
    return any(getattr(callback, "hears_folds", True) for callback in callbacks)


class CallbackTree:
    """The tasks of one ``fit``, as scikit-learn's callbacks see them.

    root "fit" -> "search" -> one "candidate-split-evaluation" for each fold,
    and -> "refit-with-best-params".
    """

    def __init__(self, search: Any, X: Any, y: Any, sample_weight: Any) -> None:
        metadata = None if sample_weight is None else {"sample_weight": sample_weight}
        self._search = search
        self._data = {"X": X, "y": y, "metadata": metadata}
        self.root = search._init_callback_context(max_subtasks=1 + (search.refit is not False))
        self.root.call_on_fit_task_begin(estimator=search, **self._data)

    def begin_search(self, n_tasks: int) -> Callable[[int], Any] | None:
        """Begin the "search" task; give what opens a fold's context, if anyone listens."""
        self._context = self.root.subcontext(
            task_name="search", max_subtasks=n_tasks, sequential_subtasks=False
        )
        self._context.call_on_fit_task_begin(estimator=self._search)
        return self._open_fold if has_listeners(self._search) else None

    def _open_fold(self, task_id: int) -> Any:
        """Open the context of one fold."""
        return self._context.subcontext(task_name="candidate-split-evaluation", task_id=task_id)

    def end_search(self) -> None:
        """End the "search" task."""
        self._context.call_on_fit_task_end(estimator=self._search)

    def refit(self, estimator: Any, fit: Callable[[], None]) -> None:
        """Run the refit as its own task."""
        context = self.root.subcontext(task_name="refit-with-best-params")
        with context.propagate_callback_context(estimator):
            context.call_on_fit_task_begin(estimator=self._search, **self._data)
            fit()
        context.call_on_fit_task_end(estimator=self._search, **self._data)

    def end(self) -> None:
        """End the root task."""
        self.root.call_on_fit_task_end(estimator=self._search, **self._data)


class ShowsBest:
    """HTML of the best estimator after a refit, else of the estimator, below the essentials."""

    def _show_essentials(self) -> str:
        """What stands above the diagram, as HTML."""
        return ""

    def _html_repr(self) -> str:
        """What scikit-learn gives a notebook that shows HTML."""
        return f"{self._show_essentials()}{estimator_html_repr(self)}"

    def _sk_visual_block_(self) -> SimpleNamespace:
        """What scikit-learn draws: it reads these attributes of whatever it is given."""
        key = "best_estimator_" if hasattr(self, "best_estimator_") else "estimator"
        estimator = getattr(self, key)
        return SimpleNamespace(
            kind="parallel",
            estimators=[estimator],
            names=[f"{key}: {type(estimator).__name__}"],
            name_details=[str(estimator)],
            name_caption=None,
            doc_link_label=None,
            dash_wrapped=True,
        )
