"""Cycles."""

from tests.cast import Cast
from tests.factories import CycleFactory
from tests.interfaces.web.access_table import Row, only


def a_draft(_cast: Cast) -> dict[str, object]:
    return {"uuid": CycleFactory().uuid}


READERS = ("boris", "chen", "dora", "gita", "ivo")

ROWS = {
    "cycles": Row(only(*READERS)),
    "cycle": Row(only(*READERS), a_draft),
    "cycle-draft": Row(only("dora")),
    "cycle-open": Row(only("dora", status=302) | {"dora": 422}, a_draft, method="POST"),
    "cycle-close": Row(only("dora", status=302), a_draft, method="POST"),
}
