"""The database as Django wants to hear of it: a private server, or the one that DATABASE_URL names."""

from typing import Any

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

from upwell.config.environment import Environment, SettingError
from upwell.config.postgres import Server
from upwell.config.postgres.server import USER

NAME = "upwell"
NAMED = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}


def private(server: Server, *, pool: int) -> dict[str, Any]:
    """Settings of the private server."""
    return {
        "ENGINE": "upwell.config.postgres.backend",
        "NAME": NAME,
        "USER": USER,
        "HOST": str(server.socket),
        "OPTIONS": _options(pool),
    }


def named(url: str, *, pool: int) -> dict[str, Any]:
    """Settings of the server a URL names, such as postgresql://user:secret@host:5432/upwell?sslmode=require."""
    try:
        parts = conninfo_to_dict(url)
    except ProgrammingError as error:
        form = "postgresql://user:secret@host:5432/upwell"
        raise SettingError(f"DATABASE_URL is no PostgreSQL address like {form} ({str(error).strip()}).") from None
    known = {NAMED[key]: str(value) for key, value in parts.items() if key in NAMED}
    others = {key: value for key, value in parts.items() if key not in NAMED}
    return {"ENGINE": "django.db.backends.postgresql", **known, "OPTIONS": {**others, **_options(pool)}}


def pool_size(environment: Environment) -> int:
    """Connections one process keeps; 0 means one connection per thread without a pool."""
    return environment.integer("UPWELL_DATABASE_POOL", 8)


def _options(pool: int) -> dict[str, Any]:
    if pool <= 0:
        return {}
    return {"pool": {"min_size": 1, "max_size": pool, "timeout": 20}}
