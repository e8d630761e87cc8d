"""Text columns by number, quickly where all names are of one length."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from upwell.engine.simulate.streams import Ints
from upwell.engine.simulate.structure import Texts


class Names:
    """Names that are looked up many times by their number."""

    __slots__ = ("_fixed", "_names", "_width")

    def __init__(self, names: pa.Array | Texts) -> None:
        plain = names if isinstance(names, pa.Array) else pa.array(list(names), pa.string())
        self._names = plain
        self._width = 0
        lengths = pc.unique(pc.binary_length(plain))
        if len(lengths) == 1 and lengths[0].is_valid and lengths[0].as_py() > 0 and not plain.null_count:
            self._width = int(lengths[0].as_py())
            data = np.frombuffer(plain.buffers()[2], dtype=np.uint8)
            first = int(np.frombuffer(plain.buffers()[1], dtype=np.int32)[plain.offset])
            self._fixed = data[first : first + len(plain) * self._width].view(f"V{self._width}")

    def all(self) -> pa.Array:
        """Every name."""
        return self._names

    def repeated(self, numbers: Ints, times: int) -> pa.Array:
        """A text column in which each name stands `times` times in a row; no number may be -1."""
        if self._width:
            return self._fixed_width(np.repeat(self._fixed[numbers], times))
        rows = pc.binary_repeat(self._names, times).take(pa.array(numbers, pa.int64()))
        lengths = pc.binary_length(self._names).to_numpy(zero_copy_only=False)[numbers]
        offsets = np.zeros(len(numbers) * times + 1, dtype=np.int32)
        np.cumsum(np.repeat(lengths, times), out=offsets[1:])
        return pa.StringArray.from_buffers(len(numbers) * times, pa.py_buffer(offsets), rows.buffers()[2])

    def at(self, numbers: Ints) -> pa.Array:
        """A text column; -1 is blank."""
        if not self._width or (len(numbers) and numbers.min() < 0):
            return self._names.take(pa.array(numbers, pa.int64(), mask=numbers < 0))
        return self._fixed_width(np.ascontiguousarray(self._fixed[numbers]))

    def _fixed_width(self, text: Any) -> pa.Array:
        offsets = np.arange(0, self._width * len(text) + 1, self._width, dtype=np.int32)
        return pa.StringArray.from_buffers(len(text), pa.py_buffer(offsets), pa.py_buffer(text.view(np.uint8)))
