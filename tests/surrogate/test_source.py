"""Old trials and own ones in one model: covariance, gradients, and what it makes of them."""

from __future__ import annotations

import math

import numpy as np
import pytest

from skhpo._surrogate import make_proposer, make_source
from skhpo._surrogate.hyperparameters import find_pairs, negative_log_posterior
from skhpo._surrogate.regression import MEAN_VARIANCE, condition, find_ratio, find_rho
from skhpo._surrogate.source import choose_rows, see
from skhpo._surrogate.subset import MAX_FITTED
from skhpo._surrogate.warping import warp
from tests.surrogate.cubes import SPACES, central_difference, draw

N_OLD, N_OWN = 12, 8
IS_OLD = np.arange(N_OLD + N_OWN) < N_OLD


def drawn_model(name, rho=0.7, ratio=1.5):
    """Kernel, prior, hyper-parameters, codes and scores of both searches."""
    drawn = draw(name, N_OLD + N_OWN, 0)
    proposer = make_proposer(drawn.space, drawn.space.n_candidates)
    prior = proposer.prior.transferring()
    rng = np.random.default_rng(1)
    theta = prior.mean + 0.5 * rng.normal(size=len(prior.mean))
    theta[-2:] = math.log(rho / (1 - rho)), math.log(ratio)
    return proposer.kernel, prior, theta, drawn, rng.normal(size=len(IS_OLD))


@pytest.mark.parametrize("name", SPACES)
def test_gradient_with_old_trials_equals_finite_differences(name):
    kernel, prior, theta, drawn, z = drawn_model(name)
    pairs = find_pairs(kernel, drawn.U, IS_OLD)
    extra = np.linspace(0, 0.1, len(z))
    _, gradient = negative_log_posterior(theta, pairs, z, extra, prior)
    numeric = central_difference(
        lambda t: negative_log_posterior(t, pairs, z, extra, prior)[0], theta
    )
    np.testing.assert_allclose(gradient, numeric, rtol=1e-5, atol=1e-6)


def covariance(kernel, theta, U):
    """Covariance of the functions without noise or means, from a posterior of a single search."""
    n_dims = kernel.embedding.n_dims
    plain = condition(kernel, theta[: 2 * n_dims + 2], U, np.zeros(len(U)), np.zeros(len(U)))
    K = plain.L @ plain.L.T
    K[np.diag_indices(len(U))] -= plain.noise
    return K - MEAN_VARIANCE, plain.noise


@pytest.mark.parametrize("name", SPACES)
def test_posterior_equals_the_closed_form(name):
    kernel, _, theta, drawn, z = drawn_model(name)
    V = draw(name, 6, seed=3).U
    shared, noise = covariance(kernel, theta, np.vstack([drawn.U, V]))
    of_old = np.append(IS_OLD, np.zeros(len(V), dtype=bool))
    is_same = of_old[:, np.newaxis] == of_old
    K = np.where(is_same, shared + MEAN_VARIANCE, 0.7 * shared)
    n = len(z)
    told = K[:n, :n] + noise * np.eye(n)
    mean = K[n:, :n] @ np.linalg.solve(told, z)
    variance = np.diag(K[n:, n:] - K[n:, :n] @ np.linalg.solve(told, K[:n, n:]))
    posterior = condition(kernel, theta, drawn.U, z, np.zeros(n), IS_OLD)
    np.testing.assert_allclose(posterior.predict(V)[0], mean, atol=1e-8)
    np.testing.assert_allclose(posterior.predict(V)[1], variance, atol=1e-8)


def test_slopes_with_old_trials_equal_finite_differences():
    kernel, _, theta, drawn, z = drawn_model("floats")
    posterior = condition(kernel, theta, drawn.U, z, np.zeros(len(z)), IS_OLD)
    V = draw("floats", 5, seed=2).U
    _, _, d_mean, d_variance = posterior.predict_slopes(V)
    for column in range(V.shape[1]):
        step = np.zeros_like(V)
        step[:, column] = 1e-5
        (up, up_var), (down, down_var) = map(posterior.predict, (V + step, V - step))
        np.testing.assert_allclose(d_mean[:, column], (up - down) / 2e-5, rtol=1e-4, atol=1e-6)
        np.testing.assert_allclose(
            d_variance[:, column], (up_var - down_var) / 2e-5, rtol=1e-4, atol=1e-6
        )


def find_theta(relate, n_own=15, scale=1.0):
    """Hyper-parameters by 30 old trials of a function and own ones of a relative."""
    drawn = draw("floats", 30 + n_own, 4)
    f = np.sin(4 * drawn.U[:, 0]) + drawn.U[:, 1] ** 2
    source = make_source(drawn.U[:30], f[:30], np.zeros(30))
    proposer = make_proposer(drawn.space, None, source)
    own = scale * relate(drawn.U[30:], f[30:])
    theta = proposer.fit(drawn.U[30:], own, np.zeros(n_own))
    n_dims = drawn.U.shape[1]
    ratio = see(source, drawn.U[30:], warp(own), np.zeros(n_own), MAX_FITTED).ratio
    return find_rho(theta, n_dims), ratio * find_ratio(theta, n_dims)


def test_the_correlation_is_learnt():
    alike, _ = find_theta(lambda U, f: f)
    opposite, _ = find_theta(lambda U, f: -f)
    unrelated, _ = find_theta(lambda U, f: np.random.default_rng(0).normal(size=len(f)))
    assert alike > 0.95
    assert unrelated < 0.7
    assert opposite < 0.3


@pytest.mark.parametrize("scale", [1e-6, 0.01, 1.0, 100.0, 1e6])
def test_the_unit_is_learnt(scale):
    # Whatever is expected of it: both functions are the same, so that it is near 1.
    _, ratio = find_theta(lambda U, f: f, scale=scale)
    assert 0.3 < ratio < 3.0


def test_equal_scores_are_no_source_but_failures_are_kept():
    U = np.random.default_rng(0).uniform(size=(4, 2))
    source = make_source(U, np.array([0.5, np.nan, 0.5, -np.inf]), np.zeros(4))
    assert not source.has_scores
    np.testing.assert_array_equal(source.succeeded, [True, False, True, False])
    assert len(source.tried) == 4


def test_old_trials_are_at_most_half_of_what_the_model_sees():
    rng = np.random.default_rng(0)
    source = make_source(rng.uniform(size=(300, 2)), rng.normal(size=300), np.zeros(300))
    for n_own, expected in ((0, (100, 0)), (50, (100, 50)), (400, (100, 100))):
        old, own = choose_rows(source, warp(rng.normal(size=n_own)), 200)
        assert (len(old), len(own)) == expected


def test_noise_of_both_searches_is_in_one_unit():
    U = np.random.default_rng(0).uniform(size=(9, 2))
    scores = np.linspace(0, 1, 9)
    source = make_source(U, scores, np.full(9, 0.1))
    own = warp(10 * scores)
    seen = see(source, U, own, np.full(9, 1.0), 100)
    # Ten times the scores and ten times the noise, seen in the old ones' unit.
    assert seen.ratio == pytest.approx(10.0)
    assert seen.shared == pytest.approx(100 * source.variances[0])
