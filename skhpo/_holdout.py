"""The guard of a test set: it is scored once, or not at all.

A `TestSet` belongs to one fit of one search. Copies of the search, pickled ones too,
share it: within a process there is one object for each key, so that what one copy
spends is spent for all; a file carries the state it had when it was written.

spent     scored, with the score handed out; nothing else spends it
record    what is kept of a spent test set: fingerprints and the report, never rows
past      test sets of earlier fits of the same search, and what the ledger knows

A score is a transaction under the test set's lock: check, score, record. Whatever is
raised before the record, an interrupt or a warning turned into an error too, leaves the
test set as it was. With a ledger, which processes share, all of it happens under the
ledger's lock, and its commit is the last step that can fail.
"""

from __future__ import annotations

import os
import threading
import uuid
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from typing import Any
from weakref import WeakValueDictionary

import numpy as np

from skhpo._fingerprint import Fingerprints, column_names, in_order, row_fingerprints
from skhpo._held_out import HeldOut, ScoreCalls, choose_rows
from skhpo._ledger import Entry, LedgerFile, Transaction, hold
from skhpo._ledger_record import LedgerRecord
from skhpo._overlap import count_overlap
from skhpo._spent import (
    PROCESS,
    Found,
    Record,
    check_past,
    check_seen,
    describe_doubts,
    find_spent,
    now,
    spent_error,
)
from skhpo._test_report import Interval, TestReport, bootstrap_interval
from skhpo._user_warning import warn
from skhpo.exceptions import LeakageWarning

__all__ = [
    "HeldOut",
    "Interval",
    "TestReport",
    "TestSet",
    "bootstrap_interval",
]


