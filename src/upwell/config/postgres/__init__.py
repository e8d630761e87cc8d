"""Starts and keeps a private PostgreSQL for an installation that names no server of its own."""

from upwell.config.postgres.errors import DatabaseServerError
from upwell.config.postgres.server import Server

__all__ = ["DatabaseServerError", "Server"]
