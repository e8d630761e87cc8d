"""Addresses under /checkins/."""

from django.urls import path

from upwell.interfaces.web.checkins import views, writing

urlpatterns = [
    path("", views.checkins, name="checkins"),
    path("plan/", views.plan, name="checkin-plan"),
    path("<uuid:uuid>/", views.checkin, name="checkin"),
    path("<uuid:uuid>/agenda/", writing.refresh, name="checkin-refresh"),
    path("<uuid:uuid>/topics/", writing.topic, name="checkin-topic"),
    path("<uuid:uuid>/notes/", writing.notes, name="checkin-notes"),
    path("<uuid:uuid>/private/", writing.private, name="checkin-private"),
    path("<uuid:uuid>/agreements/", writing.agree, name="checkin-agree"),
    path("<uuid:uuid>/blockers/", writing.block, name="checkin-block"),
    path("<uuid:uuid>/needs/", writing.need, name="checkin-need"),
    path("topics/<uuid:uuid>/", writing.tick, name="checkin-tick"),
    path("agreements/<uuid:uuid>/", writing.complete, name="checkin-complete"),
    path("blockers/<uuid:uuid>/", writing.resolve, name="checkin-resolve"),
]
