"""The posterior agrees with scikit-learn's, its gradients with differences, and it never breaks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel

from skhpo._surrogate import make_proposer
from skhpo._surrogate.kernels import column_distances
from skhpo._surrogate.regression import (
    MEAN_VARIANCE,
    factorise,
    fit,
    make_prior,
    negative_log_posterior,
)
from tests.surrogate.cubes import SPACES, central_difference, draw


def told(name, n, seed=0):
    """Embedding, prior, codes and scores of a smooth function of the features."""
    drawn = draw(name, n, seed)
    proposer = make_proposer(drawn.space, drawn.space.n_candidates)
    rng = np.random.default_rng(seed)
    F = proposer.embedding.features(drawn.U)
    z = np.sin(3 * F @ rng.normal(size=F.shape[1])) + 0.1 * rng.normal(size=n)
    return proposer.embedding, proposer.prior, drawn.U, z


def fit_told(name, n, seed=0):
    embedding, prior, U, z = told(name, n, seed)
    return fit(embedding, U, z, np.zeros(n), prior, [prior.mean]), U, z


def scikit_learn_kernel(theta):
    """Our covariance in scikit-learn's words, for a space of floats."""
    lengths, signal, noise = np.exp(theta[:-2]), np.exp(theta[-2]), np.exp(theta[-1])
    return (
        ConstantKernel(signal) * Matern(lengths, nu=2.5)
        + ConstantKernel(MEAN_VARIANCE)
        + WhiteKernel(noise)
    )


def test_posterior_equals_scikit_learns():
    posterior, U, z = fit_told("floats", 25)
    kernel = scikit_learn_kernel(posterior.theta)
    peer = GaussianProcessRegressor(kernel, alpha=0.0, optimizer=None).fit(U, z)
    V = draw("floats", 40, seed=1).U
    mean, deviation = peer.predict(V, return_std=True)
    found_mean, found_variance = posterior.predict(V)
    # Its deviation is of a new trial, with noise; ours of the function.
    np.testing.assert_allclose(found_mean, mean, atol=1e-9)
    np.testing.assert_allclose(found_variance + posterior.noise, deviation**2, atol=1e-9)


def test_likelihood_equals_scikit_learns():
    embedding, prior, U, z = told("floats", 25)
    distances = column_distances(embedding.features(U), embedding.owner, 3)
    theta = np.array([-0.5, 0.2, 0.9, 0.3, -3.0])
    value, _ = negative_log_posterior(theta, distances, z, np.zeros(25), prior)
    penalty = 0.5 * (((theta - prior.mean) / prior.spread) ** 2).sum()
    peer = GaussianProcessRegressor(scikit_learn_kernel(theta), alpha=0.0, optimizer=None)
    constant = 0.5 * 25 * np.log(2 * np.pi)
    expected = -peer.fit(U, z).log_marginal_likelihood_value_ - constant + penalty
    assert value == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("name", SPACES)
