"""The package as a whole: its names, what it imports, what its docs hold."""

import ast
import inspect
import re
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest
from numpydoc.validate import validate

import skhpo
import skhpo.testing

ROOT = Path(__file__).parents[1]
SOURCES = sorted((ROOT / "skhpo").rglob("*.py"))

PUBLIC = sorted(name for name in skhpo.__all__ if not name.startswith("_"))
RAISED = [name for name in PUBLIC if name in skhpo.exceptions.__all__]
USED = [name for name in PUBLIC if name not in RAISED]

# Libraries of the extras, and heavy ones that scikit-learn works without.
OPTIONAL = {
    "IPython", "array_api_strict", "catboost", "dask", "distributed", "lightgbm", "matplotlib",
    "mlflow", "optuna", "pandas", "polars", "pyarrow", "pytest", "ray", "rich", "skopt",
    "skorch", "torch", "tqdm", "xgboost",
}  # fmt: skip

# scikit-learn's names that have no public twin, and the one module that may hold them.
HALF_PUBLIC = {
    "_accept_sample_weight",
    "_html_repr",
    "_init_callback_context",
    "_repr_html_",
    "_sk_visual_block_",
}
HALF_PUBLIC_ROOM = "_routing.py"

# Names of IPython's protocol too, which a value of ours may define, by module.
OF_IPYTHON = {
    name: {"_repr_html_"} for name in ("_comparison.py", "_nested_table.py", "_test_report.py")
}

# Imports of private scikit-learn that are allowed, as "file: module.name": none.
EXEMPT: set[str] = set()


def source_id(path):
    return str(path.relative_to(ROOT))


# --- names --------------------------------------------------------------------


def test_the_public_names_of_the_contract_are_there():
    assert {
        "BayesSearch", "BayesStrategy", "Candidate", "Categorical", "Comparison", "Float",
        "GridSearch", "GridStrategy", "Int", "InvalidParameterError", "LeakageWarning",
        "RandomSearch", "RandomStrategy", "SpaceExhaustedError", "TestReport",
        "TestSetSpentError", "TrainTestOverlapError", "Trial", "WorkerDiedError", "compare",
        "maximize",
    } <= set(skhpo.__all__)  # fmt: skip


@pytest.mark.parametrize("name", PUBLIC)
def test_public_name_exists_and_says_where_it_is_imported_from(name):
    value = getattr(skhpo, name)
    assert value.__module__.startswith("skhpo")
    assert name in dir(skhpo)


def test_all_is_sorted_without_repeats():
    assert list(skhpo.__all__) == sorted(set(skhpo.__all__))


def test_errors_are_at_the_top_level_too():
    for name in skhpo.exceptions.__all__:
        assert getattr(skhpo, name) is getattr(skhpo.exceptions, name)


def test_version_is_that_of_the_installed_package():
    try:
        installed = version("skhpo")
    except PackageNotFoundError:
        pytest.skip("run from the sources, nothing is installed")
    assert skhpo.__version__ == installed


def test_types_are_announced():
    assert (ROOT / "skhpo" / "py.typed").is_file()


# --- imports ------------------------------------------------------------------


