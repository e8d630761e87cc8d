"""The filter of the list of people."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from upwell.foundation.people import queries
from upwell.foundation.people.models import Unit


class PeopleFilter(forms.Form):
    """Name, unit and day; what cannot be read is left out and said."""

    q = forms.CharField(label=_("Name or key"), required=False, max_length=100)
    unit = forms.ChoiceField(label=_("Unit"), required=False)
    on = forms.DateField(label=_("As of"), required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args: Any, chosen: Unit | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        units = {str(row.uuid): row.name for row in queries.upper_units()}
        if chosen is not None:
            units[str(chosen.uuid)] = chosen.name
        unit = self.fields["unit"]
        assert isinstance(unit, forms.ChoiceField)
        unit.choices = [("", _("All units")), *units.items()]
