"""Django's PostgreSQL engine, which first makes sure that the private server runs.

The server therefore starts with the first connection and not with the reading of the settings, and a process
that finds it dead brings it back.
"""

from typing import Any

import psycopg
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db.backends.postgresql import base

from upwell.config.postgres.server import Server


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection to the private server named by `settings.DATABASE_SERVER`."""

    def get_connection_params(self) -> dict[str, Any]:
        """The parameters, after the server is known to run; every new connection passes here."""
        server = self._server()
        if not server.used:
            server.ensure(self.settings_dict["NAME"])
        return dict(super().get_connection_params())

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """A connection; one refusal is answered by starting the server again."""
        try:
            return super().get_new_connection(conn_params)
        except psycopg.OperationalError:
            self._server().ensure(self.settings_dict["NAME"])
            return super().get_new_connection(conn_params)

    def _server(self) -> Server:
        server = settings.DATABASE_SERVER
        if server is None:
            raise ImproperlyConfigured("This engine is for the private server; DATABASE_URL names another.")
        return server
