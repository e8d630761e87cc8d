"""The Django database engine of an installation that runs its own PostgreSQL."""
