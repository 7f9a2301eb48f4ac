"""The posterior agrees with scikit-learn's, its gradients with differences, and it never breaks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.polynomial import Legendre
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Kernel, Matern, WhiteKernel

from skhpo import Float
from skhpo._space import Space
from skhpo._surrogate import make_proposer
from skhpo._surrogate.hyperparameters import (
    find_pairs,
    fit,
    make_prior,
    negative_log_posterior,
)
from skhpo._surrogate.regression import MEAN_VARIANCE, condition, factorise
from tests.surrogate.cubes import SPACES, central_difference, draw


def told(name, n, seed=0):
    """Kernel, prior, codes and scores of a smooth function of the features."""
    drawn = draw(name, n, seed)
    proposer = make_proposer(drawn.space, drawn.space.n_candidates)
    rng = np.random.default_rng(seed)
    F = proposer.kernel.embedding.features(drawn.U)
    z = np.sin(3 * F @ rng.normal(size=F.shape[1])) + 0.1 * rng.normal(size=n)
    return proposer.kernel, proposer.prior, drawn.U, z


def fit_and_condition(kernel, prior, U, z, extra_noise=0.0):
    """Posterior at the mode of the hyper-parameters."""
    extra = np.broadcast_to(extra_noise, z.shape)
    return condition(kernel, fit(kernel, U, z, extra, prior), U, z, extra)


def fit_told(name, n, seed=0):
    kernel, prior, U, z = told(name, n, seed)
    return fit_and_condition(kernel, prior, U, z), U, z


class Effects(Kernel):
    """Main effects of three floats, written anew as a kernel of scikit-learn."""

    def __init__(self, variances):
        self.variances = variances

    def __call__(self, X, Y=None, eval_gradient=False):
        Y = X if Y is None else Y
        total = np.zeros((len(X), len(Y)))
        for degree, weight in ((1, 1.0), (2, 0.5), (3, 0.2)):
            basis = Legendre.basis(degree, domain=[0, 1])
            scale = weight * (2 * degree + 1)
            total += scale * (basis(X) * np.asarray(self.variances)) @ basis(Y).T
        return (total, np.empty((len(X), len(X), 0))) if eval_gradient else total

    def diag(self, X):
        return np.diag(self(X))

    def is_stationary(self):
        return False


def scikit_learn_kernel(theta):
    """Our covariance in scikit-learn's words, for a space of three floats."""
    lengths, signal, noise = np.exp(theta[:3]), np.exp(theta[3]), np.exp(theta[4])
    return (
        ConstantKernel(signal) * Matern(lengths, nu=2.5)
        + Effects(np.exp(theta[5:]))
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
    kernel, prior, U, z = told("floats", 25)
    theta = np.array([-0.5, 0.2, 0.9, 0.3, -3.0, -0.4, -2.0, 0.1])
    value, _ = negative_log_posterior(theta, find_pairs(kernel, U), z, np.zeros(25), prior)
    penalty = 0.5 * (((theta - prior.mean) / prior.spread) ** 2).sum()
    peer = GaussianProcessRegressor(scikit_learn_kernel(theta), alpha=0.0, optimizer=None)
    constant = 0.5 * 25 * np.log(2 * np.pi)
    expected = -peer.fit(U, z).log_marginal_likelihood_value_ - constant + penalty
    assert value == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("name", SPACES)
@pytest.mark.parametrize("offset", [-1.0, 0.0, 1.5])
def test_gradient_of_the_likelihood_equals_finite_differences(name, offset):
    kernel, prior, U, z = told(name, 20)
    pairs = find_pairs(kernel, U)
    extra = np.linspace(0, 0.1, 20)
    theta = prior.mean + offset * np.random.default_rng(1).normal(size=len(prior.mean))
    _, gradient = negative_log_posterior(theta, pairs, z, extra, prior)
    numeric = central_difference(
        lambda t: negative_log_posterior(t, pairs, z, extra, prior)[0], theta
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
    effects = posterior.kernel.effects.features(V) * posterior._effect_deviations
    prior = posterior.signal + MEAN_VARIANCE + (effects**2).sum(axis=1)
    assert np.all(variance <= prior + 1e-12)


def test_likely_length_scales_are_found():
    # A function of its first column only.
    drawn = draw("floats", 40)
    z = np.sin(6 * drawn.U[:, 0])
    proposer = make_proposer(drawn.space, None)
    theta = fit(proposer.kernel, drawn.U, z, np.zeros(40), proposer.prior)
    relevant, *others = theta[:3]
    assert min(others) > relevant + 1.0


def test_an_additive_function_is_told_by_its_effects():
    # Thirty trials of eight columns: no two are near in all of them.
    U = np.random.default_rng(0).uniform(size=(60, 8))
    space = Space.from_description({f"x{i}": Float(0, 1) for i in range(8)})
    proposer = make_proposer(space, None)
    y = 2 * U[:, 0] - 3 * (U[:, 1] - 0.4) ** 2 + U[:, 2]
    z = (y - y.mean()) / y.std()
    posterior = fit_and_condition(proposer.kernel, proposer.prior, U[:30], z[:30])
    mean, _ = posterior.predict(U[30:])
    assert np.corrcoef(mean, z[30:])[0, 1] > 0.97
    variances = posterior.theta[-8:]
    assert min(variances[:2]) > max(variances[3:])


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
    posterior = fit_and_condition(proposer.kernel, proposer.prior, U, z)
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
    z, noise = np.array([-1.0, 1.0]), np.array([4.0, 0.0])
    posterior = fit_and_condition(proposer.kernel, proposer.prior, U, z, noise)
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


@pytest.mark.parametrize("name", SPACES)
def test_joint_draws_have_the_mean_and_variance_that_are_predicted(name):
    posterior, _, _ = fit_told(name, 12)
    U = draw(name, 30, seed=4).U
    rng = np.random.default_rng(0)
    draws = posterior.sample(U, rng.standard_normal((4000, len(U))))
    mean, variance = posterior.predict(U)
    # Five standard errors: of 4,000 draws' means, and of their variances.
    assert (np.abs(draws.mean(axis=0) - mean) < 5 * np.sqrt(variance / 4000) + 1e-6).all()
    np.testing.assert_allclose(draws.var(axis=0), variance, rtol=5 * np.sqrt(2 / 4000), atol=1e-6)


@pytest.mark.parametrize("name", SPACES)
def test_surprise_is_that_of_trials_left_out_one_by_one(name):
    kernel, prior, U, z = told(name, 14)
    theta = fit(kernel, U, z, np.zeros(len(z)), prior)
    posterior = condition(kernel, theta, U, z, np.zeros(len(z)))
    squares = []
    for i in range(len(z)):
        others = np.arange(len(z)) != i
        left = condition(kernel, theta, U[others], z[others], np.zeros(len(z) - 1))
        mean, variance = left.predict(U[i : i + 1])
        squares.append((z[i] - mean[0]) ** 2 / (variance[0] + posterior.noise))
    # Each of these codes is a trial's own.
    assert posterior.find_surprise(U) == pytest.approx(np.mean(squares), rel=1e-6)
    assert posterior.find_surprise(U[[3, 3, 5]]) == pytest.approx(
        (2 * squares[3] + squares[5]) / 3, rel=1e-6
    )


def test_a_loosened_prior_lets_the_trials_say_that_a_column_does_nothing():
    kernel, prior, U, _ = told("floats", 40)
    z = np.sin(4 * U[:, 0])
    z = (z - z.mean()) / z.std()
    tight, loose = (fit(kernel, U, z, np.zeros(40), p) for p in (prior, prior.loosened()))
    n_dims = U.shape[1]
    # Main effects of the columns that do nothing, and a signal that is theirs too.
    idle = np.r_[n_dims + 3 : 2 * n_dims + 2]
    assert (loose[idle] < tight[idle]).all()
    assert prior.loosened().mean.tolist() == prior.mean.tolist()
    assert prior.loosened().spread[n_dims + 1] == prior.spread[n_dims + 1]
