"""Addresses under /audit/."""

from django.urls import path

from upwell.interfaces.web.audit import views

urlpatterns = [path("", views.trail, name="audit")]