@pytest.mark.parametrize("offset", [-1.0, 0.0, 1.5])
def test_gradient_of_the_likelihood_equals_finite_differences(name, offset):
    embedding, prior, U, z = told(name, 20)
    distances = column_distances(embedding.features(U), embedding.owner, embedding.n_dims)
    extra = np.linspace(0, 0.1, 20)
    theta = prior.mean + offset * np.random.default_rng(1).normal(size=len(prior.mean))
    _, gradient = negative_log_posterior(theta, distances, z, extra, prior)
    numeric = central_difference(
        lambda t: negative_log_posterior(t, distances, z, extra, prior)[0], theta
    )
    np.testing.assert_allclose(gradient, numeric, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", SPACES)
def test_slopes_of_the_posterior_equal_finite_differences(name):
    posterior, _, _ = fit_told(name, 20)
    drawn = draw(name, 8, seed=2)
    mean, variance, d_mean, d_variance = posterior.predict_slopes(drawn.U)
    np.testing.assert_allclose(mean, posterior.predict(drawn.U)[0], atol=1e-10)
    np.testing.assert_allclose(variance, posterior.predict(drawn.U)[1], atol=1e-8)
    for column, described in enumerate(drawn.space.columns):
        if described.kind == "categorical":
            assert np.all(d_mean[:, column] == 0)
            continue
        step = np.zeros_like(drawn.U)
        step[:, column] = 1e-5
        (up, up_var), (down, down_var) = map(posterior.predict, (drawn.U + step, drawn.U - step))
        active = ~np.isnan(drawn.U[:, column])
        np.testing.assert_allclose(
            d_mean[active, column], ((up - down) / 2e-5)[active], rtol=1e-4, atol=1e-6
        )
        np.testing.assert_allclose(
            d_variance[active, column], ((up_var - down_var) / 2e-5)[active], rtol=1e-4, atol=1e-6
        )
        assert np.all(d_mean[~active, column] == 0)


@pytest.mark.parametrize("name", SPACES)
@given(seed=st.integers(0, 2**16), n=st.integers(1, 15))
def test_variance_is_positive_and_at_most_the_priors(name, seed, n):
    posterior, U, _ = fit_told(name, n, seed)
    V = np.vstack([U, draw(name, 20, seed + 1).U])
    _, variance = posterior.predict(V)
    assert np.all(variance > 0)
    assert np.all(variance <= posterior.signal + MEAN_VARIANCE + 1e-12)


def test_likely_length_scales_are_found():
    # A function of its first column only.
    drawn = draw("floats", 40)
    z = np.sin(6 * drawn.U[:, 0])
    proposer = make_proposer(drawn.space, None)
    prior = proposer.prior
    posterior = fit(proposer.embedding, drawn.U, z, np.zeros(40), prior, [prior.mean])
    relevant, *others = posterior.theta[:3]
    assert min(others) > relevant + 1.0


def test_the_best_of_several_starts_is_kept():
    embedding, prior, U, z = told("floats", 15)
    distances = column_distances(embedding.features(U), embedding.owner, 3)
    starts = [prior.mean, prior.mean - 1.5, prior.mean + 1.5]

    def value(theta):
        return negative_log_posterior(theta, distances, z, np.zeros(15), prior)[0]

    one_by_one = [fit(embedding, U, z, np.zeros(15), prior, [s]).theta for s in starts]
    together = fit(embedding, U, z, np.zeros(15), prior, starts)
    assert value(together.theta) == min(map(value, one_by_one))


@pytest.mark.parametrize(
    ("U", "z"),
    [
        (np.array([[0.5, 0.5, 0.5]]), np.zeros(1)),
        (np.full((8, 3), 0.3), np.zeros(8)),
        (np.full((8, 3), 0.3), np.array([-1.0, 1.0] * 4)),
        (np.repeat(np.eye(3), 20, axis=0), np.tile([0.0, 5.0, -5.0], 20)),
    ],
    ids=["one trial", "equal trials", "equal candidates", "many duplicates"],
)
def test_degenerate_trials_give_a_usable_posterior(U, z):
    proposer = make_proposer(draw("floats", 1).space, None)
    prior = proposer.prior
    posterior = fit(proposer.embedding, U, z, np.zeros(len(z)), prior, [prior.mean])
    mean, variance = posterior.predict(draw("floats", 10).U)
    assert np.isfinite(mean).all()
    assert np.all(variance > 0)


def test_singular_covariances_are_factorised():
    K = np.ones((5, 5))
    L = factorise(K)
    np.testing.assert_allclose(L @ L.T, K, atol=1e-10)


def test_noisier_trials_weigh_less():
    drawn = draw("floats", 2)
    U = np.repeat(drawn.U[:1], 2, axis=0)
    proposer = make_proposer(drawn.space, None)
    prior, z = proposer.prior, np.array([-1.0, 1.0])
    posterior = fit(proposer.embedding, U, z, np.array([4.0, 0.0]), prior, [prior.mean])
    assert posterior.predict(U[:1])[0][0] > 0.5


@pytest.mark.parametrize("name", SPACES)
def test_believing_pending_candidates_keeps_the_mean_and_lowers_the_variance(name):
    posterior, _, _ = fit_told(name, 12)
    pending, others = draw(name, 3, seed=3).U, draw(name, 30, seed=4).U
    believed = posterior.believe(pending)
    V = np.vstack([pending, others])
    mean, variance = posterior.predict(V)
    new_mean, new_variance = believed.predict(V)
    np.testing.assert_allclose(new_mean, mean, atol=1e-8)
    assert np.all(new_variance <= variance + 1e-9)
    assert np.all(new_variance[:3] < variance[:3])
    assert posterior.believe(pending[:0]) is posterior


def test_length_scales_are_expected_to_grow_with_active_columns():
    few, many = make_prior(4, 2), make_prior(40, 32)
    assert many.mean[0] - few.mean[0] == pytest.approx(0.5 * np.log(32 / 2))
