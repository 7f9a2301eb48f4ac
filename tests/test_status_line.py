"""Where the state is shown: a terminal, a notebook, a file; and whatever else stdout is."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import textwrap
import threading

import pytest

from skhpo import _status_line
from skhpo._status import Status, count_cells
from skhpo._status_line import FileLines, RewrittenLine, open_display, release, write
from tests.processes import needs_linux

STATUS = Status(3, 9, 2, 0, 0, 42.0, 60.0, best_score=0.5, best_params={"a": "é"})
OVER = Status(9, 9, 0, 0, 0, 60.0, best_score=0.5, best_params={"a": 1}, is_over=True)


class Terminal(io.TextIOWrapper):
    """A stream that says it is a terminal."""

    def __init__(self, encoding="utf-8"):
        super().__init__(io.BytesIO(), encoding=encoding)

    def isatty(self):
        return True

    def text(self):
        self.flush()
        return self.buffer.getvalue().decode(self.encoding)


@pytest.fixture
def terminal(monkeypatch):
    def set_up(encoding="utf-8", columns=80):
        stream = Terminal(encoding)
        monkeypatch.setattr(sys, "stdout", stream)
        monkeypatch.setenv("COLUMNS", str(columns))
        monkeypatch.setenv("TERM", "xterm")
        return stream

    return set_up


def seen(text):
    """What each line of a terminal shows at last: a carriage return overwrites."""
    shown = []
    for line in text.split("\n"):
        cells = ""
        for part in line.split("\r"):
            cells = part + cells[len(part) :]
        shown.append(cells.rstrip())
    return shown


def test_line_rewrites_itself_and_ends_on_a_new_one(terminal):
    stream = terminal()
    line = RewrittenLine()
    line.draw(STATUS)
    line.end(OVER)
    assert seen(stream.text()) == ["9/9 candidates · 1:00 · best 0.5 a=1", ""]


def test_other_lines_stand_above(terminal):
    stream = terminal()
    display = open_display(is_rich=False)
    try:
        display.draw(STATUS)
        write("Ending the search: enough")
        display.end(OVER)
    finally:
        release(display)
    assert seen(stream.text())[:1] == ["Ending the search: enough"]
    assert len(seen(stream.text())) == 3


def test_search_within_a_shown_one_has_plain_lines(terminal):
    terminal()
    outer = open_display(is_rich=False)
    try:
        assert isinstance(outer, RewrittenLine)
        assert isinstance(open_display(), FileLines)
    finally:
        release(outer)
    assert _status_line._shown is None


def test_search_in_a_thread_has_plain_lines(terminal):
    terminal()
    displays = []
    thread = threading.Thread(target=lambda: displays.append(open_display()))
    thread.start()
    thread.join()
    assert isinstance(displays[0], FileLines)


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", "utf-8"])
@pytest.mark.parametrize("columns", [10, 40, 80])
def test_every_encoding_and_width(terminal, encoding, columns):
    stream = terminal(encoding, columns)
    line = RewrittenLine()
    line.draw(STATUS)
    assert count_cells(stream.text().strip("\r")) < columns


def broken_pipe():
    read, written = os.pipe()
    os.close(read)
    return open(written, "w", buffering=1)


def closed():
    stream = io.StringIO()
    stream.close()
    return stream


@pytest.mark.parametrize("make", [broken_pipe, closed, lambda: None], ids=["pipe", "closed", "no"])
def test_nothing_is_raised_for_a_stream_that_is_gone(make, monkeypatch):
    stream = make()
    monkeypatch.setattr(sys, "stdout", stream)
    assert isinstance(open_display(), FileLines)
    for display in (FileLines(), RewrittenLine()):
        display.draw(STATUS)
        display.clear()
        display.end(OVER)
    write("text")
    if make is broken_pipe:
        # Its buffer would be written once more when it is collected.
        with pytest.raises(BrokenPipeError, match="Broken pipe"):
            stream.close()


def test_file_has_plain_lines_after_growing_pauses(capsys):
    display = open_display()
    assert [display.pause(at) for at in (0, 10, 20, 1e6)] == [10, 10, 20, 600]
    display.end(OVER)
    assert capsys.readouterr().out == ""
    display.draw(STATUS)
    display.end(OVER)
    assert capsys.readouterr().out.splitlines() == [
        "3/9 candidates, 0:42 gone, 1 min left, 2 folds running, best 0.5 a=é",
        "9/9 candidates, 1:00, best 0.5 a=1",
    ]


SCRIPT = """
import sys, time, warnings
{before}
import numpy as np
from sklearn.base import BaseEstimator
from skhpo import GridSearch

