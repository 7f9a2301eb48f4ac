"""A search's trials as runs of MLflow, by a callback of scikit-learn's protocol.

The protocol tells of tasks, not of results. So everything is logged when ``fit`` ends, from
the search itself: after an error or Ctrl-C, too.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from typing import Any

import numpy as np

from skhpo._trial import Trial

# MLflow's own limit for the value of a parameter or tag.
_MAX_LENGTH = 5_000

_RUN_STATES = {
    "complete": "FINISHED",
    "stopped": "KILLED",
    "failed": "FAILED",
    "timed_out": "FAILED",
}


class MLflowCallback:
    """Log a search to MLflow: one run for it, and one within for each trial.

    Set with ``search.set_callbacks(MLflowCallback())``; to be had by each search of a list,
    too. Runs go to MLflow's tracking URI and experiment, below the active run if there is one.

    Parameters
    ----------
    run_name : str or None, default=None
        Name of the search's run; None is the class of the search.
    experiment : str or None, default=None
        Name of the experiment, which is made if there is none; None is the active one.
    tags : dict of str to str or None, default=None
        Tags of the search's run.

    Notes
    -----
    Everything is logged at the end of ``fit``, also of one that raised or was interrupted.
    A trial's run has its parameters as text; of each metric mean and standard deviation of the
    validation scores, as in ``cv_results_``, and the scores by fold, the step being the fold's
    number; the seconds of its fits; tags `origin`, `status` and `why`. Stopped trials are
    killed runs, those that failed or timed out failed ones. The search's run has its
    keywords, the best parameters and score, and why it ended. Folds are not slowed down, and
    share fits as without a callback.

    Needs MLflow, ``pip install mlflow``, when ``fit`` begins.

    Examples
    --------
    >>> from sklearn.svm import SVC
    >>> from skhpo import GridSearch, MLflowCallback
    >>> search = GridSearch(SVC(), {"C": [1, 10]})
    >>> search = search.set_callbacks(MLflowCallback(run_name="SVC", tags={"data": "iris"}))
    """

    # No fold has to carry its task to a worker, see `_routing.has_listeners`.
    hears_folds = False

    def __init__(
        self,
        run_name: str | None = None,
        *,
        experiment: str | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        self.run_name = run_name
        self.experiment = experiment
        self.tags = tags
        # What a search had from an earlier fit is not logged again when a fit fails early.
        self._earlier: dict[int, int] = {}

    def setup(self, estimator: Any, context: Any) -> None:
        """Look for MLflow before the first fit.

        Parameters
        ----------
        estimator : estimator
            The search.
        context : CallbackContext
            Its task.

        Raises
        ------
        ImportError
            If MLflow is not installed.
        """
        _import_mlflow()
        self._earlier[id(estimator)] = id(getattr(estimator, "trials_", None))

    def on_fit_task_begin(self, estimator: Any, context: Any) -> None:
        """Do nothing: a task has no results.

        Parameters
        ----------
        estimator : estimator
            The search.
        context : CallbackContext
            The task.
        """

    def on_fit_task_end(self, estimator: Any, context: Any) -> None:
        """Do nothing: a task has no results.

        Parameters
        ----------
        estimator : estimator
            The search.
        context : CallbackContext
            The task.
        """

    def teardown(self, estimator: Any, context: Any) -> None:
        """Log the search and its trials.

        Parameters
        ----------
        estimator : estimator
            The search, after its ``fit``.
        context : CallbackContext
            Its task.
        """
        trials = getattr(estimator, "trials_", None)
        if trials is None or self._earlier.pop(id(estimator), None) == id(trials):
            return
        mlflow = _import_mlflow()
        client = mlflow.MlflowClient()
        metrics = _find_metrics(estimator)
        with mlflow.start_run(
            experiment_id=None if self.experiment is None else self._find_experiment(client),
            run_name=self.run_name or type(estimator).__name__,
            nested=mlflow.active_run() is not None,
        ) as parent:
            ids = parent.info.experiment_id, parent.info.run_id
            for trial in trials:
                _log_trial(client, *ids, trial, metrics)
            _log(
                client,
                parent.info.run_id,
                {**estimator.get_params(deep=False), **_best_params(estimator)},
                _search_metrics(estimator),
                {**(self.tags or {}), "stop_reason": estimator.stop_reason_},
            )
            if not hasattr(estimator, "best_params_"):
                mlflow.end_run("FAILED")

    def _find_experiment(self, client: Any) -> str:
        """Number of the named experiment, which is made if there is none."""
        found = client.get_experiment_by_name(self.experiment)
        made = found.experiment_id if found else client.create_experiment(self.experiment)
        return str(made)


def _log_trial(
    client: Any, experiment_id: str, parent_id: str, trial: Trial, metrics: list[str]
) -> None:
    """Make a run of a trial; it never becomes MLflow's active one, which takes longer."""
    tags = {"mlflow.parentRunId": parent_id}
    run = client.create_run(experiment_id, run_name=f"trial {trial.number}", tags=tags)
    run_id = run.info.run_id
    _log(client, run_id, trial.params, _trial_metrics(trial, metrics), _trial_tags(trial))
    client.set_terminated(run_id, status=_RUN_STATES[trial.status])


