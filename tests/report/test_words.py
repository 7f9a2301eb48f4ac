"""Facts to sentences: each claim with its figure, and none that the facts do not hold."""

from dataclasses import replace

import pytest

from skhpo._report.facts import Best, Edge, Facts, Gain, Progress, Share, Test, Worth
from skhpo._report.phrases import CLOSE, OPEN, format_seconds, quote
from skhpo._report.words import summarise, write_words

FACTS = Facts(
    search="BayesSearch",
    estimator="SVC",
    metric="accuracy",
    n_trials=30,
    n_complete=30,
    n_folds=5,
    seconds=12.0,
    best=Best(7, (("C", "10"),), 0.9512, 0.01),
    median=Gain(3, 0.9012, 0.05, 0.02),
    takes_default=True,
    worth=Worth(0.94, (0.92, 0.96), 0.0112, "", 4, 30),
    shares=(Share("C", 0.8, 0.6, 0.9, True), Share("tol", 0.01, 0.0, 0.03, False)),
    progress=Progress(15, 0.0),
)


def read(**changes):
    """All words of facts, without the marks of names."""
    sections = write_words(replace(FACTS, **changes))
    text = " ".join(sentence for section in sections for sentence in section.sentences)
    return text.replace(OPEN, "").replace(CLOSE, "")


def gain(score, difference, error=0.01, own=2, names=2, number=0):
    """Gain over the defaults."""
    return Gain(number, score, difference, error, own, names)


SAID = {
    "winner": (
        {},
        "Trial 7 scored best of 30 complete ones: its accuracy is 0.9512, with a "
        "standard error of 0.010 over 5 folds.",
    ),
    "one fold": ({"best": Best(7, (), 0.9512)}, "its accuracy is 0.9512."),
    "only one": ({"n_complete": 1}, "Trial 7 is the only complete one; its accuracy is 0.9512"),
    "none": ({"best": None, "n_complete": 0}, "of 30 trials none has all its folds scored"),
    "function": (
        {"chosen_by": "a function"},
        "Trial 7 is the winner of 30 complete ones, chosen by a function",
    ),
    "no default": ({}, 'not known; pass initial_params="default" to try them first.'),
    "no default in a grid": (
        {"takes_default": False},
        "not known; put their values into the grid.",
    ),
    "default": (
        {"default": gain(0.9, 0.0512)},
        "The estimator as it was given is trial 0, which "
        "scored 0.9: the winner is 0.051 above it on the same folds (standard error 0.010). With "
        "chance in choosing taken off, 0.040 of it remains.",
    ),
    "nothing remains": ({"default": gain(0.945, 0.0062)}, "taken off, nothing of it remains."),
    "default wins": (
        {"default": gain(0.9512, 0.0, number=7)},
        "nothing scored better, and the search gains nothing over it.",
    ),
    "near default": (
        {"default": gain(0.9, 0.0512, own=1)},
        "nearest to the estimator as it was given (its own values for 1 of 2 parameters",
    ),
    "default above": ({"default": gain(0.96, -0.0088)}, "the winner is 0.0088 below it"),
    "every fold": ({"default": gain(0.9, 0.05, 0.0)}, "0.050 above it, on every fold alike"),
    "median": ({}, "The median candidate scored 0.9012: the winner is 0.050 above it"),
    "equal to the median": ({"median": Gain(3, 0.9512, 0.0, 0.0)}, "the winner is equal to it."),
    "chance": (
        {},
        "Of the 0.9512, an estimated 0.011 is chance in choosing: on fresh rows expect "
        "0.94 (95% interval 0.92 to 0.96).",
    ),
    "no chance": ({"worth": Worth(0.9512, (0.9, 1.0), 0.0)}, "estimated to have no part"),
    "not known": (
        {"worth": Worth(why="no rows.")},
        "What of the score is chance is not known: no rows.",
    ),
    "rivals": ({}, "4 of 30 candidates may be the best"),
    "no rival": ({"worth": Worth(0.94, (0.92, 0.96), 0.01, "", 1, 30)}, "told from the other 29"),
    "test": (
        {"test": Test(0.93, (0.9, 0.95), 0.95, 200, 0.9512, 0.0112, 30)},
        "On 200 test rows the "
        "score is 0.93 (95% interval 0.9 to 0.95). Of the 0.021 by which validation led the test "
        "score, an estimated 0.011 was chance in choosing.",
    ),
    "function of numbers": ({"worth": None, "estimator": ""}, "called once for each candidate"),
    "upper edge": (
        {"edges": (Edge("C", "upper", "98", "100", 3, 4, True),)},
        "C is at the upper end "
        "of its range in the winner, 98 of at most 100, and near it in 3 of the best 4: widen the "
        "range there.",
    ),
    "edge that may not matter": (
        {"edges": (Edge("C", "lower", "1", "1", 2, 3),)},
        "although the trials do not tell whether it matters",
    ),
    "matters": ({}, "What matters most: C 80% (60% to 90%) of the score's variance"),
    "does not matter": (
        {},
        "tol 1% (0% to 3%) of the variance: it does not matter within this space",
    ),
    "nobody knows": (
        {"shares": (Share("C", 0.1, 0.0, 0.4, None),)},
        "Of C 10% (0% to 40%) the trials do not tell",
    ),
    "no shares": (
        {"shares": (), "why_no_shares": "all 30 scores are equal"},
        "The trials do not tell which parameters matter: all 30 scores are equal.",
    ),
    "many": (
        {"shares": tuple(Share(c, 0.1, 0.06, 0.2, True) for c in "abcdefgh")},
        "and 2 more of",
    ),
    "no progress": ({}, "within the first 15 trials, and none of the 15 since was better"),
    "progress": (
        {"progress": Progress(15, 0.03, 0.01)},
        "raised the best score by 0.030, more than "
        "twice its standard error of 0.010: more trials may gain more.",
    ),
    "progress by chance": ({"progress": Progress(15, 0.01, 0.01)}, "not beyond chance"),
    "progress of one fold": (
        {"progress": Progress(15, 0.01)},
        "does not tell whether that is more than chance",
    ),
    "too few": ({"progress": None, "n_complete": 4}, "4 complete trials are too few to tell"),
    "all": ({"is_exhausted": True}, "All candidates were tried: only another space can give more."),
    "grid": ({"is_exhausted": True, "is_grid": True}, "another space, or a finer grid, can"),
    "part of a grid": ({"is_grid": True}, "The grid was not tried in full"),
    "failures": (
        {
            "n_failed": 3,
            "n_timed_out": 1,
            "failures": (("ValueError: no", 2),),
            "n_other_failures": 2,
        },
        "4 of 30 trials failed (13%), 1 of them for time. 2 trials: "
        "ValueError: no 2 trials: other reasons",
    ),
    "stopped": (
        {"n_stopped": 2, "n_folds_saved": 7, "seconds_saved": 3.5},
        "2 trials were stopped before all folds, which left out 7 folds: about 3.5 s of fits",
    ),
}


