"""For how long a cluster has had no workers: those that died come back, an adaptive one adds some.

On a busy machine the start of a worker takes half a minute, and a machine of a cloud some.
"""

from __future__ import annotations

import time

# As long as dask's scheduler waits for a worker of which it hears nothing ("worker-ttl").
PATIENCE_SECONDS = 300.0


class Absence:
    """Tells when workers have been missed for too long; looked at now and then.

    Parameters
    ----------
    patience_seconds : float
        How long is not too long.
    """

    def __init__(self, patience_seconds: float) -> None:
        self.patience_seconds = patience_seconds
        self._since: float | None = None

    def end(self) -> None:
        """Note that there is a worker."""
        self._since = None

    def is_too_long(self) -> bool:
        """Note that there is none; whether it is so since long ago."""
        now = time.monotonic()
        if self._since is None:
            self._since = now
        return now - self._since >= self.patience_seconds
