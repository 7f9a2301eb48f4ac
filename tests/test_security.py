"""Files that users name are never unpickled; what users name is never markup or a formula."""

from __future__ import annotations

import ast
import pickle
import sqlite3
from contextlib import closing
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.metrics import make_scorer, mean_squared_error
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.tree import DecisionTreeClassifier

import skhpo
from skhpo import GridSearch, compare, nested_score, read_ledger

PACKAGE = Path(skhpo.__file__).parent
EVIL = "<script>alert('x')</script>"

# Unpickling, or running text as code: `load` of json and tomllib is neither.
UNSAFE = {
    "pickle": {"load", "loads", "Unpickler"},
    "cloudpickle": {"load", "loads"},
    "joblib": {"load"},
    "np": {"load"},
    "numpy": {"load"},
    "marshal": {"load", "loads"},
    "shelve": {"open"},
    "dill": {"load", "loads"},
    "pd": {"read_pickle"},
}
RUNS_TEXT = {"eval", "exec", "compile", "__import__"}


def unsafe_calls(path):
    """Names in a module that load or run what a file says."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            if node.attr in UNSAFE.get(node.value.id, ()):
                found.append(f"{node.value.id}.{node.attr}")
        elif isinstance(node, ast.ImportFrom) and node.module in UNSAFE:
            found += [alias.name for alias in node.names if alias.name in UNSAFE[node.module]]
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") in RUNS_TEXT:
            found.append(node.func.id)
    return found


def test_only_the_engine_unpickles_and_nothing_runs_text():
    modules = {str(path.relative_to(PACKAGE)): path for path in PACKAGE.rglob("*.py")}
    unsafe = {name: unsafe_calls(path) for name, path in modules.items()}
    found = {name for name, calls in unsafe.items() if calls}
    # The engine loads what its own processes wrote for each other, in folders of their own.
    assert {"_engine/shared.py", "_engine/transport.py"} <= found
    outside = {name for name in found if not name.startswith("_engine/")}
    # The suite for authors of strategies copies a strategy that it made itself.
    assert outside == {"testing/_repeatability.py"}


class Payload:
    """Writes a file when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


@pytest.fixture
def payload(tmp_path):
    """Bytes of a pickle, which leave a mark where they are loaded; and the mark."""
    mark = tmp_path / "was-unpickled"
    return pickle.dumps(Payload(mark)), mark


X = np.random.default_rng(0).normal(size=(60, 3))
y = np.tile([0, 1], 30)
TREE = DecisionTreeClassifier(random_state=0)


def test_a_pickle_in_the_place_of_a_ledger_is_not_loaded(payload, tmp_path):
    data, mark = payload
    path = tmp_path / "ledger"
    path.write_bytes(data)
    with pytest.raises(ValueError, match="must be a test ledger"):
        read_ledger(path)
    with pytest.raises(ValueError, match="must be a test ledger"):
        GridSearch(TREE, {}, test_size=0.2, test_ledger=path).fit(X, y)
    assert not mark.exists()


def test_pickles_in_the_fields_of_a_ledger_are_not_loaded(payload, tmp_path):
    data, mark = payload
    path = tmp_path / "ledger"
    GridSearch(TREE, {}, test_size=0.2, test_ledger=path).fit(X, y).score_test()
    with closing(sqlite3.connect(path)) as connection, connection:
        columns = [row[1] for row in connection.execute("PRAGMA table_info(spent)")]
        for column in columns[1:]:
            connection.execute(f"UPDATE spent SET {column} = ?", (data,))
    with pytest.raises(ValueError, match="must be an intact ledger"):
        read_ledger(path)
    assert not mark.exists()


# Markup -----------------------------------------------------------------------------------


class Tags(HTMLParser):
    """The tags of a page."""

    def __init__(self):
        super().__init__()
        self.names = set()

    def handle_starttag(self, tag, attrs):
        self.names.add(tag)
        # What is escaped inside of an attribute cannot end it.
        assert all(not name.startswith("on") or name == "onclick" for name, _ in attrs)


