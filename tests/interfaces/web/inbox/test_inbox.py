"""The page of the inbox."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from django.urls import reverse
from tests.cast import Cast
from tests.factories import NoticeFactory

from upwell.foundation.notify.models import Notice

pytestmark = pytest.mark.django_db

SqlCount = Callable[[str], AbstractContextManager[None]]


def test_the_inbox_shows_ones_own_notices_and_counts_the_unread(cast: Cast, sql_count: SqlCount) -> None:
    NoticeFactory(person=cast.ada.person, title="A plan waits", reason="Boris proposed it.", url="/plan/")
    NoticeFactory(person=cast.boris.person, title="Not for Ada")
    client = cast.ada.client()
    with sql_count("inbox"):
        page = client.get(reverse("inbox")).content.decode()
    assert "A plan waits" in page
    assert "Boris proposed it." in page
    assert "Not for Ada" not in page
    assert "1 unread" in page


def test_reading_all_marks_ones_own_alone(cast: Cast) -> None:
    NoticeFactory.create_batch(2, person=cast.ada.person)
    NoticeFactory(person=cast.boris.person)
    cast.ada.client().post(reverse("inbox-read"), {"all": "1"})
    assert list(Notice.objects.filter(read_at=None).values_list("person__key", flat=True)) == ["boris"]


@pytest.mark.parametrize(
    ("url", "leads_to"), [("/people/", "/people/"), ("", "/inbox/"), ("https://example.org/", "/inbox/")]
)
def test_following_a_notice_reads_it_and_never_leaves_the_house(cast: Cast, url: str, leads_to: str) -> None:
    notice = NoticeFactory(person=cast.ada.person, url=url)
    answer = cast.ada.client().get(reverse("inbox-notice", args=[notice.uuid]))
    assert answer["Location"] == leads_to
    notice.refresh_from_db()
    assert notice.read_at is not None


def test_a_notice_of_another_is_not_found_and_stays_unread(cast: Cast) -> None:
    notice = NoticeFactory(person=cast.boris.person, url="/people/")
    assert cast.ada.client().get(reverse("inbox-notice", args=[notice.uuid])).status_code == 404
    notice.refresh_from_db()
    assert notice.read_at is None
