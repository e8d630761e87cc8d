"""The inbox."""

from tests.cast import Cast
from tests.factories import NoticeFactory
from tests.interfaces.web.access_table import Row, everyone, only


def told_to_ada(cast: Cast) -> dict[str, object]:
    return {"uuid": NoticeFactory(person=cast.ada.person, url="/people/").uuid}


ROWS = {
    "inbox": Row(everyone(200)),
    "inbox-notice": Row(only("ada", status=302, otherwise=404), told_to_ada),
    "inbox-read": Row(everyone(302), method="POST"),
}
