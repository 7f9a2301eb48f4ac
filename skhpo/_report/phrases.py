"""Parts of sentences: what users named, and durations.

quoted      text that a user named, between two marks that `strip_control` leaves in no such text;
            the page sets it as code
"""

from __future__ import annotations

import re

OPEN, CLOSE = "\x0e", "\x0f"


def quote(text: str) -> str:
    """Text that a user named, marked."""
    return f"{OPEN}{strip_control(text)}{CLOSE}"


def strip_control(text: str) -> str:
    """Text without control characters, spaces in their place."""
    return re.sub(r"[\x00-\x1f\x7f-\x9f]", " ", text)


def format_seconds(seconds: float) -> str:
    """Write a duration."""
    if seconds < 100:
        return f"{seconds:.2g} s"
    if seconds < 6000:
        minutes = seconds / 60
        return f"{minutes:.1f} min" if minutes < 9.95 else f"{minutes:.0f} min"
    return f"{seconds / 3600:.1f} h"
