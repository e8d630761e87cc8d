"""The list of roles, one role's scorecard against one's own levels, and the aim."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from upwell.access import gate
from upwell.access.permissions import Permission
from upwell.domain.gaps.queries import StandingRow, standings_of
from upwell.domain.roles import operations, queries
from upwell.domain.roles.models import Role
from upwell.domain.roles.queries import RequirementRow
from upwell.interfaces.web.charts import Bullet
from upwell.interfaces.web.doors import Request, door
from upwell.interfaces.web.parts import BulletRow, Crumb
from upwell.interfaces.web.roles.forms import RoleSearch


@door(Permission.MODEL_VIEW)
def listing(request: Request) -> HttpResponse:
    """Roles by ladder; a search narrows them."""
    form = RoleSearch(request.GET)
    text = form.cleaned_data["q"] if form.is_valid() else ""
    context = {"form": form, "rows": queries.search(text, limit=100), "text": text, "crumbs": [Crumb(_("Roles"))]}
    return render(request, "roles/list.html", context)


@door(Permission.MODEL_VIEW)
def role(request: Request, uuid: UUID) -> HttpResponse:
    """What a role asks, and for whoever has levels, how far they are from it."""
    found = queries.profile(uuid, as_of=request.actor.on)
    if found is None:
        raise gate.Unknown(Permission.MODEL_VIEW)
    person = request.actor.person
    own = {row.capability_id: row for row in standings_of([person.pk])} if person else {}
    target = queries.target_of(person) if person else None
    held = queries.role_of(person, as_of=request.actor.on) if person else None
    missing = [row for row in found.requirements if not _reached(row, own.get(row.capability_id))]
    context = {
        "role": found.role,
        "n_holders": found.n_holders,
        "requirements": found.requirements,
        "rows": [_row(row, own.get(row.capability_id), person.uuid if person else None) for row in found.requirements],
        "missing": missing,
        "n_reached": len(found.requirements) - len(missing),
        "has_levels": bool(own),
        "is_held": held is not None and held.id == found.role.id,
        "is_target": target is not None and target.id == found.role.id,
        "may_aim": gate.may(request.actor, Permission.GOAL_EDIT),
        "as_of": request.actor.on,
        "crumbs": [Crumb(_("Roles"), reverse("roles")), Crumb(found.role.name)],
    }
    return render(request, "roles/role.html", context)


@door(Permission.GOAL_EDIT, methods=("POST",))
def aim(request: Request, uuid: UUID) -> HttpResponse:
    """Aim at a role."""
    found = Role.objects.filter(uuid=uuid, retired_on=None).first()
    if found is None:
        raise gate.Unknown(Permission.GOAL_EDIT)
    assert request.actor.person is not None
    operations.choose_target_role(person=request.actor.person, role=found, actor=request.actor.account, at=request.now)
    messages.success(
        request,
        _("You aim at %(role)s now. It changes what is proposed to you, not what your job asks.")
        % {"role": found.name},
    )
    return redirect("role", uuid=uuid)


@door(Permission.GOAL_EDIT, methods=("POST",))
def drop(request: Request, uuid: UUID) -> HttpResponse:
    """Aim at no role any more."""
    assert request.actor.person is not None
    operations.drop_target_role(person=request.actor.person, actor=request.actor.account, at=request.now)
    messages.info(request, _("You aim at no role any more."))
    return redirect("role", uuid=uuid)


def _reached(asked: RequirementRow, own: StandingRow | None) -> bool:
    """Whether a level is at what is asked, or more likely there than not."""
    return own is not None and own.level is not None and own.level >= asked.level


def _row(asked: RequirementRow, own: StandingRow | None, person: UUID | None) -> BulletRow:
    level = own.level if own else None
    bar = Bullet(level, own.lo80 if own else None, own.hi80 if own else None, asked.level)
    parts = [asked.level_name, _("weight %(weight)g") % {"weight": asked.weight} if asked.weight != 1 else ""]
    if level is not None and level < asked.level:
        parts.append(_("%(gap).1f missing") % {"gap": asked.level - level})
    why = reverse("level", args=[person, asked.capability_uuid]) if person and own else ""
    return BulletRow(asked.capability, bar, " · ".join(part for part in parts if part), why_url=why)
