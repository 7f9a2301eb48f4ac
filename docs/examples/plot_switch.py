"""
From GridSearchCV to one test score
===================================

Three steps, each of which can be the last: the class name, the space, the test set.
"""

# %%
# The class name
# --------------
# A grid search over two parameters of a support vector classifier, on handwritten
# digits. The whole Pipeline is searched, so that the scaler is fitted on training rows
# only.

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from skhpo import GridSearch

X, y = load_digits(return_X_y=True)
X, y = X[:800], y[:800]
pipeline = Pipeline([("scale", StandardScaler()), ("svc", SVC())])
grid = {"svc__C": [0.1, 1, 10, 100], "svc__gamma": [1e-4, 1e-3, 1e-2, 1e-1]}
cv = StratifiedKFold(3, shuffle=True, random_state=0)

before = GridSearchCV(pipeline, grid, cv=cv).fit(X, y)
after = GridSearch(pipeline, grid, cv=cv).fit(X, y)

# %%
# Parameters, scores and ranks are the same, and so are the keys of ``cv_results_``.

print("GridSearchCV:", before.best_params_, round(before.best_score_, 4))
print("GridSearch:  ", after.best_params_, round(after.best_score_, 4))
print("same keys:   ", list(after.cv_results_) == list(before.cv_results_))
print(
    "same scores: ",
    all(
        np.array_equal(after.cv_results_[key], before.cv_results_[key])
        for key in before.cv_results_
        if key.endswith("test_score")
    ),
)

# %%
# The space
# ---------
# A grid tries four values of each parameter however many candidates it has. A range
# leaves the values to the search. As many candidates, on the same folds:

from skhpo import BayesSearch, Float

space = {"svc__C": Float(0.1, 100, log=True), "svc__gamma": Float(1e-4, 1e-1, log=True)}
bayes = BayesSearch(pipeline, space, n_iter=16, cv=cv, random_state=0).fit(X, y)
print("GridSearch: ", after.n_trials_, "candidates, best", round(after.best_score_, 4))
print("BayesSearch:", bayes.n_trials_, "candidates, best", round(bayes.best_score_, 4))

# %%
# Where the candidates are, and what they scored:

import matplotlib.pyplot as plt

fig, axes = plt.subplots(1, 2, figsize=(9, 3.8), sharex=True, sharey=True, layout="constrained")
for ax, search in zip(axes, (after, bayes), strict=True):
    results = search.cv_results_
    ax.scatter(
        results["param_svc__C"].astype(float),
        results["param_svc__gamma"].astype(float),
        c=results["mean_test_score"],
        vmin=0.8,
        vmax=1.0,
        s=70,
        edgecolors="black",
        linewidths=0.5,
    )
    ax.set(title=type(search).__name__, xlabel="C", xscale="log", yscale="log")
axes[0].set_ylabel("gamma")
fig.colorbar(axes[0].collections[0], ax=axes, label="mean validation accuracy", extend="min")
plt.show()

# %%
# The test set
# ------------
# ``best_score_`` is the best of sixteen, chosen because it is the best: it flatters.
# With ``test_size`` a fifth of the rows is set aside before the search begins, and
# ``score_test`` scores the winner on them, once. The searches above saw all rows; this one
# begins anew and takes nothing from them.

search = BayesSearch(pipeline, space, n_iter=16, cv=cv, test_size=0.2, random_state=0)
search.fit(X, y)
search.score_test()
print(search.test_report_)

# %%
# A second score is refused: whoever chooses by it has made the test set a validation
# set.

from skhpo import TestSetSpentError

try:
    search.score_test()
except TestSetSpentError as error:
    print(error)
