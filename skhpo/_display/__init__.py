"""Pictures of a finished search, in scikit-learn's conventions; matplotlib is an extra."""

from skhpo._display.comparison import StrategyComparisonDisplay
from skhpo._display.effect import ParameterEffectDisplay
from skhpo._display.equivalent import EquivalentCandidatesDisplay
from skhpo._display.history import SearchHistoryDisplay
from skhpo._display.importance import ParameterImportanceDisplay
from skhpo._display.parallel import ParallelCoordinatesDisplay

__all__ = [
    "EquivalentCandidatesDisplay",
    "ParallelCoordinatesDisplay",
    "ParameterEffectDisplay",
    "ParameterImportanceDisplay",
    "SearchHistoryDisplay",
    "StrategyComparisonDisplay",
]
