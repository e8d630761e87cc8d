"""Addresses under /transfer/."""

from django.urls import path

from upwell.interfaces.web.transfer import funnel, reassessing, views

urlpatterns = [
    path("", funnel.transfer, name="transfer"),
    path("commit/<uuid:uuid>/", views.commit, name="commitment-make"),
    path("log/<uuid:uuid>/", views.log, name="application-log"),
    path("uses/<uuid:uuid>/seen/", views.see, name="application-see"),
    path("reassess/<uuid:uuid>/", reassessing.reassess, name="reassess"),
    path("actions/<uuid:uuid>/reassess/", reassessing.plan, name="reassessment-plan"),
]
