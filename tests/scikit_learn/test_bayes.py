"""scikit-learn's tests of its randomized search, run on BayesSearch."""

from __future__ import annotations

import sys
from collections import Counter

import numpy as np
import pytest

from skhpo import BayesSearch, GridSearch
from tests.scikit_learn import suite

_MODULE = suite.load({"GridSearchCV": GridSearch, "RandomizedSearchCV": BayesSearch})
_BUILT: Counter[str] = Counter()

pytestmark = pytest.mark.filterwarnings("default")
# These are about what is drawn, and in which order, rather than about the search.
_ABOUT_DRAWS = {
    "test_search_default_iid": "takes the two candidates in the grid's order",
    "test_search_cv_timing": "takes the two candidates in the grid's order",
    "test_search_with_2d_array": "names the candidates that a seed draws",
}
# Those of the grid search alone run once, beside RandomSearch's.
_TESTS = suite.collect(_MODULE, skipped=_ABOUT_DRAWS, naming="RandomizedSearchCV")
globals().update(_TESTS)


@pytest.fixture(autouse=True)
def _count_searches(monkeypatch):
    """Count the tests that built each class; workers and pickles find this copy of the module."""
    built: list[str] = []
    np.random.seed(suite.SEED)  # noqa: NPY002 - what random_state=None draws from
    monkeypatch.setitem(sys.modules, suite.NAME, _MODULE)
    suite.watch(monkeypatch, built)
    yield
    _BUILT.update(set(built))


def test_zz_the_suite_built_our_classes(request):
    # Runs last in this file. The counts are those of scikit-learn 1.9.1.
    if sum(item.path == request.path for item in request.session.items) < 90:
        pytest.skip("counts only when the whole file runs")
    assert _BUILT["BayesSearch"] >= 28
