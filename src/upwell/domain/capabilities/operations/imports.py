"""Making imported frameworks true: scales, capabilities, their indicators, and the edition they stand in."""

import datetime as dt
import hashlib
import json
from collections import Counter, defaultdict
from typing import Any

from upwell.domain.capabilities.models import (
    Capability,
    Edition,
    EditionEntry,
    Framework,
    Indicator,
    Scale,
    ScaleLevel,
)
from upwell.foundation.accounts.models import Account
from upwell.foundation.audit.operations import operation
from upwell.lib import bulk
from upwell.lib.wishes import Effect, Wishes


@operation("framework.import")
def apply_frameworks(
    *, frameworks: Wishes, scales: Wishes, capabilities: Wishes, since: dt.date, actor: Account | None, at: dt.datetime
) -> Effect:
    """Frameworks by key with the edition that holds from `since`. What a file leaves out is kept, and told."""
    effect = Effect()
    columns = ("key", "name", "publisher", "licence", "source_url")
    effect.did(
        bulk.upsert(Framework, match=("key",), rows=[{name: one[name] for name in columns} for one in frameworks])
    )
    _scales(scales, effect)
    _capabilities(capabilities, effect)
    _editions(frameworks, capabilities, since, effect)
    return effect


def _scales(scales: Wishes, effect: Effect) -> None:
    effect.did(bulk.upsert(Scale, match=("key",), rows=[{"key": one["key"], "name": one["name"]} for one in scales]))
    ids = bulk.ids_by_key(Scale, (one["key"] for one in scales))
    rows: list[dict[str, Any]] = []
    for scale in scales:
        below: float | None = None
        for level in scale["levels"]:
            cut = None if below is None else (below + level.position) / 2
            below = level.position
            rows.append(
                {
                    "scale_id": ids[scale["key"]],
                    "ordinal": level.ordinal,
                    "name": level.name[:100],
                    "position": level.position,
                    "cut": cut,
                }
            )
    effect.did(bulk.upsert(ScaleLevel, match=("scale_id", "ordinal"), rows=rows))


def _capabilities(capabilities: Wishes, effect: Effect) -> None:
    frameworks = bulk.ids_by_key(Framework, (one["framework_key"] for one in capabilities))
    scales = bulk.ids_by_key(Scale, (one["scale_key"] for one in capabilities))
    columns = ("key", "name", "description", "facet", "kind", "group")
    rows = [
        {
            **{name: one[name] for name in columns},
            "framework_id": frameworks[one["framework_key"]],
            "scale_id": scales.get(one["scale_key"]),
        }
        for one in capabilities
    ]
    effect.did(bulk.upsert(Capability, match=("key",), rows=rows))
    ids = bulk.ids_by_key(Capability, (one["key"] for one in capabilities))
    parents = [{"key": one["key"], "parent_id": ids.get(one["parent_key"])} for one in capabilities]
    effect.did(bulk.upsert(Capability, match=("key",), rows=parents))
    indicators: list[dict[str, Any]] = []
    for one in capabilities:
        ranks: Counter[tuple[int, bool]] = Counter()
        for indicator in one["indicators"]:
            place = (indicator.level, indicator.effective)
            indicators.append(
                {
                    "capability_id": ids[one["key"]],
                    "level": indicator.level,
                    "effective": indicator.effective,
                    "rank": ranks[place],
                    "text": indicator.text,
                }
            )
            ranks[place] += 1
    effect.did(
        bulk.replace_children(
            Indicator,
            owner="capability_id",
            match=("capability_id", "level", "effective", "rank"),
            rows=indicators,
            owners=ids.values(),
        )
    )


def _editions(frameworks: Wishes, capabilities: Wishes, since: dt.date, effect: Effect) -> None:
    ids = bulk.ids_by_key(Framework, (one["key"] for one in frameworks))
    members: defaultdict[str, list[Any]] = defaultdict(list)
    for one in capabilities:
        members[one["framework_key"]].append(one)
    wishes = [
        {
            "framework_id": ids[one["key"]],
            "label": one["edition"][:100],
            "digest": _digest([[m["key"], m["name"], m["description"]] for m in members[one["key"]]]),
            "valid_from": since,
        }
        for one in frameworks
        if members[one["key"]]
    ]
    effect.did(bulk.amend_periods(Edition, entity=("framework_id",), rows=wishes))
    editions = {
        edition.framework_id: edition.pk
        for edition in Edition.objects.as_of(since).filter(framework__in=[wish["framework_id"] for wish in wishes])
    }
    keys = bulk.ids_by_key(Capability, (one["key"] for one in capabilities))
    entries = [
        {
            "edition_id": editions[ids[one["framework_key"]]],
            "capability_id": keys[one["key"]],
            "name": one["name"],
            "description": one["description"],
        }
        for one in capabilities
    ]
    effect.did(bulk.upsert(EditionEntry, match=("edition_id", "capability_id"), rows=entries))


def _digest(content: list[list[str]]) -> str:
    return hashlib.sha256(json.dumps(sorted(content)).encode()).hexdigest()
