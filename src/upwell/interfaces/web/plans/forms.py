"""Decisions on plans and steps, each with its reason."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from upwell.domain.plans.models import Intervention

DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class ReasonForm(forms.Form):
    """A reason the other side can understand."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": _("Give the reason, so that the other side can understand it.")},
    )


class SwapForm(ReasonForm):
    """Another option for the same need."""

    option = forms.UUIDField(
        error_messages={"required": _("Choose what should take its place."), "invalid": _("Choose from the list.")}
    )


class NeedsForm(forms.Form):
    """The needs a plan shall answer."""

    needs = forms.MultipleChoiceField(
        label=_("Which needs shall the plan answer?"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Pick at least one need; a plan without one would be a formality.")},
    )

    def __init__(self, *args: Any, needs: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["needs"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = list(needs.items())


class ActionForm(forms.Form):
    """A step added by hand."""

    option = forms.ChoiceField(
        label=_("Step"), widget=forms.RadioSelect, error_messages={"required": _("Choose a step from the list.")}
    )
    success_signal = forms.CharField(label=_("How will you see that it worked?"), max_length=300)
    due_on = forms.DateField(label=_("By when?"), widget=DAY)
    reason = forms.CharField(
        label=_("Why this step?"), required=False, max_length=300, widget=forms.Textarea(attrs={"rows": 2})
    )
    override_reason = forms.CharField(
        label=_("Reason for an exception"),
        required=False,
        max_length=300,
        help_text=_("Needed for a step without a need, or for training where the cause is another. It is logged."),
    )

    def __init__(self, *args: Any, options: Sequence[Intervention], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        option = self.fields["option"]
        assert isinstance(option, forms.ChoiceField)
        option.choices = [
            (str(row.uuid), f"{row.title} · {row.get_kind_display()} · {round(row.hours, 1):g} h") for row in options
        ]


class DoneForm(forms.Form):
    """The day a step was done."""

    on = forms.DateField(label=_("Done on"), widget=DAY)
