"""Each real file goes in with the published counts, changes nothing the second time, and comes out again."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection
from django.db.models import Sum
from tests.domain.intake.real_data import real_files

from upwell.domain.capabilities.models import Capability, Indicator
from upwell.domain.intake import queries
from upwell.domain.intake.choices import BatchState
from upwell.domain.intake.models import ImportBatch, ImportChange, ImportFinding
from upwell.domain.intake.operations import Upload, apply, stage, undo
from upwell.domain.intake.operations.applying import TABLES
from upwell.domain.learning.models import LearningItem, Prerequisite
from upwell.domain.records.models import Statement
from upwell.domain.roles.models import Requirement, Role
from upwell.foundation.people.models import Chain, Establishment, Occupancy, Person, Position, ReportingLine

AT = dt.datetime(2026, 11, 22, 9, tzinfo=dt.UTC)
LATER = AT + dt.timedelta(days=40)
pytestmark = pytest.mark.django_db


def staged(name: str, at: dt.datetime = AT) -> ImportBatch:
    uploads = [Upload(file, data) for file, data in real_files(name)]
    return stage(uploads=uploads, actor=None, at=at)


def applied(name: str, at: dt.datetime = AT) -> ImportBatch:
    return apply(batch=staged(name, at), actor=None, at=at)


def totals(batch: ImportBatch) -> dict[str, int]:
    row = queries.detail(batch).batch
    return {"added": row.added, "changed": row.changed, "removed": row.removed}


def everything() -> dict[str, tuple[int, str]]:
    """How many rows each table has that an import can touch, and a digest of all they hold."""
    found = {}
    with connection.cursor() as cursor:
        for name, model in TABLES.items():
            table = connection.ops.quote_name(model._meta.db_table)
            cursor.execute(
                f"select count(*), md5(coalesce(string_agg(t::text, '' order by t::text), '')) from {table} t"
            )
            found[name] = cursor.fetchone()
    return found


@pytest.mark.requirement("R14")
def test_the_digital_and_data_framework_has_205_role_levels_and_188_skills() -> None:
    batch = applied("gddp")
    assert (Role.objects.count(), Capability.objects.count(), Requirement.objects.count()) == (205, 188, 1781)
    assert batch.summary["facts"]["role_levels"] == 205
    codes = list(ImportFinding.objects.filter(batch=batch).values_list("code", flat=True))
    assert codes.count("duplicate_row") == 16
    assert codes.count("level_not_in_use") == 28


def test_role_levels_are_ranked_by_the_level_they_require() -> None:
    applied("gddp")
    ladder = Role.objects.filter(family__name="Data analyst").order_by("rank")
    assert [role.name for role in ladder] == [
        "Associate data analyst",
        "Data analyst",
        "Senior data analyst",
        "Principal data analyst",
    ]


def test_the_civil_service_framework_has_335_behaviour_pairs() -> None:
    batch = applied("civil-service")
    assert batch.summary["facts"]["behaviour_pairs"] == 335
    assert Indicator.objects.filter(effective=True).count() == 335
    assert Indicator.objects.filter(effective=False).count() == 335


def test_the_organogram_has_692007_full_time_equivalents_reports_its_traps_and_comes_out_again() -> None:
    empty = everything()
    batch = applied("organogram")
    total = Establishment.objects.aggregate(total=Sum("fte"))["total"]
    assert total.quantize(Decimal(1)) == 692_007
    codes = list(ImportFinding.objects.filter(batch=batch).values_list("code", flat=True))
    assert codes.count("duplicate_reference") == 33
    assert codes.count("self_report") == 2
    assert codes.count("blank_fte") == 93
    assert codes.count("root_post") + codes.count("unknown_manager") == 145
    assert batch.summary["facts"]["roots"] == 145
    assert Position.objects.count() - ReportingLine.objects.count() == 145 + 2
    finding = ImportFinding.objects.filter(batch=batch, code="self_report").first()
    assert finding is not None
    assert finding.row > 1
    assert finding.column == "reports_to"
    assert finding.file.endswith("senior_posts.csv")
    full = everything()
    assert totals(applied("organogram", LATER)) == {"added": 0, "changed": 0, "removed": 0}
    assert everything() == full
    undo(batch=batch, actor=None, at=LATER)
    assert everything() == empty


def test_onet_gives_27345_requirements_and_names_every_row_left_out() -> None:
    batch = applied("onet")
    assert (Role.objects.count(), Capability.objects.count(), Requirement.objects.count()) == (879, 35, 27345)
    times = dict(ImportFinding.objects.filter(batch=batch).values_list("code", "times"))
    assert times["not_relevant"] + times["recommend_suppress"] == 3296 + 118 + 6


def test_a_reporting_tree_seats_everybody_under_one_root() -> None:
    applied("tree")
    assert Person.objects.count() == Occupancy.objects.count() == 175
    assert ReportingLine.objects.count() == 174
    top = Chain.objects.filter(manager__sort_name="person 000135")
    assert top.count() == 175


def test_digcomp_and_case_arrive_whole() -> None:
    applied("digcomp")
    applied("case")
    assert Capability.objects.filter(framework__key="digcomp3").count() == 21
    assert Indicator.objects.count() == 362 + 523
    assert Capability.objects.filter(framework__key__startswith="case/").count() == 16


def test_the_catalogues_bring_their_parts_and_their_order() -> None:
    applied("carpentries")
    assert LearningItem.objects.count() == 44
    assert sum(len(item.outline) for item in LearningItem.objects.all()) == 444
    applied("exercism")
    assert LearningItem.objects.count() == 44 + 1256
    assert Capability.objects.count() == 347
    assert Prerequisite.objects.exists()


def test_statements_without_a_timestamp_are_kept_and_reported() -> None:
    batch = applied("xapi-funmooc")
    assert Statement.objects.count() == 22_000
    found = {one.code: one for one in ImportFinding.objects.filter(batch=batch)}
    assert found["no_timestamp"].times == found["odd_iri"].times == 22_000
    assert found["no_timestamp"].rows == "1-22000"


def test_scores_are_read_from_statements() -> None:
    applied("xapi-tccc")
    assert Statement.objects.count() == 2814
    assert Statement.objects.filter(score__isnull=False).count() == 256


@pytest.mark.parametrize(
    "name", ["gddp", "civil-service", "case", "digcomp", "tree", "carpentries", "exercism", "xapi-tccc"]
)
def test_the_same_files_later_change_nothing_and_undo_puts_everything_back(name: str) -> None:
    empty = everything()
    first = applied(name)
    full = everything()
    assert full != empty
    again = applied(name, LATER)
    assert totals(again) == {"added": 0, "changed": 0, "removed": 0}
    assert not ImportChange.objects.filter(batch=again).exists()
    assert everything() == full
    assert undo(batch=first, actor=None, at=LATER).state == BatchState.UNDONE
    assert everything() == empty


def test_a_check_writes_nothing_but_its_report() -> None:
    before = everything()
    batch = staged("gddp")
    assert everything() == before
    assert batch.state == BatchState.CHECKED
    promised = totals(batch)
    assert totals(apply(batch=batch, actor=None, at=AT)) == promised
