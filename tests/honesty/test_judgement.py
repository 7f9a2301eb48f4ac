"""The judgement of a search: correction, interval, a rule drawn again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.datasets import make_classification
from sklearn.linear_model import Ridge
from sklearn.tree import DecisionTreeClassifier

from skhpo import GridSearch
from skhpo._honesty import judge

X, Y = make_classification(90, flip_y=0.2, random_state=0)
SPACE = {"max_depth": [1, 2, 3, 5]}


def evidence_of(refit=True, **keywords):
    """What a fitted search leaves."""
    tree = DecisionTreeClassifier(random_state=0)
    return GridSearch(tree, SPACE, refit=refit, **keywords).fit(X, Y)._evidence


def test_a_share_has_an_interval_within_0_and_1():
    easy = X.copy()
    easy[:, 0] = Y
    search = GridSearch(DecisionTreeClassifier(random_state=0), SPACE).fit(easy, Y)
    assert search.best_score_ == 1.0
    low, high = search.corrected_interval_
    # All of 90 rows right: the upper bound of the error is some 4 of 90.
    assert 0.93 < low < 0.97
    assert 0.99 < high <= 1.0


def test_other_metrics_have_an_interval_about_the_score():
    search = GridSearch(Ridge(), {"alpha": [1, 10]}, scoring="neg_mean_absolute_error").fit(X, Y)
    low, high = search.corrected_interval_
    assert (low + high) / 2 == pytest.approx(search.corrected_score_)


def test_a_callable_is_given_results_whose_scores_and_ranks_agree():
    seen = []

    def refit(results):
        seen.append({key: np.array(value) for key, value in results.items() if "test" in key})
        return int(results["mean_test_score"].argmax())

    evidence = evidence_of(refit)
    before = evidence.results["mean_test_score"].copy()
    judgement = judge(evidence)
    assert judgement.correction.n_draws == len(seen) - 1
    np.testing.assert_array_equal(evidence.results["mean_test_score"], before)
    for results in seen[1:]:
        folds = [results[f"split{fold}_test_score"] for fold in range(5)]
        np.testing.assert_allclose(results["mean_test_score"], np.mean(folds, axis=0))
        assert results["rank_test_score"][results["mean_test_score"].argmax()] == 1
    # The same rule, so that its draws are the first of those that argmax would make.
    usual = judge(replace(evidence, refit=True)).correction
    assert judgement.correction.score == pytest.approx(usual.score, abs=0.02)


def test_a_rule_that_chooses_what_was_not_kept_gives_the_reason():
    choices = iter([0])
    evidence = evidence_of(lambda results: next(choices, 3))
    kept = {n: r for n, r in evidence.responses.items() if n != 3}
    judgement = judge(replace(evidence, responses=kept))
    assert judgement.correction.why == (
        "`refit` chooses candidate 3 in a draw, and its predictions were not kept."
    )
    assert judgement.p_values == {}


def test_the_same_evidence_gives_the_same():
    evidence = evidence_of()
    assert judge(evidence) == judge(evidence)
    assert judge(evidence).correction != judge(replace(evidence, seed=1)).correction
