"""
Three strategies on a small neural network
==========================================

Learning rate, batch size and weight decay of a network with one hidden layer: a grid of
18 candidates, 30 random ones, and 30 of a Bayesian search.
"""

# %%
# The network and its data
# ------------------------
# Nearly a thousand handwritten digits and a few epochs, so that all of it takes seconds.
# A few epochs do not converge, and are not meant to: the warning is silenced.

import warnings

import numpy as np
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

warnings.filterwarnings("ignore", category=ConvergenceWarning)

X, y = load_digits(return_X_y=True)
X, y = X[800:], y[800:]
network = MLPClassifier(hidden_layer_sizes=(32,), max_iter=6, random_state=0)
pipeline = make_pipeline(StandardScaler(), network)

# %%
# The space
# ---------
# The learning rate and the weight decay are searched in the logarithm. The batch size
# is a choice among four numbers; numbers in a list are ordered for the Bayesian search.
# The grid has three even steps of each range, and two batch sizes.

from skhpo import Float

rate, batch, decay = (
    f"mlpclassifier__{name}" for name in ("learning_rate_init", "batch_size", "alpha")
)
space = {
    rate: Float(1e-4, 1e-1, log=True),
    batch: [32, 64, 128, 256],
    decay: Float(1e-5, 1e1, log=True),
}
grid = {rate: [1e-4, 3e-3, 1e-1], batch: [32, 128], decay: [1e-5, 1e-2, 1e1]}

# %%
# The searches
# ------------
# ``cv=0.25`` is one validation split, and ``test_size=0.2`` keeps a fifth of the rows
# for the end. ``random_state`` seeds both, so the three searches of a seed have the same
# validation rows. One seed proves little, so there are five.

from skhpo import BayesSearch, GridSearch, RandomSearch

shared = {"scoring": "neg_log_loss", "cv": 0.25, "test_size": 0.2}
searches = {"grid": [], "random": [], "bayes": []}
for seed in range(5):
    settings = {**shared, "random_state": seed}
    searches["grid"].append(GridSearch(pipeline, grid, **settings))
    searches["random"].append(RandomSearch(pipeline, space, n_iter=30, **settings))
    searches["bayes"].append(BayesSearch(pipeline, space, n_iter=30, **settings))

for name, repeats in searches.items():
    best = [search.fit(X, y).best_score_ for search in repeats]
    seconds = np.median([search.search_time_ for search in repeats])
    print(
        f"{name:<7} {repeats[0].n_trials_} trials in {seconds:.1f} s, "
        f"best score {np.median(best):.4f} (from {min(best):.4f} to {max(best):.4f})"
    )

# %%
# The best score so far
# ---------------------
# Lines are medians over the seeds, bands go from the least to the largest. The order of
# a grid's candidates is that of its lists, so where its curve rises says little; where
# it ends is what counts. The right picture has the learning rates that were tried, with
# one seed.

import matplotlib.pyplot as plt

fig, axes = plt.subplots(1, 2, figsize=(10, 3.8), layout="constrained")
for color, (name, repeats) in enumerate(searches.items()):
    scores = np.array([search.cv_results_["mean_test_score"] for search in repeats])
    curves = np.maximum.accumulate(scores, axis=1)
    trials = np.arange(1, scores.shape[1] + 1)
    axes[0].plot(trials, np.median(curves, axis=0), color=f"C{color}", label=name)
    axes[0].fill_between(
        trials, curves.min(axis=0), curves.max(axis=0), color=f"C{color}", alpha=0.15, linewidth=0
    )
    rates = repeats[0].cv_results_[f"param_{rate}"].astype(float)
    axes[1].plot(rates, scores[0], "o", color=f"C{color}", alpha=0.7)
axes[0].set(xlabel="trials", ylabel="best validation score so far (- log loss)", ylim=(-1, 0))
axes[0].legend()
axes[1].set(xlabel="learning rate", ylabel="validation score (- log loss)", xscale="log")
plt.show()

# %%
# One test score
# --------------
# Which of the three to use is decided by the validation scores. The test set is scored
# by that one, once. How searches compare on test rows is another question, which
# ``skhpo.compare`` asks; ``benchmarks/compare_strategies.py`` does so on several data
# sets.

chosen = max(searches, key=lambda name: searches[name][0].best_score_)
searches[chosen][0].score_test()
print(chosen, searches[chosen][0].best_params_)
print(searches[chosen][0].test_report_)
