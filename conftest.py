"""What holds for every test, and for the examples in docstrings and pages."""

from __future__ import annotations

import os
import signal
import sys

# scikit-learn's tests of array-API input look at it, and scipy reads it when imported.
os.environ.setdefault("SCIPY_ARRAY_API", "1")
# Pictures are drawn without a screen.
os.environ.setdefault("MPLBACKEND", "agg")

import pytest
from hypothesis import HealthCheck, settings
from threadpoolctl import threadpool_limits

# `ci` tries the same examples on every run, so that a failure is a change's fault;
# HYPOTHESIS_PROFILE=deep looks for new ones. Deadlines and slow draws measure the machine.
_ANY_MACHINE = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("ci", derandomize=True, max_examples=50, **_ANY_MACHINE)
settings.register_profile("deep", max_examples=2000, print_blob=True, **_ANY_MACHINE)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


@pytest.fixture(scope="session", autouse=True)
def _one_blas_thread():
    """Keep BLAS to one thread: the matrices are small, and workers share the cores."""
    with threadpool_limits(limits=1):
        yield


@pytest.fixture(scope="session", autouse=True)
def _interrupts_arrive():
    """Listen to SIGINT where it came ignored: a shell's background jobs are begun so."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def _figures_are_closed():
    """Close what a test or an example drew: matplotlib warns of many open figures."""
    yield
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")


@pytest.fixture(autouse=True)
def _pages_write_elsewhere(request):
    """Run a page's examples in a folder of their own: some write a file."""
    # Asked for here: most tests need no folder.
    if request.path.suffix == ".md":
        elsewhere = request.getfixturevalue("tmp_path")
        request.getfixturevalue("monkeypatch").chdir(elsewhere)


@pytest.fixture(autouse=True)
def _nothing_is_spent(monkeypatch):
    """Forget the test rows that other tests scored, as a process of its own would."""
    # Imported here and not above, so that coverage sees the import.
    from skhpo._spent import PROCESS

    monkeypatch.setattr(PROCESS, "_records", {})
