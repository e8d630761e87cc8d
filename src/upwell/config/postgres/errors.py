"""What can go wrong with the private server, always with the next step for the reader."""


class DatabaseServerError(RuntimeError):
    """The private PostgreSQL server could not be found, prepared or started."""
