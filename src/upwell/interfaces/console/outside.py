"""The database server that DATABASE_URL names, asked once before a command relies on it."""

import psycopg

OLDEST = 16
"""Major version of PostgreSQL that Upwell needs."""
PATIENCE = 10
"""Seconds to wait for a server's first answer."""


def complaint(url: str) -> str | None:
    """What is wrong with the server a URL names, in one sentence; None when it answers and is new enough."""
    try:
        with psycopg.connect(url, connect_timeout=PATIENCE) as connection:
            version = connection.info.server_version
    except psycopg.OperationalError as error:
        reason = " ".join(str(error).split())
        return f"The server that DATABASE_URL names cannot be used: {reason}"
    if version < OLDEST * 10_000:
        return f"The server that DATABASE_URL names is PostgreSQL {version // 10_000}; Upwell needs {OLDEST} or newer."
    return None
