"""Optuna's distributions as a space of ours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from skhpo._dimensions import Float, Int, is_of_optuna, translate


def space_from_optuna(distributions: Mapping[str, Any]) -> dict[str, Float | Int | list[Any]]:
    """Make a space of Optuna's distributions.

    Parameters
    ----------
    distributions : dict of str to BaseDistribution
        What ``OptunaSearchCV`` takes as `param_distributions`, or the `distributions` of a
        trial, as in ``study.best_trial.distributions``, which has those of an objective that
        calls ``trial.suggest_float``.

    Returns
    -------
    space : dict of str to Float, Int or list
        For the searches, `maximize` and the strategies. Ranges stay ranges, with their
        logarithm; one with a step becomes the list of its values, and so do choices. A list of
        distinct numbers is ordered by value for the Bayesian search.

    Raises
    ------
    TypeError
        If it is no dict, or a value is none of Optuna's distributions.
    ValueError
        If a step leaves more than 100,000 values.

    See Also
    --------
    to_optuna_study : The way back, for the trials of a search.

    Notes
    -----
    The searches take Optuna's distributions as they are, among domains of other kinds too;
    this shows what becomes of them. Optuna itself is not imported.

    Examples
    --------
    >>> from optuna.distributions import FloatDistribution, IntDistribution
    >>> from skhpo import space_from_optuna
    >>> space_from_optuna(
    ...     {"C": FloatDistribution(0.01, 100, log=True), "degree": IntDistribution(2, 6, step=2)}
    ... )
    {'C': Float(low=0.01, high=100.0, log=True), 'degree': [2, 4, 6]}
    """
    if not isinstance(distributions, Mapping):
        raise TypeError(
            f"`distributions` must be a dict of names to Optuna's distributions, got "
            f"{distributions!r}; a trial has it as `trial.distributions`."
        )
    for name, value in distributions.items():
        if not is_of_optuna(value):
            raise TypeError(
                f"The distribution of parameter {name!r} must be one of Optuna's, got {value!r} of "
                f"type {type(value).__name__}; a search takes domains of other kinds beside them."
            )
    return {name: translate(name, value) for name, value in distributions.items()}
