"""The arrays that only fleets have, by the names of what they hold."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Users: TypeAlias = NDArray[np.bool_]  # which images use a layer
