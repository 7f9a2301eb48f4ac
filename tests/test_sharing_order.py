"""The order in which folds go out, and one fit for several candidates in whole searches."""

from __future__ import annotations

import os
import signal
import time

import joblib
import numpy as np
import pytest
from sklearn.datasets import make_classification
from sklearn.decomposition import PCA
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
from sklearn.exceptions import FitFailedWarning
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from skhpo import BayesSearch, GridSearch, Int, RandomSearch
from skhpo._engine import open_engine
from skhpo._sharing_order import can_share, order_folds

X, y = make_classification(90, 6, n_informative=4, random_state=0)
FOREST = RandomForestClassifier(random_state=0)
PIPELINE = make_pipeline(PCA(3, random_state=0), LogisticRegression())
STAGES = {"n_estimators": [2, 6, 1, 4], "max_depth": [2, None]}


def grid():
    """Candidates of two PCA sizes and two values of C, the sizes varying fastest."""
    return [{"pca__n_components": n, "logisticregression__C": c} for c in (1, 2) for n in (2, 3)]


def scores(search):
    """All columns but times."""
    columns = search.cv_results_
    return {key: np.asarray(columns[key]) for key in columns if key[:5] in ("split", "mean_")}


def same_scores(first, second):
    """Whether scores agree to the bit, and candidates have their rows."""
    assert first.cv_results_["params"] == second.cv_results_["params"]
    for key, values in scores(first).items():
        if "time" not in key:
            np.testing.assert_array_equal(values, second.cv_results_[key], err_msg=key)


def test_folds_of_a_prefix_follow_each_other_and_alternate_between_workers():
    order = order_folds(PIPELINE, False, grid(), n_folds=3, n_workers=2)
    first = [(0, 0), (0, 1), (2, 0), (2, 1), (0, 2), (2, 2)]
    assert order.folds == (*first, *((number + 1, fold) for number, fold in first))
    assert order.prefixes == {0: 0, 2: 0, 1: 1, 3: 1}
    assert order.groups == {}


def test_trials_of_one_prefix_end_long_before_the_study_does():
    candidates = [{"logisticregression__C": 1.0 + i} for i in range(100)]
    order = order_folds(PIPELINE, False, candidates, n_folds=5, n_workers=2)
    assert sorted(order.folds) == [(trial, fold) for trial in range(100) for fold in range(5)]
    ends = [max(i for i, item in enumerate(order.folds) if item[0] == t) for t in range(100)]
    # Within a few candidates of where it would end alone.
    assert all(ends[t] < 5 * (t + 10) for t in range(100))


def test_one_worker_takes_candidates_in_their_own_order():
    order = order_folds(PIPELINE, False, grid(), n_folds=2, n_workers=1)
    assert order.folds == tuple((number, fold) for number in range(4) for fold in range(2))


def test_the_first_of_a_group_stands_for_all():
    candidates = [{"n_estimators": n, "max_depth": d} for d in (1, 2) for n in (3, 5)]
    order = order_folds(FOREST, False, candidates, n_folds=2, n_workers=2)
    assert order.groups == {0: (0, 1), 2: (2, 3)}
    assert order.folds == ((0, 0), (0, 1), (2, 0), (2, 1))


def test_only_pipelines_and_models_in_stages_are_looked_at():
    assert can_share(PIPELINE)
    assert can_share(FOREST)
    assert not can_share(LogisticRegression())


@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize("model", [FOREST, GradientBoostingClassifier(random_state=0)], ids=repr)
def test_grid_search_over_stages_scores_as_without_to_the_bit(model, n_jobs):
    keywords = {"cv": 3, "n_jobs": n_jobs, "return_train_score": True}
    shared = GridSearch(model, STAGES, **keywords).fit(X, y)
    same_scores(shared, GridSearch(model, STAGES, share_fits=False, **keywords).fit(X, y))
    same_scores(shared, GridSearchCV(model, STAGES, **keywords).fit(X, y))
    # Of each depth the largest is fitted, in each of three folds.
    assert sum(trial.n_shared_steps for trial in shared.trials_) == 6 * 3


def test_random_search_over_stages_scores_as_without_to_the_bit():
    def run(**keywords):
        space = {"n_estimators": Int(1, 8)}
        return RandomSearch(FOREST, space, n_iter=6, cv=3, random_state=0, **keywords).fit(X, y)

    shared = run()
    same_scores(shared, run(share_fits=False))
    assert sum(trial.n_shared_steps for trial in shared.trials_) >= 4 * 3


@pytest.mark.parametrize(
    "keywords", [{"racing": True}, {"max_time": 60}, {"early_stopping": 50}], ids=str
)
def test_where_folds_may_be_stopped_each_candidate_is_fitted(keywords):
    search = GridSearch(FOREST, {"n_estimators": [1, 3]}, cv=2, **keywords).fit(X, y)
    assert [trial.n_shared_steps for trial in search.trials_] == [0, 0]


def test_a_strategy_that_learns_fits_each_candidate():
    search = BayesSearch(FOREST, {"n_estimators": Int(1, 8)}, n_iter=4, cv=2, random_state=0)
    assert not any(trial.n_shared_steps for trial in search.fit(X, y).trials_)


def test_prefixes_in_two_workers_score_as_without_to_the_bit():
    values = {"pca__n_components": [2, 3, 4], "logisticregression__C": [0.1, 1, 10]}
    keywords = {"cv": 3, "n_jobs": 2}
    shared = GridSearch(PIPELINE, values, **keywords).fit(X, y)
    same_scores(shared, GridSearchCV(PIPELINE, values, **keywords).fit(X, y))


def test_an_error_in_a_group_is_that_of_its_candidate():
    wrong = {"n_estimators": [1, 3], "criterion": ["gini", "wrong"]}
    with (
        pytest.warns(FitFailedWarning, match="fits failed"),
        pytest.warns(UserWarning, match="non-finite"),
    ):
        search = GridSearch(FOREST, wrong, cv=2).fit(X, y)
    assert [trial.status for trial in search.trials_] == ["complete"] * 2 + ["failed"] * 2
    with pytest.raises(ValueError, match="criterion"):
        GridSearch(FOREST, wrong, cv=2, error_score="raise").fit(X, y)


def interrupt_at_two(estimator, X, y):
    """A scorer that is interrupted when it meets the second depth."""
    if estimator.max_depth == 2:
        os.kill(os.getpid(), signal.SIGINT)
    return estimator.score(X, y)


def test_an_interrupt_keeps_finished_groups_and_no_candidate_that_had_not_begun():
    values = {"max_depth": [1, 2, 3], "n_estimators": [1, 3]}
    search = GridSearch(FOREST, values, cv=2, scoring=interrupt_at_two)
    with pytest.raises(KeyboardInterrupt, match="interrupted"):
        search.fit(X, y)
    assert [trial.status for trial in search.trials_] == ["complete"] * 2 + ["stopped"] * 2


def where_it_ran():
    """Take a while, so that other calls wait meanwhile."""
    time.sleep(0.01)
    return os.getpid()


def test_a_free_worker_takes_the_call_that_is_near_to_its_last():
    with joblib.parallel_config("loky", n_jobs=2), open_engine(None, "all") as engine:
        keys = [0, 1] * 20
        futures = [engine.submit_near(key, where_it_ran) for key in keys]
        places = {key: [] for key in keys}
        for key, future in zip(keys, futures, strict=True):
            places[key].append(future.result())
    # A worker may help the other one with its last calls.
    most = [max(map(pids.count, pids)) for pids in places.values()]
    assert sum(most) >= 30
