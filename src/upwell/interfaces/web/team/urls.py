"""Addresses under /team/."""

from django.urls import path

from upwell.interfaces.web.team import views

urlpatterns = [
    path("", views.team, name="team"),
    path("<uuid:uuid>/", views.person, name="team-person"),
    path("units/<uuid:uuid>/", views.unit, name="unit-gaps"),
]
