"""Reading what was kept."""

from django.core.files import File
from django.core.files.storage import default_storage

from upwell.foundation.files.models import StoredFile


def opened(file: StoredFile) -> File:  # type: ignore[type-arg]  # Django's File is generic in stubs only
    """The bytes of a file, open for reading; the caller closes it."""
    return default_storage.open(file.path, "rb")
