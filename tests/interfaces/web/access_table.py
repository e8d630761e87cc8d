"""Who gets which answer at which address: one row for each route behind a door, one status for each of the cast.

Rows stand in `access_rows/<noun>.py` as ``ROWS = {"route-name": Row(...)}``; every file there is read.
"""

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.cast import Cast
from tests.interfaces.web import access_rows

NAMES = ("ada", "boris", "chen", "dora", "emil", "farid", "gita", "hana", "ivo")

Values = Callable[[Cast], dict[str, object]]


def nothing(_cast: Cast) -> dict[str, object]:
    """A route without arguments, a form without fields."""
    return {}


def everyone(status: int, **others: int) -> dict[str, int]:
    """The same status for all, but for the named: ``everyone(200, gita=404)``."""
    unknown = set(others) - set(NAMES)
    assert not unknown, f"not in the cast: {unknown}"
    return {name: others.get(name, status) for name in NAMES}


def only(*names: str, status: int = 200, otherwise: int = 403) -> dict[str, int]:
    """One status for the named, another for the rest: ``only("gita", otherwise=403)``."""
    return everyone(otherwise, **dict.fromkeys(names, status))


@dataclass(frozen=True, slots=True)
class Row:
    """What each of the cast gets. `kwargs` makes the route's arguments (and any rows they need) from the cast.

    Use ``method="POST"`` and `data` for a route that only takes posts.
    """

    statuses: dict[str, int]
    kwargs: Values = nothing
    method: str = "GET"
    data: Values = field(default=nothing)


def rows() -> dict[str, Row]:
    """All rows by route name."""
    found: dict[str, Row] = {}
    for module in pkgutil.iter_modules(access_rows.__path__):
        more: dict[str, Row] = importlib.import_module(f"{access_rows.__name__}.{module.name}").ROWS
        twice = set(found) & set(more)
        assert not twice, f"{module.name}.py repeats {twice}; keep one row for each route."
        found |= more
    return found
