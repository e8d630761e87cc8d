"""What a person was told, and the mark that it is read."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from upwell.access import gate
from upwell.access.permissions import Permission
from upwell.foundation.notify import operations, queries
from upwell.foundation.notify.models import Notice
from upwell.interfaces.web.doors import Request, door
from upwell.interfaces.web.parts import Crumb, Entry, Pager, page_asked

PER_PAGE = 50


@door(Permission.INBOX_VIEW)
def inbox(request: Request) -> HttpResponse:
    """The notices of the person signed in, newest first."""
    person = request.actor.person
    total = queries.inbox_size(person) if person else 0
    pages = max(1, -(-total // PER_PAGE))
    page = min(page_asked(request.GET.get("page", "1")), pages)
    rows = queries.inbox(person, start=(page - 1) * PER_PAGE, limit=PER_PAGE) if person else []
    unread = queries.unread_count(person) if person else 0
    context = {
        "entries": [_entry(row) for row in rows],
        "unread": unread,
        "pager": Pager(page, pages, total, ngettext("notice", "notices", total)),
        "crumbs": [Crumb(_("Inbox"))],
    }
    return render(request, "inbox/inbox.html", context)


@door(Permission.INBOX_MARK, methods=("POST",))
def read(request: Request) -> HttpResponse:
    """Mark all one's notices as read."""
    if request.actor.person is not None:
        operations.mark_read(person=request.actor.person, notices=None, actor=request.actor.account, at=request.now)
    return redirect("inbox")


@door(Permission.INBOX_VIEW)
def follow(request: Request, uuid: UUID) -> HttpResponse:
    """Go where a notice leads; following it is reading it."""
    notice = gate.known(request.actor, Permission.INBOX_VIEW, Notice.objects.filter(uuid=uuid))
    if notice.read_at is None:
        operations.mark_read(person=notice.person, notices=[uuid], actor=request.actor.account, at=request.now)
    inside = url_has_allowed_host_and_scheme(notice.url, {request.get_host()}, require_https=request.is_secure())
    return redirect(notice.url if inside else "inbox")


def _entry(row: queries.NoticeRow) -> Entry:
    state = "now" if row.unread else ""
    return Entry(row.title, row.created_at.date(), row.reason, "bell", state, reverse("inbox-notice", args=[row.uuid]))
