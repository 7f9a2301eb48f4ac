"""What the best score is worth: naive, corrected and nested, against thousands of fresh rows.

    python benchmarks/honesty/bias_and_coverage.py             about an hour on two cores
    python benchmarks/honesty/bias_and_coverage.py --quick     a minute: shows that it runs

For each data set and metric, over repeats with new rows: a random search, then

fold truth   mean score of the winner's fold models on fresh rows: what its validation score
             estimates
truth        score of the refitted winner on the same fresh rows: what a user gets
refit        truth less fold truth: the refitted model learnt from more rows
naive        mean of the best validation score less fold truth: its optimism
corrected    mean of corrected_score_ less fold truth, and as a share of the naive optimism
coverage     share of the repeats in which corrected_interval_ holds the truth
nested       mean of nested cross-validation less fold truth; over fewer repeats, as it costs
             five more searches each time

The score of a search is one for all metrics: candidates are fitted once, and judged by
each metric as if it had been the one of `refit`.
"""

from __future__ import annotations

import argparse
import warnings
from dataclasses import replace
from pathlib import Path

import joblib
import numpy as np
from data import CLASSIFICATION, REGRESSION, classifiers, regressors
from sklearn import config_context
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import get_scorer
from threadpoolctl import threadpool_limits

from skhpo import RandomSearch, nested_score
from skhpo._honesty import judge
from skhpo._honesty.choice import draw_choice
from skhpo._honesty.values import build_values

SHARES = (0.5, 0.632, 0.75, 0.8, 0.9)
METRICS = {
    "classification": ["accuracy", "neg_log_loss", "roc_auc"],
    "regression": ["r2", "neg_mean_absolute_error"],
}


def fit(kind, setting, repeat, n_iter, with_nested):
    """One search on new rows: for each metric its evidence, and what is true."""
    warnings.simplefilter("ignore")
    metrics = METRICS[kind]
    X, y, X_fresh, y_fresh = setting.draw(repeat)
    pipeline, space = classifiers() if kind == "classification" else regressors()
    search = RandomSearch(
        pipeline, space, n_iter=n_iter, random_state=repeat, scoring=metrics, refit=metrics[0]
    )
    found = {}
    # Checks of finite numbers are a third of the time of fits as small as these.
    with threadpool_limits(1), config_context(assume_finite=True, skip_parameter_validation=True):
        search.fit(X, y)
        for metric in metrics:
            found[metric] = find_truth(search, metric, X, y, X_fresh, y_fresh)
            if with_nested:
                nested = clone(search).set_params(refit=metric, scoring={metric: metric})
                found[metric]["nested"] = nested_score(nested, X, y).mean_score
    return found


def find_truth(search, metric, X, y, X_fresh, y_fresh):
    """The evidence by one metric, as if `refit` had named it, and the scores on fresh rows."""
    best = int(search.cv_results_[f"rank_test_{metric}"].argmin())
    scorer = get_scorer(metric)
    evidence = replace(search._evidence, metric=metric, scorer=scorer, best=best, refit=metric)
    winner = clone(search.estimator).set_params(**clone(evidence.trials[best].params, safe=False))
    folds = [clone(winner).fit(X[train], y[train]) for train, _ in evidence.splits]
    return {
        "evidence": evidence,
        "naive": search.cv_results_[f"mean_test_{metric}"][best],
        "fold truth": np.mean([scorer(fold, X_fresh, y_fresh) for fold in folds]),
        "truth": scorer(clone(winner).fit(X, y), X_fresh, y_fresh),
    }


def judge_all(results):
    """What the searches say of their best scores, beside the truth."""
    said = []
    for result in results:
        correction = judge(result["evidence"]).correction
        low, high = correction.interval
        values = {key: value for key, value in result.items() if key != "evidence"}
        said.append(values | {"corrected": correction.score, "low": low, "high": high})
    return said


def try_shares(results, shares):
    """For each share of the rows that a draw chooses on: bias by naive optimism, and RMSE's."""
    found = []
    naive = np.array([r["naive"] - r["fold truth"] for r in results])
    errors = np.empty((len(shares), len(results)))
    for position, result in enumerate(results):
        values = build_values(result["evidence"])
        for row, share in enumerate(shares):
            choice = draw_choice(values.V, seed=result["evidence"].seed, share=share)
            errors[row, position] = choice.score - result["fold truth"]
    for row in errors:
        found.append((abs(row.mean() / naive.mean()), rmse(row) / rmse(naive)))
    return found


