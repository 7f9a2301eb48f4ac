"""Fits that stop by validation rows: which rows, through what, and what the winner gets."""

from __future__ import annotations

import json
import math
from typing import ClassVar

import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.compose import TransformedTargetRegressor
from sklearn.datasets import make_regression
from sklearn.decomposition import PCA, KernelPCA
from sklearn.ensemble import (
    BaggingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestRegressor,
)
from sklearn.model_selection import GroupKFold, KFold, TimeSeriesSplit
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, PowerTransformer, StandardScaler

from skhpo import BayesSearch, GridSearch, RandomSearch
from skhpo._eval_set import Rounds
from skhpo._journal_codec import pack_result, unpack_result
from skhpo._journal_rows import CandidateRow
from skhpo._trial import FoldResult
from skhpo.exceptions import CheckpointMismatchError, LeakageWarning

X, y = make_regression(120, 4, noise=20.0, random_state=0)
X[:, 0] = np.arange(120)  # names the row
LABELS = (y > np.quantile(y, 0.8)).astype(int)
RATES = {"learning_rate": [0.1, 0.5]}
SPLITS = [(train, test) for train, test in KFold(3, shuffle=True, random_state=1).split(X)]


class Seen(HistGradientBoostingRegressor):
    """Keeps what it is fitted with."""

    def fit(self, X, y, sample_weight=None, *, X_val=None, y_val=None, sample_weight_val=None):
        self.seen_ = {
            "X": np.array(X), "y": np.array(y), "weight": sample_weight, "X_val": X_val,
            "y_val": y_val, "weight_val": sample_weight_val,
        }  # fmt: skip
        return super().fit(
            X, y, sample_weight, X_val=X_val, y_val=y_val, sample_weight_val=sample_weight_val
        )


class Keeps:
    """A scorer that keeps the models it is given."""

    def __init__(self):
        self.models = []

    def __call__(self, estimator, X, y, sample_weight=None):
        self.models.append((estimator, X, y))
        return float(estimator.score(X, y))


def search_seen(estimator, *, search=GridSearch, data=(X, y), params=None, **keywords):
    """Search with one candidate; give the search, and what each fold's scorer saw."""
    scorer = Keeps()
    chosen = {"cv": SPLITS, "random_state": 0, "error_score": "raise", **keywords}
    fitted = search(estimator, {}, scoring=scorer, **chosen).fit(*data, **(params or {}))
    return fitted, scorer.models


def rows_of(X):
    """Row numbers, from the first column."""
    return set(np.asarray(X)[:, 0].astype(int))


@pytest.mark.parametrize(("eval_set", "share"), [("inner", 0.1), (0.3, 0.3)])
def test_inner_rows_are_training_rows_that_are_not_fitted(eval_set, share):
    _, seen = search_seen(Seen(max_iter=5), eval_set=eval_set)
    for (model, X_scored, _), (train, test) in zip(seen, SPLITS, strict=True):
        fitted, inner = rows_of(model.seen_["X"]), rows_of(model.seen_["X_val"])
        assert fitted | inner == set(train)
        assert not fitted & inner
        assert len(inner) == math.ceil(share * len(train))
        assert rows_of(X_scored) == set(test)
        np.testing.assert_array_equal(
            model.seen_["y_val"], y[model.seen_["X_val"][:, 0].astype(int)]
        )


def test_rows_of_the_fold_are_those_that_are_scored_and_said_to_flatter():
    with pytest.warns(LeakageWarning, match="all validation scores are flattered"):
        search, seen = search_seen(Seen(max_iter=5), eval_set="fold")
    for (model, _, _), (train, test) in zip(seen, SPLITS, strict=True):
        assert rows_of(model.seen_["X"]) == set(train)
        assert rows_of(model.seen_["X_val"]) == set(test)
    with pytest.raises(AttributeError, match="the validation rows decided when fits stopped"):
        search.corrected_score_  # noqa: B018
    assert len(search.oof_predictions_.rows) == 120


