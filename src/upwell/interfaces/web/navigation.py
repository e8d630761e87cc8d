"""The sidebar: which links an actor finds there, and the rest of the frame around each page."""

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise, SimpleLazyObject
from django.utils.translation import gettext_lazy as _

from upwell.access import gate
from upwell.access.permissions import Permission
from upwell.access.policy import ROLE_LABELS, Role
from upwell.foundation.notify import queries as notify
from upwell.interfaces.web.charts import Person
from upwell.interfaces.web.demonstration import demonstration
from upwell.interfaces.web.shell import NavItem, NavSection, Shell


@dataclass(frozen=True, slots=True)
class Link:
    """One page of the sidebar. It is shown to actors with the permission; `section` groups, in order of appearance."""

    label: str | Promise
    route: str
    icon: str
    permission: Permission
    section: str | Promise = ""


LINKS: tuple[Link, ...] = (
    Link(_("Today"), "today", "sun", Permission.TODAY_VIEW),
    Link(_("My capabilities"), "my-capabilities", "gauge", Permission.CAPABILITIES_VIEW),
    Link(_("My plan"), "my-plan", "route", Permission.PLAN_VIEW),
    Link(_("1:1s"), "checkins", "users", Permission.CHECKIN_VIEW),
    Link(_("Feedback"), "feedback", "message-square-heart", Permission.FEEDBACK_VIEW),
    Link(_("Reviews"), "reviews", "clipboard-check", Permission.REVIEW_VIEW),
    Link(_("My goals"), "goals", "target", Permission.GOAL_VIEW),
    Link(_("Learning"), "catalogue", "graduation-cap", Permission.CATALOGUE_VIEW),
    Link(_("Inbox"), "inbox", "inbox", Permission.INBOX_VIEW),
    Link(_("Team"), "team", "layout-grid", Permission.TEAM_VIEW, _("Team")),
    Link(_("Observe"), "observe", "eye", Permission.OBSERVATION_ADD, _("Team")),
    Link(_("Decisions"), "decisions", "handshake", Permission.PLAN_PROPOSE, _("Team")),
    Link(_("Strategy"), "strategy", "flag", Permission.STRATEGY_VIEW, _("Organisation")),
    Link(_("Programmes"), "programmes", "chart-line", Permission.PROGRAMME_VIEW, _("Organisation")),
    Link(_("Transfer"), "transfer", "workflow", Permission.UNIT_GAPS_VIEW, _("Organisation")),
    Link(_("People"), "people", "users", Permission.PEOPLE_VIEW, _("Organisation")),
    Link(_("Roles"), "roles", "briefcase", Permission.MODEL_VIEW, _("Organisation")),
    Link(_("Cycles"), "cycles", "refresh-cw", Permission.CYCLE_VIEW, _("Organisation")),
    Link(_("Imports"), "imports", "upload", Permission.IMPORT_VIEW, _("Organisation")),
    Link(_("Runs"), "runs", "activity", Permission.RUN_REQUEST, _("Oversight")),
    Link(_("Audit trail"), "audit", "history", Permission.AUDIT_VIEW, _("Oversight")),
)
"""One line for each first screen, in the order of the sidebar: one's own, the team, the organisation, oversight."""

ON_A_PHONE = ("today", "team", "observe", "my-plan", "feedback", "my-capabilities")
"""The short tasks, in the order in which a phone offers them."""

BY_WEIGHT = (
    Role.ADMINISTRATOR,
    Role.AUDITOR,
    Role.EXECUTIVE,
    Role.HR_PARTNER,
    Role.LND_LEAD,
    Role.MANAGER,
    Role.EMPLOYEE,
)


def shell(request: HttpRequest) -> dict[str, object]:
    """Offer `shell` to templates: nothing for a visitor, else the frame, made only where a template asks for it."""
    actor = getattr(request, "actor", None)
    if not isinstance(actor, gate.Actor):
        return {"shell": None}
    return {"shell": SimpleLazyObject(lambda: frame(actor, request.path))}


def frame(actor: gate.Actor, path: str) -> Shell:
    """The frame for an actor on the page at `path`."""
    unread = notify.unread_count(actor.person) if actor.person else 0
    return Shell(
        sections=_sections(actor, path, unread),
        person=_chip(actor),
        inbox_url=reverse("inbox") if gate.may(actor, Permission.INBOX_VIEW) else "",
        unread=unread,
        search_url=reverse("search"),
        sign_out_url=reverse("account_logout"),
        footer_note=demonstration().note,
    )


def _sections(actor: gate.Actor, path: str, unread: int) -> tuple[NavSection, ...]:
    grouped: dict[str, list[NavItem]] = {}
    for link in LINKS:
        if gate.may(actor, link.permission):
            badge = str(unread) if unread and link.route == "inbox" else ""
            grouped.setdefault(str(link.section), []).append(_item(link, path, badge))
    return tuple(NavSection(tuple(items), title) for title, items in grouped.items())


def _item(link: Link, path: str, badge: str) -> NavItem:
    url = reverse(link.route)
    active = path == url if url == "/" else path.startswith(url)
    rank = ON_A_PHONE.index(link.route) if link.route in ON_A_PHONE else len(ON_A_PHONE)
    return NavItem(str(link.label), url, link.icon, active, badge, rank)


def _chip(actor: gate.Actor) -> Person:
    role = next((ROLE_LABELS[role] for role in BY_WEIGHT if role in actor.roles), "")
    name = actor.person.name if actor.person else str(actor.account)
    return Person(name, role, key=str(actor.account.uuid))
