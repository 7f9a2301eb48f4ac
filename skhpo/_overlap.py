"""How many test rows were seen before, beyond the duplication that the data have by themselves.

T    test rows, n_test of them
A    rows seen before: the development rows, or rows that were scored once
D    development rows, which tell of the data's own duplication; they may be A
S    test rows whose content is in A
m    copies that the pool of all these rows holds of one content

Null hypothesis: the rows were dealt to T, A and the rest of D by chance. Then every
assignment of the pool's rows is equally likely, whatever their contents: S has a
distribution that depends on the copies m alone, not on an estimated rate, and data
of few values (integer codes, one-hot columns) raise no alarm. Counting each test row
as a draw with the share of duplicated development rows would: duplicates come in
pairs and clusters, and one natural pair, cut in two by the split, is a test row seen
where no development row is a duplicate (iris has such a pair).

The tail of S: let each row go to T with probability f, to A with g, to the rest with
h = 1 - f - g, independently. X of a content is the number t of its rows in T if A has
any, else 0. What is fixed in truth, the number of test rows, is brought back by
regression: S - b T, with b = cov(S, T) / var(T), is uncorrelated with T. With
w = exp(v (1 - b)) and c = exp(-v b),

    E exp(v (X - b t)) = (1 - f + f w)^m - (h + f w)^m + (h + f c)^m

from all assignments, less those without A, plus these again with X = 0. The saddlepoint
formula for a lattice (Daniels 1987, "Tail probability approximations", International
Statistical Review 55: the second continuity correction) makes the tail of it.

A row that was taken over mostly makes a pair: a content that occurs twice in all. Large
clusters of the data's own add to the spread of S and tell nothing, so that a second test
counts pairs only (X = 0 for the others); the smaller p-value, doubled, is the result.
Natural pairs look like rows that were taken over: few of these are not found for certain
among many of those, and no test of X could (benchmarks/honesty/overlap.py).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special, stats

from skhpo._tokens import Fingerprints

Floats = NDArray[np.float64]

# The contract's level of the one-sided test: one false alarm in 10,000 clean test sets.
LEVEL = 1e-4
# The saddlepoint is looked for up to here: a seen row e^32 times as likely as by chance.
_MAX_TILT = 32.0


@dataclass(frozen=True)
class Overlap:
    """Test rows that were seen before.

    Parameters
    ----------
    n_rows : int
        Number of test rows.
    n_seen : int
        Test rows whose content is among the rows seen before.
    n_reference : int
        Number of rows seen before.
    n_expected : float
        Test rows that would be seen if none were taken from the rows seen before: the
        development rows are as often duplicates of each other.
    n_excess : int
        Test rows that were taken from the rows seen before, estimated: those seen are
        these, and of the others the share that is expected anyhow. In [0, n_seen].
    p_value : float
        Probability of `n_seen` or more, when the rows were dealt by chance; 1 where
        `n_seen` is not above the mean.
    is_conclusive : bool
        False if the rows are too few, or have so few values, that not even a test set
        made of rows seen before would be told from a clean one.
    """

    n_rows: int
    n_seen: int
    n_reference: int
    n_expected: float
    n_excess: int
    p_value: float
    is_conclusive: bool

    @property
    def is_significant(self) -> bool:
        """Whether more rows were seen than own duplication explains."""
        return self.p_value <= LEVEL

    @property
    def share(self) -> float:
        """Share of the test rows that own duplication does not explain, in [0, 1]."""
        return self.n_excess / self.n_rows if self.n_rows else 0.0

    @property
    def is_half(self) -> bool:
        """Whether the overlap is real, and of half the test rows or more."""
        return self.is_significant and self.share >= 0.5

    def __str__(self) -> str:
        seen = f"{self.n_seen} of {self.n_rows} rows"
        if self.is_significant:
            return f"{seen}, where the data's own duplicates are about {self.n_expected:.1f}"
        if not self.is_conclusive:
            return f"{seen}; too few rows, or rows of too few values, to tell what that means"
        return f"{seen}, which the data's own duplicates explain" if self.n_seen else seen


def count_overlap(
    test: Fingerprints, seen: Fingerprints, development: Fingerprints | None = None
) -> Overlap:
    """Count the test rows that are among `seen`, and judge whether chance explains them.

    Parameters
    ----------
    test : ndarray of uint64, shape (n_test,)
        Fingerprints of the test rows.
    seen : ndarray of uint64, shape (n_seen,)
        Fingerprints of the rows seen before.
    development : ndarray of uint64, shape (n_development,), or None
        Fingerprints of the rows that tell of the data's own duplication; None if
        they are `seen`.

    Returns
    -------
    overlap : Overlap
    """
    if len(test) == 0 or len(seen) == 0:
        return Overlap(len(test), 0, len(seen), 0.0, 0, 1.0, False)
    n_seen = int(np.isin(test, seen).sum())
    rest = np.zeros(0, np.uint64) if development is None else development
    rate = duplication_rate(seen if development is None else development, len(seen))
    expected = rate * len(test)
    excess = (n_seen - expected) / (1.0 - rate) if rate < 1.0 else 0.0
    chance = chance_of_equal(test, seen, rest)
    if chance <= LEVEL:
        return Overlap(len(test), n_seen, len(seen), expected, n_seen, chance, True)
    # A test set made of rows seen before: as evenly from among them as can be.
    copied = np.sort(seen)[np.linspace(0, len(seen) - 1, len(test)).astype(np.intp)]
    return Overlap(
        n_rows=len(test),
        n_seen=n_seen,
        n_reference=len(seen),
        n_expected=expected,
        n_excess=min(max(round(excess), 0), n_seen),
        p_value=p_value(test, seen, rest),
        is_conclusive=p_value(copied, seen, rest) <= LEVEL,
    )


def chance_of_equal(test: Fingerprints, seen: Fingerprints, rest: Fingerprints) -> float:
    """Probability that T has as many rows of each content as A, if it has; else 1.

    Rows of few values are known again as a set: each may be anybody's, all of them in
    the same numbers are the same test set (multivariate hypergeometric distribution).
    """
    if len(test) != len(seen) or not np.array_equal(np.sort(test), np.sort(seen)):
        return 1.0
    contents, n_drawn = np.unique(test, return_counts=True)
    pool = np.concatenate([test, rest if len(rest) else seen])
    found = pool[np.isin(pool, contents)]
    n_copies = np.unique(found, return_counts=True)[1].astype(np.float64)
    ways = _log_choose(n_copies, n_drawn.astype(np.float64)).sum()
    return float(np.exp(ways - _log_choose(len(pool), len(test))))


def duplication_rate(rows: Fingerprints, n_others: int) -> float:
    """Share of `rows` expected to have a duplicate among `n_others` of the other rows.

    With all others it is the share of the rows that occur more than once, which
    estimates without bias how likely a fresh row is to be among them (Good 1953).
    With fewer, it is the mean over draws of them (rarefaction).
    """
    n = len(rows)
    if n < 2:
        return 0.0
    n_others = min(n_others, n - 1)
    copies, n_contents = _count_copies(rows)
    left = n - copies  # rows of other content, among which the draw is without a duplicate
    is_possible = left >= n_others
    n_none = np.zeros(len(copies))
    n_none[is_possible] = np.exp(
        _log_choose(left[is_possible], n_others) - _log_choose(n - 1, n_others)
    )
    return float(np.clip(1.0 - (n_contents * copies * n_none).sum() / n, 0.0, 1.0))


def _count_copies(rows: Fingerprints) -> tuple[Floats, Floats]:
    """The numbers of copies that contents have, and how many contents have each."""
    copies, n_contents = np.unique(np.unique(rows, return_counts=True)[1], return_counts=True)
    return copies.astype(np.float64), n_contents.astype(np.float64)


def _log_choose(n: Floats | float, k: Floats | float) -> Floats:
    """Logarithm of the binomial coefficient."""
    return np.asarray(
        special.gammaln(n + 1.0) - special.gammaln(k + 1.0) - special.gammaln(n - k + 1.0)
    )


# The tail of S ----------------------------------------------------------------------------


@dataclass(frozen=True)
class _Deal:
    """Rows of a pool dealt to T and A by chance.

    Parameters
    ----------
    copies, n_contents : ndarray of shape (n_distinct,)
        Numbers of copies m, and how many contents have each.
    f, g : float
        Shares of the pool's rows that go to T and to A.
    is_counted : ndarray of float of shape (n_distinct,)
        1 for contents that S counts, 0 for others.
    """

    copies: Floats
    n_contents: Floats
    f: float
    g: float
    is_counted: Floats

    def moments(self) -> tuple[float, float]:
        """Mean of S, and the regression b of S on the number of test rows."""
        m, f, g = self.copies, self.f, self.g
        none = (1.0 - g) ** m  # no copy in A: then each goes to T with probability q
        q = f / (1.0 - g)
        mean = m * f - none * m * q
        both = m * f * (1.0 - f) + (m * f) ** 2 - none * (m * q * (1.0 - q) + (m * q) ** 2)
        covariance = (self.n_contents * self.is_counted) @ (both - mean * m * f)
        variance = self.n_contents @ (m * f * (1.0 - f))
        return float((self.n_contents * self.is_counted) @ mean), float(covariance / variance)

    def cumulants(self, v: float, b: float) -> tuple[float, float, float]:
        """Logarithm of E exp(v (S - b T)) and its first two derivatives in v."""
        m, f, g = self.copies, self.f, self.g
        # What is not counted has c in the place of w.
        s = self.is_counted - b
        w, c = f * np.exp(v * s), f * np.exp(-v * b)
        first, last = 1.0 - f + w, max(1.0 - f - g, 0.0) + c
        # All is divided by first^m. The second base is first - g: where w is large, the
        # powers are nearly equal, and 1 - (second / first)^k keeps its digits by expm1.
        log_second = np.log1p(-g / first)
        third = np.exp(m * np.log(last / first))
        rate, rate_third = s * w / first, -b * c / last
        total = third - np.expm1(m * log_second)
        lacks_one = -np.expm1((m - 1.0) * log_second)
        lacks_two = -np.expm1((m - 2.0) * log_second)
        slope = m * (rate * lacks_one + third * rate_third)
        curve = m * rate * ((m - 1.0) * rate * lacks_two + s * lacks_one)
        curve += third * m * rate_third * ((m - 1.0) * rate_third - b)
        slope, curve = slope / total, curve / total
        return (
            float(self.n_contents @ (m * np.log(first) + np.log(total))),
            float(self.n_contents @ slope),
            float(self.n_contents @ (curve - slope**2)),
        )


def p_value(test: Fingerprints, seen: Fingerprints, rest: Fingerprints) -> float:
    """Probability of as many test rows with content in A, or of as many pairs among them."""
    tails = _tails(test, seen, rest)
    return min(len(tails) * min(tails), 1.0)


def _tails(test: Fingerprints, seen: Fingerprints, rest: Fingerprints) -> list[float]:
    """Probabilities of S or more: of all contents, and of pairs if there are others."""
    pool = np.concatenate([test, seen, rest])
    contents, n_copies = np.unique(pool, return_counts=True)
    found = np.isin(test, seen)
    is_pair = n_copies[np.searchsorted(contents, test)] == 2
    f, g = len(test) / len(pool), len(seen) / len(pool)
    copies, n_contents = _count_copies(pool)
    by_all = _tail(
        int(found.sum()), len(test), _Deal(copies, n_contents, f, g, np.ones_like(copies))
    )
    # Which contents are pairs is known before the rows are dealt: so is the choice of tests.
    if copies[-1] <= 2:
        return [by_all]
    pairs = _Deal(copies, n_contents, f, g, (copies == 2).astype(np.float64))
    return [by_all, _tail(int((found & is_pair).sum()), len(test), pairs)]


def _tail(n_seen: int, n_test: int, deal: _Deal) -> float:
    """Probability that S is `n_seen` or more."""
    mean, b = deal.moments()
    # Half a row less: S is a whole number.
    target = n_seen - 0.5
    if target <= mean:
        return 1.0
    z = target - b * n_test

    def excess_slope(v: float) -> float:
        """What is 0 at the saddlepoint; increasing in v."""
        return deal.cumulants(v, b)[1] - z

    # The bracket grows by doubling: far past the root, exponentials overflow.
    high = 1.0
    while excess_slope(high) < 0.0:
        if high >= _MAX_TILT:
            return 0.0
        high *= 2.0
    v = optimize.brentq(excess_slope, 0.0, high)
    cumulant, _, curvature = deal.cumulants(v, b)
    r = np.sqrt(2.0 * max(v * z - cumulant, 0.0))
    u = 2.0 * np.sinh(v / 2.0) * np.sqrt(max(curvature, 0.0))
    # Both tend to 0 at the mean, where their difference loses its digits.
    if r < 1e-3:
        return 0.5
    if not u > 0.0:  # S is as large as can be: Chernoff's bound
        return float(np.exp(-(r**2) / 2.0))
    return float(np.clip(stats.norm.sf(r) + stats.norm.pdf(r) * (1.0 / u - 1.0 / r), 0.0, 1.0))