def test_inner_rows_leave_a_corrected_score():
    model = HistGradientBoostingRegressor(max_iter=30)
    search = GridSearch(model, RATES, eval_set="inner", random_state=0).fit(X, y)
    assert search.corrected_score_ <= search.best_score_


def test_folds_score_what_a_fit_by_hand_scores():
    model = HistGradientBoostingRegressor(
        max_iter=200, early_stopping=True, learning_rate=0.5, random_state=0
    )
    search, seen = search_seen(
        Seen(max_iter=200, learning_rate=0.5, random_state=0), eval_set="inner"
    )
    for fold, (seen_model, X_scored, y_scored) in enumerate(seen):
        rows = seen_model.seen_
        by_hand = clone(model).fit(rows["X"], rows["y"], X_val=rows["X_val"], y_val=rows["y_val"])
        assert search.trials_[0].fold_scores()[fold] == by_hand.score(X_scored, y_scored)
        best = int(np.argmax(by_hand.validation_score_))
        assert search.trials_[0].folds[fold].best_iteration == max(1, best)
        assert by_hand.n_iter_ < 200


def test_inner_rows_are_stratified():
    rare = np.zeros(100, dtype=int)
    rare[:20] = 1

    class SeenClassifier(HistGradientBoostingClassifier):
        def fit(self, X, y, *args, X_val=None, y_val=None, **params):
            self.y_val_ = y_val
            return super().fit(X, y, *args, X_val=X_val, y_val=y_val, **params)

    _, seen = search_seen(SeenClassifier(max_iter=3), data=(X[:100], rare), cv=2, eval_set="inner")
    assert [list(np.bincount(model.y_val_)) for model, _, _ in seen] == [[4, 1], [4, 1]]


def test_groups_stay_whole():
    groups = np.arange(120) // 5
    _, seen = search_seen(
        Seen(max_iter=3), cv=GroupKFold(3), params={"groups": groups}, eval_set=0.2
    )
    for model, _, _ in seen:
        fitted, inner = rows_of(model.seen_["X"]), rows_of(model.seen_["X_val"])
        assert not set(groups[list(fitted)]) & set(groups[list(inner)])


def test_in_time_order_the_last_training_rows_decide():
    _, seen = search_seen(Seen(max_iter=3), cv=TimeSeriesSplit(3), eval_set="inner")
    for (model, _, _), (train, _) in zip(seen, TimeSeriesSplit(3).split(X), strict=True):
        n_inner = math.ceil(0.1 * len(train))
        assert rows_of(model.seen_["X"]) == set(train[:-n_inner])
        assert rows_of(model.seen_["X_val"]) == set(train[-n_inner:])


@pytest.mark.parametrize("search", [GridSearch, RandomSearch, BayesSearch])
def test_the_seed_decides_which_rows(search):
    def inner_rows(seed):
        keywords = {} if search is GridSearch else {"n_iter": 1}
        _, seen = search_seen(
            Seen(max_iter=2), search=search, eval_set="inner", random_state=seed, **keywords
        )
        return [sorted(rows_of(model.seen_["X_val"])) for model, _, _ in seen]

    assert inner_rows(0) == inner_rows(0)
    assert inner_rows(0) != inner_rows(1)


# Through what stands around the model ---------------------------------------------------------


@pytest.mark.parametrize("share_fits", [True, False])
@pytest.mark.filterwarnings("ignore:eval_set:skhpo.LeakageWarning")
@pytest.mark.parametrize("eval_set", ["inner", "fold"])
def test_rows_go_through_the_fitted_steps(share_fits, eval_set):
    estimator = Pipeline(
        [("scale", StandardScaler()), ("none", None), ("pca", PCA(2)), ("model", Seen(max_iter=5))]
    )
    _, seen = search_seen(estimator, eval_set=eval_set, share_fits=share_fits)
    _, plain = search_seen(Seen(max_iter=5), eval_set=eval_set)
    for (fitted, _, _), (raw, _, _) in zip(seen, plain, strict=True):
        transformed = fitted[:-1].transform(raw.seen_["X_val"])
        np.testing.assert_array_equal(fitted[-1].seen_["X_val"], transformed)
        expected = StandardScaler().fit(raw.seen_["X"]).mean_
        np.testing.assert_array_equal(fitted[0].mean_, expected)


