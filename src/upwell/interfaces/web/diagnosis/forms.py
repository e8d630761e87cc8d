"""An answer, a decision on a cause, a barrier and how it ended, and why a need is none."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from upwell.domain.diagnosis.choices import Cause

DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class DecisionForm(forms.Form):
    """A cause; training for another cause than skill only with a reason."""

    cause = forms.ChoiceField(
        label=_("What is the cause?"),
        choices=[(key, label.capitalize()) for key, label in Cause.choices],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose a cause.")},
    )
    open_training = forms.BooleanField(label=_("Open training although the cause is another"), required=False)
    override_reason = forms.CharField(
        label=_("Why training all the same?"),
        required=False,
        max_length=1_000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Needed only with the box above. It is kept in the audit trail."),
    )

    def clean(self) -> dict[str, Any]:
        """An override needs its reason."""
        data: dict[str, Any] = super().clean() or {}
        overrides = data.get("open_training") and data.get("cause") != Cause.SKILL
        if overrides and not (data.get("override_reason") or "").strip():
            self.add_error("override_reason", _("Say why training should be opened although the cause is another."))
        return data


class BarrierForm(forms.Form):
    """Something to remove, with an owner and a date."""

    text = forms.CharField(label=_("What is in the way?"), max_length=300)
    owner = forms.ChoiceField(label=_("Who removes it?"))
    due_on = forms.DateField(label=_("By when?"), widget=DAY)

    def __init__(self, *args: Any, owners: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        owner = self.fields["owner"]
        assert isinstance(owner, forms.ChoiceField)
        owner.choices = list(owners.items())


class ReasonForm(forms.Form):
    """A reason in a sentence."""

    reason = forms.CharField(
        label=_("Reason"), max_length=300, error_messages={"required": _("Give the reason in a sentence.")}
    )
