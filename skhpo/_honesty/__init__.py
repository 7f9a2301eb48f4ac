"""What the best score is worth: out-of-fold predictions, and the choice drawn again."""

from skhpo._honesty.correction import Correction
from skhpo._honesty.evidence import Evidence
from skhpo._honesty.judgement import Judgement, judge
from skhpo._honesty.predictions import OofPredictions, join_folds
from skhpo._honesty.store import ResponseStore

__all__ = [
    "Correction",
    "Evidence",
    "Judgement",
    "OofPredictions",
    "ResponseStore",
    "join_folds",
    "judge",
]
