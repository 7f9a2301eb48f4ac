"""How much memory a process has for itself: from /proc, elsewhere from psutil.

private    not shared with other processes: neither files that it maps, as large data are
           mapped by all workers, nor libraries
"""

from __future__ import annotations

import importlib.util
import os
from importlib import import_module
from pathlib import Path
from typing import Any

_HAS_PROC = Path("/proc/self/statm").exists()
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE") if _HAS_PROC else 0


def can_read() -> bool:
    """Whether the memory of a process can be read here."""
    return _HAS_PROC or importlib.util.find_spec("psutil") is not None


def private_bytes(pid: int) -> int | None:
    """Private memory of a process; None if it is gone, or nothing here can tell."""
    try:
        return _from_proc(pid) if _HAS_PROC else _from_psutil(import_module("psutil"), pid)
    except Exception:  # psutil has errors of its own
        return None


def _from_proc(pid: int) -> int:
    """Resident pages less those of files and of shared memory."""
    with open(f"/proc/{pid}/statm", encoding="ascii") as file:
        resident, shared = file.read().split()[1:3]
    return (int(resident) - int(shared)) * _PAGE_BYTES


def _from_psutil(psutil: Any, pid: int) -> int:
    """What comes nearest: Windows counts it, macOS only all that is resident."""
    info = psutil.Process(pid).memory_info()
    return int(getattr(info, "private", info.rss))
