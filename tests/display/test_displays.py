"""Each picture is drawn of each kind of search, and says what it shows."""

from __future__ import annotations

import itertools
import math
import sys
import warnings

import numpy as np
import pytest
from scipy.stats import loguniform
from sklearn.datasets import load_iris
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.svm import SVC

pytest.importorskip("matplotlib")

import matplotlib
import matplotlib.pyplot as plt

from skhpo import (
    BayesSearch,
    EquivalentCandidatesDisplay,
    Float,
    GridSearch,
    ParallelCoordinatesDisplay,
    ParameterEffectDisplay,
    ParameterImportanceDisplay,
    RandomSearch,
    SearchHistoryDisplay,
    StrategyComparisonDisplay,
    compare,
    maximize,
)
from tests.test_history import make_result

X, y = load_iris(return_X_y=True)
PIPELINE = Pipeline([("scale", StandardScaler()), ("clf", SVC())])
C = {"clf__C": Float(1e-3, 1e2, log=True)}
GRID = {"clf__C": [0.01, 0.1, 1, 10], "clf__gamma": [0.01, 0.1, 1]}
CONDITIONAL = [
    {"clf": [SVC()], **C, "clf__gamma": loguniform(1e-4, 1), "scale": [MinMaxScaler(), None]},
    {"clf": [LogisticRegression(max_iter=500)], **C},
]


def fail_sometimes(a_long__name__of_a_parameter, kind):
    """Score, or an error where the parameter is large."""
    if a_long__name__of_a_parameter > 50:
        raise ValueError("too large")
    return math.log(a_long__name__of_a_parameter) + (kind == "$b$")


def make_searches():
    """One of each kind, fitted."""
    space = {"a_long__name__of_a_parameter": Float(0.1, 100, log=True), "kind": ["_a", "$b$"]}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return {
            "grid": GridSearch(PIPELINE, GRID, cv=3),
            "random": RandomSearch(PIPELINE, CONDITIONAL, n_iter=14, cv=3, random_state=0),
            "bayes": BayesSearch(PIPELINE, CONDITIONAL, n_iter=12, cv=3, random_state=0),
            "stock": GridSearchCV(SVC(), {"C": [0.01, 0.1, 1, 10], "gamma": [0.01, 0.1, 1]}, cv=3),
            "result": maximize(fail_sometimes, space, n_iter=16, random_state=0),
        }  # fmt: skip


@pytest.fixture(scope="module")
def searches():
    made = make_searches()
    return {k: s.fit(X, y) if hasattr(s, "fit") else s for k, s in made.items()}


ALL = ["grid", "random", "bayes", "stock", "result"]
FIRST = {"stock": "C", "result": "a_long__name__of_a_parameter"}
SECOND = {"stock": "gamma", "result": "kind"}


def first(key):
    return FIRST.get(key, "clf__C")


def second(key):
    return SECOND.get(key, "clf__gamma")


MAKERS = {
    "history": lambda s, k, ax: SearchHistoryDisplay.from_estimator(s, ax=ax),
    "importance": lambda s, k, ax: ParameterImportanceDisplay.from_estimator(s, ax=ax),
    "line": lambda s, k, ax: ParameterEffectDisplay.from_estimator(s, first(k), ax=ax),
    "map": lambda s, k, ax: ParameterEffectDisplay.from_estimator(s, [first(k), second(k)], ax=ax),
    "parallel": lambda s, k, ax: ParallelCoordinatesDisplay.from_estimator(s, ax=ax),
}


@pytest.mark.parametrize(
    ("key", "style"), [*((key, "default") for key in ALL), ("random", "dark_background")]
)
@pytest.mark.parametrize("kind", MAKERS)
def test_every_picture_is_drawn_of_every_search(searches, kind, key, style):
    with plt.style.context(style):
        figure, ax = plt.subplots(figsize=(3.5, 2.6), layout="constrained")
        display = MAKERS[kind](searches[key], key, ax)
        figure.canvas.draw()
        assert display.ax_ is ax
        assert display.figure_ is figure
        # Nothing but text that is there in both.
        for text in (ax.xaxis.label, ax.yaxis.label):
            assert text.get_color() == matplotlib.rcParams["axes.labelcolor"]


