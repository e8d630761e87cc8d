"""The strategy chain."""

from tests.cast import Cast
from tests.factories import CapabilityFactory, ObjectiveFactory
from tests.interfaces.web.access_table import Row, everyone, only


def an_objective(_cast: Cast) -> dict[str, object]:
    return {"uuid": ObjectiveFactory().uuid}


def a_capability(_cast: Cast) -> dict[str, object]:
    return {"uuid": CapabilityFactory().uuid}


ROWS = {
    "strategy": Row(everyone(200)),
    "objective": Row(everyone(200), an_objective),
    "strategy-capability": Row(everyone(200), a_capability),
    "strategy-stage": Row(only("emil", "hana")),
}
