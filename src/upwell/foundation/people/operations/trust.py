"""Who may sign in, and what they are entrusted with."""

import datetime as dt

from upwell.foundation.accounts import operations as accounts
from upwell.foundation.accounts.models import Account
from upwell.foundation.audit.operations import operation
from upwell.foundation.people.choices import MandateKind
from upwell.foundation.people.models import Mandate, Person, Unit


class AlreadyInvitedError(ValueError):
    """The person has an account already."""


class NoAddressError(ValueError):
    """The person has no e-mail address to sign in with."""


@operation("mandate.grant")
def grant_mandate(
    *, account: Account, kind: MandateKind, unit: Unit | None, on: dt.date, actor: Account | None, at: dt.datetime
) -> Mandate:
    """Entrust an account with a kind of work for a unit and all below it, or for everyone; granting twice is once."""
    mandate, _ = Mandate.objects.update_or_create(
        account=account, kind=kind, unit=unit, defaults={"valid_from": on, "valid_to": None}
    )
    return mandate


@operation("mandate.revoke")
def revoke_mandate(*, mandate: Mandate, on: dt.date, actor: Account | None, at: dt.datetime) -> Mandate:
    """End a mandate: `on` is the first day without it. One that had not begun is taken back altogether."""
    if on <= mandate.valid_from:
        Mandate.objects.filter(pk=mandate.pk).delete()
        return mandate
    mandate.valid_to = on
    mandate.save(update_fields=["valid_to"])
    return mandate


@operation("account.invite")
def invite(*, person: Person, actor: Account | None, at: dt.datetime) -> Account:
    """Give a person an account they can set a password for.

    Raises NoAddressError, or AlreadyInvitedError where they have signed in before; an unused invitation is repeated.
    """
    if not person.email:
        raise NoAddressError(person.key)
    if person.account is not None:
        if person.account.last_login is not None:
            raise AlreadyInvitedError(person.key)
        return person.account
    person.account = accounts.create(email=person.email, name=person.name, at=at)
    person.save(update_fields=["account"])
    return person.account


@operation("account.deactivate")
def deactivate_account(*, account: Account, actor: Account | None, at: dt.datetime) -> Account:
    """Shut an account; what it did stays in the trail."""
    return accounts.deactivate(account=account)


@operation("account.close_of_leavers")
def close_accounts_of_leavers(*, actor: Account | None, at: dt.datetime) -> int:
    """Shut the accounts of all who have left by the day of `at`; says how many were still open."""
    left = Person.objects.filter(left_on__lte=at.date(), account__is_active=True).select_related("account")
    accounts_to_close = [person.account for person in left if person.account is not None]
    for account in accounts_to_close:
        accounts.deactivate(account=account)
    return len(accounts_to_close)
