"""Addresses under /strategy/."""

from django.urls import path

from upwell.interfaces.web.strategy import views

urlpatterns = [
    path("", views.strategy, name="strategy"),
    path("stage/", views.stage, name="strategy-stage"),
    path("objectives/<uuid:uuid>/", views.objective, name="objective"),
    path("capabilities/<uuid:uuid>/", views.capability, name="strategy-capability"),
]
