"""The plainest level: readings of one cell pooled by their precision."""

import numpy as np
from numpy.typing import NDArray

Singles = NDArray[np.float32]


def pooled(
    cell: NDArray[np.int64], value: NDArray[np.float64], precision: NDArray[np.float64], n_cells: int
) -> tuple[Singles, Singles]:
    """Precision-weighted mean and ``1 / sqrt(total precision)`` per cell; NaN where no reading has any precision."""
    total = np.bincount(cell, precision, n_cells)
    held = np.bincount(cell, precision * value, n_cells)
    seen = total > 0
    total[~seen] = np.nan
    level: Singles = (held / total).astype(np.float32)
    sd: Singles = (1.0 / np.sqrt(total)).astype(np.float32)
    return level, sd
