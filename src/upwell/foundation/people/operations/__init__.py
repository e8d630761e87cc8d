"""The verbs of people: seats and lines, the closures computed from them, accounts and mandates."""

from upwell.foundation.people.operations.chains import Rebuilt
from upwell.foundation.people.operations.seats import (
    NotEmployedError,
    folded,
    found_unit,
    hire,
    leave,
    move,
    open_position,
    rebuild_chains,
    set_reporting_line,
)
from upwell.foundation.people.operations.trust import (
    AlreadyInvitedError,
    NoAddressError,
    close_accounts_of_leavers,
    deactivate_account,
    grant_mandate,
    invite,
    revoke_mandate,
)

__all__ = [
    "AlreadyInvitedError",
    "NoAddressError",
    "NotEmployedError",
    "Rebuilt",
    "close_accounts_of_leavers",
    "deactivate_account",
    "folded",
    "found_unit",
    "grant_mandate",
    "hire",
    "invite",
    "leave",
    "move",
    "open_position",
    "rebuild_chains",
    "revoke_mandate",
    "set_reporting_line",
]
