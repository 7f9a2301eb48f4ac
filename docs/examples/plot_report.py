"""
A report of a search
====================

One page with the verdict in words, pictures, and a table of all trials.
"""

# %%
# A search
# --------
# Handwritten digits, by a Pipeline. ``initial_params="default"`` tries the Pipeline as it is
# first, so that the report can say what the search gains over it, and ``test_size`` sets
# rows aside for one test score. One range is too small on purpose.

from sklearn.datasets import load_digits
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler
from sklearn.svm import SVC

from skhpo import BayesSearch, Float

X, y = load_digits(return_X_y=True)
X, y = X[::3], y[::3]
search = BayesSearch(
    make_pipeline(MinMaxScaler(), SVC()).set_params(svc__gamma=0.01),
    {
        "svc__C": Float(1e-2, 1e3, log=True),
        "svc__gamma": Float(1e-5, 2e-2, log=True),
        "svc__shrinking": [True, False],
    },
    n_iter=30,
    initial_params="default",
    test_size=0.2,
    random_state=0,
)
search.fit(X, y)
search.score_test()

# %%
# The report
# ----------
# Open `the page that this line wrote <../report.html>`_.

search.report("report.html")

# %%
# In a notebook
# -------------
# A fitted search shows the essentials.

search
