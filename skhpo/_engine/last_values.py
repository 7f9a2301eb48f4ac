"""The last shared values that a worker process has loaded.

From joblib nothing: a worker meets the same value again with each call, and loads it once.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any

# A study shares one; a nested or a later one shares another.
_N_VALUES = 2


class LastValues:
    """Values by key, of which the last used ones stay."""

    def __init__(self) -> None:
        self._values: OrderedDict[Hashable, Any] = OrderedDict()
        # Held while loading: threads of one worker want the same value.
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._values)

    def get(self, key: Hashable, load: Callable[[], Any]) -> Any:
        """Value of a key, from memory if it is among the last ones."""
        with self._lock:
            if key not in self._values:
                self._values[key] = load()
            self._values.move_to_end(key)
            while len(self._values) > _N_VALUES:
                self._values.popitem(last=False)
            return self._values[key]

    def forget(self, is_gone: Callable[[Any], bool]) -> None:
        """Let go of the values whose key says so."""
        with self._lock:
            for key in list(filter(is_gone, self._values)):
                del self._values[key]