class TestSet:
    """The test set of one fit: rows set aside, or passed later, that are scored once.

    `begin` makes one at each fit. A copy, a deep one too, is the object itself; an
    unpickled one is the living object of the same key, if there is one.

    Parameters
    ----------
    key : str
        Identity, the same in copies and files.
    state : dict of str to object
        What a file carries, as `begin` makes it.
    """

    # pytest collects classes whose name begins with "Test".
    __test__ = False

    def __init__(self, key: str, state: Mapping[str, Any]) -> None:
        self._key = key
        self._by: str = state["by"]
        self._estimator: str = state["estimator"]
        self._ledger: str | None = state["ledger"]
        self._use = key
        self._development: Fingerprints = state["development"]
        self._columns: list[Any] | None = state["columns"]
        self._held_out: HeldOut | None = state["held_out"]
        # A test set that was unspent at this fit may still be spent by a copy.
        self._past: dict[str, Record | None] = state["past"]
        self._record: Record | None = state["record"]
        self._score_calls: ScoreCalls = state["score_calls"]
        self._lock = threading.RLock()

    @classmethod
    def begin(
        cls,
        previous: TestSet | None,
        X_development: Any,
        *,
        held_out: HeldOut | None = None,
        by: str = "a search",
        estimator: str = "",
        ledger: str | os.PathLike[str] | None = None,
    ) -> TestSet:
        """Begin a fit, which may score a test set once.

        Parameters
        ----------
        previous : TestSet or None
            What the same search had from its last fit.
        X_development : array-like of n_development rows
            All the rows that the search sees; only fingerprints are kept.
        held_out : HeldOut or None
            Rows set aside, which are then the only ones that can be scored.
        by : str
            What warnings and the ledger call the search: its class.
        estimator : str, default=""
            What the ledger calls its estimator.
        ledger : str, path-like or None, default=None
            The ledger's file.

        Returns
        -------
        test_set : TestSet
        """
        past: dict[str, Record | None] = {}
        if previous is not None:
            past = {**previous._past_records(), previous._key: previous._record}
        state = {
            "by": by,
            "estimator": estimator,
            # Absolute: the search may be scored in another working directory.
            "ledger": None if ledger is None else LedgerFile(ledger).path,
            "development": np.sort(row_fingerprints(X_development)),
            "columns": column_names(X_development),
            "held_out": held_out,
            "past": past,
            "record": None,
            "score_calls": ScoreCalls(),
        }
        return _find_or_make(uuid.uuid4().hex, state)

    @property
    def is_spent(self) -> bool:
        """Whether the score was handed out."""
        return self._record is not None

    @property
    def report(self) -> TestReport | None:
        """The report of the score; None before."""
        return self._record.report if self._record is not None else None

    @property
    def held_out(self) -> HeldOut | None:
        """The rows set aside; None if there were none, and once they are spent."""
        return self._held_out

    def check_unspent(self) -> None:
        """Raise if the score was handed out.

        Raises
        ------
        TestSetSpentError
            Saying when, and what the score was.
        """
        if self._record is not None:
            raise spent_error(self._record)

    def choose_rows(
        self, X: Any = None, y: Any = None, params: Mapping[str, Any] | None = None
    ) -> HeldOut:
        """Settle which rows are the test set, as `choose_rows` of the module does.

        Raises
        ------
        TestSetSpentError
            If the test set was scored before.
        ValueError
            If rows are passed although others were set aside, or none although none were.
        """
        self.check_unspent()
        return choose_rows(self._held_out, X, y, params or {})

    def score_once(self, X: Any, compute: Callable[[], TestReport]) -> TestReport:
        """Score the test set: check, compute, record.

        Parameters
        ----------
        X : array-like of n_test rows
            The rows that `compute` scores.
        compute : callable
            Returns the report. If it raises, nothing is spent.

        Returns
        -------
        report : TestReport
            With time and overlap filled in.

        Raises
        ------
        TestSetSpentError
            If the test set was scored before, or half of these rows at an earlier fit or
            by a search that shares the ledger.
        TrainTestOverlapError
            If half of the rows or more are development rows.
        OSError, ValueError
            If the ledger cannot be used.

        Warns
        -----
        UserWarning
            If another process scores by the same ledger, and this one waits for it.
        LeakageWarning
            Of fewer such rows, and of rows that were scored otherwise in this process.
            Given after computing, when there is a score to be wary of, and before
            recording, so that a warning made an error spends nothing.
        """
        with self._lock:
            self.check_unspent()
            # As the search saw them: whoever picks columns by name may have moved them.
            rows = np.sort(row_fingerprints(in_order(X, self._columns)))
            seen = count_overlap(rows, self._development)
            check_seen(seen)
            with self._hold_ledger() as ledger:
                entries = ledger.entries if ledger is not None else []
                past = self._find_past(rows, entries)
                check_past(past)
                report = compute()
                with PROCESS.lock:
                    self.check_unspent()  # `compute` may have scored a copy
                    known = [self._key, *self._past, *(entry.key for entry in entries)]
                    other = find_spent(rows, PROCESS.others(known), self._development)
                    for doubt in describe_doubts(seen, past, other):
                        warn(doubt, LeakageWarning)
                    report = replace(
                        report,
                        scored_at=now(),
                        overlap=seen,
                        score_calls=self._score_calls.counts,
                    )
                    # What can fail comes before what spends.
                    if ledger is not None:
                        ledger.commit(self._make_entry(rows, report))
                    self._spend(Record(rows, self._by, report.scored_at, report.score, report))
        return report

    def share_use(self, use: str) -> None:
        """Make the score a part of a use that other test sets belong to.

        Parameters
        ----------
        use : str
            Identity of the use; the ledger lets its other scores pass.
        """
        self._use = use

    def note_score(self, X: Any) -> None:
        """Note that ``score`` was called, in case it saw rows set aside; it never fails.

        Parameters
        ----------
        X : array-like
            The rows that it was called with.
        """
        held_out = self._held_out
        if held_out is not None:
            self._score_calls = self._score_calls.add(X, held_out, self._development)

    def find_early(self) -> Found | None:
        """Find rows set aside that the ledger knows, before a search is made for nothing.

        Returns
        -------
        found : (Overlap, Record) or None
            As `find_spent` has it; None without a ledger or rows set aside.
        """
        if self._ledger is None or self._held_out is None:
            return None
        return self._find_past(self._held_out.fingerprints, LedgerFile(self._ledger).read())

    def _hold_ledger(self) -> AbstractContextManager[Transaction | None]:
        """The ledger's lock; None without a ledger."""
        if self._ledger is None:
            return nullcontext()
        return hold(self._ledger, self._by)

    def _find_past(self, rows: Fingerprints, entries: list[Entry]) -> Found | None:
        """Rows that were scored at earlier fits, or by other uses of the ledger."""
        records = {}
        for entry in entries:
            told = entry.record
            by = f"{told.search} of {told.estimator}" if told.estimator else told.search
            record = Record(entry.rows, by, told.scored_at, told.score)
            if entry.key == self._key:
                raise spent_error(record)  # by a copy, in another process
            if told.use != self._use:
                records[entry.key] = record
        records |= self._past_records()
        return find_spent(rows, records.values(), self._development)

    def _make_entry(self, rows: Fingerprints, report: TestReport) -> Entry:
        """What the ledger keeps."""
        record = LedgerRecord(
            use=self._use,
            search=self._by,
            estimator=self._estimator,
            metric=report.scoring or report.metric,
            n_rows=report.n_rows,
            scored_at=report.scored_at,
            score=float(report.score),
        )
        return Entry(self._key, record, rows)

    def _spend(self, record: Record) -> None:
        """Keep the record, in the process too, and drop the rows."""
        self._record = record
        self._held_out = None
        PROCESS.keep(self._key, record)

    def _past_records(self) -> dict[str, Record]:
        """The records of earlier fits' test sets, of those that are spent by now."""
        records = {key: record or PROCESS.get(key) for key, record in self._past.items()}
        return {key: record for key, record in records.items() if record is not None}

    def __copy__(self) -> TestSet:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> TestSet:
        return self

    def __reduce__(self) -> tuple[Callable[..., TestSet], tuple[str, dict[str, Any]]]:
        state = {
            "by": self._by,
            "estimator": self._estimator,
            "ledger": self._ledger,
            "development": self._development,
            "columns": self._columns,
            "held_out": self._held_out,
            "past": self._past,
            "record": self._record,
            "score_calls": self._score_calls,
        }
        return _find_or_make, (self._key, state)


# One object for each key ------------------------------------------------------------------

_LIVING: WeakValueDictionary[str, TestSet] = WeakValueDictionary()


def _find_or_make(key: str, state: dict[str, Any]) -> TestSet:
    """The process's test set of this key, spent if it is spent here or in `state`."""
    with PROCESS.lock:
        test_set = _LIVING.setdefault(key, TestSet(key, state))
        record = state["record"] or PROCESS.get(key)
        if record is not None:
            test_set._spend(test_set._record or record)
        return test_set


def _renew_locks() -> None:
    """Forget who holds the locks: after a fork, no thread of the parent is there."""
    PROCESS.lock = threading.RLock()
    for test_set in list(_LIVING.values()):
        test_set._lock = threading.RLock()


if hasattr(os, "register_at_fork"):  # not on Windows, which does not fork
    os.register_at_fork(after_in_child=_renew_locks)
