"""What sphinx-gallery calls: for the examples' order, and between two of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from skhpo._spent import PROCESS

# From what a user of scikit-learn knows to what is special; others come last.
ORDER = [
    "plot_switch",
    "plot_pipeline_steps",
    "plot_best_score",
    "plot_test_set_leak",
    "plot_displays",
    "plot_report",
    "plot_neural_network",
    "plot_function",
]


class ReadingOrder:
    """Key by which examples are sorted.

    Parameters
    ----------
    folder : str
        Where they are.
    """

    def __init__(self, folder: str) -> None:
        pass

    def __call__(self, filename: str) -> int:
        """Place of an example."""
        name = Path(filename).stem
        return ORDER.index(name) if name in ORDER else len(ORDER)


def forget_spent(gallery_conf: dict[str, Any], filename: str) -> None:
    """Forget the test rows that other examples scored, as a process of its own would."""
    PROCESS._records.clear()
