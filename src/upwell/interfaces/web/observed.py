"""Observations as a timeline, with the names and words that the reader may read."""

from collections.abc import Container, Iterable
from uuid import UUID

from django.utils.translation import gettext as _

from upwell.domain.evidence.choices import Origin, Source
from upwell.domain.evidence.queries import ObservationRow
from upwell.foundation.people.models import Person
from upwell.interfaces.web.parts import Entry

ANONYMOUS = (Source.PEER, Source.REPORT)
QUOTED = (Origin.OBSERVATION, Origin.REVIEW, Origin.CHECKIN, Origin.REASSESSMENT)
"""Where a note may stand beside the level; feedback is read on its own page, in its own zone."""


def entries(
    rows: Iterable[ObservationRow], *, subject: Person, reader: Person | None, counted: Container[UUID] = ()
) -> list[Entry]:
    """What was seen, newest first. The subject reads what colleagues and reports saw only as a number.

    Others do not read who gave private feedback (known by its empty note), unless they gave it themselves.
    """
    found = list(rows)
    is_subject = reader is not None and reader.pk == subject.pk
    veiled = [row for row in found if is_subject and row.source in ANONYMOUS]
    shown = [_entry(row, reader, counted) for row in found if row not in veiled]
    if veiled:
        shown.append(Entry(_("%d more by colleagues, shown together") % len(veiled), icon="users"))
    return shown


def _entry(row: ObservationRow, reader: Person | None, counted: Container[UUID]) -> Entry:
    is_private = row.origin == Origin.FEEDBACK and not row.note
    is_own = reader is not None and row.rater_uuid == reader.uuid
    rater = "" if is_private and not is_own else row.rater
    return Entry(
        row.level_name,
        row.observed_on,
        note=" · ".join(part for part in (rater, row.source_words) if part),
        icon="eye",
        quote=row.note if row.origin in QUOTED or is_own else "",
        tags=(_("part of the pattern"),) if row.uuid in counted else (),
    )
