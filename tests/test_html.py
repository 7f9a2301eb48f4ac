"""Small pieces of HTML: what is in them, as text."""

import re
from html import unescape

import pytest
from sklearn.datasets import load_iris
from sklearn.svm import SVC

from skhpo import GridSearch, compare, nested_score
from skhpo._html import box, escape, table

X, y = load_iris(return_X_y=True)


def cells(page):
    """Texts of the cells, row by row."""
    rows = re.findall(r"<tr>(.*?)</tr>", page)
    return [[unescape(text) for text in re.findall(r"<t[hd].*?>(.*?)</t", row)] for row in rows]


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("<b a=\"x\" c='y'>&", "&lt;b a=&quot;x&quot; c=&#x27;y&#x27;&gt;&amp;"),
        ("é 漢 \t\n", "é 漢 \t\n"),
        ("a\x00b\x0e\x7f\x85", "a\ufffdb\ufffd\ufffd\ufffd"),
        ("\ud800", "\ufffd"),
        (None, "None"),
    ],
)
def test_escape(text, escaped):
    assert escape(text) == escaped


def test_a_table_has_a_head_and_numbers_at_the_right():
    page = table([["name", "n"], ["<a>", "1"]], "below & out", is_text=[True, False])
    assert cells(page) == [["name", "n"], ["<a>", "1"]]
    assert page.count("<th ") == page.count("<td ") == page.count("text-align:left") == 2
    assert "below &amp; out" in page


def test_a_box_has_labels_and_values():
    page = box("<n>", "<h>", [("<l>", "<v>")])
    for text in "nhlv":
        assert f"&lt;{text}&gt;" in page


def test_a_comparison_is_shown_as_it_is_printed():
    searches = {"a": GridSearch(SVC(), {"C": [1, 2]}), "b": GridSearch(SVC(), {})}
    comparison = compare(searches, X, y, random_state=0)
    shown, printed = cells(comparison._repr_html_()), str(comparison).splitlines()
    for row, line in zip(shown, printed, strict=False):
        assert " ".join(row).split() == line.split() or row[-1].split()[0] in line
        assert row[:7] == re.split(r"  +", line.strip())[:7]
    assert printed[-1] in comparison._repr_html_()


def test_a_nested_score_is_shown_as_it_is_printed():
    nested = nested_score(GridSearch(SVC(), {"C": [1, 2]}), X, y, cv=2)
    shown, printed = cells(nested._repr_html_()), str(nested).splitlines()
    assert [" ".join(row).split() for row in shown] == [line.split() for line in printed[:-1]]
    assert printed[-1] in nested._repr_html_()
