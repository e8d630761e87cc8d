"""Addresses under /capabilities/."""

from django.urls import path

from upwell.interfaces.web.capabilities import views

urlpatterns = [
    path("", views.mine, name="my-capabilities"),
    path("<uuid:person>/<uuid:capability>/", views.level, name="level"),
]
