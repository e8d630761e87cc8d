"""Programmes and their effects."""

from tests.cast import Cast
from tests.factories import ProgrammeFactory
from tests.interfaces.web.access_table import Row, only


def a_programme(_cast: Cast) -> dict[str, object]:
    return {"uuid": ProgrammeFactory().uuid}


def kept(_cast: Cast) -> dict[str, object]:
    return {"kind": "keep", "reason": "It works."}


READERS = ("dora", "emil", "gita", "hana")

ROWS = {
    "programmes": Row(only(*READERS)),
    "programme": Row(only(*READERS), a_programme),
    "programme-estimate": Row(only("emil", status=302), a_programme, method="POST"),
    "programme-decide": Row(only("emil", "hana", status=302), a_programme, method="POST", data=kept),
}
