"""What a new day brings: lines and seats that begin or end today, and the accounts of those who left."""

import datetime as dt

from upwell.foundation.people import operations


def greet_the_day(*, at: dt.datetime) -> None:
    """Rebuild the closures as of the day of `at` and close the accounts of leavers; safe to run twice."""
    operations.rebuild_chains(on=at.date(), actor=None, at=at)
    operations.close_accounts_of_leavers(actor=None, at=at)
