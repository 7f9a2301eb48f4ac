"""What sphinx-gallery calls between two examples."""

from __future__ import annotations

from typing import Any

from skhpo._spent import PROCESS


def forget_spent(gallery_conf: dict[str, Any], filename: str) -> None:
    """Forget the test rows that other examples scored, as a process of its own would."""
    PROCESS._records.clear()
