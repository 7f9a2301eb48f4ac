"""What random search finds on each task: 600 scores and the best of them.

`reference.json` holds, by task, the scores of candidates drawn with seed 0, sorted, the
failures first as null, and the best. Dicts of a conditional space are equally likely, and a
range is uniform in its scale. Scores of the real tasks change a little with scikit-learn's
release.

    python benchmarks/surrogate/reference.py                    all tasks, some minutes
    python benchmarks/surrogate/reference.py --task svc_digits  one, the others as they are
"""

from __future__ import annotations

import argparse
import json
import math
from pathlib import Path
from typing import Any

from suite import TASKS, find_task
from task import Task

from skhpo import RandomStrategy

PATH = Path(__file__).with_suffix(".json")
N_CANDIDATES = 600


def main() -> None:
    """Evaluate the tasks and store their scores."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--task", help="name of the only task to evaluate")
    only = parser.parse_args().task
    for task in TASKS if only is None else (find_task(only),):
        stored = {**read_reference(), task.name: make_reference(task)}
        write_reference(stored)
        print(f"{task.name:32} best {stored[task.name]['best']:.6g}", flush=True)


def make_reference(task: Task) -> dict[str, Any]:
    """Scores of random candidates, failures first, and the best score."""
    strategy = RandomStrategy(task.space, random_state=0)
    drawn = [task.evaluate(strategy.ask().params) for _ in range(N_CANDIDATES)]
    scores = sorted(float(f"{score:.6g}") for score in drawn if not math.isnan(score))
    failures = [None] * (N_CANDIDATES - len(scores))
    return {"best": scores[-1], "scores": failures + scores}


def read_reference() -> dict[str, Any]:
    """Stored scores by task; empty before the first run."""
    return json.loads(PATH.read_text()) if PATH.exists() else {}


def write_reference(reference: dict[str, Any]) -> None:
    """Store the scores of the tasks there are, one line a task, in the suite's order."""
    lines = [
        f"{json.dumps(task.name)}: {json.dumps(reference[task.name])}"
        for task in TASKS
        if task.name in reference
    ]
    PATH.write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