def fit_all(kind, setting, options):
    """All repeats, from the cache if they are there."""
    path = options.cache and Path(options.cache) / f"{setting.name} {options.candidates}.pkl"
    if path and path.exists():
        return joblib.load(path)
    results = joblib.Parallel(n_jobs=options.n_jobs)(
        joblib.delayed(fit)(kind, setting, repeat, options.candidates, repeat < options.nested)
        for repeat in range(options.repeats)
    )
    if path:
        joblib.dump(results, path.with_suffix(".part"))
        path.with_suffix(".part").rename(path)  # a run that was ended leaves no half a file
    return results


def describe(name, metric, results):
    """One line of the table."""
    column = {key: np.array([r[key] for r in results]) for key in results[0] if key != "nested"}
    nested = np.array([r["nested"] - r["fold truth"] for r in results if "nested" in r])
    naive = column["naive"] - column["fold truth"]
    corrected = column["corrected"] - column["fold truth"]
    share = corrected.mean() / naive.mean()
    error = corrected.std(ddof=1) / np.sqrt(len(corrected)) / abs(naive.mean())
    covers = (column["low"] <= column["truth"]) & (column["truth"] <= column["high"])
    refit = (column["truth"] - column["fold truth"]).mean()
    said = (
        f"{nested.mean():+8.4f} +- {nested.std() / np.sqrt(len(nested)):.4f}" if len(nested) else ""
    )
    label = f"{name:<20} {metric.removeprefix('neg_'):<19}"
    width = (column["high"] - column["low"]).mean()
    print(
        f"{label} {naive.mean():+8.4f} {corrected.mean():+8.4f} {share:+6.2f} +- {error:.2f}  "
        f"{rmse(naive):.4f} {rmse(corrected):.4f}  {covers.mean():6.1%} {width:7.3f} "
        f"{refit:+8.4f}  {said}",
        flush=True,
    )
    return abs(share), error, covers.mean()


def rmse(errors):
    """Root of the mean squared error."""
    return np.sqrt((errors**2).mean())


def main():
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="few repeats of few settings")
    parser.add_argument("--repeats", type=int, default=100)
    parser.add_argument("--nested", type=int, default=5, help="repeats of nested too")
    parser.add_argument("--candidates", type=int, default=60)
    parser.add_argument("--n-jobs", type=int, default=2)
    parser.add_argument("--only", default="", help="settings whose names contain this")
    parser.add_argument("--shares", action="store_true", help="try other shares drawn too")
    parser.add_argument("--cache", help="folder that keeps fits, to judge them again")
    options = parser.parse_args()
    settings = [("classification", s) for s in CLASSIFICATION]
    settings += [("regression", s) for s in REGRESSION]
    if options.quick:
        options.repeats, options.nested, options.candidates = 4, 1, 15
        settings = [settings[0], settings[-1]]
    warnings.simplefilter("ignore", ConvergenceWarning)
    print(f"{options.candidates} candidates, 5 folds, {options.repeats} repeats ({options.nested})")
    print(
        f"{'data, rows':<20} {'metric':<19} {'naive':>8} {'corrected':>8} share of naive  "
        "rmse of both   covers   width    refit   nested"
    )
    shares, errors, coverages, tried = [], [], [], []
    for kind, setting in settings:
        if options.only not in setting.name:
            continue
        results = fit_all(kind, setting, options)
        for metric in METRICS[kind]:
            said = judge_all([result[metric] for result in results])
            share, error, coverage = describe(setting.name, metric, said)
            shares.append(share)
            errors.append(error)
            if options.shares:
                tried.append(try_shares([result[metric] for result in results], SHARES))
            coverages.append(coverage)
    beyond = np.array(shares) - 2 * np.array(errors) > 0.25
    print(
        f"corrected bias: median {np.median(shares):.2f} of the naive optimism, at most a quarter "
        f"in {np.sum(np.array(shares) <= 0.25)} of {len(shares)} rows, more by two standard "
        f"errors in {beyond.sum()}"
    )
    for share, column in zip(SHARES, np.array(tried).swapaxes(0, 1) if tried else [], strict=False):
        bias, error = column.T
        print(
            f"share drawn {share}: |bias| by naive optimism, mean {bias.mean():.2f}, largest "
            f"{bias.max():.2f}; rmse by naive {error.mean():.2f}"
        )
    print(f"coverage: {min(coverages):.1%} to {max(coverages):.1%}")


if __name__ == "__main__":
    main()
