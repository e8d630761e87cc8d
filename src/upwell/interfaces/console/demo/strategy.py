"""What the demonstration organisation wants, whom it entrusts, and its three programmes."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal

from upwell.domain.capabilities.models import Capability
from upwell.domain.impact import operations as impact
from upwell.domain.impact.choices import DecisionKind, Mechanism
from upwell.domain.impact.models import Effect, Programme
from upwell.domain.learning.choices import EffectBasis
from upwell.domain.learning.models import ItemCapability, LearningItem
from upwell.domain.learning.operations import PastEnrolment, record_history, say_what_it_builds
from upwell.domain.plans.operations import offer_beside_work, offer_items, set_budget
from upwell.domain.sources.kpis.choices import MetricFamily
from upwell.domain.sources.kpis.models import Metric
from upwell.domain.sources.kpis.operations import ValueSpec, define_metric, link_metric, record_values
from upwell.domain.strategy.choices import ObjectiveKind, Stage
from upwell.domain.strategy.models import Objective
from upwell.domain.strategy.operations import create_campaign, create_objective, enter_stage, weigh_capability
from upwell.foundation.accounts.operations import set_password
from upwell.foundation.people.choices import MandateKind
from upwell.foundation.people.models import Person, Unit
from upwell.foundation.people.operations import grant_mandate, invite
from upwell.interfaces.console.demo.loading import Loaded
from upwell.interfaces.console.demo.running import perform_now

PASSWORD = "upwell-demo-only"  # noqa: S105 - the demonstration's sign-in, printed at its start
METRICS = (
    ("delivery_index", "Delivery index", MetricFamily.TIMELINESS, "points", "100 is the plan of the quarter."),
    ("right_first_time", "Right first time", MetricFamily.ACCURACY, "share", "Share of changes without rework."),
    ("changes_released", "Changes released", MetricFamily.ADAPTABILITY, "a month", "A count; many small is fine."),
)
CHAIN = (
    (
        "journeys",
        "Journeys that work for everyone",
        "delivery_index",
        ("gddp/user-focus", "gddp/prototyping", "gddp/accessibility", "gddp/stakeholder-relationship-management"),
    ),
    (
        "services",
        "Services that never stand still",
        "changes_released",
        (
            "gddp/modern-development-standards",
            "gddp/systems-integration",
            "gddp/testing",
            "gddp/availability-and-capacity-management",
        ),
    ),
    (
        "evidence",
        "Decisions rest on evidence",
        "right_first_time",
        (
            "gddp/data-analysis-and-synthesis",
            "gddp/data-modelling",
            "gddp/data-ethics-and-privacy",
            "gddp/communicating-between-the-technical-and-non-technical",
        ),
    ),
    ("safety", "Safe by design", "right_first_time", ("gddp/information-security", "gddp/systems-design")),
)
PURPOSES = {
    "practice-labs": "Teams spend two days on their own service with a coach, to deliver sooner.",
    "online-library": "People practise explaining technical choices to others, to deliver sooner.",
    "rescue-course": "People are sent after a bad quarter, to bring their delivery back.",
}


def entrust(loaded: Loaded, *, at: dt.datetime) -> Mapping[str, Person]:
    """Give the cast their accounts and mandates."""
    cast = {name: Person.objects.get(key=part.post) for name, part in loaded.parts.items()}
    for person in cast.values():
        set_password(account=invite(person=person, actor=None, at=at), password=PASSWORD)
    unit_of_chen = Unit.objects.get(seats__person=cast["chen"])
    for name, kind, unit in (
        ("dora", MandateKind.HR_PARTNER, unit_of_chen),
        ("emil", MandateKind.LND_LEAD, None),
        ("gita", MandateKind.AUDITOR, None),
        ("hana", MandateKind.EXECUTIVE, None),
        ("ivo", MandateKind.ADMINISTRATOR, None),
    ):
        account = cast[name].account
        if account is not None:
            grant_mandate(account=account, kind=kind, unit=unit, on=at.date(), actor=None, at=at)
    return cast


def set_strategy(loaded: Loaded, cast: Mapping[str, Person], *, at: dt.datetime) -> None:
    """Mission, strategy, objectives with the capabilities they lean on, growth stage and a campaign."""
    owner = cast["hana"]
    enter_stage(
        stage=Stage.RENEWING,
        since=at.date() - dt.timedelta(days=400),
        reason="A third of senior posts change hands within two years.",
        actor=owner.account,
        at=at,
    )
    mission = create_objective(
        key="mission",
        kind=ObjectiveKind.MISSION,
        title="Transport that works for the people who rely on it",
        owner=owner,
        actor=owner.account,
        at=at,
    )
    strategy = create_objective(
        key="digital",
        kind=ObjectiveKind.STRATEGY,
        title="Run the department's services as products",
        parent=mission,
        owner=owner,
        actor=owner.account,
        at=at,
    )
    for key, title, metric, capabilities in CHAIN:
        objective = create_objective(
            key=key,
            kind=ObjectiveKind.OBJECTIVE,
            title=title,
            parent=strategy,
            owner=owner,
            outcome_metric=metric,
            due_on=at.date() + dt.timedelta(days=300),
            actor=owner.account,
            at=at,
        )
        for rank, capability in enumerate(Capability.objects.filter(key__in=capabilities).order_by("name")):
            weigh_capability(
                objective=objective,
                capability=capability,
                weight=2.0 - 0.25 * rank,
                reason=f"{title} cannot be reached without it.",
                actor=owner.account,
                at=at,
            )
    create_campaign(
        key="secure-by-spring",
        name="Secure by spring",
        objective=Objective.objects.get(key="safety"),
        unit=Unit.objects.get(seats__person=cast["chen"]),
        outcome="No service released with a known weakness",
        due_on=at.date() + dt.timedelta(days=120),
        actor=owner.account,
        at=at,
    )


def load_results(loaded: Loaded, *, at: dt.datetime) -> None:
    """Define the metrics and record 24 months of values for everybody."""
    people = dict(Person.objects.values_list("key", "pk"))
    table = loaded.simulated.kpis.select(["person", "kpi", "period", "value"]).to_pydict()
    for key, name, family, label, note in METRICS:
        metric = define_metric(
            key=key, name=name, family=family, unit_label=label, context_note=note, actor=None, at=at
        )
        values = [
            ValueSpec(people[person], period, value)
            for person, kpi, period, value in zip(*table.values(), strict=True)
            if kpi == key
        ]
        record_values(metric=metric, values=values, actor=None, at=at)
    for _, _, metric_key, capabilities in CHAIN:
        metric = Metric.objects.get(key=metric_key)
        for capability in Capability.objects.filter(key__in=capabilities):
            link_metric(metric=metric, capability=capability, strength=0.5, actor=None, at=at)


def offer_interventions(cast: Mapping[str, Person], *, at: dt.datetime) -> None:
    """Say what every lesson is expected to add, offer it, and offer what is no lesson; give each group a budget."""
    for link in ItemCapability.objects.select_related("item", "capability"):
        say_what_it_builds(
            item=link.item,
            capability=link.capability,
            effect=0.35,
            effect_sd=0.25,
            basis=EffectBasis.ASSUMED,
            actor=None,
            at=at,
        )
    offer_items(actor=None, at=at)
    offer_beside_work(actor=None, at=at)
    set_budget(
        unit=Unit.objects.get(key="dft"), year=at.year, amount=Decimal(900_000), actor=cast["emil"].account, at=at
    )


def load_learning(loaded: Loaded, *, at: dt.datetime) -> None:
    """Record what people took over 24 months, linked to no plan: shown as such, never counted as closing a gap."""
    people = dict(Person.objects.values_list("key", "pk"))
    items = dict(LearningItem.objects.values_list("key", "pk"))
    table = loaded.simulated.learning.select(["person", "item", "started_on", "completed_on"]).to_pydict()
    taken = [
        PastEnrolment(people[person], items[item], started_on, completed_on)
        for person, item, started_on, completed_on in zip(*table.values(), strict=True)
    ]
    record_history(enrolments=taken, actor=None, at=at)


def launch_programmes(loaded: Loaded, cast: Mapping[str, Person], *, at: dt.datetime) -> None:
    """Three programmes as designed, their members with the mechanism that sent them, and an estimate of each effect."""
    people = dict(Person.objects.values_list("key", "pk"))
    owner = cast["emil"]
    for row in loaded.simulated.programmes.to_pylist():
        members = [
            (people[member["person"]], member["first_treated"])
            for member in loaded.simulated.members.to_pylist()
            if member["programme"] == row["programme"]
        ]
        treated = sum(first is not None for _, first in members)
        programme = impact.launch(
            key=row["programme"],
            name=row["title"],
            purpose=PURPOSES.get(row["programme"], row["title"]),
            metric=Metric.objects.get(key=row["kpi"]),
            owner=owner,
            mechanism=Mechanism(row["mechanism"]),
            smallest_worthwhile=row["smallest_worthwhile"],
            launched_on=row["starts_on"],
            objective=Objective.objects.get(key="journeys"),
            item=LearningItem.objects.get(key=row["item"]),
            cost=Decimal(str(row["cost"])) * treated,
            value=(Decimal(15), Decimal(30), Decimal(60)),
            actor=owner.account,
            at=at,
        )
        impact.enlist(programme=programme, members=members, assigned_on=row["starts_on"], actor=owner.account, at=at)
        run = impact.request_evaluation(programme=programme, as_of=at.date(), actor=owner.account, at=at)
        perform_now(run)
    impact.decide(
        programme=Programme.objects.get(key="practice-labs"),
        kind=DecisionKind.KEEP,
        by=owner,
        reason="Raised delivery in all three intakes; opened to two more units.",
        effect=Effect.objects.filter(programme__key="practice-labs").first(),
        actor=owner.account,
        at=at,
    )
