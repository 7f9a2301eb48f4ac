"""The regression of scores as they are."""

from __future__ import annotations

import numpy as np
import pytest

import skhpo._surrogate as _surrogate
from skhpo import Float
from skhpo._space import Space
from skhpo._surrogate.unwarped import find_units

SPACE = Space.from_description({"x": Float(0, 1)})
PROPOSER = _surrogate.make_proposer(SPACE, None)


@pytest.mark.parametrize("scale", [1e-160, 1.0, 1e160])
def test_units_go_there_and_back(scale):
    scores = scale * np.array([-3.0, 0.5, 2.0])
    units = find_units(scores)
    z = units.standardise(scores)
    assert (z.mean(), z.std()) == pytest.approx((0.0, 1.0))
    np.testing.assert_allclose(units.restore(z), scores, rtol=1e-12)


@pytest.mark.parametrize("score", [0.0, 2.5])
def test_equal_scores_have_units_too(score):
    units = find_units(np.full(3, score))
    assert units.standardise(np.full(3, score)).tolist() == [0.0] * 3
    assert units.restore(np.zeros(1)) == pytest.approx([score])


@pytest.mark.parametrize("scale", [1.0, 1e8])
def test_the_bad_half_keeps_its_distances(scale):
    # A line: warped, its lower half would be bent to the ranks of where the trials are.
    u = np.random.default_rng(0).beta(3, 1, size=(40, 1))
    scores, noise = scale * (u[:, 0] - 5.0), np.zeros(40)
    theta = _surrogate.fit_unwarped(PROPOSER, u, scores, noise)
    posterior = _surrogate.condition_unwarped(PROPOSER, theta, u, scores, noise)
    C = np.linspace(0, 1, 9)[:, np.newaxis]
    found = find_units(scores).restore(posterior.predict(C)[0])
    np.testing.assert_allclose(found / scale, C[:, 0] - 5.0, atol=0.02)
