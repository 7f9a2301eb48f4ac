"""
A search behind a step, or around it
====================================

What is fitted before the search has seen the test rows. On data without any signal the
difference is easy to see.
"""

# %%
# Noise
# -----
# 120 rows of 500 columns, and labels by a fair coin that has nothing to do with them.
# No model is right on fresh rows more often than half of the time.

import numpy as np


def draw_noise(seed, n_rows=120):
    """Draw columns and labels that have nothing to do with each other."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n_rows, 500)), rng.permutation(np.arange(n_rows) % 2)


# %%
# Behind the step
# ---------------
# The search is the last step of a Pipeline. ``SelectKBest`` comes before it and is fitted
# on every row: it keeps the columns that happen to go with the labels, on the validation
# rows and on those that the search sets aside afterwards too. These are no longer test
# rows, and nothing in the search can know.

from sklearn.feature_selection import SelectKBest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline

from skhpo import Float, RandomSearch

C = Float(1e-3, 1e1, log=True)
settings = {"n_iter": 6, "cv": 3, "test_size": 0.25, "random_state": 0}


def search_behind(X, y):
    """Select columns first, search afterwards."""
    search = RandomSearch(LogisticRegression(), {"C": C}, **settings)
    pipeline = Pipeline([("select", SelectKBest(k=15)), ("search", search)]).fit(X, y)
    return pipeline, search


# %%
# Around it
# ---------
# The Pipeline is what is searched. The test rows are set aside before anything is
# fitted, and in every fold the columns are chosen from its training rows.


def search_around(X, y):
    """Search the Pipeline that selects columns."""
    pipeline = Pipeline([("select", SelectKBest(k=15)), ("classify", LogisticRegression())])
    search = RandomSearch(pipeline, {"classify__C": C}, **settings).fit(X, y)
    return search, search


# %%
# The scores
# ----------
# Eight draws of noise. Fresh rows are 1,000 more of the same kind: what the model is
# really worth.

accuracies = {}
for name, make in (("behind the step", search_behind), ("around it", search_around)):
    rows = []
    for seed in range(8):
        model, search = make(*draw_noise(seed))
        fresh = model.score(*draw_noise(1000 + seed, n_rows=1000))
        rows.append([search.best_score_, search.score_test(), fresh])
    accuracies[name] = np.array(rows)

kinds = ["validation", "test", "fresh rows"]
print(f"{'search':<16}" + "".join(f"{kind:>14}" for kind in kinds))
for name, table in accuracies.items():
    print(f"{name:<16}" + "".join(f"{column.mean():>14.3f}" for column in table.T))

# %%
# Behind the step, validation and test scores agree with each other and both are wrong.
# Around it, they agree with fresh rows, up to the noise of 30 test rows.

import matplotlib.pyplot as plt

fig, ax = plt.subplots(figsize=(7, 3.8), layout="constrained")
for color, (name, table) in enumerate(accuracies.items()):
    for place, column in enumerate(table.T):
        spots = place + 0.25 * color + np.linspace(-0.07, 0.07, len(column))
        ax.plot(spots, column, "o", color=f"C{color}", label=None if place else name)
ax.axhline(0.5, color="grey", linewidth=0.8, linestyle=":")
ax.set_xticks(np.arange(3) + 0.125, kinds)
ax.set(ylabel="accuracy", ylim=(0.25, 1.0))
ax.legend()
plt.show()

# %%
# A scaler leaks less than a selection by labels, but by the same way, and so does
# anything that is fitted: imputation, encodings by the target, outlier removal. Put the
# Pipeline inside the search.
