"""The filter of the trail."""

from django import forms
from django.utils.translation import gettext_lazy as _

from upwell.foundation.audit.choices import LineKind


class TrailFilter(forms.Form):
    """Who or what, of which kind, between which days."""

    q = forms.CharField(label=_("Actor or thing"), required=False, max_length=100)
    kind = forms.ChoiceField(label=_("Kind"), required=False, choices=[("", _("All")), *LineKind.choices])
    verb = forms.CharField(
        label=_("Operation"),
        required=False,
        max_length=80,
        widget=forms.TextInput(attrs={"placeholder": "plan.approve"}),
    )
    since = forms.DateField(label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label=_("To"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    subject = forms.UUIDField(required=False, widget=forms.HiddenInput)
    thing = forms.UUIDField(required=False, widget=forms.HiddenInput)
