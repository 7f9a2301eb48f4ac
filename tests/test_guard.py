"""The guard with a ledger, by searches as people use them: every way round it that is known."""

from __future__ import annotations

import copy
import multiprocessing
import pickle
import re
import signal
import sys
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor

import joblib
import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from skhpo import (
    BayesSearch,
    GridSearch,
    LeakageWarning,
    RandomSearch,
    TestSetSpentError,
    TrainTestOverlapError,
    compare,
    read_ledger,
)
from skhpo._spent import PROCESS

SEARCHES = [GridSearch, RandomSearch, BayesSearch]
# New processes that have everything imported already; Windows has none of these.
CONTEXT = multiprocessing.get_context("spawn" if sys.platform == "win32" else "forkserver")
CONTEXT.set_forkserver_preload([__name__])


def draw(n=200, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 4))
    return X, (X[:, 0] + rng.normal(size=n) > 0).astype(int)


X, y = draw()
X_DEV, X_TEST, Y_DEV, Y_TEST = X[:140], X[140:], y[:140], y[140:]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "spent.sqlite"


def build(path, cls=GridSearch, **keywords):
    if cls is not GridSearch:
        keywords = {"n_iter": 2} | keywords
    keywords = {"cv": 2, "random_state": 0, "test_ledger": path} | keywords
    return cls(LogisticRegression(), {"C": [0.1, 1]}, **keywords)


def forget():
    """Forget what was spent in this process, as a new one would."""
    PROCESS._records.clear()


def run(function, *args):
    """Call a function in a new process; what it returns."""
    queue = CONTEXT.SimpleQueue()
    process = CONTEXT.Process(target=_put, args=(queue, function, args))
    process.start()
    result = queue.get()
    process.join()
    return result


def _put(queue, function, args):
    try:
        queue.put(function(*args))
    except BaseException as error:
        queue.put(repr(error))


def try_to_score(search, *rows):
    """The score, or what the guard says."""
    try:
        return search.score_test(*rows)
    except TestSetSpentError as error:
        return str(error)


# Ways round it ------------------------------------------------------------------------


def try_rows(path, sets):
    """Score sets of rows by searches of their own, each by another search."""
    searches = [build(path, cls).fit(X_DEV, Y_DEV) for cls in SEARCHES]
    return {
        name: try_to_score(clone(searches[number % 3]).fit(X_DEV, Y_DEV), *rows)
        for number, (name, rows) in enumerate(sets.items())
    }


def test_rows_once_spent_are_known_in_a_new_process_however_they_come(path):
    pd, pl = pytest.importorskip("pandas"), pytest.importorskip("polars")
    single = X_TEST.astype(np.float32)
    score = build(path).fit(X_DEV, Y_DEV).score_test(single, Y_TEST)
    order = np.random.default_rng(1).permutation(60)
    wider = single.astype(np.float64)
    sets = {
        "as they were": (single, Y_TEST),
        "shuffled": (single[order], Y_TEST[order]),
        "a part": (single[order[:30]], Y_TEST[order[:30]]),
        "wider": (wider, Y_TEST),
        "other labels": (wider, 1 - Y_TEST),
        "a list": (wider.tolist(), Y_TEST.tolist()),
        "in Fortran's order": (np.asfortranarray(single), Y_TEST),
        "pandas": (pd.DataFrame(wider, columns=list("abcd")).sample(frac=1), Y_TEST),
        "polars": (pl.DataFrame(wider, schema=list("abcd")), Y_TEST),
        "among new rows": (np.r_[wider, draw(60, 5)[0]], np.r_[Y_TEST, Y_TEST]),
    }
    found = run(try_rows, path, sets)
    assert found.keys() == sets.keys()
    for name, outcome in found.items():
        told = rf"(60 of 60|30 of 30|60 of 120) rows.* by GridSearch of Log.*score was {score}"
        assert re.search(told, str(outcome)), (name, outcome)
    assert len(read_ledger(path).records) == 1


