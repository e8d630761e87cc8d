"""Making and shutting logins. The lowest floor: the audited verbs that call these stand in `people.operations`."""

import datetime as dt

from upwell.foundation.accounts.models import Account


def create(*, email: str, name: str, at: dt.datetime, password: str | None = None) -> Account:
    """Make an account; without a password it cannot be signed in to until the owner sets one."""
    return Account.objects.create_user(email, password, name=name, created_at=at)


def deactivate(*, account: Account) -> Account:
    """Shut an account; its sessions end with the next request."""
    account.is_active = False
    account.save(update_fields=["is_active"])
    return account


def set_password(*, account: Account, password: str) -> Account:
    """Give an account a password; the caller has checked that it is good enough."""
    account.set_password(password)
    account.save(update_fields=["password"])
    return account
