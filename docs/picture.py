"""Draw the picture of the start page, once for light pages and once for dark ones.

    python docs/picture.py

writes those that the README shows, into ``docs/images``. The docs' build makes its own.
"""

from __future__ import annotations

import contextlib
import io
import tempfile
from doctest import DocTestParser
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
from gallery import forget_spent

HERE = Path(__file__).parent
PAGE = HERE / "start.md"
STYLES = {"light": "default", "dark": "dark_background"}


def draw(folder: Path) -> None:
    """Run the examples of the page, and keep the figure that they draw."""
    folder.mkdir(exist_ok=True)
    examples = DocTestParser().get_examples(PAGE.read_text(encoding="utf-8"))
    for name, style in STYLES.items():
        namespace: dict[str, Any] = {}
        with (
            plt.style.context(style),
            tempfile.TemporaryDirectory() as elsewhere,
            contextlib.chdir(elsewhere),
            contextlib.redirect_stdout(io.StringIO()),
        ):
            for example in examples:
                exec(example.source, namespace)
            # 1,200 pixels wide: sharp where pages show it, and a file of 50 kB.
            namespace["fig"].savefig(folder / f"search-{name}.png", dpi=120, transparent=True)
        plt.close("all")
        forget_spent({}, PAGE.name)


if __name__ == "__main__":
    draw(HERE / "images")
