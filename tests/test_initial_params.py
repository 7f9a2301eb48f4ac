"""Candidates that a user wants tried first: in order, as given, once, and refused in time."""

from __future__ import annotations

import re

import numpy as np
import pytest
from scipy import stats
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.svm import SVC

from skhpo import (
    BayesSearch,
    BayesStrategy,
    Categorical,
    Float,
    GridSearch,
    GridStrategy,
    Int,
    RandomSearch,
    RandomStrategy,
    SpaceExhaustedError,
    maximize,
)
from skhpo._initial_params import find_default
from skhpo._space import Space
from tests.surrogate.strategies import CONDITIONAL, FLOATS, MIXED, run, score_of
from tests.test_parameters import NeverFitted

X = np.arange(24.0).reshape(-1, 2)
y = np.arange(12) % 2

STRATEGIES = [RandomStrategy, BayesStrategy]
SEARCHES = [RandomSearch, BayesSearch]
both_strategies = pytest.mark.parametrize("cls", STRATEGIES)
both_searches = pytest.mark.parametrize("cls", SEARCHES)


def default_of(space, estimator):
    """The default as a plain tuple."""
    return tuple(find_default(Space.from_description(space), estimator))


# ------------------------------------------------------------------------ strategies


@both_strategies
def test_given_candidates_come_first_in_order_with_their_numbers(cls):
    given = [{"x": 0.25, "y": 3.0}, {"x": 0.125, "y": 0.1}]
    strategy = cls(FLOATS, random_state=0, initial_params=given)
    asked = []
    for _ in range(4):
        asked.append(strategy.ask())
        strategy.tell(asked[-1], score_of(asked[-1].params))
    assert [candidate.params for candidate in asked[:2]] == given
    assert [candidate.number for candidate in asked] == [0, 1, 2, 3]
    assert [candidate.origin for candidate in asked[:2]] == ["initial", "initial"]


@both_strategies
def test_values_keep_themselves_where_a_code_would_lose_them(cls):
    given = {"a": 0.1 + 0.2, "b": 9.0, "c": np.float64(1 / 3), "d": 7, "e": np.int64(3)}
    space = {
        "a": Float(1e-3, 1e3, log=True),
        "b": stats.norm(),
        "c": Float(0, 1),
        "d": Float(0, 10),
        "e": Int(1, 9),
    }
    params = cls(space, initial_params=given).ask().params
    assert all(params[name] is value for name, value in given.items())


@both_strategies
def test_what_a_dict_leaves_out_stands_in_the_middle_or_at_the_first_choice(cls):
    space = {
        "f": Float(2, 4),
        "l": Float(1e-2, 1e2, log=True),
        "i": Int(1, 9),
        "s": stats.uniform(0, 4),
        "o": [1, 10, 100],
        "c": ["rbf", "poly", "linear"],
        "k": Categorical(["low", "mid", "high"], ordered=True),
    }
    expected = {"f": 3.0, "l": 1.0, "i": 5, "s": 2.0, "o": 10, "c": "rbf", "k": "mid"}
    assert cls(space, initial_params={}).ask().params == expected
    assert cls(space, initial_params={"i": 2}).ask().params == {**expected, "i": 2}


@both_strategies
def test_none_and_no_items_change_nothing(cls):
    plain = run(cls(MIXED, random_state=0), 6)
    assert run(cls(MIXED, random_state=0, initial_params=None), 6) == plain
    assert run(cls(MIXED, random_state=0, initial_params=[]), 6) == plain


@both_strategies
def test_candidates_do_not_share_their_dict_with_the_user(cls):
    given = {"x": 0.5, "y": 1.0}
    strategy = cls(FLOATS, initial_params=[given])
    strategy.ask().params["x"] = 9.0
    assert given["x"] == 0.5


@both_strategies
@pytest.mark.parametrize("space", [FLOATS, MIXED, CONDITIONAL], ids=["floats", "mixed", "dicts"])
def test_a_seed_gives_the_same_candidates_after_the_given_ones(cls, space):
    given = RandomStrategy(space, random_state=9).ask().params
    first, second = (run(cls(space, random_state=1, initial_params=given), 12) for _ in range(2))
    assert first == second
    assert first[0] == given


