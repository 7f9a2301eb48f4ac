"""Which rows were spent: the records that a process keeps, and what they mean for others.

A record holds fingerprints and the report, never rows. A process keeps the record of
every test set that is spent in it or arrives spent in a file, so that a copy which was
written before is spent too when it is read after, whether or not the original lives.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np

from skhpo._fingerprint import Fingerprints
from skhpo._overlap import LEVEL, Overlap, count_overlap
from skhpo._test_report import TestReport
from skhpo.exceptions import TestSetSpentError, TrainTestOverlapError

Found = tuple[Overlap, "Record"]

# Fingerprints kept to warn other searches: 64 MB, and as many sets as are compared in
# about a second. Past that the oldest lose theirs, and stay spent.
_MAX_ROWS_KEPT = 8_000_000
_MAX_SETS_KEPT = 500


@dataclass(frozen=True)
class Record:
    """What is kept of a spent test set.

    Parameters
    ----------
    rows : ndarray of uint64, shape (n_test,)
        Sorted fingerprints of its rows; empty where they were given up.
    by : str
        What scored it: the class of a search.
    when : str
        When it was spent, in UTC, as ISO 8601 has it.
    score : float
        The score that was handed out.
    report : TestReport or None
        What belongs to it; None for what a ledger knows.
    """

    rows: Fingerprints
    by: str
    when: str
    score: float
    report: TestReport | None = None

    def __str__(self) -> str:
        return f"on {self.when} by {self.by}: the score was {self.score!r}"


def now() -> str:
    """The time in UTC, as ISO 8601 has it, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def find_spent(
    rows: Fingerprints, records: Iterable[Record], development: Fingerprints
) -> Found | None:
    """Find the records whose rows are scored again.

    Parameters
    ----------
    rows : ndarray of uint64, shape (n_test,)
        Fingerprints of the rows to be scored.
    records : iterable of Record
        What was spent before.
    development : ndarray of uint64, shape (n_development,)
        Fingerprints of the rows that tell of the data's own duplication.

    Returns
    -------
    found : (Overlap, Record) or None
        The greatest significant overlap, with one record or all together, and the
        record with most of the rows. None if there is none.
    """
    hits = [(int(np.isin(rows, record.rows).sum()), record) for record in records]
    hits = [(n, record) for n, record in hits if n]
    if not hits:
        return None
    # Together they show what each alone is too small to; one by one, what draws of the
    # same rows again and again would hide, as they look like duplication.
    sets = [record.rows for _, record in hits]
    sets += [np.concatenate(sets)] if len(sets) > 1 else []
    overlaps = [count_overlap(rows, spent, _without(development, spent)) for spent in sets]
    # The level is that of all tests together: a ledger may hold hundreds.
    level = LEVEL / len(overlaps)
    overlaps = [overlap for overlap in overlaps if overlap.p_value <= level]
    if not overlaps:
        return None
    _, most = max(hits, key=lambda hit: hit[0])
    return max(overlaps, key=lambda overlap: overlap.n_excess), most


def _without(rows: Fingerprints, taken: Fingerprints) -> Fingerprints:
    """Rows but for one copy of each that is taken.

    After another division of the same data, most of the rows spent before are
    development rows: the very rows, not duplicates of them.
    """
    values, counts = np.unique(rows, return_counts=True)
    known, n_taken = np.unique(taken[np.isin(taken, values)], return_counts=True)
    places = np.searchsorted(values, known)
    counts[places] = np.maximum(counts[places] - n_taken, 0)
    return np.repeat(values, counts)


def check_seen(seen: Overlap) -> None:
    """Check that the search has seen fewer than half of the test rows.

    Parameters
    ----------
    seen : Overlap
        With the development rows.

    Raises
    ------
    TrainTestOverlapError
        Saying how many were.
    """
    if seen.is_half:
        raise TrainTestOverlapError(
            f"Test rows must be rows that the search has not seen, got {_word_seen(seen)}; pass "
            "other rows, or let fit set some aside, as in test_size=0.2."
        )


