"""The filter of the catalogue."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from upwell.domain.learning import queries
from upwell.domain.learning.choices import ItemKind


class CatalogueFilter(forms.Form):
    """By words, kind and the capability that is built."""

    q = forms.CharField(label=_("Title, provider or capability"), required=False, max_length=100)
    kind = forms.ChoiceField(label=_("Kind"), required=False, choices=[("", _("All kinds")), *ItemKind.choices])
    capability = forms.ChoiceField(label=_("Builds"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        capability = self.fields["capability"]
        assert isinstance(capability, forms.ChoiceField)
        built = [(str(row.uuid), f"{row.name} ({row.n_items})") for row in queries.built()]
        capability.choices = [("", _("Any capability")), *built]
