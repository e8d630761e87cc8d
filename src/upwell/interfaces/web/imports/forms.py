"""Handing in files that belong together."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from upwell.domain.intake import queries
from upwell.domain.intake.choices import FindingSeverity

MEGABYTE = 1024 * 1024
MOST_FILES = 20
LARGEST = 60 * MEGABYTE
"""Bytes of one upload, all files together; larger ones are for the command `upwell import`."""


class FilesInput(forms.ClearableFileInput):
    """A file input that takes several."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """One or more files; each is checked like a single one."""

    widget = FilesInput

    def clean(self, data: Any, initial: Any = None) -> "list[UploadedFile[Any]]":
        """The files, none of them empty; together not larger than allowed."""
        given = data if isinstance(data, list | tuple) else [data]
        files = [super(FilesField, self).clean(one, initial) for one in given] or [super().clean(None, initial)]
        if len(files) > MOST_FILES:
            raise ValidationError(_t("At most %(most)d files at once.") % {"most": MOST_FILES})
        if sum(one.size for one in files) > LARGEST:
            words = _t("Together the files are larger than %(most)d MB; use the command “upwell import” for those.")
            raise ValidationError(words % {"most": LARGEST // MEGABYTE})
        return files


class UploadForm(forms.Form):
    """The files, and what they do not say themselves."""

    uploads = FilesField(label=_("Files"), help_text=_("Files that belong together, such as roles.csv and skills.csv."))
    format_key = forms.ChoiceField(label=_("Format"), required=False)
    name = forms.CharField(
        label=_("Name"), required=False, max_length=200, help_text=_("Of the framework or organisation, if unnamed.")
    )
    key = forms.SlugField(label=_("Key"), required=False, max_length=100, help_text=_("Its short name in keys."))
    valid_from = forms.DateField(
        label=_("Holds since"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("For rows without a date; empty means today."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen = self.fields["format_key"]
        assert isinstance(chosen, forms.ChoiceField)
        chosen.choices = [("", _("Recognise it")), *((row.key, row.name) for row in queries.formats())]


class FindingsFilter(forms.Form):
    """Which findings."""

    severity = forms.ChoiceField(
        label=_("Findings"), required=False, choices=[("", _("All")), *FindingSeverity.choices]
    )
