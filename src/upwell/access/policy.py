"""The policy: one table, role x permission -> scope, sensitivity and zones. A role without a cell may not.

Growth data (coaching notes, plans, feedback) is read by the person and whoever they work on it with; those who run the
organisation see it only as aggregates.
"""

import enum
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from upwell.access.permissions import Permission
from upwell.access.scopes import IN_WORDS, Scope
from upwell.foundation.people.choices import MandateKind
from upwell.lib.facts import Sensitivity, Zone


class Role(enum.StrEnum):
    """Why an actor may do something."""

    EMPLOYEE = "employee"
    MANAGER = "manager"
    HR_PARTNER = MandateKind.HR_PARTNER.value
    LND_LEAD = MandateKind.LND_LEAD.value
    EXECUTIVE = MandateKind.EXECUTIVE.value
    ADMINISTRATOR = MandateKind.ADMINISTRATOR.value
    AUDITOR = MandateKind.AUDITOR.value


ROLE_LABELS: dict[Role, str] = {
    Role.EMPLOYEE: "Employee",
    Role.MANAGER: "Manager",
    **{Role(kind.value): str(kind.label) for kind in MandateKind},
}

OPEN = frozenset({Zone.OPEN})
WITH_GROWTH = frozenset({Zone.OPEN, Zone.GROWTH})


@dataclass(frozen=True, slots=True)
class Grant:
    """One cell: how far it reaches, the most sensitive data it opens, and in which storage zones."""

    scope: Scope
    ceiling: Sensitivity = Sensitivity.INTERNAL
    zones: frozenset[Zone] = OPEN


def _own(scope: Scope = Scope.SELF) -> Grant:
    return Grant(scope, Sensitivity.CONFIDENTIAL, WITH_GROWTH)


def _personal(scope: Scope, zones: frozenset[Zone] = OPEN) -> Grant:
    return Grant(scope, Sensitivity.PERSONAL, zones)


ALL = Grant(Scope.EVERYONE)
SECRET = Grant(Scope.EVERYONE, Sensitivity.CONFIDENTIAL)

SIGNED_IN: dict[Permission, Grant] = {
    Permission.TODAY_VIEW: _own(),
    Permission.INBOX_VIEW: _own(),
    Permission.INBOX_MARK: _own(),
    Permission.SETTINGS_EDIT: _own(),
    Permission.CATALOGUE_VIEW: ALL,
    Permission.MODEL_VIEW: ALL,
    Permission.STRATEGY_VIEW: ALL,
    Permission.PEOPLE_VIEW: Grant(Scope.POPULATION),
    Permission.UNIT_VIEW: ALL,
    Permission.SEARCH_USE: Grant(Scope.POPULATION),
    Permission.STYLE_VIEW: ALL,
}