def _log(
    client: Any,
    run_id: str,
    params: Mapping[str, Any],
    metrics: list[tuple[str, float, int]],
    tags: Mapping[str, str],
) -> None:
    """Log parameters as text, finite metrics (name, value, step), and tags: one request."""
    from mlflow.entities import Metric, Param, RunTag

    now = int(time.time() * 1000)
    finite = [metric for metric in metrics if math.isfinite(metric[1])]
    client.log_batch(
        run_id,
        params=[Param(name, str(value)[:_MAX_LENGTH]) for name, value in params.items()],
        metrics=[Metric(name, value, now, step) for name, value, step in finite],
        tags=[RunTag(name, str(value)[:_MAX_LENGTH]) for name, value in tags.items()],
    )


def _import_mlflow() -> Any:
    """The library.

    Raises
    ------
    ImportError
        Saying how to install it.
    """
    try:
        import mlflow
    except ImportError as error:
        raise ImportError(
            "`MLflowCallback` needs MLflow, which is not installed; run `pip install mlflow`."
        ) from error
    return mlflow


def _find_metrics(search: Any) -> list[str]:
    """Names of the metrics of a search."""
    prefix = "mean_test_"
    columns = getattr(search, "cv_results_", {})
    return [name.removeprefix(prefix) for name in columns if name.startswith(prefix)]


def _trial_metrics(trial: Trial, metrics: list[str]) -> list[tuple[str, float, int]]:
    """Scores of a trial, and how long its fits took."""
    found = [("fit_seconds", float(np.nansum(trial.fit_seconds)), 0)]
    for metric in metrics:
        scores = trial.fold_scores(metric)
        found.append((f"mean_test_{metric}", float(np.mean(scores)), 0))
        found.append((f"std_test_{metric}", float(np.std(scores)), 0))
        found.extend((f"test_{metric}", float(score), fold) for fold, score in enumerate(scores))
    return found


def _trial_tags(trial: Trial) -> dict[str, str]:
    """What is known of a trial besides numbers."""
    tags = {"origin": trial.origin, "status": trial.status, "why": trial.why}
    return {name: text for name, text in tags.items() if text}


def _best_params(search: Any) -> dict[str, Any]:
    """Parameters of the winner, by names that no keyword of the search has."""
    return {f"best_{name}": value for name, value in getattr(search, "best_params_", {}).items()}


def _search_metrics(search: Any) -> list[tuple[str, float, int]]:
    """Numbers of a whole search; a callable `refit` has no best score."""
    return [
        ("best_score", float(getattr(search, "best_score_", math.nan)), 0),
        ("n_trials", float(search.n_trials_), 0),
        ("search_seconds", float(search.search_time_), 0),
    ]
