"""Hyper-parameter search for people who use scikit-learn."""

from skhpo._bayes import BayesSearch
from skhpo._bayes_strategy import BayesStrategy
from skhpo._compare import compare
from skhpo._comparison import Comparison
from skhpo._default_space import default_space
from skhpo._dimensions import Categorical, Float, Int
from skhpo._display import (
    EquivalentCandidatesDisplay,
    ParallelCoordinatesDisplay,
    ParameterEffectDisplay,
    ParameterImportanceDisplay,
    SearchHistoryDisplay,
    StrategyComparisonDisplay,
)
from skhpo._grid import GridSearch, GridStrategy
from skhpo._honesty import Correction, OofPredictions
from skhpo._importance import Importance, ParameterImportances, parameter_importances
from skhpo._ledger import read_ledger
from skhpo._ledger_record import Ledger, LedgerRecord
from skhpo._maximize import maximize
from skhpo._maximize_result import MaximizeResult
from skhpo._mlflow import MLflowCallback
from skhpo._nested import nested_score
from skhpo._nested_table import NestedScore
from skhpo._optuna_space import space_from_optuna
from skhpo._optuna_study import to_optuna_study
from skhpo._random import RandomSearch, RandomStrategy
from skhpo._read_checkpoint import Checkpoint, read_checkpoint
from skhpo._recover_checkpoint import RecoveredCheckpoint, recover_checkpoint
from skhpo._simplest import one_standard_error
from skhpo._stopping import ExpectedRegret
from skhpo._suggest import Suggestion, suggest_strategy
from skhpo._test_report import TestReport
from skhpo._trial import Candidate, Trial
from skhpo.exceptions import (
    CheckpointMismatchError,
    InvalidParameterError,
    LeakageWarning,
    SpaceExhaustedError,
    TestSetSpentError,
    TrainTestOverlapError,
    WorkerDiedError,
)

__version__ = "0.1.0.dev0"

__all__ = [
    "BayesSearch",
    "BayesStrategy",
    "Candidate",
    "Categorical",
    "Checkpoint",
    "CheckpointMismatchError",
    "Comparison",
    "Correction",
    "EquivalentCandidatesDisplay",
    "ExpectedRegret",
    "Float",
    "GridSearch",
    "GridStrategy",
    "Importance",
    "Int",
    "InvalidParameterError",
    "LeakageWarning",
    "Ledger",
    "LedgerRecord",
    "MLflowCallback",
    "MaximizeResult",
    "NestedScore",
    "OofPredictions",
    "ParallelCoordinatesDisplay",
    "ParameterEffectDisplay",
    "ParameterImportanceDisplay",
    "ParameterImportances",
    "RandomSearch",
    "RandomStrategy",
    "RecoveredCheckpoint",
    "SearchHistoryDisplay",
    "SpaceExhaustedError",
    "StrategyComparisonDisplay",
    "Suggestion",
    "TestReport",
    "TestSetSpentError",
    "TrainTestOverlapError",
    "Trial",
    "WorkerDiedError",
    "compare",
    "default_space",
    "maximize",
    "nested_score",
    "one_standard_error",
    "parameter_importances",
    "read_checkpoint",
    "read_ledger",
    "recover_checkpoint",
    "space_from_optuna",
    "suggest_strategy",
    "to_optuna_study",
]
