"""Fits that stop in time: validation rows handed to the model inside of a candidate.

`libraries` knows the models, `stopper` finds one in a Pipeline, `watched` fits with rows,
`rounds` fits the winner without.
"""

from skhpo._eval_set.rounds import Rounds, set_rounds, without_stopping
from skhpo._eval_set.stopper import Stopper, check_stops, find_stopper
from skhpo._eval_set.watched import EvalRows, cut_eval_rows, fit_watched

__all__ = [
    "EvalRows",
    "Rounds",
    "Stopper",
    "check_stops",
    "cut_eval_rows",
    "find_stopper",
    "fit_watched",
    "set_rounds",
    "without_stopping",
]
