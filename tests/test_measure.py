"""What a test report takes from the search that it is of."""

from __future__ import annotations

import math
import zlib
from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.svm import SVC

from skhpo import GridSearch

SPACE = {"C": [0.01, 1, 100]}


@pytest.fixture
def data(request):
    """Rows of its own for each test: the process remembers test sets that were scored."""
    rng = np.random.default_rng(zlib.crc32(request.node.nodeid.encode()))
    X = rng.normal(size=(150, 3))
    return X, (X[:, 0] + rng.normal(size=150) > 0).astype(int)


class Corrects(GridSearch):
    """A search whose correction is known."""

    corrected_score_ = property(lambda self: self.best_score_ - 0.02)
    corrected_interval_ = property(lambda self: (0.5, 0.9))
    optimism_ = property(lambda self: 0.02)
    correction_ = property(lambda self: SimpleNamespace(method="a bootstrap", why=""))


class CannotCorrect(GridSearch):
    """A search that says why it has no correction."""

    correction_ = property(lambda self: SimpleNamespace(method="none", why="the scorer needs X"))


def report(cls, data, metric=None, **keywords):
    search = cls(SVC(), SPACE, cv=3, test_size=0.2, random_state=0, **keywords).fit(*data)
    search.score_test(metric=metric)
    return search.test_report_


def test_a_correction_is_taken_over(data):
    found = report(Corrects, data)
    assert found.corrected_score == found.best_score - 0.02
    assert found.corrected_interval == (0.5, 0.9)
    assert found.optimism == 0.02
    assert found.n_candidates == 3
    assert "(a bootstrap)" in str(found)


def test_a_missing_correction_is_explained(data):
    found = report(CannotCorrect, data)
    assert math.isnan(found.corrected_score)
    assert "corrected: none: the scorer needs X" in str(found)


def test_the_correction_is_of_the_metric_that_chose(data):
    several = {"scoring": ["accuracy", "roc_auc"], "refit": "roc_auc"}
    other = report(Corrects, data, metric="accuracy", **several)
    assert other.chosen_by == "roc_auc"
    assert math.isnan(other.corrected_score)
    assert "chance in choosing" not in str(other)


def test_the_metric_that_chose_is_corrected(data):
    found = report(Corrects, data, scoring=["accuracy", "roc_auc"], refit="roc_auc")
    assert found.corrected_score == found.best_score - 0.02
    assert found.chosen_by == ""


def test_a_function_that_chose_is_named_so(data):
    found = report(GridSearch, data, refit=lambda results: 1)
    assert found.chosen_by == "a function"
    assert "of the winner of 3 candidates, chosen by a function" in str(found)
    assert found.best_score > 0.3