TABLE: dict[Role, dict[Permission, Grant]] = {
    Role.EMPLOYEE: {
        **SIGNED_IN,
        Permission.CAPABILITIES_VIEW: _own(),
        Permission.LEVEL_VIEW: _own(),
        Permission.PLAN_VIEW: _own(),
        Permission.PLAN_DECIDE: _own(),
        Permission.PLAN_LOG: _own(),
        Permission.GOAL_VIEW: _own(),
        Permission.GOAL_EDIT: _own(),
        Permission.LEARNING_VIEW: _own(),
        Permission.LEARNING_ENROL: _own(),
        Permission.FEEDBACK_VIEW: _own(Scope.PARTIES),
        Permission.FEEDBACK_GIVE: Grant(Scope.POPULATION),
        Permission.FEEDBACK_ASK: Grant(Scope.POPULATION),
        Permission.REVIEW_VIEW: _own(Scope.PARTIES),
        Permission.REVIEW_WRITE: _own(Scope.COUNTERPARTS),
        Permission.REVIEW_SIGN: _own(Scope.PARTIES),
        Permission.CHECKIN_VIEW: _own(Scope.PARTIES),
        Permission.CHECKIN_WRITE: _own(Scope.PARTIES),
        Permission.NEED_VIEW: _own(),
        Permission.NEED_RAISE: _own(),
        Permission.DIAGNOSIS_VIEW: _own(),
        Permission.RUN_VIEW: ALL,
    },
    Role.MANAGER: {
        **SIGNED_IN,
        Permission.TEAM_VIEW: _personal(Scope.CHAIN),
        Permission.PANEL_VIEW: _personal(Scope.CHAIN),
        Permission.LEVEL_VIEW: _personal(Scope.CHAIN),
        Permission.NEED_VIEW: _personal(Scope.CHAIN),
        Permission.REVIEW_VIEW: _personal(Scope.CHAIN),
        Permission.GOAL_VIEW: _personal(Scope.CHAIN),
        Permission.UNIT_GAPS_VIEW: Grant(Scope.CHAIN),
        Permission.OBSERVATION_ADD: _personal(Scope.CHAIN),
        Permission.NEED_RAISE: _personal(Scope.REPORTS),
        Permission.LEARNING_VIEW: _personal(Scope.REPORTS),
        Permission.CHECKIN_PLAN: _personal(Scope.REPORTS, WITH_GROWTH),
        Permission.FEEDBACK_VIEW: _personal(Scope.REPORTS, WITH_GROWTH),
        Permission.DIAGNOSIS_VIEW: _personal(Scope.REPORTS, WITH_GROWTH),
        Permission.DIAGNOSIS_DECIDE: _personal(Scope.REPORTS, WITH_GROWTH),
        Permission.PLAN_VIEW: _personal(Scope.REPORTS, WITH_GROWTH),
        Permission.PLAN_PROPOSE: _personal(Scope.REPORTS, WITH_GROWTH),
        Permission.PLAN_DECIDE: _personal(Scope.REPORTS, WITH_GROWTH),
        Permission.CYCLE_VIEW: ALL,
    },
    Role.HR_PARTNER: {
        **SIGNED_IN,
        Permission.TEAM_VIEW: _personal(Scope.UNIT),
        Permission.PANEL_VIEW: _personal(Scope.UNIT),
        Permission.LEVEL_VIEW: _personal(Scope.UNIT),
        Permission.NEED_VIEW: _personal(Scope.UNIT),
        Permission.DIAGNOSIS_VIEW: _personal(Scope.UNIT),
        Permission.REVIEW_VIEW: _personal(Scope.UNIT),
        Permission.UNIT_GAPS_VIEW: Grant(Scope.UNIT),
        Permission.PROGRAMME_VIEW: ALL,
        Permission.CYCLE_VIEW: ALL,
        Permission.CYCLE_RUN: ALL,
        Permission.RUN_VIEW: ALL,
    },
    Role.LND_LEAD: {
        **SIGNED_IN,
        Permission.LEARNING_VIEW: _personal(Scope.UNIT),
        Permission.UNIT_GAPS_VIEW: Grant(Scope.UNIT),
        Permission.CATALOGUE_EDIT: ALL,
        Permission.MODEL_EDIT: ALL,
        Permission.PROGRAMME_VIEW: SECRET,
        Permission.PROGRAMME_EDIT: SECRET,
        Permission.PROGRAMME_DECIDE: SECRET,
        Permission.STRATEGY_EDIT: ALL,
        Permission.OVERVIEW_VIEW: ALL,
        Permission.IMPORT_VIEW: SECRET,
        Permission.IMPORT_APPLY: SECRET,
        Permission.RUN_VIEW: ALL,
        Permission.RUN_REQUEST: ALL,
    },
    Role.EXECUTIVE: {
        **SIGNED_IN,
        Permission.UNIT_GAPS_VIEW: Grant(Scope.UNIT),
        Permission.OVERVIEW_VIEW: ALL,
        Permission.PROGRAMME_VIEW: ALL,
        Permission.PROGRAMME_DECIDE: ALL,
        Permission.STRATEGY_EDIT: ALL,
        Permission.RUN_VIEW: ALL,
    },
    Role.ADMINISTRATOR: {
        **SIGNED_IN,
        Permission.PEOPLE_VIEW: ALL,
        Permission.PEOPLE_EDIT: ALL,
        Permission.SEARCH_USE: ALL,
        Permission.MODEL_EDIT: ALL,
        Permission.IMPORT_VIEW: SECRET,
        Permission.IMPORT_APPLY: SECRET,
        Permission.ACCESS_VIEW: SECRET,
        Permission.ACCESS_GRANT: SECRET,
        Permission.CYCLE_VIEW: ALL,
        Permission.RUN_VIEW: ALL,
        Permission.RUN_REQUEST: ALL,
    },
    Role.AUDITOR: {
        **SIGNED_IN,
        Permission.PEOPLE_VIEW: ALL,
        Permission.LEVEL_VIEW: _personal(Scope.EVERYONE),
        Permission.PANEL_VIEW: _personal(Scope.EVERYONE),
        Permission.UNIT_GAPS_VIEW: ALL,
        Permission.PROGRAMME_VIEW: ALL,
        Permission.CYCLE_VIEW: ALL,
        Permission.IMPORT_VIEW: SECRET,
        Permission.ACCESS_VIEW: SECRET,
        Permission.AUDIT_VIEW: SECRET,
        Permission.RUN_VIEW: ALL,
    },
}

SHOWS_PERSONAL_DATA = frozenset(
    {
        Permission.CAPABILITIES_VIEW,
        Permission.LEVEL_VIEW,
        Permission.PLAN_VIEW,
        Permission.PLAN_DECIDE,
        Permission.GOAL_VIEW,
        Permission.LEARNING_VIEW,
        Permission.FEEDBACK_VIEW,
        Permission.REVIEW_VIEW,
        Permission.CHECKIN_VIEW,
        Permission.TEAM_VIEW,
        Permission.PANEL_VIEW,
        Permission.NEED_VIEW,
        Permission.DIAGNOSIS_VIEW,
    }
)
"""Pages whose reading leaves a line in the audit trail, even where they are asked for by the name of a person."""


def cells(roles: Iterable[Role], permission: Permission) -> Iterator[tuple[Role, Grant]]:
    """The cells that speak for an actor with these roles."""
    for role in roles:
        grant = TABLE[role].get(permission)
        if grant is not None:
            yield role, grant


def views_of(noun: str) -> list[Permission]:
    """The permissions to view things of a noun."""
    return [permission for permission in Permission if permission.noun == noun and permission.verb == "view"]


def sentence(permission: Permission, grant: Grant) -> str:
    """A cell in plain words."""
    growth = ", growth data included" if Zone.GROWTH in grant.zones else ""
    return f"may {permission.verb} {permission.noun} of {IN_WORDS[grant.scope]}{growth}"