def test_candidates_share_steps_and_the_rows_go_through_them():
    estimator = make_pipeline(StandardScaler(), PCA(3), HistGradientBoostingRegressor(max_iter=30))
    grid = {"histgradientboostingregressor__learning_rate": [0.05, 0.1, 0.5]}
    runs = [
        GridSearch(estimator, grid, eval_set="inner", random_state=0, share_fits=shares).fit(X, y)
        for shares in (True, False)
    ]
    assert [trial.n_shared_steps for trial in runs[0].trials_] == [0, 10, 10]
    for name in ("mean_test_score", "mean_best_iteration"):
        np.testing.assert_array_equal(*(run.cv_results_[name] for run in runs))


class Counts(StandardScaler):
    """Counts the calls of its methods."""

    calls: ClassVar[list[str]] = []

    def fit(self, X, y=None):
        self.calls.append("fit")
        return super().fit(X, y)

    def transform(self, X):
        self.calls.append("transform")
        return super().transform(X)


@pytest.mark.parametrize("n_candidates", [1, 3])
def test_shared_steps_transform_each_kind_of_rows_once_a_fold(n_candidates):
    Counts.calls.clear()
    estimator = Pipeline(
        [("count", Counts()), ("model", HistGradientBoostingRegressor(max_iter=5))]
    )
    grid = {"model__learning_rate": [0.1, 0.2, 0.3][:n_candidates]}
    GridSearch(estimator, grid, cv=3, eval_set="inner", random_state=0, refit=False).fit(X, y)
    assert Counts.calls.count("fit") == 3
    # Training rows, those that decide, and those that are scored.
    assert Counts.calls.count("transform") == 9


class WritesToRows(TransformerMixin, BaseEstimator):
    """A step that doubles its input in place."""

    def fit(self, X, y=None):
        return self

    def transform(self, X):
        X *= 2.0
        return X


@pytest.mark.filterwarnings("ignore:eval_set:skhpo.LeakageWarning")
def test_a_step_that_writes_to_its_rows_changes_no_score():
    estimator = make_pipeline(WritesToRows(), Seen(max_iter=5))
    same = make_pipeline(FunctionTransformer(lambda X: 2.0 * X), Seen(max_iter=5))
    scores = [
        # A copy, as the refit gets the rows themselves.
        search_seen(one, eval_set="fold", data=(X.copy(), y))[0].trials_[0].fold_scores()
        for one in (estimator, same)
    ]
    assert scores[0] == scores[1]


@pytest.mark.parametrize(
    "wrap",
    [
        lambda model, target: TransformedTargetRegressor(model, transformer=target),
        lambda model, target: TransformedTargetRegressor(
            make_pipeline(StandardScaler(), model), transformer=target
        ),
        lambda model, target: make_pipeline(
            StandardScaler(), TransformedTargetRegressor(model, transformer=target)
        ),
    ],
    ids=["target", "pipeline in target", "target in pipeline"],
)
def test_targets_go_through_the_fitted_transformer(wrap):
    _, seen = search_seen(wrap(Seen(max_iter=5), PowerTransformer()), eval_set="inner")
    _, plain = search_seen(Seen(max_iter=5), eval_set="inner")
    for (fitted, _, _), (raw, _, _) in zip(seen, plain, strict=True):
        whole = fitted[-1] if isinstance(fitted, Pipeline) else fitted
        inner = whole.regressor_[-1] if isinstance(whole.regressor_, Pipeline) else whole.regressor_
        target = PowerTransformer().fit(raw.seen_["y"].reshape(-1, 1))
        expected = target.transform(raw.seen_["y_val"].reshape(-1, 1)).ravel()
        np.testing.assert_allclose(inner.seen_["y_val"], expected, rtol=1e-12)


