"""How many rounds the winner gets when it is fitted on all rows, without validation rows.

With n rows boosting needs about n / m times the rounds that were best with m of them: a rule
of thumb of competitors [1]_, and of five rules the one with the least loss on fresh rows in
``benchmarks/early_stopping.py``, or within the error of the least. A network's epoch grows
with the rows already: the number of passes stays [2]_.

References
----------
.. [1] https://stats.stackexchange.com/questions/453570
.. [2] I. Goodfellow, Y. Bengio, A. Courville, "Deep Learning", 2016, section 7.8,
   algorithm 7.2.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from skhpo._eval_set.libraries import is_stopping_callback
from skhpo._eval_set.stopper import find_stopper


@dataclass(frozen=True)
class Rounds:
    """Rounds that were best in the folds of one candidate.

    Parameters
    ----------
    best : tuple of int or None
        By fold; None where a fold failed.
    n_fitted : tuple of int
        Training rows by fold, without those that decided when to stop.
    """

    best: tuple[int | None, ...]
    n_fitted: tuple[int, ...]

    def expected(self, n_rows: int, *, by_rows: bool) -> int | None:
        """Mean over folds, scaled to a number of rows; None if no fold has told."""
        scaled = [
            best * (n_rows / n if by_rows else 1.0)
            for best, n in zip(self.best, self.n_fitted, strict=True)
            if best is not None
        ]
        return max(1, round(sum(scaled) / len(scaled))) if scaled else None


def set_rounds(estimator: Any, rounds: Rounds, n_rows: int) -> None:
    """Let an unfitted candidate fit so many rounds, with early stopping off.

    Parameters
    ----------
    estimator : estimator
        Its model's parameters are set.
    rounds : Rounds
        What was best in its folds.
    n_rows : int
        Rows that it will be fitted on.
    """
    stopper = find_stopper(estimator)
    n_rounds = rounds.expected(n_rows, by_rows=stopper.library.by_rows)
    stopper.library.finish(stopper.model, n_rounds)


def without_stopping(fit_params: dict[str, Any]) -> dict[str, Any]:
    """Keyword arguments of ``fit`` without those that make it stop early."""
    kept = {}
    for name, value in fit_params.items():
        own = name.rpartition("__")[2]
        if own == "early_stopping_rounds":
            continue
        is_list = own == "callbacks" and isinstance(value, Sequence)
        kept[name] = [c for c in value if not is_stopping_callback(c)] if is_list else value
    return kept
