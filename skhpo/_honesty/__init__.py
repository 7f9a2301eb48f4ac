"""What the best score is worth: out-of-fold predictions, and the choice drawn again."""

from skhpo._honesty.correction import Correction
from skhpo._honesty.evidence import Evidence
from skhpo._honesty.predictions import OofPredictions, join_folds
from skhpo._honesty.store import ResponseStore
from skhpo._honesty.verdict import Verdict, reach_verdict

__all__ = [
    "Correction",
    "Evidence",
    "OofPredictions",
    "ResponseStore",
    "Verdict",
    "join_folds",
    "reach_verdict",
]
