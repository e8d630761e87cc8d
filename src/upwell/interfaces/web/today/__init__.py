"""The first page: what to do next, and why."""