def is_escaped(page):
    """Whether the evil name stands in the page, if at all, as text."""
    return EVIL not in page and "<script>alert" not in page


class Named(ClassifierMixin, BaseEstimator):
    """Has a value and a class label that are markup."""

    def __init__(self, value=None):
        self.value = value

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        return np.full(len(X), self.classes_[0])


def evil_score(estimator, X, y):
    """Score by a function whose name is markup."""
    return {EVIL: 1.0, "other": 0.5}


@pytest.fixture
def search():
    """A search in which every name that a user can give is markup."""
    frame = pd.DataFrame(X, columns=[EVIL, "b", "c"])
    labels = np.where(y > 0, EVIL, "good")
    model = Pipeline([(EVIL, FunctionTransformer()), ("model", Named())])
    scoring = {EVIL: "accuracy", "other": "balanced_accuracy"}
    space = {"model__value": [EVIL, "b"]}
    search = GridSearch(model, space, scoring=scoring, refit=EVIL, test_size=0.2, random_state=0)
    return search.fit(frame, labels)


def pages_of(thing):
    """What a notebook would show of an object."""
    names = ("_repr_html_", "_repr_svg_", "_repr_javascript_", "_repr_markdown_", "_repr_latex_")
    pages = {name: getattr(thing, name)() for name in names if hasattr(thing, name)}
    bundle = getattr(thing, "_repr_mimebundle_", None)
    if bundle is not None:
        pages |= {kind: page for kind, page in bundle().items() if kind != "text/plain"}
    return {name: page for name, page in pages.items() if page}


def test_a_search_shows_names_as_text(search):
    fitted, unfitted = pages_of(search), pages_of(GridSearch(Named(EVIL), {"value": [EVIL]}))
    assert fitted
    assert unfitted
    assert all(map(is_escaped, [*fitted.values(), *unfitted.values()]))


def test_a_test_report_shows_names_as_text(search):
    search.score_test()
    report = search.test_report_
    page = report._repr_html_()
    assert EVIL in str(report)
    assert is_escaped(page)
    tags = Tags()
    tags.feed(page)
    assert tags.names <= {"div", "dl", "dt", "dd", "strong"}


def test_a_test_report_shows_the_name_of_a_function_as_text():
    scorer = make_scorer(mean_squared_error, greater_is_better=False)
    evil_score.__name__ = EVIL
    for scoring, refit, rows in ((scorer, True, X), (evil_score, EVIL, X + 1)):
        search = GridSearch(TREE, {"max_depth": [1]}, scoring=scoring, refit=refit, test_size=0.2)
        search.fit(rows, y).score_test()
        assert is_escaped(search.test_report_._repr_html_())


def test_what_else_is_printed_is_text_alone(search):
    named = {EVIL: GridSearch(Named(), {"value": [EVIL]}), "b": GridSearch(Named(), {})}
    labels = np.where(y > 0, EVIL, "good")
    comparison = compare(named, X, labels, random_state=0)
    nested = nested_score(named[EVIL], X, labels, cv=2)
    for thing in (comparison, nested, search.correction_, search.oof_predictions_, *search.trials_):
        assert all(map(is_escaped, pages_of(thing).values()))
    for table in (comparison, nested):
        tags = Tags()
        tags.feed(table._repr_html_())
        assert tags.names == {"div", "table", "thead", "tbody", "tr", "th", "td"}
    # As text, a name is itself.
    assert EVIL in str(comparison)


@pytest.mark.parametrize("name", ["$x$", "$\\frac{$", "a $ b", "100 %", "a_b^c", EVIL])
def test_a_picture_shows_names_as_they_are(name):
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    from matplotlib import pyplot

    searches = {name: GridSearch(TREE, {"max_depth": [1, 2]}), "b": GridSearch(TREE, {})}
    display = compare(searches, X, y, random_state=0).plot()
    # A formula that is none raises when it is drawn.
    display.figure_.canvas.draw()
    text = display.ax_.get_legend().get_texts()[0].get_text()
    assert text.replace(r"\$", "$") == name
    pyplot.close(display.figure_)
