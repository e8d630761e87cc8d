"""Addresses under /runs/."""

from django.urls import path

from upwell.interfaces.web.runs import views

urlpatterns = [
    path("", views.runs, name="runs"),
    path("<uuid:uuid>/", views.run, name="run"),
    path("<uuid:uuid>/replay/", views.replay, name="run-replay"),
]