@pytest.mark.parametrize("key", ["grid", "random", "bayes"])
def test_equivalent_candidates_are_drawn(searches, key):
    search = searches[key]
    display = EquivalentCandidatesDisplay.from_estimator(search, max_candidates=4)
    display.figure_.canvas.draw()
    assert display.numbers == tuple(search.equivalent_candidates())
    assert display.differences[0] == 0.0
    assert len(display.ax_.get_yticks()) == min(4, len(display.numbers))
    scores = search.cv_results_["mean_test_score"]
    np.testing.assert_allclose(
        display.differences, scores[list(display.numbers)] - search.best_score_, atol=1e-12
    )


def test_equivalent_candidates_need_folds(searches):
    with pytest.raises(TypeError, match="without folds nothing tells candidates apart"):
        EquivalentCandidatesDisplay.from_estimator(searches["result"])


@pytest.mark.parametrize(
    "kind", [SearchHistoryDisplay, ParameterImportanceDisplay, ParallelCoordinatesDisplay]
)
def test_a_display_takes_one_short_line_above_its_picture(searches, kind):
    assert repr(kind.from_estimator(searches["grid"])) == f"<{kind.__name__}>"


def test_without_axes_there_is_a_figure(searches):
    display = SearchHistoryDisplay.from_estimator(searches["grid"])
    assert display.figure_ is display.ax_.figure
    again = display.plot()
    assert again is display


def test_history_says_what_the_best_score_is_worth(searches):
    search = searches["bayes"]
    display = SearchHistoryDisplay.from_estimator(search)
    assert display.best_score == search.best_score_
    assert display.corrected_score == search.corrected_score_
    texts = [text.get_text() for text in display.ax_.get_legend().get_texts()]
    assert f"corrected, {search.corrected_score_:.3g}" in texts
    assert f"best so far, {search.best_score_:.3g}" in texts
    assert {"initial", "by the model"} <= set(texts)
    without = SearchHistoryDisplay.from_estimator(search, corrected=False)
    assert math.isnan(without.corrected_score)


def test_history_of_a_metric_that_did_not_choose_has_no_corrected_score():
    search = GridSearch(
        SVC(), {"C": [0.1, 1]}, scoring=["accuracy", "balanced_accuracy"], refit="accuracy", cv=3
    ).fit(X, y)
    other = SearchHistoryDisplay.from_estimator(search, metric="balanced_accuracy")
    assert math.isnan(other.corrected_score)
    assert other.label == "balanced accuracy"
    assert not math.isnan(SearchHistoryDisplay.from_estimator(search).corrected_score)


def test_history_marks_stopped_and_failed_trials():
    S = [[0.5, 0.4], [0.7, None], [0.6, 0.6], [None, None]]
    result = make_result(S, ["complete", "stopped", "complete", "failed"])
    display = SearchHistoryDisplay.from_estimator(result)
    texts = [text.get_text() for text in display.ax_.get_legend().get_texts()]
    assert texts == ["best so far, 0.6", "complete", "stopped", "failed"]
    np.testing.assert_allclose(display.best_so_far, [0.45, 0.45, 0.6, 0.6])


def test_history_of_far_worse_trials_shows_the_others():
    result = make_result([[0.9], [0.88], [-30.0], [0.85], [0.89]])
    ax = SearchHistoryDisplay.from_estimator(result).ax_
    assert ax.get_ylim()[0] > 0.5
    assert "far below" in [text.get_text() for text in ax.get_legend().get_texts()]


def test_importances_that_are_not_told_are_not_shown_as_if_they_were():
    display = ParameterImportanceDisplay.from_estimator(make_result([[0.1], [0.2]]))
    assert "do not tell" in display.ax_.texts[0].get_text().replace("\n", " ")
    rng = np.random.default_rng(1)
    noise = make_result([[value] for value in rng.normal(size=30)])
    display = ParameterImportanceDisplay.from_estimator(noise)
    assert not display.importances.tells
    assert "do not tell" in display.ax_.get_title(loc="right").replace("\n", " ")


def test_bars_stand_in_the_order_of_worth(searches):
    display = ParameterImportanceDisplay.from_estimator(searches["random"], max_bars=3)
    labels = [label.get_text() for label in display.ax_.get_yticklabels()]
    assert labels == [item.name for item in display.importances.parameters[:3]]


