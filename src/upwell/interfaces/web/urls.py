"""Addresses of the pages, one line for each noun."""

from django.urls import include, path

from upwell.interfaces.web.style.views import theme

urlpatterns = [
    path("", include("upwell.interfaces.web.today.urls")),
    path("account/", include("allauth.account.urls")),
    path("account/mfa/", include("allauth.mfa.urls")),
    path("audit/", include("upwell.interfaces.web.audit.urls")),
    path("capabilities/", include("upwell.interfaces.web.capabilities.urls")),
    path("checkins/", include("upwell.interfaces.web.checkins.urls")),
    path("cycles/", include("upwell.interfaces.web.cycles.urls")),
    path("feedback/", include("upwell.interfaces.web.feedback.urls")),
    path("goals/", include("upwell.interfaces.web.goals.urls")),
    path("imports/", include("upwell.interfaces.web.imports.urls")),
    path("inbox/", include("upwell.interfaces.web.inbox.urls")),
    path("learning/", include("upwell.interfaces.web.learning.urls")),
    path("needs/", include("upwell.interfaces.web.diagnosis.urls")),
    path("observations/", include("upwell.interfaces.web.observations.urls")),
    path("people/", include("upwell.interfaces.web.people.urls")),
    path("", include("upwell.interfaces.web.plans.urls")),
    path("programmes/", include("upwell.interfaces.web.programmes.urls")),
    path("reviews/", include("upwell.interfaces.web.reviews.urls")),
    path("roles/", include("upwell.interfaces.web.roles.urls")),
    path("runs/", include("upwell.interfaces.web.runs.urls")),
    path("search/", include("upwell.interfaces.web.search.urls")),
    path("strategy/", include("upwell.interfaces.web.strategy.urls")),
    path("style/", include("upwell.interfaces.web.style.urls")),
    path("team/", include("upwell.interfaces.web.team.urls")),
    path("theme/", theme, name="theme"),
    path("transfer/", include("upwell.interfaces.web.transfer.urls")),
]