def test_of_a_square_matrix_columns_are_those_of_fitted_rows():
    kernel = X @ X.T
    estimator = make_pipeline(KernelPCA(3, kernel="precomputed"), Seen(max_iter=5))
    search, seen = search_seen(estimator, data=(kernel, y), eval_set="inner")
    _, plain = search_seen(Seen(max_iter=5), eval_set="inner")
    for (fitted, _, _), (raw, _, _) in zip(seen, plain, strict=True):
        rows, columns = (raw.seen_[side][:, 0].astype(int) for side in ("X_val", "X"))
        expected = fitted[0].transform(kernel[np.ix_(rows, columns)])
        np.testing.assert_allclose(fitted[-1].seen_["X_val"], expected)
    assert len(search.best_estimator_[-1].seen_["X"]) == 120


def test_frames_keep_their_columns():
    frame = pd.DataFrame(X, columns=list("abcd"))
    search, seen = search_seen(Seen(max_iter=5), data=(frame, pd.Series(y)), eval_set="inner")
    assert list(seen[0][0].seen_["X_val"].columns) == list("abcd")
    assert list(search.feature_names_in_) == list("abcd")


@pytest.mark.parametrize("is_routed", [False, True])
@pytest.mark.parametrize("is_pipeline", [False, True])
def test_weights_of_the_rows_go_with_them(is_routed, is_pipeline):
    weights = 1.0 + np.arange(120)
    with sklearn.config_context(enable_metadata_routing=is_routed):
        model, scale = Seen(max_iter=5), StandardScaler()
        name = "seen__sample_weight" if is_pipeline else "sample_weight"
        if is_routed:
            name = "importance"
            model.set_fit_request(sample_weight=name)
            scale.set_fit_request(sample_weight=False)
        estimator = make_pipeline(scale, model) if is_pipeline else model
        _, seen = search_seen(estimator, eval_set="inner", params={name: weights})
    _, plain = search_seen(Seen(max_iter=5), eval_set="inner")
    for (fitted, _, _), (raw, _, _) in zip(seen, plain, strict=True):
        rows = (fitted[-1] if is_pipeline else fitted).seen_
        for side, weight in (("X", "weight"), ("X_val", "weight_val")):
            numbers = raw.seen_[side][:, 0].astype(int)
            np.testing.assert_array_equal(rows[weight], weights[numbers])


# The rounds, and the winner -------------------------------------------------------------------


def test_columns_of_rounds_are_there_where_rows_are():
    model = HistGradientBoostingRegressor(max_iter=30, random_state=0)
    search = GridSearch(model, RATES, eval_set="inner", random_state=0, cv=3).fit(X, y)
    rounds = np.array([trial.best_iterations for trial in search.trials_], dtype=float)
    np.testing.assert_allclose(search.cv_results_["mean_best_iteration"], rounds.mean(axis=1))
    np.testing.assert_allclose(search.cv_results_["std_best_iteration"], rounds.std(axis=1))
    frame = search.to_frame()
    np.testing.assert_allclose(frame["mean_best_iteration"], rounds.mean(axis=1))
    plain = GridSearch(model, RATES, cv=3).fit(X, y)
    assert not any("best_iteration" in key for key in plain.cv_results_)
    assert plain.trials_[0].best_iterations == (None, None, None)


def test_the_winner_is_fitted_on_all_rows_for_the_scaled_mean():
    search, _ = search_seen(Seen(max_iter=60, random_state=0), cv=4, eval_set=0.2)
    best = search.best_estimator_
    # Of 120 rows a fold has 90, of which 72 are fitted.
    expected = round(np.mean(search.trials_[0].best_iterations) * 120 / 72)
    assert (best.early_stopping, best.max_iter, best.n_iter_) == (False, expected, expected)
    assert best.seen_["X_val"] is None
    assert len(best.seen_["X"]) == 120
    assert search.best_params_ == {}


