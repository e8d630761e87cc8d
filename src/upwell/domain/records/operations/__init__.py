"""Verbs of learning records."""

from upwell.domain.records.operations.statements import StatementRejected, digest_of, issue_token, store_statement

__all__ = ["StatementRejected", "digest_of", "issue_token", "store_statement"]
