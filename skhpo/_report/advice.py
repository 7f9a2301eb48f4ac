"""What to search next, and what went wrong, in sentences."""

from __future__ import annotations

import math
from collections.abc import Iterator

from skhpo._report.facts import Edge, Facts, Share
from skhpo._report.phrases import format_seconds, quote, strip_control
from skhpo._verdict import count, format_part

# Of more parameters the first are named.
_MAX_NAMED = 6


def advise(facts: Facts) -> Iterator[str]:
    """Say what to search next."""
    if facts.best is None:
        return
    yield from map(_edge, facts.edges)
    yield from _parameters(facts)
    yield from _more_trials(facts)


def _edge(edge: Edge) -> str:
    """Say that the best candidates are at the end of a range."""
    text = (
        f"{quote(edge.name)} is at the {edge.side} end of its range in the winner, "
        f"{quote(edge.value)} of {'at most' if edge.side == 'upper' else 'at least'} "
        f"{quote(edge.end)}, and near it in {edge.n_there} of the best {edge.n_top}"
    )
    if edge.matters:
        return f"{text}: widen the range there."
    return f"{text}: widen the range there, although the trials do not tell whether it matters."


def _parameters(facts: Facts) -> Iterator[str]:
    """Say which parameters matter, which do not, and of which the trials do not tell."""
    if facts.why_no_shares:
        why = strip_control(facts.why_no_shares)
        yield f"The trials do not tell which parameters matter: {why}."
        return
    verdicts = (True, False, None)
    groups = {verdict: [s for s in facts.shares if s.matters is verdict] for verdict in verdicts}
    if groups[True]:
        verb = "matters" if len(groups[True]) == 1 else "matter"
        yield f"What {verb} most: {_list(groups[True])} of the score's variance over the space."
    if groups[False]:
        they = "it does" if len(groups[False]) == 1 else "they do"
        yield (
            f"{_list(groups[False])} of the variance: {they} not matter within this space, and can "
            "be fixed."
        )
    if groups[None]:
        yield (
            f"Of {_list(groups[None])} the trials do not tell: the intervals hold both little and "
            "much."
        )


def _list(shares: list[Share]) -> str:
    """Name parameters, each with its share and interval."""
    texts = [
        f"{quote(s.name)} {s.total:.0%} ({s.low:.0%} to {s.high:.0%})" for s in shares[:_MAX_NAMED]
    ]
    left = len(shares) - len(texts)
    if left:
        texts.append(f"{left} more")
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} and {texts[-1]}"


def _more_trials(facts: Facts) -> Iterator[str]:
    """Say whether more trials are worth it."""
    if facts.is_exhausted:
        finer = ", or a finer grid," if facts.is_grid else ""
        yield f"All candidates were tried: only another space{finer} can give more."
        return
    progress = facts.progress
    if facts.is_grid:
        yield "The grid was not tried in full: what is left of it may be better."
        return
    if progress is None:
        few = count(facts.n_complete, "complete trial")
        verb = "is" if facts.n_complete == 1 else "are"
        yield f"{few} {verb} too few to tell whether more are worth it."
        return
    first = f"the first {count(progress.n_first, 'trial')}"
    if progress.gain <= 0:
        n_since = facts.n_complete - progress.n_first
        yield (
            f"The best came within {first}, and none of the {n_since} since was better: more "
            "trials in this space promise little."
        )
        return
    since = f"The trials after {first} raised the best score by "
    since += format_part(progress.gain, progress.gain)
    error = format_part(progress.error, progress.error) if progress.error > 0 else "0"
    if not math.isfinite(progress.error):
        yield (
            f"{since}; one score for each candidate does not tell whether that is more than chance."
        )
    elif progress.gain <= 2 * progress.error:
        yield (
            f"{since}, which is not beyond chance (standard error {error}): nothing shows "
            "that more trials are worth it."
        )
    else:
        yield f"{since}, more than twice its standard error of {error}: more trials may gain more."


def tell_troubles(facts: Facts) -> Iterator[str]:
    """Say what failed and why, and what stopping saved."""
    n_bad = facts.n_failed + facts.n_timed_out
    if n_bad:
        share = n_bad / facts.n_trials
        late = f", {facts.n_timed_out} of them for time" if facts.n_timed_out else ""
        yield f"{n_bad} of {count(facts.n_trials, 'trial')} failed ({share:.0%}){late}."
        for reason, n in facts.failures:
            yield f"{count(n, 'trial')}: {quote(reason)}"
        if facts.n_other_failures:
            yield f"{count(facts.n_other_failures, 'trial')}: other reasons, in the table below."
    if facts.n_stopped:
        yield _stopped(facts)


def _stopped(facts: Facts) -> str:
    """Say what was stopped, and what that saved."""
    were = "was" if facts.n_stopped == 1 else "were"
    text = (
        f"{count(facts.n_stopped, 'trial')} {were} stopped before all folds, which left out "
        f"{count(facts.n_folds_saved, 'fold')}"
    )
    if math.isfinite(facts.seconds_saved):
        text += f": about {format_seconds(facts.seconds_saved)} of fits, at the median fold's time"
    return f"{text}."
