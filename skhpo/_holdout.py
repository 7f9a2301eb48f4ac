"""The guard of a test set: it is scored once, or not at all.

A `TestSet` belongs to one fit of one search. Copies of the search, pickled ones too,
share it: within a process there is one object for each key, so that what one copy
spends is spent for all; a file carries the state it had when it was written.

spent     scored, with the score handed out; nothing else spends it
record    what is kept of a spent test set: fingerprints and the report, never rows
past      test sets of earlier fits of the same search

A score is a transaction under the test set's lock: check, score, record. Whatever is
raised before the record, an interrupt or a warning turned into an error too, leaves the
test set as it was. A ledger shared by processes checks where the past is checked, and
records where this process does.
"""

from __future__ import annotations

import os
import threading
import uuid
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from weakref import WeakValueDictionary

import numpy as np

from skhpo._fingerprint import Fingerprints, row_fingerprints
from skhpo._overlap import count_overlap
from skhpo._spent import (
    PROCESS,
    Record,
    check_rows,
    describe_doubts,
    find_spent,
    now,
    register_spent,
)
from skhpo._test_report import Interval, TestReport, bootstrap_interval
from skhpo.exceptions import LeakageWarning, TestSetSpentError

__all__ = [
    "HeldOut",
    "Interval",
    "TestReport",
    "TestSet",
    "bootstrap_interval",
    "register_spent",
]


@dataclass(frozen=True)
class HeldOut:
    """Test rows, as they were given.

    Parameters
    ----------
    X, y : array-like of n_test rows
        The rows; `y` may be None.
    params : dict of str to object
        Parameters of scoring, those with one entry a row cut to these rows.
    groups : array-like of shape (n_test,), or None
        Rows of one group are drawn together for the interval.
    """

    X: Any
    y: Any = None
    params: Mapping[str, Any] = field(default_factory=dict)
    groups: Any = None


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
        self._development: Fingerprints = state["development"]
        self._held_out: HeldOut | None = state["held_out"]
        # A test set that was unspent at this fit may still be spent by a copy.
        self._past: dict[str, Record | None] = state["past"]
        self._record: Record | None = state["record"]
        self._lock = threading.RLock()

    @classmethod
    def begin(
        cls,
        previous: TestSet | None,
        X_development: Any,
        *,
        held_out: HeldOut | None = None,
        by: str = "a search",
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
            What warnings call the search: its class.

        Returns
        -------
        test_set : TestSet
        """
        past: dict[str, Record | None] = {}
        if previous is not None:
            past = {**previous._past_records(), previous._key: previous._record}
        state = {
            "by": by,
            "development": np.sort(row_fingerprints(X_development)),
            "held_out": held_out,
            "past": past,
            "record": None,
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
            raise TestSetSpentError(
                f"This search's test set was spent {self._record}. It is scored once for each "
                "fit, because whoever chooses by a second score has made it a validation set; "
                "`test_report_` keeps the result, skhpo.compare compares searches on one test "
                "set, and a new fit may score rows that were not scored before."
            )

    def choose_rows(
        self, X: Any = None, y: Any = None, params: Mapping[str, Any] | None = None
    ) -> HeldOut:
        """Settle which rows are the test set: those set aside, or else those passed.

        Parameters
        ----------
        X, y : array-like of n_test rows, or None
            Rows that the user passed.
        params : dict of str to object, or None
            Parameters of scoring that the user passed.

        Returns
        -------
        rows : HeldOut
            The rows; parameters of rows set aside are joined by those passed.

        Raises
        ------
        TestSetSpentError
            If the test set was scored before.
        ValueError
            If rows are passed although others were set aside, or none although none were.
        """
        self.check_unspent()
        passed = dict(params or {})
        if self._held_out is None:
            if X is None:
                raise ValueError(
                    "`score_test` needs test rows, and fit has set none aside, got "
                    "score_test() without rows; pass them, score_test(X_test, y_test), or give "
                    "the search test_size=0.2, fit it, and call score_test()."
                )
            return HeldOut(X, y, passed)
        names = [name for name, value in (("X_test", X), ("y_test", y)) if value is not None]
        names += sorted(passed.keys() & self._held_out.params.keys())
        if names:
            raise ValueError(
                "`score_test` takes no rows when fit has set rows aside, as these and their "
                f"weights and groups are the test set, got {', '.join(names)}; call "
                "score_test(), or fit without `test_size` and `test_split` to pass your own."
            )
        return replace(self._held_out, params={**self._held_out.params, **passed})

    def score_once(
        self, X: Any, compute: Callable[[], TestReport], *, stacklevel: int = 3
    ) -> TestReport:
        """Score the test set: check, compute, record.

        Parameters
        ----------
        X : array-like of n_test rows
            The rows that `compute` scores.
        compute : callable
            Returns the report. If it raises, nothing is spent.
        stacklevel : int, default=3
            Of the warnings; 3 is the caller of the caller.

        Returns
        -------
        report : TestReport
            With time and overlap filled in.

        Raises
        ------
        TestSetSpentError
            If the test set was scored before, or half of these rows at an earlier fit.
        TrainTestOverlapError
            If half of the rows or more are development rows.

        Warns
        -----
        LeakageWarning
            Of fewer such rows, and of rows that were scored otherwise in this process.
            Given after computing, when there is a score to be wary of, and before
            recording, so that a warning made an error spends nothing.
        """
        with self._lock:
            self.check_unspent()
            rows = np.sort(row_fingerprints(X))
            seen = count_overlap(rows, self._development)
            past = find_spent(rows, self._past_records().values(), self._development)
            check_rows(seen, past)
            report = compute()
            with PROCESS.lock:
                self.check_unspent()  # `compute` may have scored a copy
                others = PROCESS.others([self._key, *self._past])
                other = find_spent(rows, others, self._development)
                for doubt in describe_doubts(seen, past, other):
                    warnings.warn(doubt, LeakageWarning, stacklevel=stacklevel)
                report = replace(report, scored_at=now(), overlap=seen)
                self._spend(Record(rows, self._by, report.scored_at, report))
        return report

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
            "development": self._development,
            "held_out": self._held_out,
            "past": self._past,
            "record": self._record,
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