def test_refit_all_scales_to_the_rows_it_is_given():
    model = HistGradientBoostingRegressor(max_iter=60, random_state=0)
    search = GridSearch(model, RATES, test_size=0.25, cv=0.25, eval_set="inner", random_state=0)
    search.fit(X, y).score_test()
    (best,) = search.trials_[search.best_index_].best_iterations
    # 30 test rows, 23 validation rows, 7 rows to stop by.
    assert search.best_estimator_.max_iter == round(best * 90 / 60)
    assert search.refit_all(X, y).max_iter == round(best * 120 / 60)


@pytest.mark.parametrize(
    ("best", "by_rows", "expected"),
    [
        ((10, 20), True, 30),
        ((10, 20), False, 15),
        ((None, 20), True, 40),
        ((1,), False, 1),
        ((None, None), True, None),
    ],
)
def test_expected_rounds(best, by_rows, expected):
    assert Rounds(best, (50,) * len(best)).expected(100, by_rows=by_rows) == expected


# With the other keywords ----------------------------------------------------------------------


@pytest.mark.slow
def test_workers_change_nothing():
    estimator = make_pipeline(StandardScaler(), HistGradientBoostingRegressor(max_iter=20))
    grid = {"histgradientboostingregressor__learning_rate": [0.1, 0.5]}
    runs = [
        GridSearch(estimator, grid, cv=3, eval_set="inner", random_state=0, n_jobs=n).fit(X, y)
        for n in (1, 2)
    ]
    for name in ("mean_test_score", "mean_best_iteration"):
        np.testing.assert_array_equal(*(run.cv_results_[name] for run in runs))


def test_numbers_of_rounds_do_not_share_a_fit():
    grid = {"max_iter": [5, 10, 15]}
    search = GridSearch(
        HistGradientBoostingRegressor(early_stopping=True, random_state=0),
        grid, cv=3, eval_set="inner", random_state=0,
    ).fit(X, y)  # fmt: skip
    assert [trial.n_shared_steps for trial in search.trials_] == [0, 0, 0]
    assert None not in sum((trial.best_iterations for trial in search.trials_), ())


def test_a_checkpoint_keeps_the_rounds_and_knows_the_rows(tmp_path):
    def run(eval_set, rates=RATES):
        return GridSearch(
            HistGradientBoostingRegressor(max_iter=20, random_state=0),
            rates, cv=3, eval_set=eval_set, random_state=0, checkpoint=tmp_path / "search.db",
        ).fit(X, y)  # fmt: skip

    first = run("inner")
    more = run("inner", {"learning_rate": [0.1, 0.5, 0.9]})
    assert more.trials_[1].best_iterations == first.trials_[1].best_iterations
    assert None not in more.trials_[2].best_iterations
    with pytest.raises(CheckpointMismatchError, match=r"eval_set: inner there, 0\.2 here"):
        run(0.2)


def test_a_result_of_before_the_rounds_is_read():
    text, content = pack_result(
        FoldResult(0, 0, {"score": 1.0}, best_iteration=7), CandidateRow(1, 0, "{}", "random")
    )
    assert unpack_result(0, 0, text, content).best_iteration == 7
    fields = json.loads(text)
    del fields["best_iteration"]
    assert unpack_result(0, 0, json.dumps(fields), content).best_iteration is None


