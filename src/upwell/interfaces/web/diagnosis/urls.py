"""Addresses under /needs/."""

from django.urls import path

from upwell.interfaces.web.diagnosis import barriers, needs, views

urlpatterns = [
    path("<uuid:uuid>/", needs.need, name="need"),
    path("<uuid:uuid>/confirm/", needs.confirm, name="need-confirm"),
    path("<uuid:uuid>/dismiss/", needs.dismiss, name="need-dismiss"),
    path("<uuid:uuid>/diagnose/", views.diagnose, name="diagnose"),
    path("<uuid:uuid>/diagnose/start/", views.start, name="diagnosis-start"),
    path("<uuid:uuid>/diagnose/answer/", views.answer, name="diagnosis-answer"),
    path("<uuid:uuid>/diagnose/decide/", views.decide, name="diagnosis-decide"),
    path("<uuid:uuid>/barriers/", barriers.add, name="barrier-add"),
    path("barriers/<uuid:uuid>/resolve/", barriers.resolve, name="barrier-resolve"),
]
