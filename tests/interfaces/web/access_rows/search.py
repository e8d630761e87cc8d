"""The search."""

from tests.interfaces.web.access_table import Row, everyone

ROWS = {"search": Row(everyone(200))}