def test_test_sets_of_few_values_are_known_as_a_set(path):
    flags = np.random.default_rng(0).integers(0, 2, (200, 4))
    score = build(path, test_size=60).fit(flags, y).score_test()
    forget()
    search = build(path, RandomSearch, test_size=60)
    with pytest.warns(LeakageWarning, match=f"60 of 60 rows .* was {score}"):
        search.fit(flags, y)
    with pytest.raises(TestSetSpentError, match="60 of 60 rows"):
        search.score_test()
    assert build(path, test_size=60, random_state=5).fit(flags, y).score_test() > 0


def score_files(*paths):
    return [try_to_score(joblib.load(path)) for path in paths]


def test_copies_of_a_search_share_the_ledger_across_processes(path, tmp_path):
    search = build(path, test_size=60).fit(X, y)
    joblib.dump(search, tmp_path / "search.joblib")
    (tmp_path / "search.pickle").write_bytes(pickle.dumps(copy.deepcopy(search)))
    twins = [copy.copy(search), copy.deepcopy(search)]
    outcomes = run(score_files, tmp_path / "search.joblib", tmp_path / "search.pickle")
    assert isinstance(outcomes[0], float)
    for outcome in (outcomes[1], *map(try_to_score, [search, *twins])):
        assert "test set was spent on 2" in outcome
        assert re.search(f"by GridSearch.*: the score was {outcomes[0]}", outcome)
    assert not hasattr(search, "test_report_")


def test_the_path_goes_with_copies_and_another_working_directory(path, monkeypatch):
    monkeypatch.chdir(path.parent)
    search = build(path.name, test_size=60).fit(X, y)
    monkeypatch.chdir("/")
    assert clone(search).test_ledger == path.name
    pickle.loads(pickle.dumps(search)).score_test()
    assert len(read_ledger(path).records) == 1


def test_what_the_ledger_keeps_is_no_data(path):
    search = build(path, test_size=60, scoring=["accuracy", "roc_auc"], refit="roc_auc")
    search.set_params(
        estimator=make_pipeline(StandardScaler(), LogisticRegression()),
        param_grid={"logisticregression__C": [0.1, 1]},
    )
    search.fit(X, y)
    rows = search._test_set.held_out.X
    score = search.score_test()
    (record,) = read_ledger(path).records
    assert (record.search, record.metric, record.n_rows) == ("GridSearch", "roc_auc", 60)
    assert record.estimator == "Pipeline(StandardScaler, LogisticRegression)"
    assert record.score == score
    assert record.scored_at == search.test_report_.scored_at
    image = path.read_bytes()
    assert not any(cell.tobytes() in image for cell in rows.ravel())


# At once ------------------------------------------------------------------------------


def score_at_once(barrier, search, rows):
    barrier.wait()
    return try_to_score(search, *rows)


@pytest.mark.parametrize("is_one_search", [False, True])
def test_of_eight_processes_one_gets_a_score(path, is_one_search):
    if is_one_search:
        searches, rows = [build(path, test_size=60).fit(X, y)] * 8, ()
    else:
        searches = [build(path, SEARCHES[n % 3]).fit(X_DEV, Y_DEV) for n in range(8)]
        rows = (X_TEST, Y_TEST)
    barrier, queue = CONTEXT.Barrier(8), CONTEXT.SimpleQueue()
    processes = [
        CONTEXT.Process(target=_put, args=(queue, score_at_once, (barrier, search, rows)))
        for search in searches
    ]
    for process in processes:
        process.start()
    outcomes = [queue.get() for _ in processes]
    for process in processes:
        process.join()
    scores = [outcome for outcome in outcomes if isinstance(outcome, float)]
    assert len(scores) == 1
    assert sum(f"the score was {scores[0]}" in str(outcome) for outcome in outcomes) == 7
    assert [record.score for record in read_ledger(path).records] == scores


