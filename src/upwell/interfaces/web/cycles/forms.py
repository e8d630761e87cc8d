"""The draft of a cycle."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from upwell.foundation.cycles.choices import CycleKind
from upwell.foundation.cycles.models import Cycle
from upwell.foundation.people import queries
from upwell.foundation.people.models import Unit


class CycleForm(forms.Form):
    """Name, kind, whom it asks, from when, until when."""

    name = forms.CharField(label=_("Name"), max_length=200, help_text=_("People read it: “Half-year review 2027”."))
    kind = forms.ChoiceField(label=_("Kind"), choices=CycleKind.choices)
    unit = forms.ChoiceField(
        label=_("Asks"), required=False, help_text=_("A unit stands for itself and everything below it.")
    )
    opens_on = forms.DateField(label=_("Opens on"), widget=forms.DateInput(attrs={"type": "date"}))
    due_on = forms.DateField(label=_("Due on"), widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        unit = self.fields["unit"]
        assert isinstance(unit, forms.ChoiceField)
        unit.choices = [("", _("Everyone")), *((str(row.uuid), row.name) for row in queries.upper_units())]

    def clean_name(self) -> str:
        """A name that makes a key nobody has yet."""
        name: str = self.cleaned_data["name"]
        if not slugify(name):
            raise ValidationError(_("Use at least one letter or digit."))
        if Cycle.objects.filter(key=slugify(name)[:100]).exists():
            raise ValidationError(_("There is a cycle of that name already."))
        return name

    def clean(self) -> dict[str, Any]:
        """The deadline lies after the opening."""
        cleaned: dict[str, Any] = super().clean() or {}
        opens, due = cleaned.get("opens_on"), cleaned.get("due_on")
        if opens and due and due <= opens:
            self.add_error("due_on", _("It has to be due after it opens."))
        return cleaned

    @property
    def key(self) -> str:
        """The key made of the name."""
        name: str = self.cleaned_data["name"]
        return str(slugify(name))[:100]

    @property
    def chosen_unit(self) -> Unit | None:
        """The unit chosen, None for everyone."""
        uuid = self.cleaned_data["unit"]
        return Unit.objects.get(uuid=uuid) if uuid else None
