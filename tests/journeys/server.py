"""A web server in this process, which says in a header how many SQL statements each answer took."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection
from django.test.testcases import LiveServerThread

HEADER = "X-SQL-Statements"
NOT_COUNTED = ("SAVEPOINT", "RELEASE SAVEPOINT", "ROLLBACK TO SAVEPOINT")

Start = Callable[..., Any]
Application = Callable[[dict[str, Any], Start], Iterable[bytes]]


@contextmanager
def served() -> Iterator[str]:
    """Serve the product with its static files on a free port of this machine; gives the address without last slash."""
    server = LiveServerThread("127.0.0.1", lambda application: StaticFilesHandler(_counted(application)))
    server.daemon = True
    server.start()
    server.is_ready.wait()
    if server.error:
        raise server.error
    yield f"http://127.0.0.1:{server.port}"
    server.terminate()


class Counter:
    """Counts what is sent to the database; savepoints, which only tests and nested operations make, are not counted."""

    def __init__(self) -> None:
        self.statements: list[str] = []

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        """Note one statement and let it run."""
        if not str(sql).startswith(NOT_COUNTED):
            self.statements.append(str(sql))
        return execute(sql, params, many, context)


def _counted(application: WSGIHandler) -> Application:
    def answer(environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        counter = Counter()

        def start_with_count(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            return start(status, [*headers, (HEADER, str(len(counter.statements)))], *more)

        with connection.execute_wrapper(counter):
            return application(environ, start_with_count)

    return answer
