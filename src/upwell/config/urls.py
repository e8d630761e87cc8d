"""The address table: the health check and the doors."""

from django.urls import include, path

from upwell.interfaces.web.health import healthz

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("xapi/", include("upwell.interfaces.xapi.urls")),
    path("", include("upwell.interfaces.web.urls")),
]
