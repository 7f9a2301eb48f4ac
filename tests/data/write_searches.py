"""Write fitted searches of this version, for tests/test_stored_searches.py.

    python tests/data/write_searches.py

Run it for a release, and commit what it writes beside the files of the releases before: they
are never written again, as what they hold is how that version pickled.
"""

import json
import pickle
from pathlib import Path

from sklearn.datasets import load_iris
from sklearn.tree import DecisionTreeClassifier

import skhpo

FOLDER = Path(__file__).parent
SPACE = {"max_depth": [1, 2, 3], "min_impurity_decrease": skhpo.Float(1e-3, 0.1, log=True)}


def make_searches():
    """One fitted search of each kind, with as many fitted attributes as there are."""
    X, y = load_iris(return_X_y=True)
    # Enough rows for a corrected score, and files of a few kilobytes.
    X, y = X[::2], y[::2]
    tree = DecisionTreeClassifier(random_state=0)
    options = {"cv": 3, "test_size": 0.2, "random_state": 0, "return_train_score": True}
    return X, {
        "grid": skhpo.GridSearch(tree, SPACE, points_per_dimension=2, **options).fit(X, y),
        "random": skhpo.RandomSearch(
            tree, SPACE, n_iter=4, scoring=["accuracy", "f1_macro"], refit="f1_macro", **options
        ).fit(X, y),
        "bayes": skhpo.BayesSearch(tree, SPACE, n_iter=5, **options).fit(X, y),
    }


def describe(search, X):
    """What a later version must read of a search, as JSON."""
    return {
        "best_index_": int(search.best_index_),
        "best_params_": search.best_params_,
        "best_score_": float(search.best_score_),
        "columns": sorted(search.cv_results_),
        "corrected_interval_": [float(end) for end in search.corrected_interval_],
        "corrected_score_": float(search.corrected_score_),
        "fold_scores": [trial.fold_scores(name_metric(search)) for trial in search.trials_],
        "oof_rows": search.oof_predictions_.rows.tolist(),
        "predictions": search.predict(X).tolist(),
        "statuses": [trial.status for trial in search.trials_],
        "stop_reason_": search.stop_reason_,
        "test_score": float(search.test_report_.score),
    }


def name_metric(search):
    """Metric of a search's best score."""
    return search.refit if isinstance(search.refit, str) else "score"


def main():
    """Write a pickle for each kind, and what is in it."""
    X, searches = make_searches()
    for kind, search in searches.items():
        search.score_test()
        stem = FOLDER / f"{kind}-{skhpo.__version__}"
        stem.with_name(stem.name + ".pkl").write_bytes(pickle.dumps(search, protocol=5))
        text = json.dumps(describe(search, X), indent=1, sort_keys=True)
        stem.with_name(stem.name + ".json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
