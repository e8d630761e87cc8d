"""Adding to the catalogue by hand; whole catalogues come through an import."""

import datetime as dt
from decimal import Decimal

from upwell.domain.capabilities.models import Capability
from upwell.domain.learning.choices import EffectBasis, ItemKind
from upwell.domain.learning.models import ItemCapability, LearningItem
from upwell.foundation.accounts.models import Account
from upwell.foundation.audit.operations import operation


@operation("learning_item.add")
def add_item(
    *,
    key: str,
    title: str,
    kind: ItemKind,
    minutes: int | None,
    actor: Account | None,
    at: dt.datetime,
    description: str = "",
    url: str = "",
    activity_iri: str = "",
    cost: Decimal = Decimal(0),
) -> LearningItem:
    """Add one item to the catalogue. `minutes` may be unknown; `cost` is money for one person."""
    return LearningItem.objects.create(
        key=key,
        title=title,
        kind=kind,
        minutes=minutes,
        description=description,
        url=url,
        activity_iri=activity_iri,
        cost=cost,
    )


@operation("learning_item.say_what_it_builds")
def say_what_it_builds(
    *,
    item: LearningItem,
    capability: Capability,
    effect: float | None,
    effect_sd: float | None,
    basis: EffectBasis,
    actor: Account | None,
    at: dt.datetime,
) -> ItemCapability:
    """State how many levels of a capability an item is expected to add, and whether that was measured."""
    link, _ = ItemCapability.objects.update_or_create(
        item=item,
        capability=capability,
        defaults={"effect": effect, "effect_sd": effect_sd, "basis": basis},
    )
    return link
