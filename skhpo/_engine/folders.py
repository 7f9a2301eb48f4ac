"""Temporary folders that go in any case: with their user, or after this process is killed.

From joblib: loky's resource tracker, a process that removes what is registered when the
process that registered it is gone.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from joblib.externals.loky.backend import resource_tracker


def make_folder(root: Path | None = None) -> Path:
    """Make a folder of one's own below a root; None is the system's for temporary files."""
    folder = Path(tempfile.mkdtemp(prefix="skhpo-", dir=root))
    resource_tracker.register(str(folder), "folder")
    return folder


def remove_folder(folder: Path) -> None:
    """Remove a folder that `make_folder` made."""
    shutil.rmtree(folder, ignore_errors=True)
    # Windows keeps a file that a worker maps: the tracker removes it at exit.
    if not folder.exists():
        resource_tracker.unregister(str(folder), "folder")