def test_of_eight_threads_one_gets_a_score(path):
    barrier = threading.Barrier(8)
    searches = [build(path).fit(X_DEV, Y_DEV) for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        outcomes = list(
            pool.map(lambda search: score_at_once(barrier, search, (X_TEST, Y_TEST)), searches)
        )
    assert sum(isinstance(outcome, float) for outcome in outcomes) == 1
    assert sum("60 of 60 rows" in str(outcome) for outcome in outcomes) == 7


class Blocks:
    """A scorer that says when it is called, and does not come back."""

    def __init__(self, connection):
        self.connection = connection

    def __call__(self, estimator, X, y):
        self.connection.send("scores")
        self.connection.recv()
        return 1.0


def score_and_block(connection, path):
    search = build(path, BayesSearch).fit(X_DEV, Y_DEV)
    search.scorer_ = Blocks(connection)
    search.score_test(X_TEST, Y_TEST)


@pytest.fixture
def holder(path):
    """A process in the middle of a score."""
    ours, theirs = CONTEXT.Pipe()
    process = CONTEXT.Process(target=score_and_block, args=(theirs, path))
    process.start()
    assert ours.recv() == "scores"
    yield process
    process.kill()
    process.join()


def listen(monkeypatch, then):
    """Keep warnings, and do something at each."""
    caught = []

    def show(message, category, filename, *args, **keywords):
        caught.append((str(message), filename))
        then()

    warnings.simplefilter("always")
    monkeypatch.setattr(warnings, "showwarning", show)
    return caught


def test_who_waits_says_for_whom_and_goes_on_when_that_is_killed(path, holder, monkeypatch):
    search = build(path).fit(X_DEV, Y_DEV)
    with warnings.catch_warnings():
        caught = listen(monkeypatch, holder.kill)
        score = search.score_test(X_TEST, Y_TEST)
    ((told, filename),) = caught
    assert f"process {holder.pid} on " in told
    assert "to score a BayesSearch" in told
    assert filename == __file__
    assert [record.score for record in read_ledger(path).records] == [score]


@pytest.mark.skipif(sys.platform == "win32", reason="signals to a thread")
def test_an_interrupt_ends_the_wait_and_spends_nothing(path, holder, monkeypatch):
    search = build(path).fit(X_DEV, Y_DEV)
    main, was_told = threading.get_ident(), threading.Event()

    def interrupt():
        was_told.wait()
        signal.pthread_kill(main, signal.SIGINT)

    threading.Thread(target=interrupt).start()
    with warnings.catch_warnings():
        listen(monkeypatch, was_told.set)
        with pytest.raises(KeyboardInterrupt, match=r"^$"):
            search.score_test(X_TEST, Y_TEST)
    holder.kill()
    assert search.score_test(X_TEST, Y_TEST) > 0.5


# A score nobody saw spends nothing ----------------------------------------------------


def test_a_score_that_fails_is_not_in_the_ledger(path):
    search = build(path, test_size=60).fit(X, y)
    scorer = search.scorer_
    search.scorer_ = lambda *_: 1 / 0
    with pytest.raises(ZeroDivisionError, match="division"):
        search.score_test()
    assert read_ledger(path).records == ()
    search.scorer_ = scorer
    assert search.score_test() > 0.5


def test_a_scorer_that_scores_by_the_same_ledger_is_told_so(path):
    search = build(path, test_size=60).fit(X, y)
    other = build(path, RandomSearch).fit(*draw(seed=3))
    scorer = search.scorer_
    search.scorer_ = lambda *_: other.score_test(*draw(seed=4))
    with pytest.raises(RuntimeError, match="call score_test one after another"):
        search.score_test()
    search.scorer_ = scorer
    assert search.score_test() > 0.5


def test_a_warning_made_an_error_is_not_in_the_ledger(path):
    build(path).fit(X_DEV, Y_DEV).score_test(X_TEST, Y_TEST)
    X_new, y_new = draw(60, 9)
    rows = np.r_[X_TEST[:20], X_new], np.r_[Y_TEST[:20], y_new]
    search = build(path).fit(X_DEV, Y_DEV)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(LeakageWarning, match=r"20 of 80 rows .* scored on .* GridSearch of"):
            search.score_test(*rows)
    assert len(read_ledger(path).records) == 1
    with pytest.warns(LeakageWarning, match="20 of 80 rows") as caught:
        search.score_test(*rows)
    assert [warning.filename for warning in caught] == [__file__]  # once, though the process knows
    assert len(read_ledger(path).records) == 2


@pytest.mark.parametrize("harm", ["gone", "damaged", "replaced"])
def test_a_ledger_that_is_harmed_after_the_fit_spends_nothing(path, harm):
    search = build(path, test_size=60).fit(X, y)
    image = path.read_bytes()
    if harm == "gone":
        path.unlink()
    else:
        path.write_bytes(image[:5000] if harm == "damaged" else b"a,b\n1,2\n" * 50)
    told = {"gone": "give it back", "damaged": "restore a copy", "replaced": "name another file"}
    with pytest.raises((OSError, ValueError), match=f"`test_ledger` must be .*{told[harm]}"):
        search.score_test()
    assert not search._test_set.is_spent
    path.write_bytes(image)
    assert search.score_test() > 0.5


# At fit -------------------------------------------------------------------------------


class NeverFitted(ClassifierMixin, BaseEstimator):
    """Fails the test that fits it."""

    def __init__(self, C=1.0):
        self.C = C

    def fit(self, X, y):
        pytest.fail("was fitted")


@pytest.mark.parametrize("cls", SEARCHES)
def test_a_ledger_that_cannot_be_used_ends_fit_before_it_begins(path, cls):
    path.write_bytes(b"SQLite format 3\0" + b"\0" * 100)
    search = build(path, cls).set_params(estimator=NeverFitted())
    with pytest.raises(ValueError, match=r"`test_ledger` must be a test ledger, got '.*'"):
        search.fit(X, y)
    search.set_params(test_ledger=path.parent / "no" / "folder")
    with pytest.raises(FileNotFoundError, match="must be in a folder that exists"):
        compare({"a": search}, X, y)


@pytest.mark.parametrize("n_spent", [40, 12])
def test_fit_warns_of_rows_set_aside_that_are_spent(path, n_spent):
    score = build(path, test_split=[(np.arange(160), np.arange(160, 200))]).fit(X, y).score_test()
    forget()
    later = np.arange(200 - n_spent, 240 - n_spent)
    rows, labels = (np.r_[a, b] for a, b in zip((X, y), draw(40, 2), strict=True))
    search = build(path, BayesSearch, test_split=[(np.arange(160), later)])
    with pytest.warns(LeakageWarning, match=f"{n_spent} of 40 rows .* was {score}") as caught:
        search.fit(rows, labels)
    assert caught[0].filename == __file__
    if n_spent == 40:
        assert "score_test will refuse them" in str(caught[0].message)
        with pytest.raises(TestSetSpentError, match="40 of 40 rows"):
            search.score_test()
    else:
        with pytest.warns(LeakageWarning, match="12 of 40 rows"):
            search.score_test()


def test_a_search_fitted_again_knows_what_it_spent(path):
    search = build(path, test_size=60).fit(X, y)
    search.score_test()
    with pytest.warns(LeakageWarning, match="60 of 60 rows .* score_test will refuse"):
        search.fit(X, y)
    with pytest.raises(TestSetSpentError, match="60 of 60 rows"):
        search.score_test()
    assert search.fit(*draw(seed=7)).score_test() > 0.5


def test_the_ledger_of_the_fit_counts(path):
    search = build(path, test_size=60).fit(X, y).set_params(test_ledger=None)
    search.score_test()
    assert len(read_ledger(path).records) == 1


# compare ------------------------------------------------------------------------------


def compared(path):
    return {
        "a": build(path),
        "b": build(path, RandomSearch),
        "stock": GridSearchCV(LogisticRegression(), {"C": [1]}, cv=2),
    }


def test_a_comparison_is_one_use_and_another_is_refused_before_it_begins(path):
    compare(compared(path), X, y, random_state=0, repeats=3)
    records = read_ledger(path).records
    assert len(records) == 6
    assert len({record.use for record in records}) == 1
    forget()
    never = build(path).set_params(estimator=NeverFitted())
    with pytest.raises(TestSetSpentError, match=r"40 of 40 rows .* GridSearch of Logistic"):
        compare({"a": never}, X, y, random_state=0)
    search = build(path, test_size=0.2)
    with pytest.warns(LeakageWarning, match="that were scored"):
        search.fit(X, y)
    with pytest.raises((TestSetSpentError, LeakageWarning), match="that were scored"):
        search.score_test()


def test_a_comparison_that_fails_spends_nothing(path):
    class Fails(LogisticRegression):
        def fit(self, X, y):
            raise OverflowError("too much")

    searches = {**compared(path), "stock": Fails()}
    with pytest.raises(OverflowError, match="too much"):
        compare(searches, X, y, random_state=0)
    assert read_ledger(path).records == ()
    compare(compared(path), X, y, random_state=0)


# score --------------------------------------------------------------------------------


def test_the_report_counts_calls_of_score_on_rows_set_aside():
    search = build(None, test_size=60).fit(X, y)
    aside = search._test_set.held_out
    inside = X[~np.isin(X[:, 0], aside.X[:, 0])]
    search.score(inside, np.resize(y, len(inside)))
    search.score(*draw(50, 8))
    search.score(aside.X[:25], aside.y[:25])
    twin = pickle.loads(pickle.dumps(search))
    twin.score(aside.X[20:40].tolist(), aside.y[20:40])
    with pytest.raises(ValueError, match="features"):
        search.score(aside.X[:, :2], aside.y)  # nobody saw a score
    search.score_test()
    assert search.test_report_.score_calls == (2, 40)
    assert "score() before: called 2 times, on 40 of these rows" in str(search.test_report_)
    search.score(aside.X, aside.y)
    assert search.test_report_.score_calls == (2, 40)


def test_a_file_carries_the_count_of_calls():
    search = build(None, test_size=60).fit(X, y)
    search.score(X, y)
    image = pickle.dumps(search)
    del search
    later = pickle.loads(image)
    later.score_test()
    assert later.test_report_.score_calls == (1, 60)
    assert "score() before: called once" in str(later.test_report_)


def test_duplicates_of_the_datas_own_are_no_call_on_rows_set_aside():
    codes = np.random.default_rng(0).integers(0, 2, (200, 3))
    search = build(None, test_size=60).fit(codes, y)
    search.score(codes, y)
    search.score_test()
    assert search.test_report_.score_calls == (0, 0)


class Unreadable:
    """Rows that an estimator takes and nobody else can read."""

    shape = (3, 4)

    def __len__(self):
        return 3

    def __getattr__(self, name):
        raise RuntimeError(name)


def test_score_never_fails_for_the_count():
    search = build(None, test_size=60).fit(X, y)
    search.scorer_ = lambda *_: 0.5
    assert search.score(Unreadable(), None) == 0.5
    search.score_test()
    assert search.test_report_.score_calls == (0, 0)


def test_columns_in_another_order_are_the_same_rows():
    data = load_breast_cancer(as_frame=True)
    X, y = data.data, data.target
    names = list(X.columns[:3])
    picks = make_pipeline(make_column_transformer(("passthrough", names)), LogisticRegression())
    search = GridSearch(picks, {"logisticregression__C": [1.0]}, cv=2).fit(X / X.max(), y)
    with pytest.raises(TrainTestOverlapError, match="569 of 569 rows"):
        search.score_test((X / X.max())[X.columns[::-1]], y)


def test_the_ledger_and_the_report_name_a_single_metric(tmp_path):
    X, y = load_breast_cancer(return_X_y=True)
    ledger = tmp_path / "spent.sqlite"
    search = GridSearch(
        DecisionTreeClassifier(max_depth=2), {"max_features": [1]}, scoring="f1", test_size=0.2,
        test_ledger=ledger, random_state=0,
    )  # fmt: skip
    search.fit(X, y).score_test()
    assert read_ledger(ledger).records[0].metric == "f1"
    assert str(search.test_report_).startswith("score (f1) ")
