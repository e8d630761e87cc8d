"""Addresses under /roles/."""

from django.urls import path

from upwell.interfaces.web.roles import views

urlpatterns = [
    path("", views.listing, name="roles"),
    path("<uuid:uuid>/", views.role, name="role"),
    path("<uuid:uuid>/aim/", views.aim, name="role-aim"),
    path("<uuid:uuid>/drop/", views.drop, name="role-drop"),
]
