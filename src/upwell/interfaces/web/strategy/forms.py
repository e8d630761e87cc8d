"""The change of the growth stage."""

from django import forms
from django.utils.translation import gettext_lazy as _

from upwell.domain.strategy.choices import Stage


class StageForm(forms.Form):
    """Which stage the business enters, and why."""

    stage = forms.ChoiceField(label=_("The business is"), choices=Stage.choices)
    reason = forms.CharField(
        label=_("Reason"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Shown wherever the stage moves a priority."),
    )
