"""What the gap between validation and test score means, in sentences that are always true.

gap        validation score less test score: by how much validation led
optimism   the part of the gap that chance in choosing was estimated to give
"""

from __future__ import annotations

import math


def explain_gap(best: float, score: float, optimism: float, n_candidates: int) -> str:
    """Say how much of validation's lead was chance in choosing.

    Parameters
    ----------
    best, score : float
        Validation and test score of the winner, larger is better.
    optimism : float
        What `best` was estimated to owe to having been chosen; nan where it is not known.
    n_candidates : int
        Candidates that were chosen from; 0 where it is not known.

    Returns
    -------
    sentence : str
        Empty unless both scores are finite.
    """
    gap = best - score
    if not math.isfinite(gap):
        return ""
    if n_candidates == 1:
        return f"{_tell_lead(gap, best, score)} There was one candidate: nothing was chosen."
    if not math.isfinite(optimism) or _is_noise(max(abs(gap), abs(optimism)), best, score):
        return _tell_lead(gap, best, score)
    return _split_lead(gap, optimism)


def _split_lead(gap: float, optimism: float) -> str:
    """Say which part of the gap was chance, and which was not."""
    # Compared as they are shown, so that a sentence never contradicts its numbers.
    scale = max(abs(gap), abs(optimism))
    lead, chance = _round(gap, scale), _round(optimism, scale)
    shown_lead, shown_chance = format_part(gap, scale), format_part(optimism, scale)
    if lead > 0 and chance > lead:
        return (
            f"Validation led the test score by {shown_lead}, less than the {shown_chance} that "
            "chance in choosing was estimated to give."
        )
    if lead > 0 and chance > 0:
        return (
            f"Of the {shown_lead} by which validation led the test score, an estimated "
            f"{shown_chance} was chance in choosing."
        )
    if lead > 0:
        return (
            f"Validation led the test score by {shown_lead}; chance in choosing was estimated to "
            "have no part in it."
        )
    if lead < 0:
        start = f"The test score is {shown_lead} above validation"
    else:
        start = "Validation and test score are as good as equal"
    if chance <= 0:
        return f"{start}."
    return (
        f"{start}, although chance in choosing was estimated to give validation a lead of "
        f"{shown_chance}."
    )


def judge_size(
    best: float, score: float, interval: tuple[float, float], level: float, n_rows: int
) -> str:
    """Say whether the test set is large enough to tell the two scores apart.

    Parameters
    ----------
    best, score : float
        Validation and test score of the winner.
    interval : tuple of two floats
        Of the test score; nan where it could not be computed.
    level : float
        Its nominal coverage.
    n_rows : int
        Test rows.

    Returns
    -------
    sentence : str
        Empty where the scores are equal, or the interval judges nothing: it could not be
        computed, or has no width because no draw of rows differed.
    """
    low, high = interval
    width, gap = high - low, best - score
    # Not `<= 0`, which is false for nan too.
    if not (math.isfinite(gap) and width > 0) or _is_noise(gap, best, score):
        return ""
    if low <= best <= high:
        return (
            f"{count(n_rows, 'test row')} cannot tell the two apart: the interval, "
            f"{format_part(width, width)} wide, holds the validation score too."
        )
    side = "above" if best > high else "below"
    return (
        f"The validation score is {side} the {level:.0%} interval: chance in the test rows "
        "alone hardly explains the gap, but the validation score has an error of its own."
    )


def format_score(score: float) -> str:
    """Write a score with four digits, and whole thousands without an exponent."""
    return f"{score:.0f}" if 1e4 <= abs(score) < 1e9 else f"{score:.4g}"


def format_part(part: float, scale: float) -> str:
    """Write the size of a difference with the decimals that two digits of `scale` need."""
    size = abs(_round(part, scale))
    if not 1e-4 <= scale < 1e9:
        return f"{size:.2g}"
    return f"{size:.{max(_decimals(scale), 0)}f}"


def count(n: int, noun: str) -> str:
    """Write a number of things."""
    return f"{n} {noun}{'' if n == 1 else 's'}"


def _tell_lead(gap: float, best: float, score: float) -> str:
    """Say which of the two is larger."""
    if _is_noise(gap, best, score):
        return "Validation and test score are equal."
    if gap > 0:
        return f"Validation led the test score by {format_part(gap, gap)}."
    return f"The test score is {format_part(gap, -gap)} above validation."


def _is_noise(part: float, best: float, score: float) -> bool:
    """Whether a difference may be a rounding error of sums: 1e-9 of the scores or less."""
    return abs(part) <= 1e-9 * max(abs(best), abs(score))


def _round(part: float, scale: float) -> float:
    """Round to two digits of `scale`."""
    return round(part, _decimals(scale))


def _decimals(scale: float) -> int:
    """Decimals that two digits of a positive number need; negative from 100 on."""
    return 1 - math.floor(math.log10(scale))
