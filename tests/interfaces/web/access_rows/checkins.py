"""1:1s: read and written by the two who talk, and by nobody else."""

from tests.cast import Cast
from tests.factories import (
    AgendaItemFactory,
    AgreementFactory,
    BlockerFactory,
    CheckInFactory,
    RequirementFactory,
    RoleHoldingFactory,
)
from tests.factories.moments import TODAY
from tests.interfaces.web.access_table import Row, everyone

from upwell.domain.sources.checkins.models import CheckIn


def a_talk(cast: Cast) -> CheckIn:
    talk: CheckIn = CheckInFactory(manager=cast.boris.person, person=cast.ada.person, planned_on=TODAY)
    return talk


def talk(cast: Cast) -> dict[str, object]:
    return {"uuid": a_talk(cast).uuid}


def topic(cast: Cast) -> dict[str, object]:
    return {"uuid": AgendaItemFactory(checkin=a_talk(cast)).uuid}


def agreement(cast: Cast) -> dict[str, object]:
    return {"uuid": AgreementFactory(checkin=a_talk(cast)).uuid}


def blocker(cast: Cast) -> dict[str, object]:
    return {"uuid": BlockerFactory(checkin=a_talk(cast)).uuid}


def words(_cast: Cast) -> dict[str, object]:
    return {"text": "The release", "kind": "tools"}


def promise(cast: Cast) -> dict[str, object]:
    return {"text": "Write the runbook", "owner": str(cast.ada.person.uuid)}


def need(cast: Cast) -> dict[str, object]:
    holding = RoleHoldingFactory(person=cast.ada.person)
    asked = RequirementFactory(role=holding.role)
    return {"capability": str(asked.capability.uuid), "kind": "skill_gap", "note": "Seen twice"}


PARTIES = everyone(404, ada=302, boris=302, gita=403)

ROWS = {
    "checkins": Row(everyone(200, gita=403)),
    "checkin-plan": Row(everyone(403, boris=200, chen=200)),
    "checkin": Row(everyone(404, ada=200, boris=200, gita=403), talk),
    "checkin-refresh": Row(PARTIES, talk, method="POST"),
    "checkin-topic": Row(PARTIES, talk, method="POST", data=words),
    "checkin-notes": Row(PARTIES, talk, method="POST", data=words),
    "checkin-private": Row(PARTIES, talk, method="POST", data=words),
    "checkin-agree": Row(PARTIES, talk, method="POST", data=promise),
    "checkin-block": Row(PARTIES, talk, method="POST", data=words),
    "checkin-need": Row(PARTIES, talk, method="POST", data=need),
    "checkin-tick": Row(PARTIES, topic, method="POST"),
    "checkin-complete": Row(PARTIES, agreement, method="POST"),
    "checkin-resolve": Row(PARTIES, blocker, method="POST"),
}
