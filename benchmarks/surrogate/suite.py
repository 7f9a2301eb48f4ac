"""All tasks, by name, and which of them are kept for the end."""

from __future__ import annotations

from dataclasses import replace

from real_classifiers import CONDITIONAL_CLASSIFIER_TASKS, PLAIN_CLASSIFIER_TASKS
from real_pipelines import CONDITIONAL_PIPELINE_TASKS, PLAIN_PIPELINE_TASKS
from real_regressors import CONDITIONAL_REGRESSOR_TASKS, PLAIN_REGRESSOR_TASKS
from synthetic import PLAIN_SYNTHETIC_TASKS
from synthetic_conditional import CONDITIONAL_SYNTHETIC_TASKS
from task import Task


def keep_every_third(tasks: tuple[Task, ...]) -> tuple[Task, ...]:
    """Mark the second of every three tasks in their order."""
    return tuple(replace(task, is_kept=i % 3 == 1) for i, task in enumerate(tasks))


# The lists are by kind, so that the kept third is balanced. It was fixed by the order in
# which the tasks were written, before any search had run on one of them.
TASKS: tuple[Task, ...] = (
    *keep_every_third(PLAIN_SYNTHETIC_TASKS),
    *keep_every_third(CONDITIONAL_SYNTHETIC_TASKS),
    *keep_every_third(PLAIN_CLASSIFIER_TASKS + PLAIN_REGRESSOR_TASKS + PLAIN_PIPELINE_TASKS),
    *keep_every_third(
        CONDITIONAL_CLASSIFIER_TASKS + CONDITIONAL_REGRESSOR_TASKS + CONDITIONAL_PIPELINE_TASKS
    ),
)


def find_task(name: str) -> Task:
    """Task of a name."""
    for task in TASKS:
        if task.name == name:
            return task
    known = ", ".join(task.name for task in TASKS)
    raise ValueError(f"`name` must be a task's, got {name!r}; choose from {known}.")
