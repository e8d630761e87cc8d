"""The catalogue and one's own learning."""

from tests.cast import Cast
from tests.factories import EnrolmentFactory, LearningItemFactory
from tests.interfaces.web.access_table import Row, everyone, only


def an_item(_cast: Cast) -> dict[str, object]:
    return {"uuid": LearningItemFactory().uuid}


def adas(cast: Cast) -> dict[str, object]:
    return {"uuid": EnrolmentFactory(person=cast.ada.person).uuid}


MAY_SEE_ADAS = {"boris": 403, "emil": 403}

ROWS = {
    "catalogue": Row(everyone(200)),
    "learning-item": Row(everyone(200), an_item),
    "my-learning": Row(everyone(200, gita=403)),
    "learning-enrol": Row(everyone(302, gita=403), an_item, method="POST"),
    "learning-finish": Row(only("ada", status=302, otherwise=404) | MAY_SEE_ADAS | {"gita": 403}, adas, method="POST"),
}
