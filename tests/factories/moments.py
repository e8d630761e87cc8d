"""The day on which all tests happen, and days around it."""

import datetime as dt

TODAY = dt.date(2026, 3, 16)
NOW = dt.datetime(2026, 3, 16, 9, 30, tzinfo=dt.UTC)
LONG_AGO = dt.date(2024, 1, 1)
IN_A_MONTH = dt.date(2026, 4, 16)