class Slow(BaseEstimator):
    def __init__(self, a=0, seconds=0.15, fails=None):
        self.a, self.seconds, self.fails = a, seconds, fails
    def fit(self, X, y):
        time.sleep(self.seconds)
        if self.a == self.fails:
            raise KeyboardInterrupt
        return self
    def score(self, X, y):
        return self.a / 10

X, y = np.zeros((6, 1)), np.zeros(6)
try:
    GridSearch(Slow(fails={fails}), {{"a": [1, 2, 3]}}, cv=3, verbose=1, refit=False).fit(X, y)
except KeyboardInterrupt:
    pass
print("after")
"""
FIRST = "Fitting 3 folds for each of 3 candidates, totalling 9 fits"
NO_RICH = "sys.modules['rich'] = None"


def script(before="", fails=None):
    return textwrap.dedent(SCRIPT).format(before=before, fails=fails)


def in_terminal(code, columns):
    """What a script writes to a pseudo-terminal."""
    import fcntl
    import pty
    import struct
    import termios

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    environment = {name: v for name, v in os.environ.items() if name not in ("COLUMNS", "LINES")}
    with subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=environment | {"TERM": "xterm", "PYTHONIOENCODING": "utf-8"},
    ) as process:
        os.close(theirs)
        written = b""
        while True:
            try:
                read = os.read(ours, 4096)
            except OSError:  # the other end is closed
                break
            if not read:
                break
            written += read
    os.close(ours)
    assert process.returncode == 0, written
    return written.decode().replace("\r\n", "\n")


@needs_linux
@pytest.mark.parametrize("columns", [pytest.param(40, marks=pytest.mark.slow), 80])
def test_a_person_sees_one_line_that_changes(columns):
    written = in_terminal(script(NO_RICH), columns)
    assert "\x1b" not in written
    lines = written.split("\n")
    assert lines[0] == FIRST
    states = lines[1].split("\r")
    assert len(states) >= 4
    assert max(map(count_cells, states)) < columns
    assert any("left" in state for state in states)
    assert [line.split(" · ", 1)[0] for line in seen(written)[1:]] == [
        "3/3 candidates",
        "after",
        "",
    ]
    assert "best 0.3 a=3" in seen(written)[1]


@pytest.mark.slow
@needs_linux
def test_an_interrupt_leaves_the_cursor_on_a_new_line():
    shown = seen(in_terminal(script(NO_RICH, fails=2), 80))
    assert shown[1].startswith("1/3 candidates")
    assert shown[2:] == ["after", ""]


@needs_linux
def test_rich_draws_a_bar_and_the_best_candidate():
    pytest.importorskip("rich")
    written = in_terminal(script(), 80)
    assert "━" in written
    assert "a=3" in written
    # The cursor is shown again, and what follows has its own line.
    assert written.rindex("\x1b[?25h") > written.rindex("\x1b[?25l")
    assert written.endswith("\n\x1b[?25hafter\n")


def test_a_pipe_gets_scikit_learns_line_only():
    done = subprocess.run(
        [sys.executable, "-c", script()], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == [FIRST, "after"]
    assert done.stderr == ""


@pytest.mark.slow
def test_a_notebook_keeps_the_last_state_only():
    nbformat = pytest.importorskip("nbformat")
    nbclient = pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel")
    cells = [nbformat.v4.new_code_cell(script())]
    notebook = nbformat.v4.new_notebook(cells=cells)
    nbclient.NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    first, shown, after = notebook.cells[0].outputs
    assert first.text == FIRST + "\n"
    assert re.fullmatch(
        r"3/3 candidates · 0:\d\d · best 0.3 a=3", shown.data["text/plain"].rstrip()
    )
    assert after.text == "after\n"
