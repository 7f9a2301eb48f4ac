"""What may be known before a candidate is asked, and who is told it.

Lag k lets candidate n know of exactly the trials up to n - k, in their order: what a
strategy is told, and what a stopping rule sees, never depends on which worker finished
first. Only an unseeded strategy that learns is told at once of whatever has finished.
"""

from __future__ import annotations

import math
from dataclasses import replace

from skhpo._fold_noise import FoldNoise
from skhpo._record import Record, judge, told_metric
from skhpo._stopping import StoppingRule
from skhpo._strategy import Strategy
from skhpo._trial import Status, Trial


class Knowledge:
    """Tells the strategy and asks the stopping rule, in time for each candidate.

    Parameters
    ----------
    strategy : Strategy
        Who is told.
    rule : StoppingRule or None
        Who may end the study.
    record : Record
        What has come back.
    n_folds, lag : int
        See `Study`.
    is_seeded : bool
        Whether results must not depend on timing.
    metric : str or None
        The metric that is told; None for the only or the first one.
    """

    def __init__(
        self,
        strategy: Strategy,
        rule: StoppingRule | None,
        record: Record,
        *,
        n_folds: int,
        lag: int,
        is_seeded: bool,
        metric: str | None,
    ) -> None:
        self._strategy = strategy
        self._rule = rule
        self._record = record
        self._n_folds = n_folds
        self._lag = lag
        self._is_in_order = is_seeded or not strategy.learns
        self._metric = metric
        self._n_told = 0
        self._told: set[int] = set()
        self._noise = FoldNoise()
        self._seen: list[Trial] = []

    def allows(self, number: int) -> bool:
        """Tell what may be known before candidate `number`; whether that is enough."""
        if not self._strategy.learns and self._rule is None:
            return True
        if self._is_in_order:
            return self.tell_first(number - self._lag + 1)
        finished = [n for n in range(number) if self._record.is_decided(n)]
        for trial in finished:
            self._tell(trial)
        return number - len(finished) < self._lag

    def tell_first(self, n_trials: int) -> bool:
        """Tell the first `n_trials` in order; False at the first unfinished one."""
        while self._n_told < n_trials:
            if not self._record.is_decided(self._n_told):
                return False
            self._tell(self._n_told)
            self._n_told += 1
        return True

    def why_stop(self, number: int) -> str | None:
        """Why the rule ends the study before candidate `number`; None if it does not.

        It is asked once for each number of trials, and sees those that the candidate may know
        of. What was asked already is finished: no worker's speed says which trials there are.
        """
        if self._rule is None:
            return None
        n_known = number - self._lag + 1 if self._is_in_order else number
        while len(self._seen) < n_known and self._record.is_decided(len(self._seen)):
            self._seen.append(self._as_decided(len(self._seen)))
            why = self._rule.should_stop(tuple(self._seen))
            if why is not None:
                return why
        return None

    def _as_decided(self, number: int) -> Trial:
        """Trial as it was decided, without folds of a stopped one that were running still."""
        verdict, trial = self._record.verdict(number), self._record.trial(number)
        if verdict is None:
            return trial
        n_used = round(verdict.share * self._n_folds)
        folds = trial.folds[:n_used] + (None,) * (self._n_folds - n_used)
        status, why = judge(folds, verdict.why)
        return replace(trial, folds=folds, status=status, why=why)

    def _tell(self, number: int) -> None:
        """Tell one finished trial, once."""
        if number in self._told:
            return
        self._told.add(number)
        candidate, verdict = self._record.candidates[number], self._record.verdict(number)
        status: Status
        if verdict is not None:
            status = "failed" if math.isnan(verdict.score) else "stopped"
            self._strategy.tell(
                candidate, verdict.score, noise=verdict.noise, status=status, budget=verdict.share
            )
            return
        trial = self._record.trial(number)
        status = trial.status
        metric = told_metric(trial, self._metric)
        has_scores = status == "complete"
        score = trial.mean_score(metric) if has_scores else math.nan
        noise = None
        if self._strategy.learns:
            noise = self._noise.add(trial.fold_scores(metric) if has_scores else ())
        self._strategy.tell(candidate, score, noise=noise, status=status)