def test_racing_stops_candidates_as_ever():
    grid = {"learning_rate": [0.1, 0.2, 0.3, 1e-6, 1e-6, 1e-6]}
    search = GridSearch(
        HistGradientBoostingRegressor(max_iter=30, random_state=0),
        grid, cv=5, eval_set="inner", random_state=0, racing=True,
    ).fit(X, y)  # fmt: skip
    stopped = [trial for trial in search.trials_ if trial.status == "stopped"]
    assert stopped
    assert np.isnan(search.cv_results_["mean_best_iteration"][stopped[0].number])
    assert search.best_estimator_.early_stopping is False


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.FitFailedWarning")
@pytest.mark.filterwarnings("ignore:One or more of the test scores:UserWarning")
def test_a_candidate_that_does_not_stop_fails_and_is_run_again():
    grid = {"early_stopping": [True, False]}
    model = HistGradientBoostingRegressor(max_iter=10, random_state=0)
    search = GridSearch(model, grid, cv=3, eval_set="inner", random_state=0).fit(X, y)
    assert search.trials_[1].status == "failed"
    with pytest.raises(ValueError, match="Early stopping must be on in HistGradientBoosting"):
        search.reproduce(1, fold=0)
    assert search.reproduce(0, fold=2) == search.trials_[0].fold_scores()[2]
    assert search.best_params_ == {"early_stopping": True}


# Mistakes -------------------------------------------------------------------------------------


NEVER = HistGradientBoostingRegressor(early_stopping=False)
MISTAKES = [
    (RandomForestRegressor(), {}, "None for RandomForestRegressor, .* lightgbm and catboost"),
    (make_pipeline(StandardScaler(), RandomForestRegressor()), {}, "for RandomForestRegressor"),
    (BaggingRegressor(HistGradientBoostingRegressor()), {}, "must be None for BaggingRegressor"),
    (NEVER, {}, "must be on in HistGradientBoostingRegressor .*early_stopping=True"),
    (make_pipeline(NEVER), {}, "Early stopping must be on"),
    (HistGradientBoostingRegressor(), {"X_val": X, "y_val": y}, "got 'X_val'"),
]  # fmt: skip


@pytest.mark.parametrize(("estimator", "params", "message"), MISTAKES, ids=range(len(MISTAKES)))
def test_mistakes_are_found_before_the_first_fit(estimator, params, message):
    scorer = Keeps()
    search = GridSearch(estimator, {}, eval_set="inner", scoring=scorer)
    with pytest.raises(ValueError, match=message):
        search.fit(X, y, **params)
    assert not scorer.models


class FitsCopies(Pipeline):
    """A Pipeline that fits a copy of its last step."""

    def fit(self, X, y=None, **params):
        self.fitted_ = Pipeline([(name, clone(step)) for name, step in self.steps]).fit(X, y)
        return self


def test_a_container_that_fits_a_copy_is_named():
    estimator = FitsCopies([("scale", StandardScaler()), ("model", Seen(max_iter=5))])
    with pytest.raises(TypeError, match="FitsCopies calls the fit of its own Seen, which it did"):
        search_seen(estimator, eval_set="inner")


def test_every_choice_of_an_estimator_must_stop():
    space = {"model": [HistGradientBoostingRegressor(), RandomForestRegressor()]}
    estimator = Pipeline([("scale", StandardScaler()), ("model", None)])
    estimator.set_params(model=HistGradientBoostingRegressor())
    with pytest.raises(ValueError, match="must be None for RandomForestRegressor"):
        GridSearch(estimator, space, eval_set="inner").fit(X, y)


@pytest.mark.parametrize("value", ["outer", 0.0, 1.0, 1, True])
def test_other_values_are_named(value):
    with pytest.raises(ValueError, match="The 'eval_set' parameter of GridSearch must be a str"):
        GridSearch(HistGradientBoostingRegressor(), RATES, eval_set=value).fit(X, y)


def test_a_class_that_cannot_be_on_both_sides_is_named():
    rare = np.zeros(120, dtype=int)
    rare[:2] = 1
    search = GridSearch(HistGradientBoostingClassifier(), RATES, cv=2, eval_set="inner")
    with pytest.raises(ValueError, match=r"eval_set=.* each class needs 2 rows or more"):
        search.fit(X, rare)
