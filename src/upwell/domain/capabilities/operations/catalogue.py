"""Frameworks, their editions, capabilities and the anchors of their levels."""

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from upwell.domain.capabilities.choices import CapabilityClass
from upwell.domain.capabilities.models import Capability, Edition, EditionEntry, Framework, Indicator, Scale
from upwell.foundation.accounts.models import Account
from upwell.foundation.audit.operations import operation


@dataclass(frozen=True, slots=True)
class IndicatorSpec:
    """An anchor to write: the level's ordinal, what is seen at it, and whether it speaks for the level."""

    level: int
    text: str
    effective: bool = True


@operation("framework.create")
def create_framework(
    *,
    key: str,
    name: str,
    actor: Account | None,
    at: dt.datetime,
    publisher: str = "",
    licence: str = "",
    source_url: str = "",
) -> Framework:
    """Create an empty framework."""
    return Framework.objects.create(
        key=key, name=name, publisher=publisher, licence=licence, source_url=source_url
    )


@operation("framework.open_edition")
def open_edition(
    *,
    framework: Framework,
    label: str,
    valid_from: dt.date,
    actor: Account | None,
    at: dt.datetime,
    digest: str = "",
) -> Edition:
    """Begin a new edition on `valid_from`; the one in force ends there. Wordings are kept as they read now."""
    framework.editions.as_of(valid_from).filter(valid_from__lt=valid_from).update(valid_to=valid_from)
    edition = Edition.objects.create(framework=framework, label=label, digest=digest, valid_from=valid_from)
    EditionEntry.objects.bulk_create(
        EditionEntry(edition=edition, capability=each, name=each.name, description=each.description)
        for each in framework.capabilities.filter(retired_on__isnull=True)
    )
    return edition


@operation("capability.create")
def create_capability(
    *,
    key: str,
    framework: Framework,
    name: str,
    facet: str,
    scale: Scale | None,
    actor: Account | None,
    at: dt.datetime,
    kind: str = CapabilityClass.FUNCTIONAL,
    description: str = "",
    group: str = "",
    parent: Capability | None = None,
) -> Capability:
    """Create a capability and enter it into the edition in force on the day of `at`."""
    capability = Capability.objects.create(
        key=key,
        framework=framework,
        name=name,
        facet=facet,
        scale=scale,
        kind=kind,
        description=description,
        group=group,
        parent=parent,
    )
    _enter(capability, at.date())
    return capability


@operation("capability.revise")
def revise_capability(
    *, capability: Capability, name: str, description: str, actor: Account | None, at: dt.datetime
) -> Capability:
    """Reword a capability; the edition in force reads the new words, earlier editions keep theirs."""
    capability.name = name
    capability.description = description
    capability.save(update_fields=["name", "description"])
    _enter(capability, at.date())
    return capability


@operation("capability.set_indicators")
def set_indicators(
    *, capability: Capability, indicators: Sequence[IndicatorSpec], actor: Account | None, at: dt.datetime
) -> Capability:
    """Replace all anchors of a capability; they keep the order given."""
    capability.indicators.all().delete()
    ranks: Counter[tuple[int, bool]] = Counter()
    rows = []
    for spec in indicators:
        rank = ranks[spec.level, spec.effective]
        ranks[spec.level, spec.effective] += 1
        rows.append(
            Indicator(
                capability=capability, level=spec.level, rank=rank, text=spec.text, effective=spec.effective
            )
        )
    Indicator.objects.bulk_create(rows)
    return capability


@operation("capability.retire")
def retire_capability(
    *, capability: Capability, retired_on: dt.date, actor: Account | None, at: dt.datetime
) -> Capability:
    """Take a capability out of use; its evidence and wordings stay readable."""
    capability.retired_on = retired_on
    capability.save(update_fields=["retired_on"])
    return capability


def _enter(capability: Capability, day: dt.date) -> None:
    edition = Edition.objects.as_of(day).filter(framework=capability.framework).first()
    if edition is not None:
        EditionEntry.objects.update_or_create(
            edition=edition,
            capability=capability,
            defaults={"name": capability.name, "description": capability.description},
        )
