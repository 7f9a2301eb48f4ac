"""The report of a search: of every kind of search, one file, escaped, asking for nothing."""

import os
import re
import stat
import sys
import warnings
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from skhpo import Float, GridSearch, MaximizeResult, maximize
from skhpo._history import label_metric
from skhpo._report import file
from skhpo._report.reading import describe_value
from tests.report.searches import SEARCHES, TREE, Failing, X, fit, y

EVIL = "<script>alert('x')</script>\"&'`$x^2$ é 漢 \u202e"
VOID = {"meta", "img", "source", "br"}


class Page(HTMLParser):
    """What a page is made of."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.attributes, self.text = [], [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += [(tag, *pair) for pair in attributes]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if not self.open or self.open[-1] not in ("style", "script"):
            self.text.append(data)

    @property
    def words(self):
        return " ".join(" ".join(self.text).split())


def write(search, tmp_path, **more):
    """The page of a search, parsed."""
    return Page(search.report(tmp_path / "report.html", **more).read_text(encoding="utf-8"))


@pytest.fixture
def pictures():
    """For tests that draw."""
    pytest.importorskip("matplotlib")


@pytest.fixture(autouse=True)
def without_pictures(request, monkeypatch):
    """Pictures take their time, where nothing asks for them."""
    if "pictures" not in request.fixturenames:
        monkeypatch.setattr(file, "draw_pictures", lambda *_: [])


EXPECTED = {
    "grid": ["All candidates were tried", "put their values into the grid"],
    "bayes": ['pass initial_params="default"'],
    "several metrics": ["its loss is -0."],
    "refit by a function": ["chosen by a function", "Trial 1 is the winner"],
    "one trial": ["Trial 0 is the only complete one", "nothing scored better"],
    "all but one failed": ["3 of 4 trials failed (75%)", "3 trials: RuntimeError: no strength"],
    "interrupted": ["was interrupted"],
    "nothing complete": ["No candidate is complete"],
    "racing": ["stopped before all folds"],
    "maximize": ["ValueError: too large", "The function was called once for each candidate"],
}
assert EXPECTED.keys() <= SEARCHES.keys()


@pytest.mark.parametrize("name", SEARCHES)
def test_every_search_has_a_report_that_says_what_there_is_to_say(name, tmp_path):
    search = SEARCHES[name]()
    page = write(search, tmp_path)
    assert page.open == []
    assert page.tags.count("script") == page.tags.count("style") == 1
    trials = search.trials if isinstance(search, MaximizeResult) else search.trials_
    assert page.tags.count("tr") == 1 + len(trials)
    assert not re.search(r"\bnan\b|None|\binf\b", page.words.replace('"nan"', ""))
    for text in EXPECTED.get(name, ()):
        assert text in page.words


def test_the_metric_can_be_named_where_refit_names_none(tmp_path):
    scoring = ["accuracy", "f1"]
    search = fit(GridSearch(TREE, {"max_depth": [1, 2]}, scoring=scoring, refit=False))
    with pytest.raises(ValueError, match="`metric` must be one of"):
        search.report(tmp_path / "report.html")
    assert "its f1 is" in write(search, tmp_path, metric="f1").words


def test_default_parameters_are_found_in_a_grid_that_has_them(tmp_path):
    search = fit(GridSearch(TREE, {"max_depth": [1, None], "criterion": ["gini", "entropy"]}))
    words = write(search, tmp_path).words
    number = search.cv_results_["params"].index({"criterion": "gini", "max_depth": None})
    assert f"The estimator as it was given is trial {number}" in words


def test_the_test_score_is_told_after_it_was_taken_and_not_before(tmp_path):
    X_fit, X_test, y_fit, y_test = train_test_split(X, y, random_state=0)
    search = GridSearch(TREE, {"max_depth": [1, 2, 3]}).fit(X_fit, y_fit)
    assert "test row" not in write(search, tmp_path).words
    score = search.score_test(X_test, y_test)
    assert f"On 20 test rows the score is {score:.4g}" in write(search, tmp_path).words


def test_an_edge_is_named_with_its_figures(tmp_path):
    space = {"x": Float(0, 1), "y": Float(0, 1)}
    result = maximize(lambda x, y: x - y, space, n_iter=20, random_state=0)
    words = write(result, tmp_path).words
    assert "x is at the upper end of its range in the winner" in words
    assert "y is at the lower end of its range in the winner" in words
    assert "widen the range there" in words


# What users name ----------------------------------------------------------------------------


def test_what_users_name_is_text(tmp_path):
    space = {"strength": [0, 1], "message": [EVIL, "plain"]}
    search = fit(GridSearch(Failing(), space, scoring={EVIL: "accuracy", "f1": "f1"}, refit=EVIL))
    page = write(search, tmp_path)
    assert page.tags.count("script") == 1
    assert not any(name.startswith("on") for _, name, _ in page.attributes)
    assert EVIL in "".join(page.text)
    assert f"RuntimeError: {' '.join(EVIL.split())}" in page.words
    shown = search._repr_html_()
    assert "<script>alert" not in shown


def test_control_characters_and_lone_surrogates_are_written(tmp_path):
    odd = "a\x00b\x0ec\x0fd\ud800e"
    search = fit(GridSearch(Failing(), {"message": [odd, "plain"]}))
    page = write(search, tmp_path)
    assert "a\ufffdb\ufffdc\ufffdd\ufffde" in "".join(page.text)


def test_a_repr_that_raises_is_named():
    class Odd:
        def __repr__(self):
            raise RuntimeError("no repr")

    assert describe_value(Odd()) == "Odd (RuntimeError in its repr)"


# Nothing from elsewhere -----------------------------------------------------------------------


def test_a_page_asks_for_nothing_and_forbids_it(pictures, tmp_path):
    page = write(SEARCHES["random"](), tmp_path)
    addresses = [v for _, name, v in page.attributes if name in ("src", "srcset", "href")]
    assert addresses
    assert all(address.startswith("data:image/svg+xml;base64,") for address in addresses)
    policy = next(v for _, name, v in page.attributes if name == "content" and "default-src" in v)
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    # Attributes of style would not hold under it.
    assert not [tag for tag, name, _ in page.attributes if name == "style"]
    # An image for each of light and dark, with words for who cannot see it.
    alternatives = [v for tag, name, v in page.attributes if (tag, name) == ("img", "alt")]
    assert len(alternatives) == page.tags.count("source") == page.tags.count("img") >= 2


def test_names_in_pictures_are_no_formulas(pictures, tmp_path):
    space = {"$x$": Float(0, 1), "$\\frac{$": Float(0, 1)}
    result = maximize(lambda **p: p["$x$"], space, strategy="random", n_iter=12, random_state=0)
    assert "What $x$ does" in write(result, tmp_path).words


def test_a_report_is_the_same_twice_and_leaves_matplotlib_as_it_was(pictures, tmp_path):
    import matplotlib
    from matplotlib import pyplot

    search = SEARCHES["random"]()
    before = dict(matplotlib.rcParams), pyplot.get_fignums()
    pages = [search.report(tmp_path / name).read_bytes() for name in ("a.html", "b.html")]
    assert pages[0] == pages[1]
    assert (dict(matplotlib.rcParams), pyplot.get_fignums()) == before


def test_without_matplotlib_there_are_words_and_a_hint(tmp_path, monkeypatch):
    for name in [name for name in sys.modules if name.split(".")[0] == "matplotlib"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    page = write(SEARCHES["grid"](), tmp_path)
    assert "pip install skhpo[plot]" in page.words
    assert "img" not in page.tags
    assert "scored best of 3 complete ones" in page.words


# The file -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def search():
    return SEARCHES["grid"]()


def test_a_report_replaces_a_file_and_leaves_no_other(search, tmp_path):
    path = tmp_path / "report.html"
    path.write_text("before")
    assert search.report(str(path)) == path
    assert path.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert os.listdir(tmp_path) == ["report.html"]


def test_a_report_has_the_permissions_of_any_file(search, tmp_path):
    (tmp_path / "any").write_text("")
    modes = [
        stat.S_IMODE(p.stat().st_mode) for p in (search.report(tmp_path / "r"), tmp_path / "any")
    ]
    assert modes[0] == modes[1]


def test_a_link_stays_one(search, tmp_path):
    link, target = tmp_path / "link.html", tmp_path / "target.html"
    target.write_text("before")
    link.symlink_to(target)
    search.report(link)
    assert link.is_symlink()
    assert target.read_text(encoding="utf-8") == link.read_text(encoding="utf-8") != "before"


def test_a_page_that_cannot_be_written_leaves_what_was_there(search, tmp_path, monkeypatch):
    path = tmp_path / "report.html"
    path.write_text("before")

    def full(*_, **__):
        raise OSError("No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        search.report(path)
    assert (path.read_text(), os.listdir(tmp_path)) == ("before", ["report.html"])


def test_a_path_is_named_in_words(search):
    with pytest.raises(TypeError, match="`path` must be a str or path-like, got 3; name a file"):
        search.report(3)


@pytest.mark.parametrize(
    ("name", "error", "match"),
    [
        (".", IsADirectoryError, "`path` must be a file, got the folder .*name a file in it"),
        ("nowhere/r.html", FileNotFoundError, "must be in a folder that is there.*make the folder"),
        ("/dev/null", ValueError, "`path` must be a file, got '/dev/null'"),
    ],
)
def test_a_path_that_is_no_file_is_refused(search, name, error, match, tmp_path):
    if name == "/dev/null" and not Path(name).exists():
        pytest.skip("no such device")
    with pytest.raises(error, match=match):
        search.report(tmp_path / name)


def test_an_unfitted_search_has_no_report(tmp_path):
    with pytest.raises(NotFittedError, match="is not fitted yet"):
        GridSearch(TREE, {}).report(tmp_path / "report.html")
    assert os.listdir(tmp_path) == []


def test_the_page_is_made_of_files_of_the_package():
    folder = files("skhpo._report")
    assert all((folder / name).is_file() for name in ("page.html", "page.css", "page.js"))


# Notebooks ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [n for n in SEARCHES if n != "maximize"])
def test_a_notebook_shows_the_essentials_above_the_diagram(name):
    search = SEARCHES[name]()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        page = search._repr_mimebundle_()["text/html"]
    box = page[: page.index("<style>")] if "<style>" in page else page
    words = Page(box).words
    assert f"trials {len(search.trials_)}" in words
    if hasattr(search, "best_score_"):
        assert f"best {label_metric(search)} {search.best_score_:.4g}" in words
        assert f"corrected {'none' if search.correction_.why else ''}" in words
    assert ("ended by an interrupt" in words) == (search.stop_reason_ == "interrupted")
    assert not re.search(r"\bnan\b", words)


def test_a_notebook_and_a_report_name_the_steps_that_won(tmp_path):
    pipeline = Pipeline([("scale", StandardScaler()), ("clf", LogisticRegression())])
    space = {"scale": ["passthrough"], "clf": [TREE]}
    search = GridSearch(pipeline, space, scoring="neg_log_loss", cv=2).fit(X, y)
    named = f"GridSearch of Pipeline (passthrough → {type(TREE).__name__})"
    box = search._repr_mimebundle_()["text/html"].partition("<style>")[0]
    assert f"{named}: best neg log loss " in Page(box).words
    assert named in Page(search.report(tmp_path / "report.html").read_text("utf-8")).words


def test_before_a_fit_a_notebook_shows_the_diagram_alone():
    page = GridSearch(TREE, {})._repr_html_()
    assert page.startswith("<style>")


def test_numbers_of_a_table_are_rounded_for_people(tmp_path):
    result = maximize(lambda x: x, {"x": [np.float64(1 / 3)]}, strategy="grid")
    assert "0.3333" in write(result, tmp_path).words
