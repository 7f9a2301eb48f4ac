"""How long `search.report` takes, and how large its page is.

    python benchmarks/report.py --quick

Searches of a decision tree with four parameters, of so many trials; the page is written once
more by a search without matplotlib's pictures, to tell what they take.
"""

from __future__ import annotations

import argparse
import tempfile
import time
import warnings
from pathlib import Path
from unittest import mock

import numpy as np
from sklearn.tree import DecisionTreeClassifier

from skhpo import Float, Int, RandomSearch
from skhpo._report import file

SPACE = {
    "max_depth": Int(1, 20),
    "min_samples_leaf": Int(1, 50, log=True),
    "min_impurity_decrease": Float(1e-6, 0.1, log=True),
    "criterion": ["gini", "entropy"],
}


def make_data(n: int = 300) -> tuple[np.ndarray, np.ndarray]:
    """Rows of five numbers, of which two decide the class, with noise."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n, 5))
    return X, (X[:, 0] * X[:, 1] + rng.normal(scale=0.5, size=n) > 0).astype(int)


def seconds_of(function: object) -> float:
    """Processor time of a call."""
    started = time.process_time()
    function()
    return time.process_time() - started


def measure(n_trials: int, folder: Path) -> None:
    """Print one line of the table."""
    search = RandomSearch(
        DecisionTreeClassifier(random_state=0), SPACE, n_iter=n_trials, random_state=0
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        search.fit(*make_data())
    path = folder / "report.html"
    correction = seconds_of(lambda: search.correction_)
    whole = seconds_of(lambda: search.report(path))
    size = path.stat().st_size
    with mock.patch.object(file, "draw_pictures", return_value=[]):
        words = seconds_of(lambda: search.report(path))
    shown = seconds_of(search._repr_html_)
    print(
        f"{n_trials:>6}  {search.search_time_:>8.1f}  {correction:>10.2f}  {whole:>8.2f}  "
        f"{words:>16.2f}  {shown:>8.3f}  {size / 1e6:>4.1f}",
        flush=True,
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a small search alone")
    quick = parser.parse_args().quick
    print(
        "seconds of one processor, of the search by the clock; the first report imports matplotlib"
    )
    print("trials    search  correction    report  without pictures  notebook    MB")
    with tempfile.TemporaryDirectory() as folder:
        for n_trials in (30,) if quick else (30, 100, 300, 1000):
            measure(n_trials, Path(folder))


if __name__ == "__main__":
    main()
