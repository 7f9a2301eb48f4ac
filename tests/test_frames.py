"""`to_frame`: pandas, or polars where scikit-learn is set to it."""

import math
import sys

import numpy as np
import pytest
from sklearn import config_context
from sklearn.datasets import load_iris
from sklearn.decomposition import PCA
from sklearn.pipeline import Pipeline
from sklearn.svm import SVC

from skhpo import GridSearch, maximize
from skhpo._frames import make_frame

X, y = load_iris(return_X_y=True)

CASES = {
    "columns": ({"a": [1, 2], "b": np.array([0.5, np.nan])}, None),
    "rows": ([{"a": 1, "b": "x"}, {"a": 2, "b": "y"}], None),
    "no rows": ([], ["a", "b"]),
    "kinds": ([{"a": "scale", "b": None}, {"a": 0.1, "b": PCA}], None),
    "objects": ({"a": np.array([(1, 2), None, "x"], dtype=object)[:2], "b": [True, False]}, None),
}


@pytest.mark.parametrize("name", CASES)
def test_both_libraries_have_the_same_values(name):
    pytest.importorskip("pandas")
    polars = pytest.importorskip("polars")
    data, columns = CASES[name]
    expected = make_frame(data, instead="`x`", columns=columns)
    with config_context(transform_output="polars"):
        found = make_frame(data, instead="`x`", columns=columns)
    assert isinstance(found, polars.DataFrame)
    assert found.columns == list(expected) == ["a", "b"]
    # As text, in which nan is nan.
    assert repr(found.to_dict(as_series=False)) == repr(expected.to_dict("list"))


def test_a_search_gives_a_polars_frame():
    pytest.importorskip("polars")
    model = Pipeline([("reduce", PCA(2)), ("svc", SVC())])
    space = {"reduce": [PCA(1), "passthrough"], "svc__gamma": ["scale", 0.1], "svc__C": [1, 2.5]}
    search = GridSearch(model, space, cv=2).fit(X, y)
    with config_context(transform_output="polars"):
        frame = search.to_frame()
    assert frame["mean_test_score"].to_list() == search.cv_results_["mean_test_score"].tolist()
    assert frame["param_svc__gamma"].to_list() == search.cv_results_["param_svc__gamma"].tolist()
    assert frame.filter(frame["param_svc__C"] > 2).height == 4


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_a_missing_library_is_named(library, monkeypatch):
    monkeypatch.setitem(sys.modules, library, None)
    output = "polars" if library == "polars" else "default"
    with (
        config_context(transform_output=output),
        pytest.raises(ImportError, match=f"needs {library}.*pip install {library}.*use `rows`"),
    ):
        make_frame([], instead="`rows`")


@pytest.mark.parametrize("output", ["default", "polars"])
def test_what_maximize_found_gives_a_frame(output):
    pytest.importorskip("polars" if output == "polars" else "pandas")

    def root(x, power=1):
        return x ** (1 / power) if x >= 0 else 1 / 0

    space = [{"x": [-1.0, 4.0]}, {"x": [9.0], "power": [2]}]
    with pytest.warns(UserWarning, match="1 of 3 calls failed"):
        result = maximize(root, space, strategy="grid")
    with config_context(transform_output=output):
        frame = result.to_frame()
    columns = {name: list(frame[name]) for name in frame.columns}
    assert list(columns) == [
        *("number", "status", "score", "seconds", "origin", "why"),
        *("param_power", "param_x"),
    ]
    assert columns["number"] == [0, 1, 2]
    assert columns["status"] == ["failed", "complete", "complete"]
    assert math.isnan(columns["score"][0])
    assert columns["score"][1:] == [4.0, 3.0]
    assert columns["param_x"] == [-1.0, 4.0, 9.0]
    assert columns["param_power"][2] == 2
    assert "ZeroDivisionError" in columns["why"][0]
    assert all(seconds >= 0 for seconds in columns["seconds"])
