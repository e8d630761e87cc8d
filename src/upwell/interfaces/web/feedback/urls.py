"""Addresses under /feedback/."""

from django.urls import path

from upwell.interfaces.web.feedback import views, writing

urlpatterns = [
    path("", views.feedback, name="feedback"),
    path("of/<uuid:uuid>/", views.of_person, name="feedback-of"),
    path("give/", writing.give, name="feedback-give"),
    path("ask/", writing.ask, name="feedback-ask"),
    path("requests/<uuid:uuid>/", writing.answer, name="feedback-answer"),
    path("requests/<uuid:uuid>/decline/", writing.decline, name="feedback-decline"),
]
