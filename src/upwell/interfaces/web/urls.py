"""Addresses of the pages, one line for each noun."""

from django.urls import include, path

from upwell.interfaces.web.style.views import theme

urlpatterns = [
    path("account/", include("allauth.account.urls")),
    path("account/mfa/", include("allauth.mfa.urls")),
    path("audit/", include("upwell.interfaces.web.audit.urls")),
    path("inbox/", include("upwell.interfaces.web.inbox.urls")),
    path("people/", include("upwell.interfaces.web.people.urls")),
    path("style/", include("upwell.interfaces.web.style.urls")),
    path("theme/", theme, name="theme"),
]
