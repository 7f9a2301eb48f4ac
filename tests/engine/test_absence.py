"""Clusters without workers: how long they may be so, and ray's, in a process of its own."""

from __future__ import annotations

import importlib.util
import time

import pytest

from skhpo._engine.absence import Absence
from tests.processes import run

# One machine of ray's has no CPUs and stays, the other has two and dies.
SCRIPT = """
    import time
    import joblib, ray
    from ray.cluster_utils import Cluster
    from ray.util.joblib import register_ray
    from skhpo._engine import absence, open_engine

    absence.PATIENCE_SECONDS = 3.0
    cluster = Cluster(
        initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False}
    )
    node = cluster.add_node(num_cpus=2)
    ray.init(address=cluster.address, log_to_driver=False, logging_level="error")
    register_ray()
    with joblib.parallel_config("ray"), open_engine() as engine:
        assert engine.submit(abs, -2).result(timeout=60) == 2
        cluster.remove_node(node, allow_graceful=False)
        print(type(engine.submit(abs, -3).exception(timeout=60)).__name__)
        print(engine.submit(abs, -4).exception(timeout=60))
        engine.close(kill=True)
    ray.shutdown()
    cluster.shutdown()
"""


def test_an_absence_is_too_long_when_it_has_lasted():
    absence = Absence(0.2)
    assert not absence.is_too_long()
    time.sleep(0.25)
    assert absence.is_too_long()
    absence.end()
    assert not absence.is_too_long()


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="ray is not installed")
def test_a_ray_cluster_that_lost_its_cpus_is_an_error_and_no_hang(tmp_path):
    lines = run(SCRIPT, tmp_path, seconds=100).splitlines()
    assert lines[-2] in ("WorkerDiedError", "WorkersGoneError")
    assert lines[-1] == "The ray cluster has had no CPUs for 3 seconds; add nodes."
