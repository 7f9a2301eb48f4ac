"""A search on real data: 25 candidates for a Pipeline on handwritten digits.

A fifth of the 1,797 images is set aside before the search sees a row, and scored
once at the end.

    python benchmarks/first_search.py
"""

from __future__ import annotations

from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.pipeline import Pipeline
from sklearn.svm import SVC

from skhpo import BayesSearch, Float, Int

N_SHOWN = 8


def main() -> None:
    """Search, score the test set once, and print the best candidates."""
    X, y = load_digits(return_X_y=True)
    pipeline = Pipeline([("reduce", PCA(random_state=0)), ("classify", SVC())])
    space = {
        "reduce__n_components": Int(5, 60),
        "classify__C": Float(1e-2, 1e3, log=True),
        "classify__gamma": Float(1e-5, 1e-1, log=True),
    }
    search = BayesSearch(pipeline, space, n_iter=25, test_size=0.2, n_jobs=2, random_state=0)
    print(f"Searching PCA + SVC on {len(y)} images of digits: 25 candidates, two processes")
    search.fit(X, y)
    search.score_test()
    print(
        f"{search.n_trials_} trials of {search.n_splits_} folds in {search.search_time_:.1f} s; "
        f"the best {N_SHOWN}:\n"
    )
    print_candidates(search)
    print(f"\nTest set, scored once:\n{search.test_report_}")


def print_candidates(search: BayesSearch) -> None:
    """Print the best candidates in the order of their mean validation scores."""
    results = search.cv_results_
    names = [key for key in results if key.startswith("param_")]
    headings = [name.removeprefix("param_") for name in names]
    print("rank  trial  validation accuracy  " + "  ".join(headings))
    for row in results["rank_test_score"].argsort(kind="stable")[:N_SHOWN]:
        score = f"{results['mean_test_score'][row]:.4f} ± {results['std_test_score'][row]:.4f}"
        values = "  ".join(
            f"{results[name][row]:>{len(heading)}.4g}"
            for name, heading in zip(names, headings, strict=True)
        )
        print(f"{results['rank_test_score'][row]:>4}  {row:>5}  {score:>19}  {values}")


if __name__ == "__main__":
    main()
