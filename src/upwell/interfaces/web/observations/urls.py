"""Addresses under /observations/."""

from django.urls import path

from upwell.interfaces.web.observations import views

urlpatterns = [
    path("", views.observe, name="observe"),
    path("of/<uuid:uuid>/", views.observe_person, name="observe-person"),
    path("<uuid:uuid>/", views.moved, name="observation"),
]
