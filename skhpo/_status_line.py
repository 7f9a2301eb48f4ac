"""Where the state of a study is shown: a line of a terminal, of a notebook, or of a file.

terminal   the line rewrites itself, by a carriage return and blanks: no other control code
notebook   an output of its own that is replaced: of carriage returns, notebooks keep all states
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
from importlib import import_module
from typing import Any, Protocol

from skhpo._status import TERMINAL_PAUSE, TICK, Status, count_cells, describe_status

# Each state is a message to the browser, perhaps far away.
_NOTEBOOK_PAUSE, _NOTEBOOK_WIDTH = 0.25, 120
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
            return _claim(NotebookOutput())
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
    """The last line of a terminal."""

    def __init__(self) -> None:
        self._n_cells = 0

    def pause(self, elapsed: float) -> float:
        """Seconds from one state to the next, at least."""
        return TERMINAL_PAUSE

    def tick(self, elapsed: float) -> float:
        """Seconds after which the state is shown again."""
        return TICK

    def draw(self, status: Status) -> None:
        """Write over the former state."""
        width = _terminal_width()
        text = _encodable(describe_status(status, width, *separators()))
        n_cells = count_cells(text)
        # Blanks over the rest of the former state, unless the terminal became narrower.
        _put("\r" + text + " " * (min(self._n_cells, width) - n_cells), is_flushed=True)
        self._n_cells = n_cells

    def clear(self) -> None:
        """Blank the line."""
        if self._n_cells:
            _put("\r" + " " * min(self._n_cells, _terminal_width()) + "\r")
            self._n_cells = 0

    def end(self, status: Status) -> None:
        """Leave the last state, and go to a new line."""
        # What the terminal echoed of Ctrl-C is written over, too.
        self._n_cells += 2
        self.draw(status)
        _put("\n", is_flushed=True)


def _terminal_width() -> int:
    """Cells of a line that does not wrap: the last column would."""
    return max(1, shutil.get_terminal_size().columns - 1)


def _encodable(text: str) -> str:
    """Text with a question mark for each character that ``sys.stdout`` cannot write."""
    encoding = getattr(sys.stdout, "encoding", None) or "ascii"
    return text.encode(encoding, "replace").decode(encoding)


class NotebookOutput:
    """An output of a notebook's cell, below what is printed."""

    def __init__(self) -> None:
        self._handle: Any = None

    def pause(self, elapsed: float) -> float:
        """Seconds from one state to the next, at least."""
        return _NOTEBOOK_PAUSE

    def tick(self, elapsed: float) -> float:
        """Seconds after which the state is shown again."""
        return TICK

    def draw(self, status: Status) -> None:
        """Replace the former state."""
        # ipykernel, whose stream was found, needs IPython; which has few types.
        display: Any = import_module("IPython.display")
        output = {"text/plain": describe_status(status, _NOTEBOOK_WIDTH, " · ", "…")}
        if self._handle is None:
            self._handle = display.display(output, raw=True, display_id=True)
        else:
            self._handle.update(output, raw=True)

    def clear(self) -> None:
        """Leave the output: what is printed has another."""

    def end(self, status: Status) -> None:
        """Leave the last state."""
        self.draw(status)


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
