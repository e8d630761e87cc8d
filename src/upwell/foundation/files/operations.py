"""Keeping files as received."""

import datetime as dt
import hashlib
from collections.abc import Iterable
from pathlib import PurePath
from tempfile import SpooledTemporaryFile

from django.core.files import File
from django.core.files.storage import default_storage

from upwell.foundation.accounts.models import Account
from upwell.foundation.audit.operations import operation
from upwell.foundation.files.models import StoredFile

MEGABYTE = 1024 * 1024


class TooLargeError(ValueError):
    """The file is larger than allowed; `limit` is in bytes."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"The file is larger than {limit // MEGABYTE} MB.")
        self.limit = limit


@operation("file.store")
def store(
    *,
    name: str,
    chunks: Iterable[bytes],
    media_type: str = "",
    limit: int = 200 * MEGABYTE,
    actor: Account | None,
    at: dt.datetime,
) -> StoredFile:
    """Keep the bytes under their SHA-256 and a row that says who brought them under which name.

    The same bytes lie there once. Raises TooLargeError beyond `limit` bytes, before anything is kept.
    """
    digest, size = hashlib.sha256(), 0
    with SpooledTemporaryFile(max_size=5 * MEGABYTE) as buffer:
        for chunk in chunks:
            size += len(chunk)
            if size > limit:
                raise TooLargeError(limit)
            digest.update(chunk)
            buffer.write(chunk)
        sha256 = digest.hexdigest()
        path = f"{sha256[:2]}/{sha256}"
        if not default_storage.exists(path):
            buffer.seek(0)
            default_storage.save(path, File(buffer))
    return StoredFile.objects.create(
        name=PurePath(name).name[:255],
        media_type=media_type[:100],
        size=size,
        sha256=sha256,
        path=path,
        uploaded_by=actor,
        uploaded_at=at,
    )
