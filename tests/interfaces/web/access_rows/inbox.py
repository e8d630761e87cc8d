"""The inbox."""

from tests.interfaces.web.access_table import Row, everyone

ROWS = {
    "inbox": Row(everyone(200)),
    "inbox-read": Row(everyone(302), method="POST"),
}
