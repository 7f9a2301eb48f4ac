"""
Three strategies on a small neural network
==========================================

Learning rate, batch size and weight decay of a network with one hidden layer: a grid of
18 candidates, 30 random ones, and 30 of a Bayesian search.
"""

# %%
# The network and its data
# ------------------------
# A thousand handwritten digits and a few epochs, so that all of it takes seconds. A few
# epochs do not converge, and are not meant to: the warning is silenced.

import warnings

import numpy as np
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

warnings.filterwarnings("ignore", category=ConvergenceWarning)

X, y = load_digits(return_X_y=True)
X, y = X[:1000], y[:1000]
network = MLPClassifier(hidden_layer_sizes=(32,), max_iter=6, random_state=0)
pipeline = make_pipeline(StandardScaler(), network)

# %%
# The space
# ---------
# The learning rate and the weight decay are searched in the logarithm. The batch size
# is a choice among four numbers; numbers in a list are ordered for the Bayesian search.

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
# ``cv=0.25`` is one validation split. ``random_state`` seeds it too, so all three have
# the same 250 validation rows. A fifth of all rows is kept for the end.

from skhpo import BayesSearch, GridSearch, RandomSearch

shared = {"scoring": "neg_log_loss", "cv": 0.25, "test_size": 0.2, "random_state": 0}
searches = {
    "grid": GridSearch(pipeline, grid, **shared),
    "random": RandomSearch(pipeline, space, n_iter=30, **shared),
    "bayes": BayesSearch(pipeline, space, n_iter=30, **shared),
}
for name, search in searches.items():
    search.fit(X, y)
    print(
        f"{name:<7} {search.n_trials_} trials in {search.search_time_:.1f} s, "
        f"best {search.best_score_:.4f} with learning rate {search.best_params_[rate]:.2g}, "
        f"batch size {search.best_params_[batch]}, decay {search.best_params_[decay]:.2g}"
    )

# %%
# The best score so far
# ---------------------
# The order of a grid's candidates is that of its lists, so where its curve rises says
# little; where it ends is what counts.

import matplotlib.pyplot as plt

fig, axes = plt.subplots(1, 2, figsize=(10, 3.8), layout="constrained")
for name, search in searches.items():
    scores = search.cv_results_["mean_test_score"]
    trials = np.arange(1, len(scores) + 1)
    axes[0].plot(trials, np.maximum.accumulate(scores), label=name)
    axes[1].plot(search.cv_results_[f"param_{rate}"].astype(float), scores, "o", label=name)
axes[0].set(xlabel="trials", ylabel="best validation score so far (- log loss)")
axes[0].set_ylim(bottom=-1.0)
axes[0].legend()
axes[1].set(xlabel="learning rate", ylabel="validation score (- log loss)", xscale="log")
plt.show()

# %%
# One test score
# --------------
# Which of the three to use was decided by the validation scores. The test set is scored
# by that one, once. To compare searches by their test scores is another question, and
# ``skhpo.compare`` asks it. One seed proves nothing about strategies either:
# ``benchmarks/compare_strategies.py`` repeats such a comparison over data sets and seeds.

chosen = max(searches, key=lambda name: searches[name].best_score_)
searches[chosen].score_test()
print(chosen)
print(searches[chosen].test_report_)
