"""The arrays of the engine by the names of what they hold."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Bits: TypeAlias = NDArray[np.uint64]  # rows of scenarios, 64 in each word
Weights: TypeAlias = NDArray[np.int64]  # of scenarios; whole numbers, so that sums are exact on every machine
Costs: TypeAlias = NDArray[np.float64]  # bytes times weight, or rates
Indices: TypeAlias = NDArray[np.int64]
