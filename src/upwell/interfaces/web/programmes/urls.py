"""Addresses of the programme pages."""

from django.urls import path

from upwell.interfaces.web.programmes import views

urlpatterns = [
    path("", views.programmes, name="programmes"),
    path("<uuid:uuid>/", views.programme, name="programme"),
    path("<uuid:uuid>/estimate/", views.estimate, name="programme-estimate"),
    path("<uuid:uuid>/decide/", views.decide, name="programme-decide"),
]
