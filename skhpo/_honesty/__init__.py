"""What the best score is worth: out-of-fold predictions, and the choice drawn again."""

from skhpo._honesty.correction import Correction
from skhpo._honesty.evidence import Evidence
from skhpo._honesty.judgement import Judgement, judge
from skhpo._honesty.predictions import OofPredictions, join_folds
from skhpo._honesty.replay import CannotReplayError, Replay, StoredEstimator
from skhpo._honesty.store import MAX_BYTES, ResponseStore
from skhpo._honesty.units import is_time_ordered

__all__ = [
    "MAX_BYTES",
    "CannotReplayError",
    "Correction",
    "Evidence",
    "Judgement",
    "OofPredictions",
    "Replay",
    "ResponseStore",
    "StoredEstimator",
    "is_time_ordered",
    "join_folds",
    "judge",
]
