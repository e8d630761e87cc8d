"""The trail."""

from tests.interfaces.web.access_table import Row, only

ROWS = {"audit": Row(only("gita"))}