def test_later_draws_are_those_of_their_numbers():
    given = [{"x": 0.5, "y": 1.0}, {"x": 0.25, "y": 1.0}]
    with_given = run(RandomStrategy(FLOATS, random_state=4, initial_params=given), 8)
    assert with_given[2:] == run(RandomStrategy(FLOATS, random_state=4), 8)[2:]


LISTS = {"a": [1, 2, 3], "b": ["x", "y"]}
UNION = [{"a": [1, 2], "b": ["x", "y", "x"]}, {"c": [0]}, {"a": [5, 6], "b": ("x",)}]


@both_strategies
@pytest.mark.parametrize("seed", range(5))
def test_a_finite_space_has_each_candidate_once_given_ones_too(cls, seed):
    given = [{"a": 2, "b": "y"}, {"a": 3, "b": "x"}]
    strategy = cls(LISTS, random_state=seed, initial_params=given)
    assert strategy.n_candidates == 6
    asked = run(strategy, 6, lambda params: params["a"])
    assert asked[:2] == given
    assert len({tuple(params.items()) for params in asked}) == 6
    with pytest.raises(SpaceExhaustedError, match="All 6 candidates"):
        strategy.ask()


@pytest.mark.parametrize("seed", range(5))
def test_draws_of_a_union_have_repeats_as_often_as_they_stand_there(seed):
    given = [{"a": 2, "b": "x"}, {"a": 6, "b": "x"}]
    strategy = RandomStrategy(UNION, random_state=seed, initial_params=given)
    plain = RandomStrategy(UNION, random_state=seed)
    asked, without = (
        [repr(sorted(s.ask().params.items())) for _ in range(strategy.n_candidates)]
        for s in (strategy, plain)
    )
    assert sorted(asked) == sorted(without)


def test_draws_after_given_ones_are_equally_likely():
    # Chi-square of 1200 draws over 5 cells; fixed seeds: p > 1e-6 fails for no sound shuffle.
    drawn = []
    for seed in range(1200):
        strategy = RandomStrategy(LISTS, random_state=seed, initial_params={"a": 1, "b": "x"})
        strategy.ask()
        drawn.append(tuple(strategy.ask().params.values()))
    _, counts = np.unique(np.array(drawn), axis=0, return_counts=True)
    assert len(counts) == 5
    assert stats.chisquare(counts).pvalue > 1e-6


def test_given_cells_of_spaces_larger_than_64_bits_are_found():
    space = {f"p{i:02}": list(range(10)) for i in range(30)}
    given = dict.fromkeys(space, 7)
    strategy = RandomStrategy(space, random_state=0, initial_params=given)
    assert strategy.ask().params == given
    assert strategy.n_candidates == 10**30


@pytest.mark.parametrize("value", [np.int64(3), 3.0, np.float32(3.0)], ids=type)
def test_a_number_of_another_type_is_not_proposed_again(value):
    strategy = BayesStrategy({"n": stats.randint(1, 6)}, initial_params={"n": value})
    asked = [int(params["n"]) for params in run(strategy, 5, lambda params: params["n"])]
    assert sorted(asked) == [1, 2, 3, 4, 5]
    assert asked[0] == 3


def test_a_candidate_of_several_dicts_is_proposed_in_none_of_them_again():
    strategy = BayesStrategy([{"a": [1, 2]}, {"a": [2, 3]}], initial_params={"a": 2})
    asked = run(strategy, 3, lambda params: params["a"])
    assert sorted(params["a"] for params in asked) == [1, 2, 3]
    with pytest.raises(SpaceExhaustedError, match="some of its dicts overlap"):
        strategy.ask()


def test_an_equal_number_is_the_spaces_own_in_a_list_of_numbers():
    choices = [0.1, 1.0, 10.0]
    params = BayesStrategy({"C": choices}, initial_params={"C": 1}).ask().params
    assert params["C"] is choices[1]


