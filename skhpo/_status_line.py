"""Where the state of a study is shown: a line of a terminal, of a notebook, or of a file.

terminal   the line rewrites itself, by a carriage return and blanks: no other control code
notebook   likewise, less often, because each state is stored until the next is shown
file       a new line each time, after pauses that grow; nothing for a quick search

Whatever is wrong with the stream, as a closed pipe, the search goes on.
"""

from __future__ import annotations

import math
import multiprocessing
import os
import shutil
import sys
import threading
from typing import Any, Protocol

from skhpo._status import Status, count_cells, describe_status

# An eye sees no more; and a second is what a clock is looked at for.
_TERMINAL_PAUSE = 0.1
_TICK = 1.0
# Stored outputs stay below a thousand states for a search of an hour.
_NOTEBOOK_PAUSE, _NOTEBOOK_SHARE, _NOTEBOOK_LONGEST = 0.2, 0.01, 10.0
_NOTEBOOK_WIDTH = 100
_FILE_PAUSE, _FILE_LONGEST = 10.0, 600.0

# The display that has the terminal's last line; a search inside of a fit is to leave it alone.
_shown: Display | None = None
_lock = threading.Lock()


class Display(Protocol):
    """What shows a status."""

    def pause(self, elapsed: float) -> float:
        """Seconds from one state to the next, at least."""

    def tick(self, elapsed: float) -> float:
        """Seconds after which the state is shown again, even if nothing has happened."""

    def draw(self, status: Status) -> None:
        """Show a state in place of the former one."""

    def clear(self) -> None:
        """Make room for a line of text."""

    def end(self, status: Status) -> None:
        """Show the last state, and leave the cursor on a new line."""


def write(text: str) -> None:
    """Print a line; no stream, or one that is closed, is no reason to end a search."""
    if _shown is not None:
        _shown.clear()
    _put(f"{text}\n")


def _put(text: str, *, is_flushed: bool = False) -> None:
    """Write to ``sys.stdout``, with escapes for what its encoding lacks."""
    stream = sys.stdout
    if stream is None:
        return
    try:
        try:
            stream.write(text)
        except UnicodeEncodeError:
            encoding = stream.encoding or "ascii"
            stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
        if is_flushed:
            stream.flush()
    except (OSError, ValueError):
        return


def open_display(*, is_rich: bool = True) -> Display:
    """Choose the display for ``sys.stdout`` as it is now; `release` it after its end.

    Parameters
    ----------
    is_rich : bool, default=True
        Whether a terminal is drawn by rich, if it is installed.
    """
    stream = sys.stdout
    with _lock:
        if _shown is not None or _is_worker():
            return FileLines()
        if type(stream).__module__.partition(".")[0] == "ipykernel":
            return _claim(RewrittenLine(is_notebook=True))
        if not _is_terminal(stream):
            return FileLines()
        if is_rich:
            try:
                from skhpo._status_rich import RichPanel
            except ImportError:
                pass
            else:
                return _claim(RichPanel())
        return _claim(RewrittenLine())


def _claim(display: Display) -> Display:
    """Give a display the last line."""
    global _shown
    _shown = display
    return display


def release(display: Display) -> None:
    """Take the last line from a display."""
    global _shown
    with _lock:
        if _shown is display:
            _shown = None


def _is_worker() -> bool:
    """Whether this is a worker of another search: its terminal is not its own."""
    is_child = multiprocessing.current_process().name != "MainProcess"
    return is_child or threading.current_thread() is not threading.main_thread()


def _is_terminal(stream: Any) -> bool:
    """Whether a stream can take back what it shows."""
    try:
        return bool(stream.isatty()) and os.environ.get("TERM") != "dumb"
    except (AttributeError, ValueError):
        return False


def separators() -> tuple[str, str]:
    """Choose what separates and what cuts, by the encoding of ``sys.stdout``."""
    encoding = getattr(sys.stdout, "encoding", None) or "ascii"
    try:
        "·…".encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return " | ", "..."
    return " · ", "…"


class RewrittenLine:
    """The last line of a terminal, or of a notebook's output."""

    def __init__(self, *, is_notebook: bool = False) -> None:
        self._is_notebook = is_notebook
        self._n_cells = 0

    def pause(self, elapsed: float) -> float:
        """Seconds from one state to the next, at least."""
        if not self._is_notebook:
            return _TERMINAL_PAUSE
        return min(max(_NOTEBOOK_PAUSE, _NOTEBOOK_SHARE * elapsed), _NOTEBOOK_LONGEST)

    def tick(self, elapsed: float) -> float:
        """Seconds after which the state is shown again."""
        return max(_TICK, self.pause(elapsed))

    def draw(self, status: Status) -> None:
        """Write over the former state."""
        text = describe_status(status, self._width(), *separators())
        n_cells = count_cells(text)
        _put("\r" + text + " " * (self._n_cells - n_cells), is_flushed=True)
        self._n_cells = n_cells

    def _width(self) -> int:
        """Cells of a line; the last column of a terminal would wrap."""
        if self._is_notebook:
            return _NOTEBOOK_WIDTH
        return max(1, shutil.get_terminal_size().columns - 1)

    def clear(self) -> None:
        """Blank the line."""
        if self._n_cells:
            # A terminal that became narrower would wrap the blanks.
            _put("\r" + " " * min(self._n_cells, self._width()) + "\r")
            self._n_cells = 0

    def end(self, status: Status) -> None:
        """Leave the last state, and go to a new line."""
        # What the terminal echoed of Ctrl-C is written over, too.
        self._n_cells = min(self._n_cells + 2, self._width()) if self._n_cells else 0
        self.draw(status)
        _put("\n", is_flushed=True)


class FileLines:
    """Lines of a file, or of a pipe."""

    def __init__(self) -> None:
        self._n_drawn = 0

    def pause(self, elapsed: float) -> float:
        """Seconds from one state to the next: as long as the search took so far."""
        return min(max(_FILE_PAUSE, elapsed), _FILE_LONGEST)

    def tick(self, elapsed: float) -> float:
        """Seconds after which the state is shown again."""
        return self.pause(elapsed)

    def draw(self, status: Status) -> None:
        """Write a line."""
        self._n_drawn += 1
        _put(describe_status(status, math.inf, ", ") + "\n", is_flushed=True)

    def clear(self) -> None:
        """Leave all lines."""

    def end(self, status: Status) -> None:
        """Write the last state of a search that had others."""
        if self._n_drawn:
            self.draw(status)
