"""Libraries whose models stop by validation rows: a fold is the fit that a user would write."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import make_classification
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skhpo import GridSearch
from skhpo._eval_set import find_stopper

X, y = make_classification(240, 6, flip_y=0.2, random_state=0)
X = X.astype(np.float32)
WEIGHTS = 1.0 + np.arange(240) % 3
TRAIN, TEST = np.arange(180), np.arange(180, 240)

pytestmark = [
    pytest.mark.filterwarnings("ignore:eval_set:skhpo.LeakageWarning"),
    # lightgbm names columns of arrays, and misses the names in arrays.
    pytest.mark.filterwarnings("ignore:X does not have valid feature names:UserWarning"),
]


def lightgbm(**params):
    """A model, the keywords of a fit by hand with rows and weights, and its best round."""
    library = pytest.importorskip("lightgbm")
    fixed = {"n_estimators": 60, "verbosity": -1, "n_jobs": 1, "learning_rate": 0.3}
    return library.LGBMClassifier(**fixed, **(params or {"early_stopping_round": 5}))


def xgboost(**params):
    """A model of xgboost."""
    library = pytest.importorskip("xgboost")
    fixed = {"n_estimators": 60, "n_jobs": 1, "learning_rate": 0.3}
    return library.XGBClassifier(**{**fixed, "early_stopping_rounds": 5, **params})


def catboost(**params):
    """A model of catboost."""
    library = pytest.importorskip("catboost")
    fixed = {"verbose": 0, "thread_count": 1, "allow_writing_files": False, "learning_rate": 0.5}
    chosen = params or {"iterations": 60, "early_stopping_rounds": 5}
    return library.CatBoostClassifier(**fixed, **chosen)


def skorch(**params):
    """A network of skorch."""
    library = pytest.importorskip("skorch")
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)
    fixed = {"max_epochs": 40, "lr": 0.5, "verbose": 0, "criterion": torch.nn.CrossEntropyLoss}
    stopping = library.callbacks.EarlyStopping(patience=3)
    network = torch.nn.Linear(6, 2)
    return library.NeuralNetClassifier(network, **{**fixed, "callbacks": [stopping], **params})


def fit_lightgbm(model, weights):
    beside = {} if weights is None else {"eval_sample_weight": [weights[TEST]]}
    model.fit(
        X[TRAIN], y[TRAIN], sample_weight=cut(weights), eval_X=X[TEST], eval_y=y[TEST], **beside
    )
    return model.best_iteration_


def fit_xgboost(model, weights):
    beside = {} if weights is None else {"sample_weight_eval_set": [weights[TEST]]}
    rows = [(X[TEST], y[TEST])]
    model.fit(
        X[TRAIN], y[TRAIN], sample_weight=cut(weights), eval_set=rows, verbose=False, **beside
    )
    return model.best_iteration + 1


def fit_catboost(model, weights):
    from catboost import Pool

    rows = Pool(X[TEST], y[TEST], weight=None if weights is None else weights[TEST])
    model.fit(X[TRAIN], y[TRAIN], sample_weight=cut(weights), eval_set=rows)
    return model.get_best_iteration() + 1


def cut(weights):
    """Weights of the training rows."""
    return None if weights is None else weights[TRAIN]


BOOSTING = {
    "lightgbm": (lightgbm, fit_lightgbm, "n_estimators"),
    "xgboost": (xgboost, fit_xgboost, "n_estimators"),
    "catboost": (catboost, fit_catboost, "iterations"),
}
MAKERS = {"lightgbm": lightgbm, "xgboost": xgboost, "catboost": catboost, "skorch": skorch}


@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["plain", "weights"])
@pytest.mark.parametrize("name", BOOSTING)
def test_a_fold_is_the_fit_by_hand_and_the_winner_has_its_rounds(name, weights):
    make, fit_by_hand, n_rounds = BOOSTING[name]
    params = {} if weights is None else {"sample_weight": weights}
    search = GridSearch(make(), {}, cv=[(TRAIN, TEST)], eval_set="fold", scoring=probability)
    search.fit(X, y, **params)
    by_hand = make()
    best = fit_by_hand(by_hand, weights)
    (fold,) = search.trials_[0].folds
    assert 1 < best < 60
    assert fold.best_iteration == best
    assert fold.test_scores["score"] == probability(by_hand, X[TEST], y[TEST])
    assert search.best_estimator_.get_params()[n_rounds] == round(best * 240 / 180)
    assert n_fitted(search.best_estimator_) == round(best * 240 / 180)


def probability(estimator, X, y, sample_weight=None):
    """Mean probability of the right class: finer than an accuracy."""
    return float(estimator.predict_proba(X)[np.arange(len(y)), y].mean())


def n_fitted(model):
    """Number of trees."""
    if hasattr(model, "tree_count_"):
        return model.tree_count_
    if hasattr(model, "booster_"):
        return model.booster_.current_iteration()
    return model.get_booster().num_boosted_rounds()


@pytest.mark.parametrize("name", MAKERS)
def test_rows_reach_the_model_through_a_pipeline(name):
    estimator = make_pipeline(StandardScaler(), MAKERS[name]())
    search = GridSearch(estimator, {}, cv=3, eval_set="inner", random_state=0, error_score="raise")
    search.fit(X, y)
    best = search.trials_[0].best_iterations
    assert None not in best
    # 240 rows; a fold has 160, of which 144 are fitted. An epoch has all rows already.
    scale = 1.0 if name == "skorch" else 240 / 144
    expected = round(np.mean(best) * scale)
    params = search.best_estimator_[-1].get_params()
    names = ("n_estimators", "iterations", "max_epochs")
    assert next(params[name] for name in names if name in params) == expected


def find_and_check(model):
    """What a search does before its first fit."""
    GridSearch(model, {}, eval_set="inner").fit(X, y)


OFF = {
    "lightgbm": {"early_stopping_round": None, "n_iter_no_change": 5},
    "xgboost": {"early_stopping_rounds": None},
    "catboost": {"early_stopping_rounds": None},
    "skorch": {"callbacks": None},
}


@pytest.mark.parametrize("name", OFF)
def test_early_stopping_must_be_on(name):
    model = MAKERS[name](**OFF[name])
    with pytest.raises(ValueError, match=f"must be on in {type(model).__name__} when `eval_set`"):
        GridSearch(model, {}, eval_set="inner").fit(X, y)


def test_lightgbm_stops_by_other_names_and_by_callbacks_of_fit():
    library = pytest.importorskip("lightgbm")
    by_name = lightgbm(n_iter_no_change=5)
    plain = lightgbm(max_depth=-1)
    callback = library.early_stopping(5, verbose=False)
    runs = [
        GridSearch(model, {}, cv=3, eval_set="inner", random_state=0).fit(X, y, **params)
        for model, params in ((lightgbm(), {}), (by_name, {}), (plain, {"callbacks": [callback]}))
    ]
    assert len({run.trials_[0].best_iterations for run in runs}) == 1
    assert len({run.best_estimator_.n_estimators for run in runs}) == 1
    with pytest.raises(ValueError, match="another boosting_type than 'dart'"):
        GridSearch(
            lightgbm(boosting_type="dart", early_stopping_round=5), {}, eval_set="inner"
        ).fit(X, y)


@pytest.mark.parametrize("labels", [np.array(["no", "yes"]), np.array([1, 2]), np.array([3, 0])])
@pytest.mark.parametrize("name", ["lightgbm", "catboost"])
def test_labels_of_any_kind_stop_at_the_same_rounds(name, labels):
    # lightgbm 4.7.0 compares other labels than 0 and 1 with the codes of the training labels.
    order = np.argsort(labels)
    runs = [
        GridSearch(MAKERS[name](), {}, cv=3, eval_set="inner", random_state=0).fit(X, target)
        for target in (order.argsort()[y], labels[y])
    ]
    assert runs[0].trials_[0].best_iterations == runs[1].trials_[0].best_iterations
    assert set(runs[1].classes_) == set(labels)


def test_xgboost_stops_by_a_callback_and_prints_nothing(capsys):
    library = pytest.importorskip("xgboost")
    callback = library.callback.EarlyStopping(rounds=5)
    model = xgboost(early_stopping_rounds=None, callbacks=[callback])
    runs = [
        GridSearch(one, {}, cv=3, eval_set="inner", random_state=0).fit(X, y)
        for one in (model, xgboost())
    ]
    assert runs[0].trials_[0].best_iterations == runs[1].trials_[0].best_iterations
    assert runs[0].best_estimator_.callbacks is None
    assert capsys.readouterr().out == ""


def test_catboost_sets_the_name_of_its_rounds_that_is_used():
    pytest.importorskip("catboost")
    model = catboost(n_estimators=60, od_type="Iter", use_best_model=True)
    search = GridSearch(model, {}, cv=3, eval_set="inner", random_state=0).fit(X, y)
    best = search.best_estimator_.get_params()
    expected = round(np.mean(search.trials_[0].best_iterations) * 240 / 144)
    assert (best["n_estimators"], best["use_best_model"]) == (expected, False)
    assert search.best_estimator_.tree_count_ == expected


def test_forests_and_rankers_are_not_known():
    library = pytest.importorskip("xgboost")
    for model in (library.XGBRFClassifier(), library.XGBRanker()):
        with pytest.raises(ValueError, match=f"must be None for {type(model).__name__}"):
            find_stopper(model)
    library = pytest.importorskip("lightgbm")
    with pytest.raises(ValueError, match="must be None for LGBMRanker"):
        find_stopper(library.LGBMRanker())


def test_skorch_is_told_of_the_epochs_and_of_no_split():
    search = GridSearch(skorch(), {}, cv=3, eval_set="inner", random_state=0).fit(
        X, y.astype(np.int64)
    )
    best = search.best_estimator_
    assert best.train_split is None
    assert best.callbacks is None
    assert len(best.history) == round(np.mean(search.trials_[0].best_iterations))
