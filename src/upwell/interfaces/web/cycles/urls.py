"""Addresses under /cycles/."""

from django.urls import path

from upwell.interfaces.web.cycles import views

urlpatterns = [
    path("", views.cycles, name="cycles"),
    path("new/", views.draft, name="cycle-draft"),
    path("<uuid:uuid>/", views.cycle, name="cycle"),
    path("<uuid:uuid>/open/", views.open_cycle, name="cycle-open"),
    path("<uuid:uuid>/close/", views.close_cycle, name="cycle-close"),
]