def test_labels_between_few_powers_of_ten_do_not_run_into_each_other():
    space = {"x": Float(0.01, 0.5, log=True)}
    result = maximize(lambda x: -(x**2), space, n_iter=12, random_state=0)
    ax = ParameterEffectDisplay.from_estimator(result, "x").ax_
    ax.figure.canvas.draw()
    texts = [t for t in (*ax.get_xticklabels(), *ax.get_xticklabels(minor=True)) if t.get_text()]
    boxes = sorted((text.get_window_extent() for text in texts), key=lambda box: box.x0)
    assert len(boxes) >= 4
    assert all(a.x1 < b.x0 for a, b in itertools.pairwise(boxes))


def test_an_effect_stands_on_a_logarithm_where_its_range_does(searches):
    display = ParameterEffectDisplay.from_estimator(searches["random"], "clf__C")
    assert display.ax_.get_xscale() == "log"
    assert display.ax_.get_xlim() == pytest.approx((1e-3, 1e2))
    display = ParameterEffectDisplay.from_estimator(searches["random"], "clf")
    labels = [label.get_text() for label in display.ax_.get_xticklabels()]
    assert labels == ["SVC()", "LogisticRegre…"]


def test_a_map_leaves_blank_what_does_not_go_together(searches):
    display = ParameterEffectDisplay.from_estimator(searches["random"], ["clf", "clf__gamma"])
    assert np.isfinite(display.mean[0]).all()
    assert np.isnan(display.mean[1]).all()


def changed_shares(display, width):
    """Shares of the dots of a map's lower and upper half that intervals of a width change."""
    images = []
    for each in (0.0, width):
        half = np.where(np.arange(13) < 6, each, 0.0)
        display.low, display.high = display.mean - half, display.mean + half
        ax = display.plot(ax=plt.figure(figsize=(3.5, 2.6)).add_axes([0.2, 0.2, 0.7, 0.6])).ax_
        ax.figure.canvas.draw()
        box = ax.get_window_extent()
        image = np.asarray(ax.figure.canvas.buffer_rgba())[::-1, :, :3].astype(int)
        images.append(image[int(box.y0) + 1 : int(box.y1), int(box.x0) + 1 : int(box.x1)])
    changed = np.abs(images[1] - images[0]).max(axis=2) > 8
    # Where one becomes the other is between two values.
    fifth = len(changed) // 5
    return changed[: 2 * fifth].mean(), changed[3 * fifth :].mean()


@pytest.mark.parametrize("style", ["default", "dark_background"])
@pytest.mark.parametrize("names", [["x", "y"], ["kind", "y"]], ids=["numbers", "levels"])
def test_a_map_fades_where_it_is_not_sure(names, style):
    space = {"x": Float(0, 1), "y": Float(0, 1), "kind": ["a", "b"]}
    result = maximize(
        lambda x, y, kind: x + y + (kind == "a"), space, strategy="random", n_iter=15,
        random_state=0,
    )  # fmt: skip
    display = ParameterEffectDisplay.from_estimator(result, names)
    with plt.style.context(style):
        below, above = changed_shares(display, 0.6 * np.ptp(display.mean))
    assert display.is_unsure[:, :6].all()
    assert not display.is_unsure[:, 6:].any()
    assert display.ax_.get_title(loc="left").startswith("Hatched: the 95 % interval is wider")
    # All is paler but what trials' marks cover.
    assert below > 0.8
    assert above < 0.01


def test_a_map_that_is_sure_or_has_no_place_is_plain(searches):
    display = ParameterEffectDisplay.from_estimator(searches["result"], [FIRST["result"], "kind"])
    display.low = display.high = display.mean
    assert display.plot().ax_.get_title(loc="left") == ""
    display.mean = np.full_like(display.mean, np.nan)
    assert not display.is_unsure.any()


@pytest.mark.parametrize("names", [[], ["clf__C", "clf__C"], ["clf", "clf__C", "scale"]])
def test_an_effect_is_of_one_or_two_parameters(searches, names):
    with pytest.raises(ValueError, match="`parameters` must be one name or two different ones"):
        ParameterEffectDisplay.from_estimator(searches["random"], names)


def test_an_effect_without_names_is_of_the_two_that_matter_most():
    space = {"idle": Float(0, 1), "x": Float(0, 1), "also_idle": [1, 2], "y": Float(0, 1)}
    result = maximize(
        lambda x, y, **_: x + 2 * y, space, strategy="random", n_iter=30, random_state=0
    )
    assert ParameterEffectDisplay.from_estimator(result).parameters == ("y", "x")
    alone = maximize(lambda x: x, {"x": Float(0, 1)}, n_iter=12, random_state=0)
    assert ParameterEffectDisplay.from_estimator(alone).parameters == ("x",)


