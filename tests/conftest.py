"""What holds for all tests: hypothesis profiles, one BLAS thread."""

import os

import pytest
from hypothesis import settings
from threadpoolctl import threadpool_limits

# `ci` tries the same examples on every run, so that a failure is a change's fault;
# HYPOTHESIS_PROFILE=deep looks for new ones. Deadlines measure the machine.
settings.register_profile("ci", derandomize=True, deadline=None, max_examples=50)
settings.register_profile("deep", deadline=None, max_examples=2000, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


@pytest.fixture(scope="session", autouse=True)
def one_blas_thread():
    """Keep BLAS to one thread: the matrices are small, and workers share the cores."""
    with threadpool_limits(limits=1):
        yield
