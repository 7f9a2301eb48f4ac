"""Candidates and the results of their folds, by number, while a study runs."""

from __future__ import annotations

from skhpo._racing import Race, Verdict
from skhpo._trial import Candidate, FoldResult, FoldTask, Status, Trial


class Record:
    """What a study has asked and what came back.

    Parameters
    ----------
    n_folds : int
        Folds of each candidate.
    race : Race or None
        Which candidates have been stopped; None stops none.

    Attributes
    ----------
    candidates : list of Candidate
        By number.
    """

    def __init__(self, n_folds: int, race: Race | None = None) -> None:
        self.candidates: list[Candidate] = []
        self._n_folds = n_folds
        self._race = race
        self._results: list[list[FoldResult | None]] = []

    def __len__(self) -> int:
        return len(self.candidates)

    def add(self, candidate: Candidate) -> None:
        """Give a candidate the next number."""
        self.candidates.append(candidate)
        self._results.append([None] * self._n_folds)

    def forget_from(self, number: int) -> None:
        """Forget the candidates from a number on: none of their folds was begun."""
        del self.candidates[number:], self._results[number:]

    def store(self, task: FoldTask, result: FoldResult) -> None:
        """Keep a fold's result."""
        self._results[task.number][task.fold] = result

    def verdict(self, number: int) -> Verdict | None:
        """Why the race has stopped a candidate; None if it has not."""
        return None if self._race is None else self._race.stopped.get(number)

    def is_decided(self, number: int) -> bool:
        """Whether all folds of a candidate have finished, or the race has stopped it."""
        if self._race is not None:
            return self._race.is_decided(number)
        return None not in self._results[number]

    def is_complete(self, number: int) -> bool:
        """Whether all folds of a candidate have finished without failure."""
        return judge(tuple(self._results[number]), "")[0] == "complete"

    def is_missing(self, number: int, fold: int) -> bool:
        """Whether a fold of a candidate has not finished."""
        return self._results[number][fold] is None

    def missing_folds(self, number: int) -> list[int]:
        """Folds of a candidate that have not finished."""
        return [fold for fold, result in enumerate(self._results[number]) if result is None]

    def nearest_to_complete(self) -> int | None:
        """Candidate that lacks the fewest folds, of those of which none has failed."""
        missing = {
            number: folds.count(None)
            for number, folds in enumerate(self._results)
            if not any(fold is not None and (fold.error or fold.score_error) for fold in folds)
        }
        return min(missing, key=lambda number: (missing[number], number), default=None)

    def trial(self, number: int) -> Trial:
        """Assemble a trial."""
        candidate, folds = self.candidates[number], tuple(self._results[number])
        verdict = self.verdict(number)
        status, why = judge(folds, "" if verdict is None else verdict.why)
        return Trial(number, candidate.params, candidate.origin, folds, status, why)


def told_metric(trial: Trial, wanted: str | None = None) -> str:
    """The metric that is wanted; a single one is called "score", whatever `refit` calls it."""
    by_name = next((f.test_scores for f in trial.folds if f is not None and f.test_scores), {})
    return name_metric(by_name, wanted)


def name_metric(scores: dict[str, float], wanted: str | None) -> str:
    """Name among scores by metric; "score" where there is none."""
    return wanted if wanted in scores else next(iter(scores), "score")


def judge(folds: tuple[FoldResult | None, ...], why_stopped: str) -> tuple[Status, str]:
    """Status of a trial and its reason; `why_stopped` is that of the race."""
    missing = folds.count(None)
    problems = [fold.error or fold.score_error for fold in folds if fold is not None]
    failed = [problem for problem in problems if problem]
    if missing and not (failed and why_stopped):
        return "stopped", why_stopped or f"{missing} of {len(folds)} folds were not finished"
    if not failed:
        return "complete", ""
    last_line = failed[0].strip().splitlines()[-1]
    is_timed_out = any(fold.timed_out for fold in folds if fold is not None)
    status: Status = "timed_out" if is_timed_out else "failed"
    return status, f"{len(failed)} of {len(folds)} folds failed: {last_line}"
