"""The words of a report: facts to sentences, which claim nothing without its figure."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from skhpo._report.advice import advise, tell_troubles
from skhpo._report.facts import Facts, Gain
from skhpo._report.phrases import format_seconds, quote, strip_control
from skhpo._verdict import count, explain_gap, format_part, format_score, judge_size

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
        Section("What to search next", tuple(advise(facts))),
        Section("What went wrong, and what was saved", tuple(tell_troubles(facts))),
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


def _found(facts: Facts) -> Iterator[str]:
    """Say which candidate won."""
    best = facts.best
    if best is None:
        trials = count(facts.n_trials, "trial")
        yield f"No candidate is complete: of {trials} none has all its folds scored."
        return
    score = format_score(best.score)
    error = (
        f", with a standard error of {format_part(best.error, best.error)} over "
        f"{count(facts.n_folds, 'fold')}"
        if best.error > 0
        else ""
    )
    how = f", chosen by {quote(facts.chosen_by)}" if facts.chosen_by else ""
    metric = quote(facts.metric)
    if facts.n_complete == 1:
        yield f"Trial {best.number} is the only complete one; its {metric} is {score}{error}."
        return
    what = "is the winner" if facts.chosen_by else "scored best"
    yield (
        f"Trial {best.number} {what} of {facts.n_complete} complete ones{how}: its "
        f"{metric} is {score}{error}."
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
                'them is not known; pass initial_params="default" to try them first.'
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
            f"(its own values for {default.n_own} of {default.n_names} parameters; the space does "
            "not have the others)"
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
