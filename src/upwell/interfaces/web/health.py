"""The health check: well only when database, migrations and worker are."""

from dataclasses import asdict, dataclass

from django.conf import settings
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.utils import timezone

from upwell.foundation.runs.queries import worker_heard_at


@dataclass(frozen=True)
class Health:
    """Three parts, each `well` or the reason why not in a few words; no names, addresses or versions."""

    database: str
    migrations: str
    worker: str

    @property
    def well(self) -> bool:
        """True when nothing is wrong."""
        return {self.database, self.migrations, self.worker} == {"well"}


def look() -> Health:
    """Ask each part. A part that cannot be asked because the database is away is `unknown`."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("select 1")
        return Health("well", _migrations(), _worker())
    except Error:
        return Health("not reachable", "unknown", "unknown")


def healthz(_request: HttpRequest) -> JsonResponse:
    """200 when everything is well, 503 otherwise, with the parts as JSON."""
    health = look()
    answer = JsonResponse({"well": health.well, **asdict(health)}, status=200 if health.well else 503)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _migrations() -> str:
    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return f"{len(waiting)} not applied" if waiting else "well"


def _worker() -> str:
    heard = worker_heard_at()
    if heard is None:
        return "none started"
    silent = (timezone.now() - heard).total_seconds()
    return "well" if silent <= settings.WORKER_SILENCE_SECONDS else "silent"
