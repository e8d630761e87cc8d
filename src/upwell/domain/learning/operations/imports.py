"""Making imported catalogues true."""

import datetime as dt

from upwell.domain.capabilities.models import Capability
from upwell.domain.learning.models import ItemCapability, LearningItem, Prerequisite
from upwell.foundation.accounts.models import Account
from upwell.foundation.audit.operations import operation
from upwell.lib import bulk
from upwell.lib.wishes import Effect, Wishes

COLUMNS = ("key", "title", "kind", "minutes", "description", "url", "activity_iri", "provider", "licence", "cost")


@operation("learning_item.import")
def apply_items(*, items: Wishes, actor: Account | None, at: dt.datetime) -> Effect:
    """Items by key with their outline, the capabilities they build and what they require.

    Links made by hand are left alone; an imported link says nothing of its size until that is measured.
    """
    effect = Effect()
    rows = [
        {
            **{name: one[name] for name in COLUMNS},
            "outline": [
                {"title": part.title, "minutes": part.minutes, "objectives": list(part.objectives)}
                for part in one["parts"]
            ],
        }
        for one in items
    ]
    effect.did(bulk.upsert(LearningItem, match=("key",), rows=rows))
    ids = bulk.ids_by_key(LearningItem, {key for one in items for key in (one["key"], *one["requires"])})
    capabilities = bulk.ids_by_key(Capability, {key for one in items for key in one["teaches"]})
    links, needs = [], []
    for one in items:
        item = ids[one["key"]]
        for key in one["teaches"]:
            if key in capabilities:
                links.append({"item_id": item, "capability_id": capabilities[key]})
            else:
                effect.refuse("unknown_capability", {**one, "teaches": key}, "teaches", "The capability is unknown.")
        for key in one["requires"]:
            if key in ids and ids[key] != item:
                needs.append({"item_id": item, "requires_id": ids[key]})
            else:
                effect.refuse("unknown_item", {**one, "requires": key}, "requires", "The required item is unknown.")
    effect.did(bulk.upsert(ItemCapability, match=("item_id", "capability_id"), rows=links))
    effect.did(bulk.upsert(Prerequisite, match=("item_id", "requires_id"), rows=needs))
    return effect
