"""The list of imports, handing files in, the report of one, applying it and taking it back."""

from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from upwell.access import gate
from upwell.access.permissions import Permission
from upwell.domain.intake import jobs, operations, queries
from upwell.domain.intake.choices import BatchState
from upwell.domain.intake.models import ImportBatch
from upwell.foundation.runs.operations import request as request_run
from upwell.interfaces.web.doors import MEGABYTE, Request, door
from upwell.interfaces.web.imports import report
from upwell.interfaces.web.imports.forms import LARGEST, FindingsFilter, UploadForm
from upwell.interfaces.web.parts import Crumb, Heading, Pager

PER_PAGE = 50
AT_ONCE = 5_000
"""Rows up to which an import is applied while one waits; more are applied by a run."""


@door(Permission.IMPORT_VIEW)
def imports(request: Request) -> HttpResponse:
    """The latest imports."""
    context = {
        "rows": queries.recent(),
        "headings": [
            Heading(_("Import")),
            Heading(_("State")),
            Heading(_("By")),
            Heading(_("When")),
            Heading(_("Added"), number=True),
            Heading(_("Changed"), number=True),
            Heading(_("Errors"), number=True),
        ],
        "may_import": gate.may(request.actor, Permission.IMPORT_APPLY),
        "crumbs": [Crumb(_("Imports"))],
    }
    return render(request, "imports/list.html", context)


@door(Permission.IMPORT_APPLY, methods=("GET", "POST"), rate="20/m", max_body=LARGEST + MEGABYTE)
def upload(request: Request) -> HttpResponse:
    """Take files in and check them; nothing but the files is kept yet."""
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        asked = form.cleaned_data
        made = operations.stage(
            uploads=[operations.Upload(one.name or "", one.read(), one.content_type or "") for one in asked["uploads"]],
            format_key=asked["format_key"],
            key=asked["key"],
            name=asked["name"],
            valid_from=asked["valid_from"],
            actor=request.actor.account,
            at=request.now,
        )
        return redirect("import", uuid=made.uuid)
    context = {
        "form": form,
        "formats": [(row, row.kind.replace("_", " ")) for row in queries.formats()],
        "megabytes": LARGEST // MEGABYTE,
        "crumbs": [Crumb(_("Imports"), reverse("imports")), Crumb(_("New import"))],
    }
    return render(request, "imports/new.html", context, status=422 if request.method == "POST" else 200)


@door(Permission.IMPORT_VIEW)
def batch(request: Request, uuid: UUID) -> HttpResponse:
    """One import: what came in, what it does, what was found."""
    found = gate.known(request.actor, Permission.IMPORT_VIEW, _batches().filter(uuid=uuid))
    return _page(request, found)


@door(Permission.IMPORT_APPLY, methods=("POST",), rate="12/m")
def apply(request: Request, uuid: UUID) -> HttpResponse:
    """Make a checked import true; a large one in the background."""
    found = gate.known(request.actor, Permission.IMPORT_APPLY, _batches().filter(uuid=uuid))
    if found.state != BatchState.CHECKED:
        messages.error(request, _("Only a checked import can be applied."))
        return redirect("import", uuid=uuid)
    if sum(file.rows_in for file in queries.detail(found).files) > AT_ONCE:
        params = {"batch": str(found.uuid)}
        run = request_run(kind=jobs.APPLY, params=params, actor=request.actor.account, at=request.now)
        messages.info(request, _("The import is large; it is applied in the background."))
        return redirect("run", uuid=run.uuid)
    try:
        operations.apply(batch=found, actor=request.actor.account, at=request.now)
    except operations.WrongStateError as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, _("Applied. It can be taken back as long as nothing rests on it."))
    return redirect("import", uuid=uuid)


@door(Permission.IMPORT_APPLY, methods=("POST",), rate="12/m")
def undo(request: Request, uuid: UUID) -> HttpResponse:
    """Put back what stood before, or say what rests on it."""
    found = gate.known(request.actor, Permission.IMPORT_APPLY, _batches().filter(uuid=uuid))
    try:
        operations.undo(batch=found, actor=request.actor.account, at=request.now)
    except (operations.UndoRefusedError, operations.WrongStateError) as problem:
        return _page(request, found, refused=str(problem))
    messages.success(request, _("Taken back. Everything stands as before."))
    return redirect("import", uuid=uuid)


def _batches() -> QuerySet[ImportBatch]:
    return ImportBatch.objects.select_related("requested_by")


def _page(request: Request, found: ImportBatch, *, refused: str = "") -> HttpResponse:
    form = FindingsFilter(request.GET)
    form.is_valid()
    text = request.GET.get("page", "1")
    page = max(1, int(text[:6])) if text.isascii() and text.isdigit() else 1
    severity = form.cleaned_data.get("severity") or ""
    findings, total = queries.findings(found, severity=severity, offset=(page - 1) * PER_PAGE, limit=PER_PAGE)
    detail = queries.detail(found)
    context = {
        "detail": detail,
        "row": detail.batch,
        "refused": refused,
        "steps": report.steps(detail),
        "figures": report.figures(detail),
        "facts": report.facts(detail),
        "tables": [(table, report.changes(table)) for table in detail.tables if report.touches(table)],
        "file_headings": [
            Heading(_("File")),
            Heading(_("Rows in"), number=True),
            Heading(_("Made"), number=True),
            Heading(_("Merged"), number=True),
            Heading(_("Left out"), number=True),
        ],
        "form": form,
        "severity": severity,
        "problems": [report.problem(row) for row in findings],
        "pager": Pager(page, max(1, -(-total // PER_PAGE)), total, ngettext("finding", "findings", total)),
        "is_checked": found.state == BatchState.CHECKED,
        "is_applied": found.state == BatchState.APPLIED,
        "is_refused": found.state == BatchState.REFUSED,
        "may_import": gate.may(request.actor, Permission.IMPORT_APPLY),
        "crumbs": [Crumb(_("Imports"), reverse("imports")), Crumb(detail.batch.title)],
    }
    return render(request, "imports/batch.html", context, status=422 if refused else 200)
