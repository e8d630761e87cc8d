"""Answers as strict JSON: every number finite or null, every table a list of rows."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from enum import Enum
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa

MOST_ROWS: Final = 100_000
"""Tables above this many rows go to `--out` only."""


def plain(value: Any) -> Any:
    """The same value as text, numbers, lists and dictionaries; what is not finite becomes None."""
    if isinstance(value, Enum):
        return plain(value.value)
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, (float, np.floating)):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, pa.Table):
        return [plain(row) for row in value.to_pylist()]
    if isinstance(value, np.ndarray):
        return [plain(inner) for inner in value.tolist()]
    if isinstance(value, Mapping):
        return {str(plain(key)): plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(inner) for inner in value]
    if is_dataclass(value):
        return {f.name: plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, Path) else repr(value)


def text(answer: Mapping[str, Any]) -> str:
    """One line of JSON."""
    return json.dumps(plain(answer), allow_nan=False, ensure_ascii=False)


def rows(table: pa.Table) -> list[dict[str, Any]] | None:
    """The rows of a table, None where they are too many to print."""
    return None if table.num_rows > MOST_ROWS else [plain(row) for row in table.to_pylist()]
