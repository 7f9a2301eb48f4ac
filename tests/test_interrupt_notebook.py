"""Ctrl-C in a notebook: the signal reaches the kernel's whole group, in the middle of a cell."""

from __future__ import annotations

import signal
import textwrap

import pytest

from tests.processes import (
    AT_ONCE_SECONDS,
    environment,
    members,
    needs_linux,
    shared_files,
    wait_until,
)

jupyter_client = pytest.importorskip("jupyter_client")
pytest.importorskip("ipykernel")

pytestmark = [needs_linux, pytest.mark.slow]

# The third candidate takes as long as it is told; a file says that it has begun.
SETUP = """
    import os, time
    from pathlib import Path
    import joblib
    import numpy as np
    from sklearn.base import BaseEstimator, ClassifierMixin
    from skhpo import GridSearch

    class Slow(ClassifierMixin, BaseEstimator):
        def __init__(self, number=0, seconds=0.0, folder=""):
            self.number = number
            self.seconds = seconds
            self.folder = folder

        def fit(self, X, y):
            self.classes_ = np.unique(y)
            if self.number == 2:
                (Path(self.folder) / f"{os.getpid()}-{time.time_ns()}").touch()
                time.sleep(self.seconds)
            return self

        def predict(self, X):
            return np.zeros(len(X), dtype=int)

    X, y = np.arange(40.0).reshape(-1, 1), np.tile([0, 1], 20)
"""

SEARCH = """
    estimator = Slow(seconds={seconds}, folder={folder!r})
    search = GridSearch(estimator, {{"number": [0, 1, 2, 3]}}, cv=2, **{keywords!r})
    with joblib.parallel_config({backend!r}, n_jobs={n_jobs}):
        search.fit(X, y)
"""

SUMMARY = """[
    [trial.status for trial in search.trials_],
    len(search.cv_results_["params"]),
    search.best_params_["number"],
    search.stop_reason_,
    hasattr(search, "best_estimator_"),
]"""

DASK = """
    import dask, distributed
    dask.config.set({"logging.distributed": "critical"})
    cluster = distributed.LocalCluster(
        n_workers=1, threads_per_worker=1, dashboard_address=":0", silence_logs=60)
    client = distributed.Client(cluster)
"""

# Fits at the same time.
WORKERS = {"sequential": 1, "threading": 2, "loky": 2, "dask": 1}


class Kernel:
    """An IPython kernel in a process group of its own, as a notebook has it."""

    def __init__(self, folder):
        self.manager = jupyter_client.KernelManager(kernel_name="python3")
        # What starts a kernel may itself ignore SIGINT, as a shell's background jobs do.
        self.manager.start_kernel(
            env=environment(folder),
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        )
        self.client = self.manager.blocking_client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=60)
        self.group = self.manager.provisioner.pgid

    def begin(self, code):
        """Run a cell; its id."""
        # Otherwise a cell that comes in the moment after another's error is thrown away.
        return self.client.execute(textwrap.dedent(code), stop_on_error=False)

    def reply(self, cell, seconds=60):
        """Reply to a cell."""
        while True:
            message = self.client.get_shell_msg(timeout=seconds)
            if message["parent_header"]["msg_id"] == cell:
                return message["content"]

    def run(self, code):
        """Run a cell that ends well."""
        reply = self.reply(self.begin(code))
        assert reply["status"] == "ok", "\n".join(reply["traceback"])

    def value(self, expression):
        """Value of an expression."""
        cell = self.client.execute("", user_expressions={"value": expression})
        found = self.reply(cell)["user_expressions"]["value"]
        assert found["status"] == "ok", found
        return eval(found["data"]["text/plain"])

    def press(self):
        """Interrupt the cell that runs, as the notebook's button does."""
        self.manager.interrupt_kernel()

    def close(self):
        """End the kernel, as a notebook's menu does."""
        self.client.stop_channels()
        self.manager.shutdown_kernel()


class Marks:
    """Marks of the long fits of one search."""

    def __init__(self, folder, backend):
        self.folder, self.n = folder, WORKERS[backend]
        self.folder.mkdir()

    def wait(self):
        """Wait until as many fits have begun as run at the same time; their processes."""
        assert wait_until(lambda: len(list(self.folder.iterdir())) >= self.n, 60)
        return {int(mark.name.partition("-")[0]) for mark in self.folder.iterdir()}


def search(backend, marks, **keywords):
    """Cell of a search; a thread's fit runs to its end, all others are ended."""
    return SEARCH.format(
        backend=backend,
        # dask takes its own number of workers, but runs one job in the kernel.
        n_jobs=1 if backend == "sequential" else 2,
        folder=str(marks.folder),
        seconds=1.0 if backend == "threading" else 60.0,
        keywords=keywords,
    )


@pytest.fixture(scope="module")
def kernel(tmp_path_factory):
    """A kernel in which all is imported."""
    kernel = Kernel(tmp_path_factory.mktemp("kernel"))
    try:
        kernel.run(SETUP)
        yield kernel
    finally:
        kernel.close()
    assert wait_until(lambda: not members(kernel.group)), members(kernel.group)


@pytest.mark.parametrize("backend", WORKERS)
def test_a_cell_is_interrupted_and_the_next_one_works(backend, kernel, tmp_path):
    if backend == "dask":
        pytest.importorskip("distributed")
        kernel.run(DASK)
    for keywords in ({}, {"on_interrupt": "refit"}):
        marks = Marks(tmp_path / str(len(keywords)), backend)
        cell = kernel.begin(search(backend, marks, **keywords))
        fits = marks.wait()
        kernel.press()
        reply = kernel.reply(cell, seconds=AT_ONCE_SECONDS)
        statuses, n_rows, best, reason, has_winner = kernel.value(SUMMARY)
        if keywords:
            assert reply["status"] == "ok"
        else:
            assert reply["ename"] == "KeyboardInterrupt"
            assert "`trials_` and `cv_results_` keep what had finished" in reply["evalue"]
        assert statuses[:3] == ["complete", "complete", "stopped"]
        assert (n_rows, best, reason) == (len(statuses), 0, "interrupted")
        assert has_winner == bool(keywords)
        # Where fits ran in the kernel itself, that is all there is.
        workers = fits - {kernel.manager.provisioner.pid}
        assert wait_until(lambda workers=workers: not workers & set(members(kernel.group)))


def test_a_kernel_that_is_shut_down_in_the_middle_leaves_no_worker(tmp_path):
    (tmp_path / "temporary").mkdir()
    kernel = Kernel(tmp_path / "temporary")
    try:
        kernel.run(SETUP)
        marks = Marks(tmp_path / "marks", "loky")
        kernel.begin(search("loky", marks))
        fits = marks.wait()
        assert fits <= set(members(kernel.group))
    finally:
        kernel.close()
    assert wait_until(lambda: not members(kernel.group)), members(kernel.group)
    assert wait_until(lambda: not shared_files(tmp_path / "temporary"))
