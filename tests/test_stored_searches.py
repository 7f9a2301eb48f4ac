"""Pickles of earlier versions are read: docs/guide/checkpoints.md says what is promised."""

import json
import pickle
from pathlib import Path

import pytest
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.naive_bayes import GaussianNB

from skhpo import BayesSearch, GridSearch, RandomSearch, TestSetSpentError
from tests.data.write_searches import describe

FILES = sorted((Path(__file__).parent / "data").glob("*.pkl"))

# scikit-learn warns of its own estimators, which it does not promise to read.
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.InconsistentVersionWarning")


@pytest.fixture(params=FILES, ids=[path.stem for path in FILES])
def stored(request):
    path = request.param
    expected = path.with_name(path.name.removesuffix(".pkl") + ".json")
    return pickle.loads(path.read_bytes()), json.loads(expected.read_text(encoding="utf-8"))


def test_there_is_a_file_of_each_kind():
    kinds = {type(pickle.loads(path.read_bytes())) for path in FILES}
    assert kinds == {GridSearch, RandomSearch, BayesSearch}


def test_what_is_promised_is_read(stored):
    search, expected = stored
    found = json.loads(json.dumps(describe(search, load_iris().data[::2])))
    assert found == expected


def test_other_promised_attributes_are_there(stored):
    search, expected = stored
    assert search.n_trials_ == len(search.trials_) == len(expected["statuses"])
    assert search.n_splits_ == 3
    assert search.multimetric_ is isinstance(search.scoring, list)
    assert (isinstance(search.scorer_, dict)) is search.multimetric_
    assert search.search_time_ > 0
    assert search.correction_.score == search.corrected_score_
    assert search.best_estimator_.get_params().items() >= search.best_params_.items()


def test_a_stored_test_set_stays_spent(stored):
    search, _ = stored
    with pytest.raises(TestSetSpentError, match="once"):
        search.score_test()


def test_a_stored_search_can_be_used_again(stored):
    search, _ = stored
    X, y = load_iris(return_X_y=True)
    assert len(search.to_frame()) == search.n_trials_
    assert search.best_index_ in search.equivalent_candidates()
    search.refit_all(X, y)
    clone(search).fit(X, y)
    assert repr(search)


@pytest.mark.parametrize("kind", [GridSearch, RandomSearch, BayesSearch], ids=lambda c: c.__name__)
def test_a_keyword_that_came_later_has_its_default(kind):
    search = kind(None, {})
    state = search.__getstate__()
    del state["racing"]
    older = kind.__new__(kind)
    older.__setstate__(state)
    assert older.get_params() == search.get_params()


def test_private_attributes_that_came_later_are_not_needed():
    X, y = load_iris(return_X_y=True)
    search = GridSearch(GaussianNB(), {"var_smoothing": [1e-9, 1.0]}).fit(X, y)
    # The guard of the test set is no such attribute: without it nothing is scored.
    state = {k: v for k, v in search.__getstate__().items() if k[0] != "_" or k == "_test_set"}
    older = GridSearch.__new__(GridSearch)
    older.__setstate__(state)
    assert older.score(X, y) == search.score(X, y)
    assert older.best_params_ == search.best_params_
    assert not hasattr(older, "oof_predictions_")
    assert len(older.to_frame()) == 2
