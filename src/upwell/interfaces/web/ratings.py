"""What every form with an anchored rating needs: the anchors, the age of the picture, and levels moved at once."""

from collections.abc import Sequence
from textwrap import shorten

from upwell.domain.capabilities import queries as capabilities
from upwell.domain.capabilities.models import Capability
from upwell.domain.capabilities.queries import LevelRow
from upwell.domain.gaps.operations import NoSnapshotYet, refresh
from upwell.foundation.people.models import Person
from upwell.interfaces.web.doors import Request
from upwell.interfaces.web.listed import points_of
from upwell.interfaces.web.parts import Anchor

MOST_WORDS = 240


def anchors_of(capability: Capability) -> list[Anchor]:
    """The levels of a capability as anchors, lowest first; none where it has no scale."""
    return as_anchors(capabilities.anchors([capability.pk]).get(capability.pk, ()))


def as_anchors(levels: Sequence[LevelRow]) -> list[Anchor]:
    """Levels as anchors: what is seen at each, in a sentence or two."""
    return [Anchor(str(row.ordinal), row.name, _words(row), row.position) for row in levels]


def move_levels(person: Person, request: Request) -> bool:
    """Let a person's levels follow new evidence at once; false where levels were never computed."""
    try:
        refresh(person=person, actor=request.actor.account, at=request.now)
    except NoSnapshotYet:
        return False
    return True


def _words(row: LevelRow) -> str:
    signs = [point for sign in row.indicators if sign.effective for point in points_of(sign.text)]
    return shorten("; ".join(signs or points_of(row.description)), MOST_WORDS, placeholder=" …")