@pytest.mark.parametrize("name", SAID)
def test_what_is_said(name):
    changes, text = SAID[name]
    assert text in read(**changes)


NOT_SAID = {
    "does not matter, where the trials do not tell": (
        {"shares": (), "why_no_shares": "they are few"},
        "does not matter",
    ),
    "does not matter, of what may": ({"shares": (Share("C", 0.02, 0.0, 0.3, None),)}, "not matter"),
    "defaults, of a function": ({"estimator": ""}, "own parameters"),
    "gain, without a winner": ({"best": None}, "median"),
    "more trials, without a winner": ({"best": None}, "more trials"),
    "rivals of one candidate": ({"worth": Worth(0.9, (0.8, 1.0), 0.0, "", 1, 1)}, "told from"),
    "failures, of none": ({}, "failed"),
}


@pytest.mark.parametrize("name", NOT_SAID)
def test_what_is_not_said(name):
    changes, text = NOT_SAID[name]
    assert text not in read(**changes)


def test_no_sentence_has_a_number_that_is_none():
    nan = float("nan")
    text = read(
        best=Best(0, (), 0.5, nan),
        median=Gain(0, 0.5, nan, nan),
        worth=Worth(0.5, (nan, nan), 0.0),
        test=Test(0.5),
        n_stopped=1,
    )
    assert "nan" not in text
    assert "inf" not in text


def test_marks_of_names_are_in_pairs_whatever_the_names():
    text = quote(f"a{OPEN}b{CLOSE}{CLOSE}c\n")
    assert text == f"{OPEN}a b  c {CLOSE}"


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({}, "30 trials of 5 folds in 12 s."),
        ({"n_trials": 1, "n_folds": 1, "seconds": float("nan")}, "1 trial."),
        (
            {"stop_reason": "max_time"},
            "30 trials of 5 folds in 12 s; the search ended at max_time.",
        ),
        ({"is_exhausted": True}, "30 trials of 5 folds in 12 s, all candidates of the space."),
    ],
)
def test_summary(changes, text):
    assert summarise(replace(FACTS, **changes)) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.0123, "0.012 s"), (61, "61 s"), (150, "2.5 min"), (599, "10 min"), (7200, "2.0 h")],
)
def test_durations(seconds, text):
    assert format_seconds(seconds) == text
