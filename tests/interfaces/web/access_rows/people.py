"""Persons and units."""

from tests.cast import Cast
from tests.factories import PersonFactory
from tests.interfaces.web.access_table import Row, everyone, only


def farid(cast: Cast) -> dict[str, object]:
    return {"uuid": cast.farid.person.uuid}


def candidate(_cast: Cast) -> dict[str, object]:
    return {"uuid": PersonFactory(kind="candidate", email="jo@example.org").uuid}


def sales(cast: Cast) -> dict[str, object]:
    return {"uuid": cast.sales.uuid}


ROWS = {
    "people": Row(everyone(200)),
    "person": Row(everyone(200), farid),
    "unit": Row(everyone(200), sales),
    "person-invite": Row(only("ivo", status=302), candidate, method="POST"),
}
