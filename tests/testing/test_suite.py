"""The suite finds faults: each faulty strategy fails the checks that are about its fault."""

from __future__ import annotations

import subprocess
import sys
from types import SimpleNamespace
from typing import ClassVar

import pytest

from skhpo.testing import StrategySuite, strategy_checks
from tests.testing import faulty

CHECKS = {check.name: check for check in strategy_checks()}


@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
def test_a_sound_strategy_of_another_kind_passes(check):
    check(faulty.Sound)


@pytest.mark.parametrize(
    ("strategy", "name", "message"),
    [
        (faulty.OutOfRange, "params_are_of_the_space[floats]", r"'x' must be from 0 to 1"),
        (faulty.NumpyFloats, "params_are_of_the_space[floats]", "type float, got float64"),
        (faulty.CopiedChoices, "params_are_of_the_space[objects]", "the very object"),
        (faulty.ForeignName, "params_are_of_the_space[conditional]", r"names must be \['C', "),
        (faulty.ConstantNumber, "numbers_count_up", r"count up from 0, got \[0, 0"),
        (faulty.BareParams, "candidates_are_values", "must return a skhpo.Candidate"),
        (faulty.Repeating, "candidates_do_not_repeat[floats]", "was proposed 2 times"),
        (faulty.RepeatingCells, "finite_space_is_exhausted[lists]", "was proposed 12 times"),
        (faulty.Endless, "finite_space_is_exhausted[lists]", "must raise SpaceExhaustedError"),
        (faulty.Miscounting, "finite_space_is_exhausted[lists]", "must be 12 .*, got 11"),
        (faulty.Counting, "attributes_are_those_of_a_strategy", "must not change with asks"),
        (faulty.Unseeded, "same_seed_gives_same_proposals[floats]", "differ first at number 0"),
        (faulty.IgnoringSeed, "other_seed_gives_other_proposals[floats]", "gave 1 different"),
        (faulty.GlobalRandom, "global_random_state_is_left_alone", "state of `random` was"),
        (faulty.GlobalRandom, "global_random_state_does_not_matter", "another global seed differ"),
        (faulty.GlobalSeed, "global_random_state_is_left_alone", "state of `numpy.random` was"),
        (faulty.ToldInArrivalOrder, "order_of_tells_does_not_matter[floats]", "the reverse"),
        (faulty.LosesPickled, "pickled_copy_goes_on_alike[floats]", "its copy differ"),
        (faulty.LosesPickled, "deep_copy_goes_on_alike[floats]", "its copy differ"),
        (faulty.ForgetsReplayed, "replayed_strategy_goes_on_alike[floats]", "the replayed one"),
        (faulty.RenumbersReplayed, "replayed_strategy_goes_on_alike[floats]", "must return the"),
        (faulty.SaysItLearns, "learns_is_true_to_fact", "`learns` is True, yet"),
        (faulty.SaysItDoesNot, "learns_is_true_to_fact", "`learns` is False, yet"),
        (faulty.SaysItLearns, "learning_beats_random_search", "must beat random search's"),
        (faulty.Minimising, "learning_beats_random_search", "must beat random search's"),
        (faulty.TakingAnything, "no_number_is_refused", "the score '0.5' must raise TypeError"),
        (faulty.TakingAnything, "params_alone_are_refused", "must raise"),
        (faulty.TakingAnything, "unknown_number_is_refused", "number -1 after one ask"),
        (faulty.TakingAnything, "foreign_names_are_refused", "another space's names"),
        (faulty.TakingAnything, "foreign_values_are_refused", "same number and other values"),
        (faulty.ChangingTheDescription, "description_is_left_alone[mixed]", "was changed"),
    ],
)
def test_a_fault_is_found_and_named(strategy, name, message):
    with pytest.raises(AssertionError, match=message):
        CHECKS[name](strategy)


@pytest.mark.parametrize(
    ("strategy", "name", "message"),
    [
        (faulty.Unpicklable, "pickled_copy_goes_on_alike[floats]", "pickle"),
        (faulty.DividingByScores, "scores_are_survived[constant]", "division by zero"),
        (faulty.StuckOnNan, "scores_are_survived[some failed]", "nan"),
        (faulty.KeywordLess, "noise_is_taken", "unexpected keyword argument 'noise'"),
        (faulty.KeywordLess, "status_is_taken", "unexpected keyword argument 'status'"),
        (faulty.ToldOnce, "a_candidate_may_be_told_again", "unexpected|It was told"),
    ],
)
def test_an_error_of_the_strategy_arrives_as_it_is(strategy, name, message):
    with pytest.raises(Exception, match=message) as caught:
        CHECKS[name](strategy)
    assert caught.type is not AssertionError


def test_names_are_distinct():
    assert len(CHECKS) == len(strategy_checks())


def test_checks_of_the_seed_can_be_left_out():
    left_out = CHECKS.keys() - {check.name for check in strategy_checks(is_seeded=False)}
    assert left_out
    assert all(name.startswith("other_seed_gives_other") for name in left_out)


SUITES = """
from skhpo import RandomStrategy
from skhpo.testing import StrategySuite, strategy_checks

class Credulous(RandomStrategy):
    def tell(self, candidate, score, **others):
        pass

class TestPlain(StrategySuite):
    def make(self, space, seed):
        return Credulous(space, random_state=seed)

    def test_one_of_its_own(self):
        assert self.make({"a": [1]}, 0).ask().params == {"a": 1}

class TestExpected(TestPlain):
    expected_failures = {
        check.name: "not looked at" for check in strategy_checks() if "refused" in check.name
    }

class TestTooModest(TestPlain):
    expected_failures = {"numbers_count_up": "it does"}
"""


def test_the_suite_is_a_class_in_pytest(tmp_path):
    file = tmp_path / "test_mine.py"
    file.write_text(SUITES, encoding="utf-8")
    selected = ["-k", "own or numbers_count_up or refused", "-rA"]
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", str(file), *selected]
    shown = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path).stdout
    outcomes = {line.split(" - ")[0] for line in shown.splitlines() if "test_mine.py::" in line}
    of_checks = "test_mine.py::Test{}::test_strategy[{}]"
    assert {
        "PASSED test_mine.py::TestPlain::test_one_of_its_own",
        "PASSED " + of_checks.format("Plain", "numbers_count_up"),
        "FAILED " + of_checks.format("Plain", "foreign_names_are_refused"),
        "XFAIL " + of_checks.format("Expected", "foreign_names_are_refused"),
        # What is expected to fail and does not is an error.
        "FAILED " + of_checks.format("TooModest", "numbers_count_up"),
    } <= outcomes
    assert "XPASS(strict)" in shown


def test_an_expected_failure_of_no_check_is_an_error():
    class Misspelt(StrategySuite):
        expected_failures: ClassVar = {"no_such": "why"}

        def make(self, space, seed):
            return faulty.Sound(space, seed)

    with pytest.raises(ValueError, match=r"`expected_failures` must name .*, got \['no_such'\]"):
        Misspelt().pytest_generate_tests(SimpleNamespace(fixturenames=["check"]))


def test_a_suite_needs_make():
    with pytest.raises(TypeError, match=r"abstract method '?make"):
        StrategySuite()


def test_the_suite_itself_is_not_collected():
    assert not StrategySuite.__name__.startswith("Test")
