"""The policy table as a whole."""

import pytest

from upwell.access.gate import BETWEEN_PARTIES
from upwell.access.permissions import Permission
from upwell.access.policy import SHOWS_PERSONAL_DATA, TABLE, Role, sentence
from upwell.access.scopes import Scope
from upwell.lib.facts import Sensitivity, Zone

WRITING = {"edit", "apply", "grant", "decide", "propose", "run", "raise", "add", "plan", "write", "give", "ask", "log"}


@pytest.mark.parametrize("permission", Permission)
def test_somebody_holds_each_permission(permission: Permission) -> None:
    assert any(permission in cells for cells in TABLE.values())


@pytest.mark.parametrize("permission", Permission)
def test_each_permission_reads_scope_noun_verb(permission: Permission) -> None:
    assert permission.value == f"{permission.scope}:{permission.noun}:{permission.verb}"


def test_each_role_has_its_cells() -> None:
    assert set(TABLE) == set(Role)


def test_the_auditor_writes_nothing() -> None:
    assert not {permission for permission in TABLE[Role.AUDITOR] if permission.verb in WRITING - {"edit"}}
    edits = {permission for permission in TABLE[Role.AUDITOR] if permission.verb == "edit"}
    assert edits <= {Permission.SETTINGS_EDIT}


@pytest.mark.parametrize("role", [Role.EXECUTIVE, Role.ADMINISTRATOR])
def test_those_who_run_the_house_open_no_personal_data(role: Role) -> None:
    assert not SHOWS_PERSONAL_DATA & set(TABLE[role])


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.EMPLOYEE, Role.MANAGER}))
def test_growth_data_stays_with_the_person_and_the_manager(role: Role) -> None:
    beyond_self = [grant for grant in TABLE[role].values() if grant.scope is not Scope.SELF]
    assert not [grant for grant in beyond_self if Zone.GROWTH in grant.zones]


def test_confidential_rows_of_persons_stay_with_their_parties() -> None:
    for cells in TABLE.values():
        for permission, grant in cells.items():
            if permission in SHOWS_PERSONAL_DATA and grant.ceiling >= Sensitivity.CONFIDENTIAL:
                assert grant.scope in BETWEEN_PARTIES


def test_a_cell_reads_as_a_sentence() -> None:
    grant = TABLE[Role.MANAGER][Permission.PLAN_VIEW]
    assert sentence(Permission.PLAN_VIEW, grant) == "may view plan of one's direct reports, growth data included"
