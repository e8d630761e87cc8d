"""A goal, a step on the way, how far it is, why it is given up."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from upwell.domain.strategy.models import Objective


def _day() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"})


class GoalForm(forms.Form):
    """What is to be reached, how it will be known, which objective it serves."""

    title = forms.CharField(label=_("What do you want to reach?"), max_length=300)
    measure = forms.CharField(
        label=_("How will it be known?"),
        max_length=300,
        required=False,
        help_text=_("A number or a fact anybody can check. Needed before the goal can be activated."),
    )
    objective = forms.ChoiceField(label=_("Which objective does it serve?"), required=False)
    due_on = forms.DateField(label=_("By"), required=False, widget=_day())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        objective = self.fields["objective"]
        assert isinstance(objective, forms.ChoiceField)
        named = Objective.objects.order_by("title").values_list("uuid", "title")
        objective.choices = [("", _("none")), *((str(uuid), title) for uuid, title in named)]


class MilestoneForm(forms.Form):
    """A step on the way."""

    text = forms.CharField(label=_("Next step on the way"), max_length=300)
    due_on = forms.DateField(label=_("By"), required=False, widget=_day())


class ProgressForm(forms.Form):
    """How far the goal is."""

    percent = forms.IntegerField(label=_("How far, in percent"), min_value=0, max_value=100)
    note = forms.CharField(label=_("What happened"), max_length=300, required=False)


class DropForm(forms.Form):
    """Why a goal is given up."""

    reason = forms.CharField(label=_("Why is it given up?"), max_length=300)
