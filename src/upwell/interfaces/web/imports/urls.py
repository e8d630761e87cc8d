"""Addresses under /imports/."""

from django.urls import path

from upwell.interfaces.web.imports import views

urlpatterns = [
    path("", views.imports, name="imports"),
    path("new/", views.upload, name="import-new"),
    path("<uuid:uuid>/", views.batch, name="import"),
    path("<uuid:uuid>/apply/", views.apply, name="import-apply"),
    path("<uuid:uuid>/undo/", views.undo, name="import-undo"),
]