@pytest.mark.parametrize(
    ("n_given", "n_own"), [(0, 5), (1, 4), (2, 3), (3, 2), (4, 2), (9, 2)], ids=str
)
def test_the_own_design_is_shorter_by_the_given_ones_but_two_at_least(n_given, n_own):
    space = {name: Float(0, 1) for name in "abcd"}
    given = [dict.fromkeys("abcd", (i + 1) / 100) for i in range(n_given)]
    strategy = BayesStrategy(space, random_state=0, initial_params=given)
    asked = [strategy.ask()]
    strategy.tell(asked[0], 0.0)
    asked += [strategy.ask() for _ in range(n_given + n_own + 1)]
    assert [c.origin for c in asked] == ["initial"] * (n_given + n_own) + ["model"] * 2
    centre = dict.fromkeys("abcd", 0.5)
    assert (centre in [candidate.params for candidate in asked]) is (n_given == 0)
    if n_given:
        # The rest of the design is what it was, less its last ones.
        plain = BayesStrategy(space, random_state=0)
        design = [plain.ask().params for _ in range(5)][1 : 1 + n_own]
        assert [candidate.params for candidate in asked[n_given : n_given + n_own]] == design


def test_a_given_candidate_of_the_design_is_not_asked_twice():
    plain = BayesStrategy(FLOATS, random_state=0)
    design = [plain.ask().params for _ in range(3)]
    strategy = BayesStrategy(FLOATS, random_state=0, initial_params=design[1])
    asked = run(strategy, 5)
    assert asked.count(design[1]) == 1
    assert asked[:2] == [design[1], design[2]]


def test_the_model_learns_from_given_candidates():
    # The optimum is given; what the model proposes next is near it.
    def score(params):
        return -((params["x"] - 0.9) ** 2) - (np.log10(params["y"]) - 2) ** 2

    given = {"x": 0.9, "y": 100.0}
    asked = run(BayesStrategy(FLOATS, random_state=0, initial_params=given), 12, score)
    assert max(map(score, asked[4:])) > -0.05


# --------------------------------------------------------------------------- searches


@both_searches
def test_a_search_tries_the_estimator_as_it_is(cls):
    space = {"C": Float(0.01, 100, log=True), "gamma": Float(1e-3, 10, log=True)}
    search = cls(SVC(C=2.0, gamma=0.5), space, n_iter=3, cv=3, initial_params="default")
    search.fit(X, y)
    first = search.trials_[0]
    assert first.params == {"C": 2.0, "gamma": 0.5}
    assert first.origin == "initial"
    expected = cross_val_score(SVC(C=2.0, gamma=0.5), X, y, cv=3)
    assert first.fold_scores() == tuple(expected)
    assert search.n_trials_ == 3


@both_searches
def test_dicts_and_the_default_mix_in_the_order_given(cls):
    space = {"C": Float(0.01, 100, log=True), "gamma": ["scale", "auto"]}
    given = [{"C": 5, "gamma": "auto"}, "default", {"gamma": "auto"}]
    search = cls(SVC(), space, n_iter=2, cv=2, initial_params=given).fit(X, y)
    # n_iter counts them too.
    expected = [{"C": 5, "gamma": "auto"}, {"C": 1.0, "gamma": "scale"}]
    assert search.cv_results_["params"] == expected
    search.set_params(n_iter=3).fit(X, y)
    assert search.cv_results_["params"][2] == {"C": 1.0, "gamma": "auto"}
    assert list(search.to_frame()["origin"]) == ["initial"] * 3


@both_searches
def test_workers_give_the_same_trials_as_none(cls):
    space = {"C": Float(0.01, 100, log=True), "gamma": Float(1e-3, 10, log=True)}
    scores = []
    for _ in range(2):
        search = cls(SVC(), space, n_iter=6, cv=2, n_jobs=2, random_state=0)
        search.set_params(initial_params=[{"C": 3.0}, "default"]).fit(X, y)
        scores.append([(t.params, t.origin, t.fold_scores()) for t in search.trials_])
    assert scores[0] == scores[1]


