"""Accounts and mandates of persons."""

import datetime as dt

import pytest
from tests.cast import NOON, Cast
from tests.factories import AccountFactory, PersonFactory
from tests.factories.moments import NOW, TODAY

from upwell.access.policy import Role
from upwell.foundation.audit.models import AuditLine
from upwell.foundation.people.choices import MandateKind
from upwell.foundation.people.jobs import greet_the_day
from upwell.foundation.people.models import Mandate, Seat
from upwell.foundation.people.operations import (
    AlreadyInvitedError,
    NoAddressError,
    grant_mandate,
    invite,
    leave,
    revoke_mandate,
)

pytestmark = pytest.mark.django_db


def test_an_invited_person_has_an_account_nobody_can_sign_in_to_yet() -> None:
    account = invite(person=PersonFactory(email="Jo@Example.org"), actor=None, at=NOW)
    assert account.email == "jo@example.org"
    assert not account.has_usable_password()


def test_an_unused_invitation_may_be_repeated_and_a_used_one_not() -> None:
    person = PersonFactory(email="jo@example.org")
    account = invite(person=person, actor=None, at=NOW)
    assert invite(person=person, actor=None, at=NOW) == account
    account.last_login = NOW
    account.save()
    with pytest.raises(AlreadyInvitedError):
        invite(person=person, actor=None, at=NOW)


def test_without_an_address_nobody_is_invited() -> None:
    with pytest.raises(NoAddressError):
        invite(person=PersonFactory(email=""), actor=None, at=NOW)


def test_a_mandate_granted_twice_is_held_once_and_ends_on_the_day_it_is_revoked(cast: Cast) -> None:
    def grant() -> Mandate:
        return grant_mandate(
            account=cast.farid.account, kind=MandateKind.AUDITOR, unit=None, on=TODAY, actor=None, at=NOON
        )

    assert grant() == grant()
    assert cast.farid.actor().has(Role.AUDITOR)
    later = TODAY + dt.timedelta(days=10)
    revoke_mandate(mandate=grant(), on=later, actor=None, at=NOON)
    assert not cast.farid.actor(on=later).has(Role.AUDITOR)
    assert cast.farid.actor(on=TODAY).has(Role.AUDITOR)


def test_each_grant_stands_in_the_trail() -> None:
    account = AccountFactory()
    boss = AccountFactory(name="Boss")
    grant_mandate(account=account, kind=MandateKind.EXECUTIVE, unit=None, on=TODAY, actor=boss, at=NOW)
    line = AuditLine.objects.get(verb="mandate.grant")
    assert (line.actor_name, line.thing_name) == ("Boss", "Executive for everyone")


def test_a_new_day_closes_the_accounts_of_those_who_left_and_moves_their_reports_up(cast: Cast) -> None:
    later = TODAY + dt.timedelta(days=3)
    leave(person=cast.boris.person, on=later, actor=None, at=NOON)
    cast.boris.account.refresh_from_db()
    assert cast.boris.account.is_active
    greet_the_day(at=NOON + dt.timedelta(days=3))
    cast.boris.account.refresh_from_db()
    assert not cast.boris.account.is_active
    seat = Seat.objects.get(person=cast.ada.person)
    assert seat.manager == cast.chen.person
