"""Runs."""

from tests.cast import Cast
from tests.factories import RunFactory
from tests.interfaces.web.access_table import Row, everyone, only


def a_run(_cast: Cast) -> dict[str, object]:
    return {"uuid": RunFactory(kind="gaps.snapshot").uuid}


ROWS = {
    "runs": Row(everyone(200)),
    "run": Row(everyone(200), a_run),
    "run-replay": Row(only("emil", "ivo", status=302), a_run, method="POST"),
}
