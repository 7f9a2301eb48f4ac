"""
What a search found, in pictures
================================

How the score rose, which parameters matter and what they do, which candidates are as good as
the best. Every picture is one line, of any search: ours, scikit-learn's, or ``maximize``.
"""

# %%
# A search
# --------
# Wine is told by its chemistry, made harder here by noise. The scaler is searched as well, and
# the classifier with parameters of its own: a conditional space.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_wine
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.svm import SVC

from skhpo import BayesSearch, Float

X, y = load_wine(return_X_y=True)
X += 1.2 * X.std(axis=0) * np.random.default_rng(0).normal(size=X.shape)

pipeline = Pipeline([("scale", StandardScaler()), ("clf", SVC())])
C = Float(1e-3, 1e3, log=True)
space = [
    {
        "clf": [SVC()],
        "clf__C": C,
        "clf__gamma": Float(1e-5, 10, log=True),
        "scale": [StandardScaler(), MinMaxScaler(), "passthrough"],
    },
    {"clf": [LogisticRegression(max_iter=2000)], "clf__C": C},
]
search = BayesSearch(pipeline, space, n_iter=40, cv=5, scoring="accuracy", random_state=0)
search.fit(X, y)

# %%
# Its history
# -----------
# The line is the best score so far. The dashed one is what the winner is expected to score on
# fresh rows, the choosing accounted for, in the band of its interval. Trials that were far
# worse are marked at the lower edge.

from skhpo import SearchHistoryDisplay

SearchHistoryDisplay.from_estimator(search)
plt.show()

# %%
# Which parameters matter
# -----------------------
# The shares are of the variance over the whole space, and each has an interval: 40 trials near
# the best candidates tell less of the rest of the space than as many random ones.

from skhpo import ParameterImportanceDisplay, parameter_importances

importances = parameter_importances(search)
print(importances)
ParameterImportanceDisplay(importances).plot()
plt.show()

# %%
# What they do
# ------------
# The expected score for each value, the mean over all other parameters, with the trials. Of
# two parameters it is a map.

from skhpo import ParameterEffectDisplay

fig, axes = plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
ParameterEffectDisplay.from_estimator(search, "clf__C", ax=axes[0])
ParameterEffectDisplay.from_estimator(search, ["clf__C", "clf__gamma"], ax=axes[1])
plt.show()

# %%
# All of it at once
# -----------------
# A line is a trial, the best ones are darkest. Logistic regression has no ``gamma``: its
# lines go through the lane below.

from skhpo import ParallelCoordinatesDisplay

ParallelCoordinatesDisplay.from_estimator(search)
plt.show()

# %%
# As good as the best
# -------------------
# Candidates that the folds cannot tell from the winner: what is cheapest or simplest among
# them may be taken as well.

from skhpo import EquivalentCandidatesDisplay

EquivalentCandidatesDisplay.from_estimator(search)
plt.show()

# %%
# Strategies beside each other
# ----------------------------
# ``compare`` gives every search the same rows, here three times. Lines are medians, bands go
# from the lowest to the highest of them; to their right are the test scores.

from skhpo import GridSearch, RandomSearch, StrategyComparisonDisplay, compare

svm = {"clf__C": C, "clf__gamma": Float(1e-5, 10, log=True)}
searches = {
    "grid": GridSearch(pipeline, svm),
    "random": RandomSearch(pipeline, svm, n_iter=25),
    "bayes": BayesSearch(pipeline, svm, n_iter=25),
}
comparison = compare(searches, X, y, repeats=3, random_state=0)
StrategyComparisonDisplay.from_comparison(comparison)
plt.show()

# %%
# Dark, or small
# --------------
# Colours of text come from matplotlib's style, those of marks are told apart by everybody and
# on both backgrounds. Axes of your own may be as wide as a column.

with plt.style.context("dark_background"):
    fig, ax = plt.subplots(figsize=(3.5, 2.6), layout="constrained")
    SearchHistoryDisplay.from_estimator(search, ax=ax)
plt.show()