def check_past(past: Found | None) -> None:
    """Check that fewer than half of the test rows were scored before.

    Parameters
    ----------
    past : (Overlap, Record) or None
        With test sets of earlier fits of the same search, and those that its ledger knows.

    Raises
    ------
    TestSetSpentError
        Saying how many were.
    """
    if past is not None and past[0].is_half:
        raise TestSetSpentError(
            f"Test rows must be rows that were not scored before, got {_word_found(past)}; score "
            "other rows, or compare searches with skhpo.compare, which is one use."
        )


def spent_error(record: Record) -> TestSetSpentError:
    """The error of a second score of the same test set.

    Parameters
    ----------
    record : Record
        Of the first.

    Returns
    -------
    error : TestSetSpentError
    """
    return TestSetSpentError(
        f"This search's test set was spent {record}. It is scored once for each fit, because "
        "whoever chooses by a second score has made it a validation set; `test_report_` keeps "
        "the result, skhpo.compare compares searches on one test set, and a new fit may score "
        "rows that were not scored before."
    )


def describe_doubts(seen: Overlap, past: Found | None, other: Found | None) -> Iterator[str]:
    """What makes a test score doubtful, one sentence for each reason.

    Parameters
    ----------
    seen : Overlap
        With the development rows.
    past, other : (Overlap, Record) or None
        With test sets of earlier fits and of the ledger, and of other searches in this process.

    Yields
    ------
    doubt : str
    """
    flattered = "The test score may be flattered: among the test rows are"
    if seen.is_significant:
        yield f"{flattered} {_word_seen(seen)}; score rows that the search has not seen."
    if past is not None:
        yield f"{flattered} {_word_found(past)}; score rows that were not scored before."
    if other is not None:
        yield (
            f"{flattered} {_word_found(other)}; choosing between searches by their test scores "
            "is a choice too, and skhpo.compare makes it in one use of the test set."
        )


def describe_early(past: Found) -> str:
    """What to know of rows set aside before the search begins.

    Parameters
    ----------
    past : (Overlap, Record)
        With test sets of earlier fits and of the ledger.

    Returns
    -------
    doubt : str
    """
    will = "refuse them" if past[0].is_half else "warn of them"
    return (
        f"The test set cannot be trusted: among the rows set aside are {_word_found(past)}, and "
        f"score_test will {will}; fit on rows that were not scored before, or compare searches "
        "with skhpo.compare, which is one use."
    )


def _word_seen(overlap: Overlap) -> str:
    """How many rows the search has seen."""
    return f"{_word_count(overlap)}, of the {overlap.n_reference} that the search was fitted on"


def _word_found(found: Found) -> str:
    """How many rows were scored before, and when."""
    overlap, record = found
    return f"{_word_count(overlap)}, that were scored {record}"


def _word_count(overlap: Overlap) -> str:
    """How many rows of how many, and how many there would be anyhow."""
    own = f"the data's own duplicates are about {overlap.n_expected:.1f}"
    return f"{overlap.n_seen} of {overlap.n_rows} rows ({own})"


class ProcessRecords:
    """The records of this process, the oldest first; `lock` is held to read and write.

    Attributes
    ----------
    lock : threading.RLock
        Held by those who read and write together.
    """

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self._records: dict[str, Record] = {}

    def keep(self, key: str, record: Record) -> None:
        """Keep a test set's record; one that is there stays."""
        with self.lock:
            self._records.setdefault(key, record)
            with_rows = [k for k, kept in self._records.items() if len(kept.rows)]
            n_rows = sum(len(self._records[k].rows) for k in with_rows)
            while n_rows > _MAX_ROWS_KEPT or len(with_rows) > _MAX_SETS_KEPT:
                oldest = with_rows.pop(0)
                n_rows -= len(self._records[oldest].rows)
                self._records[oldest] = replace(
                    self._records[oldest], rows=np.zeros(0, dtype=np.uint64)
                )

    def get(self, key: str) -> Record | None:
        """The record of a test set; None while it is unspent."""
        return self._records.get(key)

    def others(self, keys: Iterable[str]) -> list[Record]:
        """The records of all test sets but those of `keys`."""
        with self.lock:
            own = set(keys)
            return [record for key, record in self._records.items() if key not in own]


PROCESS = ProcessRecords()
