"""The fixed cast. Every test of who may do what plays with these nine.

Ada is an engineer; Boris leads her team; Chen heads engineering. Dora is the HR partner of engineering, Emil leads L&D,
Hana is on the board and nobody reports to her, Ivo administers. Farid sells: an outsider to the others' unit. Gita
audits from outside: she has an account and no person.
"""

import datetime as dt
from dataclasses import dataclass, fields

import pytest
from django.test import Client
from tests.factories.foundation import AccountFactory
from tests.factories.moments import LONG_AGO, TODAY
from tests.factories.people import (
    MandateFactory,
    OccupancyFactory,
    PersonFactory,
    PositionFactory,
    PositionPlacementFactory,
    ReportingLineFactory,
    UnitFactory,
    UnitPlacementFactory,
)

from upwell.access.gate import Actor, actor_of
from upwell.foundation.accounts.models import Account
from upwell.foundation.people.choices import MandateKind
from upwell.foundation.people.models import Person, Position, Unit
from upwell.foundation.people.operations import rebuild_chains

NOON = dt.datetime.combine(TODAY, dt.time(12), tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True)
class Player:
    """One of the cast: an account and, but for Gita, a person."""

    name: str
    account: Account
    human: Person | None

    @property
    def person(self) -> Person:
        """The person; asking Gita for hers is a mistake in the test."""
        assert self.human is not None, f"{self.name} has no person"
        return self.human

    def actor(self, on: dt.date = TODAY) -> Actor:
        """The player at the gate."""
        return actor_of(self.account, on=on, at=NOON)

    def client(self) -> Client:
        """A browser signed in as the player."""
        client = Client()
        client.force_login(self.account, backend="allauth.account.auth_backends.AuthenticationBackend")
        return client


@dataclass(frozen=True, slots=True)
class Cast:
    """Everybody, and the units they sit in."""

    ada: Player
    boris: Player
    chen: Player
    dora: Player
    emil: Player
    farid: Player
    gita: Player
    hana: Player
    ivo: Player
    company: Unit
    engineering: Unit
    sales: Unit

    def players(self) -> list[Player]:
        """The nine, in the order of their names."""
        return [value for f in fields(self) if isinstance(value := getattr(self, f.name), Player)]


def _unit(name: str, parent: Unit | None = None) -> Unit:
    unit: Unit = UnitFactory(key=name.lower(), name=name)
    UnitPlacementFactory(unit=unit, parent=parent)
    return unit


def _player(name: str, title: str, unit: Unit) -> tuple[Player, Position]:
    account: Account = AccountFactory(email=f"{name.split()[0].lower()}@example.org", name=name)
    person: Person = PersonFactory(key=name.split()[0].lower(), name=name, email=account.email, account=account)
    position: Position = PositionFactory(key=title.lower().replace(" ", "-"), title=title)
    PositionPlacementFactory(position=position, unit=unit)
    OccupancyFactory(person=person, position=position)
    return Player(name, account, person), position


def _entrust(player: Player, kind: MandateKind, unit: Unit | None = None) -> None:
    MandateFactory(account=player.account, kind=kind, unit=unit)


def make_cast() -> Cast:
    """Put the cast and their organisation into the database."""
    company = _unit("Company")
    engineering, sales = _unit("Engineering", company), _unit("Sales", company)
    ada, engineer = _player("Ada Ek", "Engineer", engineering)
    boris, lead = _player("Boris Bauer", "Team lead", engineering)
    chen, head = _player("Chen Wu", "Head of engineering", engineering)
    dora, _ = _player("Dora Diaz", "HR partner", company)
    emil, _ = _player("Emil Eder", "L&D lead", company)
    farid, _ = _player("Farid Fay", "Seller", sales)
    hana, _ = _player("Hana Hall", "Board member", company)
    ivo, _ = _player("Ivo Illes", "Administrator", company)
    gita = Player("Gita Gold", AccountFactory(email="gita@example.org", name="Gita Gold"), None)
    ReportingLineFactory(position=engineer, manager=lead, valid_from=LONG_AGO)
    ReportingLineFactory(position=lead, manager=head, valid_from=LONG_AGO)
    _entrust(dora, MandateKind.HR_PARTNER, engineering)
    _entrust(emil, MandateKind.LND_LEAD)
    _entrust(gita, MandateKind.AUDITOR)
    _entrust(hana, MandateKind.EXECUTIVE)
    _entrust(ivo, MandateKind.ADMINISTRATOR)
    rebuild_chains(on=TODAY, actor=None, at=NOON)
    return Cast(ada, boris, chen, dora, emil, farid, gita, hana, ivo, company, engineering, sales)


@pytest.fixture
def cast(db: None) -> Cast:
    """The cast of this test."""
    return make_cast()
