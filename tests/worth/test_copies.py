"""What copies and files of a fitted search keep."""

from __future__ import annotations

import copy
import pickle

import joblib
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import make_classification

from skhpo import GridSearch, one_standard_error
from tests.worth.searches import SEARCHES, X, Y, build

# Of a search that was not kept whole: two candidates of trees are some 10 KB.
BIG_X, BIG_Y = make_classification(4_000, flip_y=0.2, random_state=0)


def through_pickle(search, tmp_path):
    """Write and read by pickle."""
    return pickle.loads(pickle.dumps(search))


def through_joblib(search, tmp_path):
    """Write and read by joblib."""
    joblib.dump(search, tmp_path / "search.joblib")
    return joblib.load(tmp_path / "search.joblib")


COPIES = [
    through_pickle,
    through_joblib,
    lambda search, _: copy.copy(search),
    lambda search, _: copy.deepcopy(search),
]
IDS = ["pickle", "joblib", "copy", "deepcopy"]


@pytest.mark.parametrize("duplicate", COPIES, ids=IDS)
@pytest.mark.parametrize("is_read_before", [False, True])
def test_a_copy_keeps_the_correction_and_the_winners_predictions(
    duplicate, is_read_before, tmp_path
):
    search = build().fit(X, Y)
    if is_read_before:
        search.corrected_score_  # noqa: B018
    other = duplicate(search, tmp_path)
    assert other._evidence is None
    assert other.correction_ == search.correction_
    assert other.corrected_interval_ == search.corrected_interval_
    assert other.equivalent_candidates() == search.equivalent_candidates()
    found, expected = other.oof_predictions_, search.oof_predictions_
    np.testing.assert_array_equal(found.rows, expected.rows)
    np.testing.assert_array_equal(found.responses["predict"], expected.responses["predict"])
    assert other.to_frame()["p_value"].equals(search.to_frame()["p_value"])
    for one in (search, other):
        with pytest.raises(ValueError, match="`keep_oof` must be set to have the predictions of"):
            one.oof_predictions(0)


@pytest.mark.parametrize("duplicate", COPIES, ids=IDS)
def test_a_copy_keeps_all_predictions_where_they_were_asked_for(duplicate, tmp_path):
    search = build(keep_oof=True).fit(X, Y)
    other = duplicate(search, tmp_path)
    for number in range(search.n_trials_):
        np.testing.assert_array_equal(
            other.oof_predictions(number).responses["predict"],
            search.oof_predictions(number).responses["predict"],
        )
    assert other.correction_ == search.correction_


def test_a_reason_and_a_rule_survive_too():
    search = build(scoring=["accuracy", "f1"], refit=False).fit(X, Y)
    assert pickle.loads(pickle.dumps(search)).correction_.why == search.correction_.why
    search = build(refit=one_standard_error("max_depth")).fit(X, Y)
    assert pickle.loads(pickle.dumps(search)).corrected_score_ == search.corrected_score_


def test_a_file_has_one_candidates_predictions():
    space = {"max_depth": [1, 2], "min_samples_leaf": list(range(1, 16))}
    small = build(space=space, cv=2).fit(BIG_X, BIG_Y)
    whole = build(space=space, cv=2, keep_oof=True).fit(BIG_X, BIG_Y)
    # Row and fold numbers and labels are 8 bytes each; y and thirty times 4,000 labels more.
    n_small, n_whole = len(pickle.dumps(small)), len(pickle.dumps(whole))
    assert n_small < 3 * 8 * 4_000 + 60_000
    assert n_whole - n_small > 30 * 4_000


def test_data_do_not_get_into_a_file():
    marked = X.copy()
    marked[:, 0] = 123456.789
    content = pickle.dumps(build().fit(marked, Y))
    assert marked[:2, 0].tobytes() not in content
    # nor what the scorer was given
    weights = np.full(90, 98765.4321)
    content = pickle.dumps(build().fit(X, Y, sample_weight=weights))
    assert weights[:2].tobytes() not in content


@pytest.mark.parametrize("cls", SEARCHES)
def test_a_clone_has_none_of_it(cls):
    search = build(cls).fit(X, Y)
    other = clone(search)
    for name in ("corrected_score_", "correction_", "oof_predictions_", "optimism_"):
        assert not hasattr(other, name)
    assert pickle.loads(pickle.dumps(other)).get_params()["keep_oof"] is False


def test_a_second_fit_has_its_own():
    search = build().fit(X, Y)
    first, rows = search.corrected_score_, search.oof_predictions_.rows
    search.fit(X[:60], Y[:60])
    assert search.oof_predictions_.rows.shape == (60,) != rows.shape
    assert search.corrected_score_ == build().fit(X[:60], Y[:60]).corrected_score_ != first


def test_an_unfitted_search_is_pickled_as_ever():
    search = GridSearch(build().estimator, {"max_depth": [1]})
    assert pickle.loads(pickle.dumps(search)).get_params().keys() == search.get_params().keys()