@both_searches
def test_a_clone_of_a_search_knows_estimators_among_the_choices_again(cls):
    pipeline = Pipeline([("scale", StandardScaler()), ("svm", SVC())])
    space = {"scale": [MinMaxScaler(), StandardScaler(), "passthrough"], "svm__C": [1.0, 2.0]}
    given = [{"scale": space["scale"][1], "svm__C": 2.0}, {"scale": "passthrough"}]
    search = clone(cls(pipeline, space, n_iter=2, cv=2, initial_params=given)).fit(X, y)
    first, second = (trial.params for trial in search.trials_)
    assert first["scale"] is search.param_distributions["scale"][1]
    assert second == {"scale": "passthrough", "svm__C": 1.0}


def test_maximize_tries_them_first():
    for strategy in ("bayes", "random"):
        result = maximize(
            lambda x, y: x - y, FLOATS, strategy=strategy, n_iter=2, initial_params={"x": 1}
        )
        assert result.trials[0].params == {"x": 1, "y": 1.0}
        assert result.trials[0].origin == "initial"


# ------------------------------------------------------------------------ the default


def test_the_default_counts_what_it_found():
    space = {"C": Float(0.1, 10), "gamma": Float(0.1, 3), "kernel": ["rbf", "poly"]}
    assert default_of(space, SVC()) == ({"C": 1.0, "gamma": 1.55, "kernel": "rbf"}, 2, 3)
    assert default_of(space, SVC(gamma=1)) == ({"C": 1.0, "gamma": 1, "kernel": "rbf"}, 3, 3)


def test_values_that_are_none_of_the_space_are_middles():
    space = {"max_depth": Int(1, 20), "max_features": ["log2", 0.5, 1]}
    # max_features is "sqrt" by default.
    found = default_of(space, RandomForestClassifier())
    assert found == ({"max_depth": 10 + 1, "max_features": "log2"}, 0, 2)


def test_without_an_order_one_is_not_one_point_zero():
    space = {"max_features": ["sqrt", 1, None]}
    assert default_of(space, RandomForestClassifier(max_features=1.0))[1] == 0
    assert default_of(space, RandomForestClassifier(max_features=1))[1] == 1
    flags = {"bootstrap": [False, True]}
    assert default_of(flags, RandomForestClassifier()) == ({"bootstrap": True}, 1, 1)
    assert default_of(flags, RandomForestClassifier(bootstrap=1))[1] == 0


def test_with_an_order_or_in_a_range_equal_numbers_are_the_same():
    assert default_of({"C": [1, 10]}, SVC(C=10.0)) == ({"C": 10}, 1, 1)
    assert default_of({"C": Float(0.1, 10)}, SVC(C=np.float32(1))) == ({"C": 1}, 1, 1)
    assert default_of({"C": stats.loguniform(1, 10)}, SVC(C=1)) == ({"C": 1}, 1, 1)


def test_texts_of_arrays_are_found():
    assert default_of({"kernel": np.array(["poly", "rbf"])}, SVC()) == ({"kernel": "rbf"}, 1, 1)


def test_the_dict_that_has_most_is_the_defaults():
    space = [
        {"kernel": ["linear"], "C": Float(0.1, 10)},
        {"kernel": ["rbf"], "C": Float(0.1, 10), "gamma": Float(0.1, 3)},
        {"kernel": ["rbf"], "C": Float(0.1, 10), "gamma": ["scale"]},
    ]
    assert default_of(space, SVC()) == ({"kernel": "rbf", "C": 1.0, "gamma": "scale"}, 3, 3)
    assert default_of(space[:2], SVC()) == ({"kernel": "rbf", "C": 1.0, "gamma": 1.55}, 2, 3)
    # Of equals the one that lacks fewest, then the first.
    assert default_of(space, SVC(kernel="linear")) == ({"kernel": "linear", "C": 1.0}, 2, 2)
    twice = [{"C": Float(0.5, 2)}, {"C": [1, 2]}]
    assert default_of(twice, SVC())[0]["C"] == 1.0
    assert type(default_of(twice, SVC())[0]["C"]) is float
    assert type(default_of(twice[::-1], SVC())[0]["C"]) is int


