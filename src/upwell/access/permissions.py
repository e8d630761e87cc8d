"""Every permission there is: ``scope:noun:verb``.

The scope names the circle a page was made for; the policy may open the same page for another circle to another role.
The noun groups permissions on one thing: whoever may view a thing may be told that something else on it is refused.
"""

import enum

from upwell.access.scopes import Scope


class Permission(enum.StrEnum):
    """What a door can ask for. Each view declares exactly one."""

    # one's own
    TODAY_VIEW = "self:today:view"
    CAPABILITIES_VIEW = "self:capabilities:view"
    LEVEL_VIEW = "self:level:view"
    PLAN_VIEW = "self:plan:view"
    PLAN_DECIDE = "self:plan:decide"
    PLAN_LOG = "self:plan:log"
    GOAL_VIEW = "self:goal:view"
    GOAL_EDIT = "self:goal:edit"
    LEARNING_VIEW = "self:learning:view"
    LEARNING_ENROL = "self:learning:enrol"
    INBOX_VIEW = "self:inbox:view"
    INBOX_MARK = "self:inbox:mark"
    SETTINGS_EDIT = "self:settings:edit"

    # between colleagues
    FEEDBACK_VIEW = "self:feedback:view"
    FEEDBACK_GIVE = "population:feedback:give"
    FEEDBACK_ASK = "population:feedback:ask"
    REVIEW_VIEW = "parties:review:view"
    REVIEW_WRITE = "counterparts:review:write"
    REVIEW_SIGN = "parties:review:sign"
    CHECKIN_VIEW = "parties:checkin:view"
    CHECKIN_WRITE = "parties:checkin:write"

    # a manager's
    TEAM_VIEW = "reports:team:view"
    PANEL_VIEW = "reports:panel:view"
    CHECKIN_PLAN = "reports:checkin:plan"
    OBSERVATION_ADD = "reports:observation:add"
    NEED_VIEW = "self:need:view"
    NEED_RAISE = "self:need:raise"
    DIAGNOSIS_VIEW = "reports:diagnosis:view"
    DIAGNOSIS_DECIDE = "reports:diagnosis:decide"
    PLAN_PROPOSE = "reports:plan:propose"

    # about nobody in particular
    CATALOGUE_VIEW = "everyone:catalogue:view"
    CATALOGUE_EDIT = "everyone:catalogue:edit"
    MODEL_VIEW = "everyone:model:view"
    MODEL_EDIT = "everyone:model:edit"
    STRATEGY_VIEW = "everyone:strategy:view"
    STRATEGY_EDIT = "everyone:strategy:edit"
    PROGRAMME_VIEW = "everyone:programme:view"
    PROGRAMME_EDIT = "everyone:programme:edit"
    PROGRAMME_DECIDE = "everyone:programme:decide"
    UNIT_GAPS_VIEW = "unit:gaps:view"
    OVERVIEW_VIEW = "everyone:overview:view"

    # running the organisation's side
    CYCLE_VIEW = "unit:cycle:view"
    CYCLE_RUN = "unit:cycle:run"
    PEOPLE_VIEW = "population:people:view"
    PEOPLE_EDIT = "everyone:people:edit"
    UNIT_VIEW = "everyone:unit:view"
    SEARCH_USE = "population:search:use"
    IMPORT_VIEW = "everyone:import:view"
    IMPORT_APPLY = "everyone:import:apply"
    ACCESS_VIEW = "everyone:access:view"
    ACCESS_GRANT = "everyone:access:grant"
    RUN_VIEW = "everyone:run:view"
    RUN_REQUEST = "everyone:run:request"
    AUDIT_VIEW = "everyone:audit:view"
    STYLE_VIEW = "everyone:style:view"

    @property
    def scope(self) -> Scope:
        """The circle the page was made for."""
        return Scope(self.value.split(":")[0])

    @property
    def noun(self) -> str:
        """The thing it is about."""
        return self.value.split(":")[1]

    @property
    def verb(self) -> str:
        """What is done with the thing."""
        return self.value.split(":")[2]
