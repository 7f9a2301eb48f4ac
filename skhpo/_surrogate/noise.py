"""What is told of the noise of trials, in the units that the regression models.

noise       standard errors of scores, shape (n_trials,), 0 where none was told
variances   their squares in units of `z` squared
shared      the median of the told ones: the expected variance of every trial
extra       what single trials have beyond the shared one

Standard errors are seldom known better than within a factor of two, least of all those that
come from a handful of folds. So the told ones say where the noise that the model fits is to
be expected, and only a trial that stands out has noise of its own.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

# Deviations of z beyond which a trial's noise says that it says nothing.
MAX_NOISE = 10.0
# How often its variance may be the shared one, before a trial has noise of its own.
MAX_RATIO = 4.0


def scale_noise(noise: Array, scale: float) -> Array:
    """Variances in units of `z` squared; `scale` is the score's per unit of `z`."""
    # All scores equal: the scale is infinite, and noise means nothing in it.
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        ratio = np.where(noise > 0.0, np.minimum(noise / scale, MAX_NOISE), 0.0)
    return np.asarray(ratio**2)


def find_shared(variances: Array) -> float:
    """Variance that is expected of every trial; 0 where none was told."""
    told = variances[variances > 0.0]
    return float(np.median(told)) if len(told) else 0.0


def find_extra(variances: Array) -> Array:
    """Variances of single trials beyond the shared one."""
    return np.maximum(variances - MAX_RATIO * find_shared(variances), 0.0)