def run_python(code):
    """What a fresh interpreter writes that runs `code`, where a warning is an error."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, cwd=ROOT
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_import_is_silent_and_takes_no_optional_library():
    sklearn_takes = run_python(
        "import sys, sklearn.model_selection, sklearn.pipeline, sklearn.svm; print(*sys.modules)"
    )
    # Nor do the functions take one that look at what may be another library's.
    ours = run_python(
        "import sys, numpy, skhpo, skhpo.testing\n"
        "from sklearn.svm import SVC\n"
        "from skhpo._fingerprint import row_fingerprints\n"
        "skhpo.default_space(SVC())\n"
        "row_fingerprints([['a', None, 1.5, object()]])\n"
        "row_fingerprints(numpy.zeros((2, 2)))\n"
        "print(*sys.modules)"
    )
    assert ours.count("\n") == 1
    assert OPTIONAL & set(ours.split()) <= OPTIONAL & set(sklearn_takes.split())


def private_sklearn_imports(tree):
    """Names of a module that are private scikit-learn: imported, or reached by attribute.

    Covers ``import sklearn._x``, ``from sklearn.y._x import z``, ``from sklearn.y import
    _z`` and ``y._z`` on anything imported from scikit-learn.
    """
    bound = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.split(".")[0] == "sklearn":
                    bound.add((alias.asname or alias.name).split(".")[0])
                    yield from private_parts(alias.name)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "sklearn":
            for alias in node.names:
                bound.add(alias.asname or alias.name)
                yield from private_parts(f"{node.module}.{alias.name}")
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and is_private(node.attr):
            root = node.value
            while isinstance(root, ast.Attribute):
                root = root.value
            if isinstance(root, ast.Name) and root.id in bound:
                yield ast.unparse(node)


def is_private(name):
    return name.startswith("_") and not (name.startswith("__") and name.endswith("__"))


def private_parts(dotted):
    return [dotted] if any(map(is_private, dotted.split("."))) else []


@pytest.mark.parametrize("path", SOURCES, ids=source_id)
def test_only_public_scikit_learn_is_used(path):
    found = {
        f"{path.name}: {name}"
        for name in private_sklearn_imports(ast.parse(path.read_text(encoding="utf-8")))
    }
    assert found <= EXEMPT


@pytest.mark.parametrize(
    "line",
    [
        "import sklearn.utils._tags",
        "import sklearn.utils._tags as tags",
        "from sklearn.model_selection._search import BaseSearchCV",
        "from sklearn.base import _clone_parametrized",
        "from sklearn import metrics\nmetrics._scorer._BaseScorer",
        "import sklearn\nsklearn.utils._tags",
        "def f():\n    from sklearn.utils import _safe_indexing",
    ],
)
def test_private_scikit_learn_would_be_found(line):
    assert list(private_sklearn_imports(ast.parse(line)))


def test_public_scikit_learn_is_not_taken_for_private():
    line = "import sklearn\nfrom sklearn.base import clone\nsklearn.__version__\nself._clone"
    assert not list(private_sklearn_imports(ast.parse(line)))


@pytest.mark.parametrize("path", SOURCES, ids=source_id)
def test_half_public_names_of_scikit_learn_live_in_one_module(path):
    if path.name == HALF_PUBLIC_ROOM:
        return
    used = {
        name
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        for name in (
            getattr(node, "attr", None),
            getattr(node, "id", None),
            getattr(node, "name", None),
            getattr(node, "value", None) if isinstance(node, ast.Constant) else None,
        )
        if isinstance(name, str)
    }
    assert not used & HALF_PUBLIC - OF_IPYTHON.get(path.name, set())


# --- docs ---------------------------------------------------------------------


def test_api_page_lists_every_public_name():
    page = (ROOT / "docs" / "api.rst").read_text(encoding="utf-8")
    listed = re.findall(r"^   (?:exceptions\.)?(\w+)$", page, flags=re.MULTILINE)
    assert sorted(listed) == PUBLIC


def test_api_page_lists_every_name_of_testing():
    page = (ROOT / "docs" / "api.rst").read_text(encoding="utf-8")
    listed = re.findall(r"^   testing\.(\w+)$", page, flags=re.MULTILINE)
    assert sorted(listed) == sorted(skhpo.testing.__all__)


def test_architecture_page_names_every_module():
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    for path in (ROOT / "skhpo").iterdir():
        if not path.stem.startswith("__") and path.suffix != ".typed":
            assert path.stem in page


def test_every_guide_is_in_the_list_and_the_navigation():
    page = (ROOT / "docs" / "guides.md").read_text(encoding="utf-8")
    for guide in (ROOT / "docs" / "guide").glob("*.md"):
        assert f"](guide/{guide.name})" in page
        assert f"\nguide/{guide.stem}\n" in page


def test_readme_links_to_files_that_are_there():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    linked = re.findall(r"""(?:\]\(|src=\"|srcset=\")([^\s")#]+)""", text)
    assert [path for path in linked if not (ROOT / path).exists()] == []
    assert "docs/images/search-light.png" in linked


# numpydoc's checks that each parameter and the return value are described.
IN_FULL = {"GL08", "PR01", "PR02", "PR03", "PR04", "PR07", "RT01"}


@pytest.mark.parametrize("name", [*USED, *(f"testing.{n}" for n in skhpo.testing.__all__)])
def test_public_name_is_documented_in_full(name):
    assert faults(f"skhpo.{name}", IN_FULL | {"EX01"}) == []


def public_methods():
    """Methods and properties that public classes define, by the class that defines them."""
    found = {}
    testing = [getattr(skhpo.testing, name) for name in skhpo.testing.__all__]
    for value in [*(getattr(skhpo, name) for name in USED), *testing]:
        if inspect.isclass(value):
            for owner in value.__mro__:
                if owner.__module__.split(".")[0] == "skhpo":
                    for attribute in vars(owner):
                        if not attribute.startswith("_"):
                            found[f"{owner.__module__}.{owner.__qualname__}.{attribute}"] = (
                                inspect.getattr_static(owner, attribute)
                            )
    return sorted(
        path
        for path, value in found.items()
        if inspect.isfunction(value) or isinstance(value, property)
        # What the space asks of every domain is described once, by the protocol.
        if not (".ranges." in path or ".choices." in path) or path.endswith(".rvs")
    )


@pytest.mark.parametrize("path", public_methods())
def test_public_method_is_documented_in_full(path):
    assert faults(path, IN_FULL) == []


def faults(path, codes):
    """What numpydoc finds wrong with a docstring, among the checks of `codes`."""
    return [f"{code} {message}" for code, message in validate(path)["errors"] if code in codes]


def test_readme_runs_as_it_stands(tmp_path, monkeypatch):
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)
    assert blocks
    monkeypatch.chdir(tmp_path)
    namespace = {"__name__": "readme"}
    for block in blocks:
        exec(compile(block, "README.md", "exec"), namespace)
