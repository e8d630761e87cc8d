"""The living style page, and the choice of light or dark."""

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from upwell.interfaces.web.charts import HeatMode
from upwell.interfaces.web.doors import public
from upwell.interfaces.web.style import samples, samples_charts
from upwell.interfaces.web.style.forms import SampleForm, SignInSample

THEMES = ("light", "dark")
YEAR = 365 * 24 * 60 * 60


def _must_be_on() -> None:
    if not settings.STYLE_PAGE:
        raise Http404


@public("Shows made-up samples only, and only where development or UPWELL_STYLE_PAGE is on.")
def style(request: HttpRequest) -> HttpResponse:
    """Every component with realistic data."""
    _must_be_on()
    wanted = request.GET.get("mode", "")
    mode = HeatMode(wanted) if wanted in list(HeatMode) else HeatMode.GAP
    form = SampleForm({"title": "", "kind": "course", "minutes": "90", "reasons": ["tool"]})
    context: dict[str, Any] = {
        "shell": samples.SHELL,
        "crumbs": samples.CRUMBS,
        "as_of": samples.TODAY,
        "heat": samples.heat(mode),
        "modes": samples.modes(mode),
        "form": form,
        "filters": SampleForm({"kind": "course"}, auto_id="filter_%s"),
        **samples.EVERYTHING,
        **samples_charts.EVERYTHING,
    }
    return render(request, "style/index.html", context)


@public("Shows the sign-in page with made-up sign-ins, only where the style page is on.")
def sign_in(request: HttpRequest) -> HttpResponse:
    """The sign-in page as the demonstration organisation shows it."""
    _must_be_on()
    context = {"demo_sign_ins": samples.DEMO_SIGN_INS, "form": SignInSample()}
    return render(request, "account/login.html", context)


@public("Keeps a choice of colours in the visitor's own cookie.")
@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Remember light, dark or as the system, and go back to the page."""
    target = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure()):
        target = "/"
    response = HttpResponseRedirect(target)
    chosen = request.POST.get("theme", "")
    if chosen in THEMES:
        response.set_cookie("upwell_theme", chosen, max_age=YEAR, samesite="Lax", secure=request.is_secure())
    else:
        response.delete_cookie("upwell_theme", samesite="Lax")
    return response
