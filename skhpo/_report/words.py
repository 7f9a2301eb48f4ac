"""The words of a report: facts to sentences, which claim nothing without its figure.

quoted      text that a user named, between two marks that `strip_control` leaves in no such text;
            the page sets it as code
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

from skhpo._report.facts import Edge, Facts, Gain, Share
from skhpo._verdict import count, explain_gap, format_part, format_score, judge_size

OPEN, CLOSE = "\x0e", "\x0f"

# Fewer parameters than this are all named, of more the first.
_MAX_NAMED = 6

_ENDINGS = {
    "max_time": "ended at max_time",
    "early_stopping": "ended by early_stopping",
    "interrupted": "was interrupted",
}


@dataclass(frozen=True)
class Section:
    """A title and its paragraphs.

    Parameters
    ----------
    title : str
        In a few words.
    sentences : tuple of str
        Each stands for itself.
    """

    title: str
    sentences: tuple[str, ...]


def quote(text: str) -> str:
    """Text that a user named, marked."""
    return f"{OPEN}{strip_control(text)}{CLOSE}"


def strip_control(text: str) -> str:
    """Text without control characters, spaces in their place."""
    return re.sub(r"[\x00-\x1f\x7f-\x9f]", " ", text)


def write_words(facts: Facts) -> tuple[Section, ...]:
    """Write the verdict.

    Parameters
    ----------
    facts : Facts
        Of a search.

    Returns
    -------
    sections : tuple of Section
        Those that have something to say.
    """
    sections = [
        Section("What was found", tuple(_found(facts))),
        Section("What it gains", tuple(_gains(facts))),
        Section("What of it is chance", tuple(_chance(facts))),
        Section("What to search next", tuple(_next(facts))),
        Section("What went wrong, and what was saved", tuple(_troubles(facts))),
    ]
    return tuple(section for section in sections if section.sentences)


def summarise(facts: Facts) -> str:
    """One sentence: how many trials, how long, how it ended."""
    trials = count(facts.n_trials, "trial")
    folds = f" of {count(facts.n_folds, 'fold')}" if facts.n_folds > 1 else ""
    time = "" if math.isnan(facts.seconds) else f" in {format_seconds(facts.seconds)}"
    ending = _ENDINGS.get(facts.stop_reason, "")
    tried = ", all candidates of the space" if facts.is_exhausted and not ending else ""
    return f"{trials}{folds}{time}{tried}" + (f"; the search {ending}." if ending else ".")


def format_seconds(seconds: float) -> str:
    """Write a duration."""
    if seconds < 100:
        return f"{seconds:.2g} s"
    if seconds < 6000:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"


def _found(facts: Facts) -> Iterator[str]:
    """Say which candidate won."""
    best = facts.best
    if best is None:
        yield f"No candidate is complete: of {count(facts.n_trials, 'trial')} none has all its folds scored."
        return
    score = format_score(best.score)
    error = (
        f", with a standard error of {format_part(best.error, best.error)} over "
        f"{count(facts.n_folds, 'fold')}"
        if best.error > 0
        else ""
    )
    how = f", chosen by {quote(facts.chosen_by)}" if facts.chosen_by else ""
    if facts.n_complete == 1:
        yield f"Trial {best.number} is the only complete one; its {quote(facts.metric)} is {score}{error}."
        return
    what = "is the winner" if facts.chosen_by else "scored best"
    yield (
        f"Trial {best.number} {what} of {facts.n_complete} complete ones{how}: its "
        f"{quote(facts.metric)} is {score}{error}."
    )


def _gains(facts: Facts) -> Iterator[str]:
    """Compare the winner with the defaults and the median."""
    if facts.best is None:
        return
    default, best = facts.default, facts.best
    if default is None:
        if facts.estimator and facts.takes_default:
            yield (
                "The estimator's own parameters were not tried, so what the search gains over "
                "them is not known; pass initial_params=\"default\" to try them first."
            )
        elif facts.estimator:
            yield (
                "The estimator's own parameters were not tried, so what the search gains over "
                "them is not known; put their values into the grid."
            )
    else:
        yield _gain_over_default(default, best.number, facts)
    median = facts.median
    if median is not None and facts.n_complete > 2:
        yield (
            f"The median candidate scored {format_score(median.score)}: the winner is "
            f"{_lead(median)}."
        )


def _gain_over_default(default: Gain, best: int, facts: Facts) -> str:
    """Compare the winner with the estimator's own parameters."""
    if default.n_own < default.n_names:
        who = (
            f"Trial {default.number} is the candidate nearest to the estimator as it was given "
            f"(its own values for {default.n_own} of {default.n_names} parameters; the space does not have the "
            "others)"
        )
    else:
        who = f"The estimator as it was given is trial {default.number}"
    if default.number == best:
        return f"{who}: nothing scored better, and the search gains nothing over it."
    text = f"{who}, which scored {format_score(default.score)}: the winner is {_lead(default)}."
    worth = facts.worth
    if worth is not None and math.isfinite(worth.score) and math.isfinite(default.score):
        kept = worth.score - default.score
        size = format_part(kept, max(abs(kept), abs(default.difference))) if kept else "0"
        text += (
            f" With chance in choosing taken off, {size} of it remains."
            if kept > 0
            else " With chance in choosing taken off, nothing of it remains."
        )
    return text


