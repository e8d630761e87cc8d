"""The form of the style page."""

from django import forms


class SampleForm(forms.Form):
    """One field of each kind; sent without a title, so that an error shows."""

    title = forms.CharField(label="Title", help_text="As people will see it in the catalogue.")
    kind = forms.ChoiceField(
        label="Kind", choices=[("course", "Course"), ("workshop", "Workshop"), ("project", "Project")]
    )
    minutes = forms.IntegerField(label="Minutes", required=False, min_value=1)
    starts_on = forms.DateField(label="Starts on", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    reasons = forms.MultipleChoiceField(
        label="What stands in the way",
        choices=[("skill", "Skill"), ("tool", "A missing tool"), ("time", "Time")],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    note = forms.CharField(label="Note", required=False, widget=forms.Textarea(attrs={"rows": 3}))
    open_to_all = forms.BooleanField(label="Open to everyone", required=False)


class SignInSample(forms.Form):
    """The two fields of the sign-in page."""

    login = forms.EmailField(label="E-mail", widget=forms.EmailInput(attrs={"autocomplete": "email"}))
    password = forms.CharField(label="Password", widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}))
    remember = forms.BooleanField(label="Keep me signed in on this device", required=False)
