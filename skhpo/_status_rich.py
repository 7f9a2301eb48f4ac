"""The state of a study in a terminal, drawn by rich: a bar, and the best candidate below it."""

from __future__ import annotations

import math

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from skhpo._status import (
    TERMINAL_PAUSE,
    TICK,
    Status,
    describe_clock,
    describe_duration,
    describe_params,
)


def make_panel(status: Status) -> Group:
    """Lay out a state."""
    bar = Table.grid(padding=(0, 2), expand=True)
    bar.add_column(no_wrap=True)
    bar.add_column(ratio=1, min_width=4)
    bar.add_column(no_wrap=True)
    of = f"{status.n_done}/{status.n_trials}"
    clock = ""
    if status.is_over:
        clock = describe_clock(status.elapsed)
    elif not math.isnan(status.left):
        clock = f"{'at most ' * status.is_at_most}{describe_duration(status.left)} left"
    bar.add_row(
        Text(of, "bold"), ProgressBar(max(1, status.n_trials), status.n_done), Text(clock, "cyan")
    )
    facts = []
    if not status.is_over:
        facts.append((f"{describe_clock(status.elapsed)} gone", "dim"))
        facts += [(f"{status.n_running} running", "dim")] * (status.n_running > 0)
    facts += [(f"{status.n_failed} failed", "red")] * (status.n_failed > 0)
    facts += [(f"{status.n_stopped} stopped", "yellow")] * (status.n_stopped > 0)
    rows: list[Table | Text] = [bar]
    if facts:
        row = Text(no_wrap=True, overflow="ellipsis")
        for place, (text, style) in enumerate(facts):
            row.append("  " * (place > 0)).append(text, style)
        rows.append(row)
    if not math.isnan(status.best_score):
        name = "" if status.best_metric is None else f"{status.best_metric} "
        row = Text(no_wrap=True, overflow="ellipsis")
        row.append(f"best {name}").append(f"{status.best_score:.4g}", "bold green")
        row.append("  " + describe_params(status.best_params or {}, is_short=True))
        rows.append(row)
    return Group(*rows)


class RichPanel:
    """The last lines of a terminal."""

    def __init__(self) -> None:
        # Without its thread: the search itself says when there is something to show.
        self._live = Live(console=Console(), auto_refresh=False)

    def pause(self, elapsed: float) -> float:
        """Seconds from one state to the next, at least."""
        return TERMINAL_PAUSE

    def tick(self, elapsed: float) -> float:
        """Seconds after which the state is shown again."""
        return TICK

    def draw(self, status: Status) -> None:
        """Show a state in place of the former one."""
        try:
            if not self._live.is_started:
                self._live.start()
            self._live.update(make_panel(status), refresh=True)
        except (OSError, ValueError):
            return

    def clear(self) -> None:
        """Leave it to rich, which writes what is printed above the panel."""

    def end(self, status: Status) -> None:
        """Show the last state, and leave the cursor on a new line."""
        try:
            self.draw(status)
            self._live.stop()
        except (OSError, ValueError):
            return
