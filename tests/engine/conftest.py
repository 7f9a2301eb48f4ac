"""Engines for the tests, and a limit on time: what hangs must fail, with a traceback."""

import faulthandler
import sys

import joblib
import pytest

from skhpo._engine import open_engine

# Far above the slowest test; a hang would otherwise last as long as CI lets it.
LIMIT_SECONDS = 120

BACKENDS = {"inline": "sequential", "threads": "threading", "processes": "loky"}


@pytest.fixture(autouse=True)
def time_limit():
    """End the test run when one test hangs."""
    faulthandler.dump_traceback_later(LIMIT_SECONDS, exit=True, file=sys.__stderr__)
    yield
    faulthandler.cancel_dump_traceback_later()


@pytest.fixture(params=BACKENDS)
def kind(request):
    """Each kind of engine."""
    return request.param


@pytest.fixture
def engine(kind):
    """An open engine of each kind, of two workers where it has several."""
    with joblib.parallel_config(BACKENDS[kind], n_jobs=2), open_engine() as engine:
        yield engine


@pytest.fixture
def processes():
    """An open engine of two worker processes."""
    with open_engine(2) as engine:
        yield engine
