"""What is chosen about the map: whose, which capabilities, in which order."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from upwell.interfaces.web.charts import HeatMode

ORDERS = [("name", _("Name")), ("ready", _("Ready, lowest first")), ("-ready", _("Ready, highest first"))]


class TeamFilter(forms.Form):
    """The choices of the address; what is not offered falls back to the usual view."""

    of = forms.ChoiceField(label=_("Team"), required=False)
    group = forms.ChoiceField(label=_("Capabilities"), required=False)
    sort = forms.ChoiceField(label=_("Order"), required=False)
    show = forms.ChoiceField(choices=[(mode.value, mode.value) for mode in HeatMode], required=False)
    columns = forms.ChoiceField(choices=[("all", "all")], required=False)

    def __init__(
        self,
        data: Any,
        *,
        field: str,
        whose: list[tuple[str, str]],
        groups: list[str],
        capabilities: list[tuple[str, str]],
    ) -> None:
        super().__init__(data)
        self.fields[field] = self.fields.pop("of")
        self.fields[field].label = _("Team") if field == "team" else _("Unit")
        self._offer(field, whose)
        self._offer("group", [("", _("All groups")), *((name, name) for name in groups)])
        self._offer("sort", [*ORDERS, *capabilities])
        self.is_valid()

    def _offer(self, name: str, choices: list[tuple[str, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def chosen(self, name: str, otherwise: str) -> str:
        """A choice that was offered, or the usual one."""
        return str(self.cleaned_data.get(name) or otherwise)
