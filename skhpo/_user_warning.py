"""Warnings that point at the user's line, however deep in the package they are given."""

from __future__ import annotations

import contextlib
import os
import sys
import warnings

import joblib
import sklearn

# Frames of these files stand between the user's line and a warning: scikit-learn's, of the
# decorator of `fit` and of ``cross_val_score`` around a search, and joblib's within that.
# From Python 3.12 on, `skip_file_prefixes` of `warnings.warn` takes such a tuple.
_BETWEEN = (
    *(os.path.join(os.path.dirname(str(file)), "")
      for file in (__file__, sklearn.__file__, joblib.__file__)),
    contextlib.__file__,
)  # fmt: skip


def warn(message: str, category: type[Warning] = UserWarning) -> None:
    """Warn, at the innermost line that is not of this package or of those that call it."""
    level, frame = 2, sys._getframe(1)
    while frame.f_code.co_filename.startswith(_BETWEEN) and frame.f_back is not None:
        level, frame = level + 1, frame.f_back
    # Level 1 is this line, 2 its caller's.
    warnings.warn(message, category, stacklevel=level)
