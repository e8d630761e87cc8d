"""Files are kept as received."""

import hashlib

import pytest
from tests.factories import AccountFactory
from tests.factories.moments import NOW

from upwell.foundation.files.models import StoredFile
from upwell.foundation.files.operations import TooLargeError, store
from upwell.foundation.files.queries import opened

pytestmark = pytest.mark.django_db


def keep(name: str, *chunks: bytes, limit: int = 1000) -> StoredFile:
    return store(name=name, chunks=chunks, limit=limit, actor=AccountFactory(), at=NOW)


def test_the_bytes_come_back_as_they_came() -> None:
    kept = keep("people.csv", b"key,na", b"me\n")
    assert (kept.size, kept.sha256) == (9, hashlib.sha256(b"key,name\n").hexdigest())
    with opened(kept) as file:
        assert file.read() == b"key,name\n"


def test_the_same_bytes_under_two_names_lie_there_once() -> None:
    assert keep("a.csv", b"same").path == keep("b.csv", b"same").path


def test_a_name_never_leads_out_of_the_folder() -> None:
    kept = keep("../../etc/passwd", b"x")
    assert kept.name == "passwd"
    assert ".." not in kept.path


def test_a_file_beyond_the_limit_leaves_nothing() -> None:
    with pytest.raises(TooLargeError):
        keep("big.csv", b"x" * 600, b"x" * 600)
    assert not StoredFile.objects.exists()
