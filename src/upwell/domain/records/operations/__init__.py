"""Verbs of learning records."""

from upwell.domain.records.operations.statements import (
    StatementConflict,
    StatementRejected,
    already_kept,
    digest_of,
    hold_identifiers,
    issue_token,
    store_statement,
)

__all__ = [
    "StatementConflict",
    "StatementRejected",
    "already_kept",
    "digest_of",
    "hold_identifiers",
    "issue_token",
    "store_statement",
]
