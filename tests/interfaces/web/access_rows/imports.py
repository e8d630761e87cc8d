"""Imports."""

from tests.cast import NOON, Cast
from tests.interfaces.web.access_table import Row, only

from upwell.domain.intake.models import ImportBatch


def a_batch(_cast: Cast) -> dict[str, object]:
    made = ImportBatch.objects.create(title="Import", state="checked", digest="d" * 64, requested_at=NOON)
    return {"uuid": made.uuid}


def an_undone_batch(_cast: Cast) -> dict[str, object]:
    made = ImportBatch.objects.create(title="Import", state="undone", digest="d" * 64, requested_at=NOON)
    return {"uuid": made.uuid}


ROWS = {
    "imports": Row(only("emil", "gita", "ivo")),
    "import": Row(only("emil", "gita", "ivo"), a_batch),
    "import-new": Row(only("emil", "ivo")),
    "import-apply": Row(only("emil", "ivo", status=302), an_undone_batch, method="POST"),
    "import-undo": Row(only("emil", "ivo", status=422), a_batch, method="POST"),
}