def _lead(gain: Gain) -> str:
    """Write by how much the winner is above another, and how sure that is."""
    size = abs(gain.difference)
    if not math.isfinite(size):
        return "above it by an amount that is no number"
    if size == 0.0:
        return "equal to it"
    side = "above" if gain.difference > 0 else "below"
    text = f"{format_part(gain.difference, size)} {side} it"
    if not math.isfinite(gain.error):
        return text
    if gain.error == 0.0:
        return f"{text}, on every fold alike"
    return f"{text} on the same folds (standard error {format_part(gain.error, gain.error)})"


def _chance(facts: Facts) -> Iterator[str]:
    """Say what of the best score is chance."""
    worth, best = facts.worth, facts.best
    if best is None:
        return
    if worth is None:
        if facts.n_complete > 1 and not facts.estimator:
            yield (
                "The function was called once for each candidate, so nothing tells how much of "
                "the best value is chance; call it again for the best few if it is noisy."
            )
    elif worth.why:
        yield f"What of the score is chance is not known: {strip_control(worth.why)}"
    else:
        yield _correction(facts)
        yield from _equivalent(worth.n_equivalent, worth.n_compared)
    yield from _test(facts)


def _correction(facts: Facts) -> str:
    """Say what the score is worth."""
    worth, best = facts.worth, facts.best
    if worth is None or best is None:
        return ""
    low, high = worth.interval
    interval = (
        f" (95% interval {format_score(low)} to {format_score(high)})" if math.isfinite(low) else ""
    )
    scale = max(abs(worth.optimism), 1e-4 * abs(best.score))
    rounded = format_part(worth.optimism, scale) if scale else "0"
    if worth.optimism > 0 and float(rounded) > 0:
        start = f"Of the {format_score(best.score)}, an estimated {rounded} is chance in choosing"
        return f"{start}: on fresh rows expect {format_score(worth.score)}{interval}."
    return (
        "Chance in choosing was estimated to have no part in the score: on fresh rows expect "
        f"{format_score(worth.score)}{interval}."
    )


def _equivalent(n_equivalent: int, n_compared: int) -> Iterator[str]:
    """Say how many candidates may be the best."""
    if n_compared < 2:
        return
    if n_equivalent == 1:
        yield f"The winner can be told from the other {n_compared - 1} at 95%."
    elif n_equivalent > 1:
        yield (
            f"{n_equivalent} of {n_compared} candidates may be the best, the winner with them: at "
            "95% they cannot be told apart, so take the cheapest or simplest of them if you like."
        )


def _test(facts: Facts) -> Iterator[str]:
    """Say what the test set says."""
    test = facts.test
    if test is None:
        return
    low, high = test.interval
    interval = (
        f" ({test.level:.0%} interval {format_score(low)} to {format_score(high)})"
        if math.isfinite(low)
        else ""
    )
    yield f"On {count(test.n_rows, 'test row')} the score is {format_score(test.score)}{interval}."
    yield from filter(
        None,
        [
            explain_gap(test.best_score, test.score, test.optimism, test.n_candidates),
            judge_size(test.best_score, test.score, test.interval, test.level, test.n_rows),
        ],
    )


def _next(facts: Facts) -> Iterator[str]:
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
        yield f"The trials do not tell which parameters matter: {strip_control(facts.why_no_shares)}."
        return
    groups = {verdict: [s for s in facts.shares if s.matters is verdict] for verdict in (True, False, None)}
    if groups[True]:
        verb = "matters" if len(groups[True]) == 1 else "matter"
        yield f"What {verb} most: {_list(groups[True])} of the score's variance over the space."
    if groups[False]:
        one = len(groups[False]) == 1
        yield (
            f"{_list(groups[False])} of the variance: {'it does' if one else 'they do'} not "
            f"matter within {'its range' if one else 'their ranges'}, and can be fixed."
        )
    if groups[None]:
        yield f"Of {_list(groups[None])} the trials do not tell: the intervals hold both little and much."


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
        yield f"The best came within {first}, and nothing since was better: more trials in this space are hardly worth it."
        return
    gain = format_part(progress.gain, progress.gain)
    since = f"The trials after {first} raised the best score by {gain}"
    if not math.isfinite(progress.error):
        yield f"{since}; without the spread of folds nothing tells whether that is more than chance."
    elif progress.gain <= 2 * progress.error:
        error = format_part(progress.error, progress.error)
        yield f"{since}, which is not beyond chance (standard error {error}): more trials in this space are hardly worth it."
    else:
        error = format_part(progress.error, progress.error) if progress.error else "0"
        yield f"{since}, more than twice its standard error of {error}: more trials may gain more."


def _troubles(facts: Facts) -> Iterator[str]:
    """Say what failed and why, and what stopping saved."""
    n_bad = facts.n_failed + facts.n_timed_out
    if n_bad:
        share = n_bad / facts.n_trials
        late = f", {facts.n_timed_out} of them for time" if facts.n_timed_out else ""
        yield f"{n_bad} of {count(facts.n_trials, 'trial')} failed ({share:.0%}){late}."
        for reason, n in facts.failures:
            yield f"{n}×: {quote(reason)}"
        if facts.n_other_failures:
            yield f"{facts.n_other_failures}×: other reasons, in the table below."
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
        text += (
            f": about {format_seconds(facts.seconds_saved)} of fits, at the median fold's time"
        )
    return f"{text}."
