"""What tests of the product rely on beyond the engine: a database of their own."""

from collections.abc import Iterator

import pytest
from pytest_django.plugin import DjangoDbBlocker
from tests import database


@pytest.fixture(scope="session")
def django_db_setup(
    request: pytest.FixtureRequest, django_test_environment: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    """One database per pytest process, in place of the one Django would build by running every migration."""
    worker = getattr(request.config, "workerinput", {}).get("workerid", "main")
    with django_db_blocker.unblock():
        name = database.create(worker)
    yield
    with django_db_blocker.unblock():
        database.drop(name)
