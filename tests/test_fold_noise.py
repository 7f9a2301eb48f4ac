"""The noise of a trial's score, from how its folds disagree."""

import numpy as np
import pytest

from skhpo import BayesSearch, Float
from skhpo._fold_noise import FoldNoise


def add_all(S):
    noise = FoldNoise()
    return [noise.add(tuple(row)) for row in S]


def test_it_is_the_standard_error_of_a_mean_without_the_folds_effects():
    rng = np.random.default_rng(0)
    # Trials differ by units and folds by tenths; the noise of a fold is a hundredth.
    S = rng.normal(size=(400, 1)) + rng.normal(0, 0.1, 5) + rng.normal(0, 0.01, (400, 5))
    # The median of a chi-square of 4 degrees of freedom is .84 of its mean.
    expected = 0.01 / np.sqrt(5) * np.sqrt(0.84)
    # A median of 400 is off by 5 % once in twenty: 15 % is never reached.
    assert add_all(S)[-1] == pytest.approx(expected, rel=0.15)


def test_bad_candidates_do_not_decide():
    rng = np.random.default_rng(1)
    S = rng.normal(0, 0.01, (41, 5))
    wild = S.copy()
    wild[::3] *= 1000
    assert add_all(wild)[-1] < 3 * add_all(S)[-1]


def test_three_trials_of_two_folds_are_needed():
    assert add_all([(1.0, 2.0), (2.0, 3.5)]) == [None, None]
    assert add_all([(1.0,), (2.0,), (3.0,), (4.0,)]) == [None] * 4
    # A failed one counts for nothing, but what is known stays known.
    found = add_all([(1.0, 2.0), (2.0, 3.5), (np.nan, 1.0), (0.0, 2.0), (), (np.inf, 1.0)])
    assert found[:3] == [None] * 3
    assert found[3] == found[4] == found[5] > 0


@pytest.mark.parametrize("factor", [1e-300, 1e300])
def test_any_scale_of_scores(factor):
    S = np.random.default_rng(2).uniform(0.5, 1, (9, 3))
    assert add_all(factor * S)[-1] == pytest.approx(factor * add_all(S)[-1], rel=1e-9)


def test_folds_that_agree_have_no_noise():
    assert add_all([(1.0, 1.0)] * 4)[-1] == 0.0


def test_a_search_tells_its_strategy(monkeypatch):
    from sklearn.datasets import make_classification
    from sklearn.linear_model import LogisticRegression

    from skhpo import BayesStrategy

    told = []
    tell = BayesStrategy.tell

    def keep(self, candidate, score, **keywords):
        told.append(keywords["noise"])
        tell(self, candidate, score, **keywords)

    monkeypatch.setattr(BayesStrategy, "tell", keep)
    X, y = make_classification(90, random_state=0)
    space = {"C": Float(1e-3, 1e3, log=True)}
    BayesSearch(LogisticRegression(), space, n_iter=5, cv=3, random_state=0).fit(X, y)
    assert told[:2] == [None, None]
    # Some hundredths of accuracy on 30 rows a fold.
    assert all(0 < noise < 0.1 for noise in told[2:])
