"""Addresses under /inbox/."""

from django.urls import path

from upwell.interfaces.web.inbox import views

urlpatterns = [
    path("", views.inbox, name="inbox"),
    path("read/", views.read, name="inbox-read"),
    path("<uuid:uuid>/", views.follow, name="inbox-notice"),
]
