"""The decision on a programme."""

from django import forms
from django.utils.translation import gettext_lazy as _

from upwell.domain.impact.choices import DecisionKind


class DecisionForm(forms.Form):
    """Keep, change or stop, and why."""

    kind = forms.ChoiceField(label=_("Decision"), choices=DecisionKind.choices)
    reason = forms.CharField(
        label=_("Reason"),
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("What in the figures led to it, and what should be different next time."),
    )
