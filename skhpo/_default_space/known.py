"""All tables, and the entry of an estimator by the names of its classes."""

from __future__ import annotations

from typing import Any

from skhpo._default_space.boosting import BOOSTING
from skhpo._default_space.columns import COLUMNS
from skhpo._default_space.kernels import KERNELS
from skhpo._default_space.libraries import LIBRARIES
from skhpo._default_space.linear import LINEAR
from skhpo._default_space.meta import META
from skhpo._default_space.neighbors import NEIGHBORS
from skhpo._default_space.networks import NETWORKS
from skhpo._default_space.reduction import REDUCTION
from skhpo._default_space.table import Entry, Table
from skhpo._default_space.text import TEXT
from skhpo._default_space.trees import TREES

MODELS: Table = {
    **LINEAR, **KERNELS, **NEIGHBORS, **TREES, **BOOSTING, **NETWORKS, **LIBRARIES,
}  # fmt: skip
TRANSFORMERS: Table = {**COLUMNS, **REDUCTION, **TEXT}
KNOWN: Table = {**MODELS, **TRANSFORMERS, **META}


def find_entry(estimator: Any) -> Entry | None:
    """Entry of an estimator's class, or else of the nearest class that it inherits from."""
    for cls in type(estimator).__mro__:
        # By name, so that no library is imported to ask whether this is one of its classes.
        entry = KNOWN.get(f"{cls.__module__.partition('.')[0]}.{cls.__name__}")
        if entry is not None:
            return entry
    return None