def test_an_effect_without_names_is_of_two_that_go_together():
    space = [{"kind": ["a"], "x": Float(0, 1)}, {"kind": ["b"], "y": Float(0, 1)}]
    result = maximize(
        lambda kind, x=0.0, y=0.0: 3 * x + 2 * y, space, strategy="random", n_iter=40,
        random_state=0,
    )  # fmt: skip
    display = ParameterEffectDisplay.from_estimator(result)
    assert len(display.parameters) == 2
    assert {"x", "y"} != set(display.parameters)
    assert np.isfinite(display.mean).any()


@pytest.mark.parametrize(("name", "meant"), [("C", "clf__C"), ("clf__c", "clf__C")])
def test_an_effect_of_what_the_space_lacks_names_what_is_near(searches, name, meant):
    with pytest.raises(ValueError, match=f"got '{name}'; name one. Did you mean '{meant}'?"):
        ParameterEffectDisplay.from_estimator(searches["random"], name)


def test_an_effect_needs_trials():
    with pytest.raises(ValueError, match="tell nothing of any parameter: 2 of 2 trials have a"):
        ParameterEffectDisplay.from_estimator(make_result([[0.1], [0.2]]))
    with pytest.raises(ValueError, match=r"tell nothing of \['x'\]: 2 of 2 trials have a score"):
        ParameterEffectDisplay.from_estimator(make_result([[0.1], [0.2]]), "x")


def test_absent_parameters_go_through_a_lane_of_their_own(searches):
    display = ParallelCoordinatesDisplay.from_estimator(searches["random"])
    column = display.parameters.index("clf__gamma")
    has = ["clf__gamma" in trial.params for trial in searches["random"].trials_]
    np.testing.assert_array_equal(np.isfinite(display.heights[:, column]), has)
    assert [label.get_text() for label in display.ax_.get_yticklabels()] == ["absent"]


def test_parallel_axes_are_those_asked_for(searches):
    asked = ["scale", "clf__C"]
    display = ParallelCoordinatesDisplay.from_estimator(searches["random"], asked)
    assert display.parameters == tuple(asked)
    one = ParallelCoordinatesDisplay.from_estimator(searches["random"], ["clf__C"])
    one.figure_.canvas.draw()


def test_what_cannot_be_drawn_is_an_error():
    with pytest.raises(ValueError, match="trials with a score and parameters that vary, got 0"):
        ParallelCoordinatesDisplay.from_estimator(make_result([[1.0]], ["failed"]))


def test_a_comparison_is_what_compare_returned(searches):
    with pytest.raises(TypeError, match="`comparison` must be what compare returned, got an obj"):
        StrategyComparisonDisplay.from_comparison(searches["random"])


@pytest.mark.parametrize("by", ["trials", "seconds"])
def test_a_comparison_has_a_line_for_each_search_and_its_test_scores(by):
    named = {
        "grid $": GridSearch(SVC(), {"C": [0.1, 1, 10]}, cv=3),
        "_stock": GridSearchCV(SVC(), {"C": [0.1, 1]}, cv=3),
        "dummy": DummyClassifier(),
    }
    comparison = compare(named, X, y, repeats=2, random_state=0)
    display = StrategyComparisonDisplay.from_comparison(comparison, by=by)
    display.figure_.canvas.draw()
    (below,) = display.ax_.texts
    assert below.get_text() == "test"
    assert below.get_window_extent().y1 < display.ax_.get_window_extent().y0
    assert display.best_so_far["grid $"].shape[0] == 2
    assert set(display.x) == {"grid $", "_stock"}
    texts = [text.get_text() for text in display.ax_.get_legend().get_texts()]
    assert texts == [r"grid \$", " _stock", "dummy"]
    expected = [row.test_score for row in comparison.rows if row.search == "dummy"]
    assert display.test_scores["dummy"].tolist() == expected
    best = [search.best_score_ for search in comparison.searches["grid $"]]
    if by == "trials":
        assert display.best_so_far["grid $"][:, -1].tolist() == best
    with pytest.raises(ValueError, match=r"`by` must be one of \('trials', 'seconds'\)"):
        comparison.plot(by="fits")


def test_without_matplotlib_the_error_says_what_to_install(searches, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(ImportError, match=r"SearchHistoryDisplay.*pip install skhpo\[plot\]"):
        SearchHistoryDisplay.from_estimator(searches["grid"])
