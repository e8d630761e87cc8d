"""Django's PostgreSQL engine, which first makes sure that the private server runs.

The server therefore starts with the first connection and not with the reading of the settings, and a process
that finds it dead brings it back.
"""

from typing import Any

import psycopg
from django.conf import settings
from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):  # type: ignore[misc]  # the stubs leave parts of the parent untyped
    """A connection to the private server named by `settings.DATABASE_SERVER`."""

    def get_connection_params(self) -> dict[str, Any]:
        """The parameters, after the server is known to run; every new connection passes here."""
        if not settings.DATABASE_SERVER.used:
            settings.DATABASE_SERVER.ensure(self.settings_dict["NAME"])
        return dict(super().get_connection_params())

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """A connection; one refusal is answered by starting the server again."""
        try:
            return super().get_new_connection(conn_params)
        except psycopg.OperationalError:
            settings.DATABASE_SERVER.ensure(self.settings_dict["NAME"])
            return super().get_new_connection(conn_params)
