"""Readers: files in, records and findings out. Pure Python; the database is not asked here."""
