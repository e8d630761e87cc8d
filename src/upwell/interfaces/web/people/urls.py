"""Addresses under /people/."""

from django.urls import path

from upwell.interfaces.web.people import views

urlpatterns = [
    path("", views.people, name="people"),
    path("<uuid:uuid>/", views.person, name="person"),
    path("<uuid:uuid>/invite/", views.invite, name="person-invite"),
    path("units/<uuid:uuid>/", views.unit, name="unit"),
]
