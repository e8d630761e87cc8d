"""Series arrive in bulk, a later value holds, and a person's is shown beside the median of the team."""

import datetime as dt

import pytest
from django.db import connection
from tests.cast import NOON
from tests.factories import (
    CapabilityFactory,
    MetricFactory,
    MetricLinkFactory,
    MetricValueFactory,
    PersonFactory,
    RoleFactory,
    SeatFactory,
)

from upwell.domain.sources.kpis import operations, queries
from upwell.domain.sources.kpis.choices import Direction, MetricFamily
from upwell.domain.sources.kpis.models import Metric, MetricValue
from upwell.domain.sources.kpis.operations import ValueSpec
from upwell.foundation.people.models import Person

pytestmark = pytest.mark.django_db
MAY = dt.date(2031, 5, 1)
JUNE = dt.date(2031, 6, 1)


def partitions() -> set[str]:
    """Names of the monthly tables."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select inhrelid::regclass::text from pg_inherits where inhparent = 'kpis_metricvalue'::regclass"
        )
        return {name for (name,) in cursor.fetchall()}


def values(metric: Metric) -> dict[tuple[str, dt.date], float]:
    """What is kept of a metric."""
    return {
        (name, month): value
        for name, month, value in MetricValue.objects.filter(metric=metric).values_list("person__key", "month", "value")
    }


def record(metric: Metric, *specs: ValueSpec) -> int:
    """Keep values in one pass."""
    return operations.record_values(metric=metric, values=specs, actor=None, at=NOON)


@pytest.mark.requirement("R20")
def test_many_values_are_kept_in_one_pass_in_the_months_of_their_days() -> None:
    metric, ada, boris = MetricFactory(), PersonFactory(key="ada"), PersonFactory(key="boris")
    kept = record(
        metric,
        ValueSpec(ada.pk, dt.date(2031, 5, 17), 1.0),
        ValueSpec(ada.pk, JUNE, 2.0),
        ValueSpec(boris.pk, dt.date(2031, 5, 31), 3.0),
    )
    assert kept == 3
    assert values(metric) == {("ada", MAY): 1.0, ("ada", JUNE): 2.0, ("boris", MAY): 3.0}


def test_the_tables_of_the_months_are_made_when_the_first_value_comes() -> None:
    assert "kpis_metricvalue_2031_05" not in partitions()
    record(MetricFactory(), ValueSpec(PersonFactory().pk, MAY, 1.0), ValueSpec(PersonFactory().pk, JUNE, 1.0))
    assert {"kpis_metricvalue_2031_05", "kpis_metricvalue_2031_06"} <= partitions()


def test_a_later_value_of_the_same_month_replaces_the_earlier_one() -> None:
    metric, ada = MetricFactory(), PersonFactory(key="ada")
    record(metric, ValueSpec(ada.pk, MAY, 1.0))
    assert record(metric, ValueSpec(ada.pk, MAY, 5.0), ValueSpec(ada.pk, dt.date(2031, 5, 20), 7.0)) == 1
    assert values(metric) == {("ada", MAY): 7.0}
    operations.record_value(metric=metric, person=ada, month=dt.date(2031, 5, 30), value=9.0, actor=None, at=NOON)
    assert values(metric) == {("ada", MAY): 9.0}


def team_of(size: int) -> tuple[Person, list[Person]]:
    """Somebody and colleagues under one manager."""
    manager = PersonFactory()
    people = [SeatFactory(manager=manager).person for _ in range(size)]
    return people[0], people[1:]


@pytest.mark.parametrize(("colleagues", "shown"), [(4, None), (5, 30.0)])
def test_the_median_of_the_team_is_shown_from_five_colleagues_on(colleagues: int, shown: float | None) -> None:
    metric = MetricFactory()
    ada, others = team_of(colleagues + 1)
    MetricValueFactory(metric=metric, person=ada, month=MAY, value=99.0)
    for rank, other in enumerate(others, start=1):
        MetricValueFactory(metric=metric, person=other, month=MAY, value=10.0 * rank)
    (series,) = queries.series_of(ada, since=MAY, until=JUNE)
    assert (series.latest.value, series.latest.team_median, series.n_team) == (99.0, shown, colleagues)


@pytest.mark.requirement("R21")
def test_a_metric_says_its_family_direction_unit_and_what_to_know_beside_it() -> None:
    operations.define_metric(
        key="defects",
        name="Defects",
        family=MetricFamily.QUALITY,
        direction=Direction.LOWER,
        unit_label="per release",
        context_note="Rises after a rewrite.",
        actor=None,
        at=NOON,
    )
    (row,) = queries.metrics()
    assert (row.family_words, row.direction_words) == ("quality", "lower is better")
    assert (row.unit_label, row.context_note) == ("per release", "Rises after a rewrite.")


@pytest.mark.requirement("R20")
def test_a_metric_is_bound_to_capabilities_and_roles_once_and_the_last_strength_holds() -> None:
    metric, capability, role = MetricFactory(), CapabilityFactory(), RoleFactory()
    operations.link_metric(metric=metric, capability=capability, strength=1.0, actor=None, at=NOON)
    operations.link_metric(metric=metric, capability=capability, strength=2.0, actor=None, at=NOON)
    operations.link_metric(metric=metric, role=role, actor=None, at=NOON)
    found = {(row.capability, row.role): row.strength for row in queries.links()}
    assert found == {(capability.name, ""): 2.0, ("", role.name): 1.0}


def test_a_retired_metric_speaks_for_nothing_any_more_and_keeps_its_series() -> None:
    link = MetricLinkFactory(strength=2.0)
    value = MetricValueFactory(metric=link.metric)
    assert queries.outcome_links() == {link.capability.pk: 2.0}
    operations.retire_metric(metric=link.metric, retired_on=NOON.date(), actor=None, at=NOON)
    assert (queries.metrics(), queries.links(), queries.outcome_links()) == ((), (), {})
    assert MetricValue.objects.get().value == value.value
