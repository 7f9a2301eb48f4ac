"""How a corrected score was found: a value, with words for people."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, repr=False)
class Correction:
    """How `corrected_score_` was found, or why it was not.

    Parameters
    ----------
    score : float
        The corrected score: what the refitted winner is expected to score on fresh rows.
    interval : tuple of two floats
        Its confidence interval of level 0.95.
    optimism : float
        The winner's mean validation score less `score`.
    method : str
        In words.
    why : str
        Why there is none, in a sentence; empty if there is one.
    n_draws : int
        Times that the choice was drawn again.
    n_rows : int
        Validation rows that it rests on.
    n_units : int
        What was drawn: rows, groups, or rows put together.
    n_candidates : int
        Candidates among which the draws choose.
    n_left_out : int
        Candidates that they do not look at: without predictions, or for the budget.

    See Also
    --------
    GridSearch : Has it as `correction_`.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from skhpo import GridSearch
    >>> X, y = load_iris(return_X_y=True)
    >>> search = GridSearch(SVC(), {"C": [0.1, 1, 10]}).fit(X, y)
    >>> search.correction_.n_candidates
    3
    >>> bool(search.corrected_score_ <= search.best_score_)
    True
    """

    score: float = float("nan")
    interval: tuple[float, float] = (float("nan"), float("nan"))
    optimism: float = float("nan")
    method: str = ""
    why: str = ""
    n_draws: int = 0
    n_rows: int = 0
    n_units: int = 0
    n_candidates: int = 0
    n_left_out: int = 0

    def __repr__(self) -> str:
        if self.why:
            return f"no corrected score: {self.why}"
        low, high = self.interval
        lines = [
            f"corrected score {self.score:.4g}, 95% interval {low:.4g} to {high:.4g}",
            f"  optimism of the best score: {self.optimism:.4g}",
            f"  {self.method}",
            f"  {self.n_draws} draws, {self.n_rows} validation rows, "
            f"{self.n_candidates} candidates",
        ]
        if self.n_left_out:
            lines[-1] += f", {self.n_left_out} more left out"
        return "\n".join(lines)
