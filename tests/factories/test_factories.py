"""Each factory makes a row the database accepts."""

import pytest
import tests.factories
from factory.django import DjangoModelFactory

from upwell.lib.facts import Facts

FACTORIES = [getattr(tests.factories, name) for name in tests.factories.__all__]


@pytest.mark.django_db
@pytest.mark.parametrize("maker", FACTORIES, ids=lambda maker: maker.__name__)
def test_the_smallest_row_is_valid_and_states_facts_where_the_gate_needs_them(
    maker: type[DjangoModelFactory[object]],
) -> None:
    row = maker()
    model = type(row)
    assert model._default_manager.filter(pk=row.pk).exists()
    assert isinstance(getattr(model, "facts", Facts()), Facts)
