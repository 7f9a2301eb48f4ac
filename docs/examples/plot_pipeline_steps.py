"""
A Pipeline with swapped steps
=============================

Steps of a Pipeline are parameters like any other. What belongs to a step is searched
only where the step is there: the space is a list of dicts.
"""

# %%
# The space
# ---------
# Either a principal component analysis before a support vector classifier, or the best
# columns by an F test before a logistic regression. Each dict names the steps, as lists
# of one item or several, and the parameters that go with them. ``"passthrough"`` leaves
# a step out.

from sklearn.datasets import load_breast_cancer
from sklearn.decomposition import PCA
from sklearn.feature_selection import SelectKBest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.svm import SVC

from skhpo import BayesSearch, Float, Int

X, y = load_breast_cancer(return_X_y=True)
pipeline = Pipeline(
    [("scale", StandardScaler()), ("reduce", "passthrough"), ("classify", LogisticRegression())]
)
scalers = [StandardScaler(), MinMaxScaler()]
C = Float(1e-2, 1e3, log=True)
space = [
    {
        "scale": scalers,
        "reduce": [PCA(random_state=0)],
        "reduce__n_components": Int(2, 30),
        "classify": [SVC()],
        "classify__C": C,
        "classify__gamma": Float(1e-4, 1.0, log=True),
    },
    {
        "scale": scalers,
        "reduce": [SelectKBest()],
        "reduce__k": Int(2, 30),
        "classify": [LogisticRegression(max_iter=1000)],
        "classify__C": C,
    },
    {
        "scale": scalers,
        "reduce": ["passthrough"],
        "classify": [LogisticRegression(max_iter=1000)],
        "classify__C": C,
    },
]

# %%
# The search
# ----------
# ``scale`` and ``classify__C`` stand in all three dicts with the same domain: for the
# Bayesian search each is one dimension, which all branches teach it about.

search = BayesSearch(
    pipeline, space, n_iter=30, scoring="roc_auc", cv=3, test_size=0.2, random_state=0
)
search.fit(X, y)
for name, value in search.best_params_.items():
    print(f"{name:<22} {value if not isinstance(value, float) else format(value, '.3g')}")
search.score_test()
print(search.test_report_)

# %%
# What each branch was given and what it scored
# ---------------------------------------------

import matplotlib.pyplot as plt
import numpy as np


def branch_of(params):
    """Name the steps of a candidate."""
    reduce = params["reduce"]
    step = reduce if isinstance(reduce, str) else type(reduce).__name__
    return f"{step}\n{type(params['classify']).__name__}"


scores = search.cv_results_["mean_test_score"]
branches = np.array([branch_of(params) for params in search.cv_results_["params"]])
fig, ax = plt.subplots(figsize=(7.5, 4.2), layout="constrained")
for name in np.unique(branches):
    trials = np.flatnonzero(branches == name)
    print(name.replace("\n", ", "), "-", len(trials), "trials, best", scores[trials].max().round(4))
    ax.plot(trials, scores[trials], "o", label=name.replace("\n", ", "))
ax.set(xlabel="trial", ylabel="mean validation ROC AUC")
fig.legend(loc="outside upper center", ncols=3)
plt.show()
