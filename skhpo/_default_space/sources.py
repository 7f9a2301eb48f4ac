"""Where the domains come from. Each was read there; what was changed stands in the table.

Ranges are facts of these papers and projects. An order of importance was not taken from one
place: `van-rijn` for support vector machines, forests and AdaBoost, else `own`.
"""

from __future__ import annotations

SOURCES = {
    "auto-sklearn": (
        "Feurer et al. (2015). Efficient and robust automated machine learning. NeurIPS; the "
        "spaces of its components, github.com/automl/auto-sklearn."
    ),
    "autogluon": (
        "Erickson et al. (2020). AutoGluon-Tabular. arXiv:2003.06505; its search spaces, "
        "github.com/autogluon/autogluon."
    ),
    "bischl": (
        "Bischl et al. (2021). Hyperparameter optimization: foundations, algorithms, best "
        "practices and open challenges. arXiv:2107.05847; as github.com/mlr-org/mlr3tuningspaces "
        "has them."
    ),
    "grinsztajn": (
        "Grinsztajn, Oyallon, Varoquaux (2022). Why do tree-based models still outperform deep "
        "learning on typical tabular data? NeurIPS; github.com/LeoGrin/tabular-benchmark."
    ),
    "hyperopt-sklearn": (
        "Komer, Bergstra, Eliasmith (2014). Hyperopt-sklearn. SciPy; "
        "github.com/hyperopt/hyperopt-sklearn."
    ),
    "lightgbm": "LightGBM's documentation, Parameters Tuning: leaves and rows in a leaf first.",
    "openml-bot": (
        "Probst, Boulesteix, Bischl (2019). Tunability: importance of hyperparameters of machine "
        "learning algorithms. JMLR 20; the ranges of its runs, github.com/ja-thomas/OMLbots."
    ),
    "scikit-learn": "scikit-learn's example of a grid search over text features.",
    "van-rijn": (
        "van Rijn, Hutter (2018). Hyperparameter importance across datasets. KDD; the order, as "
        "summaries of it report."
    ),
    "yang-shami": (
        "Yang, Shami (2020). On hyperparameter optimization of machine learning algorithms: "
        "theory and practice. Neurocomputing 415."
    ),
    "own": "The judgement of skhpo's authors: no source was found, or none that fits.",
}
