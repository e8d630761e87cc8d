"""The filter of the list of runs."""

from django import forms
from django.utils.translation import gettext_lazy as _

from upwell.foundation.runs.choices import RunState


class RunFilter(forms.Form):
    """By kind and by state."""

    kind = forms.CharField(
        label=_("Kind"), required=False, max_length=80, widget=forms.TextInput(attrs={"placeholder": "gaps.snapshot"})
    )
    state = forms.ChoiceField(label=_("State"), required=False, choices=[("", _("All")), *RunState.choices])
