"""What is written in and around a 1:1."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from upwell.domain.gaps.choices import NeedKind
from upwell.domain.sources.checkins.choices import BlockerKind

DAY = {"type": "date"}


def _choices(field: forms.Field, choices: Iterable[tuple[str, Any]]) -> None:
    assert isinstance(field, forms.ChoiceField)
    field.choices = list(choices)


class PlanForm(forms.Form):
    """With whom and when."""

    person = forms.ChoiceField(label=_("With"))
    planned_on = forms.DateField(label=_("On"), widget=forms.DateInput(attrs=DAY))

    def __init__(self, *args: Any, people: Iterable[tuple[str, str]], today: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        _choices(self.fields["person"], [("", _("Choose somebody")), *people])

    def clean_planned_on(self) -> dt.date:
        """Only days to come."""
        day: dt.date = self.cleaned_data["planned_on"]
        if day < self.today:
            raise forms.ValidationError(_("Choose today or a day to come."))
        return day


class BesideOthers(forms.Form):
    """A form of a page with several, so its fields carry ids of their own and each label names its field."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.auto_id = f"{type(self).__name__.removesuffix('Form').lower()}_%s"


class TopicForm(BesideOthers):
    """Something to talk about."""

    text = forms.CharField(label=_("Something to talk about"), max_length=500)


class NotesForm(BesideOthers):
    """What both want to remember."""

    notes = forms.CharField(label=_("Notes, read by both"), widget=forms.Textarea(attrs={"rows": 4}), required=False)


class PrivateForm(BesideOthers):
    """What one keeps to oneself."""

    text = forms.CharField(
        label=_("My private note"),
        help_text=_("Nobody but you reads this."),
        widget=forms.Textarea(attrs={"rows": 3}),
        required=False,
    )


class AgreementForm(BesideOthers):
    """Who does what by when."""

    text = forms.CharField(label=_("What will be done"), max_length=500)
    owner = forms.ChoiceField(label=_("By whom"))
    due_on = forms.DateField(label=_("By when"), required=False, widget=forms.DateInput(attrs=DAY))

    def __init__(self, *args: Any, parties: Iterable[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _choices(self.fields["owner"], parties)


class BlockerForm(BesideOthers):
    """What stands in the way."""

    text = forms.CharField(label=_("What stands in the way"), max_length=500)
    kind = forms.ChoiceField(label=_("What it is"), choices=BlockerKind.choices)
    capability = forms.ChoiceField(label=_("Capability it holds back"), required=False)

    def __init__(self, *args: Any, capabilities: Iterable[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _choices(self.fields["capability"], [("", _("None in particular")), *capabilities])


class NeedForm(BesideOthers):
    """A need for development."""

    capability = forms.ChoiceField(label=_("Capability"))
    kind = forms.ChoiceField(label=_("What kind of need"), choices=NeedKind.choices)
    note = forms.CharField(label=_("What shows it"), widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, capabilities: Iterable[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _choices(self.fields["capability"], [("", _("Choose a capability")), *capabilities])
