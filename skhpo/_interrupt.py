"""Ctrl-C that is noticed even when an estimator swallows it.

``MLPClassifier.fit`` catches the ``KeyboardInterrupt`` and returns a half-trained
model: the watch remembers that the signal came, so that the fit can be discarded.
"""

from __future__ import annotations

import signal
import threading
from types import FrameType, TracebackType
from typing import Any


class InterruptWatch:
    """Remember SIGINT while the context lasts, and pass it on.

    Python delivers signals to the main thread only: elsewhere, and where SIGINT
    is ignored, the watch sees nothing and changes nothing.
    """

    def __init__(self) -> None:
        self.received = False
        self._previous: Any = None

    def __enter__(self) -> InterruptWatch:
        """Listen."""
        if threading.current_thread() is threading.main_thread():
            previous = signal.getsignal(signal.SIGINT)
            if callable(previous):
                self._previous = previous
                signal.signal(signal.SIGINT, self._handle)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Put the former handler back."""
        if self._previous is not None:
            signal.signal(signal.SIGINT, self._previous)
            self._previous = None

    def _handle(self, number: int, frame: FrameType | None) -> None:
        """Note the signal, then do what would have been done."""
        self.received = True
        self._previous(number, frame)

    def raise_if_received(self) -> None:
        """Raise the interrupt that an estimator swallowed.

        Raises
        ------
        KeyboardInterrupt
            If SIGINT came since the context began.
        """
        if self.received:
            raise KeyboardInterrupt("A fit swallowed the interrupt and returned; it is discarded.")
