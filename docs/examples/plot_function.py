"""
A function instead of an estimator
==================================

``maximize`` takes any function of keyword arguments. A loop of your own asks a strategy
for candidates and tells it their scores.
"""

# %%
# A loss, negated
# ---------------
# Everything is maximised, so a loss is returned with a minus sign. This one is Branin's
# function, which has three minima of the same depth, 0.3979.

from math import cos, pi

import numpy as np

from skhpo import Float, maximize


def branin(x, y):
    """Loss of two parameters."""
    valley = y - 5.1 / (4 * pi**2) * x**2 + 5 / pi * x - 6
    return valley**2 + 10 * (1 - 1 / (8 * pi)) * cos(x) + 10


def score(x, y):
    """Minus the loss: larger is better."""
    return -branin(x, y)


space = {"x": Float(-5, 10), "y": Float(0, 15)}
result = maximize(score, space, strategy="bayes", n_iter=30, random_state=0)
print("least loss:", round(-result.best_score, 4))
print("at:", result.best_params)

# %%
# ``trials`` has every call in its order. A failed one, an exception or nan, would be
# there too, with its traceback.

import matplotlib.pyplot as plt

x, y = np.meshgrid(np.linspace(-5, 10, 120), np.linspace(0, 15, 120))
fig, axes = plt.subplots(1, 2, figsize=(10, 3.9), layout="constrained")
axes[0].contour(x, y, np.vectorize(branin)(x, y), levels=[1, 3, 10, 30, 60, 100, 150])
numbers = [trial.number for trial in result.trials]
marks = axes[0].scatter(
    [trial.params["x"] for trial in result.trials],
    [trial.params["y"] for trial in result.trials],
    c=numbers,
    cmap="Greys",
    edgecolors="black",
)
fig.colorbar(marks, ax=axes[0], label="trial")
axes[0].set(xlabel="x", ylabel="y", title="where the calls were made")
for strategy in ("grid", "random", "bayes"):
    found = maximize(score, space, strategy=strategy, n_iter=25, random_state=0)
    losses = [-trial.mean_score() for trial in found.trials]
    axes[1].plot(np.arange(1, 26), np.minimum.accumulate(losses), label=strategy)
axes[1].axhline(0.3979, color="grey", linewidth=0.8, linestyle=":")
axes[1].set(xlabel="calls", ylabel="least loss so far", yscale="log", title="25 calls each")
axes[1].legend()
plt.show()

# %%
# Ask and tell
# ------------
# Where the calls happen elsewhere, in another program or a laboratory, a strategy is
# asked for candidates and told their scores. Several may be asked before one is told.
# A failure is told as nan.

from skhpo import BayesStrategy

strategy = BayesStrategy(space, random_state=0)
best = -np.inf
for _ in range(8):
    pair = [strategy.ask(), strategy.ask()]
    for candidate in pair:
        value = score(**candidate.params)
        strategy.tell(candidate, value)
        best = max(best, value)
print("least loss of 8 pairs:", round(-best, 4))
