"""Warnings point at the line that the user wrote, however it comes to the package."""

from __future__ import annotations

import inspect

import pytest
from sklearn.datasets import load_iris
from sklearn.model_selection import cross_val_score
from sklearn.svm import SVC

from skhpo import BayesSearch, BayesStrategy, Float, Trial, compare, maximize, nested_score
from skhpo._trial import FoldResult

X, y = load_iris(return_X_y=True)
SPACE = {"C": Float(0.1, 10)}
# One of two is not of the space.
OLD = tuple(
    Trial(number, {"C": C}, "random", (FoldResult(number, 0, {"score": 0.9}),))
    for number, C in enumerate((1.0, 100.0))
)
SEARCH = BayesSearch(SVC(), SPACE, n_iter=1, cv=2, random_state=0, initial_trials=OLD)


def bowl(C):
    return -((C - 1) ** 2)


# One line each.
CALLS = {
    "strategy": lambda: BayesStrategy(SPACE, initial_trials=OLD),
    "fit": lambda: SEARCH.fit(X, y),
    "maximize": lambda: maximize(bowl, SPACE, initial_trials=OLD, n_iter=1),
    "cross_val_score": lambda: cross_val_score(SEARCH, X, y, cv=2),
    "nested_score": lambda: nested_score(SEARCH, X, y, cv=2),
    "compare": lambda: compare({"a": SEARCH}, X[:90], y[:90], random_state=0),
}


@pytest.mark.parametrize("name", CALLS)
def test_a_warning_points_at_the_users_line(name):
    call = CALLS[name]
    with pytest.warns(UserWarning, match="1 of the 2 trials of `initial_trials`") as caught:
        call()
    line = inspect.getsourcelines(call)[1]
    assert {(w.filename, w.lineno) for w in caught} == {(__file__, line)}
