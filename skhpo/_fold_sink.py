"""Where a fold's result goes: into the journal, the record, the race, and to its readers."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from skhpo._journal import Journal
from skhpo._racing import Race
from skhpo._record import Record, name_metric
from skhpo._trial import FoldResult, FoldTask


@dataclass
class FoldSink:
    """Keeps results.

    Parameters
    ----------
    record : Record
        The trials so far.
    journal : Journal or None
        Where folds are written down.
    race : Race or None
        Learns from each score.
    keep_responses : callable or None
        ``keep_responses(result)``: takes what estimators answered to the scorer.
    metric : str or None
        The metric that decides a race; None for the only or the first one.
    failure_score : float
        Score of a failed fold in a race.
    """

    record: Record
    journal: Journal | None = None
    race: Race | None = None
    keep_responses: Callable[[FoldResult], None] | None = None
    metric: str | None = None
    failure_score: float = math.nan

    def store(self, task: FoldTask, result: FoldResult, *, is_new: bool = True) -> None:
        """Keep a fold's result; one of the journal is not written down again."""
        if self.journal is not None and is_new:
            self.journal.add(result)
        if self.keep_responses is not None:
            self.keep_responses(result)
        self.record.store(task, result.without_responses())
        if self.race is not None:
            self.race.learn(task.number, task.fold, self._race_score(result))

    def _race_score(self, result: FoldResult) -> float:
        """Score of a fold by the metric that decides."""
        scores = result.test_scores or {}
        return scores.get(name_metric(scores, self.metric), self.failure_score)
