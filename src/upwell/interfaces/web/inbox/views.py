"""What a person was told, and the mark that it is read."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from upwell.access.permissions import Permission
from upwell.foundation.notify import operations, queries
from upwell.interfaces.web.doors import Request, door
from upwell.interfaces.web.parts import Crumb, Entry, Pager

PER_PAGE = 50


@door(Permission.INBOX_VIEW)
def inbox(request: Request) -> HttpResponse:
    """The notices of the person signed in, newest first."""
    person = request.actor.person
    total = queries.inbox_size(person) if person else 0
    pages = max(1, -(-total // PER_PAGE))
    text = request.GET.get("page", "1")
    page = min(max(int(text) if text.isascii() and text.isdigit() else 1, 1), pages)
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
    """Mark the notices named as read, or all of them."""
    person = request.actor.person
    if person is not None:
        named = _uuids(request.POST.getlist("notice"))
        operations.mark_read(
            person=person,
            notices=None if request.POST.get("all") else named,
            actor=request.actor.account,
            at=request.now,
        )
    return redirect("inbox")


def _entry(row: queries.NoticeRow) -> Entry:
    return Entry(row.title, row.created_at.date(), row.reason, "bell", "now" if row.unread else "", row.url)


def _uuids(texts: list[str]) -> list[UUID]:
    """Those of the texts that are identifiers."""
    found = []
    for text in texts:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found