def test_steps_of_a_pipeline_are_found_by_class_and_parameters():
    pipeline = Pipeline([("reduce", PCA(2)), ("model", SVC(C=3.0))])
    space = [
        {"reduce": ["passthrough", PCA(1)], "model": [LogisticRegression()]},
        {"reduce": [PCA(1), PCA(2)], "model": [SVC()], "model__C": Float(1, 10)},
    ]
    params, n_found, n_names = default_of(space, pipeline)
    assert (n_found, n_names) == (3, 3)
    assert params["reduce"] is space[1]["reduce"][1]
    # C is the space's to set, so that it does not tell one SVC from the other.
    assert params["model"] is space[1]["model"][0]
    assert params["model__C"] == 3.0
    other = Pipeline([("reduce", PCA(2)), ("model", SVC(C=3.0, kernel="poly"))])
    assert default_of(space, other)[1:] == (2, 3)


def test_a_pipeline_among_the_choices_is_found():
    choices = [Pipeline([("a", StandardScaler()), ("b", PCA(n))]) for n in (1, 2)]
    outer = Pipeline([("first", clone(choices[1])), ("last", SVC())])
    params, n_found, _ = default_of({"first": choices}, outer)
    assert n_found == 1
    assert params["first"] is choices[1]
    longer = Pipeline([*choices[1].steps, ("c", "passthrough")])
    assert default_of({"first": choices}, outer.set_params(first=longer))[1] == 0


def test_a_name_that_the_estimator_lacks_is_a_middle():
    assert default_of({"alpha": Float(0, 1), "beta": Float(0, 1)}, Ridge(alpha=0.25)) == (
        {"alpha": 0.25, "beta": 0.5},
        1,
        2,
    )


def test_by_default_a_search_starts_at_the_centre():
    space = {"C": Float(0.01, 10, log=True)}
    search = BayesSearch(SVC(), space, n_iter=1, cv=2, random_state=0).fit(X, y)
    assert search.cv_results_["params"][0]["C"] == pytest.approx(10**-0.5)


# ---------------------------------------------------------------------------- refusals

SPACE = [
    {"C": Float(0.1, 10), "n": Int(1, 4)},
    {"C": Float(0.1, 10), "kernel": ["rbf", None, 1], "s": stats.uniform(0, 2)},
    {"k": stats.randint(0, 3)},
]
WRONG = [
    ({"CC": 1}, "got 'CC'; rename it, drop it, or add it to the space. Did you mean 'C'?"),
    ({"zzzz": 1}, "names of the space, which are ['C', 'k', 'kernel', 'n', 's'], got 'zzzz'; rename"),
    ({3: 1}, "got 3; rename it, drop it, or add it to the space."),
    ({"C": 1, "k": 1}, "must have the parameters of one dict of the space, got ['C', 'k'];"),
    ({"C": 10.5}, "must give 'C' a number from 0.1 to 10, got 10.5; change the value, or the"),
    ({"C": "1"}, "a number from 0.1 to 10, got '1'"),
    ({"C": True}, "a number from 0.1 to 10, got True"),
    ({"C": float("nan")}, "a number from 0.1 to 10, got nan"),
    ({"C": None}, "a number from 0.1 to 10, got None"),
    ({"n": 5}, "must give 'n' an integer from 1 to 4, got 5"),
    ({"n": 2.0}, "an integer from 1 to 4, got 2.0"),
    ({"kernel": "poly"}, "must give 'kernel' one of ['rbf', None, 1], got 'poly'"),
    ({"kernel": 1.0}, "one of ['rbf', None, 1], got 1.0"),
    ({"kernel": True}, "one of ['rbf', None, 1], got True"),
    ({"s": 2.5}, "must give 's' a number in the support of its distribution, got 2.5"),
    ({"k": 1.5}, "must give 'k' an integer in the support of its distribution, got 1.5"),
    ({"k": 3}, "got 3"),
    ([{"k": 1}, {"k": 2}, {"k": 1.0}], "must be different candidates, got {'k': 1.0} as items 0"),
    ([{"C": 1, "n": 2}, {"C": 1.0, "n": np.int8(2)}], "as items 0 and 1; drop one."),
    (3, "The 'initial_params' parameter of {} must be a dict, the str 'default' (in searches), a"),
    ([3], "Got [3] instead. Fix: initial_params={{'C': 1.0}} is tried first."),
    ("defaults", "Got 'defaults' instead."),
    ([["default"]], "Got [['default']] instead."),
    (iter([{}]), "list of those or None. Got"),
]
refused = pytest.mark.parametrize(("given", "message"), WRONG, ids=range(len(WRONG)))


