"""The map of a team, a person beside it, a unit's figures."""

from tests.cast import Cast
from tests.interfaces.web.access_table import Row, everyone, only


def ada(cast: Cast) -> dict[str, object]:
    return {"uuid": cast.ada.person.uuid}


def engineering(cast: Cast) -> dict[str, object]:
    return {"uuid": cast.engineering.uuid}


ROWS = {
    "team": Row(only("boris", "chen", "dora")),
    "team-person": Row(everyone(403, boris=302, chen=302, dora=302, gita=200), ada),
    "unit-gaps": Row(everyone(200, ada=403, farid=403, ivo=403), engineering),
}