def pattern(message, name):
    """The message of an error about `name`."""
    return re.escape(message.replace("{}", name).replace("{{", "{").replace("}}", "}"))


@both_strategies
@refused
def test_what_is_none_of_the_space_is_refused(cls, given, message):
    with pytest.raises((ValueError, TypeError), match=pattern(message, cls.__name__)):
        cls(SPACE, initial_params=given)


class Anything(NeverFitted):
    """Has the names of the space."""

    def __init__(self, C=1.0, n=1, kernel="rbf", s=1.0, k=1):
        self.C = C
        self.n = n
        self.kernel = kernel
        self.s = s
        self.k = k


@both_searches
@refused
def test_a_search_refuses_it_before_the_first_fit(cls, given, message, tmp_path):
    ledger = tmp_path / "spent.sqlite"
    search = cls(Anything(), SPACE, initial_params=given, test_size=0.5, test_ledger=ledger)
    with pytest.raises((ValueError, TypeError), match=pattern(message, cls.__name__)):
        search.fit(X, y)
    assert not ledger.exists()


@both_searches
def test_a_dict_that_is_the_default_is_a_duplicate_of_it(cls):
    search = cls(NeverFitted(), {"C": [0.1, 1.0]}, initial_params=["default", {"C": 1}])
    with pytest.raises(ValueError, match=r"different candidates, got {'C': 1.0} as items 0 and 1"):
        search.fit(X, y)


@both_strategies
def test_without_an_estimator_there_is_no_default(cls):
    with pytest.raises(ValueError, match="must be dicts where there is no estimator"):
        cls(FLOATS, initial_params="default")
    with pytest.raises(ValueError, match="must be dicts where there is no estimator"):
        maximize(lambda x, y: x, FLOATS, initial_params=["default"])


def test_maximize_refuses_what_it_cannot_use():
    with pytest.raises(ValueError, match="parameter of maximize must be a dict"):
        maximize(lambda x, y: x, FLOATS, initial_params=3)
    for strategy in ("grid", RandomStrategy(FLOATS)):
        with pytest.raises(ValueError, match="`initial_params` must be None when `strategy` is"):
            maximize(lambda x, y: x, None, strategy=strategy, initial_params={"x": 1})


def test_a_grid_has_no_such_keyword():
    with pytest.raises(TypeError, match="initial_params"):
        GridSearch(SVC(), {"C": [1]}, initial_params="default")
    with pytest.raises(TypeError, match="initial_params"):
        GridStrategy({"C": [1]}, initial_params={"C": 1})


class OnlyRvs:
    """What `RandomSearch` asks of a distribution, and no more."""

    def rvs(self, random_state):
        return random_state.choice(["a", "b"])


def test_of_an_object_with_rvs_alone_any_value_is_taken_but_none_is_made_up():
    space = {"c": OnlyRvs(), "x": Float(0, 1)}
    assert RandomStrategy(space, initial_params={"c": "z"}).ask().params == {"c": "z", "x": 0.5}
    with pytest.raises(ValueError, match="must give 'c' a value, because its distribution"):
        RandomStrategy(space, initial_params={"x": 0.5})
